"""A ranking question through every channel: in what order people name what matters to them."""

import csv
import json
from io import BytesIO
from uuid import uuid4

import pytest
import xlsxwriter
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from tests.surveys.factories import OPENS, answer, make_answers
from tests.surveys.test_batches import pile, read
from tests.surveys.xlsform.forms import make_workbook
from tests.surveys.xlsform.test_xform import faults, form
from xiangli.config.cli import main
from xiangli.core.errors import UserError
from xiangli.core.tables import read_table
from xiangli.surveys import queries, services, trust_queries
from xiangli.surveys.answers import check_mapping, take_answers
from xiangli.surveys.channels import paper_gaps
from xiangli.surveys.choices import Channel
from xiangli.surveys.columns import EACH, mapping_of, match_columns
from xiangli.surveys.estimating import changes
from xiangli.surveys.figures import report
from xiangli.surveys.models import Campaign, DoubtfulMark, PrintRun, Response
from xiangli.surveys.questionnaire import check_answers, clean_questionnaire
from xiangli.surveys.sheets import read_files
from xiangli.surveys.sheets.simulate import simulate_scans
from xiangli.surveys.template_book import write_template
from xiangli.surveys.xlsform import import_workbook
from xiangli.surveys.xlsform.submission import read_submission

pytestmark = pytest.mark.django_db
LABELS = {"food": "乡里食堂", "road": "修路", "bus": "公交", "care": "晚上看病"}
RANKED = {
    "name": "top", "kind": "ranking", "label": "什么最要紧", "places": 3,
    "options": [{"name": name, "label": label} for name, label in LABELS.items()],
}  # fmt: skip


def asked(*more, **changed):
    questions = [RANKED | changed, *more]
    return clean_questionnaire({"title": "先办什么？", "notice": "镇党政办处理", "questions": questions})


@pytest.fixture
def ranked(town, village):
    return services.create_campaign(by=None, place=town, title="先办什么？", definition=asked(), opens=OPENS)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["food", "bus", "road"], ["food", "bus", "road"]),
        (["修路", ""], ["road"]),
        ([["bus"], [], []], ["bus"]),
        ("公交 > 修路＞乡里食堂", ["bus", "road", "food"]),
        ("公交；修路", ["bus", "road"]),
    ],
)
def test_order_is_kept_however_it_comes(given, kept):
    assert check_answers(asked(), {"top": given}).answers == {"top": kept}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["food", "food"], "“乡里食堂”排了两次"),
        (["food", "", "bus"], "第 2 没有选，却选了第 3"),
        ([["food", "bus"], ["road"]], "选了不止一个"),
        ("公交>修路>乡里食堂>晚上看病", "排了 4 项，最多排 3 项"),
        ("公交>飞机", "没有“飞机”这个选项"),
    ],
)
def test_what_is_no_order_is_refused_with_the_reason(given, reason):
    checked = check_answers(asked(), {"top": given})
    assert (checked.answers, checked.problems) == ({}, [("什么最要紧", reason)])


def test_nothing_ranked_is_no_answer():
    assert check_answers(asked(), {"top": ["", "", ""]}).problems == []
    assert check_answers(asked(required=True), {"top": [[], []]}).problems == [("什么最要紧", "没有回答")]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"places": 5}, "要排的项数应在 1 到 4 之间，这里是 5"),
        ({"places": "三"}, "要排几项“三”不是整数"),
        ({"options": RANKED["options"][:1]}, "应有 2 个以上的选项"),
        ({"role": "band"}, "不能用来问什么时候有空"),
        ({"role": "need", "places": 4}, "看不出需要哪几样"),
    ],
)
def test_ranking_that_cannot_be_asked_is_refused(changed, words):
    with pytest.raises(UserError, match=words):
        asked(**changed)


def test_whom_a_question_spares_is_not_told_by_an_order():
    """On a phone everything is put in order, so that it says nothing that an option is among it."""
    rule = {"question": "top", "is": "food"}
    with pytest.raises(UserError, match="不能这样比"):
        asked({"name": "t", "kind": "text", "label": "t", "relevant": rule})
    assert asked({"name": "t", "kind": "text", "label": "t", "relevant": {"question": "top", "answered": True}})


def test_paper_says_what_it_has_no_room_for():
    assert paper_gaps(asked()) == []
    many = [{"name": f"o{n}", "label": f"第{n}项"} for n in range(15)]
    assert "纸上最多 14 个选项、排前 5 项" in paper_gaps(asked(options=many))[0][1]


# --- paper ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def printed(ranked, village, tmp_path):
    return services.print_run(by=None, campaign=ranked, place=village, copies=4, pdf_path=tmp_path / "sheets.pdf")


