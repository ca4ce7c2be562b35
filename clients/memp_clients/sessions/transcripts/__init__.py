"""Transcript formats, one file each. The table of them is memp_clients.sessions.formats.

headless/    what clients print without a terminal
editors/     clients in editors, and those that keep their history beside the code
benchmarks/  logs of evaluations
These may import the modules beside them here, never the other way round.

sniff    whether a record is of this format
events   of a log: its records as events of a session, which memp_clients.sessions.tasks.split cuts into tasks
parse    of a format whose records are whole runs: one record as an Entry; raises InputError where it is none
"""
