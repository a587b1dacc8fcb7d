from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from fakes.bulk import NOW, an_office
from fakes.rehearsed import DEMO, DISTRICT, departments, places
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import Office, verify
from yuzhi.capabilities.registry import Roster
from yuzhi.capabilities.rehearsal import (
    Play,
    Played,
    Residents,
    Sayings,
    Scene,
    Staff,
    make_city,
    open_arrivals,
    read_templates,
    replies,
)
from yuzhi.engine.matter import Matter
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.unit import Change

SINCE = NOW - timedelta(days=40)
PHOTO = "a" * 64


class Chancy:
    """Chance that is the same in every run."""

    def __init__(self) -> None:
        self._random = Random(3)

    def __call__(self, size: int) -> bytes:
        return self._random.randbytes(size)


class Ground:
    """The ground of a made city."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def place(self, territory: str, _lon: float | None, _lat: float | None, _words: str) -> str:
        return territory

    def unit_of_kind(self, kind: str, at: str, territory: str) -> str:
        assert at in {"city", "district", "town", "community", "grid", "nearest"}
        found = self._roster.unit_of_kind(kind, territory, at, on=NOW.date())  # type: ignore[arg-type]
        return found.code if found else ""

    def knows_unit(self, unit: str) -> bool:
        return self._roster.knows_unit(unit, on=NOW.date())

    def above(self, unit: str, duty: str) -> str:
        found = self._roster.up_the_ladder(unit, duty, on=NOW.date())
        return found.code if found else ""


class Stage:
    """A city with matters in it, ready to be played."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore(matters.TABLES)
        made = make_city(DISTRICT, places(), departments())
        self.roster = Roster(made.units, made.people, made.posts)
        self.staff = Staff(self.roster, NOW.date(), lambda code: (code,))
        self.served = made.served
        ground = Ground(self.roster)
        self.office: Office = replace(an_office(self.store), ground=lambda: ground, chance=Chancy())
        texts = [read_templates((DEMO / name).read_text(encoding="utf-8"), name=name) for name in
                 ("messages.csv", "events.csv")]  # fmt: skip
        self.templates = texts
        self.scene = Scene(
            staff=self.staff, shelf=self.office.shelf, ground=lambda: ground,
            calendar=self.office.calendar, say=Sayings(replies([*texts[0], *texts[1]])), photo=PHOTO,
        )  # fmt: skip

    async def arrive(self, messages: int, events: int) -> list[Matter]:
        """Open some matters of both kinds."""
        chance = Random(5)
        communities = [one for one in places() if one.level == "community"]
        served = [one for one in communities if one.code in self.served]
        everybody, workers = (Residents(some, self.staff, chance) for some in (communities, served))
        return await open_arrivals(
            self.office,
            [
                *everybody.messages(
                    self.templates[0], "citizen-request", since=SINCE, until=NOW, count=messages
                ),
                *workers.events(self.templates[1], "grid-event", PHOTO, since=SINCE, until=NOW, count=events),
            ],
        )

    async def play(self, found: Sequence[Matter], *, until: datetime = NOW, seed: int = 1) -> Played:
        """Play from the first day."""
        return await Play(self.office, self.scene, found, since=SINCE, until=until, seed=seed).run()

    def states(self) -> Counter[str]:
        """Count matters by state."""
        return Counter(str(row[5]) for row in self.store.rows["matter"].values())


async def test_days_of_work_leave_a_sound_journal_and_matters_in_many_states() -> None:
    stage = Stage()
    played = await stage.play(await stage.arrive(150, 60))
    assert played.matters == 210
    assert played.ended > 100
    assert played.steps > 600
    assert played.ticks > 100
    found = await verify(stage.store)
    assert found.matters == 210
    assert not found.faults
    assert found.entries == 210 + played.steps + played.ticks
    assert len(stage.states()) >= 8
    steps = Counter(str(entry.step) for batch in [stage.store._order] for entry in batch)
    for step in ("sign", "answer", "dispatch", "settle-on-the-spot", "verify", "confirm", "record-verdict"):
        assert steps[step], f"nobody ever took {step}"
    rows = list(stage.store.rows["matter"].values())
    columns = [name for name, _ in matters.TABLES[0].columns]
    breached, met = columns.index("is_breached"), columns.index("was_met")
    assert any(row[breached] for row in rows), "some were late"
    assert sum(row[met] is True for row in rows) > sum(row[breached] is True for row in rows)


async def test_nothing_happens_before_or_after_its_time() -> None:
    stage = Stage()
    until = SINCE + timedelta(days=20)
    opened = await stage.arrive(120, 0)
    later = [matter for matter in opened if matter.updated_at > until]
    played = await stage.play(opened, until=until)
    assert played.passed_over == len(later) > 0
    by_matter: dict[object, list[datetime]] = {}
    for entry in stage.store._order:
        by_matter.setdefault(entry.matter, []).append(entry.at)
    assert all(times == sorted(times) for times in by_matter.values())
    assert all(times[-1] <= until for times in by_matter.values() if len(times) > 1)


async def test_the_same_seed_gives_the_same_play() -> None:
    journals = []
    for seed in (1, 1, 2):
        stage = Stage()
        await stage.play(await stage.arrive(40, 10), seed=seed)
        journals.append([(entry.matter, entry.seq, entry.at, entry.step) for entry in stage.store._order])
    assert sorted(journals[0]) == sorted(journals[1])
    assert sorted(journals[0]) != sorted(journals[2])


async def test_a_play_goes_on_from_where_matters_stand() -> None:
    stage = Stage()
    await stage.play(await stage.arrive(60, 0), until=SINCE + timedelta(days=30))
    before = len(stage.store._order)
    ids = sorted(entry.matter for entry in stage.store._order if entry.seq == 1)
    standing = await matters.standings(stage.office, ids)
    played = await stage.play(standing)
    assert played.steps > 0
    assert len(stage.store._order) == before + played.steps + played.ticks
    assert not (await verify(stage.store)).faults


class Contested(MemoryStore):
    """A store in which somebody real takes a step in one matter while the play goes on."""

    def __init__(self) -> None:
        super().__init__(matters.TABLES)
        self.theirs: object = None
        self.refused = 0

    async def save(self, changes: Sequence[Change]) -> None:
        if any(one.matter == self.theirs for one in changes):
            self.refused += 1
            raise Refusal("matter.stale")
        await super().save(changes)


async def test_a_matter_somebody_real_has_in_hand_is_left_to_them() -> None:
    store = Contested()
    stage = Stage(store)
    opened = await stage.arrive(50, 0)
    first = min(opened, key=lambda matter: matter.opened_at)
    store.theirs = first.id
    played = await stage.play(opened)
    assert played.passed_over == 1
    assert [entry.seq for entry in store._order if entry.matter == first.id] == [1]
    assert played.ended > 10
    assert store.refused < 20


class Away(MemoryStore):
    """A store that goes away."""

    async def save(self, changes: Sequence[Change]) -> None:
        if len(self._order) > 120:
            raise Refusal("store.unavailable", retry_after=5)
        await super().save(changes)


async def test_when_the_database_goes_away_the_play_stops() -> None:
    stage = Stage(Away(matters.TABLES))
    opened = await stage.arrive(80, 0)
    with pytest.raises(Refusal, match=r"store\.unavailable"):
        await stage.play(opened)
