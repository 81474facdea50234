"""A survey of a whole county: villages of different towns that are called the same, and as many queries as for two."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_county, make_staff, make_town, make_village
from tests.surveys.factories import make_answers, make_campaign, make_definition, make_people, some_answers
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.surveys import queries, services
from xiangli.surveys.choices import Verdict
from xiangli.surveys.figures import report
from xiangli.surveys.models import PublishedFigures, Response
from xiangli.surveys.patterns import Found
from xiangli.surveys.trust_queries import patterns_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    return make_county()


@pytest.fixture
def twins(county):
    """Two villages of the same name and address name, in two towns."""
    towns = [make_town(county, slug=slug, name=name) for slug, name in (("jia", "甲镇"), ("yi", "乙镇"))]
    return [make_people(make_village(town, slug="dong", name="东村")) for town in towns]


@pytest.fixture
def campaign(county, twins):
    made = make_campaign(twins[0], definition=make_definition())  # the catalogue comes with it
    return make_campaign(county, definition=made.definition)


@pytest.fixture
def official(client, county):
    client.force_login(make_staff(Role.COUNTY, county))
    return client


def address(village):
    return f"dong-{village.pk}"


def test_each_of_two_villages_called_the_same_gets_its_own_web_answers(client, campaign, twins):
    form = reverse("survey_answer", args=[campaign.public_id])
    page = client.get(form).content.decode()
    assert [page.count(f'<optgroup label="{town}">') for town in ("甲镇", "乙镇")] == [1, 1]
    for village in twins:
        uuid = client.get(form).context["form"]["uuid"].value()
        sent = client.post(form, {"uuid": uuid, "village": address(village), "q-sex": "女"})
        assert sent.url == reverse("survey_thanks", args=[campaign.public_id, address(village)])
        assert client.get(sent.url).context["place"] == village
    assert sorted(Response.everywhere.values_list("place", flat=True)) == [one.pk for one in twins]
    alone = make_village(twins[0].parent, slug="xi", name="西村")
    assert client.get(form, {"v": "xi"}).context["village"] == alone
    assert client.get(form, {"v": "dong"}).context["village"] is None
    only = client.get(form, {"v": address(twins[1])})
    assert only.context["village"] == twins[1]


def test_figures_and_needs_of_two_villages_called_the_same_are_published_apart(client, campaign, twins):
    make_answers(campaign, twins[0], some_answers(24))
    make_answers(campaign, twins[1], some_answers(48))
    services.derive_needs(by=None, campaign=campaign, place=campaign.place)
    services.publish_needs(by=None, lists=queries.needs_lists(campaign.place), at=timezone.now())
    units = PublishedFigures.everywhere.get().content["units"]
    found = [(one["slug"], one["label"], one["answers"]) for one in units]
    assert found[1:] == [(address(twins[0]), "甲镇 东村", 24), (address(twins[1]), "乙镇 东村", 48)]
    for village, n in zip(twins, (24, 48), strict=True):
        page = client.get(reverse("figures_public", args=[campaign.public_id]), {"v": address(village)})
        assert page.context["unit"]["answers"] == n
        needs = client.get(reverse("needs_public", args=[campaign.public_id, address(village)]))
        assert (needs.context["place"], needs.context["unit"]["answers"]) == (village, n)
    assert client.get(reverse("needs_public", args=[campaign.public_id, "dong"])).status_code == 404


def test_a_table_that_does_not_say_which_of_two_villages_is_refused_by_line(official, campaign, twins):
    rows = "村,性别\n东村,女\n甲镇东村,女\n乙镇东村,男\n西村,男\n"
    file = SimpleUploadedFile("a.csv", rows.encode())
    page = official.post(reverse("survey_import", args=[campaign.pk]), {"file": file})
    assert page.context["refused"] == [
        (2, "有 2 个村叫“东村”，请写上镇名，如“甲镇东村”"), (5, "村名“西村”不在这次要收的村里"),
    ]  # fmt: skip
    official.post(reverse("survey_import", args=[campaign.pk]), {"checked": page.context["checked"]})
    taken = Response.everywhere.order_by("pk").values_list("place", "answers__sex")
    assert list(taken) == [(twins[0].pk, "女"), (twins[1].pk, "男")]


def test_the_template_and_the_lists_say_which_town(official, campaign, twins):
    import openpyxl

    book = official.get(reverse("survey_template", args=[campaign.pk])).content
    sheets = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    said = {cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}
    assert any("甲镇东村" in str(cell) for cell in said)
    page = official.get(reverse("survey", args=[campaign.pk])).content.decode()
    assert page.count(">甲镇 东村</option>") == 3


def add_villages(campaign, number):
    for n in range(number):
        village = make_people(make_village(make_town(campaign.county, slug=f"t{n}", name=f"{n}镇")))
        make_answers(campaign, village, some_answers(12))


@pytest.mark.parametrize("page", ["survey_figures", "second_looks", "survey"])
def test_a_county_takes_as_many_queries_as_two_villages(official, campaign, twins, page, django_assert_max_num_queries):
    for village in twins:
        make_answers(campaign, village, some_answers(12))
    with django_assert_max_num_queries(40) as few:
        official.get(reverse(page, args=[campaign.pk]))
    add_villages(campaign, 4)
    with django_assert_max_num_queries(len(few)):
        official.get(reverse(page, args=[campaign.pk]))


def test_figures_are_computed_once_and_again_when_anything_moves(campaign, twins, monkeypatch):
    from xiangli.surveys import figures

    for village in twins:
        make_answers(campaign, village, some_answers(12))
    county, computed = campaign.place, []
    plain = figures.report_of
    monkeypatch.setattr(figures, "report_of", lambda *args: computed.append(1) or plain(*args))
    assert [report(campaign, county).answers for _ in range(3)] == [24, 24, 24]
    assert len(computed) == 1
    (late,) = make_answers(campaign, twins[0], some_answers(1))
    assert (report(campaign, county).answers, len(computed)) == (25, 2)
    services.correct_response(by=None, response=late, changes={"sex": "男"}, reason="说错了", at=timezone.now())
    men = next(one for one in report(campaign, county).questions if one.name == "sex").lines[1].respondents
    assert (men, len(computed)) == (9, 3)
    found = Found("identical", (late.pk,), "一样")
    services.judge(
        by=None, campaign=campaign, place=twins[0], found=found, verdict=Verdict.LEFT_OUT, reason="重复",
        at=timezone.now(), leave_out=[late.pk],
    )  # fmt: skip
    assert (report(campaign, county).answers, len(computed)) == (24, 4)
    services.set_sample(by=None, campaign=campaign, place=twins[0], kind="simple_random", invited=80)
    services.set_sample(by=None, campaign=campaign, place=twins[1], kind="simple_random", invited=80)
    assert (report(campaign, county).invited, len(computed)) == (160, 5)
    twins[0].population_counts.update(count=1000)
    report(campaign, county)
    assert len(computed) == 6


def test_patterns_are_kept_until_an_answer_comes_in(campaign, twins):
    before = patterns_of(campaign, campaign.place)
    assert before == {}
    make_answers(campaign, twins[0], some_answers(1) * 9)
    assert [one.kind for one in patterns_of(campaign, campaign.place)[twins[0].pk]] == ["identical"]


def test_what_was_worked_out_is_not_published_when_an_answer_came_meanwhile(campaign, twins, monkeypatch):
    from xiangli.surveys.services import needs

    make_answers(campaign, twins[0], some_answers(24))
    services.derive_needs(by=None, campaign=campaign, place=campaign.place)
    work_out = needs.public_content

    def slow(*args, **options):
        found = work_out(*args, **options)
        make_answers(campaign, twins[0], some_answers(1))
        return found

    monkeypatch.setattr(needs, "public_content", slow)
    lists = queries.needs_lists(campaign.place)
    with pytest.raises(UserError, match="正在算的时候又来了新的答卷"):
        services.publish_needs(by=None, lists=lists, at=timezone.now())
    assert not PublishedFigures.everywhere.exists()
    assert [one.published_at for one in lists] == [None]


def test_two_waves_that_asked_other_villages_say_so_or_are_not_compared(official, campaign, twins):
    wave = make_campaign(campaign.place, definition=campaign.definition)
    make_answers(campaign, twins[0], some_answers(24))
    make_answers(wave, twins[1], some_answers(24))
    address = reverse("survey_change", args=[wave.pk])
    said = official.get(address, {"before": campaign.pk}, follow=True).content.decode()
    assert "两次没有一个村是都问过的，比不出变化。" in said
    make_answers(wave, twins[0], some_answers(24))
    page = official.get(address, {"before": campaign.pk})
    assert page.context["apart"] == [(wave.title, "东村")]
    assert "只在“办什么？”里问过的村：东村。" in "".join(page.content.decode().split())
