"""What goes on in the town while it is watched: a few cases before, and a round behind everybody's back."""

import uuid
from collections.abc import Iterator

from app.core import clock
from tests.features.crosscheck.ringtown import REVEAL, RingTown


def busy(ring: RingTown) -> dict[str, str]:
    """A case at B's first point and one sent to B, a notice being drafted of the day; what paths are filled with."""
    point = ring.points["B"][0]
    filed = []
    for _ in range(2):
        body = {
            "action": "submit", "category": "ORD-02", "point_id": str(point.id), "captured_at": clock.now().isoformat(),
            "clock_offset_seconds": 0, "photos": [{**ring.photo("volunteer:B"), "role": "before"}],
        }  # fmt: skip
        answer = ring.client("volunteer:B").put(f"/api/reports/{uuid.uuid4()}", json=body)
        filed.append(answer.json()["issue"])
    sent = ring.client("dispatcher").post(
        f"/api/issues/{filed[0]['id']}/actions/dispatch", json={"unit_id": str(ring.units["B"].id)},
        headers={"If-Match": f'"{filed[0]["version"]}"'},
    )  # fmt: skip
    assert sent.status_code == 200, sent.text
    today = str(clock.now().date())
    notice = {"series": "notice", "start_on": today, "until_on": today}
    draft = ring.client("dispatcher").post("/api/documents", json=notice)
    assert draft.status_code == 201, draft.text
    return {
        "issue_id": filed[0]["id"],
        "document_id": draft.json()["id"],
        "point_id": str(point.id),
        "unit_id": str(ring.units["B"].id),
        "person_id": str(ring.people["liaison:B"].id),
        "user_id": str(ring.people["volunteer:B"].id),
        "type_code": "RES",
        "number": "1",
        "taken": str(uuid.uuid4()),
    }


def a_round(ring: RingTown, taken: str) -> Iterator[dict[str, str]]:
    """A inspects B, by table, up to the office's consolidation: the ids of what is hidden, after each step."""
    edge = {"inspector_id": str(ring.units["A"].id), "target_id": str(ring.units["B"].id)}
    planned = ring.plan(pairing="planned", unit_ids=None, edges=[edge])
    hidden = {"round_id": planned["id"]}
    yield hidden
    with clock.frozen(REVEAL):
        ring.reveal(planned["id"])
        task = ring.task("A")
        hidden |= {"assignment_id": task["id"]}
        yield hidden
        shot = ring.photo("captain:A", uuid.UUID(taken))
        found = ring.finding("captain:A", task, photos=[shot])
        ring.sent("captain:A", "correction", task, finding_id=found, text="还有两辆", nature="urgent")
        ring.sent("captain:A", "practice", task, kind="strength", text="宣传浓厚", adopt=True)
        ring.complete("A")
        assert ring.submit("A").status_code == 201
        (shown,) = ring.get(f"rounds/{planned['id']}/findings")["items"]
        ring.client("office").patch(f"/api/cross/findings/{shown['id']}", json={"note": "属实"})
        hidden |= {"finding_id": shown["id"], "photo_id": shown["photos"][0]["id"]}
        ring.post(f"rounds/{planned['id']}/consolidate")
    yield hidden
