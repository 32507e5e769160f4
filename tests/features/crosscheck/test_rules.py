"""Pure rules of a round: the draw is a fair single cycle that anybody can do again; the table of states; what a correction may not do."""

import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.crosscheck import draw, lifecycle
from app.features.crosscheck.lifecycle import MOVES, RoundAction, RoundState

ROOT = Path(__file__).parents[3]
HEX = st.binary(min_size=32, max_size=32).map(bytes.hex)
UNITS = st.lists(st.uuids().map(str), min_size=3, max_size=24, unique=True)
NONCES = st.lists(st.tuples(st.uuids().map(str), HEX), min_size=1, max_size=12)


@given(UNITS, st.uuids().map(str), HEX, NONCES)
def test_every_draw_is_one_circle_and_depends_on_nothing_but_its_inputs_S11(
    units: list[str], round_id: str, seed: str, nonces: list[tuple[str, str]]
) -> None:
    edges = draw.draw(units, round_id, seed, nonces)
    assert lifecycle.is_single_cycle(edges)
    assert edges == draw.draw(units[::-1], round_id, seed, nonces[::-1])


def test_every_circle_is_equally_likely() -> None:
    """Five units have 24 circles; chi squared over 24,000 draws, p = 0.001 at 23 degrees of freedom is 49.7."""
    units = [f"u{n}" for n in range(5)]
    drawn = Counter(tuple(draw.draw(units, "round", f"{n:064x}", [("u0", "00" * 32)])) for n in range(24_000))
    assert len(drawn) == 24
    assert sum((count - 1000) ** 2 / 1000 for count in drawn.values()) < 49.7


def test_each_nonce_and_the_seed_change_the_draw() -> None:
    units = [f"u{n:02}" for n in range(11)]
    given_ = [("u00", "aa" * 32), ("u01", "bb" * 32)]
    first = draw.draw(units, "round", "11" * 32, given_)
    for seed, nonces in (
        ("12" * 32, given_), ("11" * 32, [given_[0], ("u01", "bc" * 32)]), ("11" * 32, given_[:1]),
    ):  # fmt: skip
        assert draw.draw(units, "round", seed, nonces) != first
    assert draw.draw(units, "other", "11" * 32, given_) != first


def test_numbers_below_n_leave_out_the_uneven_rest() -> None:
    most = 2**64 - 2**64 % 3
    assert draw.below(iter([most, 2**64 - 1, 4]), 3) == 1


def test_without_a_nonce_or_with_two_units_nothing_is_drawn() -> None:
    for units, nonces in ((["a", "b"], [("a", "00")]), (["a", "b", "c"], [])):
        with pytest.raises(ValueError, match="three units"):
            draw.draw(units, "round", "00" * 32, nonces)


def test_the_script_in_the_docs_draws_the_same(tmp_path: Path) -> None:
    """An independent thirty lines, as a reader would run them on what the round shows afterwards."""
    units = [f"unit-{n}" for n in range(11)]
    seed, nonces = "5e" * 32, [("unit-3", "a1" * 32), ("unit-7", "b2" * 32)]
    edges = draw.draw(units, "the-round", seed, nonces)
    shown = {
        "id": "the-round", "commitment": draw.commitment(seed), "seed": seed, "units": [{"id": u} for u in units],
        "nonces": [{"unit_id": u, "nonce": n} for u, n in nonces],
        "edges": [{"inspector": {"id": a}, "target": {"id": b}} for a, b in edges],
    }  # fmt: skip
    script = ROOT / "docs/verify_draw.py"
    assert len(script.read_text().splitlines()) <= 30
    file = tmp_path / "round.json"

    def verify() -> str:
        file.write_text(json.dumps(shown))
        run = subprocess.run([sys.executable, script, file], capture_output=True, text=True, timeout=30)
        return run.stdout.strip()

    assert verify().startswith("OK")
    shown["edges"][0], shown["edges"][1] = (
        {**shown["edges"][0], "target": shown["edges"][1]["target"]},
        {**shown["edges"][1], "target": shown["edges"][0]["target"]},
    )
    assert verify().startswith("NOT")
    shown["commitment"] = "00" * 32
    assert verify().startswith("NOT")


def test_the_reverse_of_a_ring_turns_every_arrow_S31() -> None:
    edges = lifecycle.forward(["A", "B", "C"])
    assert edges == [("A", "B"), ("B", "C"), ("C", "A")]
    assert sorted(lifecycle.inverted(edges)) == [("A", "C"), ("B", "A"), ("C", "B")]
    assert lifecycle.is_single_cycle(lifecycle.inverted(edges))
    assert not lifecycle.is_single_cycle([("A", "B"), ("B", "A"), ("C", "D"), ("D", "C")])


def test_a_table_lets_nobody_inspect_at_home_or_twice() -> None:
    assert lifecycle.table_fault([("V1", "C1"), ("V2", "C2")]) is None
    assert lifecycle.table_fault([("A", "A")]) == "inspects-itself"
    assert lifecycle.table_fault([("A", "B"), ("A", "C")]) == "inspects-twice"
    assert lifecycle.table_fault([("A", "C"), ("B", "C")]) == "inspected-twice"


def test_the_states_follow_one_another_and_nothing_leads_back() -> None:
    order = list(RoundState)
    for (state, action), to in MOVES.items():
        assert order.index(to) >= order.index(state), action
    assert lifecycle.moves_from(RoundState.PLANNED) == [
        RoundAction.POSTPONE, RoundAction.CALL_OFF, RoundAction.REVEAL,
    ]  # fmt: skip
    assert lifecycle.moves_from(RoundState.CLOSED) == []
    assert {to for _, to in MOVES.items()} == set(RoundState)


def test_a_correction_is_never_softer_S17() -> None:
    for one, other in itertools.product(lifecycle.SEVERITY, repeat=2):
        assert lifecycle.is_softer(one, other) == (lifecycle.SEVERITY[one] < lifecycle.SEVERITY[other])
