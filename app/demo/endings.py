"""How cases go: each function tells a Story from the report to one of the ten states, by the rules of the lifecycle."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from app.demo.casebook import Story
from app.demo.scenes import Shot

# --- still open -----------------------------------------------------------------------------------------------------


def submitted(s: Story) -> None:
    """待受理."""
    s.report(source=s.people.source_of(s.reporter))


def _lead(s: Story) -> None:
    """Something heard, not seen: from the hotline, the web or a citizen, without a picture."""
    channel = s.rng.choice(("hotline", "hotline", "web", "public"))
    s.reporter = "u.public" if channel == "public" else "u.hot1"
    prefix = s.say("hotline") if channel == "hotline" else ""
    ref = f"12345-{s.found:%Y%m%d}-{s.rng.randint(100, 999)}" if channel == "hotline" else None
    s.dispatcher = "u.office2"
    s.report(source=channel, with_photos=False, prefix=prefix, external_ref=ref)


def lead_waiting(s: Story) -> None:
    """A lead: somebody has been sent to look."""
    _lead(s)
    at = s.wait(0.2, 0.8)
    who = s.people.officer(s.spot.grid["code"])
    s.add(
        "order_site_check",
        s.dispatcher,
        at,
        assignee=who,
        due_at=at + timedelta(hours=4),
        question="请到现场看一下，拍一张全景。",
    )


def lead_checked(s: Story) -> None:
    """A lead that was looked at and found true."""
    lead_waiting(s)
    at = s.wait(0.4, 1.5, office=False)
    photos = s.looked_at(at, solved=False)
    s.add(
        "answer_site_check",
        s.steps[-1].data["assignee"],
        at,
        is_confirmed=True,
        finding="属实，" + s.say("seen", s.spot.category),
        photos=photos,
    )


def dispatched(s: Story) -> None:
    """已派单待领."""
    submitted(s)
    if s.nature == "urgent" and s.rng.random() < 0.5:
        s.dispatch(0.1, 0.7, by=s.people.line_leader(s.spot.point, s.rng))
    else:
        s.dispatch(0.1, 0.8 if s.nature == "urgent" else 3.0)


def reassigned(s: Story) -> None:
    """Given to the wrong department first."""
    right = s.unit
    rectifying(s, unit="D05" if right != "D05" else "D08")
    s.dispatch(0.5, 3, unit=right, action="reassign", reason="核实后不属于该单位，改派。")


def bounced(s: Story) -> None:
    """退单, the desk has not ruled yet."""
    submitted(s)
    s.dispatch(0.2, 1.5, unit="D05" if s.unit != "D05" else "D08")
    s.bounce(s.rng.choice(("not_ours", "wrong_category")), None)


def bounced_and_ruled(s: Story) -> None:
    """退单, ruled on, waiting for the next order."""
    submitted(s)
    s.dispatch(0.2, 1.5, unit="D05" if s.unit != "D05" else "D08")
    s.bounce("not_ours", s.rng.choice(("founded", "unfounded")))


def rectifying(s: Story, unit: str | None = None) -> None:
    """整改中."""
    submitted(s)
    s.dispatch(0.1, 0.8 if s.nature == "urgent" else 2.5, unit=unit)
    s.claim(0.1, 0.4 if s.nature == "urgent" else 2.0)


def returned(s: Story) -> None:
    """Sent back to the unit once."""
    rectifying(s)
    s.rectify(share=0.25)
    s.send_back(s.rng.choice(("not_solved", "unreadable", "other_place")))


def withdrawn(s: Story) -> None:
    """The unit took its submission back to take a better picture."""
    in_review(s)
    s.add("withdraw", s.fixer, s.at + timedelta(minutes=12), note="照片没拍全，重拍。")


def extension_asked(s: Story) -> None:
    """More time asked for."""
    rectifying(s)
    if s.due is None:
        raise AssertionError("an order has a deadline")
    until = s.due + timedelta(hours=s.rng.choice((12, 24, 36)))
    s.add("ask_extend", s.people.liaison(s.unit), s.wait(0.5, 3), until=until, reason=s.say("extension"))


def extended(s: Story) -> None:
    """More time given."""
    extension_asked(s)
    s.add("extend", s.people.line_leader(s.spot.point, s.rng), s.wait(0.3, 3), note="同意。")


def relapsed(s: Story) -> None:
    """回潮: round two is under way."""
    closed_plainly(s)
    s.relapse(1.5, 5)


def coordinating(s: Story) -> None:
    """疑难: a plan is being made."""
    submitted(s)
    at = s.wait(0.5, 4)
    s.nature = "difficult"
    s.add(
        "escalate",
        s.dispatcher,
        at,
        reason=s.say("escalation"),
        meeting_kind="coordination",
        unit=s.unit,
        helpers=[s.community],
    )


def coordinating_from_unit(s: Story) -> None:
    """The unit says it cannot do it alone; the plan is late."""
    rectifying(s)
    s.add("ask_escalate", s.people.liaison(s.unit), s.wait(1, 4), reason=s.say("escalation"))
    s.nature = "difficult"
    s.add(
        "escalate",
        s.dispatcher,
        s.wait(0.3, 2),
        reason=s.say("escalation"),
        meeting_kind="consultation",
        helpers=[],
    )


def deferred(s: Story) -> None:
    """挂账."""
    rectifying(s)
    chosen = s.rng.choice(s.texts["deferral"])
    at = s.wait(1, 5)
    resume_at = max(at, s.now) + timedelta(days=s.rng.randint(3, 20))
    s.add("ask_defer", s.people.liaison(s.unit), at, resume_at=resume_at, **chosen)
    s.add("defer", s.people.line_leader(s.spot.point, s.rng), s.wait(0.5, 5), note="同意，做好临时防护。")


def resumed(s: Story) -> None:
    """Deferred for some days, taken up again by the desk."""
    deferred(s)
    s.add("resume", s.dispatcher, s.wait(60, 90))


def in_review(s: Story) -> None:
    """待复核."""
    rectifying(s)
    s.rectify()


def in_review_with_old_photo(s: Story, shot: Shot, taken: datetime) -> None:
    """待复核, with an after photo from the album: of an earlier case at the same corner, made brighter."""
    rectifying(s)
    s.rectify(kind="old_photo", shot=shot, taken=taken)


def _other_place(s: Story) -> None:
    rectifying(s)
    s.rectify(kind="other_place", shot=s.view(solved=True).other_place(), drift_m=240)


def _still_there(s: Story) -> None:
    rectifying(s)
    s.rectify(kind="still_there", shot=s.view(solved=False))


def _same_exposure(s: Story) -> None:
    rectifying(s)
    before = s.steps[0].data["photos"][0].shot
    s.rectify(kind="same_exposure", shot=replace(before, treatment="reencoded"))


CHEATING: dict[str, Callable[[Story], None]] = {
    "other_place": _other_place,
    "still_there": _still_there,
    "same_exposure": _same_exposure,
}


def fixed_waiting(s: Story) -> None:
    """Put right by the reporter, waiting for a second pair of eyes."""
    if s.reporter == "u.district1":
        s.reporter = s.people.patroller(s.rng)
    s.fixed_on_the_spot("submit_fixed", "self")


def second_approval(s: Story) -> None:
    """Urgent: the reviewer has passed it, the line leader has not yet."""
    in_review(s)
    s.close(0.2, 3, second=False)


def reopened(s: Story) -> None:
    """The auditor doubted the evidence; the office reopened it."""
    closed_plainly(s)
    s.add("ask_reopen", "u.audit", s.wait(20, 60), reason="整改后照片与另一件相同。")
    s.add("reopen", "u.office1", s.wait(0.5, 4), reason="证据存疑，重新复核。")


# --- ended ----------------------------------------------------------------------------------------------------------


def closed_plainly(s: Story) -> None:
    """已销项, one round, nothing special."""
    in_review(s)
    s.close()


def closed(s: Story) -> None:
    """已销项, now and then bounced first, then looked back at."""
    submitted(s)
    if s.nature == "ordinary" and s.rng.random() < 0.06:
        right = s.unit
        s.dispatch(0.2, 2, unit="D05" if right != "D05" else "D08")
        s.bounce("not_ours", "founded")
        s.dispatch(0.2, 1.5, unit=right)
    else:
        s.dispatch(0.1, 0.8 if s.nature == "urgent" else 3.0)
    s.claim(0.1, 0.4 if s.nature == "urgent" else 2.5)
    s.rectify(share=s.rng.uniform(1.05, 1.7) if s.rng.random() < 0.1 else None)
    s.close()
    _looked_back(s)


def _looked_back(s: Story) -> None:
    if s.rng.random() < 0.34 and s.look_back(3) and s.rng.random() < 0.3:
        s.look_back(7)


def closed_on_the_spot(s: Story) -> None:
    """当场整改: somebody else fixed it before the reporter's eyes."""
    own_leader = s.spot.point.get("leader") if s.spot.point else None
    s.reporter = own_leader if own_leader and s.rng.random() < 0.3 else "u.office2"
    s.fixed_on_the_spot(
        "submit_closed", s.rng.choice(("other", "店主自己收回", "保洁员当场清理", "车主到场挪车"))
    )


