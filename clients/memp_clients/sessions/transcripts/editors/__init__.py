"""Sessions of clients that live in an editor or keep their history beside the code."""
