"""Effects: what a text would have done that a person wants to know before it is done, by words and forms."""
