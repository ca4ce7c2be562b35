"""A language model as an agent, over the Messages API: the player, its requests, their cost, and the memory's tools."""
