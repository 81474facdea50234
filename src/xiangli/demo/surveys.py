"""An invented campaign: what should our centre offer? Every answer is drawn by chance from habits that sound likely."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangli.places.models import Place, Service
from xiangli.places.queries import villages
from xiangli.surveys import services as surveys
from xiangli.surveys.choices import Channel, SampleKind
from xiangli.surveys.models import Campaign, Response
from xiangli.surveys.queries import margins_of, needs_lists
from xiangli.surveys.standard import AGES, GROUPS, standard_questionnaire

WHAT = "民意调查：二十个村的答卷（编的）"
TITLE = "乡里中心办什么？"

# What people call a service where the catalogue's word is long: short words also keep the sheet to one page.
PLAIN = {"rural": "农资缴费", "dance": "跳舞唱戏"}

# share of each age band that wants a service
WANTS = {
    "canteen": (0.10, 0.22, 0.52, 0.71), "health": (0.16, 0.33, 0.51, 0.62), "daycare": (0.05, 0.12, 0.22, 0.44),
    "childcare": (0.34, 0.15, 0.18, 0.06), "skills": (0.33, 0.24, 0.05, 0.01), "ecommerce": (0.24, 0.15, 0.03, 0.01),
    "sports": (0.42, 0.20, 0.07, 0.02), "dance": (0.12, 0.36, 0.35, 0.14), "chess": (0.06, 0.18, 0.36, 0.37),
    "reading": (0.22, 0.10, 0.08, 0.05), "law": (0.10, 0.12, 0.09, 0.05), "convenience": (0.18, 0.23, 0.25, 0.24),
    "rural": (0.06, 0.27, 0.20, 0.06), "civility": (0.05, 0.09, 0.12, 0.09),
}  # fmt: skip
# when each age band can come: morning, afternoon, evening, any
BANDS = {
    "18-44": (0.07, 0.11, 0.70, 0.12), "45-59": (0.16, 0.22, 0.50, 0.12), "60-69": (0.42, 0.30, 0.12, 0.16),
    "70+": (0.51, 0.33, 0.02, 0.14),
}  # fmt: skip
LIVELIHOOD = {
    "18-44": (0.2, 0.55, 0.25),
    "45-59": (0.5, 0.35, 0.15),
    "60-69": (0.72, 0.08, 0.2),
    "70+": (0.6, 0.0, 0.4),
}
# Old people are easier to meet at home than workers: that is what the weights put right.
MET = {"18-44": 0.6, "45-59": 0.9, "60-69": 1.5, "70+": 1.4}


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    """One campaign, its answers, weights and published needs for every village of the town."""
    chance = random.Random(410308101)
    campaign = create(town, users["town"], today)
    answers = []
    for village in villages(town):
        n = chance.randrange(60, 151)
        surveys.set_sample(
            by=users["town"], campaign=campaign, place=village, kind=SampleKind.SIMPLE_RANDOM,
            invited=round(n * chance.uniform(1.15, 1.7)),
        )  # fmt: skip
        answers += draw(campaign, village, n, chance)
    Response.everywhere.bulk_create(answers, batch_size=500)
    for village in villages(town):
        surveys.weigh(by=users["town"], campaign=campaign, place=village)
    surveys.derive_needs(by=users["town"], campaign=campaign, place=town)
    surveys.publish_needs(by=users["town"], lists=needs_lists(town), at=timezone.now())


def create(town: Place, by: Any, today: date) -> Campaign:
    """The campaign, asked for two months up to a month from now."""
    services = Service.everywhere.filter(county=town.county)
    catalogue = [{"key": row.key, "name": PLAIN.get(row.key, row.name)} for row in services]
    definition = standard_questionnaire(
        catalogue, title=TITLE, handler=f"{town.name}党政办（演示）", contact="0379-00000000"
    )
    return surveys.create_campaign(
        by=by, place=town, title=TITLE, definition=definition, opens=today - timedelta(days=60),
        closes=today + timedelta(days=30),
    )  # fmt: skip


def draw(campaign: Campaign, village: Place, n: int, chance: random.Random) -> list[Response]:
    """``n`` invented answers. Each village wants everything a little more or less than its neighbours."""
    ages = margins_of(village)["age"]
    taste = {service: chance.uniform(0.7, 1.3) for service in WANTS}
    weights = [ages[age] * MET[age] for age in AGES]
    start = timezone.make_aware(datetime.combine(campaign.opens, datetime.min.time()))
    rows = []
    for age in chance.choices(AGES, weights, k=n):
        band = AGES.index(age)
        wanted = [key for key, shares in WANTS.items() if chance.random() < shares[band] * taste[key]]
        answers: dict[str, Any] = {
            "needs": wanted or ["none"],
            "band": chance.choices(("morning", "afternoon", "evening", "any"), BANDS[age])[0],
            "sex": chance.choices(("女", "男"), (0.56, 0.44))[0],
            "age": age,
            "group": chance.choices(GROUPS, LIVELIHOOD[age])[0],
        }
        on_web = 0.2 if band < 2 else 0.04
        channel = chance.choices((Channel.PAPER, Channel.WEB, Channel.COUNTER), (0.7, on_web, 0.1))[0]
        key = UUID(int=chance.getrandbits(128), version=4)
        rows.append(
            Response(
                county_id=campaign.county_id, campaign=campaign, place=village, channel=channel, client_uuid=key,
                version=campaign.version, answers=answers,
                created_at=start + timedelta(minutes=chance.randrange(79200)),
            )
        )  # fmt: skip
    return rows
