"""Parsing and validation of what callers pass, before it becomes domain values."""
