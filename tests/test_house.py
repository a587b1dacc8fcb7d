"""What import-linter cannot say of the house: a room's private modules are its own."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"


def imported(file: Path) -> set[str]:
    """Return the dotted names a module imports, `from a import b` as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def private_owner(name: str) -> str | None:
    """Return the package that owns the first private part of a dotted name, None if all is public."""
    parts = name.split(".")
    first = next(
        (i for i, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")), None
    )
    return None if first is None else ".".join(parts[:first])


def trespasses(module: str, names: set[str]) -> set[str]:
    """Return the names of private things of `yuzhi` that a module outside their owner imports."""
    owners = {name: private_owner(name) for name in names if name.startswith("yuzhi.")}
    return {name for name, owner in owners.items() if owner and not f"{module}.".startswith(f"{owner}.")}


def module_of(file: Path) -> str:
    """Return the dotted name of a source file; a package's is that of its folder."""
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_private_modules_stay_inside() -> None:
    found = {module_of(file): trespasses(module_of(file), imported(file)) for file in SOURCE.rglob("*.py")}
    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("module", "name", "is_trespass"),
    [
        ("yuzhi.doors.cli.db", "yuzhi.capabilities.matters._queries.page", True),
        ("yuzhi.capabilities.matters", "yuzhi.capabilities.matters._queries.page", False),
        ("yuzhi.capabilities.matters._handlers", "yuzhi.capabilities.matters._views", False),
        ("yuzhi.capabilities.matters_too", "yuzhi.capabilities.matters._views", True),
        ("yuzhi.doors.cli.db", "yuzhi.__main__", False),
    ],
)
def test_the_check_sees_a_trespass(module: str, name: str, is_trespass: bool) -> None:
    assert bool(trespasses(module, {name})) == is_trespass


def test_a_face_is_short() -> None:
    """A capability's `__init__.py` says what others may use, and does nothing itself."""
    faces = SOURCE.glob("yuzhi/capabilities/*/__init__.py")
    said = {str(face): face.read_text(encoding="utf-8").partition("__all__")[0] for face in faces}
    assert {face: text.count("\n") for face, text in said.items() if text.count("\n") > 40} == {}


def test_the_lock_is_of_this_project() -> None:
    """`make install` installs what the lock says without asking what the project says."""
    project = tomllib.loads((SOURCE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    lock = tomllib.loads((SOURCE.parent / "uv.lock").read_text(encoding="utf-8"))
    (ours,) = (package for package in lock["package"] if package["name"] == "yuzhi")
    locked = {one["name"]: one.get("specifier", "") for one in ours["metadata"]["requires-dist"]}
    wanted = (
        re.fullmatch(r"([a-z0-9-]+)(?:\[[a-z,]+\])?(.*)", one) for one in project["project"]["dependencies"]
    )
    assert {one[1]: one[2] for one in wanted if one} == locked
    registries = {package["source"].get("registry") for package in lock["package"]} - {None}
    assert registries == {"https://pypi.org/simple"}


def test_scripts_of_the_front_end_call_each_tool_by_itself() -> None:
    """The wheel that stands in for Node has an `npm` that does not run from the path."""
    package = json.loads((SOURCE.parent / "web" / "package.json").read_text(encoding="utf-8"))
    assert [one for one in package["scripts"].values() if re.search(r"\bnp[mx]\b", one)] == []


HOUSE = Path(__file__).parents[1]
PAGES = [*HOUSE.glob("*.md"), *HOUSE.glob("docs/**/*.md"), *HOUSE.glob("changes/*.md")]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_a_page_leads_to_what_is_there_and_is_merged_whole(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"^(<{7}|>{7}|={7}$)", text, re.MULTILINE)
    assert [to for to in LINK.findall(text) if not (page.parent / to).exists()] == []
