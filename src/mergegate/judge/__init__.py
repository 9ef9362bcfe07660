"""Turns comparisons and policy into findings, findings into a verdict."""
