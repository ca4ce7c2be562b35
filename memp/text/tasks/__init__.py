"""Tasks, and what they ask for: its gist, its verbs, its language."""
