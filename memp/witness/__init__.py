"""Witness: what of a run's outcome was seen by more than who tells it, and what is only claimed."""
