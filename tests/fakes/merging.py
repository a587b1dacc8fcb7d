"""A procedure whose matters may be merged, are answered with their lead, and may be split off again."""

from fakes.procedures import a_clock, a_procedure, a_step, an_opening
from yuzhi.engine.definition import LetterRule, Verdict
from yuzhi.engine.limits import parse_limit

MERGING = a_procedure(
    a_step("merge", "received", "merged", duties=("desk",), does=("link", "resolve"), link="duplicate_of",
           outcomes=("merged",)),
    a_step("tell", "merged", duties=("lead_matter",), does=("follow",),
           letters=(LetterRule(letter="told", to="requester"),)),
    a_step("come-back", "merged", "received", duties=("lead_matter",), does=("unlink",), link="duplicate_of",
           outcomes=("withdrawn",)),
    a_step("split", "merged", "received", duties=("desk",), does=("unlink",), link="duplicate_of"),
    a_step("judge", "merged", duties=("requester",), does=("verdict",), guards=("lead_answered",)),
    a_step("dispute", ["merged", "closed"], "received", duties=("requester",), does=("verdict", "reopen"),
           guards=("in_reopen_window",)),
    a_step("answer", "received", "closed", duties=("desk",), does=("resolve",), texts=("reply",),
           outcomes=("solved", "withdrawn")),
    clocks=[a_clock("handle", ["opened", "received"], ["merged", "closed"], "5 workdays")],
    ends=("closed", "merged"),
    outcomes=("solved", "withdrawn", "merged"),
    name="joint",
    verdict=Verdict(window=parse_limit("15 days"), reopens_to="received"),
    opening=an_opening(),
)  # fmt: skip
