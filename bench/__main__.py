"""`make bench`: every benchmark one after the other, each in a process of its own.

`python -m bench [NAME ...] [--quick]`. What each prints is shown as it comes; at the end one table of all
figures, and `var/bench/results.json`. Exit 1 if something wanted was missed.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from bench._figures import machine

HERE = Path(__file__).parent
RESULTS = HERE.parent / "var" / "bench"
QUICK = {
    "create": ["--count", "4000"],
    "steps": ["--count", "2000"],
    "import_": ["--rows", "10000"],
    "worklist": ["--matters", "100000"],
    "receipts": ["--leaves", "100000"],
    "search": ["--matters", "20000"],
    "broker": ["--seconds", "3"],
    "deliveries": ["--count", "6000", "--restarts", "2"],
}


def names() -> list[str]:
    """Return the benchmarks there are."""
    return sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_"))


def run(name: str, *, quick: bool) -> tuple[int, list[dict[str, object]]]:
    """Run one benchmark; return its exit code and figures."""
    file = RESULTS / f"{name}.json"
    file.unlink(missing_ok=True)
    print(f"\n== {name}", flush=True)
    words = QUICK.get(name, []) if quick else []
    code = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", "--json", str(file), *words], check=False, cwd=HERE.parent
    ).returncode
    return code, _figures(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else []


def _figures(told: object) -> list[dict[str, object]]:
    """Return the figures of a result, whichever way it holds them."""
    found = told.get("figures", []) if isinstance(told, dict) else told
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _line(name: str, figure: dict[str, object]) -> str:
    value = figure.get("value", figure.get("rate", figure.get("p95")))
    about = figure.get("name") or " ".join(str(figure.get(key, "")) for key in ("kind", "scope"))
    cells = [value, figure.get("wanted"), figure.get("limit")]
    shown = "".join(f"{cell:>14,.4g}" if isinstance(cell, int | float) else f"{'':>14}" for cell in cells)
    return f"{name:10} {about!s:60}{shown}  {figure.get('unit', 'ms')}"


def main() -> int:
    """Run what is asked for, all by default."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names()))
    arguments.add_argument("--quick", action="store_true", help="fewer requests and rows: rough figures")
    told = arguments.parse_args()
    if unknown := set(told.names) - set(names()):
        arguments.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    done = {name: run(name, quick=told.quick) for name in told.names or names()}
    print(f"\n{'':71}{'value':>14}{'wanted':>14}{'limit':>14}")
    for name, (_, figures) in done.items():
        for figure in figures:
            print(_line(name, figure))
    results = {"machine": machine(), "benchmarks": {name: figures for name, (_, figures) in done.items()}}
    target = RESULTS / "results.json"
    target.write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\nwritten to {target}")
    failed = [name for name, (code, _) in done.items() if code]
    if failed:
        print(f"missed or failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
