"""Registers versions, brings their bytes back verified, and moves them from test to production and back."""
