"""Turns comparisons into findings, by the policy, up to the verdict."""
