"""Reads the city's list of sensors: CSV with a header, all of it or nothing."""

import csv
from collections.abc import Callable
from io import StringIO

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.sensors._readings import NAME_LONGEST
from yuzhi.capabilities.sensors._views import Sensor

COLUMNS = ("id", "name", "territory", "lon", "lat", "place")
MOST = 100_000


def read_sensors(
    text: str, *, source: str, knows_territory: Callable[[str], bool] = lambda _code: True
) -> tuple[Sensor, ...]:
    """Return the sensors of a list; raise Refusal `sensor.bad_list` with every fault and its line."""
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    found: dict[str, Sensor] = {}
    errors: list[Refusal] = []
    try:
        missing = [name for name in ("id", "name") if name not in (reader.fieldnames or ())]
        unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
        if missing or unknown:
            raise Refusal("sensor.bad_columns", file=source, known=list(COLUMNS), given=unknown or missing)
        for row in reader:
            try:
                sensor = _sensor({name: (value or "").strip() for name, value in row.items() if name})
            except Refusal as refusal:
                errors.append(Refusal(refusal.code, **refusal.facts, file=source, line=reader.line_num))
            else:
                if sensor.territory and not knows_territory(sensor.territory):
                    told = {"territory": sensor.territory, "file": source, "line": reader.line_num}
                    errors.append(Refusal("territory.unknown", **told))
                if sensor.id in found:
                    errors.append(
                        Refusal("sensor.twice", sensor=sensor.id, file=source, line=reader.line_num)
                    )
                found[sensor.id] = sensor
            if len(found) > MOST:
                raise Refusal("sensor.too_many", most=MOST, given=len(found))
    except csv.Error as error:
        raise Refusal("sensor.no_csv", file=source, line=reader.line_num, trouble=str(error)) from error
    if errors:
        raise Refusal("sensor.bad_list", file=source, errors=tuple(errors))
    return tuple(found.values())


def _sensor(row: dict[str, str]) -> Sensor:
    id_, lon, lat = row["id"], row.get("lon", ""), row.get("lat", "")
    if not id_ or len(id_) > NAME_LONGEST or not id_.isprintable():
        raise Refusal("sensor.bad_name", longest=NAME_LONGEST)
    try:
        point = (float(lon), float(lat)) if lon or lat else None
    except ValueError:
        raise Refusal("place.bad_point", lon=lon[:20], lat=lat[:20]) from None
    if point is not None and not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90):
        raise Refusal("place.bad_point", lon=lon, lat=lat)
    if point is None and not row.get("territory"):
        raise Refusal("sensor.nowhere", sensor=id_)
    return Sensor(
        id=id_, name=row["name"][:NAME_LONGEST] or id_, territory=row.get("territory", ""),
        lon=point[0] if point else None, lat=point[1] if point else None, place=row.get("place", "")[:200],
    )  # fmt: skip
