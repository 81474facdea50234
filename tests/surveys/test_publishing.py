"""Everything that is published of a campaign, read off the pages, against an attacker who adds and subtracts."""

import random
import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from ortools.linear_solver import pywraplp

from tests.places.factories import make_town, make_village
from tests.surveys.factories import answer, make_answers, make_campaign, make_definition, make_people, some_answers
from xiangli.core.errors import UserError
from xiangli.surveys import queries, services
from xiangli.surveys.choices import Channel
from xiangli.surveys.models import PublishedFigures
from xiangli.surveys.statistics import to_step

pytestmark = pytest.mark.django_db
K = 5
AGES = ("18-44", "45-59", "60-69", "70+")
WISHES = ("canteen", "chess", "none")


def draw(n, chance, shares):
    """Answers of ``n`` people; every fifth leaves a question out."""
    rows = []
    for _ in range(n):
        wanted = [wish for wish, share in zip(WISHES[:2], shares, strict=True) if chance.random() < share]
        row = {"needs": wanted or ["none"], "band": chance.choice(("morning", "evening"))}
        row |= {"sex": chance.choice("女男"), "age": chance.choices(AGES, (4, 3, 2, 0.4))[0]}
        if chance.random() < 0.2:
            del row["band"]
        rows.append(row)
    return rows


SMALL = ((44, (0.5, 0.1)), (31, (0.1, 0.4)), (25, (0.6, 0.05)), (38, (0.2, 0.2)), (3, (0.9, 0.9)))
LARGE = ((120, (0.5, 0.2)), (90, (0.3, 0.4)), (70, (0.6, 0.3)))


def publish(villages, seed):
    """A town with needs and figures published; ``villages``: answers, and the shares of the wishes, of each."""
    chance = random.Random(seed)
    town = make_town()
    campaign = make_campaign(town)
    for n, shares in villages:
        village = make_people(make_village(town))
        make_answers(campaign, village, draw(n, chance, shares))
        answer(campaign, village, Channel.COUNTER, **draw(1, chance, shares)[0])
    services.derive_needs(by=None, campaign=campaign, place=town)
    services.publish_needs(by=None, lists=queries.needs_lists(town), at=timezone.now())
    return campaign


@pytest.fixture
def published():
    """Five villages, one of them tiny."""
    return publish(SMALL, 5)


def test_publishing_leaves_out_a_date_question(client):
    town = make_town()
    asked = make_definition()
    asked["questions"].append({"name": "day", "kind": "date", "label": "上次是哪天来的？"})
    campaign = make_campaign(town, definition=asked)
    for _ in range(2):
        village = make_people(make_village(town))
        make_answers(campaign, village, [row | {"day": "2026-08-11"} for row in some_answers(24)])
    services.derive_needs(by=None, campaign=campaign, place=town)
    assert services.publish_needs(by=None, lists=queries.needs_lists(town), at=timezone.now()) == 2
    units = PublishedFigures.everywhere.get().content["units"]
    assert [len(unit["questions"]) for unit in units] == [5, 5, 5]
    assert "上次是哪天来的" not in text(client.get(reverse("figures_public", args=[campaign.public_id])))


@pytest.fixture
def rounding():
    """Three villages so large that only numbers have to be rounded."""
    return publish(LARGE, 5)


def text(answer):
    """The page without the white space that its source is laid out with."""
    return re.sub(r"\s+", "", unescape(answer.content.decode()))


def read_figures(client, campaign):
    """(village or None, question, option) -> count, as the public pages show it; and the answers of each unit."""
    shown, answers = {}, {}
    address = reverse("figures_public", args=[campaign.public_id])
    slugs = re.findall(r'<option value="([^"]*)"', client.get(address).content.decode())
    for slug in slugs or [""]:
        page = text(client.get(address, {"v": slug}))
        answers[slug or None] = int(re.search(r"(\d+)份答卷", page).group(1))
        for block in page.split('<sectionclass="card">')[1:]:
            question = re.search(r"<h2>(.*?)</h2>", block).group(1)
            for item in block.split("<li>")[1:]:
                label = re.search(r"<div>(.*?)<span", item).group(1)
                shown[slug or None, question, label] = int(re.search(r"(\d+)人选", item).group(1))
    return shown, answers


