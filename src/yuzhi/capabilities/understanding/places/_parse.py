"""Names of streets, estates, roads, house numbers and landmarks, by how Chinese place names end and begin.

A name is what stands before a telling ending, back to the nearest word that cannot be part of it.
"""

import re
from collections.abc import Iterator
from typing import Final

from yuzhi.capabilities.understanding.places._shapes import Place, PlaceKind

_NUMERAL: Final = r"[0-9零一二三四五六七八九十百〇]"
_NAME: Final = r"[\u4e00-\u9fffa-z0-9·]"
_ESTATE: Final = (
    "小区|花园|花苑|新村|新苑|家园|公寓|雅苑|名苑|嘉苑|佳苑|景苑|府苑|公馆|华庭|豪庭|名庭|雅庭|庭院|名邸|华府|名府|御府|"
    "山庄|别墅|新城|名城|水岸|首府|壹号院|安置房|安置区|宿舍区?|家属院|家属区|大院|里弄|苑|府|庭|邸|墅|湾|郡|家属楼|宿舍楼"
)
_ROAD: Final = (
    "大道|公路|高速公路|高速|国道|省道|县道|快速路|高架路|高架|环路|中路|东路|西路|南路|北路|支路|路|大街|东街|西街|南街|北街|"
    "老街|街|巷|弄|胡同|里弄"
)
_STREET: Final = (
    "街道办事处|街道办(?!理)|街道|镇政府|镇|乡政府|乡|开发区|社区居委会|社区|居委会|村委会|村|行政村|自然村"
)
_LANDMARK: Final = (
    "幼儿园|小学|中学|学校|大学|学院|职高|职校|一中|二中|三中|四中|五中|实验学校|医院|卫生院|卫生服务中心|诊所|妇幼保健院|公园|广场|农贸市场|菜市场|批发市场|"
    "市场|菜场|超市|商场|商城|商厦|百货|购物中心|万达|大厦|写字楼|酒店|宾馆|饭店|车站|火车站|汽车站|客运站|公交站|地铁站|轻轨站|高铁站|站|"
    "大桥|立交桥|天桥|桥|隧道|码头|港口|机场|水库|河|江|湖|溪|塘|山|公墓|寺|教堂|图书馆|体育馆|体育场|文化馆|文化宫|博物馆|"
    "派出所|法院|检察院|税务局|政务服务中心|便民服务中心|行政服务中心|服务中心|工业园|工业区|产业园|科技园|园区|物流园|加油站|充电站|垃圾站|中转站|变电站|泵站|污水处理厂|厂|工地|敬老院|养老院|福利院|银行|停车场"
)
_ENDINGS: Final[tuple[tuple[PlaceKind, str], ...]] = (
    ("estate", _ESTATE),
    ("road", _ROAD),
    ("street", _STREET),
    ("landmark", _LANDMARK),
)
_LONG_BOUNDS: Final = re.compile(
    r"位于|家住|住在|走到|开到|来到|回到|去到|前往|靠近|紧邻|途经|路过|经过|通往|沿着|沿线|反映|投诉|举报|希望|强烈|建议|咨询|请问|想问|请求|要求|听说|为什么|什么|怎么|"
    r"附近|旁边|对面|门口|门前|隔壁|边上|周边|前面|后面|里面|外面|中间|之间|有关部门|部门|自治区|自治州|街道办事处|街道办|街道|社区|居委会|村委会|大道|公路|小区|花园|"
    r"昨天|今天|明天|早上|晚上|上午|下午|夜里|凌晨|最近|目前|现在|每天|经常|一直|已经|整个|所有|一个|一家|一条|一座|几个|两个|多个|新开|因为|由于|"
    r"业主|居民|村民|学生|家长|老人|孩子|大家|我们|我家|市民|司机|物业|领导|绕|拒载|这条|那条|这座|那座|这个|那个|本市|我市|我区|我县|我镇|尊敬|东侧|西侧|南侧|北侧"
)
_BOUNDS: Final = re.compile(
    r"在|住|到|从|往|向|由|对|把|被|是|的|和|与|及|跟|至|去|来|离|距|靠|沿|经|过|请|问|有|让|给|将|为|因|但|而|且|又|就|都|也|还|旁|"
    r"我|你|您|他|她|它|这|那|某|该|此|各|每|哪|省|市(?!第|图|妇|体|中|人民|民|政|立|儿|一|二|三|四|五|六)|县|区|镇|乡|村|路|街|巷|弄|苑|号|栋|幢|期|楼|"
    r"里|内|外|上|下|口|进|出|入|走|坐|等|看|找|说|叫|做|开|修|建|拆|堵|停|买|卖|租|装|吃|办|要|会|能|可|想|没|不|了|着|得|很|太|最|再|才|只|"
    r"月(?!亮|湖|河)|日|年|时|点|分|个|条|家|座|所|间|位|名|、"
)
_COMMON: Final = frozenset(
    [
        "本小区",
        "我小区",
        "老小区",
        "旧小区",
        "新小区",
        "居民小区",
        "住宅小区",
        "全小区",
        "同小区",
        "安置小区",
        "封闭小区",
        "高档小区",
        "整个小区",
        "各小区",
        "无物业小区",
        "小区路",  # 小区路灯, 小区路面
        "社区路",
        "园区路",
        "校园路",
        "马路",
        "道路",
        "公路",
        "铁路",
        "高速",
        "高速公路",
        "高架",
        "小路",
        "土路",
        "村路",
        "山路",
        "水路",
        "电路",
        "线路",
        "网路",
        "走路",
        "修路",
        "一路",
        "半路",
        "沿路",
        "同路",
        "绝路",
        "出路",
        "思路",
        "管路",
        "上路",
        "主路",
        "辅路",
        "岔路",
        "支路",
        "泥路",
        "柏油路",
        "水泥路",
        "断头路",
        "十字路",
        "大路",
        "老街",
        "步行街",
        "大街",
        "小街",
        "逛街",
        "沿街",
        "临街",
        "上街",
        "整条街",
        "小巷",
        "街巷",
        "里弄",
        "社区",
        "本社区",
        "街道",
        "村",
        "本村",
        "全村",
        "农村",
        "乡村",
        "我村",
        "同村",
        "邻村",
        "城中村",
        "新农村",
        "本镇",
        "乡镇",
        "城乡",
        "老家",
        "学校",
        "小学",
        "中学",
        "大学",
        "幼儿园",
        "医院",
        "公园",
        "广场",
        "市场",
        "菜场",
        "菜市场",
        "农贸市场",
        "超市",
        "商场",
        "酒店",
        "饭店",
        "宾馆",
        "车站",
        "公交站",
        "地铁站",
        "火车站",
        "高铁站",
        "加油站",
        "银行",
        "停车场",
        "工地",
        "工厂",
        "建筑工地",
        "政府",
        "物业",
        "民办小学",
        "公办小学",
        "私立学校",
        "民办学校",
        "公立医院",
        "私立医院",
        "大厦",
        "写字楼",
        "立交桥",
        "天桥",
        "人行天桥",
        "桥",
        "河",
        "江",
        "湖",
        "山",
        "站",
        "厂",
        "派出所",
        "法院",
        "大型超市",
        "小超市",
        "化工厂",
        "搅拌站",
        "垃圾站",
        "中转站",
        "垃圾中转站",
        "变电站",
        "泵站",
        "充电站",
        "收费站",
        "工业区",
        "工业园",
        "园区",
        "产业园",
        "服务中心",
        "物流园",
        "敬老院",
        "养老院",
        "图书馆",
        "体育馆",
        "电影院",
        "火车",
        "上山",
        "爬山",
        "过河",
        "过江",
        "江河",
        "山河",
        "政府",
        "政务服务中心",
        "便民服务中心",
        "老年公寓",
        "单身公寓",
        "公寓",
        "别墅",
        "宿舍",
        "大院",
        "员工宿舍",
        "学生宿舍",
        "安置房",
        "花园",
        "家园",
        "庭院",
        "山庄",
        "新城",
        "老城",
        "新村",
        "停靠站",
        "火葬场",
        "网站",
        "总站",
        "终点站",
        "下一站",
        "小诊所",
        "诊所",
        "私人诊所",
        "垃圾场",
        "培训学校",
        "驾校",
        "职业学校",
        "二手市场",
        "股市",
        "房产市场",
        "劳动力市场",
        "人才市场",
        "房地产市场",
        "政府",
        "官府",
        "乐府",
        "省府",
        "户口",
        "海湾",
        "港湾",
        "台湾",
        "河湾",
        "高铁",
        "地铁",
        "动车",
        "大道",
        "国道",
        "省道",
        "街",
        "路",
        "巷",
        "弄",
        "镇",
        "乡",
        "家乡",
        "故乡",
        "下乡",
        "开发区",
        "高新区",
        "景区",
        "老城区",
        "主城区",
        "城区",
        "市区",
        "郊区",
        "山区",
        "库区",
        "校区",
        "厂区",
        "矿区",
        "辖区",
        "片区",
        "小区",
    ]
)
_NUMBER: Final = re.compile(rf"({_NUMERAL}{{1,5}}(?:-{_NUMERAL}{{1,4}})?)(?:号|弄|公里处|公里|米处|k\d*)")
_CROSSING: Final = re.compile(
    rf"(?:和|与|跟|、|及|-|—|交)({_NAME}{{1,7}}?(?:{_ROAD}))(?:的)?(?:交叉口|交叉路口|路口|交汇处|交会处|十字路口|交界处|口)"
)


