"""The words of each command: its options, in the language of those who type them."""
