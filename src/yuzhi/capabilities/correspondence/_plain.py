"""HTML that somebody wrote in a mail, as the plain words of it: no scripts, no styles, no remote anything."""

import re
from html.parser import HTMLParser

_BREAKS = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "hr"}
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY = re.compile(r"\n{3,}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(re.sub(r"\s+", " ", data))


def plain_of(html: str) -> str:
    """Return the words of HTML, a line for each block."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tidy("".join(reader.found))


def tidy(text: str) -> str:
    """Return words with lines trimmed, no more than one empty line between them, and nothing invisible."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    shown = "".join(one if one.isprintable() or one in "\n\t" else " " for one in text)
    lines = [_BLANKS.sub(" ", line).strip() for line in shown.split("\n")]
    return _EMPTY.sub("\n\n", "\n".join(lines)).strip()
