"""Compares the evidence of base with that of head."""
