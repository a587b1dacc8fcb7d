"""A text ready to be set: its blocks, and the digest of its words."""

from datetime import datetime
from hashlib import sha256
from typing import Literal

from msgspec import Struct

Kind = Literal["heading", "text", "line", "sign", "end"]


class Block(Struct, frozen=True):
    """A piece of text: a heading, a paragraph, a line, a place to sign, or the end on the right."""

    kind: Kind
    text: str


class Document(Struct, frozen=True):
    """A text ready to be set, in a language, of an instant; the digest of its words is what is signed."""

    title: str
    language: str
    at: datetime
    blocks: tuple[Block, ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the words, however they are set."""
        words = "\n".join((self.title, *(f"{one.kind}\t{one.text}" for one in self.blocks)))
        return sha256(words.encode()).hexdigest()
