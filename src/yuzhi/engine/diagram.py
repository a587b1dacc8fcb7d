"""Draws a procedure: as Mermaid text, or as an SVG of our own that needs no other program."""

from collections.abc import Mapping
from html import escape

from msgspec import Struct

from yuzhi.engine.definition import Procedure
from yuzhi.engine.graph import edges_of
from yuzhi.engine.layout import Box, columns_of
from yuzhi.engine.phrases import Language

FONT = 14
LINE = 17
ROW = 96
GAP = 190
MARGIN = 70
STYLE = """
text { font: 14px "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
.state { fill: #eef4fb; stroke: #34608f; stroke-width: 1.4; }
.end { fill: #f1f1ee; stroke: #6b6b63; stroke-width: 2.6; }
.here { fill: #1f5fae; stroke: #0d3a70; stroke-width: 3; }
.hereword { fill: #ffffff; font-weight: bold; }
.step { fill: none; stroke: #55606b; stroke-width: 1.2; marker-end: url(#tip); }
.exit { stroke: #a9b4bf; }
.clock { stroke-dasharray: 5 4; }
.label { font-size: 12px; fill: #22303c; stroke: #ffffff; stroke-width: 4px; paint-order: stroke; }
"""

TIP = (
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
    'orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" fill="#55606b"/></marker></defs>'
)


class _Line(Struct, frozen=True):
    """All steps that lead from one state to another, drawn as one line."""

    source: str
    target: str
    steps: tuple[str, ...]
    kind: str


def mermaid(procedure: Procedure, words: Mapping[str, Mapping[str, str]], language: Language) -> str:
    """Return the procedure as a Mermaid state diagram."""
    told = _words(words, language)
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{_plain(told("state", state))}" as {_id(state)}' for state in procedure.all_states]
    lines.append(f"    [*] --> {_id(procedure.starts)}")
    for line in _lines(procedure):
        label = " / ".join(_plain(told("step", step)) for step in line.steps)
        lines.append(f"    {_id(line.source)} --> {_id(line.target)} : {label}")
    lines += [f"    {_id(end)} --> [*]" for end in procedure.ends]
    return "\n".join(lines) + "\n"


def svg(
    procedure: Procedure, words: Mapping[str, Mapping[str, str]], language: Language, *, at: str = ""
) -> str:
    """Return the procedure as an SVG document; steps that only clocks take are dashed.

    `at` is the state where a matter stands: it is drawn so that it is seen at once.
    """
    told = _words(words, language)
    boxes = _boxes(procedure, told)
    placed = list(boxes.values())
    drawn = [_draw(line, boxes, placed, told) for line in _lines(procedure)]
    width = max(box.x + box.width / 2 for box in boxes.values()) + MARGIN
    height = max(box.y for box in placed) + ROW
    top = min(0.0, min(box.y for box in placed) - ROW)
    title = escape(told("procedure", procedure.name))
    view = f'viewBox="0 {top:.0f} {width:.0f} {height - top:.0f}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {view} role="img">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            TIP,
            f'<rect y="{top:.0f}" width="{width:.0f}" height="{height - top:.0f}" fill="#ffffff"/>',
            *(path for path, _ in drawn),
            *(
                _box(procedure, state, box, told("state", state), is_here=state == at)
                for state, box in boxes.items()
            ),
            *(label for _, label in drawn),
            "</svg>\n",
        )
    )


class _words:  # noqa: N801 -- reads as the function it is used as
    """Looks up what a name is called; a name without a word is told as it is."""

    def __init__(self, words: Mapping[str, Mapping[str, str]], language: Language) -> None:
        self.words = words.get(language, {})

    def __call__(self, prefix: str, name: str) -> str:
        return self.words.get(f"{prefix}.{name}", name)


def _lines(procedure: Procedure) -> tuple[_Line, ...]:
    steps: dict[tuple[str, str], list[str]] = {}
    by_people: set[tuple[str, str]] = set()
    for edge in edges_of(procedure):
        pair = (edge.source, edge.target)
        steps.setdefault(pair, []).append(edge.step)
        if edge.by_people or edge.by_routing:
            by_people.add(pair)
    lines = []
    for (source, target), names in steps.items():
        kind = "step exit" if target in procedure.ends else "step"
        kind += "" if (source, target) in by_people else " clock"
        lines.append(_Line(source, target, tuple(names), kind))
    return tuple(lines)


