"""Transcript formats, one file each. The table of them is memp_clients.sessions.formats.

sniff    whether a record is of this format
events   of a log: its records as events of a session, which memp_clients.sessions.tasks.split cuts into tasks
parse    of a format whose records are whole runs: one record as an Entry; raises InputError where it is none
"""
