"""Text processing that knows nothing of the domain: cleaning and redaction, tokens and entities, templates, keywords."""
