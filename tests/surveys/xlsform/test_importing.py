"""Workbooks come in and go out again; what cannot be carried is named."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.surveys.factories import make_definition
from tests.surveys.xlsform.forms import make_workbook, questionnaires
from tests.surveys.xlsform.test_xform import faults
from xiangli.core.errors import UserError
from xiangli.surveys.questionnaire import check_answers, clean_questionnaire, find
from xiangli.surveys.xlsform import export_workbook, import_workbook, read_submission, xform_of
from xiangli.surveys.xlsform.importing import definition_of_book

NOTICE = "处理者：镇党政办"
# Workbook -> (questions every channel can ask, things that only the ODK form has), or the reason it is refused for.
EXPECTED: dict[str, tuple[int, int] | str] = {
    "ODKValidateWarnings.xlsx": (2, 1),
    "attribute_columns_test.xlsx": (12, 39),
    "bad_calc.xlsx": "because pyxform doesn't know what to do",
    "blank_second_row.xls": (1, 0),
    "calculate.xls": (0, 4),
    "case_insensitivity.xls": (1, 2),
    "choice_filter_test.xlsx": (3, 2),
    "choice_name_same_as_select_name.xls": (1, 0),
    "duplicate_columns.xlsx": "Duplicate column header: label",
    "extra_columns.xlsx": (1, 0),
    "field-list.xlsx": (1, 0),
    "gps.xls": (0, 1),
    "group.xlsx": (2, 1),
    "group_name_test.xls": "[row : 3] Question or group with no name.",
    "include.xls": "This section has not been included.",
    "include_json.xls": "This section has not been included.",
    "loop.xls": (2, 1),
    "or_other.xlsx": (3, 1),
    "repeat_date_test.xls": (0, 5),
    "sms_info.xls": (5, 8),
    "spaces_in_choices_header.xls": (2, 3),
    "specify_other.xlsx": (2, 0),
    "survey_no_name.xlsx": (1, 0),
    "text_and_integer.xls": (2, 0),
    "tutorial.xls": (0, 10),
    "widgets.xls": (22, 19),
    "xl_date_ambiguous_v1.xlsx": (5, 1),
    "xml_escaping.xls": (1, 3),
    "yes_or_no_question.xlsx": (1, 0),
}


def test_every_shared_workbook_has_an_expected_outcome(shared_data):
    assert sorted(path.name for path in (shared_data / "xlsforms").iterdir()) == sorted(EXPECTED)


@pytest.mark.parametrize("name", [name for name, outcome in EXPECTED.items() if isinstance(outcome, str)])
def test_workbook_that_pyxform_refuses_is_refused_with_its_reason(shared_data, name):
    with pytest.raises(UserError) as refused:
        import_workbook((shared_data / "xlsforms" / name).read_bytes(), notice=NOTICE)
    assert str(refused.value).endswith(str(EXPECTED[name]))
    assert "这份问卷做不成" in str(refused.value) or "不是 XPath" in str(refused.value)


@pytest.mark.parametrize("name", [name for name, outcome in EXPECTED.items() if not isinstance(outcome, str)])
def test_workbook_is_imported_and_comes_back_the_same(shared_data, name):
    definition = import_workbook((shared_data / "xlsforms" / name).read_bytes(), notice=NOTICE).definition
    assert (len(definition["questions"]), len(definition.get("odk_only", ()))) == EXPECTED[name]
    assert clean_questionnaire(definition) == definition
    assert import_workbook(export_workbook(definition, form_id="abc", version="2")).definition == definition


def test_odk_validate_accepts_the_form_of_every_workbook(odk_validate, shared_data, tmp_path):
    forms = []
    for name, outcome in EXPECTED.items():
        if not isinstance(outcome, str):
            data = (shared_data / "xlsforms" / name).read_bytes()
            definition = import_workbook(data, notice=NOTICE).definition
            forms.append(xform_of(definition, form_id="abc", version="2", title="问卷").xml)
    assert faults(odk_validate, tmp_path, *forms) == {}


def test_odk_form_of_an_imported_workbook_keeps_what_we_cannot_ask(shared_data):
    definition = import_workbook((shared_data / "xlsforms/sms_info.xls").read_bytes(), notice=NOTICE).definition
    xml = xform_of(definition, form_id="abc", version="2", title="问卷").xml
    assert "geopoint" in xml
    assert 'mediatype="image/*"' in xml
    assert xml.index(NOTICE) < xml.index("geopoint") or NOTICE in xml


def test_questions_in_groups_are_found_in_the_submission(shared_data):
    definition = import_workbook((shared_data / "xlsforms/group.xlsx").read_bytes(), notice=NOTICE).definition
    path = find(definition, "age")["path"]
    assert "/" in path
    outer, inner = path.split("/")
    body = f"<{outer}><{inner}>61</{inner}></{outer}><age>7</age>"
    got = read_submission(definition, f'<d id="a">{body}<meta><instanceID>1</instanceID></meta></d>'.encode())
    assert (got.raw, got.other) == ({"age": 61}, {"age": "7"})


@settings(max_examples=60)
@given(questionnaires())
def test_questionnaire_goes_out_as_a_workbook_and_comes_back_the_same(definition):
    assert import_workbook(export_workbook(definition, form_id="abc", version="1")).definition == definition


def test_standard_questionnaire_comes_back_with_roles_and_services():
    definition = clean_questionnaire(make_definition())
    assert import_workbook(export_workbook(definition, form_id="abc", version="1")).definition == definition


@pytest.mark.parametrize(
    ("relevant", "rule"),
    [
        ("${q} = 'a'", {"question": "q", "is": "a"}),
        ("${q}='a' or ${q}='b'", {"question": "q", "in": ["a", "b"]}),
        ("selected(${m}, 'a') and (${n} >= 60 or ${n} < 18)",
         {"all": [{"question": "m", "is": "a"},
                  {"any": [{"question": "n", "at_least": 60}, {"question": "n", "below": 18}]}]}),
        ("not(selected(${m}, 'b'))", {"question": "m", "is_not": "b"}),
        ('${n} != ""', {"question": "n", "answered": True}),
        ("${q} = 'z'", None),
        ("${n} + 1 > 60", None),
        ("${m} = 'a'", None),
        ("count-selected(${m}) > 1", None),
        ("${q} = ${n}", None),
    ],
)  # fmt: skip
def test_simple_skip_rules_are_translated_and_others_named(relevant, rule):
    survey = [
        ["type", "name", "label", "relevant", "required"],
        ["select_one ab", "q", "甲"], ["select_multiple ab", "m", "乙"], ["integer", "n", "丙"],
        ["text", "t", "丁", relevant, "yes"],
    ]  # fmt: skip
    choices = [["list_name", "name", "label"], ["ab", "a", "A"], ["ab", "b", "B"]]
    definition = import_workbook(make_workbook(survey=survey, choices=choices), notice=NOTICE, title="t").definition
    asked = find(definition, "t")
    assert asked.get("relevant") == rule
    assert asked["required"] == (rule is not None)
    assert bool(definition.get("odk_only")) == (rule is None)
    assert relevant.replace(" ", "")[:4] in str(definition.get("source", relevant)).replace(" ", "")


def test_answer_to_a_skipped_question_is_left_out_and_named():
    choice = {
        "name": "q",
        "kind": "single",
        "label": "去过吗",
        "options": [{"name": "a", "label": "去过"}, {"name": "b", "label": "没有"}],
    }
    why = {"name": "why", "kind": "text", "label": "为什么", "required": True, "relevant": {"question": "q", "is": "b"}}
    definition = clean_questionnaire({"title": "t", "notice": "n", "questions": [choice, why]})
    checked = check_answers(definition, {"q": "a", "why": "远"})
    assert (checked.answers, checked.texts, checked.skipped, checked.problems) == ({"q": "a"}, {}, ["为什么"], [])
    assert check_answers(definition, {"q": "b"}).problems == [("为什么", "没有回答")]
    assert check_answers(definition, {"q": "b", "why": "远"}).texts == {"why": "远"}


def test_settings_that_send_answers_elsewhere_are_taken_out():
    book = make_workbook(
        survey=[["type", "name", "label"], ["text", "t", "甲"]],
        settings=[["form_title", "submission_url", "public_key"], ["问卷", "https://example.org/x", "AAAA"]],
    )
    found = import_workbook(book, notice=NOTICE)
    assert (
        "example.org" not in str(found.definition) + xform_of(found.definition, form_id="a", version="1", title="t").xml
    )
    assert "submission_url、public_key" in found.notes[0]


SURVEY = [["type", "name", "label"], ["text", "t", "甲"]]


def repacked(data: bytes, name: str, content: bytes) -> bytes:
    """The same workbook with one member replaced or added."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return file.getvalue()


