"""Refusals of identity. The codes are API."""

from app.core.errors import Forbidden, Problem


class WrongSignIn(Problem):
    """The same answer for an unknown login, a wrong password and a person who may not sign in any more."""

    code, status, title = "wrong-sign-in", 401, "Login or password is wrong"


class WrongCode(Problem):
    code, status, title = "wrong-code", 401, "The six digits are not right"


class SignInExpired(Problem):
    """The password step is older than five minutes, or the password was changed meanwhile."""

    code, status, title = "sign-in-expired", 401, "Please start signing in again"


class ConsentOutdated(Problem):
    """`current`: the version of the consent text in force."""

    code, status, title = "consent-outdated", 422, "The consent text has changed: load the page and read it"


class StepUpNeeded(Forbidden):
    code, title = "step-up-needed", "Please confirm with your second factor first"


class WrongPassword(Problem):
    code, status, title = "wrong-password", 422, "The present password is not right"


class WeakPassword(Problem):
    """`min`: fewest characters."""

    code, status, title = "weak-password", 422, "Please choose a longer password"


class AgeRule(Problem):
    """`min`, `max`: the ages allowed at registration, both inclusive."""

    code, status, title = "age-rule", 422, "The age rule does not allow this"


class InviteInvalid(Problem):
    """Unknown, used up, expired and revoked codes answer alike."""

    code, status, title = "invite-invalid", 410, "This invite does not work any more"


class NotGrantable(Forbidden):
    """`role`: nobody gives a role above their own."""

    code, title = "role-not-grantable", "You cannot give this role there"


class RolesConflict(Problem):
    """Administration, audit and review are separate accounts (DOMAIN.md §3)."""

    code, status, title = "roles-conflict", 409, "One person cannot hold both roles"


class RoleNeedsAccount(Problem):
    """Office roles have a password: their people are made by an administrator, not by an open invite."""

    code, status, title = "role-needs-account", 422, "This role needs an account with a password"


class LastAdmin(Problem):
    code, status, title = "last-admin", 409, "This is the last administrator"


class OwnAccount(Problem):
    """Nobody changes the own roles, or disables or confirms oneself."""

    code, status, title = "own-account", 409, "Somebody else has to do that for you"


class LoginTaken(Problem):
    code, status, title = "login-taken", 409, "This login is taken"


class UnitCodeTaken(Problem):
    code, status, title = "unit-code-taken", 409, "This unit code is taken"


class UnitInUse(Problem):
    """`people`, `units`: how many active ones are still below it."""

    code, status, title = "unit-in-use", 409, "People or units still belong to it"


class UnitLoop(Problem):
    code, status, title = "unit-loop", 409, "A unit cannot lie below itself"


class NotPending(Problem):
    code, status, title = "not-pending", 409, "This person is confirmed already"
