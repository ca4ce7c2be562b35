"""Hooks: a host runs `memp hook HOST EVENT` on an event of a session, and the memory speaks up without being asked.

hosts.py is the table of how each host asks and is answered, offers.py what the memory says, state.py what is kept on disk
of a session, notes.py the log of a host that has none, recording.py what is recorded of a session that is over; run.py ties
them together. All but recording.py load nothing heavy, and what embeds is loaded where a prompt has to be understood.
"""
