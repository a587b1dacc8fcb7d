"""The administrator's story: a unit, a person, a post, an account; a pack by two persons; the trace."""

import re
from base64 import b32decode
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.async_api import Page, expect

from fakes.opens import Opens
from fakes.stage import ADMIN, DESK, REVIEWER, Stage
from yuzhi.capabilities.accounts._totp import code_at, step_at
from yuzhi.settings import shipped_packs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACK = shipped_packs()[0] / "grid-event"
SOON = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 -- the browser's own day


def packed(version: str) -> bytes:
    """Return the grid's pack under another version, with another limit."""
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for file in sorted(one for one in PACK.rglob("*") if one.is_file()):
            text = file.read_text(encoding="utf-8")
            if file.name == "pack.toml":
                text = re.sub(r'^version = ".*"', f'version = "{version}"', text, flags=re.MULTILINE)
            text = text.replace("limit: 5 workdays", "limit: 7 workdays")
            archive.writestr(file.relative_to(PACK).as_posix(), text)
    return out.getvalue()


async def choose_place(page: Page, words: str) -> None:
    """Find a territory by its name and take the first."""
    form = page.locator("form").last
    await form.get_by_label("辖区").fill(words)
    await form.get_by_role("button", name=re.compile(words)).first.click()


async def enters(opens: Opens, invitation: str) -> None:
    """Whoever was invited sets a password, signs in, and sets up a second factor."""
    password = "marble lantern 83 voyages"
    async with opens() as page:
        await page.goto("/sign-in/invitation")
        await page.get_by_label("邀请码").fill(invitation)
        await page.get_by_label("新密码").fill(password)
        await page.get_by_role("button", name="设置密码").click()
        await page.get_by_role("link", name="登录", exact=True).click()
        await page.get_by_label("账号", exact=True).fill("zhenghai")
        await page.get_by_label("密码", exact=True).fill(password)
        await page.get_by_role("button", name="登录", exact=True).click()
        await page.get_by_role("link", name="我的账号").click()
        await expect(page.get_by_text("还没有启用")).to_be_visible()
        await page.reload()  # whoever comes here straight away may change things, too
        await page.get_by_role("button", name="启用动态验证码").click()
        await expect(page.get_by_role("img", name="供身份验证器扫描的二维码")).to_be_visible()
        secret = b32decode(await page.locator("p.secret").inner_text())
        await page.get_by_label("动态验证码").fill(code_at(secret, step_at(datetime.now(UTC))))
        await page.get_by_role("button", name="确定").click()
        await expect(page.get_by_text("还有 10 个恢复码可用")).to_be_visible()


async def test_a_unit_a_person_a_post_and_an_account_are_made(stage: Stage, opens: Opens) -> None:
    async with opens(post=ADMIN) as page:
        await page.goto("/admin/units")
        await page.get_by_role("button", name="新增单位").click()
        await page.get_by_label("单位编码").fill("service")
        await page.get_by_label("单位名称").fill("便民服务中心")
        await page.get_by_label("单位类别").select_option(label="镇街")
        await choose_place(page, "首南街道")
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_role("heading", name="便民服务中心")).to_be_visible()
        await page.get_by_role("button", name="新增岗位").click()
        await page.get_by_role("button", name="新增人员").click()
        await page.get_by_label("人员编号").fill("9001")
        await page.get_by_label("姓名", exact=False).last.fill("郑海")
        await page.get_by_role("button", name="新增人员").last.click()
        await expect(page.get_by_text("郑海")).to_be_visible()
        await page.locator("input[type=checkbox][value=handler]").check()
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_role("listitem").filter(has_text="郑海")).to_contain_text(
            "宁波市鄞州区首南街道"
        )
        await page.goto("/admin/accounts?person=9001")
        await page.get_by_role("button", name="新增账号").click()
        await page.get_by_label("账号名").fill("zhenghai")
        await page.locator("form button[type=submit]").click()
        await expect(page.get_by_text("邀请码只显示这一次")).to_be_visible()
        code = await page.locator(".once .value").inner_text()
    await enters(opens, code.strip())
    [post] = (await stage.get("/admin/posts?unit=service", ADMIN))["posts"]
    assert (post["person"], post["duties"], post["territory"]) == ("9001", ["handler"], "330212002")


async def test_a_pack_is_approved_by_another_and_the_trace_tells_it(stage: Stage, opens: Opens) -> None:
    async with opens(post=ADMIN) as page:
        await page.goto("/admin/packs")
        await page.get_by_label("业务包文件").set_input_files(
            {"name": "grid.zip", "mimeType": "application/zip", "buffer": packed("2099.1")}
        )
        await page.get_by_label("生效日期").fill(SOON)
        await page.get_by_role("button", name="提出新版本").click()
        await expect(page.get_by_text(re.compile("新增.*7 个工作日")).first).to_be_visible()
        await expect(page.get_by_text("您的岗位不能批准业务包")).to_be_visible()
    async with opens(post=REVIEWER) as page:
        await page.goto("/admin/packs")
        await page.get_by_role("link", name="grid-event 2099.1").click()
        await page.get_by_role("button", name="批准", exact=True).click()
        await expect(page.get_by_text("已批准，到生效日期起执行")).to_be_visible()
        await page.goto("/admin/traces")
        await page.get_by_label("类型").select_option(label="业务包变动")
        await page.get_by_role("button", name="查找").click()
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("person:f")
        await expect(rows.last).to_contain_text("person:e")
    versions = {one["name"]: one for one in (await stage.get("/packs"))["packs"]}["grid-event"]["versions"]
    assert [(one["version"], one["is_in_force"]) for one in versions][-1] == ("2099.1", False)


async def test_a_list_with_faults_is_not_taken_in(opens: Opens, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("人员编号,姓名\n7001,何一\n7001,何二\n", encoding="utf-8")
    good.write_text("人员编号,姓名\n7001,何一\n7002,何二\n", encoding="utf-8")
    async with opens(post=ADMIN) as page:
        await page.goto("/admin/import")
        await page.get_by_label("导入什么").select_option("people")
        await page.get_by_label("文件", exact=True).set_input_files(bad)
        await page.get_by_role("button", name="先试一下").click()
        await expect(page.get_by_text("有 1 处错误")).to_be_visible()
        await expect(page.locator("tbody tr")).to_contain_text("3")
        await expect(page.get_by_role("button", name="正式导入")).to_be_disabled()
        await page.get_by_label("文件", exact=True).set_input_files(good)
        await page.get_by_role("button", name="先试一下").click()
        await expect(page.get_by_text("将新增 2 条")).to_be_visible()
        await page.get_by_role("button", name="正式导入").click()
        await expect(page.get_by_text("已导入：新增 2 条")).to_be_visible()


async def test_who_has_no_power_is_told_whose_duty_it_is(opens: Opens) -> None:
    async with opens(post=DESK) as page:
        await page.goto("/admin/system")
        await expect(page.get_by_text("您的岗位没有“查看系统状态”的权限")).to_be_visible()
        await expect(page.get_by_text("由以下职责办理").first).to_contain_text("系统管理员")
        await expect(page.get_by_role("link", name="系统状态")).to_have_count(0)
