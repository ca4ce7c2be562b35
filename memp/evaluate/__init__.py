"""Measuring the memory: environments, agents that play them with and without it, and the report."""