def _boxes(procedure: Procedure, told: _words) -> dict[str, Box]:
    columns = columns_of(procedure)
    tallest = max(len(column) for column in columns)
    boxes: dict[str, Box] = {}
    left = float(MARGIN)
    for column in columns:
        widest = max(_width(told("state", state), FONT) for state in column) + 28
        top = MARGIN + (tallest - len(column)) * ROW / 2
        for row, state in enumerate(column):
            boxes[state] = Box(left + widest / 2, top + row * ROW + ROW / 2, widest, 38)
        left += widest + GAP
    return boxes


def _box(procedure: Procedure, state: str, box: Box, word: str, *, is_here: bool = False) -> str:
    kind = "end" if state in procedure.ends else "state"
    kind += " here" if is_here else ""
    ink = ' class="hereword"' if is_here else ""
    start = f'<circle cx="{box.x - box.width / 2 - 16:.0f}" cy="{box.y:.0f}" r="6" fill="#34608f"/>'
    return (
        f'<rect class="{kind}" x="{box.x - box.width / 2:.0f}" y="{box.y - box.height / 2:.0f}" rx="9" '
        f'width="{box.width:.0f}" height="{box.height:.0f}"/>'
        f'<text{ink} x="{box.x:.0f}" y="{box.y + 5:.0f}" text-anchor="middle">{escape(word)}</text>'
        + (start if state == procedure.starts else "")
    )


def _draw(line: _Line, boxes: Mapping[str, Box], placed: list[Box], told: _words) -> tuple[str, str]:
    """Return the curve of a line and its label, which is put where it covers neither state nor label."""
    points = _curve(boxes[line.source], boxes[line.target])
    start, *rest = (f"{x:.0f} {y:.0f}" for x, y in points)
    path = f'<path class="{line.kind}" d="M{start}C{" ".join(rest)}"/>'
    rows = [told("step", step) for step in line.steps]
    width = max(_width(row, 12) for row in rows) + 6
    spots = [
        Box(*_on(points, share), width, len(rows) * LINE)
        for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.74, 0.8)
    ]
    spot = next((one for one in spots if not any(one.meets(other) for other in placed)), spots[0])
    placed.append(spot)
    top = spot.y - (len(rows) - 1) * LINE / 2 + 4
    spans = "".join(
        f'<tspan x="{spot.x:.0f}" y="{top + number * LINE:.0f}">{escape(row)}</tspan>'
        for number, row in enumerate(rows)
    )
    return path, f'<text class="label" text-anchor="middle">{spans}</text>'


Point = tuple[float, float]


def _curve(source: Box, target: Box) -> tuple[Point, Point, Point, Point]:
    """Return the four points of a Bézier curve: forward through the sides, back over top or bottom."""
    if target.x > source.x:
        start, end = (source.x + source.width / 2, source.y), (target.x - target.width / 2, target.y)
        reach = (end[0] - start[0]) * 0.45
        # A line over several columns goes round the states between them.
        lift = max(0.0, end[0] - start[0] - GAP * 1.2) / 5 * (-1 if target.y <= source.y else 1)
        return start, (start[0] + reach, start[1] + lift), (end[0] - reach, end[1] + lift), end
    if target.x == source.x:
        is_down = target.y > source.y
        side = 1 if is_down else -1
        start = (source.x + side * source.width / 4, source.y + side * source.height / 2)
        end = (target.x + side * target.width / 4, target.y - side * target.height / 2)
        bulge = side * (source.width / 2 + abs(end[1] - start[1]) / 5)
        return start, (start[0] + bulge, start[1]), (end[0] + bulge, end[1]), end
    above = -1 if source.y <= target.y else 1
    start = (source.x - source.width / 5, source.y + above * source.height / 2)
    end = (target.x + target.width / 5, target.y + above * target.height / 2)
    lift = above * (34 + (source.x - target.x) / 9)
    return start, (start[0] - 20, start[1] + lift), (end[0] + 20, end[1] + lift), end


def _on(points: tuple[Point, Point, Point, Point], share: float) -> Point:
    rest = 1 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    x = sum(weight * point[0] for weight, point in zip(weights, points, strict=True))
    y = sum(weight * point[1] for weight, point in zip(weights, points, strict=True))
    return x, y


def _width(text: str, size: int) -> float:
    """Return about how wide a text is: a Chinese character is as wide as it is high."""
    return sum(size if ord(char) > 0x2E7F else size * 0.56 for char in text)


def _id(state: str) -> str:
    return f"s_{state.replace('-', '_')}"


def _plain(text: str) -> str:
    """Return a text without the characters that mean something in Mermaid."""
    return "".join("·" if char in '":;#%{}[]<>\n\r`' else char for char in text)
