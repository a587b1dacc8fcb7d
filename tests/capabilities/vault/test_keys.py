import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.vault import Keys, add_master, drop_masters, load_keyring, parse_keyring


class Counting:
    """Chance that is none: each draw has bytes of its own."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return bytes([self.drawn]) * size


def test_the_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "vault.keys"
    made = load_keyring(file, Counting())
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert load_keyring(file, os.urandom) == made
    assert [one.name for one in file.parent.iterdir()] == ["vault.keys"]


def test_a_file_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "vault.keys"
    load_keyring(file, Counting())
    file.chmod(0o644)
    with pytest.raises(Refusal) as refused:
        load_keyring(file, Counting())
    assert refused.value.code == "vault.keys_exposed"


def test_keys_come_from_text_or_a_command_too(tmp_path: Path) -> None:
    made = load_keyring(tmp_path / "one", Counting())
    nowhere = tmp_path / "nowhere"
    assert load_keyring(nowhere, Counting(), text=made.to_text()) == made
    command = shlex.join([sys.executable, "-c", f"print({made.to_text()!r})"])
    assert load_keyring(nowhere, Counting(), command=command) == made
    assert not nowhere.exists()
    for broken in ("false", "/no/such/program", "'unclosed"):
        with pytest.raises(Refusal) as refused:
            load_keyring(nowhere, Counting(), command=broken)
        assert refused.value.code == "vault.key_command_failed"


def test_a_new_master_is_in_use_and_the_old_one_stays(tmp_path: Path) -> None:
    file = tmp_path / "vault.keys"
    before = load_keyring(file, Counting())
    after = add_master(file, before, lambda size: bytes([9]) * size)
    assert after.current.id != before.current.id
    assert set(after.masters) == {before.current.id, after.current.id}
    assert (after.phone, after.id_number) == (before.phone, before.id_number)
    assert load_keyring(file, os.urandom) == after
    assert set(drop_masters(file, after).masters) == {after.current.id}
    assert load_keyring(file, os.urandom).current == after.current
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_running_process_looks_again_for_a_key_it_does_not_know(tmp_path: Path) -> None:
    file = tmp_path / "vault.keys"
    keys = Keys(lambda: load_keyring(file, os.urandom))
    after = add_master(file, keys.ring, os.urandom)
    assert keys.master(after.current.id).secret == after.current.secret
    with pytest.raises(Refusal) as refused:
        keys.master("nobodys")
    assert refused.value.code == "vault.key_missing"


def text_of_keys(tmp_path: Path) -> str:
    return load_keyring(tmp_path / "vault.keys", Counting()).to_text()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace("index", "indices"),
        lambda text: text[: text.index("master")],
        lambda text: text.replace("master ", "master 0"),
        lambda text: text.rstrip()[:-4],
        lambda text: text + "more\n",
        lambda text: text + text,
    ],
)
def test_keys_that_are_damaged_are_refused_untold(change: Callable[[str], str], tmp_path: Path) -> None:
    text = text_of_keys(tmp_path)
    with pytest.raises(Refusal) as refused:
        parse_keyring(change(text))
    assert refused.value.code == "vault.bad_keys"
    assert set(refused.value.facts) == {"line"}


def test_keys_are_not_shown(tmp_path: Path) -> None:
    ring = load_keyring(tmp_path / "vault.keys", os.urandom)
    assert repr(ring.current.secret) not in repr(ring)
    assert repr(ring.index) not in repr(ring)
    assert str(ring.current.secret) not in str(ring)
