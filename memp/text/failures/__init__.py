"""Failures: whether a step failed and how, the codes of errors, and which errors are alike."""
