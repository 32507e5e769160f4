"""The whole service as docs/operations.md has it at scale: two replicas, two workers, one PostgreSQL, one S3.

One story instead of many tests: starting four processes is what costs here. Each step is a function, named by what it shows.
"""

import json
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
import sqlalchemy as sa

from app.core.clock import now
from app.core.sheets import csv_bytes
from app.features.identity.models import Unit, User
from app.features.identity.viewer import COOKIE
from app.features.issues.models import Issue, Report
from app.features.photos.models import Rendition, RenditionKind
from tests import factories
from tests.core.test_storage import bucket
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.scale.cluster import HOST, Cluster, Machine
from tests.support.database import Postgres
from tests.support.wire import Balancer

LON, LAT = 120.10198, 31.18224
PASSWORD = "correct horse battery"
WAITING = 12
Eventually = Callable[..., Any]


@dataclass
class Story:
    """The cluster and what the steps hand on."""

    cluster: Cluster
    eventually: Eventually
    a: Machine
    b: Machine
    workers: list[Machine]
    cookie: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    issue_id: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    cases: int = 0
    """Made by load, beside those of the story."""

    def body(self, *photos: uuid.UUID, description: str = "两只垃圾桶旁堆了袋装垃圾") -> dict[str, Any]:
        return {
            "action": "submit",
            "category": "K1",
            "description": description,
            "position": {"lon": LON, "lat": LAT, "accuracy_m": 6, "source": "gps"},
            "captured_at": (now() - timedelta(minutes=1)).isoformat(),
            "clock_offset_seconds": 0,
            "photos": [{"id": str(photo), "role": "before"} for photo in photos],
        }

    def as_admin(self, machine: Machine) -> httpx.Client:
        """The browser of the administrator: the cookie, and an Origin as the PWA sends it."""
        return machine.client(Cookie=f"{COOKIE}={self.cookie}", Origin=f"https://{HOST}")

    def as_(self, name: str, machine: Machine) -> httpx.Client:
        return machine.client(self.tokens[name])


@pytest.fixture
def story(pg: Postgres, s3: dict[str, Any], tmp_path: Path, eventually: Eventually) -> Iterator[Story]:
    with bucket(s3) as storage:
        cluster = Cluster(tmp_path, pg.migrated(), s3, storage.bucket)
        try:
            a, b = cluster.replica("a"), cluster.replica("b")
            workers = [cluster.worker("first"), cluster.worker("second")]
            yield Story(cluster, eventually, a, b, workers)
        finally:
            cluster.end()
            pg.drop(cluster.database_url)


@pytest.mark.timeout(600)  # starts ten processes: slow where much else runs
def test_two_replicas_and_two_workers_are_one_service(story: Story, record_property: Any) -> None:
    steps = (
        the_operator_sets_the_town_up,
        who_signs_in_on_one_replica_is_signed_in_on_the_other,
        the_office_completes_the_town,
        a_photo_sent_to_one_and_a_report_to_the_other_are_one_case,
        what_a_worker_made_is_shown_by_both_replicas,
        a_change_through_one_is_heard_through_the_other_by_who_may_see_it,
        twenty_identical_reports_over_both_replicas_are_one,
        a_killed_worker_leaves_no_photo_unfinished,
        both_replicas_are_restarted_one_after_the_other_under_load,
        a_killed_replica_leaves_the_other_serving,
        cases_are_listed_shown_and_found_by_a_word_of_two_characters,
        those_that_are_left_stop_when_asked,
    )
    for step in steps:
        began = time.monotonic()
        step(story)
        record_property(step.__name__, round(time.monotonic() - began, 1))
        print(f"{time.monotonic() - began:5.1f} s  {step.__name__}", story.seconds)


def table(folder: Path, name: str, *rows: list[str]) -> str:
    file = folder / f"{name}.csv"
    file.write_bytes(csv_bytes(list(rows)))
    return str(file)


