"""The served demo town as browser tests see it: who signs in, and what the server has kept."""

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from app.demo.load import PASSWORD
from app.features.identity.models import Unit
from app.features.identity.viewer import COOKIE
from tests.support.server import LiveServer

VOLUNTEER, OTHER_VOLUNTEER = "u.vol01", "u.vol02"
UNIT, OFFICE = "u.p01.lia", "u.office1"
DISPATCHER, REVIEWER, LEADER, ADMIN = "u.office2", "u.review1", "u.lead01", "u.admin"


@dataclass
class Town:
    """One server with its town. Sessions are made once a person and shared by the tests of a file."""

    server: LiveServer
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def zone(self) -> ZoneInfo:
        """Where it lies: see seed_town."""
        with self.server.session() as session:
            return ZoneInfo(session.scalar(select(Unit.settings).where(Unit.kind == "town"))["timezone"])

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        login: str | None = None,
        version: int | None = None,
    ) -> tuple[Any, Any]:
        """One request as the PWA makes it; answers JSON and headers."""
        headers = {"Origin": self.url, "Content-Type": "application/json"}
        if login:
            headers["Cookie"] = f"{COOKIE}={self.token(login)}"
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            raw = answer.read()
            return (json.loads(raw) if raw else None), answer.headers

    def sign_in_anew(self, login: str) -> str:
        """A session of its own, by password."""
        _, headers = self.ask("POST", "/api/session", {"login": login, "password": PASSWORD, "client": "pwa"})
        return SimpleCookie(headers["Set-Cookie"])[COOKIE].value

    def token(self, login: str) -> str:
        if login not in self.tokens:
            self.tokens[login] = self.sign_in_anew(login)
        return self.tokens[login]

    def signed_in(self, login: str, **prefs: str) -> dict[str, Any]:
        """`storage_state` of a browser in which this person has signed in before; `prefs` go to local storage."""
        me, _ = self.ask("GET", "/api/me", login=login)
        cookie = {
            "name": COOKIE,
            "value": self.token(login),
            "domain": "localhost",
            "path": "/",
            "expires": -1,
            "httpOnly": True,
            "secure": True,
            "sameSite": "Lax",
        }
        stored = {"xf.me": json.dumps(me), **prefs}
        items = [{"name": name, "value": value} for name, value in stored.items()]
        return {"cookies": [cookie], "origins": [{"origin": self.url, "localStorage": items}]}

    def rows(self, sql: str, **values: Any) -> Sequence[Any]:
        """What the server's database says, asked beside it."""
        with self.server.session() as session:
            return session.execute(text(sql), values).all()
