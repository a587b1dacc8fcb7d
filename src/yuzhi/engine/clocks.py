"""The ledger of limits: when a clock starts, stands still, goes on, is extended, stops, runs out."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from msgspec.structs import replace

from yuzhi.base.refusal import Refusal
from yuzhi.engine import dates
from yuzhi.engine import facts as f
from yuzhi.engine.asks import CarriedClock, FieldValue, StoodStill
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import ClockDef, When
from yuzhi.engine.limits import BY_DAY, Limit, Pause, due_after_pause, due_at, parse_limit
from yuzhi.engine.matter import Assignment, Clock, Matter
from yuzhi.engine.story import Story

OPENED = "opened"
ANY = When()


def holds(when: When, matter: Matter) -> bool:
    """Say whether a condition (without words) holds for a matter."""
    return (
        (not when.kind or matter.kind in when.kind)
        and (not when.urgency or matter.urgency in when.urgency)
        and (not when.channel or matter.channel in when.channel)
        and (not when.category or under(matter.category, when.category))
        and (not when.territory or matter.territory.startswith(when.territory))
        and (not when.field or all(written(matter.fields.get(name)) in values for name, values in when.field))
        and (not when.before or all(_lies_before(matter, name, until) for name, until in when.before))
    )


def _lies_before(matter: Matter, name: str, until: str) -> bool:
    day = dates.known(matter, name)
    return day is not None and day < until


def written(value: FieldValue | None) -> str:
    """Return a field's value as conditions write it: `true`, `false`, a number, a word; empty for none."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def under(category: str, branches: tuple[str, ...]) -> bool:
    """Say whether a category path lies on one of some branches of the tree."""
    for branch in branches:
        if category.startswith(branch) and category[len(branch) : len(branch) + 1] in {"", "/"}:
            return True
    return False


def limit_for(clock: ClockDef, matter: Matter) -> Limit | None:
    """Return the limit that the clock's table gives this matter; None means the clock does not run."""
    for rule in clock.limits:
        if rule.when == ANY or holds(rule.when, matter):
            return rule.limit
    return None


def on_entering(story: Story, state: str, *, opening: bool = False, pause_reason: str = "") -> None:
    """Let every clock answer to the matter entering a state (or being opened)."""
    is_end = state in story.procedure.ends
    for clock in [clock for clock in story.matter.clocks if clock.is_live]:
        defined = story.procedure.clock(clock.name)
        if is_end or (defined is not None and defined.each == "matter" and state in defined.stops):
            story.tell(f.ClockStopped(clock=clock.name, no=clock.no))
        elif defined is not None and defined.pause_in(state) is not None:
            if clock.state == "running":
                story.tell(f.ClockPaused(clock=clock.name, reason=pause_reason, no=clock.no))
        elif defined is not None and clock.state == "paused":
            _resume(story, defined, clock)
    if is_end:
        return
    for defined in story.procedure.clocks:
        if defined.each == "matter" and (state in defined.starts or (opening and OPENED in defined.starts)):
            _start(story, defined, 0)


def on_assignment(story: Story, assignment: Assignment) -> None:
    """Let the clocks of one assignment answer to the state it has just entered."""
    for defined in story.procedure.clocks:
        if defined.each != "assignment" or defined.role not in {None, assignment.role}:
            continue
        running = story.matter.clock(defined.name, assignment.no)
        is_over = assignment.state in defined.stops or not assignment.is_live
        if is_over and running is not None and running.is_live:
            story.tell(f.ClockStopped(clock=defined.name, no=assignment.no))
        if assignment.state in defined.starts:
            _start(story, defined, assignment.no)


def reclassified(story: Story, before: Matter) -> None:
    """Give running clocks the limit their table now names, still counted from their start."""
    for clock in [clock for clock in story.matter.clocks if clock.is_live]:
        defined = story.procedure.clock(clock.name)
        if defined is None:
            continue
        was, limit = limit_for(defined, before), limit_for(defined, story.matter)
        if was == limit:
            continue
        if limit is None:  # what the matter now is has no such limit
            story.tell(f.ClockStopped(clock=clock.name, no=clock.no))
            continue
        for amount in clock.extended:
            extension = parse_limit(amount)
            limit = limit.extended(extension) if extension.unit is limit.unit else limit
        deadline = _deadline(story, defined, replace(clock, limit=str(limit)))
        story.tell(f.ClockReset(clock=clock.name, no=clock.no, limit=str(limit), **deadline))


def extend(story: Story, name: str, amount: Limit | None) -> None:
    """Make every live run of a clock longer; raise Refusal when the procedure does not allow it."""
    defined = story.procedure.clock(name)
    if defined is None or defined.extension is None:
        raise Refusal("clock.not_extendable", clock=name)
    if amount is None:
        raise Refusal("clock.amount_missing", clock=name, up_to=str(defined.extension.up_to))
    allowed = defined.extension.up_to
    if amount.unit != allowed.unit or amount.amount > allowed.amount:
        raise Refusal("clock.extension_too_long", clock=name, amount=str(amount), up_to=str(allowed))
    live = [clock for clock in story.matter.clocks if clock.name == name and clock.is_live]
    if not live:
        raise Refusal("clock.not_running", clock=name)
    if all(len(clock.extended) >= defined.extension.times for clock in live):
        raise Refusal("clock.extended_already", clock=name, times=defined.extension.times)
    for clock in live:
        if len(clock.extended) < defined.extension.times:
            limit = parse_limit(clock.limit).extended(amount)
            deadline = _deadline(story, defined, replace(clock, limit=str(limit)))
            story.tell(
                f.ClockExtended(clock=name, no=clock.no, amount=str(amount), limit=str(limit), **deadline)
            )


