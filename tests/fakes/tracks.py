"""Two procedures between which matters are handed over: a talk that gives, a court that receives."""

from fakes.procedures import a_clock, a_procedure, a_step, an_opening
from yuzhi.engine.definition import Automatic, DateDef, Opening, Procedure, When

DATES = (DateDef(name="arose_on"), DateDef(name="agreed_on", not_before=("arose_on",)))

TALK: Procedure = a_procedure(
    a_step("agree", "received", duties=("handler",), form="agreement"),
    a_step("give", "received", "given", duties=("handler",), does=("hand_over",), opens=("court", "other"),
           carries=("agreement", "note")),
    a_step("go-on", "given", "received", duties=("receiver",), upon=("refused",)),
    a_step("taken", "given", "followed", duties=("receiver",), upon=("accepted",)),
    a_step("kept", "followed", "closed", duties=("receiver",), does=("resolve",), outcomes=("solved",),
           upon=("confirmed",)),
    a_step("broken", "followed", "received", duties=("receiver",), upon=("ended",)),
    a_step("note", "received", duties=("handler",), texts=("note",), needs=("agreement",)),
    a_step("stop", ["received", "given", "followed"], "closed", duties=("handler",), does=("resolve",),
           outcomes=("stopped",)),
    clocks=[
        a_clock("talk", "opened", "closed", "30 days"),
        a_clock("entrust", "given", ["received", "closed"], "7 days"),
    ],
    name="talk", leading_clock="talk", outcomes=("solved", "stopped"), dates=DATES,
    opening=an_opening(form="dispute"),
)  # fmt: skip

COURT: Procedure = a_procedure(
    a_step("assign", "received", duties=("routing",), does=("assign",)),
    a_step("take", "received", "hearing", duties=("handler", "clock"), does=("accept_hand_over",)),
    a_step("refuse", "received", "closed", duties=("handler",), does=("refuse_hand_over", "resolve"),
           outcomes=("refused",), reasons=("not_ours",), within="answer"),
    a_step("show", "hearing", duties=("handler",), needs=("agreement", "licence")),
    a_step("rule", "hearing", "closed", duties=("handler",), does=("resolve",),
           outcomes=("confirmed", "rejected"), texts=("reply",)),
    clocks=[
        a_clock("answer", "opened", ["hearing", "closed"], "5 workdays",
                automatic=(Automatic(step="take"),)),
        a_clock("apply", "opened", "closed", "30 days", since=("agreed_on",), basis="Law 33"),
        a_clock("entrusted", "opened", "closed", "1 day", continues="entrust"),
        a_clock("talk-on", "opened", "closed", "10 days", continues="talk"),
    ],
    name="court", leading_clock="answer", outcomes=("confirmed", "rejected", "refused"), dates=DATES,
    opening=Opening(duties=("hand_over", "desk"), kinds=("help", "case"), channels=("hand_over", "hotline"),
                    form="case", dispatch="assign"),
)  # fmt: skip

CLOSED: Procedure = a_procedure(
    a_step("end", "received", "closed", does=("resolve",), outcomes=("solved",)), name="other"
)
"""Takes nothing that is handed over."""

FORMS: dict[str, dict[str, object]] = {
    "dispute": {
        "type": "object", "additionalProperties": False,
        "properties": {
            "arose_on": {"type": "string", "format": "date", "x-journal": True},
            "claim": {"type": "string", "maxLength": 100},
            "private": {"type": "string", "maxLength": 100},
        },
    },
    "agreement": {
        "type": "object", "additionalProperties": False,
        "properties": {"agreed_on": {"type": "string", "format": "date", "x-journal": True}},
    },
    "case": {
        "type": "object", "additionalProperties": False,
        "properties": {
            "arose_on": {"type": "string", "format": "date", "x-journal": True},
            "agreed_on": {"type": "string", "format": "date", "x-journal": True},
            "claim": {"type": "string", "maxLength": 100},
        },
    },
}  # fmt: skip

AWARD = a_procedure(
    a_step("apply", "received", "closed", does=("resolve",), outcomes=("solved",), within="set-aside"),
    a_step("serve", "received", duties=("desk",), form="dispute", does=("restart",), clock="set-aside"),
    a_step("for-minors", "received", duties=("desk",), when=When(field=(("minor", ("true",)),))),
    clocks=[
        a_clock(
            "set-aside", "opened", "closed", "3 months", since=("agreed_on",), basis="Law 72",
            rows=[(When(before=(("agreed_on", "2026-03-01"),)), "6 months")],
        )
    ],
    name="award", dates=DATES,
)  # fmt: skip