def bombs():
    plain = make_workbook(survey=SURVEY)
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><sst>&b;</sst>'
    return {
        "nothing": (b"", "空"),
        "text": (b"survey,type\n", "需要的是"),
        "no survey": (make_workbook(choices=[["list_name"], ["a"]], other=[["x"]]), "survey"),
        "empty survey": (make_workbook(survey=[["type", "name", "label"]]), "survey"),
        "damaged": (plain[:-200], "认不出"),
        "broken member": (repacked(plain, "xl/workbook.xml", b"<workbook"), "打不开"),
        "entities": (repacked(plain, "xl/sharedStrings.xml", entity), "实体"),
        "entities in UTF-16": (repacked(plain, "xl/sharedStrings.xml", entity.decode().encode("utf-16")), "实体"),
        "zip bomb": (repacked(plain, "xl/media/a.xml", b"<" * 60_000_000), "解压"),
        "10,000 rows": (
            make_workbook(survey=[SURVEY[0], *[["text", f"t{n}", "甲"] for n in range(10_000)]]),
            "10000 行",
        ),
        "no type": (make_workbook(survey=[["name", "label"], ["t", "甲"]]), "pyxform"),
        "external file": (make_workbook(survey=[SURVEY[0], ["begin group", "g", "甲"]]), "pyxform"),
    }


