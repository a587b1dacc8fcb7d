from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fakes.packs import SHIPPED, noise
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.packs import Shelf, load_shelf


def put(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Write the documented pack with some changes into a folder and return it."""
    for path, text in noise(*changes).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def later(version: str, day: str) -> tuple[tuple[str, str, str], ...]:
    return (
        ("pack.toml", 'version = "1"', f'version = "{version}"'),
        ("pack.toml", "2026-01-01", day),
    )


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    put(tmp_path / "noise")
    put(tmp_path / "noise-2", *later("2", "2026-07-01"))
    return load_shelf([tmp_path, SHIPPED], today=lambda: date(2026, 6, 30))


def test_shipped_and_further_packs_stand_on_one_shelf(shelf: Shelf) -> None:
    found = [(pack.name, pack.version) for pack in shelf.packs]
    shipped = ["citizen-request", "grid-event", "grid-visit", "people-mediation", "petition"]
    assert set(found) >= {*((name, "2026.1") for name in shipped), ("noise", "1"), ("noise", "2")}
    assert found == sorted(found)
    assert {procedure.name for procedure in shelf.procedures} >= {"noise", "grid-event", "illegal-building"}


def test_the_version_in_force_changes_on_its_day(shelf: Shelf, tmp_path: Path) -> None:
    assert shelf.pack("noise").version == "1"
    assert shelf.procedure("noise").version == "1"
    on_the_day = load_shelf([tmp_path], today=lambda: date(2026, 7, 1))
    assert on_the_day.procedure("noise").version == "2"
    long_before = load_shelf([tmp_path], today=lambda: date(2020, 1, 1))
    assert long_before.pack("noise").version == "1"


def test_an_old_version_is_found_by_its_name(shelf: Shelf) -> None:
    assert shelf.procedure("noise", "2").version == "2"
    assert shelf.pack("noise", "1").in_force_from == "2026-01-01"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda shelf: shelf.pack("nose"), "pack.unknown"),
        (lambda shelf: shelf.pack("noise", "3"), "pack.version_unknown"),
        (lambda shelf: shelf.procedure("nose"), "procedure.unknown"),
        (lambda shelf: shelf.procedure("noise", "3"), "pack.version_unknown"),
        (lambda shelf: shelf.form_faults(shelf.pack("noise"), "nose", {}), "form.unknown"),
    ],
)
def test_what_is_not_on_the_shelf_is_refused(shelf: Shelf, ask: Any, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(shelf)
    assert refused.value.code == code


def test_words_fall_back_to_another_language_and_then_to_the_name(shelf: Shelf) -> None:
    pack = shelf.pack("noise")
    assert shelf.word(pack, "state.received", "zh") == "已受理"
    assert shelf.word(pack, "state.received", "en") == "Received"
    assert shelf.word(pack, "state.received", "fr") == "已受理"
    assert shelf.word(pack, "state.unheard-of", "zh") == "unheard-of"


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({}, ()),
        ({"since": "2026-03-01"}, ()),
        ({"since": "13800000000"}, ('/since: … is not a "date"',)),
        ({"since": 3}, ('/since: … is not of type "string"',)),
        ({"age": 3}, ("/: Additional properties are not allowed ('age' was unexpected)",)),
        ({"since": object()}, ("/: not JSON data",)),
    ],
)
def test_a_form_tells_what_is_wrong_without_repeating_what_was_said(
    shelf: Shelf, data: dict[str, object], faults: tuple[str, ...]
) -> None:
    assert shelf.form_faults(shelf.pack("noise"), "noise", data) == faults


def test_a_form_tells_only_so_many_faults(shelf: Shelf) -> None:
    data: dict[str, object] = {f"x{number}": 1 for number in range(5_000)}
    faults = shelf.form_faults(shelf.pack("noise"), "noise", data)
    assert 0 < len(faults) <= 20
    assert sum(map(len, faults)) < 5_000


def test_an_unsound_pack_stops_the_shelf_with_its_folder_and_line(tmp_path: Path) -> None:
    folder = put(tmp_path / "noise", ("procedures/noise.yaml", "does: assign}", "does: asign}"))
    with pytest.raises(Refusal) as refused:
        load_shelf([tmp_path])
    found = refused.value.facts["problems"]
    assert isinstance(found, tuple)
    assert (found[0].file, found[0].nearest) == (str(folder / "procedures/noise.yaml"), "assign")
    causes = refused.value.facts["errors"]
    assert isinstance(causes, tuple)
    assert causes[0].code == "pack.problem"


def test_a_readable_pack_that_makes_no_sense_stops_the_shelf(tmp_path: Path) -> None:
    put(tmp_path / "noise", ("procedures/noise.yaml", "states: [received,", "states: [received, lost,"))
    with pytest.raises(Refusal) as refused:
        load_shelf([tmp_path])
    assert "state.unreachable" in str(refused.value.facts["problems"])


def test_two_packs_of_one_name_and_version_must_be_the_same(tmp_path: Path) -> None:
    put(tmp_path / "a")
    put(tmp_path / "b")
    assert len(load_shelf([tmp_path]).packs) == 1
    put(tmp_path / "b", ("letters/received.en.md", "We will answer", "We answer"))
    with pytest.raises(Refusal) as refused:
        load_shelf([tmp_path])
    assert refused.value.code == "pack.version_twice"


def test_one_procedure_cannot_live_in_two_packs(tmp_path: Path) -> None:
    put(tmp_path / "a")
    put(tmp_path / "b", ("pack.toml", '"noise"', '"din"'), *_renamed())
    with pytest.raises(Refusal) as refused:
        load_shelf([tmp_path])
    assert refused.value.code == "procedure.twice"


def _renamed() -> tuple[tuple[str, str, str], ...]:
    return tuple((f"words/{lang}.yaml", "packs: {noise:", "packs: {din:") for lang in ("zh", "en"))


def test_the_digest_tells_two_contents_apart(tmp_path: Path) -> None:
    first = load_shelf([put(tmp_path / "a")]).pack("noise").digest
    second = (
        load_shelf([put(tmp_path / "b", ("letters/received.en.md", "will", "shall"))]).pack("noise").digest
    )
    assert len(first) == 64
    assert first != second
