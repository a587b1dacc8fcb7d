import csv
import gzip
import os
import tomllib
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from fakes.bulk import NOW, shelf
from fakes.packs import ROOT
from fakes.rehearsed import DEMO, DISTRICT, departments, places
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import Roster
from yuzhi.capabilities.rehearsal import City, Residents, Staff, make_city, read_templates

CITY = DISTRICT[:4]
POWERS = tomllib.loads((DEMO.parent / "powers.toml").read_text(encoding="utf-8"))
SHARED = Path(os.environ.get("YUZHI_SHARED") or ROOT.parent / "shared") / "data"


def city(seed: int = 1) -> City:
    return make_city(DISTRICT, places(), departments(), seed=seed)


def test_the_district_is_whole_and_as_the_statistics_office_lists_it() -> None:
    assert Counter(one.level for one in places()) == {"district": 1, "town": 25, "community": 407}
    listed = SHARED / "divisions" / "villages_zhejiang.csv.gz"
    if not listed.exists():
        pytest.skip(f"the division list is not at {listed}")
    with gzip.open(listed, "rt", encoding="utf-8") as file:
        official = {row["code"]: row["name"] for row in csv.DictReader(file) if row["areaCode"] == DISTRICT}
    assert official == {one.code: one.name for one in places() if one.level == "community"}


def test_a_city_has_what_the_packs_send_matters_to() -> None:
    made = city()
    kinds = {unit.kind for unit in made.units}
    wanted = {one.unit_kind for pack in shelf().packs for one in pack.categories if one.unit_kind}
    assert wanted <= kinds
    duties = {duty for post in made.posts for duty in post.duties}
    of_packs = {duty for pack in shelf().packs for duty in pack.duties}
    of_the_platform = {duty for post in made.posts if post.territory == CITY for duty in post.duties}
    assert of_the_platform == POWERS.keys() - of_packs
    assert duties - of_the_platform == of_packs
    assert 180 <= len(made.posts) <= 220
    assert 55 <= len(made.units) <= 70


def test_everything_in_a_city_hangs_together() -> None:
    made = city()
    codes = {unit.code for unit in made.units}
    grounds = {one.code for one in places()}
    assert {unit.territory for unit in made.units} <= grounds | {CITY}
    assert {unit.parent for unit in made.units if unit.parent} <= codes
    assert {post.unit for post in made.posts} <= codes
    assert {post.person for post in made.posts} == {person.id for person in made.people}
    top = [unit.code for unit in made.units if unit.parent is None and unit.territory != CITY]
    assert len(top) == 1, "one unit is at the top of the ladder"


def test_grids_are_marked_as_invented_and_lie_in_their_community() -> None:
    grids = city().grids
    assert all("虚拟" in grid.name for grid in grids)
    per_community = Counter(grid.parent for grid in grids)
    assert len(per_community) == 407
    assert set(per_community.values()) == {2, 3}
    assert all(grid.code.startswith(grid.parent or "-") and grid.code != grid.parent for grid in grids)


def test_the_same_seed_makes_the_same_city() -> None:
    assert city() == city()
    assert city().people != city(seed=2).people


def test_the_messages_are_many_varied_and_in_words_the_packs_know() -> None:
    texts = set()
    for file, pack_name in (("messages.csv", "citizen-request"), ("events.csv", "grid-event")):
        templates = read_templates((DEMO / file).read_text(encoding="utf-8"), name=file)
        pack = shelf().pack(pack_name)
        opening = shelf().procedure(pack_name).opening
        assert {one.category for one in templates} <= {one.code for one in pack.categories}
        assert {one.kind for one in templates} <= set(opening.kinds)
        assert {one.urgency for one in templates} <= set(opening.urgencies)
        assert sum("{community}" in one.subject + one.detail for one in templates) > 0.9 * len(templates)
        texts |= {one.detail for one in templates}
    assert len(texts) >= 120


def test_no_message_is_one_of_the_real_ones() -> None:
    real = SHARED / "teddy_c" / "messages_train.csv.gz"
    if not real.exists():
        pytest.skip(f"the real messages are not at {real}")
    csv.field_size_limit(1 << 20)
    with gzip.open(real, "rt", encoding="utf-8") as file:
        known = {row[column] for row in csv.DictReader(file) for column in ("subject", "detail")}
    for name in ("messages.csv", "events.csv"):
        for one in read_templates((DEMO / name).read_text(encoding="utf-8"), name=name):
            assert not known & {one.subject, one.detail}


@pytest.mark.parametrize(
    "spoilt", ["category,kind\n", "category,kind,urgency,subject,detail,reply\na,b,c,d,e\n"]
)
def test_a_bad_template_is_told_with_its_line(spoilt: str) -> None:
    with pytest.raises(Refusal, match=r"rehearsal\.bad_template"):
        read_templates(spoilt, name="messages.csv")


def test_residents_bring_up_matters_more_of_late_and_with_telephone_numbers_nobody_has() -> None:
    made = city()
    staff = Staff(Roster(made.units, made.people, made.posts), NOW.date(), lambda code: (code,))
    templates = read_templates((DEMO / "messages.csv").read_text(encoding="utf-8"), name="messages.csv")
    communities = [one for one in places() if one.level == "community"]
    since = NOW.replace(month=8)
    found = list(
        Residents(communities, staff, Random(7)).messages(
            templates, "citizen-request", since=since, until=NOW, count=400
        )
    )
    assert len(found) == 400
    assert all(since <= one.at < NOW for one in found)
    late = [one for one in found if one.at > since + (NOW - since) / 2]
    assert len(late) > 250
    people = [one.ask.requester for one in found]
    assert all(person is not None and person.phone.startswith("1000000") for person in people)
    assert {one.by.hand for one in found} == {"post", "requester"}
    assert not any("{" in one.ask.subject + one.ask.detail for one in found)


def test_without_posts_there_is_nobody_to_rehearse_with() -> None:
    with pytest.raises(Refusal, match=r"rehearsal\.nobody"):
        Staff(Roster(), NOW.date(), lambda code: (code,))
