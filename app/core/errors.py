"""One error language: RFC 9457 problem+json from one base class. `code` is API and never renamed; words live in the PWA."""

import errno
import sqlite3
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy import exc as sql
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

log = structlog.get_logger()


class ProblemBody(BaseModel):
    """The wire form. Extra members carry the parameters of `code` (for example the present state of a case)."""

    model_config = ConfigDict(extra="allow")

    type: str
    code: str
    title: str
    status: int
    detail: str | None = None


class Problem(Exception):
    """Base of every refusal. Subclasses set code, status, title; keyword arguments become members of the body."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong here"
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.members = members

    def body(self) -> dict[str, Any]:
        """The problem+json members, parameters last."""
        known = {
            "type": f"urn:xunfang:problem:{self.code}",
            "code": self.code,
            "title": self.title,
            "status": self.status,
        }
        return known | ({"detail": self.detail} if self.detail else {}) | self.members


class NotFound(Problem):
    """Also what you may not see: the body is the same."""

    code, status, title = "not-found", 404, "No such thing"


class Unauthenticated(Problem):
    code, status, title = "sign-in-needed", 401, "Please sign in"


class Forbidden(Problem):
    code, status, title = "not-your-role", 403, "Your role cannot do that"


class BadRequest(Problem):
    code, status, title = "bad-request", 400, "The request cannot be understood"


class Invalid(Problem):
    code, status, title = "invalid", 422, "Some fields are not right"


class MethodNotAllowed(Problem):
    code, status, title = "method-not-allowed", 405, "Not that way"


class TooLarge(Problem):
    code, status, title = "too-large", 413, "Too large"


class UnsupportedMedia(Problem):
    code, status, title = "unsupported-media", 415, "This kind of content is not accepted"


class TooManyRequests(Problem):
    code, status, title = "slow-down", 429, "Too many tries"


class Unavailable(Problem):
    """Something we depend on is away; the same request may be sent again."""

    code, status, title = "unavailable", 503, "Please try again soon"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class StorageFull(Problem):
    code, status, title = "storage-full", 507, "No room left to store this"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


class VersionConflict(Problem):
    """Somebody changed it first; `current` holds the present state as the caller may see it."""

    code, status, title = "version-conflict", 409, "Somebody changed it first"


class Conflict(Problem):
    """Another request got there first with the same unique value."""

    code, status, title = "conflict", 409, "Something with that name exists already"


_BY_STATUS: dict[int, type[Problem]] = {
    p.status: p
    for p in (
        BadRequest,
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        TooLarge,
        UnsupportedMedia,
        Invalid,
        TooManyRequests,
    )
}


# By name: a model said at each of two thousand places would be read two thousand times as the server starts.
_BODY = {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """`responses=` for a route: one entry a status, naming the codes, so that the generated client types them."""
    out: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = out.setdefault(
            kind.status,
            {
                "description": "",
                "content": {"application/json": {"schema": _BODY}, "application/problem+json": {}},
            },
        )
        entry["description"] = ", ".join(filter(None, [entry["description"], kind.code]))
    return out


def response(problem: Problem, extra_headers: dict[str, str] | None = None) -> JSONResponse:
    """The HTTP answer for a problem."""
    headers = problem.headers | (extra_headers or {}) | {"Cache-Control": "no-store"}
    if "retry_after_seconds" in problem.members:
        headers["Retry-After"] = str(problem.members["retry_after_seconds"])
    return JSONResponse(problem.body(), problem.status, headers, media_type="application/problem+json")


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_AWAY = (
    errno.EIO,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.ETIMEDOUT,
)


_SQLITE_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
"""The second: no room for the file beside the database that its first connection makes."""


def of_fault(exc: BaseException) -> Problem | None:
    """The problem for a failing database, disk or network; None if it is our own mistake."""
    if isinstance(exc, sql.TimeoutError | TimeoutError | ConnectionError):
        return Unavailable()
    if isinstance(exc, OSError):
        return StorageFull() if exc.errno in _FULL else Unavailable() if exc.errno in _AWAY else None
    return _of_database(exc) if isinstance(exc, sql.DBAPIError) else None


def _of_database(exc: sql.DBAPIError) -> Problem | None:
    cause = exc.orig
    state = getattr(cause, "sqlstate", None) or ""
    is_unique = getattr(cause, "sqlite_errorname", "") in (
        "SQLITE_CONSTRAINT_UNIQUE",
        "SQLITE_CONSTRAINT_PRIMARYKEY",
    )
    if isinstance(exc, sql.IntegrityError):
        return Conflict() if is_unique or state == "23505" else None
    if isinstance(
        exc, sql.DataError
    ):  # a NUL, a number beyond the column: nothing the schemas let through on purpose
        return Invalid()
    if state == "53100" or getattr(cause, "sqlite_errorcode", None) in _SQLITE_FULL:
        return StorageFull()
    if isinstance(exc, sql.OperationalError | sql.InterfaceError) or exc.connection_invalidated:
        return Unavailable()
    return None


async def _fault(request: Request, exc: Exception) -> JSONResponse:
    problem = of_fault(exc)
    log.error("fault", path=request.url.path, code=problem.code if problem else "internal", exc_info=exc)
    return response(problem or Problem())


def install(app: FastAPI) -> None:
    """Register the handlers that turn every failure of `app` into a problem."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, exc: Problem) -> JSONResponse:
        return response(exc)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, exc: RequestValidationError) -> JSONResponse:
        if any(e["type"] == "json_invalid" for e in exc.errors()):
            return response(BadRequest("The body is not JSON."))
        fields = [
            {"at": [str(p) for p in e["loc"]], "why": e["type"], "message": e["msg"]}
            for e in exc.errors()[:50]
        ]
        return response(Invalid(fields=fields))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, exc: HTTPException) -> JSONResponse:
        kind = _BY_STATUS.get(exc.status_code, BadRequest if exc.status_code < 500 else Problem)
        return response(kind())

    @app.exception_handler(ClientDisconnect)
    async def _gone(_: Request, __: ClientDisconnect) -> JSONResponse:
        return response(BadRequest())  # to nobody: the line broke, the phone sends again

    for kind in (sql.DBAPIError, sql.TimeoutError, OSError):
        app.add_exception_handler(kind, _fault)

    @app.exception_handler(Exception)
    async def _crash(request: Request, exc: Exception) -> JSONResponse:
        log.error("crash", path=request.url.path, exc_info=exc)
        return response(Problem())
