"""The SQLite engine: connection, migrations, vec0 and FTS5 indexes."""
