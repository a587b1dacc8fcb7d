import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fakes.logbook import ORIGIN, a_log, matter_of, number_of, published, write
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import (
    Fault,
    Log,
    check_leaf,
    check_receipt,
    leaf_proof,
    receipt_of,
    rotate,
    to_json,
)
from yuzhi.capabilities.receipts._log import key_file
from yuzhi.capabilities.receipts._notes import SIGNATURE, SigningKey, note_of, sign, split_note
from yuzhi.store.journal import leaf_hash

N = 5
STRANGER = SigningKey(name=ORIGIN, kind=SIGNATURE, seed=bytes(32))


@pytest.fixture
async def log(pool: asyncpg.Pool, tmp_path: Path) -> Log:
    """A log of 320 entries; matter 5 has three of them."""
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(300)])
    await write(pool, [(n, 2) for n in range(19)])
    await write(pool, [(N, 3)])
    await published(log)
    return log


async def test_a_receipt_holds(log: Log) -> None:
    receipt = to_json(await receipt_of(log, matter_of(N), number_of(N)))
    checked = check_receipt(receipt, log.verifiers())
    assert checked.faults == ()
    assert (checked.number, checked.origin, checked.size, checked.waiting) == (number_of(N), ORIGIN, 320, 0)
    assert [(one.seq, one.step, one.index) for one in checked.entries] == [
        (1, "open", 5),
        (2, "sign", 305),
        (3, "sign", 319),
    ]


async def test_what_the_log_has_not_yet_is_said_to_wait(log: Log) -> None:
    await write(log.pool, [(N, 4)])
    receipt = await receipt_of(log, matter_of(N), number_of(N))
    assert [one.seq for one in receipt.entries] == [1, 2, 3]
    assert [one.seq for one in receipt.waiting] == [4]
    assert check_receipt(to_json(receipt), log.verifiers()).faults == ()


async def test_before_the_first_checkpoint_there_is_no_receipt(pool: asyncpg.Pool, tmp_path: Path) -> None:
    await write(pool, [(1, 1)])
    with pytest.raises(Refusal) as refused:
        await receipt_of(a_log(pool, tmp_path), matter_of(1), number_of(1))
    assert refused.value.code == "receipt.not_yet"


Change = Callable[[dict[str, Any]], object]


def reworded(data: dict[str, Any]) -> None:
    data["entries"][1]["body"] = data["entries"][1]["body"].replace("sign", "file")


def reworded_and_rehashed(data: dict[str, Any]) -> None:
    reworded(data)
    data["entries"][1]["leaf"] = leaf_hash(data["entries"][1]["body"].encode()).hex()


def of_another_matter(data: dict[str, Any]) -> None:
    data["matter"] = str(matter_of(6))


def proof_of_another_place(data: dict[str, Any]) -> None:
    data["entries"][0]["proof"], data["entries"][1]["proof"] = (
        data["entries"][1]["proof"],
        data["entries"][0]["proof"],
    )


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (reworded, [(2, "receipt.leaf_differs"), (2, "receipt.not_included")]),
        (reworded_and_rehashed, [(2, "receipt.not_included")]),
        (of_another_matter, [(seq, "receipt.of_other_matter") for seq in (1, 2, 3)]),
        (proof_of_another_place, [(1, "receipt.not_included"), (2, "receipt.not_included")]),
        (lambda data: data.update(number=number_of(6)), [(1, "receipt.of_other_number")]),
        (lambda data: data.update(origin="other.example"), [(0, "receipt.other_origin")]),
        (lambda data: data["entries"].pop(1), [(0, "receipt.entry_left_out")]),
        (lambda data: data.update(entries=[]), [(0, "receipt.nothing_proven")]),
        (lambda data: data["entries"][0].update(index=6), [(1, "receipt.not_included")]),
        (lambda data: data["entries"][0].update(index=10**18), [(1, "receipt.not_included")]),
        (lambda data: data["entries"][0]["proof"].append("AAAA"), [(1, "receipt.not_included")]),
        (lambda data: data["entries"][0]["proof"].append("!"), [(1, "receipt.not_included")]),
        (lambda data: data["entries"][0]["proof"].pop(), [(1, "receipt.not_included")]),
    ],
)
async def test_what_was_altered_is_told(log: Log, change: Change, faults: list[tuple[int, str]]) -> None:
    data = json.loads(to_json(await receipt_of(log, matter_of(N), number_of(N))))
    change(data)
    found = check_receipt(json.dumps(data).encode(), log.verifiers()).faults
    assert found == tuple(Fault(seq, code) for seq, code in faults)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"format":',
        b"[" * 100_000,
        b'{"format": "yuzhi-receipt/2"}',
        b"\x00",
    ],
)
async def test_what_is_no_receipt_is_refused(log: Log, content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        check_receipt(content, log.verifiers())
    assert refused.value.code == "receipt.unreadable"


async def test_a_receipt_by_another_key_is_refused(log: Log) -> None:
    receipt = await receipt_of(log, matter_of(N), number_of(N))
    data = json.loads(to_json(receipt))
    text, _ = split_note(receipt.checkpoint)
    data["checkpoint"] = note_of(text, [sign(text, STRANGER)])
    data["keys"] = [str(STRANGER.verifier)]  # what a receipt says of keys is not believed
    with pytest.raises(Refusal) as refused:
        check_receipt(json.dumps(data).encode(), log.verifiers())
    assert refused.value.code == "receipt.unknown_key"


async def test_old_receipts_hold_after_the_key_was_changed(log: Log, tmp_path: Path) -> None:
    before = to_json(await receipt_of(log, matter_of(N), number_of(N)))
    old = log.signer()
    new = rotate(key_file(tmp_path), log.folder, old, bytes([9] * 32))
    assert [one.public for one in log.verifiers()] == [old.verifier.public, new.verifier.public]
    assert old.to_text() not in key_file(tmp_path).read_text()
    await write(log.pool, [(N, 4)])
    await published(log)
    after = to_json(await receipt_of(log, matter_of(N), number_of(N)))
    assert check_receipt(before, log.verifiers()).faults == ()
    assert check_receipt(after, log.verifiers()).faults == ()
    assert check_receipt(after, [new.verifier]).faults == ()
    with pytest.raises(Refusal):
        check_receipt(after, [old.verifier])


async def test_a_slip_is_proven_only_to_who_has_it(log: Log) -> None:
    await log.pool.execute("alter table matter drop column pack, drop column version, drop column procedure")
    await log.pool.execute(
        "insert into matter (id, number, state, since, kind, channel, urgency, category, territory,"
        " opened_at, updated_at, seq, lead_unit, route, outcome, reopened, urged, supervised, escalated,"
        " is_breached)"
        " values ($1, $2, '', now(), '', '', '', '', '', now(), now(), 3, '', '', '', 0, 0, 0, 0, false)",
        matter_of(N),
        number_of(N),
    )
    receipt = await receipt_of(log, matter_of(N), number_of(N))
    leaf = receipt.entries[0].leaf
    proof = await leaf_proof(log, number_of(N), leaf)
    assert proof.index == 5
    assert check_leaf(proof.text, leaf, log.verifiers()) == 320
    for number, other in ((number_of(N), receipt.entries[1].leaf), (number_of(6), leaf)):
        with pytest.raises(Refusal) as refused:
            await leaf_proof(log, number, other)
        assert (refused.value.code, refused.value.facts) == ("receipt.unknown_leaf", {})
    with pytest.raises(Refusal) as refused:
        check_leaf(proof.text, receipt.entries[1].leaf, log.verifiers())
    assert refused.value.code == "receipt.not_included"
