"""Session logs of hosts: found, parsed and imported as trajectories."""
