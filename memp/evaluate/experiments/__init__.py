"""Experiments: which agents play which tasks with which memory, and what is recorded of it."""
