"""The whole corpus over the wire to one served town: how long each file takes, what it costs in memory, what it leaves."""

import statistics
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import factories
from tests.security.hostile import CORPUS, Sender, corpus, is_problem

ENDPOINTS = ("image", "multipart", "json", "csv", "geojson", "xlsx", "archive")
MOST_KIB, MOST_SECONDS = 400 * 1024, 1.0


def resident_kib(pid: int) -> int:
    """Resident memory of a process and of all that it started."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(resident_kib(int(child)) for child in children)


if CORPUS.is_dir():

    @pytest.mark.soak
    @pytest.mark.timeout(3600)
    def test_the_whole_corpus_in_time_and_memory(server_factory: Any) -> None:
        server = server_factory(XUNFANG_JOBS="off")
        with server.session() as session:
            town = factories.town(session)
            tokens = [
                factories.token(session, factories.user(session, town, role))
                for role in ("volunteer", "admin")
            ]
        phone, desk = (
            httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
            for token in tokens
        )
        sender = Sender(phone, desk, dict)
        phone.get("/api/me")
        before, peak, took, wrong = resident_kib(server.process.pid), 0, [], []
        for file in corpus(*ENDPOINTS):
            since = time.monotonic()
            answer = sender.send(file)
            took.append(time.monotonic() - since)
            peak = max(peak, resident_kib(server.process.pid))
            is_kept = answer.status_code in (200, 201)
            is_wrong = (
                file.endpoint == "image"
                and file.expected != "either"
                and is_kept != (file.expected == "accept")
            )
            if is_wrong or not (is_kept or is_problem(answer)):
                wrong.append(f"{file.name} ({file.expected}): {answer.status_code} {answer.text[:120]}")
        phone.close()
        desk.close()
        p99 = statistics.quantiles(took, n=100)[98]
        print(f"{len(took)} files, p99 {p99:.3f} s, +{(peak - before) // 1024} MiB")
        assert wrong == []
        assert not any((server.folder / "incoming").iterdir())
        assert p99 <= MOST_SECONDS
        assert peak - before <= MOST_KIB
