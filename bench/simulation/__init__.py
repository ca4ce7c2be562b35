"""The simulated world in which update policies are compared (bench/updates.py)."""