def the_operator_sets_the_town_up(story: Story) -> None:
    words = [
        "--login",
        "boss",
        "--name",
        "老板",
        "--town",
        "T00",
        "--town-name",
        "汀兰镇",
        "--password-stdin",
    ]
    story.cluster.run("create-admin", *words, stdin=f"{PASSWORD}\n")
    units = table(
        story.cluster.folder, "units", ["编号", "名称", "类型"], ["C01", "兰溪居委会", "居委会"], ["P01", "汀兰物业", "物业"]
    )  # fmt: skip
    assert "2 new" in story.cluster.run("import", "units", units)
    for replica in (story.a, story.b):
        replica.wait_until(replica.is_ready)


def who_signs_in_on_one_replica_is_signed_in_on_the_other(story: Story) -> None:
    with story.a.client() as a, story.b.client() as b:
        first = a.post("/api/session", json={"login": "boss", "password": PASSWORD, "client": "pwa"}).json()
        assert first["second_factor"] == "enrol"
        code = {"ticket": first["ticket"], "code": pyotp.TOTP(first["enrolment"]["secret"]).now()}
        # The seed lies encrypted in the ticket: the other replica can read it, since they share the key.
        opened = b.post("/api/session/totp", json={**code, "client": "pwa"})
        assert opened.status_code == 200, opened.text
        story.cookie = opened.headers["set-cookie"].partition(";")[0].partition("=")[2]
        again = a.post("/api/session/totp", json={**code, "client": "pwa"})
        assert again.status_code in (401, 409, 422), again.text
    for replica in (story.a, story.b):
        with story.as_admin(replica) as client:
            assert client.get("/api/me").json()["login"] == "boss"


def the_office_completes_the_town(story: Story) -> None:
    today = now().date()
    days = {"start_on": str(today - timedelta(days=30)), "end_on": str(today + timedelta(days=30))}
    campaign = {"code": "2026", "name_zh": "创建", "is_active": True, **days}
    with story.as_admin(story.a) as a, story.as_admin(story.b) as b:
        added = a.post("/api/campaigns", json=campaign)
        assert added.status_code == 201, added.text
        added = b.post("/api/point-types", json={"code": "T1", "name_zh": "小区", "buffer_m": 20})
        assert added.status_code == 201, added.text
    _import_categories_and_points(story)
    with story.cluster.session() as session:
        town = session.scalars(sa.select(Unit).where(Unit.code == "T00")).one()
        other_town = factories.town(session)
        people: dict[str, User] = {
            "desk": factories.user(session, town, "dispatcher"),
            "volunteer": factories.user(session, town, "volunteer"),
            "other": factories.user(session, town, "volunteer"),
            "stranger": factories.user(session, other_town, "dispatcher"),
        }
        story.tokens = {name: factories.token(session, person) for name, person in people.items()}


def _import_categories_and_points(story: Story) -> None:
    folder, run = story.cluster.folder, story.cluster.run
    heads = ["编号", "名称", "主题", "处置类型", "专项", "性质", "时限小时"]
    rows = table(folder, "categories", heads, ["K1", "暴露垃圾", "公共环境", "整治", "清脏", "一般", "24"])
    assert "1 new" in run("import", "categories", rows)
    heads = ["编号", "名称", "类型", "经度", "纬度", "责任单位"]
    rows = table(folder, "points", heads, ["P1", "兰溪苑", "小区", str(LON), str(LAT), "P01"])
    assert "1 new" in run("import", "points", rows)


def a_photo_sent_to_one_and_a_report_to_the_other_are_one_case(story: Story) -> None:
    photo, report_id = uuid.uuid4(), uuid.uuid4()
    with story.as_("volunteer", story.a) as a, story.as_("volunteer", story.b) as b:
        assert put_photo(a, photo, pictures.jpeg(1600, 1200)).status_code == 201
        told = b.put(f"/api/reports/{report_id}", json=story.body(photo))
        assert told.status_code == 201, told.text
        assert told.json()["state"] == "complete"
        story.issue_id = told.json()["issue"]["id"]
        seen = a.get(f"/api/reports/{report_id}").json()
        assert seen["issue"]["id"] == story.issue_id
        # And what was sent before is known at the other door.
        assert put_photo(b, photo, pictures.jpeg(1600, 1200)).status_code == 200


