"""Arithmetic with times that both databases do alike. SQLite keeps times as text and cannot subtract them."""

from typing import Any

from sqlalchemy import Float, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_between(FunctionElement[float]):
    """seconds_between(later, earlier), to the millisecond."""

    type = Float()
    inherit_cache = True
    name = "seconds_between"


class local_day(FunctionElement[str]):
    """local_day(time, minutes): the day as YYYY-MM-DD that far east of UTC."""

    type = String()
    inherit_cache = True
    name = "local_day"


class local_clock(FunctionElement[str]):
    """local_clock(time, minutes): the hour as HH:MM that far east of UTC."""

    type = String()
    inherit_cache = True
    name = "local_clock"


@compiles(seconds_between, "sqlite")
def _seconds_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(part, **kw) for part in element.clauses)
    return f"round((julianday({later}) - julianday({earlier})) * 86400.0, 3)"


@compiles(seconds_between, "postgresql")
def _seconds_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(part, **kw) for part in element.clauses)
    return f"round(extract(epoch from ({later} - {earlier})), 3)::float"


def _sqlite(pattern: str) -> Any:
    def compile_it(element: Any, compiler: Any, **kw: Any) -> str:
        at, minutes = (compiler.process(part, **kw) for part in element.clauses)
        return f"strftime('{pattern}', {at}, ({minutes}) || ' minutes')"

    return compile_it


def _postgresql(pattern: str) -> Any:
    def compile_it(element: Any, compiler: Any, **kw: Any) -> str:
        at, minutes = (compiler.process(part, **kw) for part in element.clauses)
        return f"to_char(timezone('UTC', {at}) + make_interval(mins => ({minutes})::int), '{pattern}')"

    return compile_it


compiles(local_day, "sqlite")(_sqlite("%Y-%m-%d"))
compiles(local_clock, "sqlite")(_sqlite("%H:%M"))
compiles(local_day, "postgresql")(_postgresql("YYYY-MM-DD"))
compiles(local_clock, "postgresql")(_postgresql("HH24:MI"))
