"""Docs rot unless tested: every setting, problem code, state, action, command and ADR is in its page; links lead somewhere."""

import re
from pathlib import Path

from typer.main import get_command

from app.cli import app as cli
from app.core.config import Settings
from app.core.errors import Problem
from app.features.issues.lifecycle import Action, State
from scripts import problem_codes

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_default_and_nothing_else_is():
    told = set(re.findall(r"`XUNFANG_([A-Z0-9_]+)` \|", _text("settings.md")))
    assert told == {name.upper() for name in Settings.model_fields}


def test_the_page_of_problem_codes_is_the_one_the_code_makes():
    assert problem_codes.TARGET.read_text(encoding="utf-8") == problem_codes.render()


def test_problem_codes_are_unique():
    codes = [kind.code for kind in problem_codes.kinds()]
    twice = {code for code in codes if codes.count(code) > 1}
    assert twice == set(), "two classes share a code"
    assert Problem.code in codes


def test_the_lifecycle_page_names_every_state_and_action():
    page = _text("lifecycle.md")
    assert [word for word in (*State, *Action) if f"{word}" not in page] == []


def test_every_command_is_named_in_readme_or_docs():
    pages = (ROOT / "README.md").read_text(encoding="utf-8") + "".join(
        p.read_text(encoding="utf-8") for p in DOCS.glob("*.md")
    )
    commands = get_command(cli).commands  # type: ignore[attr-defined]
    assert [name for name in commands if f"xunfang {name}" not in pages] == []


def test_links_between_pages_lead_somewhere():
    broken = []
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert broken == []


def test_adrs_are_numbered_without_gaps():
    numbers = sorted(int(p.name[:4]) for p in (DOCS / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


TESTS = re.compile(r"^def (test_\w+)|^\s*it\(['\"](.*)['\"],", re.MULTILINE)


def test_what_the_trace_calls_proven_is_named_by_a_test_where_it_says():
    """A row per mechanism of the sources: an id that lost its test, or a test that moved, is found here."""
    rows = re.findall(
        r"^\| ([ZXDJS]\d\d) \| [MSCN] \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", _text("trace.md"), re.MULTILINE
    )
    assert len({code for code, *_ in rows}) == len(rows) == 40 + 40 + 35 + 20 + 46
    assert {state for _, state, _ in rows} == {"proven", "partly", "not built", "context"}
    lost = []
    for code, state, where in rows:
        pages = re.findall(r"`([^`]+)`", where)
        named = [
            " ".join(map("".join, TESTS.findall((ROOT / page).read_text(encoding="utf-8")))) for page in pages
        ]
        if (state == "proven" and not pages) or not all(
            re.search(rf"(?<![A-Z]){code}(?!\d)", n) for n in named
        ):
            lost.append(code)
    assert lost == []
