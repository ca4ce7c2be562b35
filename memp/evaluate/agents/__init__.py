"""Agents that play an environment, with or without a memory."""
