"""What holds for every route: headers, the same-site check, byte counts, one error language, the built PWA."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy import exc as sql
from starlette.requests import Request
from starlette.testclient import TestClient

from app.api import create_app
from app.core import errors
from app.core.web import MIB
from app.features.identity.viewer import COOKIE

PROBLEM = "application/problem+json"
pytestmark = pytest.mark.either_db


@pytest.fixture(scope="module")
def pwa(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built PWA, as small as possible."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html>" + "x" * 2000)
    (folder / "assets" / "index-a1b2c3.js").write_text("export {}" + " " * 3000)
    (folder / "sw.js").write_text("self")
    (folder / "icon.png").write_bytes(b"\x89PNG" + bytes(3000))
    (folder.parent / "secret.txt").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def site(pwa: Path, engine: Engine) -> TestClient:
    app = create_app(pwa)

    @app.post("/api/probe")
    async def probe(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    return TestClient(app, base_url="https://testserver", raise_server_exceptions=False)


# ---- headers ----
@pytest.mark.parametrize("path", ["/", "/api/nothing", "/healthz", "/assets/index-a1b2c3.js"])
def test_every_answer_carries_the_security_headers(site: TestClient, path: str) -> None:
    headers = site.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "geolocation=(self)" in headers["permissions-policy"]


def test_without_https_no_hsts(pwa: Path) -> None:
    client = TestClient(create_app(pwa), base_url="http://localhost")
    assert "strict-transport-security" not in client.get("/").headers


def test_a_configured_map_may_load_its_tiles_and_nothing_else(
    pwa: Path, settings: Callable[..., Any]
) -> None:
    settings(map_tiles="osm")
    policy = TestClient(create_app(pwa)).get("/").headers["content-security-policy"]
    assert "img-src 'self' blob: data: https://tile.openstreetmap.org;" in policy
    assert policy.count("https://") == 1


# ---- same site ----
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://testserver"}, 403),
        ({"Origin": "https://testserver"}, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
        ({"Origin": "https://evil.example", "Authorization": "Bearer abc"}, 200),
    ],
)
def test_unsafe_requests_of_other_sites_are_refused(
    site: TestClient, headers: dict[str, str], status: int
) -> None:
    answer = site.post("/api/probe", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "cross-site"
        assert answer.headers["content-security-policy"]
    assert site.get("/healthz", headers=headers).status_code == 200


# ---- bytes ----
def test_a_body_is_counted_before_it_is_parsed(site: TestClient) -> None:
    assert site.post("/api/probe", content=bytes(MIB)).json() == {"size": MIB}
    refused = site.post("/api/probe", content=bytes(MIB + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too-large")
    assert refused.headers["content-type"] == PROBLEM


def test_a_body_without_a_length_is_counted_as_it_comes(site: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield bytes(100_000)

    assert site.post("/api/probe", content=pieces()).status_code == 413


def test_photos_reports_and_imports_may_be_larger() -> None:
    from app.api import body_limit

    limits = {
        (method, path): body_limit({"method": method, "path": path}) // MIB
        for method, path in (
            ("PUT", "/api/photos/1"),
            ("POST", "/api/photos/check"),
            ("POST", "/api/reports"),
            ("PUT", "/api/reports/1"),
            ("POST", "/api/imports/points"),
        )
    }
    assert list(limits.values()) == [20, 1, 65, 1, 20]


# ---- one error language ----
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not-found"),
        ("GET", "/api", 404, "not-found"),
        ("PUT", "/api/probe", 405, "method-not-allowed"),
        ("GET", "/assets/gone-123.js", 404, "not-found"),
        ("POST", "/deep/link", 405, "method-not-allowed"),
    ],
)
def test_unknown_paths_are_problems(site: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = site.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["code"] == code
    assert answer.headers["cache-control"] == "no-store"


def _failing_with(failure: Exception) -> TestClient:
    app = FastAPI()
    errors.install(app)

    @app.get("/")
    def fail() -> None:
        raise failure

    return TestClient(app, raise_server_exceptions=False)


def _sqlite(code: int, name: str, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    cause = kind(name)
    cause.sqlite_errorcode, cause.sqlite_errorname = code, name
    return cause


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (sql.OperationalError("", {}, _sqlite(5, "SQLITE_BUSY")), 503, "unavailable"),
        (sql.OperationalError("", {}, _sqlite(13, "SQLITE_FULL")), 507, "storage-full"),
        (sql.TimeoutError("pool"), 503, "unavailable"),
        (sql.InterfaceError("", {}, Exception()), 503, "unavailable"),
        (sql.DataError("", {}, Exception("NUL")), 422, "invalid"),
        (
            sql.IntegrityError("", {}, _sqlite(2067, "SQLITE_CONSTRAINT_UNIQUE", sqlite3.IntegrityError)),
            409,
            "conflict",
        ),
        (
            sql.IntegrityError("", {}, _sqlite(1299, "SQLITE_CONSTRAINT_NOTNULL", sqlite3.IntegrityError)),
            500,
            "internal",
        ),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), 503, "unavailable"),
        (TimeoutError(), 503, "unavailable"),
        (OSError(errno.ENOSPC, "full"), 507, "storage-full"),
        (OSError(errno.EDQUOT, "quota"), 507, "storage-full"),
        (OSError(errno.EIO, "bad disk"), 503, "unavailable"),
        (FileNotFoundError(errno.ENOENT, "ours"), 500, "internal"),
        (ValueError("ours"), 500, "internal"),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else str(v),
)
def test_faults_of_database_disk_and_network_ask_to_try_again(
    failure: Exception, status: int, code: str
) -> None:
    answer = _failing_with(failure).get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["code"] == code
    assert ("retry-after" in answer.headers) == (status in (503, 507))


def test_a_database_that_is_away_is_a_503_through_the_whole_app(live_server_away: httpx.Client) -> None:
    for path in ("/api/me", "/readyz"):
        answer = live_server_away.get(path, headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert int(answer.headers["retry-after"]) > 0
    assert live_server_away.get("/healthz").json() == {"status": "ok"}


@pytest.fixture
def live_server_away(server_factory: Callable[..., Any]) -> Iterator[httpx.Client]:
    """A server whose PostgreSQL refuses connections."""
    url = "postgresql+psycopg://nobody:x@127.0.0.1:1/none"
    server = server_factory(XUNFANG_DATABASE_URL=url, XUNFANG_JOBS="off")
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client
    server.stop()


def test_a_running_server_dates_its_answers(live_server: Any) -> None:
    assert httpx.get(f"{live_server.url}/healthz", timeout=60).headers["date"]


# ---- the PWA ----
def test_hashed_assets_are_kept_for_good_and_the_shell_is_asked_for_anew(site: TestClient) -> None:
    asset, shell = site.get("/assets/index-a1b2c3.js"), site.get("/")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")
    for path in ("/", "/sw.js", "/issues/42", "/join"):
        assert site.get(path).headers["cache-control"] == "no-cache"
    again = site.get("/", headers={"If-None-Match": shell.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_deep_link_is_answered_by_the_shell(site: TestClient) -> None:
    for path in ("/", "/issues/42", "/desk/review"):
        answer = site.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
    assert site.head("/issues/42").headers["content-length"]


def test_text_is_sent_compressed_and_pictures_as_they_are(site: TestClient) -> None:
    plain = site.get("/", headers={"Accept-Encoding": "identity"})
    zipped = site.get("/")
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"])
    assert zipped.text == plain.text
    assert "content-encoding" not in site.get("/icon.png").headers


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/a%00.txt"])
def test_nothing_outside_the_folder_is_served(site: TestClient, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_rebuilt_file_is_served_anew(site: TestClient, pwa: Path) -> None:
    before = site.get("/sw.js").headers["etag"]
    (pwa / "sw.js").write_text("self, changed")
    assert site.get("/sw.js").headers["etag"] != before


# ---- metrics, description ----
def test_figures_are_shown_to_this_machine_or_with_the_token(pwa: Path, settings: Callable[..., Any]) -> None:
    settings(metrics_token="tell-me")
    app = create_app(pwa)
    far, near = TestClient(app, client=("203.0.113.9", 1)), TestClient(app, client=("127.0.0.1", 1))
    far.get("/healthz")
    assert far.get("/metrics").status_code == 404
    assert far.get("/metrics", headers={"Authorization": "Bearer tell"}).status_code == 404
    told = far.get("/metrics", headers={"Authorization": "Bearer tell-me"})
    assert 'xunfang_requests_total{method="GET",operation="healthz",status="200"}' in told.text
    assert near.get("/metrics").status_code == 200
    assert near.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


def test_the_description_names_each_operation_once_and_its_problems(site: TestClient) -> None:
    paths = site.get("/api/openapi.json").json()["paths"]
    operations = [
        (name, operation)
        for path, by_method in paths.items()
        if path.startswith("/api/") and path != "/api/probe"
        for operation in by_method.values()
        for name in [operation["operationId"]]
    ]
    names = [name for name, _ in operations]
    assert len(names) == len(set(names))
    untyped = [
        name
        for name, operation in operations
        if not {"404", "422", "503"} <= operation["responses"].keys()
        or PROBLEM not in operation["responses"]["422"]["content"]
    ]
    assert untyped == []
    assert [name for name, operation in operations if not operation.get("tags")] == []


def test_a_session_cookie_alone_does_not_survive_a_foreign_origin(client: TestClient, database: Any) -> None:
    client.cookies.set(COOKIE, "x" * 43)
    answer = client.delete("/api/session", headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")
