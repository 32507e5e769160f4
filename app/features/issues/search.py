"""Full text of cases by bigrams made here, so that two-character Chinese words are found on SQLite and PostgreSQL alike.

A run of Chinese becomes its overlapping pairs and its last character; words and numbers stay whole (numbers without
leading zeros). Queries become phrases of the same tokens, so hits are contiguous.
"""

import re
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    String,
    TextClause,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased

from app.core import db
from app.features.identity.models import Unit
from app.features.issues.models import Issue, IssueEvent, IssueText
from app.features.issues.moves import listen
from app.features.places.models import Grid, Point
from app.features.standards.models import Category

_PIECE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+")
_BREAK = "zz0zz"
"""Stands between fields, so that no phrase runs from one into the next."""
MOST_TERMS = 8
_SIMPLE: ColumnElement[str] = literal_column("'simple'::regconfig")
"""Written out, not sent as a parameter: only so does PostgreSQL see that the index holds this very expression."""


def _is_chinese(piece: str) -> bool:
    return piece[0] > "\u2fff"


def _bigrams(piece: str) -> list[str]:
    return [piece[i : i + 2] for i in range(len(piece) - 1)]


def tokens(*fields: str | None) -> str:
    """What is indexed for these fields."""
    said: list[str] = []
    for field in fields:
        for piece in _PIECE.findall((field or "").lower()):
            if _is_chinese(piece):
                said += [*_bigrams(piece), piece[-1]]
            else:
                said.append(_plain(piece))
        said.append(_BREAK)
    return " ".join(said)


def _plain(word: str) -> str:
    return (word.lstrip("0") or "0") if word.isdigit() else word[:60]


def terms(query: str) -> list[tuple[str, bool]]:
    """A query as phrases, all of which must occur; True: the last token is a beginning."""
    found = []
    for piece in _PIECE.findall(query.lower())[:MOST_TERMS]:
        if not _is_chinese(piece):
            found.append((_plain(piece), not piece.isdigit()))
        elif len(piece) == 1:
            found.append((piece, True))
        else:
            found.append((" ".join(_bigrams(piece)), False))
    return found


def matches(session: Session, query: str) -> ColumnElement[bool]:
    """The cases in whose text every part of the query occurs. A query without letters finds nothing."""
    wanted = terms(query)
    if not wanted:
        return false()
    if session.get_bind().dialect.name == "sqlite":
        hits = text(
            "issue_texts.rowid IN (SELECT rowid FROM fts_issue_texts WHERE fts_issue_texts MATCH :phrase)"
        ).bindparams(phrase=_phrase(wanted))
        return Issue.id.in_(select(IssueText.issue_id).where(hits))
    vector = func.to_tsvector(_SIMPLE, IssueText.tokens)
    return Issue.id.in_(
        select(IssueText.issue_id).where(and_(*(vector.op("@@")(_tsquery(*term)) for term in wanted)))
    )


def _phrase(wanted: Sequence[tuple[str, bool]]) -> str:
    # Tokens hold letters and digits only: nothing of FTS5's own syntax can be in them.
    return " ".join(f'"{said}"{"*" if is_start else ""}' for said, is_start in wanted)


COMMON = 2000


def matches_one_by_one(session: Session, query: str) -> TextClause | None:
    """The same, asked of each case; None where that would not be better.

    It is for what very many cases hold, when few are wanted: SQLite would sort all of them. PostgreSQL chooses by itself.
    """
    wanted = terms(query)
    # Beginnings of words are dear to ask for again and again.
    if not wanted or any(is_start for _, is_start in wanted) or session.get_bind().dialect.name != "sqlite":
        return None
    phrase = {"phrase": _phrase(wanted)}
    [(held,)] = db.rows(session, _HELD, phrase | {"most": COMMON})
    return text(_HOLDS).bindparams(**phrase) if held == COMMON else None


_HELD = text(
    "SELECT count(*) FROM (SELECT 1 FROM fts_issue_texts WHERE fts_issue_texts MATCH :phrase LIMIT :most)"
)
_HOLDS = (
    "EXISTS (SELECT 1 FROM issue_texts JOIN fts_issue_texts ON fts_issue_texts.rowid = issue_texts.rowid"
    " WHERE issue_texts.issue_id = issues.id AND fts_issue_texts MATCH :phrase)"
)


def _tsquery(said: str, is_start: bool) -> ColumnElement[str]:
    # Written out too: a plan made for any word at all would be wrong for most. Tokens hold letters and digits only.
    word = bindparam(None, f"{said}:*" if is_start else said, String, literal_execute=True)
    return func.to_tsquery(_SIMPLE, word) if is_start else func.phraseto_tsquery(_SIMPLE, word)


@listen
def keep_text(session: Session, issue: Issue, event: IssueEvent) -> None:
    """Index a case anew with each event: point, category and unit may have changed."""
    said = tokens(
        str(issue.no) if issue.no else None,
        issue.description,
        issue.external_ref,
        *_names(session, issue),
    )
    row = session.get(IssueText, issue.id) if event.seq > 1 else None
    if row is None:
        db.put(session, IssueText(issue_id=issue.id, tokens=said))
    elif row.tokens != said:
        row.tokens = said


def _names(session: Session, issue: Issue) -> list[str]:
    """What category, point, grid and units of a case are called. Names only: the shape of a place may be large."""
    [row] = db.rows(session, _NAMES, {"case": issue.id})
    aliases, zh, en, code, *places = row
    return [zh, en, code, *aliases, *(name for name in places if name is not None)]


_Territory = aliased(Unit)
_NAMES = (
    select(
        Category.aliases, Category.name_zh, Category.name_en, Category.code, Point.name_zh, Point.name_en, Point.code,
        Grid.name_zh, Grid.name_en, Grid.code, Unit.name_zh, Unit.name_en, _Territory.name_zh, _Territory.name_en,
    )
    .select_from(Issue)
    .join(Category, Category.id == Issue.category_id)
    .outerjoin(Point, Point.id == Issue.point_id)
    .outerjoin(Grid, Grid.id == Issue.grid_id)
    .outerjoin(Unit, Unit.id == Issue.responsible_unit_id)
    .outerjoin(_Territory, _Territory.id == Issue.territory_id)
    .where(Issue.id == bindparam("case"))
)  # fmt: skip
