"""Retrieve (Memp, section 3.3): find, rank and ground the procedures that fit a task."""
