"""The screens of the office and of the administrators, as `test_screens` looks at those of all others."""

import pytest

from tests.e2e.test_screens import Visit, assert_good, each, visit, watched
from tests.support.town import ADMIN, OFFICE, Town

__all__ = ["visit", "watched"]


@pytest.mark.parametrize(("login", "path", "size"), each(OFFICE, ADMIN))
def test_a_screen_of_the_office(town: Town, visit: Visit, login: str, path: str, size: str) -> None:
    assert_good(town, visit, login, path, size)
