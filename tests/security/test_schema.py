"""What the OpenAPI promises: requests made from it by schemathesis, by people of every role; no 5xx, nothing undocumented.

The short, seeded form. The stateful one, which follows answers into further requests, is in test_schema_soak.py.
"""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core import changes
from app.features.identity import sessions
from app.features.identity.models import User
from tests.security.scene import COLUMNS, Scene, build

EXAMPLES, SEED = 2, 20261122
load_all_checks()
PROMISES = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    ]
)
KNOWN = {
    "issue_id": "case",
    "person_id": "person",
    "user_id": "person",
    "unit_id": "unit",
    "campaign_id": "campaign",
    "grid_id": "grid",
    "point_id": "point",
    "team_id": "team",
    "photo_id": "photo",
    "invite_id": "invite",
    "responsibility_id": "responsibility",
}
"""Path parameters that name something: half of the requests name something that exists."""


@pytest.fixture
def scene(
    client: TestClient, sign_in: Callable[[User], TestClient], monkeypatch: pytest.MonkeyPatch
) -> tuple[Scene, TestClient]:
    async def nothing_new(*_: Any) -> AsyncIterator[Any]:
        return
        yield

    monkeypatch.setattr(changes, "subscribe", nothing_new)
    monkeypatch.setattr(sessions, "is_password", lambda *_: False)
    return build(sign_in), client


def ask(case: schemathesis.Case, client: TestClient, scene: Scene, who: str, chance: random.Random) -> None:
    """Send one made-up request as `who`; raises what is broken of the promises."""
    for name, kind in KNOWN.items():
        if name in (case.path_parameters or {}) and chance.random() < 0.5:
            things = [thing for key, thing in scene.ids.items() if key.startswith(f"{kind}:")]
            case.path_parameters[name] = chance.choice(things)
    token = scene.tokens.get(who)
    sent = case.as_transport_kwargs(base_url="https://testserver")
    headers = {k: v for k, v in sent["headers"].items() if k.lower() != "authorization"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    parts = {k: v for k, v in sent.items() if k in ("params", "json", "data", "files")}
    client.cookies = sent.get("cookies") or {}
    if isinstance(parts.get("data"), bytes | str):
        parts["content"] = parts.pop("data")
    answer = client.request(sent["method"], sent["url"], headers=headers, **parts)
    case.validate_response(answer, checks=PROMISES)


def test_no_answer_is_a_crash_or_undocumented(
    described: FastAPI, scene: tuple[Scene, TestClient], database: Connection
) -> None:
    town, client = scene
    broken: list[str] = []
    for found in schemathesis.openapi.from_dict(described.openapi()).get_all_operations():
        operation = found.ok()

        @seeded(SEED)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), who=st.sampled_from(list(COLUMNS)), chance=st.randoms())
        def each(case: schemathesis.Case, who: str, chance: random.Random) -> None:
            with database.begin_nested() as one:
                try:
                    ask(case, client, town, who, chance)
                except Exception as failure:
                    broken.append(f"{case.method} {case.path} by {who}: {failure}"[:1500])
                finally:
                    one.rollback()

        each()
    assert broken == [], "\n\n".join(broken)
