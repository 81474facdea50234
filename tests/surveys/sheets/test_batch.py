import csv
import struct
import zlib

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from xiangli.surveys.sheets import SheetError, batch, print_sheets, read_files
from xiangli.surveys.sheets.records import names_of
from xiangli.surveys.sheets.review import harmless
from xiangli.surveys.sheets.simulate import render_page, simulate_scans

from .conftest import FIRST

ANSWERS = {
    FIRST: {"sex": ["o1"], "need": ["o2", "o5"], "q1": ["o3"]},
    FIRST + 1: {"sex": ["o2"], "sat": ["o3"], "q4": ["o1", "o6"]},
}


@pytest.fixture(scope="module")
def scans(printed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scans")
    return simulate_scans(printed.pdf, printed.data, ANSWERS, folder, first_sheet=FIRST, seed=11)


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _problems(summary):
    return [(item["sheet"], item["page"], item["problem"]) for item in summary.problems]


def test_answers_come_back_from_paper(printed, scans, tmp_path):
    summary = read_files(printed.data, scans, out=tmp_path / "readings.csv", review_dir=tmp_path / "review")
    rows = _rows(tmp_path / "readings.csv")
    assert tuple(rows[0]) == ("file", "sheet", "page", "question", "option", "state", "score")
    read: dict[int, dict[str, list[str]]] = {}
    for row in rows:
        if row["state"] == "marked":
            read.setdefault(int(row["sheet"]), {}).setdefault(row["question"], []).append(row["option"])
    assert read == ANSWERS
    assert (summary.pages, summary.sheets, summary.problems) == (4, 2, [])
    assert len(rows) == 2 * sum(len(page.bubbles) for page in printed.layout.pages.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["readings.csv", "readings.problems.csv", "review"]


def test_pdf_and_tiff_and_png_read_like_the_jpegs(printed, scans, tmp_path):
    pages = [Image.open(path) for path in scans]
    pages[0].save(tmp_path / "all.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    pages[0].save(tmp_path / "all.pdf", save_all=True, append_images=pages[1:], resolution=150)
    pages[0].save(tmp_path / "one.png")
    states = {}
    for name, files in {"jpg": scans, "tif": [tmp_path / "all.tif"], "pdf": [tmp_path / "all.pdf"]}.items():
        read_files(printed.data, files, out=tmp_path / f"{name}.csv")
        states[name] = [
            (row["sheet"], row["question"], row["option"], row["state"]) for row in _rows(tmp_path / f"{name}.csv")
        ]
    assert states["tif"] == states["jpg"]
    assert states["pdf"] == states["jpg"]
    assert read_files(printed.data, [tmp_path / "one.png"], out=tmp_path / "one.csv").sheets == 1


def test_two_processes_read_what_one_reads(printed, scans, tmp_path):
    read_files(printed.data, scans, out=tmp_path / "one.csv")
    read_files(printed.data, scans, out=tmp_path / "two.csv", jobs=2)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_killed_batch_is_taken_up_without_a_duplicate(printed, scans, tmp_path):
    read_files(printed.data, scans, out=tmp_path / "whole.csv")

    def kill(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_files(printed.data, scans, out=tmp_path / "readings.csv", progress=kill)
    assert not (tmp_path / "readings.csv").exists()
    with (tmp_path / "readings.csv.journal").open("a") as journal:
        journal.write('["torn')
    summary = read_files(printed.data, scans, out=tmp_path / "readings.csv")
    assert summary.resumed == 2
    assert (tmp_path / "readings.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not (tmp_path / "readings.csv.journal").exists()


def test_journal_of_another_layout_is_not_taken_up(printed, scans, tmp_path):
    def kill(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_files(printed.data, scans, out=tmp_path / "readings.csv", progress=kill)
    other = {**printed.data, "title": "另一个标题"}
    assert read_files(other, scans, out=tmp_path / "readings.csv").resumed == 0


def test_second_scan_and_missing_page_are_named(printed, scans, tmp_path):
    again = tmp_path / "again.jpg"
    again.write_bytes(scans[0].read_bytes())
    summary = read_files(printed.data, [*scans[:3], again], out=tmp_path / "readings.csv")
    assert _problems(summary) == [(FIRST, 1, "同一张扫了两次"), (FIRST + 1, 2, "缺页")]
    assert len(_rows(tmp_path / "readings.csv")) == summary.marked + summary.blank + summary.review
    assert "内容一致" in summary.problems[0]["detail"]


def test_upside_down_pages_are_read_and_named(printed, scans, tmp_path):
    """As one sees them: a camera that was held upside down has noted so, and its picture is shown upright."""
    over, noted = tmp_path / "over.jpg", tmp_path / "noted.jpg"
    exif = Image.Exif()
    exif[0x0112] = 3
    with Image.open(scans[1]) as page:
        page.rotate(180).save(over, quality=90)
    with Image.open(scans[2]) as page:
        page.rotate(180).save(noted, quality=90, exif=exif)
    files = [scans[0], over, noted, scans[3]]
    summary = read_files(printed.data, files, out=tmp_path / "readings.csv")
    assert summary.problems == []
    assert [(row["file"], row["sheet"], row["page"]) for row in summary.upside_down] == [(str(over), FIRST, 2)]
    with (tmp_path / "readings.problems.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["file"], row["problem"]) for row in csv.DictReader(file)] == [(str(over), "上下倒着，已转正读了")]


def test_upside_down_page_of_text_alone_is_named(tmp_path):
    questions = [{"name": "say", "kind": "text", "label": "您还有什么话想说", "lines": 3}]
    definition = {"title": "意见簿", "notice": "隐私告知：不记姓名。", "questions": questions}
    pdf, over = tmp_path / "sheets.pdf", tmp_path / "over.png"
    data = print_sheets(definition, campaign="words", version=1, sheet_numbers=range(1, 3), pdf_path=pdf)
    Image.fromarray(render_page(pdf, 0, 150)).save(tmp_path / "upright.png")
    Image.fromarray(render_page(pdf, 1, 150)[::-1, ::-1]).save(over)
    summary = read_files(data, [tmp_path / "upright.png", over], out=tmp_path / "readings.csv")
    assert (summary.sheets, summary.problems) == (2, [])
    assert [(row["file"], row["sheet"]) for row in summary.upside_down] == [(str(over), 2)]


def test_pages_are_named_by_file_and_page_and_many_in_measure():
    rows = [{"file": "a.jpg", "file_page": 1}, {"file": "b.pdf", "file_page": 3}, {"file": "c.jpg", "file_page": 1}]
    assert names_of(rows) == "a.jpg、b.pdf 第 3 页、c.jpg"
    assert names_of(rows, 2) == "a.jpg、b.pdf 第 3 页等 3 页"


def test_second_scan_that_says_otherwise_sends_the_difference_to_review(printed, scans, tmp_path):
    bare = tmp_path / "-bare.jpg"  # a name that a spreadsheet would take for a formula
    bare.write_bytes(simplejpeg.encode_jpeg(printed.pages[0][:, :, None], 90, "GRAY"))
    summary = read_files(printed.data, [scans[0], bare], out=tmp_path / "readings.csv", review_dir=tmp_path / "review")
    doubtful = {
        (row["question"], row["option"]) for row in _rows(tmp_path / "readings.csv") if row["state"] == "review"
    }
    assert doubtful == {("sex", "o1"), ("need", "o2"), ("need", "o5")}
    assert "3 处不一致" in summary.problems[0]["detail"]
    with (tmp_path / "review" / "review.csv").open(encoding="utf-8-sig", newline="") as file:
        crops = list(csv.DictReader(file))
    assert {(row["question"], row["option"]) for row in crops} == doubtful
    assert all((tmp_path / "review" / row["crop"]).stat().st_size > 200 for row in crops)


def test_writing_in_a_text_box_is_cropped_and_an_empty_box_is_not(printed, tmp_path):
    image = render_page(printed.pdf, 0, 150).copy()
    box = next(place for place in printed.layout.pages[1].boxes if place.question == "people")
    x, y = int((box.x + 10) * 150 / 25.4), int((box.y + 3) * 150 / 25.4)
    image[y : y + 30, x : x + 5] = 40
    path = tmp_path / "scan.jpg"
    path.write_bytes(simplejpeg.encode_jpeg(image[:, :, None], 90, "GRAY"))
    read_files(printed.data, [path], out=tmp_path / "readings.csv", review_dir=tmp_path / "review")
    assert sorted(item.name for item in (tmp_path / "review").iterdir()) == ["review.csv", f"scan-1-{FIRST}-people.png"]


def _png(width, height):
    """A PNG that claims a size and holds next to nothing."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in (header, pixels)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


BAD = {
    "huge.png": (_png(20_000, 10_000), "太大"),
    "tiny.png": (_png(50, 60), "太小"),
    "torn.jpg": (b"\xff\xd8\xff\xe0" + b"0" * 50, "损坏"),
    "empty.pdf": (b"", "空文件"),
    "fake.pdf": (b"%PDF-1.7\nnot really", "PDF"),
    "letter.tif": (b"II*\0" + b"\xff" * 30, "损坏"),
    "notes.txt": ("您好".encode("gbk"), "不是扫描件"),
}


def test_bad_files_are_named_and_the_others_are_read(printed, scans, tmp_path):
    for name, (data, _) in BAD.items():
        (tmp_path / name).write_bytes(data)
    missing = tmp_path / "missing.jpg"
    files = [*(tmp_path / name for name in BAD), missing, *scans]
    summary = read_files(printed.data, files, out=tmp_path / "readings.csv")
    said = {problem["file"]: problem["detail"] for problem in summary.problems}
    assert set(said) == {str(path) for path in files[: len(BAD) + 1]}
    for name, (_, words) in BAD.items():
        assert words in said[str(tmp_path / name)]
    assert summary.sheets == 2


def test_batch_with_nothing_to_read_leaves_no_table(printed, tmp_path):
    random = np.random.default_rng(1)
    Image.fromarray(random.integers(0, 255, (700, 700, 3), dtype=np.uint8)).save(tmp_path / "cat.png")
    with pytest.raises(SheetError, match="不是问卷页"):
        read_files(printed.data, [tmp_path / "cat.png"], out=tmp_path / "readings.csv")
    with pytest.raises(SheetError, match="没有可读的文件"):
        read_files(printed.data, [], out=tmp_path / "readings.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


def test_tiff_that_never_ends_is_refused(printed, tmp_path, monkeypatch):
    monkeypatch.setattr("xiangli.surveys.sheets.images.PAGES_MAX", 3)
    page = Image.new("L", (300, 300), 255)
    page.save(tmp_path / "long.tif", save_all=True, append_images=[page] * 5)
    part = batch.list_parts([tmp_path / "long.tif"])[0]
    assert "页数太多" in part.bad


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("+a", "'+a"), ("-1", "-1"), ("+3.5", "+3.5"), ("o1", "o1"), ("\tx", "'\tx")],
)
def test_cells_cannot_become_formulas(cell, written):
    assert harmless(cell) == written


def test_folder_is_read_whole_and_each_file_once(scans):
    parts = batch.list_parts([scans[0].parent, scans[0]])
    assert [part.file for part in parts] == [str(path) for path in sorted(scans)]
