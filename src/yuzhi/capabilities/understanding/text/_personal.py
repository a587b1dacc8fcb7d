"""What in a text is about a person: telephones, identity and card numbers, plates, e-mail, names, homes.

Used to keep such words out of reasons and to strike them out before a text leaves the house. It
errs towards finding too much.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import rjieba

_SURNAMES: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤"
    "花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄"
    "米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万"
    "支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松"
    "井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从"
    "鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿"
    "阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚"
    "那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖涂覃闫付代岳佘仝"
)
_ROLES: Final = (
    "先生|女士|小姐|同志|老师|医生|大夫|师傅|老板|阿姨|大爷|大妈|书记|主任|局长|处长|科长|队长|经理|校长|院长|所长|站长|"
    "镇长|村长|区长|市长|县长|总经理|律师|警官|法官|会长|组长|同学"
)
_AFTER: Final = (
    "姓名|名叫|名字叫|本人叫|我叫|我是|联系人|户主|业主|法人代表|法人|负责人|当事人|死者|患者|司机|房东|老板|村民|居民|"
    "投诉人|申请人"
)

_PATTERNS: Final = {
    "identity": re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}\d{6,7}[\dxX]?(?!\d)"),
    "telephone": re.compile(
        r"(?<!\d)(?:\+?86[-\s]?)?1[3-9][\d*xX]\s?-?[\d*xX]{4}\s?-?[\d*xX]{4}(?!\d)|(?<!\d)0\d{2,3}[-\s]?\d{7,8}(?!\d)"
    ),
    "card": re.compile(r"(?<!\d)(?:\d[ -]?){15,18}\d(?!\d)"),
    "email": re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"),
    "account": re.compile(
        r"(?:微信|QQ|qq|wx|账号|帐号|卡号|单号|工号|学号)(?:号码|号)?(?:是|为)?[:：]?\s*[A-Za-z0-9_-]{5,20}"
    ),
    "plate": re.compile(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z]·?[A-Za-z0-9]{5,6}"
    ),
    "number": re.compile(r"(?<!\d)\d{7,}(?!\d)"),
    "home": re.compile(
        r"(?:[\dA-Za-z一二三四五六七八九十]{1,4}(?:号楼|栋|幢|座|单元))+[\dA-Za-z一二三四五六七八九十]{1,5}(?:室|号|房|户|层|楼)?"
    ),
    "name": re.compile(
        rf"(?:(?<={_AFTER.replace('|', ')|(?<=')}))[:：]?[{_SURNAMES}][\u4e00-\u9fff某]{{1,2}}"
        r"(?=[，,。;；、:：\s（(\d是电住我男女今身]|$)"
        rf"|[{_SURNAMES}](?:[某xX*]{{1,2}}|[\u4e00-\u9fff]{{0,2}}?)(?={_ROLES})|[{_SURNAMES}][某xX*]{{1,2}}"
    ),
}


def personal_spans(text: str, *, tagged: bool = True) -> list[tuple[int, int, str]]:
    """Return (start, end, kind) of what is personal in `text`, in order and without overlap.

    With `tagged`, words the segmenter takes for a person's name count as names too.
    """
    found = sorted(_found(text, tagged=tagged), key=lambda span: (span[0], -span[1]))
    spans: list[tuple[int, int, str]] = []
    for start, end, kind in found:
        if spans and start < spans[-1][1]:
            last = spans[-1]
            spans[-1] = (last[0], max(last[1], end), last[2])
        else:
            spans.append((start, end, kind))
    return spans


def _found(text: str, *, tagged: bool) -> Iterator[tuple[int, int, str]]:
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            if match.end() > match.start():
                yield match.start(), match.end(), kind
    if tagged:
        at = 0
        for word, tag in rjieba.tag(text):
            if tag.startswith("nr") and len(word) >= 2 and word[0] in _surnames():
                yield at, at + len(word), "name"
            at += len(word)


@cache
def _surnames() -> frozenset[str]:
    return frozenset(_SURNAMES)


_WORDS: Final = {
    "identity": "【证件号】",
    "telephone": "【电话】",
    "card": "【卡号】",
    "email": "【邮箱】",
    "account": "【账号】",
    "plate": "【车牌】",
    "number": "【号码】",
    "home": "【门牌】",
    "name": "【姓名】",
}


def mask_personal(text: str, *, tagged: bool = True) -> str:
    """Return `text` with what is personal, `tagged` or not, replaced by a bracketed word for its kind."""
    parts: list[str] = []
    at = 0
    for start, end, kind in personal_spans(text, tagged=tagged):
        parts += (text[at:start], _WORDS[kind])
        at = end
    return "".join((*parts, text[at:]))
