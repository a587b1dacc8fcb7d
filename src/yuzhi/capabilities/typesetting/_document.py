"""A text ready to be set: its blocks, and the digest of its words."""

from datetime import datetime
from hashlib import sha256
from typing import Literal

from msgspec import Struct

Kind = Literal["heading", "text", "line", "sign", "end", "table"]


class Block(Struct, frozen=True):
    """A piece of text: a heading, a paragraph, a line, a place to sign, the end on the right, or a table.

    The rows of a table are as long as its `widths`, which are shares of the page; the first is its heading.
    """

    kind: Kind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """The words it has, as the digest counts them."""
        return "\n".join((f"{self.kind}\t{self.text}", *("\t".join(row) for row in self.rows)))


class Document(Struct, frozen=True):
    """A text ready to be set, in a language, of an instant; the digest of its words is what is signed.

    `is_list` sets it small and across the page, as lists are printed.
    """

    title: str
    language: str
    at: datetime
    blocks: tuple[Block, ...]
    is_list: bool = False

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the words, however they are set."""
        words = "\n".join((self.title, *(one.words for one in self.blocks)))
        return sha256(words.encode()).hexdigest()
