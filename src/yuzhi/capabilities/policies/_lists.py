"""Policy answers from a list, CSV or XLSX: all of it or nothing, each fault with its line."""

from pathlib import Path
from typing import Final

from yuzhi.capabilities.policies._asks import ANSWER_MOST, QUESTION_MOST, NewPolicy
from yuzhi.capabilities.registry import Cells, Faults, Row, read_rows

SOURCE_MOST: Final = 300
COLUMNS: Final = {
    "id": ("编号", "问答编号"),
    "question": ("问题", "问"),
    "answer": ("答案", "解答", "答"),
    "source": ("政策依据", "依据", "来源"),
    "topic": ("主题", "类别"),
    "valid_from": ("生效日期", "起始日期"),
    "valid_to": ("失效日期", "终止日期"),
}


def read_policies(path: Path) -> tuple[NewPolicy, ...]:
    """Return the answers of a list: id, question, answer, source[, topic, valid_from, valid_to].

    Raises Refusal `registry.file_refused` with every fault.
    """
    faults = Faults(path.name)
    cells = Cells(faults, None)
    lines: dict[str, int] = {}
    found = []
    for row in read_rows(path, faults, columns=COLUMNS, needed=("id", "question", "answer", "source")):
        id_ = cells.identity(row, "id", lines)
        question = cells.word(row, "question", longest=QUESTION_MOST)
        source = cells.word(row, "source", longest=SOURCE_MOST)
        # Answers may have several lines.
        cells.word(
            Row(row.line, {"answer": " ".join(row.cells["answer"].split())}), "answer", longest=ANSWER_MOST
        )
        topic = cells.word(row, "topic") if row.cells.get("topic") else ""
        first, past = cells.days(row)
        found.append(
            NewPolicy(
                id=id_, question=question, answer=row.cells["answer"], source=source, topic=topic,
                valid_from=first, valid_to=past,
            )
        )  # fmt: skip
    faults.refuse()
    return tuple(found)
