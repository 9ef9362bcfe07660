"""The merge gate for data and models."""
