"""What the evidence engine says of a pair, told to the pair: hints for the reviewer. It never decides and never refuses.

A pair that is proposed is examined by a job; the finding goes into its checks. A picture that was used before, in this
pair or in another case of the campaign, makes it suspect: closing then needs words.
"""

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.core import changes, db, jobs
from app.features.evidence import catalogue
from app.features.evidence import service as evidence
from app.features.evidence.models import PhotoComparison
from app.features.issues import moves, ranking
from app.features.issues.guards import campaign_setting
from app.features.issues.lifecycle import Nature, PairState, State
from app.features.issues.models import Issue, IssuePhoto, PhotoPair
from app.features.issues.photoset import EXAMINERS, has_passed, pairs_of
from app.features.photos.models import Photo

WAIT_SECONDS = 4.0
MOST_OTHERS = 300
"""Photos of the same unit or point that a new one is held against, newest first."""
MOST_SWEPT = 200
LEAST_CHANGED, MOST_CHANGED = 0.002, 0.6
"""Shares of the picture: where less has changed nothing was mended, where more it may be another place."""
GOOD = frozenset({"matches-spread", "scene-has-depth", "looked-twice"})
SUSPECT = frozenset({"same-exposure", "same-exposure-mirrored"})


def ask(session: Session, issue: Issue, pair: PhotoPair) -> None:
    """A newly proposed pair is to be examined."""
    pair.verdict, pair.is_clear, pair.reused_id = None, False, None
    _enqueue(session, pair.id)


EXAMINERS.append(ask)


def _enqueue(session: Session, pair_id: uuid.UUID, delay: float = 0) -> None:
    jobs.enqueue(session, "issues.examine_pair", key=str(pair_id), delay_seconds=delay, pair_id=str(pair_id))


@jobs.job("issues.examine_pair", queue="heavy")
def examine_pair(pair_id: str) -> None:
    """Compare the two photos, look for the after photo elsewhere in the campaign, tell the pair."""
    wanted = uuid.UUID(pair_id)
    with db.reading() as session:
        pair = _waiting(session, wanted)
        if pair is None:
            return
        before, after = _photos(session, pair)
        others = _others(session, pair)
    try:
        found = evidence.compare(before, after)
        marked_alike = catalogue.sharing_marks(after)
        with db.reading() as session:
            sharing = _others(session, pair, marked_alike)
        elsewhere = evidence.reused_among(after, list(others), list(sharing))
    except evidence.NotReady:
        with db.transaction() as session:
            _enqueue(session, wanted, WAIT_SECONDS)
        return
    with db.transaction() as session:
        _tell(
            session,
            wanted,
            pair.after_id,
            found,
            ((others | sharing)[elsewhere[0]], elsewhere[1]) if elsewhere else None,
        )


def _waiting(session: Session, pair_id: uuid.UUID) -> PhotoPair | None:
    """The pair, if a reviewer has still to decide on it."""
    pair = session.get(PhotoPair, pair_id)
    if pair is None or pair.state != PairState.PROPOSED or pair.after_id is None:
        return None
    return pair if session.get_one(Issue, pair.issue_id).state == State.IN_REVIEW else None


def _photos(session: Session, pair: PhotoPair) -> tuple[uuid.UUID, uuid.UUID]:
    before, after = session.get_one(IssuePhoto, pair.before_id), session.get_one(IssuePhoto, pair.after_id)
    return before.photo_id, after.photo_id


def _others(
    session: Session, pair: PhotoPair, sharing: Sequence[uuid.UUID] | None = None
) -> dict[uuid.UUID, uuid.UUID]:
    """Earlier photos of the campaign that the after photo may be a copy of: photo → its row in a case. Of `sharing`, in
    their order; else of the same unit or point, newest first.

    This case's own pairs stand aside, they are compared anyway.
    """
    issue = session.get_one(Issue, pair.issue_id)
    nearby: list[ColumnElement[bool]] = [Issue.id == issue.id]
    if sharing is not None:
        nearby = [IssuePhoto.photo_id.in_(sharing)]
    elif issue.responsible_unit_id:
        nearby.append(Issue.responsible_unit_id == issue.responsible_unit_id)
    if sharing is None and issue.point_id:
        nearby.append(Issue.point_id == issue.point_id)
    came_at = session.get_one(IssuePhoto, pair.after_id).added_at
    own = {one for p in pairs_of(session, issue) for one in (p.before_id, p.after_id) if one}
    rows = session.execute(
        select(IssuePhoto.photo_id, IssuePhoto.id)
        .join(Issue, Issue.id == IssuePhoto.issue_id)
        .join(Photo, Photo.id == IssuePhoto.photo_id)
        .where(Issue.campaign_id == issue.campaign_id, or_(*nearby), IssuePhoto.id.not_in(own))
        .where(Photo.deleted_at.is_(None), IssuePhoto.added_at < came_at)
        .order_by(IssuePhoto.added_at.desc(), IssuePhoto.id)
        .limit(MOST_OTHERS)
    ).all()
    mine = set(_photos(session, pair))
    found = {photo_id: row_id for photo_id, row_id in rows if photo_id not in mine}
    return {one: found[one] for one in sharing if one in found} if sharing is not None else found


