"""Checks of `memp doctor`: of the memory file; what it checks besides stands in memp_clients.commands.doctor."""