def what_a_worker_made_is_shown_by_both_replicas(story: Story) -> None:
    with story.as_("desk", story.a) as a, story.as_("desk", story.b) as b:
        kinds = ("thumb_url", "large_url", "watermarked_url")

        def shown() -> dict[str, Any]:
            (one,) = a.get(f"/api/issues/{story.issue_id}").json()["photos"]
            return one

        # A link is given once a worker has made what it leads to.
        story.eventually(lambda: all(shown()[kind] for kind in kinds), seconds=60, every=0.2)
        photo = shown()
        for kind in kinds:
            # The link is signed by one and opened by the other.
            story.eventually(lambda path=photo[kind]: b.get(path).status_code == 200, seconds=60, every=0.2)
            from_a, from_b = a.get(photo[kind]), b.get(photo[kind])
            assert from_a.content == from_b.content
            assert from_a.headers["content-type"] == "image/jpeg"
    with story.as_("other", story.b) as other:
        assert other.get(photo["large_url"].partition("?")[0]).status_code == 404
    kept = {path.name for machine in story.cluster.machines for path in machine.log.parent.iterdir()}
    assert not kept & {"blobs", "xunfang.db", "secret.key"}, "state of its own on a replica or worker"


@contextmanager
def listening(client: httpx.Client) -> Iterator[list[tuple[float, dict[str, Any]]]]:
    """What this client hears on the stream, and when."""
    heard: list[tuple[float, dict[str, Any]]] = []
    with client.stream("GET", "/api/stream") as stream:
        assert stream.status_code == 200

        def listen() -> None:
            try:
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        heard.append((time.monotonic(), json.loads(line[5:])))
            except (httpx.HTTPError, httpx.StreamError):
                return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield heard


def a_change_through_one_is_heard_through_the_other_by_who_may_see_it(story: Story) -> None:
    with (
        story.as_("desk", story.b) as desk,
        story.as_("other", story.b) as other,
        story.as_("stranger", story.b) as stranger,
        listening(desk) as heard,
        listening(other) as unseen,
        listening(stranger) as elsewhere,
        story.as_("desk", story.a) as a,
    ):
        time.sleep(1.2)  # so that the pollers have their first look behind them
        heard.clear()
        case = a.get(f"/api/issues/{story.issue_id}")
        began = time.monotonic()
        said = {"audience": "reporter", "body": "已收到"}
        assert a.post(f"/api/issues/{case.json()['id']}/comments", json=said).status_code == 201
        story.eventually(lambda: any(m.get("id") == story.issue_id for _, m in heard), seconds=10)
        story.seconds["live"] = heard[0][0] - began
        assert story.seconds["live"] < 3
        time.sleep(max(0.0, began + 3 - time.monotonic()))
        assert unseen == []
        assert elsewhere == []


def twenty_identical_reports_over_both_replicas_are_one(story: Story) -> None:
    photo, report_id = uuid.uuid4(), uuid.uuid4()
    body = story.body(photo, description="河道边有漂浮物")
    with story.as_("volunteer", story.a) as a, story.as_("volunteer", story.b) as b:
        assert put_photo(b, photo, pictures.jpeg(640, 480)).status_code == 201
        with ThreadPoolExecutor(20) as pool:
            sent = pool.map(lambda n: (a, b)[n % 2].put(f"/api/reports/{report_id}", json=body), range(20))
            answers = list(sent)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
    assert len({answer.json()["issue"]["id"] for answer in answers}) == 1
    with story.cluster.session() as session:
        assert len(session.scalars(sa.select(Report).where(Report.client_id == report_id)).all()) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Issue)) == 2


def _unfinished(story: Story) -> int:
    with story.cluster.session() as session:
        asked = sa.text("SELECT count(*) FROM photos WHERE state <> 'ready'")
        return int(session.execute(asked).scalar_one())


