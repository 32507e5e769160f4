"""One error language: whatever goes wrong, on whatever route, the answer is application/problem+json with a known code."""

import importlib
import re
import uuid
from collections import Counter
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.errors import Problem
from tests.test_architecture import ROOT

pytestmark = pytest.mark.either_db
OPEN = {
    "healthz",
    "readyz",
    "sign_in",
    "confirm_second_factor",
    "sign_out",
    "check_invite",
    "join",
    "get_media",
    "get_evidence",
}
"""What answers without a session: signing in and out, joining, pictures by signed address, health."""


def assert_problem(response: Any, status: int, code: str | None = None) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert {"type", "code", "title", "status"} <= body.keys()
    assert body["status"] == status
    assert body["type"] == f"urn:xunfang:problem:{body['code']}"
    if code:
        assert body["code"] == code


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    paths = app.openapi()["paths"]
    return [
        (method, path, operation) for path, methods in paths.items() for method, operation in methods.items()
    ]


def test_without_a_session_every_other_route_asks_to_sign_in(described: FastAPI, client: TestClient) -> None:
    answers = {}
    for method, path, operation in operations(described):
        if operation["operationId"] not in OPEN:
            url = re.sub(r"\{\w+\}", str(uuid.UUID(int=0)), path)
            response = client.request(method, url, headers={"If-Match": '"1"'})
            answers[f"{method} {path}"] = (response.status_code, response.json().get("code"))
    wrong = [f"{name}: {answer}" for name, answer in answers.items() if answer != (401, "sign-in-needed")]
    assert wrong == [], "\n".join(wrong)


def test_every_route_says_what_it_may_refuse(described: FastAPI) -> None:
    silent = [
        f"{method} {path}: {status}"
        for method, path, operation in operations(described)
        for status, answer in operation["responses"].items()
        if status >= "400"
        and path.startswith("/api/")
        and "application/problem+json" not in answer.get("content", {})
    ]
    assert silent == []


def test_operation_names_are_unique_since_the_client_is_made_from_them(described: FastAPI) -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations(described))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/api/nothing-here", None, 404, "not-found"),
        ("PATCH", "/api/session", None, 405, "method-not-allowed"),
        ("POST", "/api/session", b"{not json", 400, "bad-request"),
        ("POST", "/api/session", b'{"nonsense": 1}', 422, "invalid"),
        ("POST", "/api/session", b" " * (1024 * 1024 + 1), 413, "too-large"),
    ],
)
def test_what_never_reaches_a_route_is_a_problem_too(
    client: TestClient, method: str, path: str, content: bytes | None, status: int, code: str
) -> None:
    headers = {"content-type": "application/json"}
    assert_problem(client.request(method, path, content=content, headers=headers), status, code)


def test_a_crash_is_a_problem_that_tells_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("app.core.db._new", crash)
    answer = client.get("/api/me")
    assert_problem(answer, 500, "internal")
    assert "42" not in answer.text


def kinds(of: type[Problem] = Problem) -> list[type[Problem]]:
    for path in sorted(ROOT.glob("app/**/*.py")):
        if "class " in path.read_text() and "__main__" not in path.name:
            importlib.import_module(
                ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            )
    found = [of]
    for kind in found:
        found += [further for further in kind.__subclasses__() if further not in found]
    return found


def test_codes_are_unique_and_written_alike() -> None:
    used = Counter(kind.code for kind in kinds() if "code" in vars(kind))
    assert [code for code, count in used.items() if count > 1] == []
    assert [code for code in used if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []
