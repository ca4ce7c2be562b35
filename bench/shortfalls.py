"""Why a row of performance does not reach its aim: one sentence each, by what the row is called."""

SHORTFALLS: dict[str, str] = {}
