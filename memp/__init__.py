"""Procedural memory for agents, after Memp (arXiv 2508.06433). Start at memp.memory; memp.config puts the parts together."""
