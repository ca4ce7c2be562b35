"""Protocols of the store, one for each kind of caller; memp.store has all of them."""
