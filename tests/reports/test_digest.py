"""The one digest a day: who is told what when, on working days, once, and by e-mail only where that is set up."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.urls import reverse

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.ledger.models import LedgerItem
from xiangli.reports import digests, services
from xiangli.reports.commands import digest as command
from xiangli.reports.models import StaffDigest
from xiangli.supervision import services as supervision

pytestmark = pytest.mark.django_db
RULES = {
    "unseen_days": 22, "stalled_days": 15, "share_left": 20, "points_behind": 20, "to_liaison": 2, "to_town": 4,
    "to_county": 6,
}  # fmt: skip


@pytest.fixture
def crew():
    """An item that one person answers for, and rules: the liaison officer after 2 days, the town after 4, then 6."""
    crew = make_crew()
    crew.officer = make_staff(Role.LIAISON, crew.village)
    crew.county = make_staff(Role.COUNTY, crew.town.county)
    supervision.set_rules(by=None, county=crew.town.county, **RULES)
    make_item(crew, "坡道", responsible=crew.doer)
    return crew


def titles(user, crew, today=TODAY):
    user = type(user).objects.get(pk=user.pk)  # assignments are remembered on the object
    parts = digests.digest(user, crew.town.county, today)
    return {part["title"]: [line["text"] for line in part["lines"]] for part in parts}


def make(day=TODAY):
    return services.make_digests(by=None, day=day, now=NOW)


@pytest.mark.parametrize(
    ("over", "told"),
    [(0, "doer"), (1, "doer"), (2, "doer officer"), (4, "doer officer boss"), (6, "doer officer boss county")],
)
def test_overdue_item_is_told_step_by_step_in_working_days(crew, over, told):
    from xiangli.supervision.queries import working_time

    deadline = working_time(crew.town.county, TODAY).before(TODAY, over) if over else TODAY
    if over:  # the day from which exactly that many working days have gone by
        assert working_time(crew.town.county, TODAY).between(deadline, TODAY) == over
    LedgerItem.everywhere.update(deadline=deadline)
    parts = {
        "doer": "我负责的",
        "officer": "我包的村里超期的",
        "boss": "镇里该管的：超期较久",
        "county": "县里该管的：超期很久",
    }
    for name, title in parts.items():
        lines = titles(getattr(crew, name), crew).get(title, [])
        assert bool(lines) == (name in told.split()), (name, lines)


def test_item_with_little_time_left_is_told_to_its_doer_only(crew):
    near = TODAY + timedelta(days=27)
    assert "到期，还没申请销号" in titles(crew.doer, crew, near)["我负责的"][0]
    assert set(titles(crew.boss, crew, near)) == set()


def test_close_outs_and_messages_are_counted_and_no_resident_is_quoted(crew):
    from tests.cases.factories import make_case
    from tests.places.factories import make_centre

    make_case(make_centre(crew.village), now=NOW, contact_name="王大妈", text="路灯不亮")
    asked(crew, title="空调")
    found = titles(crew.boss, crew)
    assert found["等您去看、去销号的"] == [f"{crew.village.label}：空调"]
    assert found["百姓来信"] == ["等办的来信 1 封，其中超时 0 封"]
    assert "路灯" not in digests.as_text(digests.digest(crew.boss, crew.town.county, TODAY), "https://a.example")


def test_digest_is_made_once_a_day_for_those_with_something_to_do(crew):
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=3))  # two working days
    assert [make(), make()] == [2, 0]
    assert set(StaffDigest.everywhere.values_list("user__username", flat=True)) == {
        crew.doer.username, crew.officer.username,
    }  # fmt: skip
    assert make(TODAY + timedelta(days=1)) > 0


def test_no_digest_on_a_day_off(crew):
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=60))
    for day in (date(2026, 6, 13), date(2026, 6, 14)):
        assert make(day) == 0
    from xiangli.places.calendar import set_day

    set_day(by=None, county=crew.town.county, day=TODAY, kind="public_holiday")
    assert make() == 0
    set_day(by=None, county=crew.town.county, day=date(2026, 6, 13), kind="make_up_workday")
    assert make(date(2026, 6, 13)) > 0


def test_nothing_is_sent_unless_email_is_set_up_and_then_once(crew, settings):
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=9))
    type(crew.doer).objects.filter(pk=crew.doer.pk).update(email="doer@village.example")
    make()
    assert services.send_digests(day=TODAY, now=NOW) == (0, 0)
    settings.EMAIL_HOST = "mail.example"
    assert [services.send_digests(day=TODAY, now=NOW) for _ in range(2)] == [(1, 0), (0, 0)]
    (message,) = mail.outbox
    assert message.to == ["doer@village.example"]
    assert "坡道（超期 " in message.body
    assert reverse("digest") in message.body


def test_failing_mail_server_loses_nothing_but_the_mail(crew, settings, monkeypatch):
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=9))
    type(crew.doer).objects.filter(pk=crew.doer.pk).update(email="doer@village.example")
    make()
    settings.EMAIL_HOST = "mail.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    assert services.send_digests(day=TODAY, now=NOW) == (0, 1)
    assert services.send_digests(day=TODAY, now=NOW) == (0, 0)
    assert StaffDigest.everywhere.filter(user=crew.doer).count() == 1


def test_page_shows_my_own_digest(client, crew):
    client.force_login(crew.doer)
    LedgerItem.everywhere.update(deadline=date(2026, 6, 1))
    assert "坡道" in client.get(reverse("digest")).content.decode()
    client.force_login(make_staff(Role.EDITOR, crew.village))
    assert "今天没有要您办的" in client.get(reverse("digest")).content.decode()


def test_command_says_how_many_and_refuses_a_wrong_day(crew, capsys):
    from xiangli.core.errors import UserError

    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=9))
    assert command.main(["--day", str(TODAY)]) == 0
    assert "新做摘要 4 份，发邮件 0 份" in capsys.readouterr().out
    for wrong in ("x", "2026-02-30"):
        with pytest.raises(UserError, match="不是日期"):
            command.main(["--day", wrong])


def test_digests_cost_the_county_as_much_for_one_item_as_for_three(crew, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    digests.county_today(crew.town.county, TODAY)
    with CaptureQueriesContext(connection) as one:
        digests.county_today(crew.town.county, TODAY)
    for n in range(2):
        make_item(crew, f"又一件{n}")
    with django_assert_num_queries(len(one)):
        digests.county_today(crew.town.county, TODAY)
