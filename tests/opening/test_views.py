import json
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdfium2 import PdfDocument

from tests.opening.factories import make_open_centre
from tests.places.factories import make_centre, make_space, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.opening import door, exports
from xiangli.opening.hours import ALL_DAY, Rule
from xiangli.opening.models import Closure, OpeningRule
from xiangli.opening.poster import door_poster
from xiangli.opening.queries import hours, openings
from xiangli.opening.services import announce_closure, set_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return make_open_centre()


@pytest.fixture
def staff(centre, client):
    user = make_staff(Role.VILLAGE_STAFF, centre.place)
    client.force_login(user)
    return user


def public(name, centre):
    return reverse(name, args=[centre.county.slug, centre.slug])


def test_hours_json_says_what_the_evaluator_says(client, centre):
    data = client.get(public("hours_json", centre), {"days": "30"}).json()
    first = timezone.localdate()
    told = hours(centre, first, 30)
    assert [day["date"] for day in data["days"]] == [str(item.day) for item in told]
    assert [day["open"] for day in data["days"]] == [
        None if item.intervals is None else [[exports.clock24(a), exports.clock24(b)] for a, b in item.intervals]
        for item in told
    ]


@pytest.mark.parametrize("days", ["0", "401", "x", "-1", "9" * 400, "000001" + "9" * 9])
def test_hours_json_refuses_odd_spans(client, centre, days):
    assert client.get(public("hours_json", centre), {"days": days}).status_code == 400


def test_unknown_centre_is_not_found(client, centre):
    assert client.get(f"/c/{centre.county.slug}/nowhere/hours.json").status_code == 404
    assert client.get(f"/c/{centre.county.slug}/nowhere/poster.pdf").status_code == 404


def test_office_page_needs_a_log_in_and_the_right_village(client, centre):
    url = reverse("opening_centre", args=[centre.pk])
    assert client.get(url).status_code == 302
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(centre.place.parent)))
    assert client.get(url).status_code == 404
    assert client.post(reverse("opening_rules", args=[centre.pk])).status_code == 404
    assert client.post(reverse("opening_close", args=[centre.pk])).status_code == 404


def test_staff_change_the_hours_in_plain_words(client, staff, centre):
    today = timezone.localdate()
    answer = client.post(
        reverse("opening_rules", args=[centre.pk]),
        {"line": "工作日 8:00-20:00；双休日、节假日 全天", "since": str(today)},
    )
    assert answer.status_code == 302
    rows = OpeningRule.objects.within(centre.county).filter(centre=centre, since=today).order_by("pk")
    assert [(row.days, row.intervals) for row in rows] == [
        (["working_day"], [[480, 1200]]), (["public_holiday", "weekend"], [[0, 1440]]),
    ]  # fmt: skip


def test_form_shows_the_hours_in_force_and_reads_them_back(client, staff, centre):
    form = client.get(reverse("opening_centre", args=[centre.pk])).context["rules_form"]
    assert form["line"].initial == "工作日 8:00-12:00 14:30-18:00；双休日、法定节假日 全天"


def test_of_two_who_change_the_hours_the_second_is_told_once(client, staff, centre):
    began = client.get(reverse("opening_centre", args=[centre.pk])).context["rules_form"]["began"].initial
    today = timezone.localdate()
    coming = today + timedelta(days=3)
    set_rules(by=None, centre=centre, rules=[Rule(((540, 1020),), weekdays=frozenset({2}))], since=coming)
    data = {"line": "每天 8:00-20:00", "since": str(today), "began": began}
    answer = client.post(reverse("opening_rules", args=[centre.pk]), data)
    assert answer.status_code == 422
    assert f"别人把开放时间改成了“{began}；{coming:%m月%d日}起 周三 9:00-17:00”" in answer.content.decode()
    began = answer.context["rules_form"]["began"].value()
    assert client.post(reverse("opening_rules", args=[centre.pk]), {**data, "began": began}).status_code == 302
    assert hours(centre, coming, 1)[0].intervals == ((480, 1200),)


