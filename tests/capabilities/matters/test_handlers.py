"""Opening matters and taking steps, on the store in memory."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from fakes.city import EAST, GRID, WEST, an_office
from fakes.people import DESK, SOMEBODY, WATER, post, resident
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import TABLES, Attachment, NewMatter, NewStep, Office, OpenedView
from yuzhi.capabilities.vault import Person
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.unit import Change

CLERK = post("desk", "dispatcher", unit=DESK, id="clerk")
HANDLER = post("handler", id="handler")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(TABLES)


@pytest.fixture
def office(store: MemoryStore) -> Office:
    return an_office(store)


def ask(**said: Any) -> NewMatter:
    given: dict[str, Any] = {
        "procedure": "request", "subject": "厨房漏水", "kind": "help", "channel": "hotline",
        "territory": EAST, **said,
    }  # fmt: skip
    return NewMatter(**given)


async def opened(office: Office, by: Actor = CLERK, **said: Any) -> OpenedView:
    given: dict[str, Any] = {name: said.pop(name) for name in ("key", "request") if name in said}
    answer = await matters.open_matter(office, ask(**said), by, said.pop("now", MONDAY), **given)
    return msgspec.json.decode(answer, type=OpenedView)


async def refused(doing: Awaitable[object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await doing
    return caught.value


class TestOpening:
    async def test_who_opens_is_told_where_it_went(self, office: Office) -> None:
        found = await opened(office)
        assert (found.procedure, found.state, found.version) == ("request", "dispatched", 1)
        assert (found.category, found.route, found.lead_unit) == ("water", "by-category", WATER)
        assert found.territory == EAST
        assert is_matter_number(found.number)
        assert found.number.startswith("20260302")
        assert found.due_at is not None
        assert found.opened_at == MONDAY

    async def test_it_is_there_as_told(self, office: Office) -> None:
        found = await opened(office, detail="  三楼\n\t厨房  ", lon=121.5, lat=29.9)
        view = await matters.view(office, found.id, CLERK)
        assert view.texts == {"subject": "厨房漏水", "detail": "三楼\n\t厨房"}
        assert view.place is not None
        assert (view.place.lon, view.place.lat, view.number) == (121.5, 29.9, found.number)

    async def test_what_no_rule_is_sure_of_goes_to_the_desk(self, office: Office) -> None:
        found = await opened(office, subject="有煤气味")
        assert (found.state, found.route, found.lead_unit) == ("received", "danger", "")
        trace = (await matters.history(office, found.id, CLERK))[0].facts[1]
        assert trace == {"fact": "route_found", "rule": "danger"}

    async def test_the_trace_says_which_rules_were_passed_over(self, office: Office) -> None:
        found = await opened(office, subject="公园里的灯坏了")
        trace = (await matters.history(office, found.id, CLERK))[0].facts[1]
        assert trace == {"fact": "route_found", "rule": "desk", "passed": ("danger", "by-category!no_unit")}

    @pytest.mark.parametrize(
        ("said", "territory"),
        [
            ({"territory": GRID}, GRID),
            ({"territory": "", "lon": 121.5, "lat": 29.9}, EAST),
            ({"territory": "", "place_words": "西社区门口"}, WEST),
            ({"territory": "", "detail": "就在西社区"}, WEST),
            ({"territory": ""}, ""),
        ],
    )
    async def test_the_place(self, office: Office, said: dict[str, Any], territory: str) -> None:
        assert (await opened(office, **said)).territory == territory

    async def test_a_category_is_found_in_words_or_given(self, office: Office) -> None:
        assert (await opened(office, subject="水龙头漏水")).category == "water/tap"
        assert (await opened(office, category="roads")).category == "roads"
        assert (await opened(office, subject="你好")).category == ""

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"procedure": "nothing"}, "procedure.unknown"),
            ({"kind": "praise"}, "opening.unknown_kind"),
            ({"channel": "fax"}, "opening.unknown_channel"),
            ({"urgency": "now"}, "opening.unknown_urgency"),
            ({"category": "aliens"}, "category.unknown"),
            ({"territory": "999999"}, "territory.unknown"),
            ({"lon": 121.5}, "place.bad_point"),
            ({"lon": 181.0, "lat": 0.0}, "place.bad_point"),
            ({"lon": 0.0, "lat": -90.1}, "place.bad_point"),
            ({"lon": float("nan"), "lat": 1.0}, "place.bad_point"),
            ({"lon": float("inf"), "lat": 1.0}, "place.bad_point"),
            ({"subject": ""}, "opening.subject_missing"),
            ({"subject": " \n\u3000 "}, "opening.subject_missing"),
            ({"subject": "路" * 201}, "text.too_long"),
            ({"detail": "路" * 20_001}, "text.too_long"),
            ({"subject": "a\x00b"}, "text.control_character"),
            ({"detail": "a\x1bb"}, "text.control_character"),
            ({"subject": "a\ud800b"}, "text.not_unicode"),
            ({"requester": Person(name="\udfff")}, "text.not_unicode"),
            ({"requester": Person(phone="1" * 201)}, "text.too_long"),
            ({"form": {"floor": "three"}}, "form.invalid"),
            ({"form": {"nothing": 1}}, "form.invalid"),
            ({"attachments": (Attachment(file="a" * 64, kind="Mr. Wang's house"),)}, "evidence.bad_kind"),
            ({"attachments": (Attachment(file="a" * 64, kind="\ud800"),)}, "evidence.bad_kind"),
        ],
    )
    async def test_what_is_refused_leaves_nothing(
        self, office: Office, store: MemoryStore, said: dict[str, Any], code: str
    ) -> None:
        assert (await refused(opened(office, **said))).code == code
        assert [batch async for batch in store.all_entries()] == []
        assert not any(store.rows.values())

    async def test_who_may_not_open(self, office: Office) -> None:
        assert (await refused(opened(office, HANDLER))).code == "opening.not_your_duty"

    async def test_a_form_is_kept_apart_but_for_what_the_journal_may_hold(
        self, office: Office, store: MemoryStore
    ) -> None:
        found = await opened(office, form={"floor": 3, "is_loud": False, "how": "slow", "whom": "王先生"})
        told = (await matters.history(office, found.id, CLERK))[0].facts[0]
        assert told["fields"] == {"floor": 3, "is_loud": False, "how": "slow"}
        assert (await matters.view(office, found.id, CLERK)).texts["form.request"] == (
            '{"floor":3,"how":"slow","is_loud":false,"whom":"王先生"}'
        )

    async def test_every_matter_has_a_number_of_its_own(self, office: Office) -> None:
        found = await asyncio.gather(*(opened(office) for _ in range(250)))
        assert len({one.number for one in found}) == len({one.id for one in found}) == 250

    async def test_letters_wait_in_the_outbox(self, office: Office, store: MemoryStore) -> None:
        found = await opened(office, resident(), channel="web")
        rows = [row[1:8] for row in store.rows["delivery"].values()]
        assert rows == [
            (found.id, 1, "received", "requester", "", UUID(SOMEBODY), "queued"),
            (found.id, 1, "given", "assignee", WATER, None, "queued"),
        ]


class TestTheSameKey:
    async def test_the_same_request_gives_the_same_answer_and_one_matter(
        self, office: Office, store: MemoryStore
    ) -> None:
        answers = [
            await matters.open_matter(office, ask(), CLERK, MONDAY, key="k", request=b"same") for _ in "123"
        ]
        assert len(set(answers)) == 1
        assert len(store.rows["matter"]) == 1

    async def test_at_the_same_time_too(self, office: Office, store: MemoryStore) -> None:
        asking = (
            matters.open_matter(office, ask(), CLERK, MONDAY, key="k", request=b"same") for _ in range(20)
        )
        assert len(set(await asyncio.gather(*asking))) == 1
        assert len(store.rows["matter"]) == 1

    async def test_spaces_around_a_key_are_none_of_it(self, office: Office) -> None:
        first = await opened(office, key="k", request=b"same")
        assert await opened(office, key=" k\u3000", request=b"same") == first

    async def test_another_request_is_refused(self, office: Office) -> None:
        await opened(office, key="k", request=b"one")
        assert (await refused(opened(office, key="k", request=b"two"))).code == "idempotency.key_reused"

    async def test_somebody_else_may_use_the_same_key(self, office: Office) -> None:
        first = await opened(office, key="k", request=b"one")
        other = await opened(office, post("desk", id="other"), key="k", request=b"one")
        assert first.id != other.id

    async def test_a_request_that_was_refused_may_be_mended(self, office: Office) -> None:
        await refused(opened(office, key="k", request=b"one", subject=""))
        assert (await opened(office, key="k", request=b"two")).version == 1

    @pytest.mark.parametrize("key", ["", "  "])
    async def test_no_key_is_no_promise(self, office: Office, key: str) -> None:
        assert (await opened(office, key=key)).id != (await opened(office, key=key)).id

    @pytest.mark.parametrize(
        ("key", "code"), [("k" * 201, "text.too_long"), ("\x01", "text.control_character")]
    )
    async def test_a_key_of_no_use(self, office: Office, key: str, code: str) -> None:
        assert (await refused(opened(office, key=key))).code == code


class TestSteps:
    async def test_a_step_is_taken_and_told(self, office: Office) -> None:
        found = await opened(office)
        after = await matters.take_step(office, found.id, "sign", NewStep(version=1), HANDLER, MONDAY)
        assert (after.state, after.seq) == ("handling", 2)
        told = (await matters.history(office, found.id, CLERK))[1]
        assert (told.seq, told.step, told.by) == (2, "sign", {"hand": "post", "id": "handler", "unit": WATER})

    async def test_a_stale_version_is_refused(self, office: Office) -> None:
        found = await opened(office)
        await matters.take_step(office, found.id, "sign", NewStep(), HANDLER, MONDAY)
        refusal = await refused(
            matters.take_step(office, found.id, "wait", NewStep(version=1), HANDLER, MONDAY)
        )
        assert (refusal.code, refusal.facts) == ("matter.stale", {"version": 1, "current": 2})

    async def test_twice_at_once_with_a_version_is_done_once(self, office: Office) -> None:
        found = await opened(office)
        taking = (
            matters.take_step(
                office, found.id, "classify", NewStep(version=1, kind="complaint"), CLERK, MONDAY
            )
            for _ in "12"
        )
        done = await asyncio.gather(*taking, return_exceptions=True)
        assert sum(isinstance(one, Refusal) and one.code == "matter.stale" for one in done) == 1

    async def test_words_and_evidence_of_a_step(self, office: Office) -> None:
        found = await opened(office)
        await matters.take_step(office, found.id, "sign", NewStep(), HANDLER, MONDAY)
        step = NewStep(
            texts={"reply": " 已修好 "}, outcome="solved", form={"cost": 5},
            attachments=(Attachment(file="b" * 64, kind="after"),),
        )  # fmt: skip
        after = await matters.take_step(office, found.id, "answer", step, HANDLER, MONDAY)
        assert (after.outcome, after.evidence[0].file) == ("solved", "b" * 64)
        view = await matters.view(office, found.id, CLERK)
        assert (view.texts["reply"], view.texts["form.result"]) == ("已修好", '{"cost":5}')
        assert view.evidence == ({"kind": "after", "file": "b" * 64},)

    async def test_assigning_by_hand(self, office: Office) -> None:
        found = await opened(office, subject="有煤气味")
        step = NewStep(lead="roads", co_handlers=("water",))
        after = await matters.take_step(office, found.id, "dispatch", step, CLERK, MONDAY)
        assert [(one.unit, one.role) for one in after.assignments] == [
            ("roads", "lead"),
            ("water", "co_handler"),
        ]

    async def test_linking(self, office: Office) -> None:
        found, other = await opened(office), await opened(office)
        after = await matters.take_step(
            office, found.id, "merge", NewStep(target=str(other.id)), CLERK, MONDAY
        )
        assert [(link.kind, link.target) for link in after.links] == [("duplicate_of", other.id)]

    async def test_what_one_may_not_see_one_cannot_link_to(self, office: Office) -> None:
        found, other = await opened(office), await opened(office, territory=WEST, subject="路面坏了")
        narrow = post("desk", unit="somewhere", covers=("330212",))
        step = NewStep(target=str(other.id))
        assert (
            await refused(matters.take_step(office, found.id, "merge", step, narrow, MONDAY))
        ).code == "matter.not_found"

    @pytest.mark.parametrize(
        ("step", "said", "code"),
        [
            ("fly", {}, "step.unknown"),
            ("confirm", {}, "step.wrong_state"),
            ("dispatch", {"lead": "nobody"}, "unit.unknown"),
            ("classify", {"category": "aliens"}, "category.unknown"),
            ("classify", {"kind": "praise"}, "opening.unknown_kind"),
            ("place", {"territory": "999999"}, "territory.unknown"),
            ("place", {"lon": 500.0, "lat": 1.0}, "place.bad_point"),
            ("place", {"lon": 1.0}, "place.bad_point"),
            ("merge", {"target": "no id"}, "link.target_unknown"),
            ("merge", {"target": str(UUID(int=5))}, "matter.not_found"),
            ("classify", {"kind": "help", "texts": {"subject": "other words"}}, "text.not_expected"),
            ("classify", {"kind": "help", "texts": {"n\x00": "x"}}, "text.control_character"),
            ("classify", {"kind": "help", "texts": {"n" * 41: "x"}}, "text.too_long"),
            ("classify", {"kind": "help", "form": {"a": 1}}, "form.not_expected"),
            ("extend", {"amount": "five days"}, "limit.unknown"),
        ],
    )
    async def test_what_is_refused_changes_nothing(
        self, office: Office, store: MemoryStore, step: str, said: dict[str, Any], code: str
    ) -> None:
        found = await opened(office)
        rows = {name: dict(more) for name, more in store.rows.items()}
        assert (
            await refused(matters.take_step(office, found.id, step, NewStep(**said), CLERK, MONDAY))
        ).code == code
        assert store.rows == rows

    async def test_an_unknown_matter(self, office: Office) -> None:
        for by in (CLERK, resident()):
            doing = matters.take_step(office, UUID(int=3), "sign", NewStep(), by, MONDAY)
            assert (await refused(doing)).code == "matter.not_found"


class Slipping(MemoryStore):
    """A store in which, before a step of ours is written, somebody else's slips in, some times."""

    def __init__(self, times: int) -> None:
        super().__init__(TABLES)
        self.times = times
        self.between: Sequence[Change] = ()

    async def save(self, changes: Sequence[Change]) -> None:
        if self.times and changes[0].entry.step == "classify":
            self.times -= 1
            raise Refusal("matter.stale")
        await super().save(changes)


