"""Webhooks: signed, in order, at least once, without words; and never to an address that is not a listed, public one."""

import hmac
import json
import socket
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.core import clock, jobs, outbound
from app.core.clock import now
from app.core.db import reading, transaction
from app.features.interop import sending
from app.features.interop.models import Webhook, WebhookMessage
from tests.features.interop.receiver import HOST, Receiver, receiving
from tests.support.cases import World, world

Settings = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("receiver")


@pytest.fixture
def receiver(folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Listed and trusted; this machine's own address stands for a public one."""
    with receiving(folder) as found:
        settings(webhook_hosts=f"other.example.test, {HOST}:{found.port}")
        monkeypatch.setenv("SSL_CERT_FILE", str(found.authority))
        outbound._tls.cache_clear()
        monkeypatch.setattr(outbound, "is_public", lambda address: address == "127.0.0.1")
        _resolves(monkeypatch, "127.0.0.1")
        yield found
    outbound._tls.cache_clear()


@pytest.fixture(scope="module")
def standing_town(standing: object, standing_sign_in: Any) -> World:
    return world(standing_sign_in)


@pytest.fixture
def town(standing_town: World, database: object) -> World:
    """Nobody is signed in yet: what a test before had begun was undone."""
    return replace(standing_town, clients={})


def _resolves(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have every name resolve to these; the names that were asked for."""
    asked: list[str] = []
    plain = socket.getaddrinfo

    def answer(host: str, port: int, *args: Any, **more: Any) -> Any:
        if host in addresses:
            return plain(host, port, *args, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def _made(town: World, url: str, actions: list[str] | None = None) -> dict[str, Any]:
    answer = town.client("admin").post("/api/webhooks", json={"url": url, "actions": actions or []})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _messages(town: World, made: dict[str, Any]) -> list[dict[str, Any]]:
    """Oldest first."""
    answer = town.client("admin").get(f"/api/webhooks/{made['id']}/messages")
    assert answer.status_code == 200
    return list(reversed(answer.json()["items"]))


def _drain_again() -> None:
    """In here a job does not wait for its time, and finds that it has come too early: what it left is swept up."""
    with transaction() as session:
        sending.sweep(session)
    jobs.drain(delayed=True)


def test_events_arrive_signed_in_their_order_and_without_words(town: World, receiver: Receiver) -> None:
    made = _made(town, receiver.url)
    case = town.rectifying(external_ref="GRID-77", photos=[])
    jobs.drain()

    kinds = [json.loads(body)["type"] for _, _, body in receiver.arrived]
    assert kinds == ["case.submit", "case.dispatch", "case.claim"]
    secret = b64decode(made["secret"].removeprefix("whsec_"))
    for path, headers, body in receiver.arrived:
        assert path == "/xunfang?key=1"
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = b64encode(hmac.digest(secret, text, "sha256")).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
    last = json.loads(receiver.arrived[-1][2])["data"]
    assert (last["id"], last["no"], last["state"]) == (case["id"], case["no"], "rectifying")
    assert (last["version"], last["external_ref"], last["unit"]) == (3, "GRID-77", town.unit.code)
    everything = b"".join(body for _, _, body in receiver.arrived).decode()
    for word in (case["description"], town.people["volunteer"].name_zh, town.people["liaison"].name_zh):
        assert word not in everything
    assert [m["state"] for m in _messages(town, made)] == ["sent"] * 3
    assert "secret" not in town.client("admin").get("/api/webhooks").json()["items"][0]


def test_only_what_was_asked_for_of_the_own_town_and_of_nobody_still_unconfirmed(
    town: World, receiver: Receiver
) -> None:
    made = _made(town, receiver.url, ["submit"])
    town.filed("pending", photos=[])
    town.dispatched(photos=[])
    jobs.drain()
    assert [m["kind"] for m in _messages(town, made)] == ["case.submit"]
    town.client("admin").delete(f"/api/webhooks/{made['id']}")
    town.filed(photos=[])
    jobs.drain()
    assert len(receiver.arrived) == 1


def test_what_a_receiver_does_not_take_waits_and_comes_later_in_order(
    town: World, receiver: Receiver
) -> None:
    made = _made(town, receiver.url)
    receiver.status = 503
    case = town.filed(photos=[])
    jobs.drain()
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    jobs.drain()  # too early: the receiver is left alone
    assert len(receiver.arrived) == 1
    first, second = _messages(town, made)
    assert (first["state"], first["tries"], first["status"], first["error"]) == ("waiting", 1, 503, "status")
    assert (second["state"], second["tries"]) == ("waiting", 0)

    receiver.status = 429  # not now, which is no refusal
    with clock.frozen(now() + timedelta(seconds=30)):
        jobs.drain(delayed=True)
    assert [(m["state"], m["tries"]) for m in _messages(town, made)] == [("waiting", 2), ("waiting", 0)]
    with transaction() as session:
        session.execute(update(Webhook).where(Webhook.id == uuid.UUID(made["id"])).values(failures=30))
    with clock.frozen(now() + timedelta(minutes=2)):
        _drain_again()
    assert _messages(town, made)[0]["tries"] == 3

    receiver.status = 200
    with clock.frozen(now() + timedelta(hours=3, minutes=3)):  # however often it failed: three hours at most
        _drain_again()
    assert [m["state"] for m in _messages(town, made)] == ["sent", "sent"]
    ids = [headers["webhook-id"] for _, headers, _ in receiver.arrived]
    assert len(ids) == 5
    assert ids[0] == ids[1] == ids[2] == ids[3] != ids[4], "the same message again, then the next"


def test_what_is_left_behind_is_found_by_the_sweep(town: World, receiver: Receiver) -> None:
    made = _made(town, receiver.url)
    town.filed(photos=[])
    jobs.drain()
    receiver.arrived.clear()
    with clock.frozen(now()):
        town.filed(photos=[])
        with sending.db.transaction() as session:
            # A process took it and died with it; the job is gone with the process.
            session.get_one(Webhook, sending.uuid.UUID(made["id"])).busy_until = now() + sending.LEASE
        jobs.drain()
    assert receiver.arrived == []
    with clock.frozen(now() + sending.LEASE + timedelta(seconds=1)):
        jobs.sweep()
        jobs.drain()
    assert len(receiver.arrived) == 1


@pytest.mark.either_db
def test_refused_once_is_not_sent_again_gone_is_switched_off_and_so_is_three_days_of_silence(
    town: World, receiver: Receiver
) -> None:
    made = _made(town, receiver.url)
    receiver.status = 422
    town.filed(photos=[])
    jobs.drain()
    receiver.status = 410
    town.filed(photos=[])
    jobs.drain()
    assert [m["state"] for m in _messages(town, made)] == ["refused", "waiting"]
    assert town.client("admin").get("/api/webhooks").json()["items"][0]["is_active"] is False
    town.filed(photos=[])
    jobs.drain()
    assert len(receiver.arrived) == 2, "nothing is written down for a receiver that is off"

    receiver.status = 500
    path = f"/api/webhooks/{made['id']}"
    assert town.client("admin").patch(path, json={"is_active": True}).status_code == 200
    jobs.drain()
    assert town.client("admin").get("/api/webhooks").json()["items"][0]["failures"] == 1
    with clock.frozen(now() + sending.GIVE_UP + timedelta(minutes=1)):
        jobs.drain(delayed=True)
        assert town.client("admin").get("/api/webhooks").json()["items"][0]["is_active"] is False
    with clock.frozen(now() + sending.KEEP + timedelta(days=1)):
        sending.forget()
    assert _messages(town, made) == []


@pytest.mark.either_db
def test_a_redirect_is_not_followed(town: World, receiver: Receiver) -> None:
    made = _made(town, receiver.url)
    receiver.status, receiver.headers = 307, {"Location": f"https://{HOST}:{receiver.port}/elsewhere"}
    assert town.client("admin").post(f"/api/webhooks/{made['id']}/test").status_code == 202
    jobs.drain()
    assert [path for path, _, _ in receiver.arrived] == ["/xunfang?key=1"]
    assert [(m["kind"], m["status"], m["error"]) for m in _messages(town, made)] == [
        ("ping", 307, "redirected")
    ]


@pytest.mark.either_db
def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_looked_at(
    town: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the next answer would be another address."""
    made = _made(town, receiver.url)
    asked = _resolves(monkeypatch, "127.0.0.1")
    called: list[Any] = []
    plain = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda to, **kw: called.append(to) or plain(to, **kw))
    town.client("admin").post(f"/api/webhooks/{made['id']}/test")
    jobs.drain()
    assert (asked, called) == ([HOST], [("127.0.0.1", receiver.port)])
    assert len(receiver.arrived) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_not_called(
    address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(webhook_hosts=HOST)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was called"))
    for addresses in ([address], ["1.1.1.1", address]):
        _resolves(monkeypatch, *addresses)
        with pytest.raises(outbound.NotAllowed, match="private-address"):
            outbound.post(f"https://{HOST}/", b"{}", {})
    assert all(map(outbound.is_public, ("1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101")))


@pytest.mark.either_db
def test_a_certificate_of_another_name_gets_nothing(
    town: World, receiver: Receiver, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving(folder, "evil.example.test") as other:
        settings(webhook_hosts=f"{HOST}:{other.port}")
        monkeypatch.setenv("SSL_CERT_FILE", str(other.authority))
        outbound._tls.cache_clear()
        made = _made(town, other.url)
        town.client("admin").post(f"/api/webhooks/{made['id']}/test")
        jobs.drain()
        assert (other.arrived, _messages(town, made)[0]["error"]) == ([], "tls")


@pytest.mark.either_db
def test_a_receiver_that_drips_or_is_not_there_costs_the_deadline_and_no_more(
    town: World, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "DEADLINE_SECONDS", 0.4)
    made = _made(town, receiver.url)
    receiver.drips = True
    town.client("admin").post(f"/api/webhooks/{made['id']}/test")
    jobs.drain()
    assert _messages(town, made)[0]["error"] == "timeout"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        port = closed.getsockname()[1]
        settings(webhook_hosts=f"{HOST}:{port}")
        with pytest.raises(outbound.Failed, match="unreachable"):
            outbound.post(f"https://{HOST}:{port}/", b"{}", {})


@pytest.mark.either_db
def test_where_it_may_go_is_for_the_operator_to_say(town: World, settings: Settings) -> None:
    office = town.client("admin")
    assert office.get("/api/webhooks").json()["hosts"] == []
    settings(webhook_hosts="hooks.example.test,other.example.test:8443")

    def why(url: str) -> str:
        answer = office.post("/api/webhooks", json={"url": url})
        assert (answer.status_code, answer.json()["code"]) == (422, "webhook-refused"), answer.text
        return str(answer.json()["reason"])

    for url in (
        "http://hooks.example.test/", "https://a@hooks.example.test/", "https://hooks.example.test/#x",
        "https://hooks.example.test\\@evil.test/", "https://hooks.example.test/a b", "https://[::1]/", "ftp://hooks.example.test",
        "https://hooks.example.test:443@evil.test/", "https://hooks.example.test/\r\nX: y", "https://ｈooks.example.test/",
    ):  # fmt: skip
        assert why(url) == "form", url
    for url in (
        "https://evil.test/", "https://hooks.example.test.evil.test/", "https://hooks.example.test:8443/",
        "https://other.example.test/", "https://127.0.0.1/", "https://2130706433/",
    ):  # fmt: skip
        assert why(url) == "host-not-listed", url
    for _ in range(5):
        _made(town, "https://other.example.test:8443/in")
    assert why("https://hooks.example.test/") == "too-many"
    settings(webhook_hosts="")
    town.filed(photos=[])  # nothing is listed any more: nothing is written down
    with reading() as session:
        assert session.query(WebhookMessage).count() == 0
