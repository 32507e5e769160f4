"""Why a round refuses. Codes are API."""

from app.core.errors import Problem


class RoundMoveNotAllowed(Problem):
    """`state`, and what is `allowed` in it."""

    code, status, title = "round-move-not-allowed", 409, "The round cannot do that now"


class NotYet(Problem):
    """`reveal_at`: the envelope is opened then and not before."""

    code, status, title = "not-yet", 409, "It is too early for that"


class RoundNotReady(Problem):
    """`reasons`: no-nonces (postpone the round), or no-captain, no-points with the unit's id as `unit_id`."""

    code, status, title = "round-not-ready", 409, "Something is missing before the round can be revealed"


class NotComplete(Problem):
    """`missing`: what the captain still has to see to, each with a code and what it is about."""

    code, status, title = "not-complete", 409, "The round is not complete"


class NoSoftening(Problem):
    """`nature`: what was written down first; a correction may only make it graver."""

    code, status, title = "no-softening", 409, "What was found cannot be made harmless"


class NonceTooLate(Problem):
    code, status, title = "nonce-too-late", 409, "Only today's envelope takes a nonce"


class RoundOver(Problem):
    code, status, title = "round-over", 409, "The round is closed"


class RingCodeTaken(Problem):
    code, status, title = "ring-code-taken", 409, "This code is taken"