def read_needs(client, campaign, village):
    """(group or None, wish) -> count: whole lines off the page, groups' lines off the list (its CSV prints them)."""
    page = text(client.get(reverse("needs_public", args=[campaign.public_id, village.slug])))
    whole = re.findall(r"<b>([^<]*)</b><spanclass=\"num\">\d+%</span>.*?(\d+)人选", page)
    lines = queries.published_needs(village).published
    assert {(line["label"], line["people"]) for line in lines if not line["group"]} == {(w, int(n)) for w, n in whole}
    return {("".join(line["group"].split()) or None, line["label"]): line["people"] for line in lines}


def truth(campaign, village):
    return [queries.effective(row) for row in queries.responses_of(campaign, village)]


def labels(campaign, name):
    question = next(q for q in campaign.definition["questions"] if q["name"] == name)
    return {option["name"]: "".join(option["label"].split()) for option in question["options"]}, question["label"]


def attack(solver, x, target):
    found = []
    for sense in (solver.Minimize, solver.Maximize):
        sense(target)
        assert solver.Solve() == solver.OPTIMAL
        found.append(solver.Objective().Value())
    return found


def test_no_published_number_is_small(published, client):
    shown, answers = read_figures(client, published)
    assert shown
    assert min(shown.values()) >= K
    assert min(answers.values()) >= K
    for needs_list in queries.needs_lists(published.place):
        assert all(line["people"] >= K for line in needs_list.published)


def test_the_tiny_village_is_in_nothing_and_not_in_the_total(published, client):
    _, answers = read_figures(client, published)
    counts = {one.place.slug: one.responses for one in queries.needs_lists(published.place)}
    tiny = min(counts, key=counts.get)
    assert counts[tiny] == 4
    assert tiny not in answers
    assert answers[None] == sum(n for slug, n in counts.items() if slug != tiny)
    page = text(client.get(reverse("needs_public", args=[published.public_id, tiny])))
    assert "答的人还少" in page
    assert "4位乡亲" not in page


@pytest.mark.parametrize("town", ["published", "rounding"])
def test_what_is_shown_is_true(request, client, town):
    published = request.getfixturevalue(town)
    shown, _ = read_figures(client, published)
    places = {one.place.slug: one.place for one in queries.needs_lists(published.place)}
    for (slug, question, label), n in shown.items():
        if slug is None:
            continue
        rows = truth(published, places[slug])
        asked = next(q for q in published.definition["questions"] if q["label"] == question)
        option = next(o["name"] for o in asked["options"] if "".join(o["label"].split()) == label)
        given = [row.get(asked["name"]) for row in rows]
        true = sum(option in v if isinstance(v, list) else v == option for v in given if v is not None)
        _, step = rounded(published).get((slug, label), (n, 1))
        assert n == to_step(true, step)


