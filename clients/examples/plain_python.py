"""The smallest use of the memory: no language model, no server. Run: python clients/examples/plain_python.py"""

from memp import open_memory
from shop import MEMORY, TABLES, Shop

FAILS = ["ALTER TABLE {table} ADD COLUMN {column} TEXT"]
WORKS = [
    "CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, amount REAL NOT NULL, {column} TEXT NOT NULL)",
    "INSERT INTO rebuilt SELECT id, amount, 'unknown' FROM {table}",
    "DROP TABLE {table}",
    "ALTER TABLE rebuilt RENAME TO {table}",
]


def attempt(shop: Shop, statements: list[str]) -> None:
    """Try statements on a task."""
    for statement in statements:
        shop.sql(statement.format(table=shop.table, column=shop.column))


(first, second) = (Shop(*names) for names in TABLES)
with open_memory(db=MEMORY, builder="extractive") as memory:
    # A first attempt goes wrong: the memory keeps the pitfall.
    attempt(first, FAILS)
    error = first.check()
    print(f"1. {error}")
    memory.reflect(first.task, first.steps, error, lesson="rebuild the table: ADD COLUMN alone leaves it optional")
    for known in memory.recall(first.task).pitfalls:
        print(f"   remembered: {known.pitfall.trigger} | instead: {known.pitfall.instead}")

    # A second attempt works: the run becomes a procedure.
    first = Shop(*TABLES[0])
    attempt(first, WORKS)
    done = memory.record(first.task, first.steps, "success", evidence=f"check: {first.check()}")
    print(f"2. {first.report()}; built p{done.built}")

    # A task like it: the procedure comes back, and its use is credited.
    for match in memory.recall(second.task).matches:
        print(f"3. {second.task}: recalled {match.procedure.label}")
        for step in match.procedure.script.steps:
            print(f"   {step}")
        attempt(second, WORKS)
        used = [match.procedure.label]
        done = memory.record(second.task, second.steps, "success", evidence=f"check: {second.check()}", used=used)
        print(f"4. {second.report()}; credited {', '.join(p.label for p in done.credited)}")
