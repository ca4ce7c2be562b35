"""Reading: a run's steps without what its success did not need, each with its operation, its atoms and what it showed."""