@pytest.mark.parametrize("wish", WISHES[:2])
@pytest.mark.parametrize("town", ["published", "rounding"])
def test_wishes_of_groups_villages_and_town_cannot_be_played_against_each_other(request, client, town, wish):
    """The attacker knows how many of each age answered in each village, and everything on the pages."""
    published = request.getfixturevalue(town)
    shown, answers = read_figures(client, published)
    names, question = labels(published, "needs")
    ages, _ = labels(published, "age")
    places = {one.place.slug: one.place for one in queries.needs_lists(published.place) if one.place.slug in answers}
    coarse = rounded(published)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x, true, size = {}, {}, {}
    for slug, village in places.items():
        rows = truth(published, village)
        for age in AGES:
            people = [row for row in rows if row["age"] == age]
            size[slug, age] = len(people)
            true[slug, age] = sum(wish in row["needs"] for row in people)
            x[slug, age] = solver.NumVar(0, len(people), "")
        whole = sum(x[slug, age] for age in AGES)
        n, step = coarse.get((slug, names[wish]), (0, 1))
        if step > 1:
            solver.Add(whole >= min(count for count in range(answers[slug]) if to_step(count, step) == n))
            solver.Add(whole <= n + (step - 1) // 2)
        elif (slug, question, names[wish]) in shown:
            solver.Add(whole == shown[slug, question, names[wish]])
        for (group, label), n in read_needs(client, published, village).items():
            if label == names[wish] and (group is not None or step == 1):
                solver.Add((whole if group is None else x[slug, next(a for a in AGES if ages[a] == group)]) == n)
    if (None, question, names[wish]) in shown:
        parts = [coarse.get((slug, names[wish]), (sum(x[slug, age] for age in AGES),))[0] for slug in places]
        solver.Add(sum(parts) == shown[None, question, names[wish]])
    cells = [([(slug, age)], true[slug, age], size[slug, age]) for slug in places for age in AGES]
    cells += [
        ([(slug, age) for age in AGES], sum(true[slug, age] for age in AGES), sum(size[slug, age] for age in AGES))
        for slug in places
    ]
    small = [cell for cell in cells if cell[1] < K and cell[2] > 0]
    assert small
    for parts, n, room in small:
        low, high = attack(solver, x, sum(x[part] for part in parts))
        assert low <= n + 1e-6
        assert high - low >= min(K, room - n) - 1e-6, (parts, n, low, high)
        assert high >= n + min(K, room - n) - 1e-6


def rounded(campaign):
    """(village, wish) -> (number as it is shown, step) where a needs list rounds it."""
    return {
        (one.place.slug, "".join(line["label"].split())): (line["people"], line["step"])
        for one in queries.needs_lists(campaign.place)
        for line in one.published
        if not line["group"] and line["step"] > 1
    }


def test_number_that_a_list_rounds_is_no_finer_anywhere(rounding, client):
    """Otherwise the figures' page would say what the needs list rounds for the sake of a small group."""
    coarse = rounded(rounding)
    assert coarse
    address = reverse("figures_public", args=[rounding.public_id])
    for (slug, label), (people, _) in coarse.items():
        said = re.search(rf"{label}<.*?，(约?\d+)人选", text(client.get(address, {"v": slug})))
        assert said.group(1) == f"约{people}"
        said = re.search(rf"{label}<.*?，(约?)\d+人选", text(client.get(address, {"v": ""})))
        assert said.group(1) == "约"


@pytest.mark.parametrize("name", ["band", "sex", "age", "group"])
def test_options_of_a_question_cannot_be_had_from_villages_and_town(published, client, name):
    shown, answers = read_figures(client, published)
    names, question = labels(published, name)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x, true, size = {}, {}, {}
    for one in queries.needs_lists(published.place):
        if one.place.slug not in answers:
            continue
        given = [row.get(name) for row in truth(published, one.place)]
        size[one.place.slug] = sum(value is not None for value in given)
        for option, label in names.items():
            x[one.place.slug, option] = solver.NumVar(0, size[one.place.slug], "")
            true[one.place.slug, option] = given.count(option)
            if (one.place.slug, question, label) in shown:
                solver.Add(x[one.place.slug, option] == shown[one.place.slug, question, label])
        solver.Add(sum(x[one.place.slug, option] for option in names) == size[one.place.slug])
    for option, label in names.items():
        if (None, question, label) in shown:
            solver.Add(sum(x[slug, option] for slug in size) == shown[None, question, label])
    for (slug, option), n in true.items():
        if n < K and size[slug]:
            low, high = attack(solver, x, x[slug, option])
            assert high - low >= min(K, size[slug] - n) - 1e-6
            assert high >= n + min(K, size[slug] - n) - 1e-6


def test_channels_with_few_answers_are_not_named(published, client):
    """One answer in each village came over the counter: neither it nor, by subtraction, the rest is shown."""
    content = PublishedFigures.everywhere.get().content
    for unit in content["units"]:
        if unit["slug"]:
            assert unit["channels"] == []
    assert "柜台代填" not in client.get(reverse("figures_public", args=[published.public_id])).content.decode()


def test_published_figures_stand_still_until_published_again(published, client):
    before = read_figures(client, published)
    village = queries.needs_lists(published.place)[0].place
    make_answers(published, village, some_answers(10))
    assert read_figures(client, published) == before
    services.derive_needs(by=None, campaign=published, place=village)
    services.publish_needs(by=None, lists=queries.needs_lists(village), at=timezone.now())
    assert read_figures(client, published)[1][village.slug] == before[1][village.slug] + 10


def again(campaign, village):
    services.derive_needs(by=None, campaign=campaign, place=village)
    services.publish_needs(by=None, lists=queries.needs_lists(village), at=timezone.now())


@pytest.mark.parametrize("moved", [1, 4, 5])
def test_page_kept_from_before_cannot_be_subtracted(published, client, moved):
    """Fewer than k answers more: the difference of the two pages would be what those people said."""
    before = read_figures(client, published)
    village = queries.needs_lists(published.place)[0].place
    make_answers(published, village, some_answers(moved))
    if moved == 5:
        again(published, village)
        assert read_figures(client, published)[1][village.slug] == before[1][village.slug] + 5
        return
    with pytest.raises(UserError, match=f"以后只有 {moved} 份新的或改过的答卷.*满 5 份再公布"):
        again(published, village)
    assert read_figures(client, published) == before


def test_corrected_answers_wait_too_and_nothing_moved_may_be_published_again(published, client):
    village = queries.needs_lists(published.place)[0].place
    before = read_figures(client, published)
    again(published, village)
    assert read_figures(client, published) == before
    rows = list(queries.responses_of(published, village)[:5])
    for row in rows[:4]:
        services.correct_response(by=None, response=row, changes={"age": "70+"}, reason="听错", at=timezone.now())
    with pytest.raises(UserError, match="只有 4 份"):
        again(published, village)
    services.correct_response(by=None, response=rows[4], changes={"age": "70+"}, reason="听错", at=timezone.now())
    again(published, village)


def test_lists_and_figures_rest_on_the_same_answers():
    village = make_people(make_village())
    campaign = make_campaign(village)
    rows = make_answers(campaign, village, some_answers(24))
    services.derive_needs(by=None, campaign=campaign, place=village)
    services.correct_response(by=None, response=rows[0], changes={"age": "70+"}, reason="听错", at=timezone.now())
    with pytest.raises(UserError, match="请先重新得出需求"):
        services.publish_needs(by=None, lists=queries.needs_lists(village), at=timezone.now())
    assert not PublishedFigures.everywhere.exists()
    assert queries.published_needs(village) is None


def test_public_figures_compare_two_campaigns_with_an_interval(client):
    village = make_people(make_village())
    waves = []
    for every in (2, 4):
        campaign = make_campaign(village)
        rows = [{**row, "needs": ["canteen"] if n % every == 0 else ["none"]} for n, row in enumerate(some_answers(40))]
        make_answers(campaign, village, rows)
        services.derive_needs(by=None, campaign=campaign, place=village)
        services.publish_needs(by=None, lists=queries.needs_lists(village), at=timezone.now())
        waves.append(campaign)
    address = reverse("figures_public", args=[waves[1].public_id])
    page = text(client.get(address, {"before": waves[0].public_id}))
    assert re.search(r"服务canteen：-[\d.]+（-[\d.]+到[+-]?[\d.]+）", page)
    assert "按两次各自抽的人算" in page


def test_figures_page_says_when_nothing_is_published(client):
    campaign = make_campaign()
    page = client.get(reverse("figures_public", args=[campaign.public_id])).content.decode()
    assert "还没有公布" in page


def test_figures_of_a_questionnaire_without_needs_are_published_alone(client):
    from tests.surveys.factories import make_definition

    village = make_people(make_village())
    definition = make_definition()
    definition["questions"] = definition["questions"][1:]
    campaign = make_campaign(village, definition=definition)
    make_answers(campaign, village, [{"sex": "女", "age": "70+"}] * 3)
    with pytest.raises(UserError, match="每个村都不到 5 份"):
        services.publish_figures(by=None, campaign=campaign, at=timezone.now())
    make_answers(campaign, village, [{"sex": "男", "age": "70+"}] * 12)
    assert services.publish_figures(by=None, campaign=campaign, at=timezone.now()) == 1
    shown, answers = read_figures(client, campaign)
    assert answers == {None: 15}
    assert {label: n for (_, question, label), n in shown.items() if question == "年龄"} == {}
