"""`xunfang match`: the engine on files, for a pair or a list of pairs."""

import csv
import json
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

MOST_PIXELS = 2**26  # a file that unpacks to more is not read
PHOTOS_KEPT = 12  # in memory at a time: a list of pairs may name thousands


def match(
    before: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False)] = None,
    after: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")] = False,
    pairs: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="CSV; its paths are relative to it.")
    ] = None,
    columns: Annotated[str, typer.Option(help="The CSV's two columns.")] = "before,after",
    out: Annotated[Path | None, typer.Option(help="JSON lines, one a pair.")] = None,
    change_dir: Annotated[Path | None, typer.Option(help="Where maps of what changed go, as PNG.")] = None,
) -> None:
    """Say whether two photos show the same place, what changed, and whether one is the other re-used."""
    if pairs is not None and before is None:
        if out is None:
            raise typer.BadParameter("--pairs needs --out")
        names = columns.split(",")
        if len(names) != 2:
            raise typer.BadParameter("--columns takes two names")
        _match_list(pairs, names, out, change_dir)
    elif before is not None and after is not None and pairs is None:
        row, sentences = Matcher(change_dir).match(before, after)
        row = {"before": str(before), "after": str(after), **row}
        typer.echo(json.dumps(row, ensure_ascii=False) if as_json else _said(row, sentences))
    else:
        raise typer.BadParameter("give two photos, or --pairs and --out")


def _match_list(pairs: Path, names: list[str], out: Path, change_dir: Path | None) -> None:
    matcher = Matcher(change_dir)
    with pairs.open(newline="", encoding="utf-8") as source, out.open("w", encoding="utf-8") as target:
        for first, second in _named(csv.DictReader(source), names):
            row, _ = matcher.match(pairs.parent / first, pairs.parent / second)
            target.write(json.dumps({"before": first, "after": second, **row}, ensure_ascii=False) + "\n")


def _named(rows: Any, names: list[str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        missing = [name for name in names if not row.get(name)]
        if missing:
            raise typer.BadParameter(f"row without {', '.join(missing)}", param_hint="--pairs")
        yield row[names[0]], row[names[1]]


def _said(row: dict[str, Any], sentences: list[str]) -> str:
    lines = [f"{row['verdict']}  same place {row['same_place']:.2f}  re-used {row['reused']:.2f}"]
    return "\n".join(lines + [f"  {line}" for line in sentences])


class Matcher:
    """Keeps the latest photos described, so that a photo that comes up again is read once."""

    def __init__(self, change_dir: Path | None = None) -> None:
        self._change_dir = change_dir
        self._photos: OrderedDict[Path, tuple[Any, float]] = OrderedDict()
        if change_dir:
            change_dir.mkdir(parents=True, exist_ok=True)

    def match(self, before: Path, after: Path) -> tuple[dict[str, Any], list[str]]:
        """The finding as a JSON row and its sentences. `seconds`: CPU of reading and comparing, as if both were new;
        the change map's own seconds stand beside it."""
        from app.features.evidence.engine import judge, words

        (one, read_one), (other, read_other) = self._photo(before), self._photo(after)
        start = time.process_time()
        if one is None or other is None:
            return _unreadable(before if one is None else after), ["a photo cannot be read"]
        finding = judge.compare(one, other)
        seconds = time.process_time() - start + read_one + read_other
        start = time.process_time()
        self._write_map(finding.change_map(one, other) if self._change_dir else None, before, after)
        one.views.clear()
        other.views.clear()  # the second look's cost belongs to every fresh pair
        aligned = finding.alignment
        row = {
            "same_place": round(finding.same_place, 6),
            "verdict": finding.verdict.value,
            "reused": round(finding.reused, 6),
            "homography": aligned.homography.tolist() if aligned else None,
            "overlap": round(aligned.overlap, 3) if aligned else None,
            "residual": round(aligned.residual, 2) if aligned else None,
            "planes": aligned.planes if aligned else 0,
            "why": [{"code": reason.code, **reason.params} for reason in finding.why],
            "seconds": round(seconds, 4),
            "change_seconds": round(time.process_time() - start, 4),
        }
        return row, [words.sentence(reason) for reason in finding.why]

    def _photo(self, path: Path) -> tuple[Any, float]:
        if path not in self._photos:
            start = time.process_time()
            photo = _read(path)
            self._photos[path] = (photo, time.process_time() - start)
            if len(self._photos) > PHOTOS_KEPT:
                self._photos.popitem(last=False)
        self._photos.move_to_end(path)
        return self._photos[path]

    def _write_map(self, changed: Any, before: Path, after: Path) -> None:
        import cv2

        if changed is not None and self._change_dir:
            name = f"{before.stem}__{after.stem}.png"
            (self._change_dir / name).write_bytes(cv2.imencode(".png", changed)[1].tobytes())


def _read(path: Path) -> Any:
    """A described photo, or None where the file is no picture. Pixels as stored: the answers are in those."""
    import cv2
    import numpy as np
    from PIL import Image

    from app.features.evidence.engine.photo import describe

    try:
        with Image.open(path) as header:
            if header.width * header.height > MOST_PIXELS:
                return None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    try:
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if picture is None else describe(picture)


def _unreadable(path: Path) -> dict[str, Any]:
    return {
        "same_place": 0.5, "verdict": "unsure", "reused": 0.0, "homography": None, "overlap": None, "residual": None,
        "planes": 0, "why": [{"code": "unreadable", "photo": path.name}], "seconds": 0.0, "change_seconds": 0.0,
    }  # fmt: skip
