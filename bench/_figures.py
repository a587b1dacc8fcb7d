"""A measured value beside what is wanted and beside a limit of the same run; a table and JSON of them."""

import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured value.

    `wanted` is the least for rates and shares, the most for times and sizes (None: nothing is wanted).
    `limit` is what something simpler reached in the same run, and `limit_is` what that was.
    """

    name: str
    value: float
    unit: str
    wanted: float | None = None
    limit: float | None = None
    limit_is: str = ""

    @property
    def is_met(self) -> bool:
        """Rates and shares are to be high, times and sizes low."""
        if self.wanted is None:
            return True
        is_high = self.unit.endswith("/s") or self.unit == "%"
        return self.value >= self.wanted if is_high else self.value <= self.wanted


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that a share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(figures: Sequence[Figure]) -> str:
    """Return figures as lines of a table."""
    wide = max((len(one.name) for one in figures), default=0)
    lines = [f"{'':{wide}}  {'value':>10}  {'wanted':>10}  {'limit':>10}"]
    for one in figures:
        wanted = "" if one.wanted is None else f"{one.wanted:,.4g}"
        limit = "" if one.limit is None else f"{one.limit:,.4g}"
        mark = "" if one.is_met else "  MISSED"
        lines.append(
            f"{one.name:{wide}}  {one.value:10,.4g}  {wanted:>10}  {limit:>10}  {one.unit}"
            f"{'; limit: ' + one.limit_is if one.limit_is else ''}{mark}"
        )
    return "\n".join(lines)


def finish(figures: Sequence[Figure], file: Path | None) -> int:
    """Print figures, write them as JSON too if asked, and return 1 if something wanted was missed."""
    print(table(figures))
    print(f"load of the machine: {', '.join(f'{one:.1f}' for one in os.getloadavg())}", flush=True)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        told = {"machine": machine(), "figures": [asdict(one) for one in figures]}
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return int(not all(one.is_met for one in figures))


def machine() -> dict[str, object]:
    """Return what the figures were measured on, and how busy it was."""
    return {
        "at": time.strftime("%Y-%m-%d %H:%M"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": [round(one, 2) for one in os.getloadavg()],
    }
