"""Scripts written by a language model: asked for, held against the runs that they are of, and kept only if grounded there."""
