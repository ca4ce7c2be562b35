"""The telecom desk of tau2-bench as an environment: tickets, tools, and the runs of a recorded technician."""
