"""Invented messages in every state, so that each page has something to show. Nobody real wrote any of them."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils.timezone import make_aware

from xiangli.cases import services
from xiangli.cases.choices import Channel, Kind
from xiangli.cases.models import Case
from xiangli.places.models import Centre, Place
from xiangli.places.queries import centres

WHAT = "来信：各个环节各有几封（编的）"

# days ago, kind, text, how far it has come
MESSAGES = [
    (0, Kind.HELP, "村口公交站牌旁边的窨井盖翘起来了，晚上怕有人绊倒。", "filed"),
    (6, Kind.SUGGESTION, "书画棋牌室能不能周三晚上也开？白天要下地。", "filed"),
    (2, Kind.QUESTION, "食堂送饭上门怎么登记？我娘腿脚不方便。", "working"),
    (9, Kind.HELP, "篮球场东边的灯不亮，晚上没法打球。", "working"),
    (4, Kind.COMPLAINT, "便民大厅中午十二点就没人了，跑了两趟。", "dispatched"),
    (12, Kind.QUESTION, "巡诊医生下次哪天来？想量血压。", "replied"),
    (14, Kind.HELP, "健康小屋的轮椅坡道有点陡，推着吃力。", "follow_up"),
    (30, Kind.SUGGESTION, "乒乓球台旁边放条长椅吧，老人好歇脚。", "closed"),
    (34, Kind.THANKS, "谢谢帮我娘打印社保材料的同志，没让多跑一趟。", "closed"),
]
ANSWERS = {
    "replied": "医生每两周来一次，时间贴在门口，网上“本周安排”里也能看到。",
    "follow_up": "已请施工队来量过，准备把坡道接长。",
    "closed": "已经办好了，您有空来看看，哪里不合适再说。",
}
EVERYWHERE = ("活动室周末能不能开门？孩子放假想来看书。", "可以。周末全天开门，孩子来由值班员照看着。")


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    found = list(centres(town))
    for number, message in enumerate(MESSAGES):
        _one(found[0], users["village"], users["town"], today, number, *message)
    _one(found[1], users["liaison"], users["town"], today, 90, 3, Kind.HELP, "门球场的网破了个洞。", "filed")
    for number, centre in enumerate(found):
        _published(centre, users["town"], today, 100 + number)


def _file(centre: Centre, at: datetime, number: int, kind: str, text: str, *, publish: bool) -> Case:
    channel = Channel.COUNTER if number % 3 == 1 else Channel.WEB
    return services.file_case(
        by=None, centre=centre, kind=kind, text=text, client_uuid=UUID(int=number), now=at, channel=channel,
        may_publish=publish,
    )  # fmt: skip


def _at(today: date, days: int) -> datetime:
    return make_aware(datetime.combine(today - timedelta(days=days), time(8, 40)))


def _one(
    centre: Centre, handler: Any, town: Any, today: date, number: int, days: int, kind: str, text: str, goal: str
) -> None:
    """One message, taken as far as ``goal`` by the very steps that staff take."""
    then = _at(today, days)
    case = _file(centre, then, number, kind, text, publish=goal == "closed")
    if goal == "filed":
        return
    case = services.accept(by=town, case=case, now=then)
    case = services.dispatch(by=town, case=case, handler=handler, now=then, note="请三天内先去看看。")
    if goal == "dispatched":
        return
    case = services.start(by=handler, case=case, now=then)
    if goal == "working":
        return
    later = _at(today, days - 2)
    case = services.reply(by=handler, case=case, text=ANSWERS[goal], now=later)
    if goal == "follow_up":
        services.follow_up(by=None, case=case, text="什么时候动工？", now=_at(today, days - 3))
    elif goal == "closed":
        services.close(by=handler, case=case, now=later)
        services.publish(by=handler, case=case, question=text, answer=ANSWERS[goal], now=later)


def _published(centre: Centre, town: Any, today: date, number: int) -> None:
    """One answered voice on every centre's page."""
    question, answer = EVERYWHERE
    then = _at(today, 20 + number % 7)
    case = _file(centre, then, number, Kind.SUGGESTION, question, publish=True)
    case = services.take_on(by=town, case=case, now=then)
    case = services.reply(by=town, case=case, text=answer, now=then)
    case = services.close(by=town, case=case, now=then)
    services.publish(by=town, case=case, question=question, answer=answer, now=then)
