"""Figures beside their targets, as text."""

from bench.measure import Plan, Results
from bench.operations import TARGETS, Target

NUMBERS = {
    "photo, jobs drained, CPU ms": 170.0,
    "memory of API and worker, MiB": 300.0,
    "cold start, s": 2.0,
    "snap among 100 000 points, ms": 1.0,
}
"""Most that the single numbers may be."""


def _beside(value: float, most: float | None, digits: int = 1) -> str:
    said = f"{value:.{digits}f}"
    return said if most is None else f"{said} {'≤' if value <= most else '> (!)'} {most:g}"


def table(results: Results, plan: Plan) -> str:
    """One line an operation, then the single numbers."""
    lines = [f"{results.database}: {plan.main_size} cases, {plan.rounds} operations each, 8 clients"]
    lines.append(f"{'operation':28}{'CPU ms':>18}{'p50 ms':>10}{'p95 ms':>18}{'statements':>14}")
    for name, told in results.measured.items():
        target = TARGETS.get(name, Target())
        sent = results.statements.get(name)
        lines.append(
            f"{name:28}{_beside(told.cpu_ms, target.cpu_ms):>18}{told.p50_ms:10.0f}"
            f"{_beside(told.p95_ms, target.p95_ms, 0):>18}"
            f"{'' if sent is None else _beside(sent, target.statements, 0):>14}"
        )
    many = results.measured.get("list at 1000000")
    if many and "list" in results.measured:
        lines.append(
            f"list at 1 000 000 : at 100 000 = {_beside(many.cpu_ms / results.measured['list'].cpu_ms, 1.3, 2)}"
        )
    lines += [f"{name}: {_beside(value, NUMBERS.get(name), 2)}" for name, value in results.numbers.items()]
    return "\n".join(lines)
