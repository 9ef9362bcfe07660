"""Arrays in, estimates out: numbers only."""
