"""What a process that serves or works begins with: the database is as this version needs it, and all features are loaded."""

import gc
from typing import Any

from app.cli_output import fail
from app.core import memory


def product() -> Any:
    """The app, whole.

    What a start makes stays for good: to look through it for garbage again and again would be a fifth of the time.
    """
    gc.disable()
    memory.hold_little()
    _require_migrated()
    from app.api import create_app

    app = create_app()
    gc.freeze()
    # Of each list and map a thousand small things come and go at once: to look for rings among them would be a tenth of it.
    gc.set_threshold(10_000)
    gc.enable()
    return app


def jobs_only() -> None:
    """The same for a process that nobody asks anything: every feature with all it registers, but not its routes.

    What FastAPI works out of each of them would be 8 MB and a quarter of the start.
    """
    from fastapi import APIRouter

    APIRouter.add_api_route = _unmade  # type: ignore[method-assign]
    product()


def _unmade(*_: Any, **__: Any) -> None:
    """No route."""


def _require_migrated() -> None:
    from app.core import db, migrating

    with db.get_engine().connect() as connection:
        at, needed = migrating.revisions(connection)
    if at != needed:
        raise fail(f"the database is at migration {at}, this version needs {needed}: run `xunfang migrate`")
