"""What an alarm does: one matter opened when it begins, one step of it taken when it is over.

The alarm's row is written in the transaction of the matter's entry, so neither is there without the other.
"""

from datetime import datetime

from msgspec.structs import replace

from yuzhi.base.actor import SENSOR
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import NewMatter, NewStep, Office
from yuzhi.capabilities.sensors._judging import Standing
from yuzhi.capabilities.sensors._views import ALARM, Alarm, Sensor
from yuzhi.engine.asks import Seen
from yuzhi.engine.definition import Pack, StepDef
from yuzhi.engine.sensing import SensorRule
from yuzhi.store.unit import Change, Row

CHANNEL = "sensor"
TRIES = 4
LANGUAGES = ("zh", "en")


async def open_alarm(
    office: Office, pack: Pack, rule: SensorRule, key: str, sensor: Sensor, standing: Standing, now: datetime
) -> Alarm:
    """Open the matter of an alarm; return once both are durable. Raises as opening a matter does."""
    label = _label(pack, rule)
    ask = NewMatter(
        procedure=rule.procedure, kind=rule.kind, urgency=rule.urgency, category=rule.category,
        channel=CHANNEL, subject=f"{label}：{sensor.name}"[:200],
        detail=f"{label}。{_told(office, rule, sensor, standing)}", territory=sensor.territory,
        lon=sensor.lon, lat=sensor.lat, place_words=sensor.place,
    )  # fmt: skip
    prepared = matters.prepare(
        office, ask, SENSOR, now, serial=await office.serials.next(), told=Seen(at=standing.at)
    )
    alarm = Alarm(
        rule=name_of(pack, rule), key=key, matter=prepared.matter.id, state="raised", raised_at=now,
        over_at=None, value=standing.value,
    )  # fmt: skip
    await office.gathering.save(_with(prepared.change, alarm))
    return alarm


async def settle_alarm(
    office: Office, rule: SensorRule, alarm: Alarm, sensor: Sensor, standing: Standing,
    now: datetime,
) -> tuple[Alarm, bool]:  # fmt: skip
    """Take the first step of `back` that an alarm's matter can take.

    Return the alarm as it is over, and whether a step was taken; if none was, the alarm is still to be ended.
    """
    over = replace(alarm, state="over", over_at=now, value=standing.value)
    for _ in range(TRIES):
        found = await matters.standings(office, [alarm.matter])
        step = _step(office, found[0].procedure, found[0].version, rule, found[0].state) if found else None
        if step is None:
            return over, False
        told = _told(office, rule, sensor, standing)
        ask = NewStep(
            texts=dict.fromkeys(step.texts, told), outcome=step.outcomes[0] if step.outcomes else ""
        )
        at = max(now, found[0].updated_at)
        try:
            change, _ = matters.prepare_step(office, found[0], step.name, ask, SENSOR, at)
            await office.gathering.save(_with(change, over))
        except Refusal as refusal:
            if refusal.code != "matter.stale":
                raise
        else:
            return over, True
    raise Refusal("store.busy", retry_after=1)


def name_of(pack: Pack, rule: SensorRule) -> str:
    """Return the name of a rule among all packs."""
    return f"{pack.name}/{rule.name}"


def _step(office: Office, procedure: str, version: str, rule: SensorRule, state: str) -> StepDef | None:
    """Return the step to take; the matter's own version of the procedure says which there are."""
    defined = office.shelf.procedure(procedure, version)
    from_here = {one.name: one for one in defined.steps_from(state) if "sensor" in one.duties}
    return next((from_here[name] for name in rule.back if name in from_here), None)


def _with(change: Change, alarm: Alarm) -> Change:
    row: Row = (
        alarm.rule, alarm.key, alarm.matter, alarm.state, alarm.raised_at, alarm.over_at, alarm.value,
    )  # fmt: skip
    return replace(change, rows={**change.rows, ALARM.name: [row]})


def _label(pack: Pack, rule: SensorRule) -> str:
    return next(
        (word for one in LANGUAGES if (word := pack.words.get(one, {}).get(f"sensor.{rule.name}"))), rule.name
    )


def _told(office: Office, rule: SensorRule, sensor: Sensor, standing: Standing) -> str:
    at = standing.at.astimezone(office.calendar.zone)
    return (
        f"{sensor.name}（{sensor.id}）{at:%Y-%m-%d %H:%M:%S} 读数 {standing.value:g} {rule.unit}".rstrip()
        + "。"
    )
