"""Actions: the command of one, its verb, its kind and its operation; lines of a shell."""
