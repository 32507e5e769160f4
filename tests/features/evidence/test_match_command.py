"""`xunfang match` on files."""

import csv
import json

import cv2
import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.features.evidence.scenes import Camera, street

KEYS = {"before", "after", "same_place", "verdict", "reused", "homography", "why", "seconds"}


@pytest.fixture
def folder(tmp_path):
    cv2.imwrite(str(tmp_path / "a.jpg"), street(1, is_littered=True))
    cv2.imwrite(str(tmp_path / "b.jpg"), street(1, Camera().step(x=0.5)))
    cv2.imwrite(str(tmp_path / "c.jpg"), street(2))
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    return tmp_path


def test_a_pair_is_said_in_words_and_as_json(folder):
    said = CliRunner().invoke(app, ["match", str(folder / "a.jpg"), str(folder / "b.jpg")])
    assert said.exit_code == 0
    assert said.stdout.startswith("same ")
    assert "matching spots" in said.stdout
    row = json.loads(
        CliRunner().invoke(app, ["match", str(folder / "a.jpg"), str(folder / "c.jpg"), "--json"]).stdout
    )
    assert row.keys() >= KEYS
    assert row["verdict"] != "same"
    assert row["homography"] is None


def test_a_list_gives_a_line_a_pair_and_maps(folder):
    with (folder / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["a", "b"], ["a.jpg", "b.jpg"], ["a.jpg", "c.jpg"], ["broken.jpg", "c.jpg"]]
        )
    told = ["--pairs", str(folder / "pairs.csv"), "--columns", "a,b", "--out", str(folder / "out.jsonl")]
    done = CliRunner().invoke(app, ["match", *told, "--change-dir", str(folder / "maps")])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert next((row["before"], row["after"]) for row in rows) == ("a.jpg", "b.jpg")
    assert [row["verdict"] == "same" for row in rows] == [True, False, False]
    assert all(row.keys() >= KEYS for row in rows)
    assert rows[2]["why"][0]["code"] == "unreadable"
    assert (folder / "maps" / "a__b.png").exists()
    assert not (folder / "maps" / "a__c.png").exists()


def test_a_list_without_an_answer_file_is_refused(folder):
    (folder / "pairs.csv").write_text("before,after\n")
    assert CliRunner().invoke(app, ["match", "--pairs", str(folder / "pairs.csv")]).exit_code == 2
