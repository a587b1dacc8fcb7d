"""A hotline request in small: routing, signing, objecting, waiting, answering, disputing."""

from fakes.procedures import a_clock, a_procedure, a_step, an_opening
from yuzhi.engine.definition import EventLetters, LetterRule, Pause, Verdict, When
from yuzhi.engine.limits import parse_limit

REQUEST = a_procedure(
    a_step(
        "dispatch",
        ["received", "objected"],
        "dispatched",
        duties=("dispatcher", "routing"),
        scope="territory",
        does=("assign",),
    ),
    a_step("add", ["dispatched", "handling"], duties=("dispatcher",), does=("assign",)),
    a_step("sign", "dispatched", "handling", scope="lead", does=("sign",)),
    a_step("co-sign", ["dispatched", "handling"], scope="co_handler", does=("sign",)),
    a_step(
        "object",
        "dispatched",
        "objected",
        scope="lead",
        does=("return",),
        reasons=("not_ours",),
        within="sign",
    ),
    a_step("agree", "objected", "received", duties=("dispatcher",), does=("agree_return",)),
    a_step("refuse", "objected", "dispatched", duties=("dispatcher",), does=("refuse_return",), reason=True),
    a_step("wait", "handling", "waiting", scope="lead", reasons=("missing", "weather")),
    a_step("resume", "waiting", "handling", duties=("handler", "requester")),
    a_step("extend", "handling", duties=("approver",), does=("extend",), clock="handle", reason=True),
    a_step("classify", ["received", "dispatched", "handling"], duties=("desk",), does=("classify",)),
    a_step("place", ["received", "dispatched", "handling"], duties=("desk",), does=("place",)),
    a_step(
        "merge",
        ["received", "dispatched", "handling"],
        "closed",
        duties=("desk",),
        does=("link", "resolve"),
        link="duplicate_of",
        outcomes=("merged",),
    ),
    a_step(
        "urge", ["dispatched", "handling"], duties=("requester", "desk"), scope="requester", does=("urge",)
    ),
    a_step(
        "co-answer",
        ["dispatched", "handling", "waiting"],
        scope="co_handler",
        does=("answer",),
        texts=("opinion",),
    ),
    a_step(
        "answer",
        "handling",
        "answered",
        scope="lead",
        does=("answer", "resolve"),
        outcomes=("solved", "explained"),
        guards=("all_answered",),
        texts=("reply",),
        form="result",
    ),
    a_step("confirm", "answered", "closed", duties=("requester", "desk"), does=("verdict",)),
    a_step(
        "dispute",
        ["answered", "closed"],
        "handling",
        duties=("requester",),
        does=("verdict", "reopen"),
        guards=("in_reopen_window",),
        texts=("objection",),
    ),
    a_step(
        "escalate", ["received", "dispatched", "objected", "handling"], duties=("clock",), does=("escalate",)
    ),
    a_step("close-late", "answered", "closed", duties=("clock",)),
    clocks=(
        a_clock(
            "handle",
            ["opened", "handling"],
            ["answered", "closed"],
            "5 workdays",
            pauses=(Pause("waiting", ("missing", "weather")),),
            rows=((When(urgency=("urgent",)), "24 hours"),),
        ),
        a_clock(
            "sign",
            "given",
            ["signed", "return_asked", "answered", "returned", "recalled"],
            "1 workday",
            each="assignment",
        ),
        a_clock("verdict", "answered", ["closed", "handling"], "15 days"),
    ),
    outcomes=("solved", "explained", "merged"),
    opening=an_opening(form="request", dispatch="dispatch"),
    verdict=Verdict(window=parse_limit("15 days"), reopens_to="handling"),
    leading_clock="handle",
    letters=(
        EventLetters(event="opened", letters=(LetterRule(letter="received", to="requester"),)),
        EventLetters(event="assigned", letters=(LetterRule(letter="given", to="assignee"),)),
        EventLetters(event="breached", letters=(LetterRule(letter="late", to="lead"),)),
    ),
)
