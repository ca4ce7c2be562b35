"""Which pitfall is this error? By words alone: as often as it can be told, and never another one's."""

from pathlib import Path

import pytest
from hook_calls import Machine

from memp.light.peek import pitfalls
from memp.light.project import Place
from memp.store.sqlite.glance import SQLiteGlance

# As an agent tells it or a rule writes it; the same error met again elsewhere, with its command; one that looks like it.
ERRORS = [
    ("Bash: python3 -c \"import nosuchmodule\": ModuleNotFoundError: No module named 'nosuchmodule'",
     "pytest -q", "E   ModuleNotFoundError: No module named 'nosuchmodule'\n1 error in 0.2s",
     "pytest -q", "E   ModuleNotFoundError: No module named 'requests'\n1 error in 0.2s"),
    ("error TS2304: Cannot find name 'fetchUser'.",
     "npm run build", "src/b.ts(40,2): error TS2304: Cannot find name 'fetchUser'.\nnpm ERR! code 2",
     "npm run build", "src/b.ts(40,2): error TS2304: Cannot find name 'useState'.\nnpm ERR! code 2"),
    ("error[E0382]: borrow of moved value: `tokens`",
     "cargo build", "error[E0382]: borrow of moved value: `tokens`\n --> src/lexer.rs:9:1",
     "cargo build", "error[E0499]: cannot borrow `tokens` as mutable more than once at a time"),
    ("Bash: docker compose up -d: Bind for 0.0.0.0:5432 failed: port is already allocated",
     "docker compose up -d db", "Error response from daemon: Bind for 0.0.0.0:5432 failed: port is already allocated",
     "docker compose up -d", "Error response from daemon: pull access denied for shop/api, repository does not exist"),
    ("sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: users",
     "pytest", "FAILED test_x - sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: users",
     "pytest", "FAILED test_x - sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: a.b"),
    ("fatal: refusing to merge unrelated histories",
     "git pull origin main", "From github.com:me/x\nfatal: refusing to merge unrelated histories",
     "git pull origin main", "fatal: couldn't find remote ref main"),
    ("E23 artefact rejected by realm policy",
     "hvyctl deploy shop", "E23 artefact rejected by realm policy",
     "hvyctl deploy shop", "E24 artefact rejected by realm policy"),
    ("ADD CONSTRAINT: canceling statement due to lock timeout",
     "psql -f m.sql", "psql:m.sql:3: ERROR:  canceling statement due to lock timeout\nCONTEXT: ADD CONSTRAINT fk",
     "psql -f m.sql", "psql:m.sql:3: ERROR:  syntax error at or near \"ADDD\""),
]  # fmt: skip

GENERIC = [
    "Bash: pytest -q: Exit code 1",
    "Bash: npm run build: Exit code 2",
    "Bash: make: Error 2",
    "the last call failed",
]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    machine = Machine(tmp_path_factory.mktemp("glance"))
    memory = machine.memory()
    for number, trigger in enumerate([*(row[0] for row in ERRORS), *GENERIC]):
        memory.reflect(f"task {number}", ["a -> b"], trigger, lesson=f"lesson {number}")
    memory.close()
    return machine.db


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_an_error_met_again_is_found_and_its_like_is_not(db: Path, number: int):
    _, command, again, other, like = ERRORS[number]
    glance = SQLiteGlance(db)
    assert [pitfall.instead for pitfall in pitfalls(glance, again, 3, command=f"Bash: {command}")] == [
        f"lesson {number}"
    ]
    assert pitfalls(glance, like, 3, command=f"Bash: {other}") == []
    glance.close()


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("pytest -q", "Exit code 1\n1 failed, 3 passed in 0.3s"),
        ("npm run build", "Exit code 2"),
        ("make", "Exit code 2\nmake: *** [Makefile:3: all] Error 2"),
        ("ls", ""),
        ("", "\n \n"),
        ("", "'\"`" * 5_000),
    ],
)
def test_what_fails_in_general_brings_nothing(db: Path, command: str, error: str):
    glance = SQLiteGlance(db)
    assert pitfalls(glance, error, 3, command=f"Bash: {command}") == []
    glance.close()


def test_what_belongs_to_another_project_is_not_shown(tmp_path: Path):
    machine = Machine(tmp_path)
    memory = machine.memory()
    memory.close()
    machine.environment |= {"MEMP_PROJECT": "shop", "MEMP_TRUSTED": "1"}
    reflect = ["reflect", "--task", "t", "--step", "a -> b", "--error", ERRORS[5][0], "--lesson", "lesson"]
    assert machine.called(*reflect).status == 0
    for project, count in (("shop", 1), ("", 0), ("it's", 0)):
        glance = SQLiteGlance(machine.db, project, Place(project))
        assert len(pitfalls(glance, ERRORS[5][2], 3)) == count
        glance.close()
