"""What drafting and signing need beside the cases: names, templates, and the secret the codes follow from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from yuzhi.capabilities.matters import MatterView
from yuzhi.capabilities.parties import CaseRoom


@dataclass(frozen=True)
class AgreementRoom:
    """`template` gives the text of a matter's agreements in a language, `code_of` secret bytes for a code.

    `fonts` is a folder of fonts beside the one that came along.
    """

    cases: CaseRoom
    unit_name: Callable[[str], str]
    template: Callable[[MatterView, str], str]
    code_of: Callable[[UUID], bytes]
    fonts: Path | None = None
