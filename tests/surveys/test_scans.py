import pytest
from django.test import override_settings
from django.utils import timezone

from tests.places.factories import make_staff, make_town, make_village
from tests.surveys.factories import make_campaign
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.surveys import queries, services, tasks
from xiangli.surveys.models import DoubtfulMark, SheetReading

pytestmark = pytest.mark.django_db


def reading(sheet, question, option, state="marked", page=1, file="a.jpg"):
    return {
        "file": file,
        "sheet": sheet,
        "page": page,
        "question": question,
        "option": option,
        "state": state,
        "score": "0.5",
    }


def record(campaign, *rows, **more):
    return services.record_readings(by=None, campaign=campaign, place=campaign.place, readings=rows, **more)


def test_sheet_without_doubt_is_sealed_at_once():
    campaign = make_campaign()
    done = record(
        campaign, reading(3, "needs", "canteen"), reading(3, "needs", "chess"), reading(3, "age", "70+"),
        reading(3, "sex", "女", "blank"),
    )  # fmt: skip
    assert (done.sealed, done.waiting, done.problems) == (1, 0, [])
    response = campaign.responses.get()
    assert (response.sheet, response.channel) == (3, "paper")
    assert response.answers == {"needs": ["canteen", "chess"], "age": "70+"}


def test_doubtful_sheet_waits_until_a_person_has_decided():
    campaign = make_campaign()
    clerk = make_staff(Role.VILLAGE_STAFF, campaign.place)
    done = record(
        campaign, reading(1, "needs", "chess"), reading(1, "needs", "canteen", "review"),
        reading(1, "age", "70+", "review"),
        crops={(1, "needs", "canteen"): b"png"},
    )  # fmt: skip
    assert (done.sealed, done.waiting, done.doubts) == (0, 1, 2)
    first, second = queries.open_doubts(campaign, campaign.place)
    assert bytes(first.crop) == b"png"
    services.decide_mark(by=clerk, mark=first, marked=True, at=timezone.now())
    assert services.seal_reviewed(by=clerk, campaign=campaign, place=campaign.place).sealed == 0
    services.decide_mark(by=clerk, mark=second, marked=False, at=timezone.now())
    assert services.seal_reviewed(by=clerk, campaign=campaign, place=campaign.place).sealed == 1
    assert campaign.responses.get().answers == {"needs": ["canteen", "chess"]}
    with pytest.raises(UserError, match="已经计入"):
        services.decide_mark(by=clerk, mark=DoubtfulMark.everywhere.get(pk=first.pk), marked=False, at=timezone.now())


def test_decision_can_be_taken_back_before_the_sheet_is_sealed():
    campaign = make_campaign()
    clerk = make_staff(Role.VILLAGE_STAFF, campaign.place)
    record(campaign, reading(1, "needs", "chess", "review"))
    (mark,) = queries.open_doubts(campaign, campaign.place)
    services.decide_mark(by=clerk, mark=mark, marked=True, at=timezone.now())
    assert services.undo_mark(by=clerk, campaign=campaign) == mark
    assert services.undo_mark(by=clerk, campaign=campaign) is None
    assert queries.open_doubts(campaign, campaign.place).count() == 1


def test_two_choices_where_one_is_asked_are_no_answer_and_are_said():
    campaign = make_campaign()
    done = record(campaign, reading(1, "needs", "chess"), reading(1, "age", "70+"), reading(1, "age", "60-69"))
    assert campaign.responses.get().answers == {"needs": ["chess"]}
    assert done.problems == [("a.jpg", "编号 1 “年龄”选了不止一个，这一题不计")]


def test_blank_sheet_is_said_and_not_counted():
    campaign = make_campaign()
    done = record(campaign, reading(1, "needs", "chess", "blank"))
    assert (done.sealed, done.problems) == (0, [("a.jpg", "编号 1 空白，没有作答，不计入")])
    assert queries.waiting_sheets(campaign, campaign.place).count() == 0


def test_same_sheet_read_again_is_said_and_not_counted_twice():
    campaign = make_campaign()
    record(campaign, reading(1, "needs", "chess"))
    done = record(campaign, reading(1, "needs", "canteen", file="b.jpg"), reading("", "needs", "canteen", file="c.jpg"))
    assert done.problems == [("c.jpg", "读不出问卷编号"), ("b.jpg", "编号 1 以前读过（a.jpg），没有重复计入")]
    assert campaign.responses.get().answers == {"needs": ["chess"]}


