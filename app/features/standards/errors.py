"""What may go wrong with campaigns and standards."""

from app.core.errors import Problem


class CodeTaken(Problem):
    """`value`: the code that is in use."""

    code, status, title = "code-taken", 409, "This code is in use already"


class StandardRefused(Problem):
    """`faults`: where in the file, and what is wrong."""

    code, status, title = "standard-refused", 422, "The standard cannot be used"
