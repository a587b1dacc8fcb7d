"""A re-organisation story: the districts of one city as they were put together anew in 2016."""

from datetime import date

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory import (
    Atlas,
    Change,
    ChangeKind,
    Territory,
    ancestors,
    level_of,
    reorganised,
)

DAY = date(2016, 10, 1)
EVE = date(2016, 9, 30)


def territory(code: str, name: str, *, parent: str | None = "", valid_to: date | None = None) -> Territory:
    above = next(iter(ancestors(code)), None) if parent == "" else parent
    return Territory(code=code, name=name, level=level_of(code), parent=above, valid_to=valid_to)


def before() -> Atlas:
    """宁波 on the eve: 江东 still a district, 奉化 still a county-level city."""
    return Atlas(
        [
            territory("3302", "宁波市"),
            territory("330203", "海曙区"),
            territory("330204", "江东区"),
            territory("330204006", "白鹤街道"),
            territory("330204006001", "丹凤社区"),
            territory("330212", "鄞州区"),
            territory("330212104", "集士港镇"),
            territory("330212104001", "集士港社区"),
            territory("330212104001001", "第一网格"),
            territory("330212006", "首南街道"),
            territory("330283", "奉化市"),
            territory("330283100", "溪口镇"),
        ]
    )


def change(kind: ChangeKind, start: str, to: str, **names: str) -> Change:
    told = {code.removeprefix("c"): name for code, name in names.items()}
    return Change(kind, DAY, tuple(start.split()), tuple(to.split()), "国函〔2016〕158号", told)


ACT = (
    change("transfer", "330204006", "330212010"),
    change("merge", "330204 330212", "330212"),
    change("transfer", "330212104", "330203107"),
    change("rename", "330283", "330213", c330213="奉化区"),
)


def refused(atlas: Atlas, *changes: Change) -> Refusal:
    with pytest.raises(Refusal) as caught:
        reorganised(atlas, changes)
    return caught.value


def test_the_whole_act() -> None:
    after = reorganised(before(), ACT)
    assert [one.name for one in after.at(DAY).children("3302")] == ["海曙区", "鄞州区", "奉化区"]
    assert [one.name for one in after.at(EVE).children("3302")] == ["海曙区", "江东区", "鄞州区", "奉化市"]
    assert after.full_name("330212010") == "宁波市鄞州区白鹤街道"
    assert after.full_name("330204006") == "宁波市江东区白鹤街道"
    assert after.changes == ACT


def test_what_is_transferred_takes_everything_below_along() -> None:
    after = reorganised(before(), ACT)
    assert after.full_name("330203107001001") == "宁波市海曙区集士港镇集士港社区第一网格"
    assert after["330212104001001"].valid_to == DAY
    assert after["330203107001001"].valid_from == DAY
    assert after["330203107001001"].parent == "330203107001"
    assert after.successor("330212104001001", DAY) == ("330203107001001",)


def test_what_had_ended_before_is_not_taken_along() -> None:
    ended = Territory("330212104009", "旧村", "community", "330212104", valid_to=date(2010, 1, 1))
    after = reorganised(Atlas([*before().territories.values(), ended]), ACT)
    assert "330203107009" not in after
    assert after["330212104009"] == ended


def test_old_matters_are_found_under_the_successor() -> None:
    after = reorganised(before(), ACT)
    assert after.equivalents("330203") == ("330203", "330212104")
    assert after.equivalents("330212") == ("330212", "330204")
    assert after.equivalents("330212010001") == ("330212010001", "330204006001")
    assert after.equivalents("330213100") == ("330213100", "330283100")


def test_the_new_name_of_a_renamed_territory_remembers_the_old() -> None:
    after = reorganised(before(), ACT)
    assert after["330213"].name == "奉化区"
    assert after["330213"].aliases == ("奉化市",)
    assert after["330283"].name == "奉化市"
    assert after["330213100"].name == "溪口镇"


def test_a_rename_may_keep_the_code() -> None:
    after = reorganised(before(), [change("rename", "330212006", "330212006", c330212006="首南新街道")])
    assert after["330212006"].name == "首南新街道"
    assert after["330212006"].aliases == ("首南街道",)
    assert after["330212006"].valid_to is None


def test_a_split_leaves_what_is_below_where_it_is_unless_it_is_moved() -> None:
    after = reorganised(
        before(),
        [
            change("split", "330212104", "330212104 330212199", c330212199="古港镇"),
            change("transfer", "330212104001", "330212199001"),
        ],
    )
    assert after["330212199"].parent == "330212"
    assert [one.code for one in after.at(DAY).children("330212199")] == ["330212199001"]
    assert after.at(DAY).children("330212104") == ()
    assert after.successor("330212104001001", DAY) == ("330212199001001",)


def test_merged_towns_need_new_codes_for_what_is_below_first() -> None:
    merger = change("merge", "330204006 330212006", "330212020", c330212020="首鹤街道")
    refusal = refused(before(), merger)
    assert refusal.code == "territory.left_behind"
    assert refusal.facts["codes"] == ["330204006001"]
    after = reorganised(before(), [change("transfer", "330204006001", "330212020001"), merger])
    assert after["330212020001"].parent == "330212020"
    assert after.equivalents("330212020") == ("330212020", "330204006", "330212006")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (change("rename", "330299", "330298", c330298="甲区"), "territory.unknown"),
        (change("merge", "330204006 330212006", "330212020"), "territory.name_missing"),
        (change("transfer", "330204006", "330212006"), "territory.code_taken"),
        (change("transfer", "330212006", "330299006"), "territory.left_behind"),
        (change("split", "330204", "330204 330212104", c1="x"), "territory.change_malformed"),
        (change("rename", "330212006", "330212006", c330212006="甲\n乙"), "territory.change_malformed"),
        (change("rename", "330212006", "330212006", c330212006=" "), "territory.change_malformed"),
    ],
)
def test_what_cannot_be_is_refused(wrong: Change, code: str) -> None:
    assert refused(before(), wrong).code == code


def test_a_code_is_not_given_twice() -> None:
    once = reorganised(before(), [change("rename", "330283", "330213", c330213="奉化区")])
    again = change("split", "330212006", "330212006 330283100", c330283100="溪口镇")
    assert refused(once, again).code == "territory.code_withdrawn"
    assert refused(once, change("rename", "330283", "330214")).code == "territory.not_valid"


def test_nothing_of_a_refused_act_stays() -> None:
    atlas = before()
    refused(atlas, ACT[0], change("rename", "330299", "330298"))
    assert atlas.at(DAY)["330204006"].valid_to is None
    assert len(atlas) == len(before())


def test_a_town_may_become_a_district() -> None:
    after = reorganised(before(), [change("transfer", "330212006", "330214", c330214="首南区")])
    assert after["330214"].level == "district"
    assert after["330214"].parent == "3302"
    assert after.equivalents("330214") == ("330214", "330212006")


def test_a_code_given_twice_in_one_atlas_is_refused() -> None:
    with pytest.raises(Refusal, match=r"territory\.code_repeated"):
        Atlas([territory("3302", "宁波市"), territory("3302", "宁波")])


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(Refusal, match=r"territory\.unknown"):
        before().full_name("330299")
