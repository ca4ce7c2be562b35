"""Hooks: the memory speaks up in a client without being asked. `memp hook HOST EVENT` is run by the host itself.

hosts.py says how each host asks and is answered, offers.py what it is told, session.py what it was told before, recording.py
what is kept of a session that is over, run.py ties them together. All but recording.py load nothing heavy, and what embeds
is loaded where a prompt has to be understood.
"""
