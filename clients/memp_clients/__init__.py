"""The `memp` command: the terminal, connections to hosts, hooks, and the import of sessions."""

HOOK_TAG = "memp-memory"
"""Between these tags a hook puts what the memory has; what stands between them in a session's log is not read."""
