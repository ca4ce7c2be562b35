"""Branches: the steps that only some runs of a family took, and the observations that tell when."""
