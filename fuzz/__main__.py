"""Coverage-guided fuzzing of one parser, or of all: `python -m fuzz table -max_total_time=600`. Options are libFuzzer's.

`python -m fuzz all …`: the first byte of each input chooses the parser. What is found is written to var/fuzz/.
"""

import os
import sys
import warnings
from pathlib import Path

import atheris

os.environ.setdefault("XUNFANG_SECRET_KEY", "only for fuzzing")
warnings.simplefilter("ignore")
with atheris.instrument_imports(include=["app"]):
    from fuzz.targets import TARGETS

SEEDS = Path(__file__).parent / "seeds.txt"


def any_of_them(data: bytes) -> None:
    """The target that the first byte names."""
    if data:
        names = list(TARGETS)
        TARGETS[names[data[0] % len(names)]](data[1:])


def seeds(folder: Path, name: str) -> None:
    """A good input for each target, for the fuzzer to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(SEEDS.read_text().splitlines()):
        kind, _, text = line.partition(" ")
        data = text.encode().decode("unicode_escape").encode("latin-1")
        if name == "all":
            data = bytes([list(TARGETS).index(kind)]) + data
        if name in (kind, "all"):
            (folder / f"seed-{number}").write_bytes(data)


def main() -> None:
    """Fuzz until the options say stop, or something is found."""
    name, options = sys.argv[1], sys.argv[2:]
    folder = Path(os.environ.get("XF_FUZZ_DIR", "var/fuzz")) / name
    seeds(folder, name)
    arguments = [sys.argv[0], *options, f"-artifact_prefix={folder.parent}/{name}-", str(folder)]
    atheris.Setup(arguments, any_of_them if name == "all" else TARGETS[name])
    atheris.Fuzz()


main()
