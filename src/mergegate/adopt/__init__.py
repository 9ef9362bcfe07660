"""What `mergegate init` writes into somebody else's repository."""
