"""The demonstration's plan put into practice, and invented bookings; a fixed timetable where the plan has none."""

import contextlib
import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from xiangli.bookings.choices import ALPHABET, CODE_LENGTH, Channel, SignUpFor
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import Slot, at_minute, expected_at, slots
from xiangli.bookings.services import (
    BookingRefused,
    add_activity,
    adopt_plan,
    announce_draw,
    book,
    book_series,
    cancel,
    enter_draw,
    leave,
    new_activity,
    note_attendance,
    note_day,
    set_rule,
    sign_up,
    wait,
)
from xiangli.core.errors import UserError
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
        if number < 2:
            load_class(centre, users.get("village"), today, now)


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


def load_class(centre: Centre, by: Any, today: date, now: datetime) -> None:
    """A class with few seats in the evenings, full and with somebody waiting; last week's was ticked off."""
    yesterday, start = today - timedelta(days=1), 1140
    about: dict[str, Any] = {
        "title": "剪纸班（演示）", "about": "从团花学起，做完带回家", "specialist": "剪纸老师（演示）",
        "materials": "红纸、剪刀各 6 份", "helpers": "1 人，提前半小时摆桌子", "sign_up": SignUpFor.DATE,
        "seats": 6, "kept_counter": 2,
    }  # fmt: skip
    for room in centre.spaces.filter(office_use=False, outdoors=False).order_by("name"):
        with contextlib.suppress(UserError):  # the plan has something in this room
            made = new_activity(
                by=by, space=room, weekday=yesterday.weekday(), start=start, end=start + 90,
                since=today - timedelta(days=15), now=now, **about,
            )  # fmt: skip
            break
    else:
        return
    chance = random.Random(centre.pk)
    past, coming = (at_minute(yesterday + timedelta(days=n), start) for n in (-7, 7))
    people = [
        (Channel.WEB, "小刘（演示）"), (Channel.PHONE, "老王（演示）"), (Channel.WEB, ""),
        (Channel.COUNTER, "李大娘（演示）"),
        (Channel.WEB, "小陈（演示）"), (Channel.WEB, "小马（演示）"), (Channel.WEB, "老周（演示）"),
    ]  # fmt: skip
    for starts, sent in ((past, past - timedelta(days=2)), (coming, now)):
        for channel, called in people:
            code = "".join(chance.choice(ALPHABET) for _ in range(CODE_LENGTH))
            sign_up(
                by=by, activity=made, starts=starts, channel=channel, now=sent, code=code, called=called,
                contact_phone="0379-0000（演示）" if channel == Channel.PHONE else "",
            )  # fmt: skip
    seated = list(expected_at(made, Booking.everywhere.get(activity=made, starts=past)))
    came = {one.pk for one in seated[1:]}
    note_attendance(by=by, activity=made, starts=past, came=came, unlisted=2, now=past + timedelta(hours=2))
    leave(by=by, sign_up=made.sign_ups.filter(date__starts=coming).order_by("pk")[0], now=now)  # the list moves up
    note_day(by=by, centre=centre, day=today, now=now, door="老赵（演示）")