def test_unreadable_hours_come_back_with_a_hint_and_change_nothing(client, staff, centre):
    data = {"line": "工作日 随便", "since": str(timezone.localdate())}
    answer = client.post(reverse("opening_rules", args=[centre.pk]), data)
    assert answer.status_code == 422
    assert "看不懂“随便”" in answer.content.decode()
    assert OpeningRule.objects.within(centre.county).filter(centre=centre).count() == 2


def test_hours_cannot_be_changed_for_the_past(client, staff, centre):
    data = {"line": "每天 全天", "since": "2026-01-05"}
    assert client.post(reverse("opening_rules", args=[centre.pk]), data).status_code == 422


def test_space_gets_its_own_hours(client, staff, centre):
    court = make_space(centre)
    data = {"at": court.pk, "line": "每天 6:00-22:00"}
    answer = client.post(reverse("opening_rules", args=[centre.pk]), {**data, "since": str(timezone.localdate())})
    assert answer["Location"].endswith(f"?space={court.pk}")
    assert hours(centre, timezone.localdate(), 1, court)[0].intervals == ((360, 1320),)


def test_space_of_another_centre_is_not_found(client, staff, centre):
    court = make_space(make_centre(make_village(centre.place.parent)))
    assert client.get(reverse("opening_centre", args=[centre.pk]), {"space": court.pk}).status_code == 404


def test_closure_is_announced_with_reason_and_shown(client, staff, centre):
    starts = timezone.localtime() + timedelta(days=8)
    data = {"closure-starts": starts.strftime("%Y-%m-%dT08:00"), "closure-reason": "换变压器"}
    assert client.post(reverse("opening_close", args=[centre.pk]), data).status_code == 302
    page = client.get(reverse("opening_centre", args=[centre.pk])).content.decode()
    assert "换变压器" in page
    closure = Closure.objects.within(centre.county).get()
    assert client.post(reverse("opening_reopen", args=[closure.pk])).status_code == 302
    assert "换变压器" not in client.get(reverse("opening_centre", args=[centre.pk])).content.decode()


def test_hasty_closure_without_a_why_comes_back(client, staff, centre):
    starts = timezone.localtime() + timedelta(days=1)
    data = {"closure-starts": starts.strftime("%Y-%m-%dT08:00"), "closure-reason": "检修"}
    answer = client.post(reverse("opening_close", args=[centre.pk]), data)
    assert answer.status_code == 422
    assert "请写明为什么没能提前公告" in answer.content.decode()


def test_special_day_is_added_by_form(client, staff, centre):
    day = timezone.localdate() + timedelta(days=3)
    data = {"special-name": "庙会", "special-since": str(day), "special-until": str(day), "special-hours": "全天"}
    assert client.post(reverse("opening_special", args=[centre.pk]), data).status_code == 302
    assert hours(centre, day, 1)[0].intervals == ALL_DAY
    rule = OpeningRule.objects.within(centre.county).get(name="庙会")
    assert client.post(reverse("opening_rule_end", args=[rule.pk])).status_code == 302
    assert not OpeningRule.objects.within(centre.county).filter(name="庙会").exists()


@pytest.mark.parametrize("number", [1, 3])
def test_office_list_takes_the_same_queries_for_any_number_of_centres(client, number, django_assert_max_num_queries):
    first = make_open_centre()
    town = first.place.parent
    for _ in range(number):
        make_centre(make_village(town))
    client.force_login(make_staff(Role.TOWN, town))
    with django_assert_max_num_queries(11):
        answer = client.get(reverse("opening_office"))
    assert len(answer.context["rows"]) == number + 1


def test_poster_is_one_page_and_says_what_hours_json_says(client, centre):
    import pypdfium2

    answer = client.get(public("door_poster", centre))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    pdf = pypdfium2.PdfDocument(answer.content)
    text = pdf[0].get_textpage().get_text_range()
    assert len(pdf) == 1
    for words in ("乡里中心", "8:00–12:00、14:30–18:00", "双休日、法定节假日", "全天开放"):
        assert words in text.replace("\r\n", "").replace("\n", "")


