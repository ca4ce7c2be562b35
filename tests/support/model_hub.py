"""A model hub on this machine: the few requests of the Hugging Face hub that downloading a repository takes."""

import hashlib
import json
import threading
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@contextmanager
def hub(
    name: str, revision: str, files: Mapping[str, Path], failing: Collection[str] = ()
) -> Generator[tuple[str, list[str]]]:
    """Serve `files` as the repository `name` in the state `revision`; gives its address and the paths that were fetched.

    Those that are `failing` are listed and not given.
    """
    fetched: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            if self.path.startswith(f"/api/models/{name}/"):
                listed = [{"type": "file", "path": p, "size": f.stat().st_size, "oid": p} for p, f in files.items()]
                commit = {"id": name, "sha": revision, "siblings": [{"rfilename": path} for path in files]}
                document = listed if f"/tree/{revision}" in self.path else commit
                self._send(json.dumps(document).encode(), "application/json", body=body)
                return
            path = self.path.removeprefix(f"/{name}/resolve/{revision}/")
            if path not in files or path in failing:
                self.send_error(404)
                return
            if body:
                fetched.append(path)
            self._send(files[path].read_bytes(), "application/octet-stream", body=body)

        def _send(self, content: bytes, kind: str, *, body: bool) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", revision)
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", fetched
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
