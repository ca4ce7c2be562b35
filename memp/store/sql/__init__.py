"""SQL of the store that any engine runs, in the common subset of SQLite 3.35 and PostgreSQL 15.

Rules of a statement here, so that it needs no second version:

- Placeholders are `?` in order, or `?1` ... where one is used again; never both. Where the type of a value does not follow
  from its first use, another engine cannot infer it.
- A list is one placeholder: `dialect.within("id", "?1")`, bound to a `list` of one type.
- A new id comes from RETURNING; ON CONFLICT DO NOTHING and the number of changed rows say whether a row was new.
- Flags are the integers 0 and 1, compared as such; CASE makes one of a condition.
- A subquery in FROM has a name; a column that two tables have is qualified, in DO UPDATE too.
- Times are ISO 8601 in UTC and compared as text, byte by byte.

What the engines spell differently is in `engine.Dialect`, and nothing else.
"""