def a_killed_worker_leaves_no_photo_unfinished(story: Story) -> None:
    data = pictures.jpeg(3000, 2250)
    with story.as_("volunteer", story.a) as a, story.as_("volunteer", story.b) as b:
        with ThreadPoolExecutor(8) as pool:
            sent = pool.map(lambda n: put_photo((a, b)[n % 2], uuid.uuid4(), data), range(WAITING))
            assert {answer.status_code for answer in sent} == {201}
    left = _unfinished(story)
    story.workers[0].kill()
    began = time.monotonic()
    assert left > 0, "all was done before the worker was killed"
    story.eventually(lambda: _unfinished(story) == 0, seconds=60, every=0.2)
    story.seconds["recovered"] = time.monotonic() - began
    with story.cluster.session() as session:
        large = sa.select(sa.func.count()).where(Rendition.kind == RenditionKind.LARGE)
        assert session.scalar(large) == WAITING + 2


def both_replicas_are_restarted_one_after_the_other_under_load(story: Story) -> None:
    """Behind one address, as a new release is rolled out: every report arrives once, and nobody hears an error but 503."""
    balancer, over = Balancer([story.a.port, story.b.port]), threading.Event()
    answers: Counter[int] = Counter()
    sent: list[uuid.UUID] = []

    def report() -> None:
        with story.as_("volunteer", story.a) as client:
            while not over.is_set():
                sent.append(uuid.uuid4())
                url = f"http://127.0.0.1:{balancer.port}/api/reports/{sent[-1]}"
                told, status = story.body(), 0
                while status not in (200, 201):
                    status = client.put(url, json=told).status_code
                    answers[status] += 1
                time.sleep(0.1)

    with ThreadPoolExecutor(2) as phones:
        load = [phones.submit(report) for _ in range(2)]
        try:
            for replica in (story.a, story.b):
                assert replica.stop() in (0, -signal.SIGTERM)
                replica.start()
                replica.wait_until(replica.is_ready)
        finally:
            over.set()
        for phone in load:
            phone.result()
    balancer.close()
    assert set(answers) <= {200, 201, 503}, answers
    with story.cluster.session() as session:
        kept = session.scalars(sa.select(Report.client_id).where(Report.client_id.in_(sent))).all()
    assert Counter(kept) == Counter(sent)
    story.cases += len(sent)


def a_killed_replica_leaves_the_other_serving(story: Story) -> None:
    story.a.kill()
    photo = uuid.uuid4()
    with story.as_("volunteer", story.b) as b:
        assert put_photo(b, photo, pictures.jpeg(640, 480)).status_code == 201
        told = b.put(f"/api/reports/{uuid.uuid4()}", json=story.body(photo, description="路灯不亮"))
        assert told.status_code == 201, told.text
        assert told.json()["issue"]["id"]
    with story.as_admin(story.b) as admin:
        assert admin.get("/api/me").status_code == 200


def cases_are_listed_shown_and_found_by_a_word_of_two_characters(story: Story) -> None:
    with story.as_("desk", story.b) as desk:
        assert len(desk.get("/api/issues").json()["items"]) == min(50, 3 + story.cases)
        for word in ("河道", "漂浮"):
            (found,) = desk.get("/api/issues", params={"q": word}).json()["items"]
            assert found["description"] == "河道边有漂浮物"
        assert desk.get("/api/issues", params={"q": "树木"}).json()["items"] == []
        shown = desk.get(f"/api/issues/{story.issue_id}")
        assert shown.headers["etag"]
        assert shown.json()["point"]["zh"] == "兰溪苑"


def those_that_are_left_stop_when_asked(story: Story) -> None:
    # uvicorn shuts down in order and then hands the signal on to itself, so that its caller sees why it ended.
    assert story.b.stop() in (0, -signal.SIGTERM)
    assert story.workers[1].stop() == 0
    for machine in story.cluster.machines:
        assert "Traceback" not in machine.log.read_text(), machine.log.read_text()[-4000:]
