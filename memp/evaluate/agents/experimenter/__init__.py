"""The agent of laboratory commands: it does what a recall says, by the names of what is here."""
