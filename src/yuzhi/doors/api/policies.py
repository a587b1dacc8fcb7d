"""Policy answers over HTTP: found and read by everybody, entered and withdrawn by whom the city lets."""

from typing import Annotated

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from yuzhi.capabilities import policies
from yuzhi.capabilities.policies import FoundPolicy, KeptPolicy, NewPolicy, PolicyView, State, Topic
from yuzhi.doors.api._needs import administering, administering_all, needs
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import sound

POWER = "policies.manage"
MOST = 100
Words = Annotated[str, QueryParameter(name="q", max_length=100, description="some letters of it")]
# `state` itself is a name the framework keeps for its own.
StandingAsked = Annotated[State, QueryParameter(name="state", description="empty: in any")]


class PolicyPage(Struct, frozen=True):
    """Answers in order of their ids; `next` is the id after which the next page begins."""

    policies: tuple[PolicyView, ...]
    topics: tuple[Topic, ...]
    next: str | None


class KeptPage(Struct, frozen=True):
    """Answers as they are kept, in order of their ids; `next` is empty at the end."""

    policies: tuple[KeptPolicy, ...]
    next: str


class PoliciesFound(Struct, frozen=True):
    """The answers that fit what was asked, the best first; none where nothing fits well enough."""

    found: tuple[FoundPolicy, ...]


class NewPolicies(Struct, frozen=True, forbid_unknown_fields=True):
    """Answers to be entered or changed."""

    policies: tuple[NewPolicy, ...]


class PoliciesSaved(Struct, frozen=True):
    """How many were entered or changed."""

    saved: int


@get("/public/policies")
async def list_policies(
    request: AnyRequest, topic: FromQuery[str] = "", after: FromQuery[str] = "", most: FromQuery[int] = 20
) -> PolicyPage:
    """List the policy answers that are valid today, and the topics there are."""
    sound(topic, after)
    handed = needs(request)
    on = handed.office.calendar.day_of(handed.now())
    most = max(1, min(most, MOST))
    found = await policies.listed(handed.pool, on, topic=topic, after=after, most=most + 1)
    shown = found[:most]
    return PolicyPage(
        policies=shown,
        topics=await policies.topics(handed.pool, on),
        next=shown[-1].id if len(found) > most else None,
    )


@get("/public/policies/search")
async def find_policies(
    request: AnyRequest, q: FromQuery[str], topic: FromQuery[str] = "", most: FromQuery[int] = 10
) -> PoliciesFound:
    """Find policy answers by what somebody asks in their own words, the best first."""
    sound(q, topic)
    handed = needs(request)
    on = handed.office.calendar.day_of(handed.now())
    return PoliciesFound(await policies.find(handed.pool, q, on, topic=topic, most=most))


@get("/public/policies/{policy:str}")
async def show_policy(request: AnyRequest, policy: FromPath[str]) -> PolicyView:
    """Show one policy answer that is valid today."""
    sound(policy)
    handed = needs(request)
    return await policies.one(handed.pool, policy, handed.office.calendar.day_of(handed.now()))


@get("/admin/policies")
async def kept_policies(
    request: AnyRequest,
    words: Words = "",
    standing: StandingAsked = "",
    after: FromQuery[str] = "",
    most: FromQuery[int] = 20,
) -> KeptPage:
    """List every policy answer for whoever keeps them, those to come and those that are over, too."""
    sound(words, after)
    handed, _, now = administering(request, POWER)
    most = max(1, min(most, MOST))
    on = handed.office.calendar.day_of(now)
    found = await policies.kept(handed.pool, on, words=words, state=standing, after=after, most=most + 1)
    shown = found[:most]
    return KeptPage(shown, shown[-1].policy.id if len(found) > most else "")


@post("/policies", status_code=200)
async def save_policies(request: AnyRequest, data: JSONBody[NewPolicies]) -> PoliciesSaved:
    """Enter policy answers, or change them; for posts of a whole city."""
    sound(data)
    handed, by, now = administering_all(request, POWER)
    return PoliciesSaved(await policies.save(handed.pool, data.policies, actor=by.name, now=now))


@delete("/policies/{policy:str}")
async def withdraw_policy(request: AnyRequest, policy: FromPath[str]) -> None:
    """Withdraw a policy answer for good; for posts of a whole city."""
    sound(policy)
    handed, by, now = administering_all(request, POWER)
    await policies.withdraw(handed.pool, policy, actor=by.name, now=now)


HANDLERS = (list_policies, find_policies, show_policy, kept_policies, save_policies, withdraw_policy)
