"""A corpus of fuzzed and hostile images that lies beside the project, where it does: manifest.csv says what is expected."""

import csv
import zipfile
from pathlib import Path

from app.features.photos import formats
from app.features.photos.errors import PictureRefused
from app.features.photos.sandbox import get_sandbox

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


def outcome(data: bytes) -> str:
    """accept, or why not: as the PUT decides, without the wire around it."""
    if len(data) > formats.MAX_BYTES:
        return "too-large"
    media_type = formats.sniff(data[:64])
    if media_type is None:
        return "unsupported-media"
    try:
        get_sandbox().check(data, media_type)
        thumb, large = get_sandbox().render(data, media_type)
    except PictureRefused as refused:
        return str(refused.members["reason"])
    assert max(thumb.width, thumb.height) <= 320
    assert max(large.width, large.height) <= 1600
    return "accept"


def disagreements() -> list[tuple[str, str, str]]:
    with zipfile.ZipFile(CORPUS / "hostile.zip") as files, (CORPUS / "manifest.csv").open() as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["endpoint"] == "image"]
        found = [(row["file"], row["expected"], outcome(files.read(row["file"]))) for row in rows]
    return [
        (file, want, got)
        for file, want, got in found
        if want != "either" and (want == "accept") != (got == "accept")
    ]


if CORPUS.is_dir():

    def test_every_image_of_the_corpus_ends_as_its_manifest_says() -> None:
        assert disagreements() == []
