"""Two versions of a pack are told apart in plain words, whatever part of it changed."""

from msgspec.structs import replace

from yuzhi.capabilities.packs import difference, load_shelf
from yuzhi.settings import shipped_packs

SHELF = load_shelf(shipped_packs())
PACK = SHELF.pack("citizen-request")


def test_the_same_is_told_in_no_words() -> None:
    assert difference(PACK, PACK, "zh") == ""


def test_forms_letters_and_words_are_told_by_name() -> None:
    forms = {**PACK.forms, "new": {}}
    letters = {name: text for name, text in PACK.letters.items() if name != next(iter(PACK.letters))}
    words = {**PACK.words, "zh": {**PACK.words["zh"], "state.received": "刚收到"}}
    told = difference(PACK, replace(PACK, forms=forms, letters=letters, words=words), "en").splitlines()
    assert told[told.index("# forms") + 1] == "+new"
    assert told[told.index("# letters") + 1] == f"-{next(iter(PACK.letters))}"
    assert "~zh state.received: 刚收到" in told


def test_a_new_pack_is_told_whole() -> None:
    told = difference(None, PACK, "zh")
    assert f"# {PACK.procedures[0].name}" in told
    assert not [line for line in told.splitlines() if line.startswith(("-", "~"))]
    assert "# 用语" not in told
