"""What drafting and signing need beside the cases: names, templates, and the secret the codes follow from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from yuzhi.capabilities.matters import MatterView
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.store.files import Files


@dataclass(frozen=True)
class AgreementRoom:
    """`template` gives the text of a matter's agreements in a language, `code_of` secret bytes for a code.

    `files` keeps the texts that took effect, `fonts` is a folder of fonts beside the one that came along.
    """

    cases: CaseRoom
    unit_name: Callable[[str], str]
    template: Callable[[MatterView, str], str]
    code_of: Callable[[UUID], bytes]
    files: Files
    fonts: Path | None = None
