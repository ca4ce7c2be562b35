"""Measurements on ALFWorld's games."""
