"""The SQL of the store that any engine runs."""
