"""What a task asks for: its gist, its verbs, its language."""
