"""Logs of evaluations: a record is a run on a task of a benchmark, often with its score."""
