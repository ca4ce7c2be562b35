"""Session logs of other programs: find them, parse them, and import their tasks as trajectories."""
