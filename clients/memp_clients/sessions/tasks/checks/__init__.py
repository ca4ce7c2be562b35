"""Checks of a session: the commands that test, build or lint, their results, and whether a later one makes up for a red one."""
