"""Leads from a command through the rooms to an exit code."""
