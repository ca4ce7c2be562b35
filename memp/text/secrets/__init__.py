"""Where the secrets of a text stand, by what tells each: its form, the name before it, the command that takes it."""
