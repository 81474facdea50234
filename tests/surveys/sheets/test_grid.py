"""A list to be ticked: a line for each person, a column for each day; printed, filled in, scanned, read."""

import csv

import pytest

from xiangli.surveys.sheets import SheetError, print_sheets, read_files
from xiangli.surveys.sheets.simulate import simulate_scans

DAYS = [{"name": f"d{n}", "label": f"周{word}"} for n, word in enumerate("一二三四五六日")]


def grid(lines: int, **fields) -> dict:
    people = [
        {"name": f"p{n}", "kind": "multiple", "label": f"{n} 王大爷", "options": DAYS} for n in range(1, lines + 1)
    ]
    return {"title": "午饭签名表", "notice": "谁管：村里。", "grid": True, "questions": people, **fields}


def printed(definition, path, **fields):
    return print_sheets(definition, campaign="canteen-1", version=1, sheet_numbers=[1], pdf_path=path, **fields)


def test_grid_is_read_back_over_all_its_pages(tmp_path):
    layout = printed(grid(40), tmp_path / "a.pdf")
    assert [len(page["bubbles"]) for page in layout["pages"]] == [112, 119, 49]
    ticked = {f"p{n}": [day["name"] for m, day in enumerate(DAYS) if (n * 7 + m) % 3] for n in range(1, 41)}
    scans = simulate_scans(tmp_path / "a.pdf", layout, {1: ticked}, tmp_path / "in", first_sheet=1, seed=4)
    read_files(layout, scans, out=tmp_path / "out.csv")
    rows = list(csv.DictReader((tmp_path / "out.csv").open()))
    wrong = [
        row for row in rows
        if row["state"] != "review" and (row["state"] == "marked") != (row["option"] in ticked[row["question"]])
    ]  # fmt: skip
    assert (len(rows), wrong) == (280, [])
    assert sum(row["state"] == "review" for row in rows) < 12


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (grid(201), "最多 200 道"),
        ({**grid(2), "questions": [*grid(1)["questions"], {**grid(2)["questions"][1], "options": DAYS[:3]}]}, "不同"),
        (
            {
                **grid(1),
                "questions": [{**grid(1)["questions"][0], "options": [*DAYS, *[{"name": "x", "label": "x"}] * 2]}],
            },
            "选项名称相同",
        ),
        ({**grid(1), "questions": [{"name": "a", "kind": "text", "label": "a"}]}, "列|选项"),
    ],
)
def test_grid_that_cannot_be_printed_says_why(definition, words, tmp_path):
    with pytest.raises(SheetError, match=words):
        printed(definition, tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()
