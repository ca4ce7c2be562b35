"""Modules that a hook may import within its host's patience: no pydantic, no numpy, no store."""
