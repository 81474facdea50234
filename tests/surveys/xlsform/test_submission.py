"""What comes back from ODK Collect, honest or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.surveys.factories import make_definition
from xiangli.surveys.questionnaire import check_answers, clean_questionnaire
from xiangli.surveys.xlsform import SubmissionError, read_submission

DEFINITION = clean_questionnaire(make_definition())
SPACE = 'xmlns="http://www.w3.org/2002/xforms" xmlns:orx="http://openrosa.org/xforms"'


def sent(body: str, *, about: str = f'id="abc" version="3" {SPACE}', meta: str | None = None) -> bytes:
    meta = "<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta>" if meta is None else meta
    return f'<?xml version="1.0" encoding="UTF-8"?><data {about}>{body}{meta}</data>'.encode()


def test_submission_is_read_into_what_the_questionnaire_checks():
    got = read_submission(DEFINITION, sent("<needs>canteen chess</needs><age>70+</age><say>多晒 太阳</say><band/>"))
    assert (got.form_id, got.version, got.instance_id, got.deprecated_id) == ("abc", "3", "uuid:1", "")
    assert got.raw == {"needs": ["canteen", "chess"], "age": "70+", "say": "多晒 太阳"}
    checked = check_answers(DEFINITION, got.raw)
    assert (checked.answers, checked.problems) == ({"needs": ["canteen", "chess"], "age": "70+"}, [])


def test_submission_without_namespaces_and_with_plain_meta_is_read():
    meta = "<meta><instanceID>uuid:2</instanceID><deprecatedID>uuid:1</deprecatedID></meta>"
    got = read_submission(DEFINITION, sent("<sex>女</sex>", about='id="abc"', meta=meta))
    assert (got.instance_id, got.deprecated_id, got.raw) == ("uuid:2", "uuid:1", {"sex": "女"})


def test_names_and_options_that_xml_refuses_come_back_as_they_were():
    options = [{"name": "要 这个", "label": "a"}, {"name": "b", "label": "b"}]
    wanted = {"name": "想要", "kind": "multiple", "label": "x", "options": options}
    questions = [{"name": "年龄", "kind": "number", "label": "年龄"}, wanted]
    definition = clean_questionnaire({"title": "t", "notice": "n", "questions": questions})
    got = read_submission(definition, sent("<q1>61</q1><q2>b o1</q2>"))
    assert got.raw == {"年龄": 61, "想要": ["b", "要 这个"]}


def test_elements_that_are_no_question_are_handed_over_apart():
    got = read_submission(
        DEFINITION, sent("<kid><n>a</n></kid><kid><n>b</n></kid><where>1 2</where><xiangli_notice>x</xiangli_notice>")
    )
    assert (got.raw, got.other) == ({}, {"kid/n": "a", "kid/n[2]": "b", "where": "1 2"})


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "XML"),
        (b"<a", "XML"),
        (b"\xff\xfe\x00", "XML"),
        (b'<?xml version="1.0" encoding="nothing"?><a/>', "XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a id="1">&b;</a>', "DTD"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a id="1"/>', "DTD"),
        (b'<a id="1">&b;</a>', "XML"),
        (sent("", about=SPACE), "id"),
        (sent("", meta=""), "instanceID"),
        (sent("<base64EncryptedKey>x</base64EncryptedKey>"), "加密"),
        (sent("<a/>" * 6000), "太多"),
        (sent("<a>" * 60 + "</a>" * 60), "太深"),
        (b" " * 5_000_001, "MB"),
    ],
)
def test_submission_that_cannot_be_read_is_refused_with_the_reason(document, words):
    with pytest.raises(SubmissionError, match=words):
        read_submission(DEFINITION, document)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda body: sent(body)))
def test_submission_of_any_bytes_is_read_or_refused(document):
    try:
        got = read_submission(DEFINITION, document)
    except SubmissionError:
        return
    assert got.instance_id
