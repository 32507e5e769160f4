"""The service under fault, on the database that --db says."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Databases
from tests.faults.service import Service, on_files, on_s3
from tests.support.server import LiveServer
from tests.support.street import Street, street_of


@pytest.fixture
def service(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Service]:
    """SQLite with files, or PostgreSQL with S3. The worker is not started yet."""
    url = databases.migrated()
    if databases.name == "sqlite":
        running = on_files(tmp_path / "data", url)
    else:
        s3: dict[str, Any] = request.getfixturevalue("s3")
        running = on_s3(tmp_path / "data", url, s3)
    with running as made:
        yield made
    databases.drop(url)


@pytest.fixture(scope="module")
def street(server_factory: Callable[..., LiveServer]) -> Street:
    """One server for the tests of a file; no jobs."""
    return street_of(server_factory(XUNFANG_JOBS="off"))