def closed_after_own_fix(s: Story) -> None:
    """A volunteer tidied up alone; a reviewer looked."""
    fixed_waiting(s)
    s.close()


def closed_after_return(s: Story) -> None:
    """Closed at the second try."""
    returned(s)
    s.rectify(share=0.5)
    s.close()
    _looked_back(s)


def closed_after_relapse(s: Story) -> None:
    """Closed, relapsed, closed again."""
    relapsed(s)
    s.rectify(share=0.5)
    s.close()


def closed_by_plan(s: Story) -> None:
    """Difficult: meeting, plan, fixed, two approvals."""
    coordinating(s)
    at = s.wait(6, 20)
    plan = s.rng.choice(s.texts["plan"])
    final = at + timedelta(days=s.rng.randint(5, 9))
    steps = [
        {"text": text, "due_at": at + (final - at) * (n + 1) / 3} for n, text in enumerate(plan["milestones"])
    ]
    s.due = final
    s.add(
        "approve_plan", s.people.principal(s.rng), at, meeting=plan["meeting"], measures=plan["measures"], unit=s.unit,
        milestones=steps, final_due_at=final,
    )  # fmt: skip
    s.rectify(share=s.rng.uniform(0.5, 0.9))
    s.close()


def closed_not_fixed(s: Story) -> None:
    """Closed, but the reporter says it is not."""
    closed_plainly(s)
    s.add("not_fixed", s.reporter, s.wait(8, 30, office=False), text=s.say("not_fixed"), photos=[])


