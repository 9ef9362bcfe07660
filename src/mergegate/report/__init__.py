"""Writes a verdict as text."""