_GOES_ON: Final = re.compile(
    r"(?:大道|大街|[东西南北中]?[路街巷弄])(?!面|灯|边|口|段|上|侧|旁|沿|中央|有|被|没|不|的)|号线"
)
_SINGLE_GOES_ON: Final = re.compile(
    rf"(?:{_ESTATE}|{_STREET}|岸|区|镇|园|尔|馆|省|城|道|边|水|堤|新|大|小|中|里|长|庄|家|上|下|点|台|名|长|商|房|内|务|级|门)"
)
_RUN: Final = re.compile(rf"{_NAME}+$")
_NEVER_LAST: Final = frozenset("的条这那个了着过各每我你他从往沿在是有修走绕上下出进没不通开堵")
_ALSO_NAMES: Final = frozenset(("花园", "小区", "社区", "公路", "大道"))  # 花园路, 公路桥
_VAGUE: Final = re.compile(
    r"[的了着过这那我你他一二三两几个条座家多每各某该本此大小新老旧全整好\d]+|.*(?:堆成|如|连)"
)


def parse_places(text: str) -> Iterator[Place]:
    """Yield the places a plain text names by their endings; names may overlap, the surer is given first."""
    for kind, endings in _ENDINGS:
        for match in re.finditer(endings, text):
            place = _named(text, kind, match)
            if place is not None:
                yield place


