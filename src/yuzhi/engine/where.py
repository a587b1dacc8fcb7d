"""Where in its files each named thing of a pack stands, so that a problem found later can say so."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Where:
    """Files and lines by path, such as `("noise", "step", "answer")` or `("routing", "by-category")`."""

    _places: dict[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)

    def note(self, file: str, line: int, *path: str) -> None:
        """Remember where something stands; the first place is kept."""
        self._places.setdefault(path, (file, line))

    def find(self, *path: str) -> tuple[str, int]:
        """Return file and line of the thing, or of the nearest thing that holds it."""
        for length in range(len(path), 0, -1):
            if (place := self._places.get(path[:length])) is not None:
                return place
        return ("pack.toml", 0)
