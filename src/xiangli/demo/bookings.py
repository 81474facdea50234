"""The demonstration's plan put into practice, and invented bookings; a fixed timetable where the plan has none."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from xiangli.bookings.choices import ALPHABET, CODE_LENGTH, Channel
from xiangli.bookings.models import Activity
from xiangli.bookings.queries import Slot, slots
from xiangli.bookings.services import (
    BookingRefused,
    add_activity,
    adopt_plan,
    announce_draw,
    book,
    book_series,
    cancel,
    enter_draw,
    set_rule,
    wait,
)
from xiangli.places.models import Centre, Place, Service
from xiangli.places.queries import centres
from xiangli.planning.choices import PlanState, Progress
from xiangli.planning.models import Plan
from xiangli.planning.services import copy_plan

WHAT = "活动与预约（演示）"

# service, space, weekday, start, end, by whom
WEEK = [
    ("convenience", "便民大厅", 0, 480, 720, ""), ("convenience", "便民大厅", 3, 480, 720, ""),
    ("daycare", "日间照料室", 1, 480, 720, ""), ("daycare", "日间照料室", 4, 480, 720, ""),
    ("chess", "书画棋牌室", 2, 870, 990, ""), ("chess", "书画棋牌室", 5, 540, 660, ""),
    ("health", "健康小屋", 2, 510, 630, "巡诊医生"), ("skills", "技能教室", 5, 870, 990, "技能讲师"),
    ("dance", "乡里食堂", 6, 1080, 1200, ""),
]  # fmt: skip


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    chance = random.Random(20231123)
    now = timezone.make_aware(datetime.combine(today, time(7, 30)))
    services = {row.key: row for row in Service.objects.within(town.county)}
    plan = Plan.objects.within(town).filter(state=PlanState.DRAFT, progress=Progress.READY).last()
    if plan and users.get("town"):
        adopt_plan(by=users["town"], plan=plan, today=today)
        copy_plan(by=users["town"], plan=plan, title="第二稿（演示，可以动手改）", now=now)
    planned = set(Activity.objects.within(town).values_list("centre_id", flat=True))
    for number, centre in enumerate(centres(town)):
        if centre.pk not in planned:
            load_week(centre, services, users.get("town"), today, now)
        load_bookings(centre, chance, now, 4 if number < 3 else 1)
        if number == 0:
            load_wishes(centre, users.get("village"), now)


def load_week(centre: Centre, services: dict[str, Service], by: Any, today: date, now: datetime) -> None:
    rooms = {space.name: space for space in centre.spaces.all()}
    monday = today - timedelta(days=today.weekday())
    for key, room, weekday, start, end, whom in WEEK:
        if room in rooms:
            add_activity(
                by=by, space=rooms[room], title=services[key].name, service=services[key], weekday=weekday, start=start,
                end=end, since=monday, now=now, specialist=whom,
            )  # fmt: skip


def load_bookings(centre: Centre, chance: random.Random, now: datetime, wanted: int) -> None:
    """A few slots of the next days, booked on the web and at the counter."""
    for space in centre.spaces.filter(bookable=True)[:wanted]:
        day = timezone.localdate(now) + timedelta(days=chance.randrange(3))
        free = [slot for slot in slots(space, day, now) if slot.free]
        if not free:
            continue
        slot = chance.choice(free)
        code = "".join(chance.choice(ALPHABET) for _ in range(CODE_LENGTH))
        channel = chance.choice([Channel.WEB, Channel.COUNTER, Channel.PHONE])
        try:
            book(by=None, space=space, starts=slot.starts, ends=slot.ends, channel=channel, now=now, code=code,
                 on_behalf_of=chance.choice(["", "老王（演示）", "李大娘（演示）"]))  # fmt: skip
        except BookingRefused:
            continue


def free_slots(centre: Centre, now: datetime, ahead: int) -> list[Slot]:
    """Free hours of a centre from ``ahead`` days on, court by court, soonest first."""
    found = []
    for space in centre.spaces.filter(bookable=True, office_use=False).order_by("-outdoors", "pk"):
        for offset in range(ahead, 14):
            day = timezone.localdate(now) + timedelta(days=offset)
            found += [slot for slot in slots(space, day, now) if slot.free]
    return found


def load_wishes(centre: Centre, by: Any, now: datetime) -> None:
    """One of each: a request, somebody who waits, a call to be made, a weekly booking, and a draw with three lots."""
    free = free_slots(centre, now, 5)
    if len(free) < 8:
        return
    asked, taken, gone, weekly, *wanted = free[:6]
    plain: dict[str, Any] = {"by": None, "now": now}
    set_rule(by=by, centre=centre, space=asked.space, needs_approval=True, kept_percent=30)
    names = iter(["周大爷（演示）", "吴大娘（演示）", "郑师傅（演示）", "排练队（演示）"])

    def once(slot: Slot, code: str, channel: str, who: Any = None) -> Any:
        return book(
            **{**plain, "by": who}, space=slot.space, starts=slot.starts, ends=slot.ends, channel=channel, code=code,
            on_behalf_of=next(names), contact_phone="03790000",
        )  # fmt: skip

    once(asked, "DEMREQ", Channel.WEB)
    once(taken, "DEMHAS", Channel.COUNTER, by)
    wait(
        **plain, space=taken.space, starts=taken.starts, ends=taken.ends, channel=Channel.WEB, code="DEMWAT",
        on_behalf_of="孙大娘（演示）", contact_phone="03790001", card_number="0001",
    )  # fmt: skip
    cancel(by=by, booking=once(gone, "DEMGNE", Channel.PHONE, by), now=now, reason="场地检修（演示）")
    start = timezone.localtime(weekly.starts)
    book_series(
        by=by, space=weekly.space, since=start.date(), until=start.date() + timedelta(weeks=2), start=60 * start.hour,
        minutes=60, channel=Channel.COUNTER, now=now, on_behalf_of=next(names), contact_phone="03790002",
    )  # fmt: skip
    draw = announce_draw(
        by=by, centre=centre, title="球场抽签（演示）", closes_at=now + timedelta(days=4), secret="de" * 32, now=now,
        times=[(slot.space, slot.starts, slot.ends) for slot in wanted],
    )  # fmt: skip
    for number, code in enumerate(("DEMLTA", "DEMLTB", "DEMLTC")):
        enter_draw(
            **plain, draw=draw, wishes=list(draw.slots.values_list("pk", flat=True)), channel=Channel.WEB, code=code,
            on_behalf_of="钱大爷（演示）", contact_phone=f"0379000{number}", card_number=f"100{number}",
        )  # fmt: skip
