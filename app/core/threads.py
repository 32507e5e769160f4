"""A `def` route, and the end of its transaction, in one go in one thread: each way to a thread and back costs a tenth of a small answer."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.core import db


def in_one_thread(router: APIRouter) -> APIRouter:
    """The router, its `def` routes as `async` ones that FastAPI leaves where they are: it would go to a thread for the route,
    to another for the check of the answer's type, and a third time for the end of the session."""
    for route in router.routes:
        if isinstance(route, APIRoute) and not iscoroutinefunction(route.endpoint):
            route.endpoint = _from_the_loop(route.endpoint)
        elif included := getattr(route, "original_router", None):
            in_one_thread(included)
    return router


def _from_the_loop(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    def answered(values: dict[str, Any]) -> Any:
        said = endpoint(**values)
        for value in values.values():
            if isinstance(value, Session):
                db.end(value)
        return said

    @wraps(endpoint)
    async def route(**values: Any) -> Any:
        return await run_in_threadpool(answered, values)

    return route