def test_places_are_single_choices_in_the_layout(printed):
    names = ["top#1", "top#2", "top#3"]
    assert [(one["name"], one["kind"], one["ranking"]) for one in printed.layout["questions"]] == [
        (name, "single", "top") for name in names
    ]
    assert printed.layout["questions"][1]["label"] == "什么最要紧（第二）"
    boxes = [(box["question"], box["option"]) for box in printed.layout["pages"][0]["bubbles"]]
    assert boxes == [(name, option) for option in LABELS for name in names]


def places(*options):
    return {f"top#{place}": [option] for place, option in enumerate(options, 1) if option}


def test_paper_is_read_into_an_order_and_one_option_twice_goes_to_a_person(printed, ranked, village, tmp_path, town):
    filled = {
        1: places("bus", "food", "road"), 2: places("care"), 3: places("road", "road", "food"),
        4: places("food", None, "bus"),
    }  # fmt: skip
    scans = simulate_scans(tmp_path / "sheets.pdf", printed.layout, filled, tmp_path / "in", first_sheet=1, seed=5)
    with override_settings(DATA=tmp_path):
        batch = read(pile(tmp_path, ranked, village, None, scans))
    assert {one.sheet: one.answers for one in Response.everywhere.all()} == {
        1: {"top": ["bus", "food", "road"]}, 2: {"top": ["care"]},
    }  # fmt: skip
    doubts = list(DoubtfulMark.everywhere.order_by("question"))
    assert [(one.reading.sheet, one.question, one.option, bool(one.crop)) for one in doubts] == [
        (3, "top#1", "road", True), (3, "top#2", "road", True),
    ]  # fmt: skip
    assert "编号 4 “什么最要紧”第 2 没有选，却选了第 3，这一题不计" in [one["reason"] for one in batch.problems]
    for mark, meant in zip(doubts, (True, False), strict=True):
        services.decide_mark(by=None, mark=mark, marked=meant, at=timezone.now())
    done = services.seal_reviewed(by=None, campaign=ranked, place=town)
    assert done.problems == [(doubts[0].reading.file, "编号 3 “什么最要紧”第 2 没有选，却选了第 3，这一题不计"),
                             (doubts[0].reading.file, "编号 3 空白，没有作答，不计入")]  # fmt: skip


def test_reader_on_the_command_line_sends_one_option_twice_to_review(printed, tmp_path):
    filled = {1: places("road", "road", "food")}
    scans = simulate_scans(tmp_path / "sheets.pdf", printed.layout, filled, tmp_path / "in", first_sheet=1, seed=6)
    read_files(printed.layout, scans, out=tmp_path / "out.csv", review_dir=tmp_path / "review")
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        states = {(row["question"], row["option"]): row["state"] for row in csv.DictReader(file)}
    assert {key: state for key, state in states.items() if state != "blank"} == {
        ("top#1", "road"): "review", ("top#2", "road"): "review", ("top#3", "food"): "marked",
    }  # fmt: skip
    with (tmp_path / "review/review.csv").open(encoding="utf-8-sig") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["同一项排了两次"] * 2


def test_sheets_of_an_earlier_version_give_their_order_in_todays_options(printed, ranked, village):
    options = [{"name": f"x{n}", "label": label} for n, label in enumerate(LABELS.values())]
    services.change_questionnaire(by=None, campaign=ranked, definition=asked(options=options, places=2))
    ranked.refresh_from_db()
    row = {"file": "a.jpg", "sheet": 1, "page": 1, "state": "marked", "score": 1}
    rows = [row | {"question": f"top#{at}", "option": one} for at, one in enumerate(("bus", "food", "road"), 1)]
    done = services.record_readings(by=None, campaign=ranked, place=village, readings=rows, version=1)
    assert Response.everywhere.get().answers == {"top": ["x2", "x0"]}
    assert [reason for _, reason in done.problems] == [
        "编号 1 是第 1 版：“什么最要紧（第三）”选了“修路”，现在没有这一项，不计"
    ]


def test_review_says_which_place_is_meant(official, printed, ranked, village):
    row = {"file": "a.jpg", "sheet": 1, "page": 1, "question": "top#2", "option": "bus", "state": "review", "score": 0}
    services.record_readings(by=None, campaign=ranked, place=village, readings=[row])
    page = official.get(reverse("survey_review", args=[ranked.pk])).content.decode()
    assert "什么最要紧（第二）" in page
    assert "公交" in page


# --- web, spreadsheet, phone ------------------------------------------------------------------------------------------


