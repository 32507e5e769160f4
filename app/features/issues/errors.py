"""Why a case refuses. Codes are API."""

from app.core.errors import Problem
from app.core.etag import VersionNeeded as VersionNeeded


class MoveNotAllowed(Problem):
    code, status, title = "move-not-allowed", 409, "The case cannot do that now"


class GuardFailed(Problem):
    """A guard of the lifecycle said no; `guard` names which, parameters beside it."""

    code, status, title = "guard-failed", 409, "Something is missing before that can be done"


class SameIdOtherBody(Problem):
    """The id was used before with another body; `stored` is what the server has."""

    code, status, title = "same-id-other-body", 409, "This id was already used for something else"


class Gone(Problem):
    """Do not send again."""

    code, status, title = "gone", 410, "This was removed; do not send it again"


class PhotosMissing(Problem):
    """`missing` names photo ids whose bytes are not here yet. Not final: send them, then this again."""

    code, status, title = "photos-missing", 409, "Send the photos first, then this again"


class NoCampaign(Problem):
    """The town has never had a campaign: nothing can be filed. Keep the report and send it later."""

    code, status, title = "no-campaign", 409, "There is no campaign to report to yet"
