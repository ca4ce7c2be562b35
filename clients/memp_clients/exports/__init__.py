"""Exports for the terminal: memory files and skill folders."""
