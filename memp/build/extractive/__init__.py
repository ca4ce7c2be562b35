"""The extractive builder: scripts by rule, without a language model."""
