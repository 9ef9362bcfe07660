"""Plans what must run and runs just that."""
