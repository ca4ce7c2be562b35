"""A session cut into tasks: its events, the split, and how tool calls, outcomes and a person's messages are read."""
