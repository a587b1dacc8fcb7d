import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts._checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from yuzhi.capabilities.receipts._notes import (
    COSIGNATURE,
    SIGNATURE,
    SigningKey,
    note_of,
    open_note,
    parse_keys,
    parse_signer,
    parse_verifier,
    sign,
    split_note,
)

# The example of golang.org/x/mod/sumdb/note, from which the form of notes and keys comes.
EXAMPLE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
EXAMPLE_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
EXAMPLE_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
EXAMPLE_LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

LOG = SigningKey(name="city.example/log", kind=SIGNATURE, seed=bytes(range(32)))
OTHER = SigningKey(name="city.example/log", kind=SIGNATURE, seed=bytes(32))
WITNESS = SigningKey(name="witness.example/w1", kind=COSIGNATURE, seed=bytes([7] * 32))
CHECKPOINT = Checkpoint(origin="city.example/log", size=20852163, root=bytes(range(32)))


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


def test_the_published_example_opens() -> None:
    key = parse_verifier(EXAMPLE_KEY)
    assert str(key) == EXAMPLE_KEY
    opened = open_note(note_of(EXAMPLE_TEXT, [EXAMPLE_LINE]), [key])
    assert opened.text == EXAMPLE_TEXT
    assert [one.key for one in opened.signatures] == [key]


def test_the_published_example_is_signed_alike() -> None:
    key = parse_signer(EXAMPLE_SECRET)
    assert key.to_text() == EXAMPLE_SECRET
    assert str(key.verifier) == EXAMPLE_KEY
    assert sign(EXAMPLE_TEXT, key) == EXAMPLE_LINE


def test_a_checkpoint_reads_as_the_specification_has_it() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    found = parse_checkpoint(text)
    assert (found.origin, found.size, found.root[:2]) == ("example.com/behind-the-sofa", 20852163, b"\n\xc5")
    assert found.text == text
    assert parse_checkpoint(text + "extension\n") == found


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "a\n1\n", "a\n1\nAA==\n", f"a\n01\n{'A' * 43}=\n", f"a\n-1\n{'A' * 43}=\n",
        f"a\n\n{'A' * 43}=\n",
        f"\n1\n{'A' * 43}=\n", f"a\n1\n{'A' * 43}=", f"a\n1\n{'A' * 43}=\n\n", f"a\n1\n{'A' * 42}B=\n",
        f"a\n١\n{'A' * 43}=\n", f"a\n1\n!{'A' * 42}=\n", f"a\n{'9' * 30}\n{'A' * 43}=\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_checkpoint(text)
    assert code_of(refused) == "receipt.bad_checkpoint"


def test_a_witness_signs_text_and_time() -> None:
    line = sign(CHECKPOINT.text, WITNESS, at=1679315147)
    note = note_of(CHECKPOINT.text, [sign(CHECKPOINT.text, LOG), line])
    signed = open_checkpoint(note, [LOG.verifier, WITNESS.verifier])
    assert signed.checkpoint == CHECKPOINT
    assert [(one.key.name, one.at) for one in signed.by_witnesses] == [("witness.example/w1", 1679315147)]
    later = sign(CHECKPOINT.text, WITNESS, at=1679315148)
    assert later != line


def test_a_witness_alone_vouches_for_no_log() -> None:
    note = note_of(CHECKPOINT.text, [sign(CHECKPOINT.text, WITNESS, at=1)])
    with pytest.raises(Refusal) as refused:
        open_checkpoint(note, [LOG.verifier, WITNESS.verifier])
    assert code_of(refused) == "receipt.unknown_key"


def test_a_key_of_another_name_vouches_for_no_log() -> None:
    stranger = SigningKey(name="other.example/log", kind=SIGNATURE, seed=LOG.seed)
    note = note_of(CHECKPOINT.text, [sign(CHECKPOINT.text, stranger)])
    with pytest.raises(Refusal) as refused:
        open_checkpoint(note, [stranger.verifier])
    assert code_of(refused) == "receipt.unknown_key"


