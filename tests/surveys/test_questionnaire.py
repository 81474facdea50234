import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.surveys.factories import make_definition
from xiangli.core.errors import UserError
from xiangli.core.redaction import BLACKED_OUT
from xiangli.surveys.channels import for_paper, gaps, in_language, language_tag, languages
from xiangli.surveys.questionnaire import category, check_answers, clean_questionnaire, find, grouping

BASE = {"title": "问卷", "notice": "谁在处理、做什么用"}


def questionnaire(*questions, **more):
    return clean_questionnaire({**BASE, "questions": list(questions), **more})


def single(name="age", role=None, *options, kind="single"):
    options = options or ("a", "b")
    return {
        "name": name, "kind": kind, "label": name, **({"role": role} if role else {}),
        "options": [{"name": option, "label": option.upper()} for option in options],
    }  # fmt: skip


def test_questionnaire_keeps_roles_services_and_categories():
    clean = clean_questionnaire(make_definition("canteen"))
    assert find(clean, "needs")["options"][0]["service"] == "canteen"
    assert find(clean, "needs")["options"][1]["exclusive"] is True
    assert [option["band"] for option in find(clean, "band")["options"]] == ["morning", "afternoon", "evening", "any"]
    assert grouping(clean)["name"] == "age"
    assert category(find(clean, "age"), {"age": "70+"}) == "70+"
    assert clean_questionnaire(clean) == clean


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        ([single("q", "mood")], "mood"),
        ([single("q", "sex", kind="multiple")], "不能用来问"),
        ([single("q", "band", "noon")], "时段"),
        ([single("q", "age"), single("r", "age")], "只能有一道题"),
        ([{"name": "q", "kind": "text", "label": "q", "role": "need"}], "不能用来问"),
    ],
)
def test_questionnaire_refuses_a_wrong_role_and_names_it(questions, words):
    with pytest.raises(UserError, match=words):
        questionnaire(*questions)


def test_questionnaire_refuses_groups_by_a_question_that_is_not_there():
    with pytest.raises(UserError, match="needs_by"):
        questionnaire(single("q"), needs_by="nothing")


def test_answers_are_recognised_by_name_and_by_label():
    definition = questionnaire(single("q", None, "a", "b"), single("m", None, "x", "y", kind="multiple"))
    assert check_answers(definition, {"q": "B", "m": "Y；x"}).answers == {"q": "b", "m": ["x", "y"]}


def test_answers_that_cannot_be_used_are_reported_with_their_question():
    definition = questionnaire(single("q"), {"name": "n", "kind": "number", "label": "几口人", "min": 1, "max": 20})
    checked = check_answers(definition, {"q": ["a", "b"], "n": "99"})
    assert checked.answers == {}
    assert checked.problems == [("q", "选了不止一个"), ("几口人", "99 超出了范围（1–20）")]


def test_required_question_without_answer_is_a_problem():
    definition = questionnaire({**single("q"), "required": True})
    assert check_answers(definition, {}).problems == [("q", "没有回答")]


def test_number_is_read_in_full_width_digits_too():
    definition = questionnaire({"name": "n", "kind": "number", "label": "n"})
    assert check_answers(definition, {"n": "１２"}).answers == {"n": 12}


def test_written_words_are_kept_apart_and_without_identity_numbers():
    definition = questionnaire({"name": "say", "kind": "text", "label": "话"})
    checked = check_answers(definition, {"say": "我是 11010519491231002X 的"})
    assert checked.answers == {}
    assert checked.texts == {"say": f"我是 {BLACKED_OUT} 的"}


@given(
    st.dictionaries(st.sampled_from(["q", "m", "n", "say"]), st.text() | st.floats() | st.lists(st.text(max_size=3)))
)
def test_answers_never_hold_what_the_questionnaire_does_not_offer(raw):
    definition = questionnaire(
        single("q"), single("m", kind="multiple"), {"name": "n", "kind": "number", "label": "n"},
        {"name": "say", "kind": "text", "label": "say"},
    )  # fmt: skip
    answers = check_answers(definition, raw).answers
    assert answers.get("q", "a") in ("a", "b")
    assert set(answers.get("m", [])) <= {"a", "b"}
    assert answers.get("n", 0) == answers.get("n", 0)


@pytest.mark.parametrize(
    ("rule", "clean"),
    [
        ({"question": "q", "in": ["a"]}, {"question": "q", "is": "a"}),
        ({"any": [{"question": "q", "is": "a"}, {"question": "q", "is": "b"}]}, {"question": "q", "in": ["a", "b"]}),
        ({"all": [{"question": "q", "is_not": "a"}]}, {"question": "q", "is_not": "a"}),
    ],
)
def test_skip_rule_has_one_shape(rule, clean):
    asked = {"name": "t", "kind": "text", "label": "t", "relevant": rule}
    assert find(questionnaire(single("q"), asked), "t")["relevant"] == clean


