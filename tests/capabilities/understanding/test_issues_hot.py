"""Hot issues: one thing in one place in one stretch of time; the hottest first; the same tomorrow."""

import csv
import gzip
import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yuzhi.capabilities.understanding.issues import IssueBook, Message, Voice, heat_of, hot_issues

START = datetime(2025, 3, 1, tzinfo=UTC)
NOISE = (
    "望江府东侧搅拌机整夜轰鸣无法入睡",
    "望江府旁边搅拌机噪声扰民",
    "望江府业主反映搅拌机粉尘噪声",
    "反对在望江府门口设搅拌机",
    "望江府搅拌机深夜作业太吵",
)
PARKING = (
    "云湖花园物业强卖车位",
    "云湖花园车位只卖不租逼业主购买",
    "投诉云湖花园开发商强迫买车位",
    "云湖花园买房必须买车位合理吗",
    "云湖花园强制搭售车位",
)
OTHERS = [
    "路灯不亮",
    "公交班次太少",
    "社会保险怎么转移",
    "学区如何划分",
    "垃圾无人清运",
    "井盖松动",
    "营业执照办理流程",
    "自来水发黄",
    "广场舞扰民",
    "医院挂号难",
    "公园厕所太脏",
    "犬只不拴绳",
    "快递柜收费",
    "电梯停运",
    "河道发臭",
    "树枝遮挡信号灯",
    "烧烤油烟",
    "共享单车乱放",
    "网约车拒载",
    "养老金核算",
    "培训机构退费",
    "宽带断网",
    "天然气安装",
    "斑马线模糊",
]
NAMES = "安宁长青福顺吉祥兴旺荣华富丽永和泰康清源碧波银杏玉兰紫荆海棠丹桂金梅"


def town(*, seed: int = 1) -> list[Message]:
    chance = random.Random(seed)
    subjects = [(text, 0) for text in NOISE * 4] + [(text, 40) for text in PARKING * 3]
    subjects += [
        (f"{chance.choice('东西南北中')}{at}街{chance.choice(OTHERS)}", chance.randrange(90))
        for at in range(80)
    ]
    return [
        Message(str(at), subject, f"{subject}。", START + timedelta(days=day + at % 7), f"r{at}")
        for at, (subject, day) in enumerate(subjects)
    ]


def test_the_two_issues_of_the_town_lead() -> None:
    first, second = hot_issues(town(), top=2)
    assert set(first.members) <= {str(at) for at in range(20)}
    assert set(second.members) <= {str(at) for at in range(20, 35)}
    assert len(first.members) >= 16
    assert len(second.members) >= 12
    assert "望江府" in first.place
    assert "云湖花园" in second.title


@pytest.mark.parametrize(
    ("subjects", "place"),
    [
        (["公积金贷款怎么办理", "公积金贷款怎么办理，要多久", "公积金贷款怎么办理，要带什么"], ""),
        (
            ["绿地空间站漏水", "关于绿地空间站漏水的投诉", "甲绿地空间站漏水严重", "乙绿地空间站漏水"],
            "绿地空间站",
        ),
    ],
)
def test_an_issue_has_the_place_its_messages_share_or_none(subjects: list[str], place: str) -> None:
    messages = [Message(str(at), said, said, START, f"r{at}") for at, said in enumerate(subjects)]
    (issue,) = hot_issues(messages)
    assert issue.place == place


def test_a_long_silence_ends_an_issue() -> None:
    late = [
        Message(f"x{at}", NOISE[0], NOISE[0], START + timedelta(days=200 + at), f"x{at}") for at in range(5)
    ]
    together = [one for one in hot_issues([*town(), *late]) if "x0" in one.members]
    assert [set(one.members) for one in together] == [{"x0", "x1", "x2", "x3", "x4"}]


def test_an_issue_keeps_its_id_from_day_to_day() -> None:
    messages = town()
    first = hot_issues(messages, top=1)[0]
    before = hot_issues([one for one in messages if one.id != first.id], top=1)
    after = hot_issues(messages, top=1, before=before)[0]
    assert after.members == first.members
    assert (after.id, after.stability) == (before[0].id, 1.0)
    assert after.id != first.id


def test_messages_one_by_one_find_their_issue() -> None:
    book, homes = IssueBook(), {}
    for message in sorted(town(), key=lambda one: (one.at, one.id)):
        homes[message.id] = book.add(message)[0]
    noise, parking = ({homes[str(at)] for at in part} for part in (range(20), range(20, 35)))
    assert len(noise) <= 6
    assert not noise & parking
    assert not {homes[str(at)] for at in range(35, len(homes))} & (noise | parking)


def test_nothing_is_hot_where_nothing_is_said() -> None:
    assert hot_issues(()) == ()
    odd = [
        Message(str(at), text, text, START)
        for at, text in enumerate(("", "😀", "a", "\ud800", "水" * 100_000))
    ]
    assert hot_issues(odd) == ()


def test_titles_name_nobody() -> None:
    texts = [f"投诉南塘新村房东王建国先生停水，电话1391234567{at}" for at in range(5)]
    issue = hot_issues([Message(str(at), text, text, START) for at, text in enumerate(texts)])[0]
    assert "王建国" not in issue.title
    assert "139" not in issue.title


@pytest.mark.parametrize(
    ("voices", "hotter"),
    [
        ([Voice(START, "a")], [Voice(START, "a"), Voice(START, "b")]),
        ([Voice(START, "a")], [Voice(START, "a", 20, 0)]),
        ([Voice(START, "a"), Voice(START, "a")], [Voice(START, "a"), Voice(START, "b")]),
        ([Voice(START - timedelta(days=300), "a")], [Voice(START, "a")]),
        ([Voice(START - timedelta(days=40), "a"), Voice(START, "b")], [Voice(START, "a"), Voice(START, "b")]),
    ],
)
def test_more_newer_and_faster_is_hotter(voices: list[Voice], hotter: list[Voice]) -> None:
    assert heat_of(voices, START).heat < heat_of(hotter, START).heat


SHARED = Path(os.environ.get("YUZHI_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "teddy_c"


@pytest.mark.skipif(not SHARED.exists(), reason="the real messages are not here")
@pytest.mark.parametrize("word", ["搅拌站", "伊景园"])
def test_real_issues_are_found_as_two_teams_found_them(word: str) -> None:
    with gzip.open(SHARED / "hot_topic_messages.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (SHARED / "hot_topic_reference.csv").open(encoding="utf-8") as file:
        named = {
            (row["team"], row["problem_id"])
            for row in csv.DictReader(file)
            if word in row["place_or_people"] + row["description"]
        }
    with (SHARED / "hot_topic_reference_members.csv").open(encoding="utf-8") as file:
        votes = Counter(
            row["msg_id"] for row in csv.DictReader(file) if (row["team"], row["problem_id"]) in named
        )
    agreed = {one for one, count in votes.items() if count >= 2}
    messages = [
        Message(
            row["msg_id"],
            row["subject"],
            row["detail"],
            datetime.fromisoformat(row["created"]),
            row["user_id"],
            int(row["likes"]),
            int(row["dislikes"]),
        )
        for row in rows
    ]
    top = [set(one.members) for one in hot_issues(messages, top=5)]
    best = max(top, key=lambda members: len(members & agreed))
    assert len(best & agreed) / len(agreed) >= 0.85
    assert len(best & agreed) / len(best) >= 0.9
