"""The documents: the same figures in Word, in PDF and on the dashboard, and nothing that anybody typed."""

import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item
from tests.own_process import python
from tests.places.factories import make_centre, make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.core.errors import UserError
from xiangli.ledger import services as ledger
from xiangli.ledger.models import LedgerItem
from xiangli.reports import queries, services
from xiangli.reports.choices import DocumentKind
from xiangli.reports.documents import facts, making, word
from xiangli.reports.documents.samples import SAMPLES
from xiangli.reports.models import Bulletin, DocumentTemplate
from xiangli.supervision import services as supervision

pytestmark = pytest.mark.django_db
MONTH = date(2026, 6, 1)


@pytest.fixture
def crew():
    """A village with one item in each state that a bulletin speaks of, and a visit."""
    crew = make_crew()
    make_centre(crew.village)
    make_item(crew, "坡道 <A&B>", responsible_unit="村两委")
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=6))
    back = ledger.close(by=crew.judge, item=asked(crew, title="大喇叭"), now=NOW)
    ledger.reopen(by=crew.judge, item=back, now=NOW, reason="又坏")
    ledger.return_item(by=crew.judge, item=asked(crew, title="划线"), now=NOW, reason="没划齐")
    ledger.close(by=crew.judge, item=asked(crew, title="扶手"), now=NOW)
    asked(crew, title="空调", days=3)
    supervision.record_visit(by=crew.judge, place=crew.village, visited_on=TODAY, client_uuid=uuid4(), now=NOW)
    return crew


def issue(crew, now=NOW, **fields):
    fields = {"place": crew.town, "month": MONTH, "client_uuid": uuid4()} | fields
    return services.issue_bulletin(by=crew.boss, now=now, **fields)


