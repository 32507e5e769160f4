"""Asks the product's routes within this process: the whole ASGI app, without a socket."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp, Message, Scope

PATIENCE = 20


class Refused(Exception):
    """The product said no where the recipe expects yes."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One person's phone or desk."""

    def __init__(self, app: ASGIApp, portal: BlockingPortal, token: str) -> None:
        self.app, self.portal, self.token = app, portal, token

    def get(self, path: str, **query: Any) -> Any:
        """The answer's JSON."""
        text = "&".join(f"{key}={value}" for key, value in query.items())
        return self._must("GET", path, query=text)

    def put(self, path: str, body: Any) -> Any:
        return self._must("PUT", path, body)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._must("POST", path, body, headers)

    def picture(self, photo_id: Any, data: bytes) -> None:
        """PUT a JPEG as a phone does, with its digest."""
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        headers = {"content-type": "image/jpeg", "content-digest": f"sha-256=:{digest}:"}
        for _ in range(PATIENCE):
            answer = self.ask("PUT", f"/api/photos/{photo_id}", data, headers)
            if answer.status != 503:
                break
            # The machine is busy and says so: a phone asks again too.
            time.sleep(1)
        if not 200 <= answer.status < 300:
            raise Refused(f"a picture: {answer.status} {answer.body[:600].decode(errors='replace')}")

    def upload(self, path: str, name: str, data: bytes, **query: Any) -> Any:
        """POST a file as a form does."""
        edge = secrets.token_hex(12)
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        text = "&".join(f"{key}={value}" for key, value in query.items())
        return self._must("POST", path, body, {"content-type": f"multipart/form-data; boundary={edge}"}, text)

    def _must(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, query: str = ""
    ) -> Any:
        answer = self.ask(method, path, body, headers, query)
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {path}: {answer.status} {answer.body[:600].decode(errors='replace')}")
        return answer.json() if answer.body else None

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, query: str = ""
    ) -> Answer:
        """One request, whatever the answer is."""
        sent = {"authorization": f"Bearer {self.token}", "host": "replay"} | (headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, default=str).encode()
            sent |= {"content-type": "application/json"}
        scope: Scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
            "client": ("127.0.0.1", 1), "server": ("replay", 443), "state": {},
        }  # fmt: skip
        return self.portal.call(_asked, self.app, scope, body or b"")


async def _asked(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    parts: list[bytes] = []
    status, given = 0, False

    async def receive() -> Message:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(status, b"".join(parts))
