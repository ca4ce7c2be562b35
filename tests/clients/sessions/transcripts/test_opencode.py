"""Sessions of opencode: its database, its export and its older storage."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import SESSION_LOGS
from session_logs import tasks

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")


class TestOpencode:
    @pytest.fixture
    def database(self, home: Path) -> Path:
        path = home / "opencode.db"
        export = json.loads((SESSION_LOGS / "opencode.json").read_text())
        with sqlite3.connect(path) as made:
            made.execute("create table session (id text, directory text, time_created int, time_updated int)")
            made.execute("create table message (id text, session_id text, time_created int, data text)")
            made.execute("create table part (id text, message_id text, session_id text, data text)")
            for session, moment in (("ses_01", 1), ("ses_02", 1767225600000)):
                made.execute("insert into session values (?, '/home/ada/site', ?, ?)", [session, moment, moment])
                for number, message in enumerate(export["messages"]):
                    name = f"{session}-{number}"
                    made.execute(
                        "insert into message values (?, ?, ?, ?)", [name, session, number, json.dumps(message["info"])]
                    )
                    for at, part in enumerate(message["parts"]):
                        made.execute(
                            "insert into part values (?, ?, ?, ?)", [f"{name}-{at}", name, session, json.dumps(part)]
                        )
        made.close()
        return path

    def test_the_database_gives_what_the_export_gives(self, database: Path) -> None:
        (exported,) = tasks(SESSION_LOGS / "opencode.json")
        found = tasks(database)
        assert [(entry.task, entry.steps, entry.outcome) for entry in found] == [
            (exported.task, exported.steps, exported.outcome)
        ] * 2
        assert found[1].provenance.source == "opencode.db:ses_02-0/ses_02"

    def test_one_session_of_a_database_can_be_named(self, database: Path, document: Document) -> None:
        assert document("import", f"{database}#ses_02")["read"] == 1

    def test_the_older_storage_gives_the_same(self, home: Path) -> None:
        export = json.loads((SESSION_LOGS / "opencode.json").read_text())
        storage = home / "storage"

        def write(path: Path, value: object) -> Path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))
            return path

        session = write(storage / "session" / "p1" / "ses_01.json", export["info"])
        for message in export["messages"]:
            name = message["info"]["id"]
            write(storage / "message" / "ses_01" / f"{name}.json", message["info"])
            for at, part in enumerate(message["parts"]):
                write(storage / "part" / name / f"prt_{at}.json", part)
        (storage / "part" / "msg_3" / "prt_9.json").write_text("{cut")
        found = list(read(str(session)))
        (exported,) = tasks(SESSION_LOGS / "opencode.json")
        assert [entry.steps for entry in found if isinstance(entry, Entry)] == [exported.steps]
        assert [entry.reason for entry in found if isinstance(entry, Fault)] == [
            "not JSON (expecting property name enclosed in double quotes at column 2)"
        ]

    def test_a_database_of_something_else_is_named(self, home: Path, document: Document) -> None:
        with sqlite3.connect(home / "other.db") as made:
            made.execute("create table cats (name text)")
        made.close()
        assert "cannot be read as a database of opencode's" in next(
            iter(document("import", str(home / "other.db"))["reasons"])
        )

    def test_what_was_undone_is_no_history(self, home: Path, database: Path) -> None:
        export = json.loads((SESSION_LOGS / "opencode.json").read_text())
        export["info"]["revert"] = {"messageID": export["messages"][0]["info"]["id"]}
        (home / "export.json").write_text(json.dumps(export))
        assert tasks(home / "export.json") == []
        with sqlite3.connect(database) as made:
            made.execute("alter table session add column revert text")
            made.execute("update session set revert = ? where id = 'ses_02'", [json.dumps(export["info"]["revert"])])
        made.close()
        assert [entry.session for entry in tasks(database)] == ["ses_01"]
