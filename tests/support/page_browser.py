"""A browser of the page, without a network."""

import re

from httpx2 import Response
from starlette.testclient import TestClient

from memp.memory import ProceduralMemory

HOST = "http://127.0.0.1:8000"


class Browser:
    """Asks for pages, and sends forms as they stand on them. `memory` is another process's."""

    def __init__(self, client: TestClient, memory: ProceduralMemory) -> None:
        self.client = client
        self.memory = memory

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, path: str, page: str = "", **fields: str) -> Response:
        """Send a form with its token, and go where it leads; `page` is where the token is from, `path` where it is not told."""
        shown = self.get(page or path)
        told = {
            name: found[1]
            for name in ("token", "lost", "state")
            if (found := re.search(rf'name="{name}" value="([^"]+)"', shown))
        }
        return self.client.post(path, data={**told, **fields}, headers={"origin": HOST})

    def token(self, path: str) -> str:
        """The token of the forms of a page."""
        return self._field(path, "token")

    def state(self, path: str) -> str:
        """What the forms of a page were made from."""
        return self._field(path, "state")

    def _field(self, path: str, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', self.get(path))
        assert found is not None
        return found[1]
