"""Why rosters refuse. Codes are API."""

from app.core.errors import Problem
from app.features.issues.errors import SameIdOtherBody as SameIdOtherBody


class TrainingMissing(Problem):
    """`topics`: what the town asks for before the first duty and this person has not been trained in (Z24)."""

    code, status, title = "training-missing", 409, "Training is missing before this duty may begin"


class ShiftNotNow(Problem):
    """`starts_at`, `ends_at`: a shift begins up to two hours before its time and not after its end."""

    code, status, title = "shift-not-now", 409, "This shift cannot be begun now"


class NotCheckedIn(Problem):
    code, status, title = "not-checked-in", 409, "Whoever leaves must have come"


class ShiftTaken(Problem):
    """`people`: who begins another shift at the very time."""

    code, status, title = "shift-taken", 409, "Somebody begins another shift at this time"


class ShiftBegun(Problem):
    code, status, title = "shift-begun", 409, "A shift that was begun stays as it is"


class CallOutState(Problem):
    """`state`: called, arrived, done or withdrawn."""

    code, status, title = "call-out-state", 409, "Not possible with a call-out in this state"


class CalledOut(Problem):
    code, status, title = "called-out", 409, "A team is called out to this case already"
