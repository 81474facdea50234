"""Once round the loop in a browser, on a phone, without JavaScript: the town asks, villages answer, the door opens."""

import random
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.journeys.conftest import Visitor
from xiangli.core.exports import Sheet, write_xlsx
from xiangli.demo.round import chosen, spoken
from xiangli.demo.surveys import draw
from xiangli.ledger.models import LedgerItem
from xiangli.places.queries import villages
from xiangli.surveys.models import Campaign, Need, PrintRun, Response
from xiangli.surveys.sheets.simulate import simulate_scans

pytestmark = [pytest.mark.journey, pytest.mark.slow]

COPIES = 8


def test_round_from_paper_to_an_answered_message(huimeng, visitor, background, tmp_path):
    village = villages(huimeng)[0]
    town_office = visitor().logs_in("town")
    ask(town_office)
    campaign = Campaign.everywhere.get()
    answers = [row.answers for row in draw(campaign, village, 60, random.Random(7))]

    paper_in(town_office, campaign, village, answers[:COPIES], background, tmp_path)
    spreadsheet_in(town_office, campaign, village, answers[COPIES:], tmp_path)
    assert Response.everywhere.filter(campaign=campaign).count() == len(answers)

    needs_and_plan(town_office, campaign, village, background)
    assert LedgerItem.objects.within(village).exists()
    town_office.opens("/office/ledger/").sees("台账")

    resident = visitor()
    resident.opens("/").follows("陆村社区").sees("陆村社区乡里中心")
    assert re.search("正在开放|已关门|现在关门|尚未公布", resident.page.inner_text("main"))
    books(resident)
    receipt = says(resident)

    replies(visitor().logs_in("village"))
    resident.opens(f"/c/mengjin/lucun/voice/{receipt}/").sees("每周三下午有").sees("已回复")


def ask(town_office: Visitor) -> None:
    """The town makes the questionnaire."""
    page = town_office.opens("/office/surveys/").follows("新建问卷").page
    page.select_option("select[name=place]", label="会盟镇")
    page.fill("input[name=opens]", (timezone.localdate() - timedelta(days=1)).isoformat())
    page.fill("input[name=handler]", "会盟镇党政办")
    page.fill("input[name=contact]", "镇政府一楼")
    town_office.presses("建好").sees("乡里中心办什么？")


def paper_in(town_office: Visitor, campaign, village, answers, background, tmp_path) -> None:
    """Print, fill in, scan, upload; what the reader doubts is decided from its crop."""
    page = town_office.unfolds("印问卷").page
    page.select_option("select[name=print-village]", label=village.name)
    page.fill("input[name=print-copies]", str(COPIES))
    town_office.presses("排版")
    town_office.opens(f"/office/surveys/{campaign.pk}/")
    run = PrintRun.everywhere.get()
    answer = page.request.get(f"{town_office.base}/office/surveys/sheets/{run.pk}.pdf")
    assert (answer.status, answer.body()[:5]) == (200, b"%PDF-")
    (tmp_path / "sheets.pdf").write_bytes(answer.body())
    filled = {run.first + number: chosen(one) for number, one in enumerate(answers)}
    scans = simulate_scans(
        tmp_path / "sheets.pdf", run.layout, filled, tmp_path / "scans", first_sheet=run.first, seed=11
    )
    town_office.unfolds("交扫描件")
    page.set_input_files("input[name=scans-scans]", [str(path) for path in scans])
    town_office.presses("上传")
    background()
    town_office.opens(f"/office/surveys/{campaign.pk}/review/")
    while page.locator("form[action*='/review/'] button").count() and "算选中" in page.inner_text("main"):
        town_office.presses("算选中")
    town_office.opens(f"/office/surveys/{campaign.pk}/").sees(f"{COPIES}\n份答卷")


def spreadsheet_in(town_office: Visitor, campaign, village, answers, tmp_path) -> None:
    """The rest comes as a spreadsheet: checked first, then taken in."""
    questions = [question for question in campaign.definition["questions"] if question["kind"] != "text"]
    rows = [[village.name, *(spoken(question, one) for question in questions)] for one in answers]
    path = tmp_path / "answers.xlsx"
    with path.open("wb") as file:
        write_xlsx(file, [Sheet("答卷", ["村", *(question["label"] for question in questions)], rows)])
    town_office.opens(f"/office/surveys/{campaign.pk}/import/")
    town_office.page.set_input_files("input[name=file]", str(path))
    town_office.presses("先检查").sees("还什么都没有写").presses(f"收下这 {len(answers)} 份")


def needs_and_plan(town_office: Visitor, campaign, village, background) -> None:
    """Weigh, derive, publish; propose a week, look at it, adopt it."""
    town_office.opens(f"/office/surveys/{campaign.pk}/").presses("加权，得出需求").opens(
        f"/office/surveys/{campaign.pk}/"
    )
    town_office.presses("公布需求清单")
    assert Need.objects.within(village).exists()
    town_office.opens("/office/plans/new/").page.fill("input[name=seconds]", "4")
    town_office.presses("开始排")
    background()
    town_office.opens(town_office.page.url).sees("哪些没排上，为什么").presses("采纳这个方案")


def books(resident: Visitor) -> None:
    """A resident books the basketball court for the day after tomorrow and gives no name."""
    day = (timezone.localdate() + timedelta(days=2)).isoformat()
    resident.opens("/c/mengjin/lucun/book/").follows("篮球场")
    link = resident.page.locator(f"a[href*='{day}']").first
    link.click()
    resident.page.locator("input[name=slot]").first.check()
    resident.presses("约好").sees("约好了")


def says(resident: Visitor) -> str:
    """Something to say, without a name; the receipt is what remains."""
    resident.opens("/c/mengjin/lucun/voice/").page.fill("textarea[name=text]", "巡诊医生哪天来？")
    resident.presses("交上去").sees("回执号")
    return resident.page.url.rstrip("/").rsplit("/", 1)[-1]


def replies(staff: Visitor) -> None:
    """The one on duty takes it on and replies."""
    staff.opens("/office/cases/").follows("巡诊医生哪天来").presses("受理，由我来办")
    if staff.page.get_by_role("button", name="办理", exact=True).count():
        staff.presses("办理")
    reply = staff.page.locator("details", has=staff.page.locator("summary", has_text="回复"))
    if reply.get_attribute("open") is None:
        reply.locator("summary").click()
    reply.locator("textarea").first.fill("每周三下午有，门口贴着安排。")
    reply.get_by_role("button").click()
