"""Where a case under review stands in the queue: what needs eyes first. Kept with the case, so that the desk finds its next one
among a hundred thousand as among ten."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.features.issues.lifecycle import Nature, PairState, State
from app.features.issues.models import Issue, IssueEvent, PhotoPair
from app.features.issues.moves import listen
from app.features.issues.photoset import pairs_of

SUSPECT, UNSURE, URGENT, DIFFICULT, DRAWN, REST, CLEAR = 0, 2, 4, 5, 6, 7, 8
"""Of the suspect and the unsure the urgent come first. DRAWN are clear cases that were drawn for full review; CLEAR is what lies on
the contact sheet, where there is one."""
EYES = DRAWN
"""Up to here a person has to look closely."""


def rank(session: Session, issue: Issue) -> None:
    """Put the case where it belongs in the queue, or out of it."""
    in_review = issue.state == State.IN_REVIEW
    issue.review_rank = _rank(issue, pairs_of(session, issue)) if in_review else None


@listen
def rank_again(session: Session, issue: Issue, _: IssueEvent) -> None:
    """With every event."""
    if issue.state == State.IN_REVIEW or issue.review_rank is not None:
        rank(session, issue)


def _rank(issue: Issue, pairs: Sequence[PhotoPair]) -> int:
    is_urgent = issue.nature == Nature.URGENT
    if any(pair.is_suspect for pair in pairs):
        return SUSPECT + (not is_urgent)
    # The engine does not say that it is the same place.
    if any(pair.verdict in ("different", "unsure") for pair in pairs):
        return UNSURE + (not is_urgent)
    if is_urgent:
        return URGENT
    if issue.nature != Nature.ORDINARY:
        return DIFFICULT
    if len(pairs) == 1 and pairs[0].is_clear and pairs[0].state == PairState.PROPOSED:
        return DRAWN if issue.is_sampled else CLEAR
    return DIFFICULT if issue.is_sampled else REST
