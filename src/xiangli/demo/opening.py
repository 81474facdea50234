"""Invented hours: the programme's rule at every centre, a few exceptions, one announced closure."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from xiangli.opening.hours import ALL_DAY, SPECIAL, Rule
from xiangli.opening.services import PROGRAMME_RULES, add_rule, announce_closure, set_rules
from xiangli.places.models import Place
from xiangli.places.queries import centres

WHAT = "开放时间（演示）"
SINCE = 90  # days ago


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    by = users.get("town")
    since = today - timedelta(days=SINCE)
    now = timezone.make_aware(datetime.combine(today, time(9)))
    for number, centre in enumerate(centres(town)):
        set_rules(by=by, centre=centre, rules=PROGRAMME_RULES, since=since)
        for court in centre.spaces.filter(outdoors=True):
            daylight = Rule(((6 * 60, 22 * 60),))
            set_rules(by=by, centre=centre, space=court, rules=[daylight], since=since)
        if number % 7 == 3:
            fair = today + timedelta(days=6)
            rule = Rule(ALL_DAY, since=fair, until=fair, layer=SPECIAL, name="庙会（演示）")
            add_rule(by=by, centre=centre, rule=rule, since=fair)
        if number % 9 == 0:
            starts = now + timedelta(days=8)
            announce_closure(
                by=by, centre=centre, starts=starts, ends=starts + timedelta(hours=9), now=now,
                reason="线路检修（演示）", alternative="急事请打值班电话",
            )  # fmt: skip
