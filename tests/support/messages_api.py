"""A server of the Messages API for tests: real HTTP on the loopback interface, replies given beforehand."""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Reply:
    """A reply to send.

    `hangs` sends nothing until the server closes; `drops` ends the connection, within `body` if there is one.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    drops: bool = False


@dataclass(frozen=True)
class Request:
    """A request as received; the names of headers in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


def message(*blocks: Mapping[str, Any], stop_reason: str = "end_turn", **fields: Any) -> Reply:
    """A reply of these content blocks."""
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-of-the-test",
        "content": list(blocks),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 10},
    }
    return Reply(body=json.dumps(body | fields).encode(), headers={"content-type": "application/json"})


def text(*texts: str, stop_reason: str = "end_turn", **fields: Any) -> Reply:
    """A reply of one text block for each of `texts`."""
    return message(*({"type": "text", "text": each} for each in texts), stop_reason=stop_reason, **fields)


def call(name: str, arguments: Mapping[str, Any], said: str = "So be it.", id: str = "call_1", **fields: Any) -> Reply:
    """A reply that thinks aloud and calls a tool."""
    use = {"type": "tool_use", "id": id, "name": name, "input": dict(arguments)}
    return message({"type": "text", "text": said}, use, stop_reason="tool_use", **fields)


def error(status: int, said: str = "no", **headers: str) -> Reply:
    """An error in the API's form. Without another word of the server's, a retry follows after a millisecond."""
    body = {"type": "error", "error": {"type": "some_error", "message": said}}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    waits = {} if "retry-after" in names else {"retry-after-ms": "1"}
    return Reply(status, json.dumps(body).encode(), {"content-type": "application/json"} | waits | names)


def raw(body: bytes, content_type: str = "application/json") -> Reply:
    """A success whose body is anything."""
    return Reply(body=body, headers={"content-type": content_type})


def misuse(body: Mapping[str, Any]) -> str:
    """The reason for which the API refuses a conversation with tools; empty where it takes it."""
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    if [m["role"] for m in messages] != ["user", "assistant"] * (len(messages) // 2) + ["user"]:
        return "messages: roles must alternate and end with user"
    contents = [
        [{"type": "text", "text": m["content"]}] if isinstance(m["content"], str) else m["content"] for m in messages
    ]
    if not all(contents) or any(block["type"] == "text" and not block["text"] for c in contents for block in c):
        return "messages: text content blocks must be non-empty"
    asked: list[str] = []
    for content in contents:
        results = [block["tool_use_id"] for block in content if block["type"] == "tool_result"]
        if sorted(results) != sorted(asked):
            return "messages: tool_use ids without tool_result blocks, or the other way round"
        if any(block["type"] == "tool_result" for block in content[len(results) :]):
            return "messages: tool_result blocks must come first"
        asked = [block["id"] for block in content if block["type"] == "tool_use"]
    if json.dumps(body).count('"cache_control"') > 4:
        return "A maximum of 4 blocks with cache_control may be provided"
    return ""


HANGS = Reply(hangs=True)
DROPS = Reply(drops=True)


class MessagesAPI:
    """Sends `replies` one after the other and keeps the `requests`. Use it as a context manager.

    With `refuses_output_config` each request that holds one is answered with that status, and no reply is used up. With
    `respond` it makes the reply to each request for which `replies` has none.
    """

    path = "/v1/messages"
    misuse = staticmethod(misuse)

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.requests: list[Request] = []
        self.refuses_output_config: int | None = None
        self.respond: Callable[[Request], Reply] | None = None
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # Not daemons, so that closing the server waits for every handler.
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_reply(self, request: Request) -> Reply:
        self.requests.append(request)
        if request.path.partition("?")[0] != self.path:
            return error(404, f"no such path: {request.path}")
        if self.refuses_output_config and "output_config" in request.body:
            return error(self.refuses_output_config, "output_config: Extra inputs are not permitted")
        if (wrong := self.misuse(request.body)) != "":
            return error(400, wrong)
        if not self.replies and self.respond is not None:
            return self.respond(request)
        if not self.replies:
            return error(500, "the test gave no reply for this request", x_should_retry="false")
        return self.replies.popleft()

    def wait_until_closing(self) -> None:
        self._closing.wait()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            # HTTP/1.0: each reply ends its connection, so no handler waits for another request.
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = api.next_reply(Request(self.path, headers, json.loads(content)))
                if reply.hangs:
                    api.wait_until_closing()
                elif not reply.drops:
                    self._send(reply)
                elif reply.body:
                    # More is announced than comes.
                    self._send(reply, missing=10)

            def _send(self, reply: Reply, missing: int = 0) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body) + missing))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the requests are kept."""

        return Handler