def send(client, campaign, *options):
    cache.clear()
    fields = {f"q-top_{place}": option for place, option in enumerate(options)}
    return client.post(reverse("survey_answer", args=[campaign.public_id]), {"uuid": str(uuid4()), **fields})


def test_web_form_takes_an_order_without_a_script(client, ranked):
    page = client.get(reverse("survey_answer", args=[ranked.public_id])).content.decode()
    assert page.count("<select name=") == 3
    assert '<label for="id_q-top_1">第二</label>' in page
    assert send(client, ranked, "bus", "road", "").status_code == 302
    assert ranked.responses.get().answers == {"top": ["bus", "road"]}


def test_web_form_says_what_is_wrong_with_an_order_and_keeps_it(client, ranked):
    page = send(client, ranked, "bus", "bus", "road").content.decode()
    assert "“公交”排了两次。" in page
    assert page.count('<option value="bus" selected>') == 2
    assert "第 1 没有选，却选了第 2。" in send(client, ranked, "", "bus", "").content.decode()
    assert "一道题也没有答" in send(client, ranked, "", "", "").content.decode()
    assert "plane" in send(client, ranked, "plane", "", "").content.decode()
    assert not ranked.responses.exists()


def test_template_has_a_column_for_each_place_and_comes_back(ranked):
    file = BytesIO()
    write_template(file, asked(), [])
    header = read_table(file.getvalue()).header
    assert header == ["什么最要紧/第一", "什么最要紧/第二", "什么最要紧/第三"]
    book = BytesIO()
    with xlsxwriter.Workbook(book, {"in_memory": True}) as out:
        page = out.add_worksheet()
        for at, row in enumerate([header[::-1], ["", "修路", "公交"], ["公交", "", "修路"], ["", "飞机", "公交"]]):
            page.write_row(at, 0, row)
    table = read_table(book.getvalue())
    columns = match_columns(asked(), table.header)
    assert columns == {"top": EACH}
    answers = take_answers(table, mapping_of(asked(), columns, header=table.header), "d")
    assert [row.answers for row in answers.rows] == [{"top": ["bus", "road"]}]
    assert answers.refused == [
        (3, "什么最要紧：第 2 没有选，却选了第 3"), (4, "列“什么最要紧/第二”的值“飞机”不在对应表里"),
    ]  # fmt: skip


def test_one_column_may_hold_the_whole_order(ranked):
    mapping = mapping_of(asked(), {"top": "次序"}, header=["次序"])
    table = read_table("次序\n公交>修路\n修路、公交、乡里食堂\n公交；公交\n".encode())
    answers = take_answers(table, check_mapping(mapping), "d")
    assert [row.answers["top"] for row in answers.rows] == [["bus", "road"], ["road", "bus", "food"]]
    assert answers.refused == [(4, "什么最要紧：“公交”排了两次")]


def test_workbook_with_a_rank_is_a_ranking_and_a_phones_order_ends_at_the_last_place():
    survey = [["type", "name", "label"], ["rank l", "r", "排一排"]]
    choices = [["list_name", "name", "label"], *(["l", name, label] for name, label in LABELS.items())]
    imported = import_workbook(make_workbook(survey=survey, choices=choices), notice="n", title="t").definition
    assert [(one["kind"], one["places"]) for one in imported["questions"]] == [("ranking", 4)]
    assert "odk_only" not in imported
    xml = '<data id="f" version="1"><top>bus road food care</top><meta><instanceID>i</instanceID></meta></data>'
    raw = read_submission(asked(), xml.encode()).raw
    assert check_answers(asked(), raw).answers == {"top": ["bus", "road", "food"]}


def test_odk_validate_accepts_a_ranking(odk_validate, tmp_path):
    made = form(asked({"name": "t", "kind": "text", "label": "t", "relevant": {"question": "top", "answered": True}}))
    assert "odk:rank" in made.xml
    assert faults(odk_validate, tmp_path, made.xml) == {}


# --- figures ----------------------------------------------------------------------------------------------------------

ORDERS = [
    ("bus", "road", "food"), ("road",), ("bus", "food"), ("care", "bus", "road"), ("bus", "care", "food"),
    ("food", "bus"),
] * 4  # fmt: skip


