"""What may go wrong with a document."""

from app.core.errors import Problem


class DocumentState(Problem):
    """`state`: draft, signed or withdrawn. A draft is changed, signed or discarded; a signed one is withdrawn, nothing else."""

    code, status, title = "document-state", 409, "Not possible with a document in this state"