def _named(text: str, kind: PlaceKind, match: re.Match[str]) -> Place | None:
    ending, end = match[0], match.end()
    if _GOES_ON.match(text, end) or (
        len(ending) == 1 and kind != "road" and _SINGLE_GOES_ON.match(text, end)
    ):
        return None
    begin = _begin(text, match.start())
    if begin is None:
        return None
    name = text[begin:end]
    stem = text[begin : match.start()]
    if not stem or name in _COMMON or _VAGUE.fullmatch(stem) or (len(stem) == 1 and kind == "estate"):
        return None
    if not any("\u4e00" <= char <= "\u9fff" for char in stem) and not (stem.isalnum() and kind == "road"):
        return None
    number = crosses = ""
    if kind == "road":
        following = _NUMBER.match(text, end)
        if following:
            number, end = following[1], following.end()
        crossing = _CROSSING.match(text, end)
        if crossing:
            crosses, end = crossing[1], crossing.end()
    score = 0.6 + 0.1 * (len(ending) > 1) + 0.15 * bool(number or crosses) + 0.05 * (len(stem) in {2, 3, 4})
    reason = (
        f"“{name}”以“{ending}”结尾"
        + (f"，后有门牌{number}号" if number else "")
        + (f"，与{crosses}相交" if crosses else "")
    )
    return Place(kind, name, round(min(score, 0.95), 2), reason, begin, end, number, crosses)


def _begin(text: str, stop: int) -> int | None:
    """Return where a name that ends at `stop` begins: after the last word that cannot be part of it.

    A long such word ends the search wherever it stands; a single character only if it leaves a
    name of two (和平路 is a name). None if there is nothing before `stop` that could be a name.
    """
    lowest = max(0, stop - 9)
    run = _RUN.search(text[:stop], lowest)
    if run is None:
        return None
    begin = run.start()
    for bound in _LONG_BOUNDS.finditer(text, begin, stop):
        if bound.end() < stop or bound[0] not in _ALSO_NAMES:
            begin = max(begin, bound.end())
    if begin >= stop:
        return None
    for bound in _BOUNDS.finditer(text, begin, stop):
        if stop - bound.end() >= 2:
            begin = bound.end()
        elif bound.end() == stop and bound[0] in _NEVER_LAST:
            return None
    return begin
