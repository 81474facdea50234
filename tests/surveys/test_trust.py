"""Integrity: what is sealed stays, a random part is asked again by somebody else, patterns are judged by a person."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_county, make_staff, make_town, make_village
from tests.surveys.factories import answer, make_answers, make_people, some_answers
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.surveys import queries, services, trust_queries
from xiangli.surveys.choices import Channel
from xiangli.surveys.figures import report
from xiangli.surveys.models import Recheck, RecheckDraw, Response, Ruling, SecondLook

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(village):
    return make_staff(Role.VILLAGE_STAFF, village, username="first")


@pytest.fixture
def second(village):
    return make_staff(Role.VILLAGE_STAFF, village, username="second")


def at_counter(campaign, village, rows, by=None):
    return [answer(campaign, village, Channel.COUNTER, by, **row) for row in rows]


def drawn(campaign, village, **options):
    options = {"seed": "七", "share": 0.25, **options}
    services.draw_rechecks(by=None, campaign=campaign, villages=[village], at=timezone.now(), **options)
    return list(Recheck.everywhere.filter(draw__campaign=campaign).order_by("pk"))


# --- the draw ---


def test_a_tenth_is_drawn_by_default_and_the_draw_can_be_repeated(campaign, village):
    at_counter(campaign, village, some_answers(24))
    (one,) = services.draw_rechecks(by=None, campaign=campaign, villages=[village], seed="七", at=timezone.now())
    assert (one.frame, one.rechecks.count(), one.share) == (24, 3, 0.1)
    assert trust_queries.draw_holds(one)


def test_a_draw_that_was_meddled_with_is_found_out(campaign, village):
    rows = at_counter(campaign, village, some_answers(12))
    drawn(campaign, village)
    one = RecheckDraw.everywhere.get()
    taken = set(one.rechecks.values_list("response", flat=True))
    other = next(row for row in rows if row.pk not in taken)
    Recheck.everywhere.create(county=campaign.county, draw=one, response=other)
    assert not trust_queries.draw_holds(one)


def test_web_answers_are_not_drawn_and_nothing_is_drawn_twice(campaign, village):
    make_answers(campaign, village, some_answers(4))
    with pytest.raises(UserError, match="没有新的答卷可抽"):
        drawn(campaign, village)
    at_counter(campaign, village, some_answers(4))
    assert len(drawn(campaign, village)) == 1
    at_counter(campaign, village, some_answers(8))
    assert len(drawn(campaign, village)) == 3
    later = RecheckDraw.everywhere.order_by("pk").last()
    assert (later.frame, later.after) == (8, RecheckDraw.everywhere.order_by("pk").first().upto)
    with pytest.raises(UserError, match="没有新的"):
        drawn(campaign, village)


@pytest.mark.parametrize("options", [{"share": 0}, {"share": 1.5}, {"seed": ""}, {"seed": "x" * 33}])
def test_bad_draws_are_refused(campaign, village, options):
    at_counter(campaign, village, some_answers(4))
    with pytest.raises(UserError):
        drawn(campaign, village, **options)
    assert not RecheckDraw.everywhere.exists()


# --- asking again ---


def test_the_same_person_may_not_ask_again(campaign, village, first, second):
    at_counter(campaign, village, some_answers(4), by=first)
    (one,) = drawn(campaign, village)
    assert one.first_by == first
    with pytest.raises(UserError, match="请别人再问"):
        services.record_recheck(by=first, recheck=one, raw={"age": "70+"}, at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Recheck.everywhere.filter(pk=one.pk).update(by=F("first_by"), at=timezone.now(), answers={})
    services.record_recheck(by=second, recheck=one, raw={"age": "70+"}, at=timezone.now())
    one.refresh_from_db()
    assert (one.answers, one.by) == ({"age": "70+"}, second)


def test_an_answer_given_again_is_sealed(campaign, village, second):
    at_counter(campaign, village, some_answers(4))
    (one,) = drawn(campaign, village)
    services.record_recheck(by=second, recheck=one, raw={"age": "70+"}, at=timezone.now())
    with pytest.raises(UserError, match="不能改"):
        services.record_recheck(by=second, recheck=one, raw={"age": "18-44"}, at=timezone.now())
    for change in ({"answers": {"age": "18-44"}}, {"at": timezone.now()}, {"failed": "没人"}, {"draw": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Recheck.everywhere.filter(pk=one.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Recheck.everywhere.filter(pk=one.pk).delete()


def test_one_who_cannot_be_asked_is_kept_with_the_reason(campaign, village, second):
    at_counter(campaign, village, some_answers(4))
    (one,) = drawn(campaign, village)
    with pytest.raises(UserError, match="为什么"):
        services.fail_recheck(by=second, recheck=one, reason=" ", at=timezone.now())
    services.fail_recheck(by=second, recheck=one, reason="外出务工", at=timezone.now())
    one.refresh_from_db()
    assert (one.failed, one.answers) == ("外出务工", None)
    assert trust_queries.agreement_of(campaign, village) == []


def test_agreement_is_by_question_with_kappa(campaign, village, second):
    at_counter(campaign, village, [{"needs": ["canteen"], "age": age} for age in ("70+", "70+", "18-44", "18-44")])
    for one, age in zip(drawn(campaign, village, share=1.0), ("70+", "70+", "70+", "18-44"), strict=True):
        before = one.response.answers["age"]
        said = age if before == "70+" else ("18-44" if age == "18-44" else "70+")
        services.record_recheck(by=second, recheck=one, raw={"needs": ["canteen"], "age": said}, at=timezone.now())
    found = {one.label: one.found for one in trust_queries.agreement_of(campaign, village)}
    age = found["年龄"]
    same = sum(r.response.answers["age"] == r.answers["age"] for r in Recheck.everywhere.select_related("response"))
    assert (age.people, age.pairs, age.same) == (4, 4, same)
    needs = found["您最想让中心办什么？"]
    assert (needs.people, needs.pairs, needs.same, needs.kappa) == (4, 12, 12, 1.0)


def test_agreement_compares_what_was_sealed_not_its_correction(campaign, village, second):
    (row,) = at_counter(campaign, village, [{"age": "70+"}])
    services.correct_response(by=None, response=row, changes={"age": "60-69"}, reason="听错", at=timezone.now())
    (one,) = drawn(campaign, village, share=1.0)
    services.record_recheck(by=second, recheck=one, raw={"age": "60-69"}, at=timezone.now())
    assert trust_queries.agreement_of(campaign, village)[0].found.same == 0


# --- corrections and second looks in the figures ---


def test_corrections_are_in_the_figures_and_the_sealed_answer_is_not_touched(campaign, village):
    rows = make_answers(campaign, village, [{"needs": ["canteen"]}] * 6 + [{"needs": ["chess"]}] * 6)
    services.correct_response(by=None, response=rows[0], changes={"needs": ["chess"]}, reason="勾错", at=timezone.now())
    counts = {line.label: line.respondents for line in report(campaign, village).questions[0].lines}
    assert (counts["服务canteen"], counts["服务chess"]) == (5, 7)
    rows[0].refresh_from_db()
    assert rows[0].answers == {"needs": ["canteen"]}


def copies(campaign, village, n=5):
    """Unlike people and ``n`` sheets that are all the same."""
    make_answers(campaign, village, some_answers(60))
    same = {"needs": ["canteen", "chess"], "band": "afternoon", "sex": "男", "age": "70+", "group": "其他"}
    return make_answers(campaign, village, [same] * n)


def the_look(campaign, village):
    looks = trust_queries.looks_of(campaign, {village.pk: village}, village)
    return next(look for look in looks if look.found.kind == "identical" and len(look.found.keys) == 5)


def judged(campaign, village, look, verdict, leave_out=(), reason="一个人填的"):
    return services.judge(
        by=None, campaign=campaign, place=village, found=look.found, verdict=verdict, reason=reason,
        leave_out=leave_out, at=timezone.now(),
    )  # fmt: skip


def test_the_machine_lists_a_pattern_and_changes_nothing(campaign, village):
    made = copies(campaign, village)
    look = the_look(campaign, village)
    assert (look.found.keys, look.judged) == (tuple(row.pk for row in made), None)
    assert queries.left_out(campaign, village) == []
    assert report(campaign, village).answers == 65


def test_what_a_person_leaves_out_is_in_no_figure_and_can_come_back(campaign, village):
    made = copies(campaign, village)
    look = the_look(campaign, village)
    judged(campaign, village, look, "left_out", [row.pk for row in made[1:]])
    found = report(campaign, village)
    assert (found.answers, found.left_out, found.channels) == (61, 4, {"web": 61})
    assert [look.judged.verdict for look in [the_look(campaign, village)]] == ["left_out"]
    judged(campaign, village, look, "fine", reason="")
    assert (report(campaign, village).answers, queries.left_out(campaign, village)) == (65, [])
    assert Response.everywhere.filter(campaign=campaign).count() == 65


def test_a_fine_pattern_does_not_bring_back_what_another_left_out(campaign, village):
    made = copies(campaign, village)
    look = the_look(campaign, village)
    judged(campaign, village, look, "left_out", [made[0].pk])
    from xiangli.surveys.patterns import Found

    services.judge(
        by=None, campaign=campaign, place=village, found=Found("pace", look.found.keys, "快"), verdict="fine",
        reason="", at=timezone.now(),
    )  # fmt: skip
    assert queries.left_out(campaign, village) == [made[0].pk]


def test_leaving_out_needs_a_reason_and_a_choice(campaign, village):
    made = copies(campaign, village)
    look = the_look(campaign, village)
    with pytest.raises(UserError, match="理由"):
        judged(campaign, village, look, "left_out", [made[0].pk], reason=" ")
    with pytest.raises(UserError, match="勾选"):
        judged(campaign, village, look, "left_out", [-1])
    with pytest.raises(UserError, match="请选"):
        judged(campaign, village, look, "maybe")
    assert not SecondLook.everywhere.exists()


def test_judgements_and_draws_are_append_only(campaign, village):
    made = copies(campaign, village)
    judged(campaign, village, the_look(campaign, village), "left_out", [made[0].pk])
    at_counter(campaign, village, some_answers(4))
    drawn(campaign, village)
    for model, change in (
        (SecondLook, {"reason": "x"}), (Ruling, {"counts": True}), (RecheckDraw, {"seed": "x"}),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            model.everywhere.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.everywhere.all().delete()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE surveys_response SET answers = '{}'",
        "UPDATE surveys_response SET place_id = place_id + 1",
        "DELETE FROM surveys_response",
        "DELETE FROM surveys_correction",
    ],
)
def test_no_role_can_change_a_sealed_answer_even_in_sql(campaign, village, statement):
    row = answer(campaign, village, needs=["canteen"])
    services.correct_response(by=None, response=row, changes={"needs": ["chess"]}, reason="勾错", at=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    row.refresh_from_db()
    assert row.answers == {"needs": ["canteen"]}


# --- pages ---


def test_draw_and_ask_again_through_the_pages(official, campaign, village, client, second, first):
    at_counter(campaign, village, some_answers(20), by=first)
    official.post(reverse("recheck_draw", args=[campaign.pk]), {"share": "10", "seed": "3141"})
    one = RecheckDraw.everywhere.get()
    assert (one.seed, one.rechecks.count()) == ("3141", 2)
    page = official.get(reverse("recheck_check", args=[campaign.pk, one.pk]), follow=True).content.decode()
    assert "抽到的正是这几份" in page
    task = one.rechecks.first()
    client.force_login(first)
    refused = client.post(reverse("recheck", args=[campaign.pk, task.pk]), _fields(age="70+"), follow=True)
    assert "请别人再问" in refused.content.decode()
    client.force_login(second)
    asked = client.get(reverse("recheck", args=[campaign.pk, task.pk])).content.decode()
    assert "checked" not in asked  # the first answers are not shown
    client.post(reverse("recheck", args=[campaign.pk, task.pk]), _fields(age="70+"))
    task.refresh_from_db()
    assert task.answers == {"age": "70+"}
    client.force_login(make_staff(Role.TOWN, campaign.place, username="t2"))
    page = client.get(reverse("rechecks", args=[campaign.pk])).content.decode()
    assert "一致率" in page
    assert "first" not in page  # never by who asked


def _fields(**answers):
    from uuid import uuid4

    return {"uuid": str(uuid4()), **{f"q-{name}": value for name, value in answers.items()}}


def test_judge_through_the_page(official, campaign, village):
    made = copies(campaign, village)
    look = the_look(campaign, village)
    address = reverse("second_look", args=[campaign.pk, look.found.digest])
    listed = official.get(reverse("second_looks", args=[campaign.pk])).content.decode()
    assert "5 份答卷每一题都一样" in listed
    page = official.post(address, {"verdict": "left_out", "leave_out": [made[0].pk], "reason": ""}).content.decode()
    assert '<p class="error" role="alert">不计入要写明理由' in page
    assert page.count("checked") == 1
    official.post(address, {"verdict": "left_out", "leave_out": [made[0].pk], "reason": "重复"})
    assert queries.left_out(campaign, village) == [made[0].pk]
    assert "另有 1 份经人看过不计入" in official.get(reverse("survey_figures", args=[campaign.pk])).content.decode()


@pytest.mark.parametrize("name", ["rechecks", "second_looks", "coding"])
def test_pages_do_not_exist_for_people_elsewhere(client, campaign, village, name):
    at_counter(campaign, village, some_answers(4))
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(make_town(make_county("other", "别县"), "other"))))
    assert client.get(reverse(name, args=[campaign.pk])).status_code == 404


def test_unknown_patterns_and_draws_are_404(official, campaign, village):
    at_counter(campaign, village, some_answers(4))
    assert official.get(reverse("second_look", args=[campaign.pk, "0" * 32])).status_code == 404
    assert official.get(reverse("recheck_check", args=[campaign.pk, 99])).status_code == 404
    assert official.get(reverse("recheck", args=[campaign.pk, 99])).status_code == 404


def queries_of(client, address):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", ["rechecks", "second_looks", "coding"])
def test_lists_take_as_many_queries_for_three_rows_as_for_one(official, campaign, village, name):
    address = reverse(name, args=[campaign.pk])
    counts = []
    for n in (1, 3):
        villages = [village] if n == 1 else [make_people(make_village(campaign.place)) for _ in range(2)]
        for place in villages:
            for row in some_answers(24):
                answer(campaign, place, Channel.COUNTER, **row, say=f"想要路灯{n}")
            same = {"needs": ["canteen"], "band": "afternoon", "sex": "男", "age": "70+", "group": "其他"}
            make_answers(campaign, place, [same] * 4)
            services.draw_rechecks(
                by=None, campaign=campaign, villages=[place], seed="1", share=0.01, at=timezone.now()
            )
        queries_of(official, address)
        counts.append(queries_of(official, address))
    assert counts[0] == counts[1]


def test_a_form_filled_on_a_phone_faster_than_it_can_be_read_is_seen(campaign, village):
    from uuid import uuid4

    from xiangli.surveys.models import Enumerator, PhoneSubmission

    phone = Enumerator.everywhere.create(
        county=campaign.county, campaign=campaign, place=village, label="1 号", username="u1", ha1="0" * 32,
        token_hash="0" * 64,
    )  # fmt: skip
    now = timezone.now()
    made = [answer(campaign, village, Channel.PHONE, **row) for row in some_answers(3)]
    for row, seconds in zip(made, (4, 240, 5), strict=True):
        PhoneSubmission.everywhere.create(
            county=campaign.county, campaign=campaign, response=row, instance_id=str(uuid4()), digest="0" * 64,
            enumerator=phone, started_at=now - timezone.timedelta(seconds=seconds), ended_at=now,
        )  # fmt: skip
    (look,) = trust_queries.looks_of(campaign, {village.pk: village}, village)
    assert (look.found.kind, look.found.keys) == ("pace", (made[0].pk, made[2].pk))
    assert "1 号" not in look.found.text  # never by who asked
