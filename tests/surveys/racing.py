"""Run by test_races in a process of its own: people who count, code, import and publish at the same moment."""

import sys

import django

django.setup()

from uuid import uuid4  # noqa: E402 - Django must be set up first

from django.utils import timezone  # noqa: E402

from tests.ledger.racing import at_once  # noqa: E402
from tests.places.factories import make_county, make_staff, make_town, make_village  # noqa: E402
from tests.surveys.factories import answer, make_answers, make_campaign, make_people, some_answers  # noqa: E402
from xiangli.accounts.choices import Role  # noqa: E402
from xiangli.places.models import Place  # noqa: E402
from xiangli.surveys import queries, services  # noqa: E402
from xiangli.surveys.answers import Answers, Row  # noqa: E402
from xiangli.surveys.choices import Channel  # noqa: E402
from xiangli.surveys.models import Coding, Need, NeedsList, PublishedFigures, Response  # noqa: E402

ROUNDS = 6


def county():
    return Place.objects.filter(level="county").first() or make_county()


def make_survey():
    town = make_town(county(), slug=f"t-{uuid4().hex[:8]}", name="会盟镇")
    villages = [make_people(make_village(town)) for _ in range(3)]
    campaign = make_campaign(town)
    for village in villages:
        make_answers(campaign, village, some_answers(24))
    people = [make_staff(Role.TOWN, town) for _ in range(2)]
    return town, villages, campaign, people


def derive_twice():
    town, villages, campaign, people = make_survey()
    acts = [lambda by=by: services.derive_needs(by=by, campaign=campaign, place=town) for by in people]
    assert at_once(*acts) == ["done", "done"]
    current = NeedsList.objects.within(town).filter(current=True)
    assert sorted(current.values_list("place", flat=True)) == [village.pk for village in villages]
    lines = {Need.everywhere.filter(list=one).count() for one in current}
    assert len(lines) == 1, lines
    assert min(lines) > 0


def publish(campaign, by):
    lists = queries.needs_lists(campaign.place).filter(campaign=campaign)
    services.publish_needs(by=by, lists=lists, at=timezone.now())


def publish_twice():
    town, _, campaign, people = make_survey()
    services.derive_needs(by=None, campaign=campaign, place=town)
    told = at_once(*(lambda by=by: publish(campaign, by) for by in people))
    assert told in (["done", "told"], ["done", "done"]), told  # whoever comes after the end finds nothing to publish
    assert PublishedFigures.everywhere.filter(campaign=campaign).count() == 1


def publish_while_answers_come_in():
    town, villages, campaign, people = make_survey()
    services.derive_needs(by=None, campaign=campaign, place=town)
    told = at_once(
        lambda: publish(campaign, people[0]), lambda: [answer(campaign, villages[0], sex="女") for _ in range(4)]
    )
    assert told in (["done", "done"], ["done", "told"]), told
    assert Response.everywhere.filter(campaign=campaign).count() == 76
    for figures in PublishedFigures.everywhere.filter(campaign=campaign):
        assert [unit["answers"] for unit in figures.content["units"]] == [72, 24, 24, 24]


def code_twice(differently):
    _, villages, campaign, people = make_survey()
    codes = [services.add_code(by=None, campaign=campaign, label=label) for label in ("路灯", "食堂")]
    row = answer(campaign, villages[0], say="想修路灯")
    chosen = ([codes[0]], [codes[1]]) if differently else ([], [])
    acts = [
        lambda by=by, mine=mine: services.code_answer(
            by=by, response=Response.everywhere.get(pk=row.pk), question="say", codes=mine, at=timezone.now()
        )
        for by, mine in zip(people, chosen, strict=True)
    ]
    assert at_once(*acts) == ["done", "told"]
    assert Coding.everywhere.filter(response=row).count() == 1


def import_twice():
    town, villages, campaign, people = make_survey()
    rows = [Row(line, {"sex": "女"}, {}, villages[line % 3].name) for line in range(2, 302)]
    table = Answers(rows, [], "one file")
    acts = [lambda by=by: services.import_answers(by=by, campaign=campaign, place=town, answers=table) for by in people]
    assert at_once(*acts) == ["done", "done"]
    assert Response.everywhere.filter(campaign=campaign, channel=Channel.SPREADSHEET).count() == 300


def main():
    for number in range(ROUNDS):
        derive_twice()
        publish_twice()
        publish_while_answers_come_in()
        code_twice(differently=bool(number % 2))
        import_twice()
    sys.stdout.write("as it should be\n")
