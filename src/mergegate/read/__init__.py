"""Brings the world in: git, DVC and prediction tables become evidence."""
