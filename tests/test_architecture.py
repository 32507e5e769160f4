"""Rules of docs/architecture.md that import-linter cannot say. A failure names the file; the rule is in the test's name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
PRIVATE = {"router", "queries", "jobs"}
FUNCTION_LINES = 40


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_router_queries_and_jobs_are_private_to_their_feature() -> None:
    graph = grimp.build_graph("app")
    crossings = []
    for target in sorted(graph.modules):
        parts = target.split(".")
        if parts[:2] != ["app", "features"] or len(parts) < 4 or parts[3] not in PRIVATE:
            continue
        home = ".".join(parts[:3])
        others = [m for m in graph.find_modules_that_directly_import(target) if m.startswith("app.features.")]
        crossings += [f"{m} imports {target}" for m in sorted(others) if not f"{m}.".startswith(f"{home}.")]
    assert crossings == []


def test_every_read_takes_a_viewer_or_says_that_it_is_the_systems() -> None:
    forgetful = [
        f"{relative(path)}: {function.name}"
        for path in ROOT.glob("app/features/*/queries*.py")
        for function in ast.parse(path.read_text()).body
        if isinstance(function, ast.FunctionDef)
        and not function.name.startswith(("_", "system_"))
        and "viewer" not in {a.arg for a in [*function.args.args, *function.args.kwonlyargs]}
        # A condition reads nothing by itself.
        and not (function.returns and ast.unparse(function.returns).startswith("ColumnElement"))
    ]
    assert forgetful == []


@pytest.mark.parametrize(
    ("patterns", "most"),
    [(["app/**/*.py", "tests/**/*.py", "scripts/*.py", "bench/**/*.py"], 400), (["pwa/src/**/*.vue"], 250)],
    ids=["python", "vue"],
)
def test_no_file_is_too_long_to_read_in_one_sitting(patterns: list[str], most: int) -> None:
    lengths = {
        relative(p): len(p.read_text().splitlines()) for pattern in patterns for p in ROOT.glob(pattern)
    }
    assert {name: length for name, length in lengths.items() if length > most} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{relative(path)}: {f.name}": f.end_lineno - f.lineno + 1
        for path in ROOT.glob("app/**/*.py")
        for f in functions(path)
        if f.end_lineno and f.end_lineno - f.lineno >= FUNCTION_LINES and not _holds_functions(f)
    }
    assert long == {}


def _holds_functions(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    # Factories such as create_app() or install() are as long as what they define inside; that is checked by itself.
    return any(
        isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(function) if n is not function
    )


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        relative(path)
        for path in ROOT.glob("app/**/*.py")
        if path != ROOT / "app/core/config.py" and re.search(r"\bos\.(environ|getenv)\b", path.read_text())
    ]
    assert readers == []


def test_services_never_commit() -> None:
    committers = [
        f"{relative(path)}:{node.lineno}"
        for path in ROOT.glob("app/features/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert committers == []


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+(?:\[\w+\])?)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def test_the_libraries_tested_are_the_libraries_run() -> None:
    run, tested = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert {name: version for name, version in run.items() if tested.get(name) != version} == {}


def test_the_locks_name_no_registry() -> None:
    locks = ["requirements.txt", "requirements-dev.txt", "pwa/package-lock.json"]
    hosts = {
        name: re.findall(r'(?:--(?:extra-)?index-url|"resolved":).*', (ROOT / name).read_text())[:3]
        for name in locks
    }
    assert {name: found for name, found in hosts.items() if found} == {}
