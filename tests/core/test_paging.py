"""Cursors: what we gave comes back equal; anything else is refused before it reaches a database."""

from base64 import urlsafe_b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.paging import BadCursor, cursor_of, cut, keys_of

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
keys = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | texts, max_size=4)


@given(keys)
def test_what_was_given_comes_back(given_keys: list[object]) -> None:
    assert keys_of(cursor_of(*given_keys), len(given_keys)) == given_keys


@given(st.text(max_size=60))
def test_what_was_not_given_is_refused_or_harmless(cursor: str) -> None:
    with suppress(BadCursor):
        assert len(keys_of(cursor, 2)) == 2


FORGED = [
    *("[1]", "[1,2,3]", "{}", "null", "[1,[2]]", "[1," * 90, '[1,"x'),
    *("[1,1e400]", "[1,NaN]", f"[1,{2**63}]", '[1,"\\u0000"]', '[1,"\\ud800"]'),
]


@pytest.mark.parametrize("content", FORGED)
def test_a_forged_cursor_is_refused(content: str) -> None:
    with pytest.raises(BadCursor) as refused:
        keys_of(urlsafe_b64encode(content.encode()).decode(), 2)
    assert (refused.value.status, refused.value.code) == (400, "bad-cursor")


def test_one_row_more_than_asked_for_means_there_is_more() -> None:
    assert cut([1, 2, 3], 2) == ([1, 2], True)
    assert cut([1, 2], 2) == ([1, 2], False)