def _not_from_the_district(s: Story) -> None:
    if s.reporter == "u.district1":
        s.reporter = s.people.patroller(s.rng)


def rejected(s: Story) -> None:
    """不予受理."""
    _not_from_the_district(s)
    submitted(s)
    reason = s.rng.choice(sorted(s.texts["rejected"]))
    s.add("reject", s.dispatcher, s.wait(0.3, 3), reason_code=reason, text=s.texts["rejected"][reason])


def appealed(s: Story) -> None:
    """Rejected, appealed: with another dispatcher now."""
    rejected(s)
    s.add("appeal", s.reporter, s.wait(0.5, 20, office=False), text=s.say("appealed"))


def rejected_twice(s: Story) -> None:
    """The appeal did not help."""
    appealed(s)
    other = s.people.other_dispatcher(s.dispatcher)
    s.add(
        "reject",
        other,
        s.wait(0.5, 3),
        reason_code="not_a_problem",
        text=s.texts["rejected"]["not_a_problem"],
    )


def voided(s: Story) -> None:
    """作废, by two."""
    _not_from_the_district(s)
    submitted(s)
    reason = s.rng.choice(sorted(s.texts["voided"]))
    s.add("ask_void", "u.office1", s.wait(0.5, 4), reason_code=reason, reason=s.texts["voided"][reason])
    s.add("void", "u.review1", s.wait(0.3, 3), note="")


def merged(s: Story, master: int) -> None:
    """并案."""
    submitted(s)
    s.add("merge", s.dispatcher, s.wait(0.2, 1.5), master=master, text="同一处。")
