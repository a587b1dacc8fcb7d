import re
import tomllib

from fakes.packs import DOCS
from yuzhi.engine import vocabulary as v
from yuzhi.engine.example_reading import ASSIGN_KEYS, COUNTS, EXAMPLE_KEYS, GIVEN_KEYS, THEN_KEYS, WHEN_KEYS
from yuzhi.engine.limits import Unit
from yuzhi.engine.parse_clocks import KEYS as CLOCK_KEYS
from yuzhi.engine.parse_clocks import WHEN_KEYS as CONDITION_KEYS
from yuzhi.engine.parse_head import BASIS_KEYS
from yuzhi.engine.parse_head import KEYS as HEAD_KEYS
from yuzhi.engine.parse_procedure import KEYS, OPENING_KEYS, STEP_KEYS
from yuzhi.engine.parse_sensors import KEYS as SENSOR_KEYS
from yuzhi.engine.parse_sensors import MARK_KEYS, OPEN_KEYS


def in_ticks() -> set[str]:
    """Return every word that stands in backticks in the reference, alone or among others."""
    spans = re.findall(r"`([^`]+)`", DOCS.read_text(encoding="utf-8").replace("```", ""))
    return {word for span in spans for word in re.findall(r"[a-z][a-z0-9_-]*", span)}


def test_every_word_of_the_grammar_is_documented() -> None:
    lists = (
        v.EFFECTS, v.GUARDS, v.SCOPES, v.EVENTS, v.AUDIENCES, v.LINKS, v.MOMENTS, v.ROLES, v.LEVELS, v.PLACES,
        v.STATUSES, v.EACH, v.ASSIGNMENT_STATES, v.PUBLIC_FIELDS, v.PLACEHOLDERS, tuple(v.WORD_SECTIONS),
        (v.OPENED, v.ENDS, v.ANY, v.BY_CATEGORY), tuple(unit.value for unit in Unit), HEAD_KEYS, BASIS_KEYS,
        KEYS, OPENING_KEYS, STEP_KEYS, CLOCK_KEYS, CONDITION_KEYS, EXAMPLE_KEYS, GIVEN_KEYS,
        WHEN_KEYS, THEN_KEYS, ASSIGN_KEYS, COUNTS, SENSOR_KEYS, MARK_KEYS, OPEN_KEYS,
    )  # fmt: skip
    documented = in_ticks()
    assert sorted({word for words in lists for word in words} - documented) == []


def test_the_list_of_unit_kinds_is_the_shipped_one() -> None:
    shipped = (DOCS.parents[1] / "packs/citizen-request/words/en.yaml").read_text(encoding="utf-8")
    kinds = set(re.findall(r"^  ([a-z_]+):", shipped.partition("unit_kinds:")[2], re.MULTILINE))
    listed = DOCS.read_text(encoding="utf-8").partition("serves all packs:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", listed)) == kinds


def test_the_head_shown_is_toml() -> None:
    shown = DOCS.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(shown)["name"] == "noise"