def test_signatures_of_unknown_keys_count_for_nothing() -> None:
    note = note_of(CHECKPOINT.text, [sign(CHECKPOINT.text, OTHER), sign(CHECKPOINT.text, LOG)])
    assert [one.key for one in open_note(note, [LOG.verifier]).signatures] == [LOG.verifier]
    with pytest.raises(Refusal) as refused:
        open_note(note_of(CHECKPOINT.text, [sign(CHECKPOINT.text, OTHER)]), [LOG.verifier])
    assert code_of(refused) == "receipt.unknown_key"


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    good = sign(CHECKPOINT.text, LOG)
    wrong = sign(CHECKPOINT.text + "more\n", WITNESS, at=5)
    with pytest.raises(Refusal) as refused:
        open_note(note_of(CHECKPOINT.text, [good, wrong]), [LOG.verifier, WITNESS.verifier])
    assert code_of(refused) == "receipt.bad_signature"


@given(st.integers(0, 300), st.integers(0, 7))
def test_no_bit_of_a_checkpoint_can_be_changed(at: int, bit: int) -> None:
    note = note_of(CHECKPOINT.text, [sign(CHECKPOINT.text, LOG)]).encode()
    at %= len(note)
    changed = note[:at] + bytes([note[at] ^ (1 << bit)]) + note[at + 1 :]
    try:
        opened = open_checkpoint(changed.decode(), [LOG.verifier])
    except (Refusal, UnicodeDecodeError):
        return
    assert opened.checkpoint == CHECKPOINT


@pytest.mark.parametrize(
    "note",
    [
        "", "text\n", "text\n\n", "text\n\n\u2014 name", "text\n\nname AAAAAAAA\n", "text\n\n\u2014 name !\n",
        "text\n\n\u2014 name AAAA\n", "te\txt\n\n\u2014 name AAAAAAAA\n", "text\r\n\n\u2014 name AAAAAAAA\n",
        "text\n\n" + "\u2014 name AAAAAAAA\n" * 101, "x" * 70_000 + "\n\n\u2014 name AAAAAAAA\n",
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(Refusal) as refused:
        open_note(note, [LOG.verifier])
    assert code_of(refused) == "receipt.bad_note"


def test_a_note_of_sixteen_signatures_is_read() -> None:
    keys = [SigningKey(name=f"w{n}", kind=COSIGNATURE, seed=bytes([n] * 32)) for n in range(16)]
    note = note_of(CHECKPOINT.text, [sign(CHECKPOINT.text, key, at=n) for n, key in enumerate(keys)])
    assert len(open_note(note, [key.verifier for key in keys]).signatures) == 16


def test_the_last_empty_line_parts_text_and_signatures() -> None:
    assert split_note("one\n\ntwo\n\n\u2014 a AAAAAAAA\n")[0] == "one\n\ntwo\n"


@pytest.mark.parametrize(
    "text",
    [
        "", "a+b", "a+c74f20a3+AA==", EXAMPLE_KEY.replace("c74f", "c74e"),
        EXAMPLE_KEY.replace("Peter", "Pater"),
        EXAMPLE_KEY[:-4], "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", EXAMPLE_SECRET,
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_verifier(text)
    assert code_of(refused) in {"receipt.bad_key", "receipt.bad_name"}


def test_a_private_key_is_never_shown() -> None:
    assert "seed" not in repr(LOG)
    with pytest.raises(Refusal) as refused:
        parse_signer(LOG.to_text()[:-6])
    assert LOG.to_text()[-20:-6] not in str(refused.value)


def test_key_files_may_hold_remarks() -> None:
    text = f"# our log\n{LOG.verifier}\n\n  {WITNESS.verifier}  \n"
    assert parse_keys(text) == (LOG.verifier, WITNESS.verifier)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\u00a0b", "a\u200bb"])
def test_names_that_would_confuse_are_refused(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_verifier(f"{name}+00000000+AAAA") if "+" not in name else parse_keys(f"{name}+x+y")
    assert code_of(refused) in {"receipt.bad_name", "receipt.bad_key"}
