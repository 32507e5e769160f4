"""Why patrols refuse. Codes are API."""

from app.core.errors import Problem
from app.features.issues.errors import SameIdOtherBody as SameIdOtherBody


class PlanCodeTaken(Problem):
    code, status, title = "plan-code-taken", 409, "Another plan of the town has this code"


class WatchDecided(Problem):
    """`state` is the present one."""

    code, status, title = "watch-decided", 409, "This watch was decided on already"


class PointWatched(Problem):
    code, status, title = "point-watched", 409, "This point is under watch, or proposed for it, already"


class PatrolOpen(Problem):
    code, status, title = "patrol-open", 409, "This patrol is open; there is nothing to release"
