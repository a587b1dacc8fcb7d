"""The packs an installation has at hand: read once, every version beside the others, none of them unsound."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from jsonschema_rs import Draft202012Validator

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.packs._folder import find_packs, read_folder
from yuzhi.engine.check import check_pack
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.forms import faults_of
from yuzhi.engine.parse import read_pack, unsound
from yuzhi.engine.parse_forms import compile_form
from yuzhi.engine.problems import Problem
from yuzhi.engine.vocabulary import LANGUAGES
from yuzhi.engine.where import Where


@dataclass(frozen=True, slots=True)
class ReadPack:
    """A pack read from a folder: its files, what they say, and where each thing stands in them."""

    folder: Path
    files: Mapping[str, str]
    pack: Pack
    where: Where

    def problems(self) -> tuple[Problem, ...]:
        """Return what is unsound in it."""
        return check_pack(self.pack, self.where)


def open_pack(folder: Path) -> ReadPack:
    """Read one pack; raise Refusal `pack.unsound` for what cannot be read, and as `read_folder` does."""
    files = read_folder(folder)
    pack, where = read_pack(files)
    return ReadPack(folder, files, pack, where)


def load_shelf(folders: Iterable[Path], *, today: Callable[[], date] | None = None) -> "Shelf":
    """Return the shelf of all packs in some folders (each a pack, or a folder of packs).

    `today` tells the city's own date, by which a version is in force. Raises Refusal `pack.unsound`
    with the `problems` of the first unsound pack (their files named with its folder), and
    `pack.version_twice` for two packs of one name and version that differ.
    """
    packs: dict[tuple[str, str], Pack] = {}
    for folder in find_packs(folders):
        pack = _sound(folder)
        other = packs.setdefault((pack.name, pack.version), pack)
        if other.digest != pack.digest:
            raise Refusal("pack.version_twice", pack=pack.name, version=pack.version, folder=str(folder))
    return Shelf(packs.values(), today=today)


def _sound(folder: Path) -> Pack:
    try:
        return _read_sound(tuple(read_folder(folder).items()))
    except Refusal as refusal:
        if refusal.code != "pack.unsound":
            raise
        raise unsound(_within(folder, refusal)) from None


@lru_cache(maxsize=64)
def _read_sound(files: tuple[tuple[str, str], ...]) -> Pack:
    # The same files say the same, and a process comes by them more than once.
    pack, where = read_pack(dict(files))
    if problems := check_pack(pack, where):
        raise unsound(problems)
    return pack


def _within(folder: Path, refusal: Refusal) -> list[Problem]:
    found = refusal.facts["problems"]
    assert isinstance(found, tuple)
    return [
        Problem(str(folder / one.file), one.line, one.code, one.message, one.nearest)
        for one in found
        if isinstance(one, Problem)
    ]


class Shelf:
    """Packs and their procedures by name and version, with their words and forms."""

    def __init__(self, packs: Iterable[Pack], *, today: Callable[[], date] | None = None) -> None:
        self._packs: dict[str, list[Pack]] = {}
        self._today = today if today is not None else lambda: datetime.now(UTC).date()
        self._forms: dict[tuple[str, str], Draft202012Validator] = {}
        self._homes: dict[str, str] = {}
        self.take(packs)

    def take(self, packs: Iterable[Pack]) -> None:
        """Put more packs, or more versions of packs, on the shelf; what is there already stays as it is.

        Nothing is taken if one cannot be: Refusal `pack.version_twice` for another pack of a name and
        version that is there, `procedure.twice` for a procedure that another pack has.
        """
        shelf = {name: list(versions) for name, versions in self._packs.items()}
        homes = dict(self._homes)
        for pack in packs:
            versions = shelf.setdefault(pack.name, [])
            same = next((one for one in versions if one.version == pack.version), None)
            if same is not None:
                if same.digest != pack.digest:
                    raise Refusal("pack.version_twice", pack=pack.name, version=pack.version, folder="")
                continue
            versions.append(pack)
            versions.sort(key=lambda one: (one.in_force_from, one.version))
            for procedure in pack.procedures:
                if (home := homes.setdefault(procedure.name, pack.name)) != pack.name:
                    raise Refusal("procedure.twice", procedure=procedure.name, packs=[home, pack.name])
        self._packs, self._homes = shelf, homes

    @property
    def packs(self) -> tuple[Pack, ...]:
        """Return every pack in every version, by name and then from the oldest to the newest."""
        return tuple(pack for name in sorted(self._packs) for pack in self._packs[name])

    @property
    def in_force(self) -> tuple[Pack, ...]:
        """Return each pack in its version in force, by name."""
        return tuple(self.pack(name) for name in sorted(self._packs))

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """Return the procedures in force, by name."""
        return tuple(
            sorted(
                (one for pack in self.in_force for one in pack.procedures),
                key=lambda procedure: procedure.name,
            )
        )

    def pack(self, name: str, version: str | None = None) -> Pack:
        """Return a pack: the version named, or else the one in force.

        In force is the newest whose day has come; before the first day of all, the first version.
        Raises Refusal `pack.unknown` and `pack.version_unknown`.
        """
        versions = self._packs.get(name)
        if versions is None:
            raise Refusal("pack.unknown", given=name, known=sorted(self._packs))
        if version is None:
            today = self._today().isoformat()
            begun = [pack for pack in versions if pack.in_force_from <= today]
            return begun[-1] if begun else versions[0]
        for pack in versions:
            if pack.version == version:
                return pack
        known = [pack.version for pack in versions]
        raise Refusal("pack.version_unknown", pack=name, given=version, known=known)

    def procedure(self, name: str, version: str | None = None) -> Procedure:
        """Return a procedure: of the version named, or else of the one in force.

        Raises Refusal `procedure.unknown` and as `pack` does.
        """
        home = self._homes.get(name)
        found = self.pack(home, version).procedure(name) if home is not None else None
        if found is None:
            raise Refusal("procedure.unknown", given=name, known=sorted(self._homes))
        return found

    def word(self, pack: Pack, key: str, language: str) -> str:
        """Return the word for a key such as `state.received`: in a language, else another, else the name."""
        for one in (language, *LANGUAGES):
            if word := pack.words.get(one, {}).get(key):
                return word
        return key.partition(".")[2] or key

    def form_faults(self, pack: Pack, form: str, data: Mapping[str, object]) -> tuple[str, ...]:
        """Return what is wrong with data for a form, each as `/path: what`; nothing when it is sound.

        What was filled in is not repeated, for it may be personal. Raises Refusal `form.unknown`.
        """
        return faults_of(self._form(pack, form), data)

    def _form(self, pack: Pack, form: str) -> Draft202012Validator:
        key = (pack.digest, form)
        if key not in self._forms:
            if form not in pack.forms:
                raise Refusal("form.unknown", given=form, known=sorted(pack.forms))
            self._forms[key] = compile_form(pack.forms[form])
        return self._forms[key]
