"""Labelled sessions: scenarios in a few words, and the logs of four clients that are made from them."""
