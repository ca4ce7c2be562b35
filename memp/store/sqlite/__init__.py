"""The SQLite engine: connection, migrations, indexes over vectors and words."""
