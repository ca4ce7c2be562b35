"""JSON-RPC over stdio, as a real server answers it: ids of every kind, batches, and what is no message."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from http_server import environment
from raw_http import INITIALIZE

from memp_server.json_rpc import MAX_MESSAGE

NO_MESSAGES = [
    b"this is not JSON", b"{", b"}", b"", b" ", b"null", b"true", b"7", b'"x"', b"{}", b"[", b"\xff\xfe\x00", b"\x00",
    b'{"jsonrpc":"2.0"}', b'{"jsonrpc":"2.0","id":1}', b'{"jsonrpc":"2.0","method":"nothing/such"}', b"\xef\xbb\xbf{}",
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}', b"[" * 100_000,
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[1]}}', b"[]", b"[1,null]",
    b'{"jsonrpc":"2.0","id":true,"method":"ping"}', b'{"jsonrpc":"2.0","id":[1],"method":"ping"}',
    b'{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}',
]  # fmt: skip


def answers(home: Path, lines: Sequence[bytes]) -> list[dict[str, Any]]:
    """What a server answers to these lines after the handshake; it ends when they end."""
    sent = [
        json.dumps({**INITIALIZE, "id": "first"}).encode(),
        b'{"jsonrpc":"2.0","method":"notifications/initialized"}',
    ]
    done = subprocess.run(
        [sys.executable, "-m", "memp_server"], input=b"\n".join([*sent, *lines, b""]), env=environment(home),
        capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    first, *rest = map(json.loads, done.stdout.splitlines())
    assert first["id"] == "first"
    return rest


def ping(written: str) -> bytes:
    return f'{{"jsonrpc":"2.0","id":{written},"method":"ping"}}'.encode()


def outcome(answer: dict[str, Any]) -> tuple[Any, Any]:
    return answer["id"], answer["error"]["code"] if "error" in answer else answer["result"]


def test_an_id_of_any_kind_is_answered(tmp_path: Path):
    taken = {
        "1": 1, "0": 0, "-5": -5, '""': "", '"1"': "1", '"\\u00e4\\n"': "\u00e4\n", "9" * 19: int("9" * 19),
        "9" * 400: int("9" * 400), "-" + "9" * 40: -int("9" * 40), "7.0": 7, "-0.0": 0, "1e3": 1_000, "1E+2": 100,
    }  # fmt: skip
    refused = {"1.5": 1.5, "-2.5e-7": -2.5e-7, "1e999": None, "null": None}
    wanted = [*((read, {}) for read in taken.values()), *((read, -32600) for read in refused.values()), (None, -32600)]
    said = answers(tmp_path, [ping(written) for written in [*taken, *refused, "9" * 5_000]])
    # An error is said at once, an answer when it is there.
    assert sorted(map(outcome, said), key=json.dumps) == sorted(wanted, key=json.dumps)


def test_an_odd_id_counts_only_where_it_is_the_requests_own(tmp_path: Path):
    call = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"record_trajectory","arguments":'
        b'{"task":"list users","steps":[{"action":"get \\"id\\": 1.5","observation":"\\"id\\": null"}],"outcome":1,'
        b'"_meta":{"id":null,"n":{"id":2.5}}}}}'
    )
    (said,) = answers(tmp_path, [call])
    assert said["result"]["structuredContent"]["trajectory"] == "t1"


def test_a_message_that_is_too_long_is_answered_unparsed_wherever_its_id_stands(tmp_path: Path):
    text = b"x" * MAX_MESSAGE
    lines = [
        b'{"jsonrpc":"2.0","id":"first of it","method":"tools/call","params":{"task":"' + text + b'","id":7}}',
        b'{"method":"tools/call","params":{"task":"' + text + b'","id":8},"jsonrpc":"2.0","id":2}',
        b'{"method":"notifications/message","params":{"text":"' + text + b'"},"jsonrpc":"2.0"}',
        ping("3"),
    ]
    said = answers(tmp_path, lines)
    assert list(map(outcome, said)) == [("first of it", -32600), (2, -32600), (3, {})]
    assert "at most 26 MB" in said[0]["error"]["message"]


def test_an_unknown_method_and_a_wrong_version_are_answered(tmp_path: Path):
    lines = [
        b'{"jsonrpc":"2.0","id":1,"method":"no/such"}',
        b'{"jsonrpc":"1.0","id":2,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":3,"method":"ping","params":[]}',
        b'{"jsonrpc":"2.0","id":4,"method":["ping"]}',
        b'{"jsonrpc":"2.0","id":5.5,"method":["ping"]}',
    ]
    said = dict(map(outcome, answers(tmp_path, lines)))
    assert said == {1: -32601, 2: -32600, 3: -32600, 4: -32600, 5.5: -32600}


def test_of_a_batch_each_request_is_answered(tmp_path: Path):
    batch = b",".join(
        [ping('"a"'), b'{"jsonrpc":"2.0","method":"notifications/x"}', ping("1.25"), ping("8.0"), b"7",
         b'{"jsonrpc":"2.0","id":"b","method":7}', b'{"jsonrpc":"2.0","id":9,"method":"no/such"}']
    )  # fmt: skip
    said = dict(map(outcome, answers(tmp_path, [b"[" + batch + b"]", ping('"after"')])))
    assert said == {"a": {}, 1.25: -32600, 8: {}, "b": -32600, 9: -32601, "after": {}}


def test_what_is_no_message_is_not_answered_and_the_next_request_is(tmp_path: Path):
    said = answers(tmp_path, [line for number, one in enumerate(NO_MESSAGES) for line in (one, ping(str(number)))])
    assert [*map(outcome, said)] == [(number, {}) for number in range(len(NO_MESSAGES))]
