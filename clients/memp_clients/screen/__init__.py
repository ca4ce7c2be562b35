"""Terminal output: views, progress bars, and the embedding model while a person waits."""