def print_for(campaign, village, copies, folder):
    return services.print_run(by=None, campaign=campaign, place=village, copies=copies, pdf_path=folder / "sheets.pdf")


def test_numbers_go_on_and_say_which_village_a_sheet_belongs_to(tmp_path):
    town = make_town()
    one, other = make_village(town), make_village(town)
    campaign = make_campaign(town)
    runs = [print_for(campaign, village, 3, tmp_path) for village in (one, other)]
    assert [(run.first, run.last) for run in runs] == [(1, 3), (4, 6)]
    pages = [page["number"] for page in runs[0].layout["pages"]]
    rows = [reading(5, "needs", "chess", page=page) for page in pages] + [reading(9, "needs", "chess")]
    done = services.record_readings(by=None, campaign=campaign, place=one, readings=rows)
    assert campaign.responses.get().place == other
    assert done.problems == [("a.jpg", "编号 9 不在这份问卷的印制记录里")]


def test_sheet_that_lacks_a_page_waits_for_it(tmp_path):
    campaign = make_campaign()
    run = print_for(campaign, campaign.place, 1, tmp_path)
    pages = [page["number"] for page in run.layout["pages"]]
    if len(pages) < 2:
        run.layout["pages"].append({**run.layout["pages"][0], "number": 2})
        run.save()
    done = record(campaign, reading(1, "needs", "chess"))
    assert (done.sealed, done.waiting) == (0, 1)
    assert done.problems == [("a.jpg", "编号 1 缺第 2 页，等读到后再计入")]
    done = record(campaign, *[reading(1, "needs", "canteen", page=page) for page in range(2, max(2, len(pages)) + 1)])
    assert (done.sealed, campaign.responses.get().answers) == (1, {"needs": ["canteen", "chess"]})


def test_sheets_come_back_from_paper_as_they_were_filled_in(tmp_path):
    """Print, fill in by simulation, scan, read in the background, review: what was ticked is what is sealed."""
    from xiangli.surveys.sheets.simulate import simulate_scans

    campaign = make_campaign()
    clerk = make_staff(Role.VILLAGE_STAFF, campaign.place)
    run = print_for(campaign, campaign.place, 3, tmp_path)
    truth = {
        1: {"needs": ["canteen"], "band": ["evening"], "age": ["18-44"]},
        2: {"needs": ["canteen", "chess"], "sex": ["女"], "age": ["70+"], "group": ["务农"]},
        3: {"needs": ["none"], "band": ["any"]},
    }
    with override_settings(DATA=tmp_path):
        simulate_scans(tmp_path / "sheets.pdf", run.layout, truth, tmp_path / "scans/pile", first_sheet=1, seed=5)
        (tmp_path / "scans/pile/cat.png").write_bytes(b"\x89PNG\r\n\x1a\n not a picture")
        batch = services.accept_scans(by=clerk, campaign=campaign, place=campaign.place, archive="scans/pile", files=7)
        tasks.read_scans.func(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.sheets) == ("done", 3)
    assert [problem["file"] for problem in batch.problems] == ["cat.png"]
    for mark in queries.open_doubts(campaign, campaign.place):
        said = mark.option in truth[mark.reading.sheet].get(mark.question, [])
        services.decide_mark(by=clerk, mark=mark, marked=said, at=timezone.now())
    services.seal_reviewed(by=clerk, campaign=campaign, place=campaign.place)
    assert SheetReading.everywhere.filter(response=None).count() == 0
    sealed = {response.sheet: response.answers for response in campaign.responses.all()}
    flat = {
        sheet: {name: given if name == "needs" else given[0] for name, given in answers.items()}
        for sheet, answers in truth.items()
    }
    assert sealed == flat


def test_pile_without_a_print_run_fails_with_the_reason(tmp_path):
    campaign = make_campaign()
    batch = services.accept_scans(by=None, campaign=campaign, place=campaign.place, archive="scans/x", files=1)
    with override_settings(DATA=tmp_path):
        tasks.read_scans.func(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.problems[0]["reason"]) == ("failed", "这份问卷还没有印过，读不了扫描件")