@pytest.mark.parametrize("times", [1, 3])
async def test_an_entry_that_slips_in_is_looked_at_again(times: int) -> None:
    office = an_office(Slipping(times))
    found = await opened(office)
    after = await matters.take_step(office, found.id, "classify", NewStep(kind="complaint"), CLERK, MONDAY)
    assert after.seq == 2


async def test_too_many_slipping_in_is_busy() -> None:
    office = an_office(Slipping(9))
    found = await opened(office)
    doing = matters.take_step(office, found.id, "classify", NewStep(kind="complaint"), CLERK, MONDAY)
    assert (await refused(doing)).code == "store.busy"


async def test_two_who_overlap_both_get_through_whoever_began_first(office: Office) -> None:
    found = await opened(office)
    later, earlier = MONDAY + timedelta(seconds=2), MONDAY + timedelta(seconds=1)
    await matters.take_step(office, found.id, "classify", NewStep(kind="complaint"), CLERK, later)
    after = await matters.take_step(office, found.id, "classify", NewStep(kind="help"), CLERK, earlier)
    assert (after.seq, after.updated_at) == (3, later)


async def test_a_clock_that_is_far_behind_is_refused(office: Office) -> None:
    found = await opened(office)
    doing = matters.take_step(
        office, found.id, "classify", NewStep(kind="help"), CLERK, MONDAY - timedelta(minutes=5)
    )
    assert (await refused(doing)).code == "step.before_last_entry"


async def test_many_at_once_on_one_matter_all_get_through(office: Office) -> None:
    found = await opened(office)
    taking = [
        matters.take_step(office, found.id, "place", NewStep(territory=place), CLERK, MONDAY)
        for place in (EAST, WEST, GRID)
    ]
    assert sorted(one.seq for one in await asyncio.gather(*taking)) == [2, 3, 4]
