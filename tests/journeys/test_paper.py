"""From paper to figures as a user does it: print, fill in, scan, upload in the browser, review by keyboard, figures."""

import time
from base64 import b64decode

import pytest

from tests.surveys.factories import make_definition
from xiangli.accounts.models import User
from xiangli.places.queries import villages
from xiangli.surveys import services
from xiangli.surveys.models import Campaign, DoubtfulMark, PrintRun, Response
from xiangli.surveys.sheets.simulate import simulate_scans

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SHEETS = 4
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjnOgAAAABJRU5ErkJggg==")
MANY = 64


@pytest.fixture
def campaign(huimeng) -> Campaign:
    """A questionnaire of the town, opened long ago."""
    from tests.surveys.factories import OPENS

    definition = make_definition("canteen", "chess")
    return services.create_campaign(by=None, place=huimeng, title="办什么？", definition=definition, opens=OPENS)


def test_paper_becomes_figures_with_a_browser_and_a_keyboard(campaign, huimeng, visitor, background, tmp_path):
    village = villages(huimeng)[0]
    town = visitor(javascript=True).logs_in("town")
    page = town.opens(f"/office/surveys/{campaign.pk}/").unfolds("印问卷").page
    page.select_option("select[name=print-village]", label=village.name)
    page.fill("input[name=print-copies]", str(SHEETS))
    town.presses("排版")
    run = PrintRun.everywhere.get()
    (tmp_path / "sheets.pdf").write_bytes(page.request.get(f"{town.base}/office/surveys/sheets/{run.pk}.pdf").body())
    filled = {number: {"needs": ["canteen"], "age": ["70+"]} for number in range(1, SHEETS + 1)}
    filled[2]["age"] = ["60-69", "70+"]  # where one is asked: the reader cannot know which is meant
    scans = simulate_scans(tmp_path / "sheets.pdf", run.layout, filled, tmp_path / "in", first_sheet=1, seed=11)
    (tmp_path / "猫.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")

    town.unfolds("交扫描件")
    page.set_input_files("input[name=scans-scans]", [*map(str, scans), str(tmp_path / "猫.jpg")])
    town.presses("上传").sees("正在后台读取")
    batch_page = page.url
    page.goto("about:blank")  # here the worker shares its connection with the server, so nobody may ask meanwhile
    background()
    town.opens(batch_page).sees("猫.jpg 文件打不开")
    assert DoubtfulMark.everywhere.count() == 2
    page.get_by_role("link", name="去判断有疑问的").click()
    town.sees("还剩 2 个")
    page.get_by_text("键盘：J、1").wait_for()  # the keys are there when the page says so
    for key, option in (("k", "60"), ("j", "70")):
        page.locator(".survey-crop:not([hidden])", has_text=option).wait_for()
        page.keyboard.press(key)
    page.get_by_role("button", name="计入").click()
    town.sees("1 份问卷已计入")
    assert [one.answers["age"] for one in Response.everywhere.order_by("sheet")] == ["70+"] * SHEETS
    town.opens(f"/office/surveys/{campaign.pk}/figures/").sees("4 份")


def test_sixty_crops_a_minute_by_keyboard_and_none_lost_with_the_line(campaign, huimeng, visitor):
    village = villages(huimeng)[0]
    rows = [
        {
            "file": "a.jpg",
            "sheet": sheet,
            "page": 1,
            "question": "needs",
            "option": "chess",
            "state": "review",
            "score": 0,
        }
        for sheet in range(1, MANY + 1)
    ]
    crops = {(sheet, "needs", "chess"): PICTURE for sheet in range(1, MANY + 1)}
    services.record_readings(by=None, campaign=campaign, place=village, readings=rows, crops=crops)
    staff = visitor(javascript=True).logs_in("village")
    page = staff.opens(f"/office/surveys/{campaign.pk}/review/").page
    said = []
    started = time.perf_counter()
    for number in range(60):
        if number == 20:  # the line drops for eight crops, which are on the page by then
            page.wait_for_function("() => document.querySelectorAll('.survey-crop').length > 8")
            page.context.set_offline(True)
        if number == 28:
            page.context.set_offline(False)
        page.locator(f".survey-crop:not([hidden]) >> text=编号 {number + 1} ·").wait_for()
        key, meant = (("j", True), ("k", False), ("ArrowLeft", True), ("0", False))[number % 4]
        page.keyboard.press(key)
        said.append(meant)
    seconds = time.perf_counter() - started
    page.locator("#left", has_text=str(MANY - 60)).wait_for()
    page.wait_for_function("() => !Object.values(localStorage).some((kept) => kept !== '[]')")
    decided = [mark.marked for mark in DoubtfulMark.everywhere.order_by("pk")]
    assert decided == [*said, None, None, None, None]
    assert seconds < 60
    assert User.objects.get(username="village") == DoubtfulMark.everywhere.first().decided_by
    page.keyboard.press("u")
    page.locator(".survey-crop:not([hidden]) >> text=编号 60 ·").wait_for()
    page.wait_for_function("() => !Object.values(localStorage).some((kept) => kept !== '[]')")
    assert DoubtfulMark.everywhere.filter(marked=None).count() == 5
