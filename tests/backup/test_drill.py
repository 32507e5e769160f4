"""A small run of bench/backup_drill.py, so that it cannot rot."""

from collections.abc import Callable
from pathlib import Path

from bench import backup_drill
from tests.backup.conftest import Place
from tests.backup.test_commands import run


def test_a_small_drill(place: Callable[..., Place], tmp_path: Path) -> None:
    here, there = place(), place()

    def runner(at: Place) -> backup_drill.Run:
        def command(*words: str) -> backup_drill.Step:
            with at.at():
                status, said = run(*words)
            assert status == 0, said
            return backup_drill.Step(words[0], 0, 0, 0)

        return command

    with here.at():
        backup_drill.build(12, 2000)
        before = backup_drill.contents()
    assert len(list(backup_drill.drill(runner(here), runner(there), tmp_path))) == 6
    with there.at():
        assert backup_drill.contents() == before
