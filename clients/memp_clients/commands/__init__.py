"""The commands of `memp`: app.py is the table of them, the modules beside it have their options and their work."""
