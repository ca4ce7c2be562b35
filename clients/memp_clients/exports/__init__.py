"""Exports at the terminal: memory files and skill folders."""
