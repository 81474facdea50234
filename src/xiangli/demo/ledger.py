"""Invented ledger items in every state, for some villages of the demonstration; the adopted plan adds its own."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from xiangli.accounts.queries import places_of
from xiangli.ledger import services as ledger
from xiangli.ledger.choices import Source
from xiangli.ledger.models import Meeting
from xiangli.places.models import Place
from xiangli.places.queries import villages

WHAT = "台账：各种进展的事项（编的）"

# village (position), task, measure, planned yuan, days since it was added, days until the deadline, how far it has come
ITEMS = [
    (0, "一楼办公室搬到二楼，腾给乡亲们用", "两间办公室合成一间搬上楼，一楼改成活动室", 12_000, 60, -6, "started"),
    (0, "中心门口台阶改成坡道", "按一比十二做坡道，两边装扶手", 18_000, 25, 4, "asked"),
    (0, "厕所装扶手", "男女厕各装一副扶手，铺防滑垫", 3_200, 70, -20, "closed"),
    (1, "食堂办理卫生许可", "整理平面图和健康证，报镇里", 0, 20, 18, "started"),
    (1, "篮球场补划线", "重新划线，补两块地面", 6_500, 40, 3, "returned"),
    (2, "书画室添桌椅", "添六张桌、二十四把椅", 9_800, 12, 25, "added"),
    (3, "健康小屋接通网络", "从便民大厅拉一条网线", 1_200, 30, 2, "added"),
    (4, "大喇叭维修", "换功放，重新接线", 2_600, 90, -30, "reopened"),
    (5, "日间照料室装空调", "装两台柜机，另拉一路电", 14_000, 15, 30, "started"),
    (6, "中心门牌和指路牌", "路口装指路牌三块", 1_800, 55, -12, "closed"),
]


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    """A programme and ten items; the village or the liaison officer does the work, the supervision team closes."""
    [mine] = places_of(users["village"])  # the village staff of the demonstration should find work on their list
    places = [mine, *villages(town).exclude(pk=mine.pk)]
    programme = ledger.add_programme(
        by=users["town"], place=town, title="乡里中心建设实施方案（演示）", starts=today - timedelta(days=100),
        leading_group="组长：镇党委书记\n副组长：镇长、党委副书记", duties="党政办：统筹\n各村两委：落实",
    )  # fmt: skip
    for position, title, measure, yuan, age, left, stage in ITEMS:
        added = timezone.make_aware(datetime.combine(today - timedelta(days=age), time(9)))
        item = ledger.add_item(
            by=users["town"], place=places[position], title=title, measure=measure, source=Source.STANDARD, now=added,
            today=today - timedelta(days=age), deadline=today + timedelta(days=left), programme=programme,
            planned_fen=yuan * 100, granted_fen=yuan * 100, responsible_unit=f"{places[position].name}两委",
            responsible=users["village"] if position == 0 else None, liaison=users["liaison"] if position < 2 else None,
        )  # fmt: skip
        move(item, stage, users, added)
    _programme(programme, town, users, today)


def _programme(programme: Any, town: Place, users: dict[str, Any], today: date) -> None:
    """What hangs on the programme, all invented; its standard stands for whatever a town has of its own."""
    now = timezone.make_aware(datetime.combine(today - timedelta(days=20), time(9)))
    by = users["town"]
    for unit, text in (("党政办", "统筹、督办"), ("民政所", "日间照料、食堂办证"), ("各村两委", "落实到人")):
        ledger.add_part(by=by, programme=programme, part="duty", unit=unit, text=text)
    for title, measure in (("有无障碍入口", "门口有坡道和扶手"), ("有活动室", "一楼有一间乡亲们用的活动室")):
        ledger.add_part(by=by, programme=programme, part="standard", title=f"{title}（演示）", measure=measure)
    ledger.add_part(
        by=by, programme=programme, part="practice", where="邻镇某村（演示）", seen_on=today - timedelta(days=30),
        text="食堂收菜抵饭钱，老人天天来。", service=None,
    )  # fmt: skip
    meeting = ledger.save_meeting(
        by=by, meeting=Meeting(
            place=town, programme=programme, title="第三次推进会（演示）", held_on=today - timedelta(days=20),
            agenda="一、各村进展\n二、难点", minutes="各村轮流说进展；台荫缺桌椅，由镇里协调。",
        ),
    )  # fmt: skip
    place = villages(town)[4]
    ledger.add_resolution(
        by=by, meeting=meeting, text="协调学校闲置桌椅", now=now, place=place, deadline=today + timedelta(days=20),
        unit="党政办",
    )  # fmt: skip
    ledger.add_resolution(by=by, meeting=meeting, text="下次推进会改到村里开", now=now)
    text = f"村,任务,具体举措,完成时限\n{place.name},清理文化墙,铲掉旧漆重刷,{today.year}年底\n火星村,搬家,,明天\n"
    ledger.keep_sheet(by=users["county"], place=town, name="某村原来的台账（演示）.csv", content=text.encode(), now=now)


def move(item: Any, stage: str, users: dict[str, Any], added: datetime) -> None:
    """Take an item as far as ``stage``, one step a day."""
    doer, judge = users["village"] if item.responsible_id else users["liaison"], users["supervisor"]
    if stage == "added":
        return
    ledger.start(by=doer, item=item, now=added + timedelta(days=1))
    if stage == "started":
        ledger.note(by=doer, item=item, now=added + timedelta(days=2), text="已联系施工队，等报价。")
        return
    ledger.ask_close(by=doer, item=item, now=added + timedelta(days=8), note="做完了，请来看。")
    if stage == "returned":
        ledger.return_item(by=judge, item=item, now=added + timedelta(days=9), reason="边线没划齐，补完再销。")
    elif stage in ("closed", "reopened"):
        ledger.close(by=judge, item=item, now=added + timedelta(days=9), note="到现场看过，可以。")
    if stage == "reopened":
        ledger.reopen(by=judge, item=item, now=added + timedelta(days=40), reason="下雨以后又不响了。")
