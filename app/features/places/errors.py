"""What may go wrong with points and grids, beyond what standards and geography refuse."""

from app.core.errors import Problem


class DutyNotGiven(Problem):
    """`part`: support_unit, community or officer."""

    code, status, title = "duty-not-given", 409, "Nobody is named for this part of the grid's duty yet"


class NoActiveCampaign(Problem):
    """Pairs belong to a campaign: open one first."""

    code, status, title = "no-active-campaign", 409, "The town has no active campaign"
