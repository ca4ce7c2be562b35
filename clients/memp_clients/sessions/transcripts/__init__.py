"""Transcript formats, one file each: a rule that recognises its records, and a function from records to events or entries.

The table of them is memp_clients.sessions.formats.
"""
