"""What may go wrong with the office's ledgers."""

from app.core.errors import Problem


class LeadKnown(Problem):
    """`lead_id`; `issue`: {id, no} where it has become a case that the asker sees, else null."""

    code, status, title = "lead-known", 409, "This reference of the channel is registered already"


class LeadFiled(Problem):
    """`issue`: {id, no} where the asker sees it, else null."""

    code, status, title = "lead-filed", 409, "This lead has become a case already"
