"""The code by bandit, and what comes with it by licence: nothing linked that would bind ours."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]

BINDING = re.compile(
    r"\b(A?GPL|Affero|GNU General Public|SSPL|Commons Clause|BUSL|Business Source)\b", re.IGNORECASE
)
LESSER = re.compile(r"\bL(esser )?GPL|Lesser General Public", re.IGNORECASE)

KNOWN = {
    ("_log_source.py", "B310"),  # the address is checked to be http or https before
    ("wording.py", "B506"),  # the loader is the safe one, in C
    ("cluster.py", "B108"),  # owner and mode of the folder are checked
}


def runtime() -> dict[str, Distribution]:
    """Return what an installation of ours brings along, by name."""
    found: dict[str, Distribution] = {}
    waiting = ["yuzhi"]
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        for line in found[name].requires or []:
            required = Requirement(line)
            if required.marker is None or required.marker.evaluate({"extra": ""}):
                waiting.append(required.name)
    return found


def licences(of: Distribution) -> Iterator[str]:
    """Yield what a package says of its licence."""
    told = of.metadata
    yield from (value for name in ("License-Expression", "License") for value in told.get_all(name) or [])
    yield from (one for one in told.get_all("Classifier") or [] if one.startswith("License ::"))


def test_no_package_binds_our_licence() -> None:
    packages = runtime()
    assert len(packages) > 30
    bound = {}
    for name, of in packages.items():
        told = [one.splitlines()[0][:100] for one in licences(of) if one.strip()]
        strict = [one for one in told if BINDING.search(one) and not LESSER.search(one)]
        # Of several licences one may choose: bound is who offers nothing else.
        if strict and len(strict) == len(told) and not any(" OR " in one.upper() for one in strict):
            bound[name] = told
    assert bound == {}


def test_every_package_says_its_licence() -> None:
    assert [name for name, of in runtime().items() if not any(licences(of)) and name != "yuzhi"] == []


def test_bandit_finds_nothing_of_weight() -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "bandit", "--quiet", "--recursive", "--format", "json", "--severity-level",
            "medium", "--skip", "B608", str(ROOT / "src"),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["errors"] == []
    told = {(Path(one["filename"]).name, one["test_id"]) for one in found["results"]}
    assert told - KNOWN == set()
