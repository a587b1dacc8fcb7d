"""What people hand in, as they say it: words, a place, a person. Handlers turn it into asks."""

from msgspec import Struct

from yuzhi.capabilities.vault import Person
from yuzhi.engine.asks import Satisfaction

TEXT_MOST = 20_000
SUBJECT_MOST = 200


class Attachment(Struct, frozen=True, forbid_unknown_fields=True):
    """A file already put into the file store, by the SHA-256 of its content, and what it bears out."""

    file: str
    kind: str = "photo"


class NewMatter(Struct, frozen=True, forbid_unknown_fields=True):
    """A matter as it arrives. Place: a territory code, a point in WGS-84, or words; the best known wins.

    `about_units` are those it complains about: none of them ever learns who asked.
    """

    procedure: str
    subject: str
    kind: str
    channel: str = "web"
    detail: str = ""
    urgency: str = ""
    category: str = ""
    territory: str = ""
    lon: float | None = None
    lat: float | None = None
    place_words: str = ""
    requester: Person | None = None
    about_units: tuple[str, ...] = ()
    form: dict[str, object] = {}
    attachments: tuple[Attachment, ...] = ()


class HandTo(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a matter is handed over to: a procedure the step names (needed if it names several), and what
    is known of it there beyond what goes along. `lead` is the unit that receives it; else routing is asked.
    """

    procedure: str = ""
    kind: str = ""
    urgency: str = ""
    category: str = ""
    lead: str = ""
    form: dict[str, object] = {}


class NewStep(Struct, frozen=True, forbid_unknown_fields=True):
    """A step as somebody asks for it; `version` is the number of entries they saw."""

    version: int | None = None
    form: dict[str, object] = {}
    texts: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()
    reason: str = ""
    lead: str = ""
    co_handlers: tuple[str, ...] = ()
    outcome: str = ""
    satisfaction: Satisfaction | None = None
    solved: bool | None = None
    amount: str = ""
    target: str = ""
    kind: str = ""
    category: str = ""
    urgency: str = ""
    territory: str = ""
    lon: float | None = None
    lat: float | None = None
    hand_over: HandTo | None = None


class FirstStep(Struct, frozen=True, forbid_unknown_fields=True):
    """A step the opener of a matter takes in the same act: settled on the spot, answered at once."""

    step: str
    ask: NewStep = NewStep()
