from pathlib import Path

import asyncpg
import pytest

from fakes.logbook import BEGUN, Ticking, a_log, matter_of, number_of, published, write
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import (
    COSIGNATURE,
    Log,
    LogFolder,
    add_cosignatures,
    check_receipt,
    consistency,
    cosign,
    open_checkpoint,
    receipt_of,
    signing_key,
    to_json,
)
from yuzhi.capabilities.receipts._checkpoint import Checkpoint
from yuzhi.capabilities.receipts._notes import SigningKey, note_of, sign
from yuzhi.capabilities.receipts._tiles import Growth
from yuzhi.store.journal import leaf_hash

WITNESS = SigningKey(name="witness.example/w1", kind=COSIGNATURE, seed=bytes([7] * 32))


@pytest.fixture
async def log(pool: asyncpg.Pool, tmp_path: Path) -> Log:
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(300)])
    await published(log)
    return log


def forked(log: Log, folder: Path, size: int) -> LogFolder:
    """Return a folder in which the log's own key vouches for another history of a size."""
    other = LogFolder(folder)
    growth = Growth()
    other.write_tiles(growth.add([leaf_hash(f"forged {n}".encode()) for n in range(size)]))
    other.write_tiles(growth.partial())
    text = Checkpoint(origin=log.origin, size=size, root=growth.root()).text
    other.publish(note_of(text, [sign(text, log.signer())]))
    return other


async def test_a_witness_signs_what_continues_what_it_saw(log: Log, tmp_path: Path) -> None:
    memory = tmp_path / "witness" / "seen"
    first = cosign(log.folder, log.verifiers(), WITNESS, memory, Ticking())
    again = cosign(log.folder, log.verifiers(), WITNESS, memory, Ticking())
    await write(log.pool, [(n, 2) for n in range(300)])
    await published(log)
    later = cosign(log.folder, log.verifiers(), WITNESS, memory, Ticking())
    assert [(one.before, one.size) for one in (first, again, later)] == [(None, 300), (300, 300), (300, 600)]
    note = (log.folder.checkpoint() or "") + later.line
    signed = open_checkpoint(note, (*log.verifiers(), WITNESS.verifier))
    assert [(one.key, one.at) for one in signed.by_witnesses] == [
        (WITNESS.verifier, int(BEGUN.timestamp()) + 2)
    ]


@pytest.mark.parametrize("size", [300, 301, 600])
async def test_a_witness_refuses_a_fork(log: Log, tmp_path: Path, size: int) -> None:
    memory = tmp_path / "witness" / "seen"
    cosign(log.folder, log.verifiers(), WITNESS, memory, Ticking())
    before = memory.read_text()
    with pytest.raises(Refusal) as refused:
        cosign(forked(log, tmp_path / "other", size), log.verifiers(), WITNESS, memory, Ticking())
    assert refused.value.code == "receipt.forked"
    assert refused.value.facts == {"seen": 300, "shown": size}
    assert memory.read_text() == before


async def test_a_witness_refuses_to_go_back(log: Log, tmp_path: Path) -> None:
    memory = tmp_path / "witness" / "seen"
    cosign(log.folder, log.verifiers(), WITNESS, memory, Ticking())
    with pytest.raises(Refusal) as refused:
        cosign(forked(log, tmp_path / "other", 299), log.verifiers(), WITNESS, memory, Ticking())
    assert refused.value.code == "receipt.went_back"


async def test_a_witness_does_not_sign_for_a_key_it_does_not_know(log: Log, tmp_path: Path) -> None:
    stranger = SigningKey(name=log.origin, kind=1, seed=bytes(32))
    with pytest.raises(Refusal) as refused:
        cosign(log.folder, [stranger.verifier], WITNESS, tmp_path / "w" / "seen", Ticking())
    assert refused.value.code == "receipt.unknown_key"
    assert not (tmp_path / "w" / "seen").exists()


async def test_cosignatures_appear_on_the_checkpoint_and_in_receipts(log: Log, tmp_path: Path) -> None:
    said = cosign(log.folder, log.verifiers(), WITNESS, tmp_path / "w" / "seen", Ticking())
    assert await add_cosignatures(log, said.line, [WITNESS.verifier], 300) == 1
    keys = (*log.verifiers(), WITNESS.verifier)
    assert len(open_checkpoint(log.folder.checkpoint() or "", keys).by_witnesses) == 1

    await write(log.pool, [(7, 2)])
    await published(log)  # a newer checkpoint nobody has cosigned
    cosigned = to_json(await receipt_of(log, matter_of(6), number_of(6)))
    newer = to_json(await receipt_of(log, matter_of(7), number_of(7)))
    checked = check_receipt(cosigned, keys, witnesses=1)
    assert (checked.size, checked.faults) == (300, ())
    assert [one.name for one in checked.witnesses] == ["witness.example/w1"]
    assert check_receipt(newer, keys).faults == ()
    assert [one.code for one in check_receipt(newer, keys, witnesses=1).faults] == [
        "receipt.too_few_witnesses"
    ]
    # To who does not know the witness its signature says nothing.
    assert check_receipt(cosigned, log.verifiers(), witnesses=0).witnesses == ()


async def test_wrong_cosignatures_are_not_kept(log: Log, tmp_path: Path) -> None:
    said = cosign(log.folder, log.verifiers(), WITNESS, tmp_path / "w" / "seen", Ticking())
    other = SigningKey(name="witness.example/w2", kind=COSIGNATURE, seed=bytes(32))
    for lines, keys, size, code in (
        (said.line, [other.verifier], 300, "receipt.unknown_key"),
        (sign("text\n", WITNESS, at=5), [WITNESS.verifier], 300, "receipt.bad_signature"),
        ("nonsense", [WITNESS.verifier], 300, "receipt.bad_note"),
        (said.line, [WITNESS.verifier], 299, "receipt.no_such_checkpoint"),
    ):
        with pytest.raises(Refusal) as refused:
            await add_cosignatures(log, lines, keys, size)
        assert refused.value.code == code
    assert await log.pool.fetchval("select count(*) from log_cosignature") == 0


async def test_consistency_between_any_two_sizes(log: Log) -> None:
    await write(log.pool, [(n, 2) for n in range(300)])
    await published(log)
    found = await consistency(log, 17, 511)
    assert (found.before, found.after, len(found.proof) > 3) == (17, 511, True)
    for before, after in ((-1, 5), (5, 4), (5, 601)):
        with pytest.raises(Refusal) as refused:
            await consistency(log, before, after)
        assert refused.value.code == "receipt.no_such_size"


def test_a_witness_keeps_its_key_to_itself(tmp_path: Path) -> None:
    file = tmp_path / "w" / "witness.key"
    key = signing_key(file, "witness.example/w1", bytes([1] * 32), kind=COSIGNATURE)
    assert file.stat().st_mode & 0o777 == 0o600
    assert signing_key(file, "witness.example/w1", bytes([2] * 32), kind=COSIGNATURE) == key
    file.chmod(0o640)
    with pytest.raises(Refusal) as refused:
        signing_key(file, "witness.example/w1", bytes(32), kind=COSIGNATURE)
    assert refused.value.code == "receipt.key_exposed"
    file.chmod(0o600)
    with pytest.raises(Refusal) as refused:
        signing_key(file, "witness.example/w2", bytes(32), kind=COSIGNATURE)
    assert refused.value.code == "receipt.key_of_other"
