"""Readings taken in, as many as come, and the few of them that change anything made durable.

Nothing is remembered of a reading but its sensor's newest; what is written is each change of phase, before
anything follows from it. What ought to be is worked out from that (an alarm for every key with an alarmed
sensor, and for no other), so whatever a crash left undone is done when we are back, and once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import asyncpg
import structlog
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.sensors import _queries as queries
from yuzhi.capabilities.sensors._acting import name_of, open_alarm, settle_alarm
from yuzhi.capabilities.sensors._judging import ALARMED, Standing, judge, let_pass
from yuzhi.capabilities.sensors._readings import Reading, read_message
from yuzhi.capabilities.sensors._views import Alarm, Sensor
from yuzhi.engine.definition import Pack
from yuzhi.engine.sensing import SensorRule
from yuzhi.store.postgres.pool import acquired

log = structlog.get_logger()

AHEAD = timedelta(minutes=2)
"""How far ahead of our clock a reading may be."""
OLDEST = timedelta(days=1)
AGAIN_AFTER = timedelta(minutes=10)
"""When an alarm that could not be opened or settled is tried again."""

Place = Callable[[Sensor], str]
Pair = tuple[str, str]


class _Rule(Struct, frozen=True):
    name: str
    pack: Pack
    rule: SensorRule


def _rules_of(packs: Iterable[Pack]) -> dict[str, _Rule]:
    found = (_Rule(name_of(pack, rule), pack, rule) for pack in packs for rule in pack.sensors)
    return {one.name: one for one in found}


def _versions_of(rules: dict[str, _Rule]) -> dict[str, str]:
    return {name: one.pack.version for name, one in rules.items()}


def _by_quantity(rules: dict[str, _Rule]) -> dict[str, list[_Rule]]:
    found: dict[str, list[_Rule]] = {}
    for one in rules.values():
        found.setdefault(one.rule.quantity, []).append(one)
    return found


class Absorber:
    """All sensors of a city under all rules of its packs. One at a time may work; see `take_lead`."""

    def __init__(self, office: Office, pool: asyncpg.Pool, packs: Iterable[Pack]) -> None:
        self._office, self._pool = office, pool
        self._rules = _rules_of(packs)
        self._of_quantity = _by_quantity(self._rules)
        self._sensors: dict[str, Sensor] = {}
        self._grounds: dict[str, str] = {}  # by sensor, the territory it stands in
        self._standings: dict[Pair, Standing] = {}
        self._changed: dict[Pair, Standing] = {}
        self._passing: set[Pair] = set()  # that time alone may change
        self._alarms: dict[Pair, Alarm] = {}
        self._members: dict[Pair, set[str]] = {}  # by rule and key, the sensors that are alarmed
        self._looked_at: set[Pair] = set()  # rules and keys to look at
        self._not_before: dict[Pair, datetime] = {}
        self.counts: Counter[str] = Counter()

    async def load(self) -> None:
        """Load sensors, where they stand and their alarms; what was left undone is looked at again."""
        async with acquired(self._pool) as conn:
            self._alarms = await queries.load_alarms(conn)
            self._standings = await queries.load_standings(conn)
            await self._load_sensors(conn)
        self._gather()

    async def load_sensors(self) -> None:
        """Load the list of sensors again, for it may have changed, and with it whose alarm is whose."""
        before = self._sensors, self._grounds
        async with acquired(self._pool) as conn:
            await self._load_sensors(conn)
        if before != (self._sensors, self._grounds):
            self._gather()

    def take_rules(self, packs: Iterable[Pack]) -> bool:
        """Judge by the rules of these packs from now on; say whether they are others than before.

        Where every sensor stands is kept; an alarm of a rule that is no more goes on until somebody ends it.
        """
        rules = _rules_of(packs)
        if _versions_of(rules) == _versions_of(self._rules):
            return False
        self._rules, self._of_quantity = rules, _by_quantity(rules)
        self._gather()
        return True

    def _gather(self) -> None:
        """Find anew which alarms ought to be there."""
        self._members.clear()
        for (rule, sensor), standing in self._standings.items():
            self._note(rule, sensor, standing)
        self._looked_at |= {*self._members, *self._alarms}

    async def _load_sensors(self, conn: asyncpg.Connection) -> None:
        self._sensors = await queries.load_sensors(conn)
        ground = self._office.ground()
        grounds = {}
        for one in tuple(self._sensors.values()):
            try:
                grounds[one.id] = ground.place(one.territory, one.lon, one.lat, "")
            except Refusal as refusal:
                # An alarm nobody can place is the desk's; it is never kept back for that.
                log.warning("a sensor stands nowhere", sensor=one.id, code=refusal.code)
                grounds[one.id] = ""
                self._sensors[one.id] = Sensor(one.id, one.name, place=one.place)
        self._grounds = grounds

    def take_message(self, topic: str, payload: bytes, now: datetime) -> None:
        """Take a message in; one that cannot be read is counted by its code."""
        try:
            readings = read_message(topic, payload, now)
        except Refusal as refusal:
            self.counts[refusal.code] += 1
        else:
            self.take(readings, now)

    def take(self, readings: Sequence[Reading], now: datetime) -> None:
        """Take readings in; nothing is written yet."""
        newest, oldest = now + AHEAD, now - OLDEST
        counts, of_quantity, standings = self.counts, self._of_quantity, self._standings
        for reading in readings:
            at = reading.at
            if at > newest:
                counts["sensor.in_future"] += 1
            elif at < oldest:
                counts["sensor.too_old"] += 1
            elif reading.sensor not in self._sensors:
                counts["sensor.unknown"] += 1
            elif (rules := of_quantity.get(reading.quantity)) is None:
                counts["sensor.no_rule"] += 1
            else:
                counts["taken"] += 1
                for one in rules:
                    pair = (one.name, reading.sensor)
                    standing = standings.get(pair)
                    if standing is None:
                        standing = standings[pair] = Standing("calm", at, at, reading.value)
                    elif at <= standing.at:
                        counts["late" if at < standing.at else "repeated"] += 1
                        continue
                    if judge(one.rule, standing, reading.value, at):
                        self._note(one.name, reading.sensor, standing)
                        self._changed[pair] = standing

    @property
    def is_settled(self) -> bool:
        """Say whether everything that was taken in is durable as far as it matters."""
        return not self._changed and not self._looked_at

    def _note(self, rule: str, sensor: str, standing: Standing) -> None:
        """Note what a change of phase may lead to."""
        pair = (rule, sensor)
        if standing.phase in {"rising", "falling"}:
            self._passing.add(pair)
        else:
            self._passing.discard(pair)
        known = self._rules.get(rule)
        if known is None:  # of a rule that is no more
            return
        key = (rule, sensor if known.rule.one_per == "sensor" else self._grounds.get(sensor, ""))
        members = self._members.setdefault(key, set())
        if (standing.phase in ALARMED) != (sensor in members):
            (members.add if standing.phase in ALARMED else members.discard)(sensor)
            self._looked_at.add(key)

    async def settle(self, now: datetime) -> None:
        """Let time pass, write what changed, and do what follows; raise as the store does when it is away."""
        for pair in list(self._passing):
            rule, standing = self._rules.get(pair[0]), self._standings[pair]
            if rule is not None and let_pass(rule.rule, standing, now):
                self._note(*pair, standing)
                self._changed[pair] = standing
        for key, when in list(self._not_before.items()):
            if now >= when:
                del self._not_before[key]
                self._looked_at.add(key)
        if self._changed:
            changed, self._changed = self._changed, {}
            try:
                async with acquired(self._pool) as conn:
                    await queries.save_standings(conn, changed)
            except Refusal:
                self._changed = changed | self._changed
                raise
        for key in sorted(self._looked_at):
            self._looked_at.discard(key)
            if key in self._not_before:
                continue
            try:
                await self._look_at(key, now)
            except Refusal:
                self._looked_at.add(key)
                raise

    async def save_counts(self, now: datetime) -> None:
        """Make durable what was counted."""
        if not self.counts:
            return
        counts, self.counts = self.counts, Counter()
        try:
            async with acquired(self._pool) as conn:
                await queries.add_counts(conn, counts, now)
        except Refusal:
            self.counts += counts
            raise

    async def _look_at(self, key: Pair, now: datetime) -> None:
        known, alarm = self._rules.get(key[0]), self._alarms.get(key)
        members = self._members.get(key, set())
        is_raised = alarm is not None and alarm.state == "raised"
        if known is None or bool(members) == is_raised:
            return
        try:
            if members:
                await self._raise(known, key, sorted(members)[0], now)
            elif alarm is not None:
                await self._end(known, alarm, now)
        except Refusal as refusal:
            if refusal.code.startswith("store."):
                raise
            log.warning("an alarm cannot be followed", rule=key[0], key=key[1], code=refusal.code)
            self.counts[f"refused.{refusal.code}"] += 1
            self._not_before[key] = now + AGAIN_AFTER

    async def _raise(self, known: _Rule, key: Pair, sensor: str, now: datetime) -> None:
        before = self._alarms.get(key)
        if before is not None and before.over_at is not None and now < before.over_at + known.rule.quiet_for:
            self._not_before[key] = before.over_at + known.rule.quiet_for
            return
        about = self._sensors.get(sensor)
        if about is None:
            raise Refusal("sensor.unknown", sensor=sensor)
        standing = self._standings[known.name, sensor]
        self._alarms[key] = await open_alarm(
            self._office, known.pack, known.rule, key[1], about, standing, now
        )
        self.counts["opened"] += 1

    async def _end(self, known: _Rule, alarm: Alarm, now: datetime) -> None:
        sensor, standing = self._last_of(known, alarm)
        over, was_told = await settle_alarm(self._office, known.rule, alarm, sensor, standing, now)
        if not was_told:
            async with acquired(self._pool) as conn:
                await queries.end_alarm(conn, over)
        self._alarms[alarm.rule, alarm.key] = over
        self.counts["settled"] += 1

    def _last_of(self, known: _Rule, alarm: Alarm) -> tuple[Sensor, Standing]:
        """Return the sensor of an alarm that reported last."""
        is_own = known.rule.one_per == "sensor"
        mine = [
            (standing, sensor)
            for (rule, sensor), standing in self._standings.items()
            if rule == alarm.rule and alarm.key == (sensor if is_own else self._grounds.get(sensor, ""))
        ]
        if not mine:
            return Sensor(alarm.key, alarm.key), Standing(
                "calm", alarm.raised_at, alarm.raised_at, alarm.value
            )
        standing, sensor = max(mine, key=lambda one: one[0].at)
        return self._sensors.get(sensor, Sensor(sensor, sensor)), standing
