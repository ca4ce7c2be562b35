"""Clauses of an observation, and the numbers in one: what conditions of steps are read off and held against."""

import re

CLAUSE = re.compile(r"(?:[^\n.;,]|\.(?=\w)|,(?=\d))+")
"""A clause: up to a line's end, semicolon, full stop or comma; not the point or comma within "2.5", "app.py" or "1,000"."""

NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.-])")
"""A number that is no part of a word, version, date or path."""
