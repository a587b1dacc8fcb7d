"""Messages made from the tests' own phrases: a small city of complaints with known labels."""

import random

PLACES = ("春晓苑", "南塘新村", "云湖花园", "桃源里", "东风小区", "锦绣家园", "望江府", "梧桐公馆")
PHRASES = {
    "城建/绿化": ("小区绿化带被踩秃了", "行道树枯死没有补种", "草坪被改成停车位", "绿地里杂草长到一人高"),
    "城建/道路": ("人行道地砖破损", "路面坑洼积水严重", "窨井盖松动有响声", "盲道被围栏挡住"),
    "环保/噪声": ("工地夜里施工吵得睡不着", "广场音响音量太大", "空调外机噪声扰民", "搅拌机轰鸣到凌晨"),
    "环保/废气": ("烧烤店油烟直排", "化工厂刺鼻气味", "有人焚烧秸秆黑烟滚滚", "喷漆作坊异味飘进屋里"),
    "劳动/工资": ("老板拖欠农民工工资", "公司不发加班费", "工地结算款迟迟不给", "离职后工资一直没有结清"),
    "劳动/社保": ("单位不交社会保险", "养老保险断缴怎么补", "退休金核算有误", "失业保险申领被拒"),
}
OPENINGS = ("请问", "我想反映", "麻烦有关部门看看", "多次打电话没有人管", "希望尽快解决", "")


def messages(count: int, *, seed: int = 1) -> tuple[list[tuple[str, str]], list[str]]:
    """Return `count` messages (subject, text) and their labels, the same for the same seed."""
    chance = random.Random(seed)
    pairs = []
    for _ in range(count):
        label = chance.choice(tuple(PHRASES))
        place, phrase, other = chance.choice(PLACES), *chance.sample(PHRASES[label], 2)
        text = f"{chance.choice(OPENINGS)}，{place}{phrase}，而且{other}，已经{chance.randint(2, 30)}天了。"
        pairs.append(((f"{place}{phrase}", text), label))
    return [message for message, _ in pairs], [label for _, label in pairs]


ODD = {
    "empty": "",
    "blank": " \n\t　",
    "one character": "噪",
    "very long": "路面积水无人处理，" * 11_112,
    "no pause": "水" * 100_000,
    "english": "The street lamp in front of my house has been broken for two weeks.",
    "emoji": "😀😡🚧🚧路坏了👷",
    "traditional": "社區門口違規停車，噪聲擾民，請儘快處理",
    "surrogate": "路灯\ud800坏了\x00\x07",
    "mojibake": "è¿™æ˜¯ä¹±ç�",
    "numbers": "13800000000 330203199001010010 " * 30,
}


def odd() -> list[str]:
    """Return the texts nobody should write and everybody does."""
    return list(ODD.values())
