"""Entries: canonical bytes, the same for the same act, with a leaf hash a Merkle log can stand on."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest

from fakes.people import CITY, post
from yuzhi.base.actor import CLOCK
from yuzhi.capabilities.matters._encoding import commit_to, decode, encode
from yuzhi.engine import facts as f
from yuzhi.engine.asks import Evidence, Place, TextRef
from yuzhi.store.journal import StoredEntry, leaf_hash

MATTER = UUID(int=1)
AT = datetime(2026, 3, 2, 1, 2, 3, 456000, tzinfo=UTC)
ALARM = f.Alarm(index=0, at=AT)
TEXTS = {"b": TextRef(id=UUID(int=2), digest="0" * 64), "a": TextRef(id=UUID(int=3), digest="1" * 64)}
FACTS: tuple[f.Fact, ...] = (
    f.Opened(
        number="1", pack="p", version="1", procedure="p", state="s", kind="k", channel="c", urgency="u",
        category="a/b", territory=CITY, place=Place(lon_e6=-1, lat_e6=2), requester=str(UUID(int=4)),
        texts=TEXTS,
        fields={"z": 1, "a": "路\n", "m": True}, evidence=(Evidence(kind="photo", file="a" * 64),),
    ),
    f.RouteFound(rule="r", passed=("a", "b")),
    f.StepTaken(step="s", left="a", entered="b", dwell=5, reason="r", texts=TEXTS, fields={"x": False}),
    f.Ended(),
    f.Assigned(no=1, unit="u", role="lead", by_unit="d"),
    f.AssignmentMoved(no=1, to="kept"),
    f.ClockStarted(clock="c", limit="5 workdays", due_at=AT, amber_at=AT, alarms=(ALARM,), no=2),
    f.ClockPaused(clock="c", reason="r"),
    f.ClockResumed(clock="c", due_at=AT, amber_at=AT),
    f.ClockExtended(clock="c", amount="1 day", limit="2 days", due_at=AT, amber_at=AT),
    f.ClockReset(clock="c", limit="2 days", due_at=AT, amber_at=AT),
    f.ClockStopped(clock="c"),
    f.ClockAmber(clock="c"),
    f.ClockBreached(clock="c"),
    f.AutomaticDone(clock="c", index=1, skipped="step.wrong_state"),
    f.Classified(kind="k"),
    f.Placed(territory=CITY, place=Place(lon_e6=1, lat_e6=2)),
    f.Linked(kind="child_of", target=UUID(int=5)),
    f.Urged(),
    f.Supervised(),
    f.Escalated(unit="u"),
    f.Resolved(outcome="solved", reopen_until=AT),
    f.VerdictGiven(satisfaction="basically", solved=True),
    f.Reopened(),
    f.LetterDue(letter="l", to="lead", unit="u"),
)  # fmt: skip


def entry_of(*facts: f.Fact, at: datetime = AT) -> StoredEntry:
    return encode(MATTER, 1, at, "step", post("handler"), facts)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_fact_comes_back_as_it_was_and_again_to_the_same_bytes(fact: f.Fact) -> None:
    stored = entry_of(fact)
    entry = decode(stored)
    assert entry.facts == (fact,)
    assert entry_of(*entry.facts) == stored


def test_the_bytes_are_canonical() -> None:
    """RFC 8785, as far as what entries hold can tell: keys in order, whole numbers, no space, plain UTF-8."""
    stored = entry_of(*FACTS)
    said = json.loads(stored.body, parse_float=lambda text: pytest.fail(f"a number with a point: {text}"))
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert stored.body == plain.encode()


def test_an_entry_says_what_the_store_keeps_beside_it() -> None:
    entry = decode(entry_of(f.Urged()))
    assert (entry.v, entry.matter, entry.seq, entry.at, entry.step) == (1, MATTER, 1, AT, "step")
    assert (entry.by.hand, entry.by.id, entry.by.unit) == ("post", "p1", "water")


def test_an_instant_is_the_same_in_every_zone() -> None:
    east = entry_of(f.Urged(), at=AT.astimezone(timezone(timedelta(hours=8))))
    assert east == entry_of(f.Urged())
    assert b'"at":"2026-03-02T01:02:03.456000Z"' in east.body


def test_what_is_not_told_takes_no_room() -> None:
    body = encode(MATTER, 1, AT, "clock", CLOCK, [f.Urged()]).body
    assert body == (
        b'{"at":"2026-03-02T01:02:03.456000Z","by":{"hand":"clock","id":"clock"},"facts":[{"fact":"urged"}],'
        b'"matter":"00000000-0000-0000-0000-000000000001","seq":1,"step":"clock","v":1}'
    )


def test_the_leaf_is_that_of_rfc_6962() -> None:
    stored = entry_of(f.Urged())
    assert stored.leaf == sha256(b"\x00" + stored.body).digest() == leaf_hash(stored.body)


def test_words_nobody_knows_are_not_read() -> None:
    body = entry_of(f.Urged()).body.replace(b'"urged"', b'"sang"')
    with pytest.raises(msgspec.ValidationError):
        decode(msgspec.structs.replace(entry_of(f.Urged()), body=body))


def test_a_commitment_hides_its_words_behind_a_salt() -> None:
    one = commit_to("漏水", id=MATTER, salt=b"1" * 16)
    assert one.digest == sha256(b"1" * 16 + "漏水".encode()).hexdigest()
    assert one.digest != commit_to("漏水", id=MATTER, salt=b"2" * 16).digest
