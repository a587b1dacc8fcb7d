"""What is wrong with a pack, and where: file, line, a code, a sentence, and the nearest known word."""

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct

MOST = 200
LONGEST = 80


class Problem(Struct, frozen=True, order=True):
    """One thing wrong in a file of a pack. `line` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    code: str
    message: str
    nearest: str = ""

    def __str__(self) -> str:
        meant = f' — did you mean "{self.nearest}"?' if self.nearest else ""
        return f"{self.file}:{self.line}: {self.message}{meant}"


class Findings:
    """Gathers problems while a pack is read, so that all of them are told at once.

    At most `MOST` are kept: a file that is wrong throughout tells nothing more after that, and
    looking for near words would be work an attacker could ask for without end.
    """

    def __init__(self) -> None:
        self._found: list[Problem] = []

    @property
    def are_full(self) -> bool:
        """Say whether no further problem will be kept."""
        return len(self._found) >= MOST

    @property
    def count(self) -> int:
        """Return how many problems have been kept so far."""
        return len(self._found)

    def add(self, file: str, line: int, code: str, message: str, *, nearest: str = "") -> None:
        """Keep a problem."""
        if not self.are_full:
            self._found.append(Problem(file, line, code, message, nearest))

    def unknown(self, file: str, line: int, what: str, word: str, known: Iterable[str]) -> None:
        """Keep the problem that `word` is none of the `known` ones, with the nearest of them."""
        if self.are_full:
            return
        near = nearest(word, known)
        self.add(file, line, "word.unknown", f"{what} {quoted(word)}", nearest=near)

    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems by file and line, each once."""
        return tuple(sorted(set(self._found)))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that looks most like `word`, or an empty string if none is near."""
    if len(word) > LONGEST:
        return ""
    close = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def quoted(word: str) -> str:
    """Return a word as it is shown in a message: quoted, on one line, not too long."""
    shown = "".join(char if char.isprintable() else "�" for char in word[:LONGEST])
    return f'"{shown}{"…" if len(word) > LONGEST else ""}"'