@pytest.mark.parametrize(
    "rule",
    [
        {"question": "later", "is": "a"},
        {"question": "q", "is": "z"},
        {"question": "q", "at_least": 1},
        {"question": "q"},
        {"question": "q", "in": []},
        {"any": []},
        {"all": "q"},
        "q = 'a'",
    ],
)
def test_skip_rule_that_cannot_be_followed_is_refused(rule):
    with pytest.raises(UserError, match="第 2 题的跳答条件"):
        questionnaire(single("q"), {"name": "t", "kind": "text", "label": "t", "relevant": rule}, single("later"))


def test_skip_rule_is_said_in_plain_words():
    rule = {"all": [{"question": "q", "is": "a"}, {"question": "n", "at_least": 60}]}
    definition = questionnaire(
        single("q"), {"name": "n", "kind": "number", "label": "n"},
        {"name": "t", "kind": "text", "label": "t", "relevant": rule},
    )  # fmt: skip
    assert (
        for_paper(definition)["questions"][2]["hint"]
        == "第 1 题选了“A”，并且第 2 题填了 60 或以上的，请答这一题；其他人跳过。"
    )


def test_what_paper_cannot_carry_is_named_and_left_out():
    emoji = {"name": "face", "kind": "text", "label": "高兴吗🙂"}
    many = single("many", None, *[f"o{n}" for n in range(61)])
    after = {"name": "t", "kind": "text", "label": "t", "relevant": {"question": "many", "is": "o1"}}
    day = {"name": "day", "kind": "date", "label": "哪天"}
    definition = questionnaire(emoji, many, after, day)
    assert [(gap.where, gap.label) for gap in gaps(definition)] == [("纸质问卷", "高兴吗🙂"), ("纸质问卷", "many")]
    assert [(q["name"], q["kind"], q["hint"][:5]) for q in for_paper(definition)["questions"]] == [
        ("t", "text", ""), ("day", "text", "写年、月、"),
    ]  # fmt: skip


def test_date_is_read_as_people_write_it():
    definition = questionnaire({"name": "d", "kind": "date", "label": "哪天"})
    for said in ("2026-1-5", "2026年1月5日", "２０２６／０１／０５", "2026-01-05T10:00:00", "2026.1.5"):
        assert check_answers(definition, {"d": said}).answers == {"d": "2026-01-05"}
    for said in ("2026-13-01", "昨天", "1-5", "2026-02-30"):
        assert check_answers(definition, {"d": said}).problems == [("哪天", f"“{said}”不是日期（如 2026-01-05）")]


def test_texts_are_shown_in_the_chosen_language_where_there_is_one():
    question = single("q") | {"translations": {"English (en)": {"label": "Which?"}}}
    definition = questionnaire(question, single("r"))
    assert languages(definition) == ["简体中文 (zh-Hans)", "English (en)"]
    assert [q["label"] for q in in_language(definition, "English (en)")["questions"]] == ["Which?", "r"]
    assert language_tag("English (en)") == "en"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"question": "q", "in": ["a", "a"]}, {"question": "q", "is": "a"}),
        ({"any": [{"question": "q", "is": "a"}, {"question": "q", "is": "a"}]}, {"question": "q", "is": "a"}),
        ({"any": [{"question": "q", "is": "a"}, {"question": "q", "is": "b"}]}, {"question": "q", "in": ["a", "b"]}),
    ],
)
def test_skip_rule_is_kept_in_one_form_however_it_is_said(said, kept):
    definition = questionnaire(single("q"), {**single("r"), "relevant": said})
    assert definition["questions"][1]["relevant"] == kept


def test_paper_of_a_traditional_questionnaire_has_our_own_words_in_traditional():
    question = {
        "name": "q1",
        "kind": "single",
        "label": "您最需要哪些服務？",
        "options": [{"name": "a", "label": "理髮"}],
    }
    day = {"name": "day", "kind": "date", "label": "哪天來"}
    asked = {"title": "服務需求調查", "notice": "只用於安排服務", "questions": [question, day]}
    printed = for_paper(clean_questionnaire(asked))
    assert (printed["script"], printed["voluntary"]) == ("hant", "")
    assert printed["questions"][1]["hint"].startswith("寫年、月、日")
    assert for_paper(clean_questionnaire({**asked, "voluntary": "填不填都行"}))["voluntary"] == "填不填都行"
    simple = {"title": "服务需求调查", "notice": "只用于安排服务", "questions": [{**question, "label": "您要什么服务"}]}
    assert for_paper(clean_questionnaire(simple))["script"] == "hans"
