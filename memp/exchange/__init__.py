"""Exchange with other programs: memory files and Agent Skills."""
