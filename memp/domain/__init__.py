"""Domain values: trajectories, procedures, how far one is trusted, and what the memory answers. All frozen."""
