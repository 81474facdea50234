"""Teams, look-back, several findings, paper, on-site reviews, and the county's rules."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from tests.ledger.factories import NOW, TODAY, make_crew, make_item
from tests.places.factories import make_service, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.ledger import services as ledger
from xiangli.ledger.models import LedgerItem, LightRule
from xiangli.supervision import queries, services
from xiangli.supervision.choices import About, VisitKind
from xiangli.supervision.deadlines import WorkingTime
from xiangli.supervision.forms import FindingForm, LookBackForm, PaperRowForm
from xiangli.supervision.models import (
    Indicator,
    LiaisonVisit,
    LookBack,
    SiteReview,
    SiteScore,
    SupervisionRule,
    Team,
)
from xiangli.supervision.views.visits import paper_uuid

pytestmark = pytest.mark.django_db
RULES = {
    "unseen_days": 22, "stalled_days": 15, "share_left": 20, "points_behind": 20, "to_liaison": 1, "to_town": 3,
    "to_county": 10,
}  # fmt: skip


@pytest.fixture
def crew():
    return make_crew()


def visit(crew, **fields):
    fields = {"place": crew.village, "visited_on": TODAY, "client_uuid": uuid4(), "now": NOW} | fields
    return services.record_visit(by=crew.judge, **fields)


def closed_finding(crew, **fields):
    """An item that came from a visit and was closed."""
    item = visit(crew, problem="通道堆物", deadline=date(2026, 6, 20)).findings.get().item
    ledger.start(by=crew.doer, item=item, now=NOW)
    ledger.ask_close(by=crew.doer, item=item, now=NOW)
    return ledger.close(by=crew.boss, item=item, now=NOW)


def test_every_form_of_a_visit_has_at_most_eight_fields_and_no_number():
    for form in (FindingForm(), LookBackForm(), PaperRowForm()):
        assert len([field for field in form if not field.is_hidden]) <= 8


def test_visit_can_have_several_findings_and_the_same_form_twice_is_one(crew):
    seen = visit(crew, problem="一", deadline=date(2026, 6, 20))
    for _ in range(2):
        services.add_finding(
            by=crew.judge, visit=seen, client_uuid=UUID(int=3), now=NOW, problem="二", deadline=date(2026, 6, 21)
        )
    assert list(seen.findings.order_by("pk").values_list("item__title", flat=True)) == ["一", "二"]


def test_look_back_that_does_not_hold_reopens_the_item_once(crew):
    item = closed_finding(crew)
    for _ in range(2):
        services.look_back(
            by=crew.judge, item=item, visited_on=TODAY, client_uuid=UUID(int=4), now=NOW, holds=False, seen="又堆上了"
        )
    item.refresh_from_db()
    assert (item.state, LookBack.everywhere.count()) == ("reopened", 1)
    assert LiaisonVisit.everywhere.filter(kind=VisitKind.LOOK_BACK).count() == 1
    with pytest.raises(UserError, match="还没有销号"):
        services.look_back(by=crew.judge, item=item, visited_on=TODAY, client_uuid=uuid4(), now=NOW, holds=True)
    assert LiaisonVisit.everywhere.filter(kind=VisitKind.LOOK_BACK).count() == 1


def test_look_back_without_a_word_why_leaves_nothing_half_done(crew):
    item = closed_finding(crew)
    with pytest.raises(UserError, match="怎么又出现"):
        services.look_back(by=crew.judge, item=item, visited_on=TODAY, client_uuid=uuid4(), now=NOW, holds=False)
    item.refresh_from_db()
    assert (item.state, LookBack.everywhere.count()) == ("closed", 0)
    assert LiaisonVisit.everywhere.filter(kind=VisitKind.LOOK_BACK).count() == 0


def test_closed_finding_calls_for_a_look_back_until_somebody_went(crew):
    item = closed_finding(crew)
    later = TODAY + timedelta(days=20)
    assert [call.reasons for call in queries.calls(crew.judge, later)] == [["1 件销号后还没回头看"]]
    services.look_back(by=crew.judge, item=item, visited_on=TODAY, client_uuid=uuid4(), now=NOW, holds=True)
    assert queries.calls(crew.judge, later) == []


def test_village_behind_plan_or_running_out_of_time_is_called(crew):
    visit(crew)
    for n in range(4):
        make_item(crew, f"事{n}", days=40)
    near = TODAY + timedelta(days=36)
    services.record_visit(by=crew.judge, place=crew.village, visited_on=TODAY, client_uuid=uuid4(), now=NOW)
    LedgerItem.everywhere.update(moved_at=NOW + timedelta(days=36))
    LiaisonVisit.everywhere.update(visited_on=near)
    assert [call.reasons for call in queries.calls(crew.judge, near)] == [["4 件快到期还没申请销号"]]
    LedgerItem.everywhere.filter(title="事0").update(deadline=near - timedelta(days=1))
    (call,) = queries.calls(crew.judge, near)
    assert call.reasons == ["1 件超期", "3 件快到期还没申请销号", "比计划落后 25 个百分点"]
    services.set_rules(by=crew.boss, county=crew.town.county, **(RULES | {"points_behind": 30, "share_left": 0}))
    assert [call.reasons for call in queries.calls(crew.judge, near)] == [["1 件超期"]]


def test_working_time_counts_working_days_only():
    time = WorkingTime([date(2026, 6, d) for d in (1, 2, 3, 4, 5, 8, 9, 10)])
    assert time.between(date(2026, 6, 5), date(2026, 6, 8)) == 1
    assert time.between(date(2026, 6, 8), date(2026, 6, 5)) == 0
    assert time.before(date(2026, 6, 8), 2) == date(2026, 6, 4)
    assert time.share_left(date(2026, 6, 1), date(2026, 6, 9), date(2026, 6, 7)) == 2 / 6
    assert time.share_left(date(2026, 6, 1), date(2026, 6, 1), date(2026, 6, 1)) == 0.0


def test_team_refuses_a_member_who_may_not_see_a_village(crew):
    team = Team(place=crew.town)
    with pytest.raises(UserError, match="不能派去"):
        services.save_team(by=crew.boss, team=team, name="一组", members=[crew.doer], villages=[crew.village])
    assert Team.everywhere.count() == 0
    services.save_team(by=crew.boss, team=team, name="一组", members=[crew.judge], villages=[crew.village])
    assert queries.own_villages(crew.judge) == {crew.village.pk}
    with pytest.raises(UserError, match="已经有一个组"):
        services.save_team(by=crew.boss, team=Team(place=crew.town), name="一组", members=[], villages=[])


def test_team_of_people_or_villages_that_cannot_be_is_refused(client, crew):
    client.force_login(crew.boss)
    for wrong in ("9" * 30, "-1", "²", "x"):
        page = client.post("/office/visits/teams/", {"place": crew.town.pk, "name": "一组", "villages": [wrong]})
        assert page.context["form"].errors["villages"]
    assert not Team.everywhere.exists()


def test_own_villages_come_first_and_the_others_are_one_tap_away(client, crew):
    other = make_village(crew.town, name="别的村")
    services.save_team(
        by=crew.boss, team=Team(place=crew.town), name="一组", members=[crew.judge], villages=[crew.village]
    )
    client.force_login(crew.judge)
    assert [call.place for call in client.get("/office/visits/").context["calls"]] == [crew.village]
    assert {call.place for call in client.get("/office/visits/?all=1").context["calls"]} == {crew.village, other}


def test_liaison_officer_stands_beside_the_village(client, crew):
    officer = make_staff(Role.LIAISON, crew.village)
    client.force_login(crew.boss)
    rows = client.get(reverse("teams")).context["duties"]
    assert [(row["place"], row["officers"]) for row in rows] == [(crew.village, [officer.username])]


def test_village_is_given_to_an_officer_once(client, crew):
    officer, second = make_staff(Role.LIAISON, crew.village), make_village(crew.town, name="第二村")
    client.force_login(crew.boss)
    for said in ("以后包第二村", "已经包第二村了"):
        page = client.post(reverse("liaison_add"), {"user": officer.pk, "village": second.pk}, follow=True)
        assert said in page.content.decode()
    assert queries.own_villages(officer) == {crew.village.pk, second.pk}
    client.force_login(crew.judge)
    assert client.post(reverse("liaison_add"), {"user": officer.pk, "village": second.pk}).status_code == 404


def test_list_typed_in_by_a_colleague_keeps_who_went(client, crew):
    officer = make_staff(Role.LIAISON, crew.village)
    make_village(crew.town, name="不归他的村")
    client.force_login(crew.boss)
    today = timezone.localdate()
    code = f"{today:%Y%m%d}-{officer.pk}"
    assert [row["place"] for row in client.get(reverse("visit_paper"), {"list": code}).context["rows"]] == [
        crew.village
    ]
    client.post(reverse("visit_paper"), {"list": code, f"v{crew.village.pk}-visited_on": today})
    assert LiaisonVisit.everywhere.get().visitor == officer


def test_paper_list_typed_in_twice_is_one_visit_each_and_all_or_nothing(client, crew):
    second = make_village(crew.town, name="第二村")
    client.force_login(crew.judge)
    today = timezone.localdate()
    code = f"{today:%Y%m%d}-{crew.judge.pk}"
    assert client.get(reverse("visit_list_pdf")).content.startswith(b"%PDF-")
    a, b = f"v{crew.village.pk}", f"v{second.pk}"
    data = {"list": code, f"{a}-visited_on": today, f"{a}-seen": "都好", f"{b}-seen": "忘写日期"}
    page = client.post(reverse("visit_paper"), data)
    assert "就要写哪天去的" in page.content.decode()
    assert "都好" in page.content.decode()
    assert LiaisonVisit.everywhere.count() == 0
    data |= {f"{b}-visited_on": today, f"{b}-problem": "灯不亮", f"{b}-deadline": today + timedelta(days=5)}
    for _ in range(2):
        assert client.post(reverse("visit_paper"), data).status_code == 302
    assert LiaisonVisit.everywhere.count() == 2
    assert LedgerItem.everywhere.get().title == "灯不亮"
    assert "已录入" in client.get(reverse("visit_paper"), {"list": code}).content.decode()
    assert LiaisonVisit.everywhere.filter(client_uuid=paper_uuid(code, second.pk)).exists()


@pytest.mark.parametrize("code", ["", "x", "20260610-999999999", "20260610", "20260610-", "2026061-3"])
def test_wrong_list_code_is_said_and_shows_no_village(client, crew, code):
    client.force_login(crew.judge)
    page = client.get(reverse("visit_paper"), {"list": code})
    assert "rows" not in page.context
    assert ("编号应该像" in page.content.decode()) == bool(code)


def test_visit_sent_by_the_script_counts_once_and_says_why_not(client, crew):
    client.force_login(crew.judge)
    data = {"place": crew.village.pk, "visited_on": timezone.localdate(), "client_uuid": uuid4()}
    for _ in range(2):
        assert client.post(reverse("visit_send"), data).json() == {"next": "/office/visits/"}
    assert LiaisonVisit.everywhere.count() == 1
    reply = client.post(reverse("visit_send"), data | {"client_uuid": uuid4(), "problem": "灯"})
    assert (reply.status_code, reply.json()["reason"]) == (422, "发现了问题，就要写什么时候改完。")
    client.logout()
    assert client.post(reverse("visit_send"), data).status_code == 302


def review(crew, **fields):
    made = services.add_review(by=crew.boss, place=crew.town, title="观摩", held_on=TODAY)
    place = services.save_indicator(by=crew.boss, indicator=Indicator(county=crew.town.county, title="面积", most=10))
    of_service = services.save_indicator(
        by=crew.boss, indicator=Indicator(county=crew.town.county, title="人多不多", most=5, about=About.SERVICE)
    )
    return made, place, of_service


def test_scores_belong_to_places_and_services_and_stand_in_the_order_of_the_tree(crew):
    made, area, busy = review(crew)
    second, service = make_village(crew.town, name="第二村"), make_service(crew.town.county)
    services.score(by=crew.judge, review=made, place=second, points={(area, None): (10, ""), (busy, service): (2, "")})
    services.score(by=crew.judge, review=made, place=crew.village, points={(area, None): (4, "小")})
    table = queries.review_table(made)
    assert [(row["place"], [s.points for s in row["scores"]]) for row in table["villages"]] == [
        (crew.village, [4]), (second, [10, 2]),
    ]  # fmt: skip
    assert [(row["indicator"], row["share"]) for row in table["weak"]] == [(area, 0.7), (busy, 0.4)]
    services.score(by=crew.judge, review=made, place=crew.village, points={(area, None): (None, "")})
    assert SiteScore.everywhere.filter(place=crew.village).count() == 0
    assert not [f for f in SiteScore._meta.fields if f.related_model is type(crew.judge)]


def test_points_beyond_the_full_or_for_the_wrong_thing_are_refused_whole(crew):
    made, area, busy = review(crew)
    for points in ({(area, None): (3, ""), (busy, None): (1, "")}, {(area, None): (11, "")}):
        with pytest.raises(UserError):
            services.score(by=crew.judge, review=made, place=crew.village, points=points)
    assert SiteScore.everywhere.count() == 0
    services.score(by=crew.judge, review=made, place=crew.village, points={(area, None): (9, "")})
    area.most = 8
    with pytest.raises(UserError, match="满分不能改小"):
        services.save_indicator(by=crew.boss, indicator=area)


def test_scores_are_typed_on_a_page(client, crew):
    made, area, _ = review(crew)
    client.force_login(crew.judge)
    address = reverse("site_scores", args=[made.pk, crew.village.pk])
    page = client.post(address, {f"i{area.pk}-0-points": "11"})
    assert page.status_code == 200
    assert SiteScore.everywhere.count() == 0
    assert client.post(address, {f"i{area.pk}-0-points": "7", f"i{area.pk}-0-remark": "好"}).status_code == 302
    assert SiteScore.everywhere.get().points == 7
    assert "7" in client.get(reverse("site_review", args=[made.pk])).content.decode()


def test_rules_are_set_together_and_contradictions_refused(client, crew):
    county = crew.town.county
    client.force_login(make_staff(Role.COUNTY, county))
    assert client.post(reverse("supervision_rules"), RULES | {"to_county": 12}).status_code == 302
    assert SupervisionRule.everywhere.get().to_county == 12
    page = client.post(reverse("supervision_rules"), RULES | {"to_town": 20})
    assert "一级一级往上" in page.content.decode()
    assert SupervisionRule.everywhere.get().to_town == 3
    with pytest.raises(UserError), transaction.atomic():
        services.set_rules(by=None, county=county, **(RULES | {"to_town": 20}))
    with pytest.raises(IntegrityError), transaction.atomic():
        SupervisionRule.everywhere.update(to_liaison=99)


def test_changed_rule_changes_the_light_at_once(crew):
    from xiangli.ledger.lights import light
    from xiangli.ledger.queries import thresholds

    item = make_item(crew, days=12)
    before = light(item.state, item.deadline, item.added_on, thresholds(crew.town.county, TODAY))
    ledger.save_light_rule(by=crew.boss, rule=LightRule(county=crew.town.county, warn_days=9), today=TODAY)
    after = light(item.state, item.deadline, item.added_on, thresholds(crew.town.county, TODAY))
    assert (before, after) == ("green", "yellow")


def test_lists_cost_the_same_for_one_and_for_three(client, crew):
    from django.test.utils import CaptureQueriesContext

    made, area, _ = review(crew)
    client.force_login(crew.judge)
    pages = [reverse("teams"), reverse("site_reviews"), reverse("site_review", args=[made.pk])]

    def costs():
        for page in pages:
            client.get(page)
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as caught:
                client.get(page)
            found.append(len(caught))
        return found

    def grow(n):
        place = make_village(crew.town)
        services.save_team(
            by=crew.boss, team=Team(place=crew.town), name=f"组{n}", members=[crew.judge], villages=[place]
        )
        services.add_review(by=crew.boss, place=crew.town, title=f"第{n}次", held_on=TODAY)
        services.score(by=crew.judge, review=made, place=place, points={(area, None): (n, "")})

    grow(1)
    one = costs()
    grow(2)
    grow(3)
    assert costs() == one
    assert max(one) <= 20


def test_no_row_of_a_review_is_ordered_by_points():
    assert not any("points" in str(order) for model in (SiteScore, SiteReview) for order in model._meta.ordering)