def text_of_docx(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        xml = archive.read("word/document.xml").decode()
    return (
        re.sub(r"<[^>]+>", "", re.sub(r"</w:p>", "\n", xml))
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
    )


def text_of_pdf(content: bytes) -> str:
    from pypdfium2 import PdfDocument

    return "\n".join(page.get_textpage().get_text_range() for page in PdfDocument(content))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def every(kind, said, crew):
    """The document as text, once from Word, once from PDF, white space left out."""
    docx = making.made(kind, said, county=crew.town.county, suffix="docx")
    pdf = making.made(kind, said, county=crew.town.county, suffix="pdf")
    return squeezed(text_of_docx(docx)), squeezed(text_of_pdf(pdf))


def test_bulletin_counts_what_the_dashboard_counts(crew):
    said = facts.bulletin(crew.town, MONTH, NOW)
    group = next(one for one in queries.groups(crew.boss, crew.town, NOW) if one.title == "台账")
    shown = {figure.label: figure.value for figure in [*group.figures, *group.bars]}
    assert {one["label"]: one["value"] for one in said["figures"]} == shown
    assert {one["label"]: one["value"] for one in said["flow"]} == {
        "新增事项": 5, "销号": 1, "延期": 0, "退回": 1, "复发": 1, "走访": 1, "走访发现问题": 0,
    }  # fmt: skip


def test_issue_counts_the_lights_of_its_own_day_though_nobody_touched_the_ledger(crew):
    said = issue(crew, now=NOW + timedelta(days=9)).content  # 空调 was due after three days
    overdue = next(one["value"] for one in said["figures"] if one["label"] == "超期")
    assert overdue == sum(row["days"] > 0 for row in said["late"]) == 2


def test_bulletin_says_the_same_in_word_and_pdf(crew):
    said = issue(crew).content
    for text in every("bulletin", said, crew):
        for sentence in [*said["overall"], *said["demands"], *said["look_back"]["said"]]:
            assert squeezed(sentence) in text
        for row in said["late"]:
            line = squeezed("".join(str(row[key]) for key in ("number", "village", "title", "unit", "deadline")))
            assert line in text
        assert "2026年第1期" in text
        for one in said["flow"]:
            assert f"{one['label']}{one['value']}" in text


def written(figure):
    return f"{figure.value:,.2f}" if "（元）" in figure.label else figure.value


def test_monthly_figures_are_those_of_the_dashboard_in_every_form(client, crew):
    client.force_login(crew.boss)
    now = timezone.now()
    said = making.gather("monthly", user=crew.boss, place=crew.town, day=now.date(), now=now)
    shown = client.get(reverse("reports_dashboard")).context["groups"]
    assert [(group["group"], [(one["label"], one["value"]) for one in group["rows"]]) for group in said["groups"]] == [
        (group.title, list({f.label: written(f) for f in [*group.figures, *group.bars]}.items())) for group in shown
    ]
    for text in every("monthly", said, crew):
        for group in said["groups"]:
            for one in group["rows"]:
                assert re.search(rf"{one['label']}{one['value']}(?!\d)", text), one


def test_laggards_are_items_by_village_and_deadline_without_any_name_of_staff(crew):
    LedgerItem.everywhere.update(responsible=crew.doer)
    other = make_village(crew.town, name="后面村")
    make_item(crew, "晚得更久", place=other)
    LedgerItem.everywhere.filter(place=other).update(deadline=TODAY - timedelta(days=90))
    said = facts.bulletin(crew.town, MONTH, NOW)
    assert [(row["title"], row["why"]) for row in said["late"]] == [
        ("坡道 <A&B>", "超期 6 天"), ("大喇叭", "复发"), ("划线", "退回"), ("晚得更久", "超期 90 天"),
    ]  # fmt: skip
    for text in every("bulletin", said | {"year": 2026, "issue": 1}, crew):
        assert not any(user.username in text for user in (crew.doer, crew.boss, crew.judge))


def test_item_that_has_not_moved_is_a_laggard_with_the_reason(crew):
    late = facts.bulletin(crew.town, MONTH, NOW + timedelta(days=25))["late"]
    assert {row["why"].split("，")[-1] for row in late} == {"25 天没有进展"}


def test_next_issue_looks_back_at_what_the_last_one_named(crew):
    first = issue(crew)
    back = LedgerItem.everywhere.get(title="大喇叭")
    ledger.ask_close(by=crew.doer, item=back, now=NOW)
    ledger.close(by=crew.judge, item=back, now=NOW)
    late = LedgerItem.everywhere.get(title__startswith="坡道")
    ledger.extend(by=crew.boss, item=late, now=NOW, deadline=date(2026, 7, 1), reason="等料")
    second = issue(crew, now=NOW + timedelta(days=1))
    assert (first.number, second.number) == (1, 2)
    assert second.content["look_back"]["said"] == ["2026 年第 1 期点名的 3 项：已销号 1 项，延期 1 项，还在办 1 项。"]
    assert [(row["title"], row["was"], row["now"]) for row in second.content["look_back"]["rows"]] == [
        ("坡道 <A&B>", "超期 6 天", "未启动"), ("大喇叭", "复发", "已销号"), ("划线", "退回", "退回"),
    ]  # fmt: skip


def test_numbers_run_for_each_place_and_year_and_a_form_sent_twice_is_one_issue(crew):
    county = crew.town.county
    once = UUID(int=7)
    assert [issue(crew, client_uuid=once).number for _ in range(2)] == [1, 1]
    assert issue(crew).number == 2
    assert issue(crew, place=county).number == 1
    assert issue(crew, now=datetime(2027, 1, 4, 2, tzinfo=UTC)).number == 1
    assert Event.objects.filter(verb="reports.bulletin_issued").count() == 4


def test_issued_bulletin_says_the_same_after_the_ledger_has_moved_on(crew):
    issued = issue(crew)
    before = every("bulletin", issued.content, crew)
    make_item(crew, "后来的")
    issued.refresh_from_db()
    assert every("bulletin", issued.content, crew) == before


def test_database_refuses_a_number_twice(crew):
    issued = issue(crew)
    issued.pk, issued.client_uuid = None, uuid4()
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        issued.save(force_insert=True)


def test_bulletin_for_a_month_without_data_says_so():
    town = make_town()
    said = facts.bulletin(town, date(2026, 2, 14), NOW)
    assert "2026 年 2 月会盟镇没有任何记录" in said["empty"]
    assert said["overall"] == ["截至 2026 年 6 月 10 日，会盟镇的台账里还没有事项。"]
    assert said["demands"] == ["没有滞后事项，按台账时限继续办理。没有新情况的不用报。"]
    docx = making.made("bulletin", said, county=town.county, suffix="docx")
    pdf = making.made("bulletin", said, county=town.county, suffix="pdf")
    for text in (text_of_docx(docx), text_of_pdf(pdf)):
        assert squeezed(said["empty"]) in squeezed(text)


def test_month_to_come_is_refused_and_nothing_is_numbered(client, crew):
    with pytest.raises(UserError, match="还没有到"):
        issue(crew, month=date(2026, 7, 1))
    client.force_login(crew.boss)
    page = client.get(reverse("document", args=["bulletin"]), {"month": "2099-01"}, follow=True)
    assert "2099 年 1 月还没有到" in page.content.decode()
    assert Bulletin.everywhere.count() == 0


def test_list_that_is_cut_says_how_many_there_are_and_that_it_is_cut(crew, monkeypatch):
    monkeypatch.setattr(facts, "MOST", 2)
    monkeypatch.setattr(facts, "SHOWN", 1)
    for number in range(3):
        make_item(crew, f"晚{number}")
    LedgerItem.everywhere.filter(title__startswith="晚").update(deadline=TODAY - timedelta(days=9))
    weekly = facts.weekly(crew.town, TODAY, NOW)
    assert len(weekly["overdue"]) == 2
    assert weekly["overall"] == [
        "本周到期 1 项，已经超期 4 项，等复核销号 1 项。",
        "每张表只列前 2 项，其余的在台账里看；要短一些，可以一个乡镇出一张。",
    ]
    said = facts.bulletin(crew.town, MONTH, NOW) | {"year": 2026, "issue": 1}
    assert (said["late_total"], len(said["late_all"])) == (6, 2)
    for text in every("bulletin", said, crew):
        assert "只列前2项，其余的在台账里看。" in text
    for text in every("weekly", weekly, crew):
        assert "已经超期4项" in text


def test_weekly_list_has_what_is_due_overdue_and_waits(crew):
    said = facts.weekly(crew.town, TODAY, NOW)
    assert [[row["title"] for row in said[name]] for name in ("due", "overdue", "waiting")] == [
        ["空调"], ["坡道 <A&B>"], ["空调"],
    ]  # fmt: skip
    assert said["overall"] == ["本周到期 1 项，已经超期 1 项，等复核销号 1 项。"]
    assert facts.weekly(make_town(crew.town.county, slug="quiet"), TODAY, NOW)["overall"][0].endswith(
        "没有事就不用报。"
    )


def test_dossier_holds_the_village_and_no_resident(crew):
    from tests.cases.factories import make_case
    from xiangli.places.models import Centre

    make_case(Centre.everywhere.get(), now=NOW, contact_name="王大妈", contact_phone="13800000000", text="路灯不亮")
    said = making.gather("dossier", user=crew.boss, place=crew.village, day=TODAY, now=NOW)
    for text in every("dossier", said, crew):
        assert "坡道<A&B>" in text
        assert "全部来信1" in text
        assert not re.search("王大妈|13800000000|路灯", text)


@pytest.mark.parametrize("kind", DocumentKind.values)
def test_samples_have_the_keys_of_the_real_facts(kind, crew):
    """An uploaded template that renders with the sample renders with the real facts."""
    issue(crew)
    place = crew.village if kind == "dossier" else crew.town
    real = making.gather(kind, user=crew.boss, place=place, day=TODAY, now=NOW)
    sample = SAMPLES[kind]
    assert set(sample) - {"year", "issue"} == set(real)
    for key, each in real.items():
        if isinstance(each, list) and each and isinstance(each[0], dict):
            assert set(each[0]) == set(sample[key][0]), key
    assert set(word.spoken(sample)) >= {word.WORDS[key] for key in real if key != "items"}


@pytest.mark.parametrize("kind", DocumentKind.values)
def test_shipped_template_passes_its_own_check(kind):
    word.check(word.shipped(kind), kind)


def changed(kind: str, before: str, after: str, name: str = "word/document.xml") -> bytes:
    """The shipped template with some of its inside changed."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(word.shipped(kind))) as old, zipfile.ZipFile(made, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == name:
                assert before.encode() in content
                content = content.replace(before.encode(), after.encode())
            new.writestr(member, content)
    return made.getvalue()


BROKEN = {
    "empty": (b"", "空的"),
    "not a file of Word": (b"%PDF-1.4", "不是 Word 文件"),
    "old Word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, "另存为 .docx"),
    "torn": (b"PK\x03\x04" + b"\0" * 99, "损坏"),
    "unknown name": (lambda: changed("weekly", "{{ 周 }}", "{{ 週数 }}"), "没有“週数”"),
    "broken tag": (lambda: changed("weekly", "{{ 周 }}", "{{ 周 "), "没有写对"),
    "reaches inside": (lambda: changed("weekly", "{{ 周 }}", "{{ 周.__class__.__mro__ }}"), "不允许|没有“"),
    "calls": (lambda: changed("weekly", "{{ 周 }}", "{{ range(9) }}"), "没有“range”"),
    "link outside": (
        lambda: changed(
            "weekly", "</Relationships>",
            '<Relationship Id="r9" Type="x/attachedTemplate" Target="http://a.example/t" TargetMode="External"/>'
            "</Relationships>",
            "word/_rels/document.xml.rels",
        ),
        "别处的文件",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_template_that_cannot_be_used_is_refused_in_words_and_the_old_one_stays(case, crew):
    content, words = BROKEN[case]
    county = crew.town.county
    good = changed("weekly", "每周到期清单", "一周一清单")
    services.replace_template(by=crew.boss, county=county, kind="weekly", content=good, now=NOW)
    with pytest.raises(UserError, match=words):
        services.replace_template(
            by=crew.boss, county=county, kind="weekly", content=content() if callable(content) else content, now=NOW
        )
    assert bytes(DocumentTemplate.everywhere.get().content) == good


def test_county_replaces_a_template_and_goes_back(client, crew):
    county = crew.town.county
    client.force_login(make_staff(Role.COUNTY, county))
    good = changed("weekly", "每周到期清单", "一周一清单")
    address = reverse("document_templates")
    assert client.post(address, {"kind": "weekly", "file": SimpleUploadedFile("t.docx", good)}).status_code == 302
    said = facts.weekly(crew.town, TODAY, NOW)
    assert "会盟镇一周一清单" in text_of_docx(making.made("weekly", said, county=county, suffix="docx"))
    assert client.get(reverse("template_file", args=["weekly"])).content == good
    assert client.get(reverse("template_file", args=["weekly"]), {"shipped": 1}).content == word.shipped("weekly")
    page = client.post(address, {"kind": "weekly", "file": SimpleUploadedFile("t.docx", b"no")})
    assert "不是 Word 文件" in page.content.decode()
    client.post(reverse("template_drop", args=["weekly"]))
    assert making.template_of(county, "weekly") == word.shipped("weekly")


def test_strange_signs_in_a_title_stop_neither_word_nor_pdf(crew):
    make_item(crew, "路灯😀\x0b{{ 7*7 }}𠮷")
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=1))
    said = facts.bulletin(crew.town, MONTH, NOW)
    docx, pdf = every("bulletin", said | {"year": 2026, "issue": 1}, crew)
    assert "{{7*7}}" in docx
    assert "路灯〓" in pdf


def test_long_list_of_laggards_goes_on_in_the_annex(crew, monkeypatch):
    monkeypatch.setattr(facts, "SHOWN", 2)
    said = facts.bulletin(crew.town, MONTH, NOW)
    assert (len(said["late"]), said["late_left"], len(said["late_all"])) == (2, 1, 3)
    for text in every("bulletin", said | {"year": 2026, "issue": 1}, crew):
        assert "还有1项，见附表二。" in text
        assert "附表二" in text


def test_documents_are_taken_from_the_pages(client, crew):
    client.force_login(crew.boss)
    assert client.get(reverse("documents")).status_code == 200
    draft = client.get(reverse("document", args=["bulletin"]))
    form = draft.context["form"]
    data = {"place": crew.town.pk, "month": form["month"].value(), "client_uuid": form["client_uuid"].value()}
    for _ in range(2):
        answer = client.post(reverse("bulletin_issue"), data)
    issued = Bulletin.everywhere.get()
    assert answer["Location"] == reverse("bulletin", args=[issued.pk])
    for suffix, start in (("docx", b"PK"), ("pdf", b"%PDF-")):
        file = client.get(reverse("bulletin_file", args=[issued.pk, suffix]))
        assert (file.status_code, file.content[:2]) == (200, start[:2])
        for kind in ("weekly", "monthly"):
            assert client.get(reverse("document_file", args=[kind, suffix])).content[:2] == start[:2]
    assert client.get(reverse("document_file", args=["weekly", "exe"])).status_code == 404
    assert client.get(reverse("document_file", args=["gossip", "pdf"])).status_code == 404


def test_second_of_two_who_issue_one_draft_is_shown_the_first_ones_issue(client, crew):
    other = make_staff(Role.TOWN, crew.town, username="second")
    drafts = []
    for person in (crew.boss, other):
        client.force_login(person)
        form = client.get(reverse("document", args=["bulletin"])).context["form"]
        drafts.append({"place": crew.town.pk} | {name: form[name].value() for name in ("month", "client_uuid")})
    for person, draft in zip((crew.boss, other), drafts, strict=True):
        client.force_login(person)
        answer = client.post(reverse("bulletin_issue"), draft, follow=True)
    assert Bulletin.everywhere.get().issued_by == crew.boss
    assert "没有再编一期" in answer.content.decode()
    form = client.get(reverse("document", args=["bulletin"])).context["form"]  # the next draft is another issue
    client.post(reverse("bulletin_issue"), drafts[0] | {"client_uuid": form["client_uuid"].value()})
    assert sorted(Bulletin.everywhere.values_list("number", flat=True)) == [1, 2]


def test_database_refuses_a_number_that_is_taken(crew):
    first = issue(crew)
    twin = Bulletin.everywhere.get(pk=first.pk)
    twin.pk, twin.client_uuid = None, uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.slow
def test_people_who_issue_at_once_get_numbers_without_gap_or_double(own_database):
    assert python(own_database, "import tests.reports.racing as r; r.main()") == "as it should be"


def test_bulletin_of_the_town_is_read_in_its_villages_and_nowhere_else(client, crew):
    issued = issue(crew)
    client.force_login(crew.doer)
    assert client.get(reverse("bulletin", args=[issued.pk])).status_code == 200
    assert client.post(reverse("bulletin_issue"), {"place": crew.town.pk}).status_code == 404
    client.force_login(make_staff(Role.TOWN, make_town(make_county("far"), slug="far")))
    assert client.get(reverse("bulletin", args=[issued.pk])).status_code == 404
    assert client.get(reverse("documents"), {"place": crew.town.pk}).status_code == 404


def test_bulletin_costs_as_many_queries_for_one_village_as_for_three(crew, django_assert_num_queries):
    from django.test.utils import CaptureQueriesContext

    facts.bulletin(crew.town, MONTH, NOW)
    with CaptureQueriesContext(connection) as one:
        facts.bulletin(crew.town, MONTH, NOW)
    for _ in range(2):
        make_item(crew, place=make_village(crew.town))
    LedgerItem.everywhere.update(deadline=TODAY - timedelta(days=6))
    with django_assert_num_queries(len(one)):
        facts.bulletin(crew.town, MONTH, NOW)
