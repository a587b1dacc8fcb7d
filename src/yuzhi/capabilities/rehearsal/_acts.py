"""What the simulated staff does next about a matter: an allowed step, filled in, and the time for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import Attachment, Ground, NewStep, Shelf
from yuzhi.capabilities.rehearsal._forms import fill
from yuzhi.capabilities.rehearsal._habits import habit_of, readiness, when
from yuzhi.capabilities.rehearsal._staff import Staff
from yuzhi.engine.asks import Satisfaction
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.matter import Matter
from yuzhi.engine.options import Option, allowed

Barred = frozenset[tuple[str, str]]
"""Pairs of actor and step that were refused since the matter last moved."""

_VERDICTS: Final[tuple[tuple[Satisfaction, bool], ...]] = (
    ("satisfied", True), ("basically", True), ("basically", False), ("not_satisfied", False),
)  # fmt: skip
_IN_TIME: Final = (70, 15, 5, 10)
_LATE: Final = (40, 20, 12, 28)
_OUTCOMES: Final = {"solved": 8.0, "explained": 3.0}


class Act(Struct, frozen=True):
    """A step somebody means to take at an instant, filled in but for what it `links` to, if it does."""

    at: datetime
    by: Actor
    step: str
    ask: NewStep
    links: bool = False


@dataclass(frozen=True)
class Scene:
    """What acting takes: the staff, packs, ground and calendar, words to say, a photo to show.

    `say` gives a text of a name (`reply`, `reason`, …) for a category. `photo` is a file that is kept.
    """

    staff: Staff
    shelf: Shelf
    ground: Callable[[], Ground]
    calendar: Calendar
    say: Callable[[str, str, Random], str]
    photo: str


def next_act(
    scene: Scene, matter: Matter, since: datetime, chance: Random, *, barred: Barred = frozenset()
) -> Act | None:
    """Return what somebody does next, by weighing everything the options allow; None if nobody may."""
    procedure = scene.shelf.procedure(matter.procedure, matter.version)
    open_to = [
        (by, option)
        for by in scene.staff.might_act(matter, chance)
        for option in allowed(procedure, matter, by, since)
        if (by.id, option.step) not in barred
    ]
    if not open_to:
        return None
    habits = [habit_of(option, matter, is_requester=by.hand == "requester") for by, option in open_to]
    weights = [readiness(habit, matter) for habit in habits]
    ((by, option), habit) = chance.choices(list(zip(open_to, habits, strict=True)), weights)[0]
    at = when(habit, matter, since, scene.calendar, chance, is_requester=by.hand == "requester")
    pack = scene.shelf.pack(procedure.pack, procedure.version)
    ask = filled(scene, procedure, pack, matter, option, at, chance)
    return Act(at=at, by=by, step=option.step, ask=ask, links="link" in option.does)


def filled(
    scene: Scene,
    procedure: Procedure,
    pack: Pack,
    matter: Matter,
    option: Option,
    at: datetime,
    chance: Random,
) -> NewStep:
    """Return a step with everything its option asks for."""
    texts = {name: scene.say(name, matter.category, chance) for name in option.texts}
    if option.needs_reason and not option.reasons:
        texts["reason"] = scene.say("reason", matter.category, chance)
    satisfaction, solved = _verdict(matter, option, chance)
    lead, co_handlers = _units(scene, pack, matter, option, chance)
    schema = pack.forms.get(option.form, {})
    step = procedure.step(option.step)
    clock = procedure.clock(step.clock) if step is not None and step.clock else None
    return NewStep(
        form=fill(schema, scene.calendar.day_of(at), chance, say=lambda: scene.say("measures", "", chance)),
        texts=texts,
        attachments=tuple(Attachment(file=scene.photo, kind=kind) for kind in option.needs),
        reason=chance.choice(option.reasons) if option.reasons else "",
        lead=lead,
        co_handlers=co_handlers,
        outcome=_outcome(option.outcomes, chance),
        satisfaction=satisfaction,
        solved=solved,
        amount=str(clock.extension.up_to) if clock is not None and clock.extension is not None else "",
        category=_other_category(pack, matter, chance) if "classify" in option.does else "",
        territory=matter.territory if "place" in option.does else "",
    )


def _other_category(pack: Pack, matter: Matter, chance: Random) -> str:
    """Return a category near the one a matter has, any if it has none."""
    root = matter.category.partition("/")[0]
    near = [one.code for one in pack.categories if one.code.startswith(f"{root}/")]
    codes = near or [one.code for one in pack.categories]
    return chance.choice(codes) if codes else ""


def _outcome(outcomes: Sequence[str], chance: Random) -> str:
    if not outcomes:
        return ""
    return chance.choices(outcomes, [_OUTCOMES.get(outcome, 0.5) for outcome in outcomes])[0]


def _verdict(matter: Matter, option: Option, chance: Random) -> tuple[Satisfaction | None, bool | None]:
    if "verdict" not in option.does:
        return None, None
    if "reopen" in option.does:
        return "not_satisfied", False
    was_late = any(clock.breached_at is not None for clock in matter.clocks)
    return chance.choices(_VERDICTS, _LATE if was_late else _IN_TIME)[0]


def _units(
    scene: Scene, pack: Pack, matter: Matter, option: Option, chance: Random
) -> tuple[str, tuple[str, ...]]:
    """Return the units a dispatcher would name: who answers for the category, and the town beside them."""
    if "assign" not in option.does:
        return "", ()
    ground = scene.ground()
    kinds = dict.fromkeys(kind for kind in (_kind(pack, matter.category), *_kinds(pack, chance)) if kind)
    known = [unit for kind in kinds if (unit := ground.unit_of_kind(kind, "nearest", matter.territory))]
    already = {one.unit for one in matter.live_assignments}
    if not option.to:
        return "", tuple(unit for unit in known if unit not in already)[:1]
    # One that has just sent it back is not asked again.
    sent_back = {one.unit for one in matter.assignments if one.state == "returned"}
    lead = next((unit for unit in known if unit not in sent_back), known[0] if known else "")
    others = tuple(unit for unit in known if unit != lead)[:1] if chance.random() < 0.25 else ()
    return lead, others


def _kind(pack: Pack, category: str) -> str:
    while category:
        found = pack.category(category)
        if found is not None and found.unit_kind:
            return found.unit_kind
        category = category.rpartition("/")[0]
    return ""


def _kinds(pack: Pack, chance: Random) -> list[str]:
    kinds = sorted({category.unit_kind for category in pack.categories if category.unit_kind})
    return chance.sample(kinds, min(4, len(kinds)))