# ---- telling the pair ----
def _tell(
    session: Session,
    pair_id: uuid.UUID,
    after_id: uuid.UUID | None,
    found: PhotoComparison,
    elsewhere: tuple[uuid.UUID, bool] | None,
) -> None:
    issue = moves.lock(session, session.get_one(PhotoPair, pair_id).issue_id)
    pair = session.get_one(PhotoPair, pair_id, with_for_update=True, populate_existing=True)
    if pair.after_id != after_id or _waiting(session, pair_id) is None or pair.verdict is not None:
        return  # decided, sent back or examined meanwhile
    told = checks_of(found)
    if elsewhere:
        other = session.get_one(IssuePhoto, elsewhere[0])
        pair.reused_id = other.id
        here = {"here": other.issue_id == issue.id, "mirrored": elsewhere[1]}
        told.append({"code": "used-before", "verdict": "suspect", "params": here})
    known = {check["code"] for check in told}
    pair.checks = [*told, *(check for check in pair.checks if check["code"] not in known)]
    pair.is_suspect = any(check["verdict"] == "suspect" for check in pair.checks)
    pair.verdict = found.verdict
    pair.is_clear = found.verdict == "same" and has_passed(pair)
    session.flush()
    _draw(session, issue)
    ranking.rank(session, issue)
    changes.note(session, issue.town_id, "issue", str(issue.id))


def checks_of(found: PhotoComparison) -> list[dict[str, Any]]:
    """A finding as checks: the place first, then why, then how it was aligned and what changed."""
    good = found.verdict == "same"
    told = [
        _told(f"place-{found.verdict}", "good" if good else "doubt", percent=round(100 * found.same_place))
    ]
    for reason in found.reasons:
        code = reason["code"]
        verdict = "suspect" if code in SUSPECT else "good" if code in GOOD else "doubt"
        told.append(_told(code, verdict, **reason["params"]))
    if found.overlap is not None:
        shown = {"overlap": round(100 * found.overlap), "residual": found.residual}
        told.append(_told("aligned", "good", **shown))
    else:
        told.append(_told("not-aligned", "doubt"))
    if found.changed is not None:
        is_likely = LEAST_CHANGED <= found.changed <= MOST_CHANGED
        told.append(_told("changed", "good" if is_likely else "doubt", percent=round(100 * found.changed, 1)))
    return told


def _told(code: str, verdict: str, **params: Any) -> dict[str, Any]:
    return {"code": code, "verdict": verdict, "params": params}


def _draw(session: Session, issue: Issue) -> None:
    """Of cases that would go onto the contact sheet a random share is kept for full review."""
    if not campaign_setting(session, issue, "contact_sheet_most") or issue.nature != Nature.ORDINARY:
        return
    pairs = pairs_of(session, issue)
    if all(pair.is_clear for pair in pairs) and not issue.is_sampled:
        percent = campaign_setting(session, issue, "contact_sheet_sample_percent")
        issue.is_sampled = secrets.randbelow(100) < percent


def _under_review() -> Select[PhotoPair]:
    waiting = select(PhotoPair).join(Issue, Issue.id == PhotoPair.issue_id)
    return waiting.where(
        Issue.state == State.IN_REVIEW,
        PhotoPair.state == PairState.PROPOSED,
        PhotoPair.round_no == Issue.round_no,
    )


@jobs.sweeper("issues.unexamined")
def requeue_unexamined(session: Session) -> None:
    """Pairs under review that no job has looked at."""
    for pair in session.scalars(_under_review().where(PhotoPair.verdict.is_(None)).limit(MOST_SWEPT)):
        _enqueue(session, pair.id)


@jobs.every("issues.reexamine", "29 19 * * *")
def requeue_lost() -> None:
    """Pairs under review whose finding is gone, as after a restore: a backup holds no findings."""
    before, after = aliased(IssuePhoto), aliased(IssuePhoto)
    made = exists().where(
        PhotoComparison.before_id == before.photo_id, PhotoComparison.after_id == after.photo_id
    )
    lost = (
        _under_review()
        .join(before, before.id == PhotoPair.before_id)
        .join(after, after.id == PhotoPair.after_id)
    )
    with db.transaction() as session:
        for pair in session.scalars(lost.where(PhotoPair.verdict.is_not(None), ~made)):
            pair.verdict = None  # the sweep finds it