def test_poster_is_true_for_a_closure_and_changes_with_the_hours(centre):
    now = timezone.make_aware(datetime(2026, 11, 23, 9))
    before = door.poster_data(centre, now, "http://x/")
    starts = timezone.make_aware(datetime(2026, 12, 1, 8))
    announce_closure(by=None, centre=centre, starts=starts, ends=starts + timedelta(hours=10), reason="检修", now=now)
    after = door.poster_data(centre, now, "http://x/")
    assert (before["changes"], after["changes"]) == ([], ["12月1日 8:00 到 18:00 关闭：检修"])
    assert after["unknown"] == "2027年1月1日以后的节假日安排尚未公布，公布后再张贴。"
    set_rules(by=None, centre=centre, rules=[Rule(ALL_DAY)], since=now.date())
    assert door.poster_data(centre, now, "http://x/")["lines"] == [{"days": "每天", "hours": "全天开放"}]


def test_poster_of_a_centre_without_hours_says_not_yet_announced(client):
    centre = make_centre()
    data = door.poster_data(centre, timezone.now(), "http://x/")
    assert data["lines"] == [{"days": "开放时间", "hours": "尚未公布"}]
    assert client.get(public("door_poster", centre), {"paper": "a3"}).status_code == 200


def test_poster_on_unknown_paper_is_refused_in_words(client, centre):
    answer = client.get(public("door_poster", centre), {"paper": "b5"})
    assert (answer.status_code, "纸张" in answer.content.decode()) == (422, True)


def test_poster_with_a_character_the_font_lacks_is_refused_by_name(client, centre):
    centre.name = "𠮷村乡里中心\u0f40"
    centre.save()
    answer = client.get(public("door_poster", centre))
    assert (answer.status_code, "\u0f40" in answer.content.decode()) == (422, True)


def test_closure_is_in_the_json_with_reason_and_alternative(client):
    centre = make_open_centre(rules=[Rule(ALL_DAY)])
    now = timezone.now()
    told = {"reason": "停电", "alternative": "去邻村", "short_notice": "突然"}
    announce_closure(by=None, centre=centre, starts=now - timedelta(hours=1), ends=None, now=now, **told)
    data = json.loads(client.get(public("hours_json", centre)).content)
    assert (data["now"]["open"], data["days"][1]["open"]) == (False, [])
    assert (data["days"][1]["reason"], data["days"][1]["notice"]) == ("停电", "去邻村")
    assert openings(centre.county, [centre.pk], timezone.localdate(), 1).status(centre.pk, now).open is False


def test_poster_with_much_to_say_still_fits_on_one_page_or_says_why(centre):
    import pypdfium2

    now = timezone.make_aware(datetime(2026, 11, 23, 9))
    data = door.poster_data(centre, now, "http://x/")
    data["extended"] = [{"days": f"周{day}", "hours": "12:00–14:30、18:00–20:00"} for day in "一二三四五六日"]
    data["changes"] = [f"12月{day}日 8:00 到 18:00 关闭：线路检修。急事请打值班电话" for day in range(1, 5)]
    assert len(pypdfium2.PdfDocument(door_poster(data))) == 1
    data["changes"] *= 12
    with pytest.raises(UserError, match="放不下"):
        door_poster(data)


def test_poster_leaves_out_emoji_and_prints_typst_signs_as_they_are(client, centre):
    now = timezone.now()
    signs = '#eval("1") $x$ \\ @ref <lab> [(] *b* _i_ // /* `'
    announce_closure(
        by=None, centre=centre, starts=now + timedelta(days=9), ends=None, reason=f"停电😀 {signs}", now=now
    )
    answer = client.get(public("door_poster", centre))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    page = PdfDocument(answer.content)[0].get_textpage().get_text_range()
    assert f"停电 {signs}" in " ".join(page.split())
