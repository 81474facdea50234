"""Report pages from the two real surveys, numbers checked against a plain count of the files."""

import csv
import re
from pathlib import Path

import pytest

import xiangli
from xiangli.config.cli import main
from xiangli.surveys.answers import definition_of, load_mapping, read_answers
from xiangli.surveys.commands.report import waves_of
from xiangli.surveys.estimating import changes, courses

MAPPINGS = Path(xiangli.__file__).parent / "demo" / "mappings"
NEPAL = "nepal_community_perception_rounds_1-6"
WATER = "water_consumer_survey"


@pytest.fixture(scope="module")
def nepal(shared_data):
    mapping = load_mapping(MAPPINGS / f"{NEPAL}.json")
    answers = read_answers(shared_data / "surveys" / f"{NEPAL}.csv", mapping)
    return waves_of(definition_of(mapping), answers, wave="round", k=5)


def share(wave, question, label):
    lines = next(one for one in wave.questions if one.name == question).lines
    return next(line for line in lines if line.label == label)


def test_six_rounds_are_six_waves_with_the_shares_of_the_file(nepal, shared_data):
    with (shared_data / "surveys" / f"{NEPAL}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Round"] == "6"]
    said = [row["A1JS"] for row in rows if row["A1JS"] not in ("", "NA")]
    line = share(nepal[5], "needs", "长期住房")
    assert [wave.answers for wave in nepal] == [1295, 1391, 1392, 1392, 1396, 1396]
    assert line.respondents == sum(value.startswith("Long term shelter") for value in said)
    assert line.low < line.value < line.high


def test_change_from_first_to_last_round_has_its_interval(nepal):
    first, last = share(nepal[0], "needs", "长期住房"), share(nepal[5], "needs", "长期住房")
    course = next(one for one in courses([(w.name, w.questions) for w in nepal])[0].lines if one.label == "长期住房")
    assert course.change.value == pytest.approx(last.value - first.value)
    half = (course.change.high - course.change.low) / 2
    assert half == pytest.approx(1.96 * (first.found.se**2 + last.found.se**2) ** 0.5, rel=1e-3)
    assert course.change.sure
    (again,) = [line for line in changes(nepal[0].questions, nepal[5].questions)[0][1] if line.label == "长期住房"]
    assert (again.value, again.low) == (course.change.value, course.change.low)


def test_a_wave_that_may_not_show_a_line_breaks_its_course(nepal):
    """Fewer than five asked for something in some round: no point there, and the line is not drawn across."""
    broken = [
        course
        for question in courses([(w.name, w.questions) for w in nepal])
        for course in question.lines
        if any(point.figure is None for point in course.points)
    ]
    assert broken
    for course in broken:
        shown = [point for point in course.points if point.figure]
        assert min(point.figure.respondents for point in shown) >= 5
        assert sum(path.count(",") for path in course.paths) <= len(shown)


def test_report_pages_are_written_for_both_files(shared_data, tmp_path, capsys):
    for name, words in ((NEPAL, ["--wave", "round"]), (WATER, [])):
        out = tmp_path / f"{name}.html"
        file = shared_data / "surveys" / f"{name}.csv"
        code = main(
            ["surveys", "report", str(file), "--mapping", str(MAPPINGS / f"{name}.json"), "--out", str(out), *words]
        )
        page = out.read_text("utf-8")
        assert (code, "<h1>" in page, "{{" in page) == (0, True, False)
        assert ("survey-course" in re.sub(r"<style>.*?</style>", "", page, flags=re.S)) == bool(words)
    assert "423 份答卷，0 行没有收" in capsys.readouterr().out


def test_report_refuses_a_wave_that_is_no_question(shared_data, tmp_path, capsys):
    words = ["--mapping", str(MAPPINGS / f"{WATER}.json"), "--out", str(tmp_path / "x.html"), "--wave", "minutes"]
    assert main(["surveys", "report", str(shared_data / "surveys" / f"{WATER}.csv"), *words]) == 2
    assert "不能用来分轮" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
