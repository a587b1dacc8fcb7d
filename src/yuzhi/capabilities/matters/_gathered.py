"""The matters a figure is made from: those somebody may see, as one statement that indexes serve."""

from msgspec import Struct

from yuzhi.capabilities.matters._filters import TESTS, Filters, conditions
from yuzhi.capabilities.matters._scope import BELOW, LEVELS, Scope


class Gathered(Struct, frozen=True):
    """A statement that finds each matter once, and its arguments; others may follow them."""

    sql: str
    arguments: tuple[object, ...]

    def after(self, *more: object) -> list[object]:
        """Return the arguments with others behind them."""
        return [*self.arguments, *more]

    def place(self, nth: int) -> str:
        """Return what stands for the nth argument that follows, counted from one."""
        return f"${len(self.arguments) + nth}"


def gathered(
    scope: Scope, filters: Filters, *, columns: str, where: str, is_open: bool, put: tuple[object, ...] = ()
) -> Gathered:
    """Return the statement for `columns` of the matters of a scope that pass the filters and `where`.

    `put` are the arguments $1, $2 … that `columns` and `where` speak of. A matter is of one's ground or of
    one's unit: of its queue if open ones are asked for, else of all it ever had. Ground is looked up level
    by level, so that an index by time or by deadline is of use. Raises Refusal `list.bad_filter`.
    """
    levels = [length for length in (*LEVELS, BELOW) if scope.at_level(length)]
    names, values = conditions(filters)
    arguments = [*put, *(scope.at_level(length) for length in levels), list(scope.units), *values]
    first = len(put) + 1
    ground = " or ".join(
        f"m.{LEVELS.get(length, 'territory')} = any(${place}::text[])"
        for place, length in enumerate(levels, start=first)
    )
    first_filter = first + len(levels) + 1
    tests = "".join(f" and {TESTS[name].format(n=first_filter + place)}" for place, name in enumerate(names))
    units = f"select a.matter_id from assignment a where a.unit = any(${first_filter - 1}::text[])"
    units += " and a.is_live" if is_open else _same_period(names, first_filter)
    found = f"select {columns} from matter m where"
    branches = [f"{found} ({ground}) and {where}{tests}"] if ground else []
    branches.append(f"{found} m.id in ({units}){f' and not ({ground})' if ground else ''} and {where}{tests}")
    return Gathered(" union all ".join(branches), tuple(arguments))


def _same_period(names: tuple[str, ...], first: int) -> str:
    """Return the period once more for assignments, which know when their matter was opened."""
    return "".join(
        f" and {TESTS[name].format(n=first + place).replace('m.', 'a.')}"
        for place, name in enumerate(names)
        if name in {"opened_from", "opened_to"}
    )
