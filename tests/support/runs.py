"""Runs that the tests record: small, hand-written, in the style of a text game and of a coding agent."""

CLEAN_MUG = [
    "go to shelf 1 -> On the shelf 1, you see nothing.",
    "go to countertop 1 -> On the countertop 1, you see a mug 2, and a knife 1.",
    "take mug 2 from countertop 1 -> You pick up the mug 2 from the countertop 1.",
    "go to sinkbasin 1 -> On the sinkbasin 1, you see nothing.",
    "clean mug 2 with sinkbasin 1 -> You clean the mug 2 using the sinkbasin 1.",
    "go to cabinet 3 -> The cabinet 3 is open. In it, you see nothing.",
    "move mug 2 to cabinet 3 -> You move the mug 2 to the cabinet 3.",
]
CLEAN_CUP = [
    "go to countertop 2 -> On the countertop 2, you see a cup 1.",
    "take cup 1 from countertop 2 -> You pick up the cup 1 from the countertop 2.",
    "go to sinkbasin 1 -> On the sinkbasin 1, you see nothing.",
    "clean cup 1 with sinkbasin 1 -> You clean the cup 1 using the sinkbasin 1.",
    "go to cabinet 1 -> The cabinet 1 is open. In it, you see nothing.",
    "move cup 1 to cabinet 1 -> You move the cup 1 to the cabinet 1.",
]
NOT_HELD = ["go to cabinet 1 -> The cabinet 1 is open.", "move mug 2 to cabinet 1 -> Nothing happens."]

MIGRATE = [
    "ls migrations -> 0001_init.sql 0002_orders.sql",
    'psql -f migrations/0003_add_status.sql -> ERROR: relation "orders" is locked',
    "set lock_timeout = '2s' and run psql -f migrations/0003_add_status.sql -> ALTER TABLE",
    "make test -> 41 passed",
]
"""A failed attempt that was recovered from."""

SCRIPT = {
    "goal": "Add a column to the table {table} without downtime",
    "when_to_use": "a large Postgres table in use",
    "not_when": "the table is empty: plain ALTER TABLE will do",
    "steps": [
        "Set lock_timeout to a few seconds",
        "ALTER TABLE {table} ADD COLUMN {column} without a default",
        "Run the tests",
    ],
    "verification": "the tests pass and \\d {table} shows the column",
    "pitfalls": [{"trigger": "relation is locked", "instead": "set lock_timeout and retry"}],
}
