"""The form that ODK Collect downloads."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.surveys.factories import make_definition
from xiangli.surveys.questionnaire import clean_questionnaire
from xiangli.surveys.xlsform import xform_of

XF = "{http://www.w3.org/2002/xforms}"
BASE = {"title": "问卷", "notice": "谁在处理、做什么用"}


def form(definition, **about):
    about = {"form_id": "abc", "version": "3", "title": "办什么？", **about}
    return xform_of(clean_questionnaire(definition), **about)


def faults(odk_validate: Callable[..., dict[str, str]], folder: Path, *forms: str) -> dict[str, str]:
    """What ODK Validate has against the forms, by file."""
    paths = [folder / f"form{number}.xml" for number in range(len(forms))]
    for path, form in zip(paths, forms, strict=True):
        path.write_text(form, encoding="utf-8")
    return odk_validate(*paths)


def test_xform_carries_id_version_and_instance_id():
    root = ElementTree.fromstring(form(make_definition()).xml)
    data = root.find(f".//{XF}instance/*")
    assert (data.get("id"), data.get("version")) == ("abc", "3")
    assert data.find(f"{XF}meta/{XF}instanceID") is not None
    assert [child.tag.removeprefix(XF) for child in data][2:-3] == ["needs", "band", "sex", "age", "group", "say"]


def test_xform_shows_the_notice_and_the_voluntary_line_first():
    definition = clean_questionnaire(make_definition())
    root = ElementTree.fromstring(form(definition).xml)
    notes = [element.findtext(f"{XF}label") for element in root.iter(f"{XF}input")][:2]
    assert notes == [definition["notice"], definition["voluntary"]]


def test_xform_keeps_chinese_quotes():
    xml = form({**BASE, "questions": [{"name": "q", "kind": "text", "label": "说说“老”地方"}]}, title="“新”问卷").xml
    assert "说说“老”地方" in xml
    assert "<h:title>“新”问卷</h:title>" in xml


@pytest.mark.parametrize("name", ["年龄", "1st", "my name", "meta", "xml", "q2", "a" * 64])
def test_xform_replaces_names_that_xml_refuses(name):
    questions = [{"name": name, "kind": "text", "label": "甲"}, {"name": "q1", "kind": "number", "label": "乙"}]
    data = ElementTree.fromstring(form({**BASE, "questions": questions}).xml).find(f".//{XF}instance/*")
    names = [child.tag.removeprefix(XF) for child in data][2:-3]
    assert len(set(names)) == 2
    assert all(part.isascii() and " " not in part for part in names)
    assert names[1] == "q1"


def test_label_that_looks_like_a_reference_is_only_text():
    assert "＄{nobody}" in form({**BASE, "questions": [{"name": "q", "kind": "text", "label": "${nobody} <b>&"}]}).xml


def test_odk_validate_accepts_the_standard_form(odk_validate, tmp_path):
    assert faults(odk_validate, tmp_path, form(make_definition()).xml) == {}