@pytest.mark.parametrize("name", list(bombs()))
def test_workbook_that_is_none_is_refused_with_the_reason(name):
    data, words = bombs()[name]
    with pytest.raises(UserError, match=words):
        import_workbook(data, notice=NOTICE)


def test_formulas_and_links_are_not_followed_and_said():
    book = make_workbook(
        survey=[["type", "name", "label"], ["text", "t", '=WEBSERVICE("http://127.0.0.1/")'], ["text", "u", "乙"]]
    )
    book = repacked(book, "xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    found = import_workbook(book, notice=NOTICE, title="t")
    assert [note[:8] for note in found.notes[:2]] == ["工作簿里有公式：", "工作簿链接了别的"]
    assert "WEBSERVICE" not in str(found.definition)


def test_workbook_without_a_notice_asks_for_one():
    with pytest.raises(UserError, match="个人信息告知"):
        import_workbook(make_workbook(survey=SURVEY))


CELLS = st.text(max_size=6) | st.sampled_from(["yes", "${q0}", "1.5", "x y", "😀", "true()", "2026-01-05", "\x1b"])
TEXT_CELLS = dict.fromkeys(("label", "hint", "default", "appearance", "xiangli_name", "xiangli_lines"), CELLS)
LOGIC = st.sampled_from(
    ["${q0} = 'a'", ". > 3", ". >= 1 and . <= 20", "selected(${q0}, 'a')", "not(selected(${q0}, 'b'))", "not(",
     "true()",
     "${q0} != ''", "1 + 1 = 2", "yes", "(${q0} = 'a' or ${q0} = 'b') and true()"]
)  # fmt: skip
ASKED = st.sampled_from(
    ["text", "integer", "decimal", "date", "note", "calculate", "select_one ab", "select_multiple ab", "range",
     "geopoint",
     "select_one ab or_other", "rank ab", "image", "start", "audit", "acknowledge", "dateTime", "hidden", "odd"]
)  # fmt: skip
LOGICAL = dict.fromkeys(("relevant", "constraint", "required", "calculation", "choice_filter", "readonly"), LOGIC)
OTHERS = {"label::English (en)": CELLS, "xiangli_role": st.sampled_from(["need", "age", "odd"])}
ROWS = st.tuples(ASKED, st.fixed_dictionaries({}, optional={**TEXT_CELLS, **LOGICAL, **OTHERS}))
WRAPS = st.sampled_from([None, "group", "repeat"])


@settings(max_examples=60)
@given(st.lists(ROWS, min_size=1, max_size=5), WRAPS, CELLS, CELLS)
def test_any_workbook_is_imported_or_refused_in_words(rows, wrap, label, title):
    survey = [{"type": kind, "name": f"q{at}", **cells} for at, (kind, cells) in enumerate(rows)]
    if wrap:
        survey[1:1] = [{"type": f"begin {wrap}", "name": "g", "label": label}]
        survey.append({"type": f"end {wrap}"})
    choices = [{"list_name": "ab", "name": name, "label": label} for name in "ab"]
    book = {"survey": survey, "choices": choices, "settings": [{"form_title": title}]}
    book = {sheet: [{k: v for k, v in row.items() if v} for row in lines] for sheet, lines in book.items()}
    try:
        definition, _ = definition_of_book(book, notice=NOTICE, title="t")
    except UserError:
        return
    assert clean_questionnaire(definition) == definition
    assert xform_of(definition, form_id="a", version="1", title="t").xml
    assert import_workbook(export_workbook(definition, form_id="a", version="1")).definition == definition