def test_questionnaire_made_in_the_office_comes_back_from_paper_as_the_figures_of_estimate(
    official, town, village, tmp_path, capsys
):
    about = {
        "title": "先办什么？",
        "opens": "2026-01-01",
        "handler": "镇党政办",
        "contact": "0379-0000",
        "place": town.pk,
    }
    first = {"label": "什么最要紧", "kind": "ranking", "options": "\n".join(LABELS.values())}
    official.post(reverse("questionnaire_new"), {**about, **first})
    made = Campaign.everywhere.get()
    official.post(reverse("question_edit", args=[made.pk]) + "?q=q1", {**first, "places": "3", "label": "什么最要紧？"})
    official.post(
        reverse("survey_print", args=[made.pk]), {"print-village": village.pk, "print-copies": len(ORDERS)}
    )  # fmt: skip
    run = PrintRun.everywhere.get()
    (tmp_path / "sheets.pdf").write_bytes(official.get(reverse("sheets_pdf", args=[run.pk])).getvalue())
    filled = {
        sheet: {f"q1#{place}": [LABELS[option]] for place, option in enumerate(order, 1)}
        for sheet, order in enumerate(ORDERS, 1)
    }
    scans = simulate_scans(tmp_path / "sheets.pdf", run.layout, filled, tmp_path / "in", first_sheet=1, seed=7)
    made.refresh_from_db()
    with override_settings(DATA=tmp_path):
        read(pile(tmp_path, made, village, None, scans))
    for mark in DoubtfulMark.everywhere.select_related("reading"):
        meant = mark.option in filled[mark.reading.sheet].get(mark.question, ())
        services.decide_mark(by=None, mark=mark, marked=meant, at=timezone.now())
    services.seal_reviewed(by=None, campaign=made, place=town)
    (tmp_path / "orders.csv").write_text("top\n" + "".join(f"{' '.join(order)}\n" for order in ORDERS))
    assert (
        main(
            [
                "surveys",
                "estimate",
                str(tmp_path / "orders.csv"),
                "--ranking",
                "top",
                "--places",
                "3",
                "--fpc",
                "800",
                "--json",
            ]
        )
        == 0
    )
    wanted = {(one["kind"], LABELS[one["level"]]): one for one in json.loads(capsys.readouterr().out)["figures"]}
    (question,) = report(made, village).questions
    assert question.answered == len(ORDERS)
    for line in question.lines:
        one = wanted["first", line.label]
        assert (line.value, line.low, line.high) == pytest.approx((one["value"], one["low"], one["high"]), abs=1e-12)
    assert [line.label for line in question.points] == ["公交", "乡里食堂", "修路", "晚上看病"]
    for line in question.points:
        one = wanted["score", line.label]
        assert (line.value, line.low, line.high) == pytest.approx(
            (3 * one["value"], 3 * one["low"], 3 * one["high"]), abs=1e-12
        )
    page = official.get(reverse("survey_figures", args=[made.pk])).content.decode()
    assert "排第一得 3 分" in page


def test_change_between_two_waves_is_that_of_the_first_place(ranked, village):
    make_answers(ranked, village, [{"top": list(order)} for order in ORDERS])
    (question,) = report(ranked, village).questions
    ((label, lines),) = changes([question], [question])
    assert label == "什么最要紧（排第一的）"
    assert [round(line.after.value, 9) for line in lines] == [round(n / 6, 9) for n in (1, 1, 3, 1)]


def test_agreement_compares_the_place_of_each_option(ranked, village, town):
    first = answer(ranked, village, Channel.COUNTER, top=["bus", "road", "food"])
    (one,) = services.draw_rechecks(
        by=None, campaign=ranked, villages=[village], share=1.0, seed="1", at=timezone.now()
    )
    drawn = one.rechecks.get()
    assert drawn.response == first
    services.record_recheck(by=None, recheck=drawn, raw={"top": ["bus", "food"]}, at=timezone.now())
    (question,) = trust_queries.agreement_of(ranked, town)
    assert (question.found.people, question.found.share) == (1, 0.5)


def test_published_are_first_places_of_a_plain_ranking_and_the_needs_list_of_a_ranked_need(ranked, village, town):
    need = RANKED | {"name": "want", "label": "要哪几样", "role": "need"}
    both = services.create_campaign(by=None, place=town, title="两问", definition=asked(need), opens=OPENS)
    make_answers(both, village, [{"top": list(order), "want": list(order)} for order in ORDERS])
    services.derive_needs(by=None, campaign=both, place=town)
    services.publish_needs(by=None, lists=queries.needs_lists(town).filter(campaign=both), at=timezone.now())
    (unit,) = queries.published_figures(both).content["units"]
    assert [question["name"] for question in unit["questions"]] == ["top"]
    assert {line["option"]: line["people"] for line in unit["questions"][0]["lines"]} == {"bus": 12}
    listed = queries.needs_lists(town).get(campaign=both).published
    shares = {line["label"]: line["people"] for line in listed}
    assert {label: n for label, n in shares.items() if label == "公交"} == {"公交": 20}
