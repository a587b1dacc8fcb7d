"""Exports: a worklist and a matter as XLSX and PDF, by whom, how much, what is masked, what trace is left."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from openpyxl import load_workbook

from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, served
from yuzhi.capabilities.exports import _exporting

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHO = {"name": "欧阳无痕", "phone": "13877776666", "address": "解放路3号"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        yield made


async def exported(city: Served, path: str, by: str = CLERK, language: str = "zh", **asked: Any) -> Any:
    answer = await city.get(path, by, params=asked, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer


def table(content: bytes, sheet: int = 0) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book.worksheets[sheet].rows]


async def traced(city: Served) -> list[dict[str, Any]]:
    found = await city.pool.fetch(
        "select subject, actor, facts::text from trace where kind = 'exported' order by at"
    )
    return [dict(row) for row in found]


async def test_a_worklist_leaves_as_it_is_filtered_with_a_trace(city: Served) -> None:
    wanted = await city.opened(subject="=路灯不亮，电话13877776666", kind="help", requester=WHO)
    await city.opened(subject="噪音扰民", kind="complaint")
    answer = await exported(city, "/matters/export", kind="help")
    heads, line, *remarks = table(answer.content)
    assert heads[:4] == ["编号", "标题", "流程", "环节状态"]
    told = dict(zip(heads, line, strict=True))
    assert (told["编号"], told["类型"], told["时限情况"]) == (wanted["number"], "求助", "未超期")
    assert told["标题"] == "'=路灯不亮，电话【电话】"
    assert told["提出时间"].year > 2000
    assert "共 1 件" in remarks[0][0]
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    assert (answer.headers["x-yuzhi-rows"], answer.headers["x-yuzhi-all"]) == ("1", "true")
    last = (await traced(city))[-1]
    assert (last["subject"], last["actor"]) == ("worklist", f"post:{CLERK}")
    assert '"kind":"help"' in last["facts"].replace(" ", "")
    english = table((await exported(city, "/matters/export", language="en", kind="help")).content)
    assert english[0][:3] == ["Number", "Subject", "Procedure"]


async def test_only_what_may_be_seen_leaves(city: Served) -> None:
    await city.opened(subject="只在这边", territory="330212001")
    near = table((await exported(city, "/matters/export", NEAR)).content)
    assert "只在这边" in {row[1] for row in near}
    far = await exported(city, "/matters/export", FAR, order="newest")
    assert "只在这边" not in {row[1] for row in table(far.content)}
    for by in (RESIDENT, ""):
        refused = await city.get("/matters/export", by)
        assert (refused.status_code, refused.json()["code"]) == (403, "export.posts_only"), refused.text


async def test_a_long_list_is_cut_and_says_so(city: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        await city.opened(subject=f"第 {number} 件", kind="suggestion")
    monkeypatch.setattr(_exporting, "MOST_ROWS", 2)
    answer = await exported(city, "/matters/export", kind="suggestion")
    told = table(answer.content)
    assert len(told) == 1 + 2 + 2
    assert told[-1][0] == "只导出了前 2 件，清单里还有更多：请缩小筛选条件后再导出。"
    assert answer.headers["x-yuzhi-all"] == "false"
    monkeypatch.setattr(_exporting, "MOST_ROWS", 3)
    assert (await exported(city, "/matters/export", kind="suggestion")).headers["x-yuzhi-all"] == "true"


async def test_lists_and_matters_are_printed(city: Served) -> None:
    opened = await city.opened(subject="井盖松动😀", detail="门口的井盖松了。", requester=WHO)
    for path, name in (
        ("/matters/export", "worklist-"),
        (f"/matters/{opened['number']}/export", opened["number"]),
    ):
        answer = await exported(city, path, form="pdf")
        assert answer.content.startswith(b"%PDF")
        assert answer.headers["content-type"] == "application/pdf"
        assert f'filename="{name}' in answer.headers["content-disposition"]


async def test_what_was_filled_into_a_form_leaves_line_by_line(city: Served) -> None:
    opened = await city.opened(subject="井盖松动", form={"wants_reply": True, "asked_before": "once"})
    answer = await exported(city, f"/matters/{opened['id']}/export", form="xlsx")
    facts = dict(row[:2] for row in table(answer.content) if len(row) > 1)
    assert facts["填写内容"] == "需要回复：是； 以前是否反映过：一次"


async def test_a_matter_tells_its_story_and_not_who_asked(city: Served) -> None:
    opened = await city.opened(
        subject="井盖松动", detail="我是欧阳无痕，电话13877776666，门口的井盖松了。", requester=WHO
    )
    reply = {"reply": "已通知养护单位，有事请拨13877776666。"}
    done = await city.step(opened["id"], "answer-at-once", outcome="explained", texts=reply)
    assert done.status_code == 200, done.text
    answer = await exported(city, f"/matters/{opened['id']}/export", form="xlsx")
    facts = dict(row[:2] for row in table(answer.content) if len(row) > 1)
    assert (facts["编号"], facts["标题"], facts["环节状态"]) == (opened["number"], "井盖松动", "待评价")
    assert facts["答复意见"] == "已通知养护单位，有事请拨【电话】。"
    story = table(answer.content, 2)
    assert [row[1] for row in story] == ["环节", "登记", "当场答复"]
    whole = str([table(answer.content, sheet) for sheet in range(3)])
    assert WHO["name"] not in whole
    assert WHO["phone"] not in whole
    assert facts["电话"] == "138****6666"
    assert (await traced(city))[-1]["subject"] == f"matter:{opened['number']}"
    refused = await city.get(f"/matters/{opened['id']}/export", FAR)
    assert (refused.status_code, refused.json()["code"]) == (404, "matter.not_found")