def run_out(story: Story) -> Iterator[tuple[ClockDef, Clock, f.Alarm]]:
    """Tell amber and breach of every clock whose moment has come, then yield the automatic steps due.

    The caller takes each step and tells `AutomaticDone`; the next one is looked for afterwards, because
    a step may stop the clock.
    """
    while True:
        for clock in [clock for clock in story.matter.clocks if clock.state == "running"]:
            if not clock.amber_seen and clock.amber_at <= story.now:
                story.tell(f.ClockAmber(clock=clock.name, no=clock.no))
                story.send_on("amber", _assignment(story.matter, clock))
            if clock.breached_at is None and clock.due_at <= story.now:
                story.tell(f.ClockBreached(clock=clock.name, no=clock.no))
                story.send_on("breached", _assignment(story.matter, clock))
        ripe = [
            (alarm.at, clock.name, clock.no, alarm)
            for clock in story.matter.clocks
            if clock.state == "running"
            for alarm in clock.alarms
            if alarm.at <= story.now
        ]
        if not ripe:
            return
        _, name, no, alarm = min(ripe, key=lambda one: one[:3])
        defined, clock_now = story.procedure.clock(name), story.matter.clock(name, no)
        if defined is None or clock_now is None:
            return
        yield defined, clock_now, alarm


def _assignment(matter: Matter, clock: Clock) -> Assignment | None:
    return next((one for one in matter.assignments if clock.no and one.no == clock.no), None)


class _Deadline(TypedDict):
    due_at: datetime
    amber_at: datetime
    alarms: tuple[f.Alarm, ...]


def _start(story: Story, defined: ClockDef, no: int) -> None:
    before = story.matter.clock(defined.name, no)
    if before is not None and (before.is_live or not defined.restarts):
        return
    carried = _carried(story.matter, defined)
    limit = parse_limit(carried.limit) if carried is not None else limit_for(defined, story.matter)
    if limit is None:
        return
    since = (
        carried.started_at
        if carried is not None
        else dates.counted_from(story.matter, defined, story.calendar)
    )
    pauses = carried.pauses if carried is not None else ()
    begun = story.now if since is None else since
    due = due_after_pause(
        begun,
        limit,
        story.calendar,
        pauses=[Pause(one.since, one.until) for one in pauses],
        roll=defined.rolls,
    )
    due = due.astimezone(UTC)  # arithmetic within one zone is several times faster
    whole = due - min(begun, story.now)
    deadline = _from_due(defined, due, whole, range(len(defined.automatic)), story.calendar)
    story.tell(
        f.ClockStarted(clock=defined.name, limit=str(limit), no=no, since=since, pauses=pauses, **deadline)
    )


def restart(story: Story, name: str) -> None:
    """Stop a clock of the matter if it runs, and let it begin anew."""
    defined, running = story.procedure.clock(name), story.matter.clock(name)
    if running is not None and running.is_live:
        story.tell(f.ClockStopped(clock=name))
    if defined is not None:
        _start(story, defined, 0)


def carried_by(matter: Matter, now: datetime) -> tuple[CarriedClock, ...]:
    """Return the live clocks of a matter as they go along with a hand-over; one that stands still does so
    until `now`.
    """
    return tuple(
        CarriedClock(
            name=clock.name,
            limit=clock.limit,
            started_at=clock.started_at,
            pauses=clock.pauses
            if clock.paused_at is None
            else (*clock.pauses, StoodStill(clock.paused_at, now)),
        )
        for clock in matter.clocks
        if clock.is_live and clock.no == 0
    )


def _carried(matter: Matter, defined: ClockDef) -> CarriedClock | None:
    if not defined.continues:
        return None
    return next((one for one in matter.carried if one.name == defined.continues), None)


def _resume(story: Story, defined: ClockDef, clock: Clock) -> None:
    if clock.paused_at is not None:
        clock = replace(clock, pauses=(*clock.pauses, StoodStill(clock.paused_at, story.now)))
    story.tell(f.ClockResumed(clock=clock.name, no=clock.no, **_deadline(story, defined, clock)))


def _deadline(story: Story, defined: ClockDef, clock: Clock) -> _Deadline:
    """Return the deadline that follows from a clock's ledger: its start, limit and pauses."""
    limit = parse_limit(clock.limit)
    due = due_after_pause(
        clock.started_at, limit, story.calendar,
        pauses=[Pause(span.since, span.until) for span in clock.pauses], roll=defined.rolls,
    )  # fmt: skip
    whole = due_at(clock.started_at, limit, story.calendar, roll=defined.rolls) - clock.started_at
    left = [alarm.index for alarm in clock.alarms]
    return _from_due(defined, due.astimezone(UTC), whole, left, story.calendar)


def _from_due(
    defined: ClockDef, due: datetime, whole: timedelta, left: Iterable[int], calendar: Calendar
) -> _Deadline:
    """Return a deadline; `due` is in UTC, and `whole` is how long the limit is without any pause.

    Amber is a share of that whole, counted back from the end, so that standing still does not use it up.
    """
    amber = due - whole * (100 - defined.amber) // 100
    alarms = []
    for index in left:
        automatic = defined.automatic[index]
        at = due if automatic.at == "due" else amber
        if automatic.after is not None:
            at = _later(at, automatic.after, calendar)
        alarms.append(f.Alarm(index=index, at=at))
    return _Deadline(due_at=due, amber_at=amber, alarms=tuple(alarms))


def _later(at: datetime, after: Limit, calendar: Calendar) -> datetime:
    # A due instant is 00:00 of the next day: days after it count from the last day itself.
    start = at - timedelta(microseconds=1) if after.unit in BY_DAY else at
    return due_at(start, after, calendar).astimezone(UTC)
