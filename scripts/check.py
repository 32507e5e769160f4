"""`make check`: every static check, all of them even when one fails, two at a time; prints only what is wrong.

The PWA was built, and its bundle measured, by scripts/setup before.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def _run(command: list[str | Path], folder: Path = ROOT, **env: str) -> tuple[int, str]:
    done = subprocess.run(command, cwd=folder, env=os.environ | env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def _npm(script: str) -> tuple[int, str]:
    return _run(["npm", "run", "--silent", script], ROOT / "pwa")


def migrations() -> tuple[int, str]:
    """Models and migrations agree, there is one head: on an empty database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"XUNFANG_DATA_DIR": folder, "XUNFANG_DATABASE_URL": f"sqlite:///{folder}/check.db"}
        for step in (["upgrade", "head"], ["check"]):
            status, out = _run([sys.executable, "-m", "alembic", *step], **env)
            if status:
                return status, out
    return 0, ""


def api_description() -> tuple[int, str]:
    """docs/openapi.json and the PWA's generated types are what the code says now."""
    kept, types = ROOT / "docs/openapi.json", ROOT / "pwa/src/api/schema.gen.ts"
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.json"
        status, out = _run([BIN / "xunfang", "export-openapi", fresh])
        if status:
            return status, out
        if not kept.exists() or fresh.read_bytes() != kept.read_bytes():
            return 1, "docs/openapi.json is not what the code says: run `make client`"
        fresh_types = Path(folder) / "schema.gen.ts"
        status, out = _run(
            ["npx", "--no-install", "openapi-typescript", fresh, "-o", fresh_types], ROOT / "pwa"
        )
        if status:
            return status, out
        if not types.exists() or fresh_types.read_bytes() != types.read_bytes():
            return 1, f"{types.relative_to(ROOT)} is not what docs/openapi.json says: run `make client`"
    return 0, ""


CHECKS = {
    "PWA: types (vue-tsc)": lambda: _npm("types"),
    "PWA: lint (eslint)": lambda: _npm("lint"),
    "PWA: import directions (dependency-cruiser)": lambda: _npm("depcruise"),
    "types (mypy --strict)": lambda: _run([BIN / "mypy"]),
    "format (ruff)": lambda: _run([BIN / "ruff", "format", "--check", "."]),
    "lint (ruff)": lambda: _run([BIN / "ruff", "check", "--quiet", "."]),
    "import directions (import-linter)": lambda: _run([BIN / "lint-imports"]),
    "migrations (alembic check)": migrations,
    "API description and client": api_description,
}


def _timed(name: str) -> tuple[str, int, str, float]:
    started = time.monotonic()
    status, out = CHECKS[name]()
    return name, status, out, time.monotonic() - started


def main() -> int:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(_timed, CHECKS))
    for name, status, out, _ in results:
        if status:
            print(f"━━ {name} ━━\n{out.rstrip()}\n")
    for name, status, _, seconds in results:
        print(f"{'FAIL' if status else 'ok  '} {seconds:5.1f} s  {name}")
    failed = sum(1 for _, status, _, _ in results if status)
    print(f"{len(results) - failed} of {len(results)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
