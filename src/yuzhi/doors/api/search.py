"""Search over HTTP: matters in which words stand, newest first, with the passages."""

from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from yuzhi.capabilities import search as finding
from yuzhi.capabilities.search import FoundPage, Wanted
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import AskedInstant, instant

Words = Annotated[str, QueryParameter(name="q", description="Words that must all stand in a matter.")]
# `state` itself is a name the framework keeps for its own.
State = Annotated[str, QueryParameter(name="state")]


@get("/search")
async def search(
    request: AnyRequest,
    words: Words,
    territory: FromQuery[str] = "",
    procedure: FromQuery[str] = "",
    in_state: State = "",
    kind: FromQuery[str] = "",
    urgency: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    outcome: FromQuery[str] = "",
    category: FromQuery[str] = "",
    opened_from: AskedInstant = None,
    opened_to: AskedInstant = None,
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 20,
) -> FoundPage:
    """Find matters this post may see by the words in their subject, details, place, answers, and number."""
    handed, by, _ = asking(request)
    wanted = Wanted(
        words=words, within=handed.same_ground(territory) if territory else (), procedure=procedure,
        state=in_state, kind=kind, urgency=urgency, channel=channel, outcome=outcome, category=category,
        opened_from=instant("opened_from", opened_from), opened_to=instant("opened_to", opened_to),
    )  # fmt: skip
    return await finding.find(handed.pool, by, wanted, after=after, most=most)


HANDLERS = (search,)
