"""Which languages a questionnaire can be printed in, and what is then on the paper."""

import pytest

from xiangli.core.chinese import converter
from xiangli.core.errors import UserError
from xiangli.surveys.channels import HANS, for_paper
from xiangli.surveys.paper_languages import HANT, for_paper_in, in_own_words, paper_language, paper_languages
from xiangli.surveys.questionnaire import clean_questionnaire

ENGLISH, UYGHUR = "English (en)", "维吾尔语 (ug)"


def asked(**more):
    """One question in Chinese and partly in English."""
    return clean_questionnaire(
        {
            "title": "办什么", "notice": "镇政府办，电话 0379-0000。", "intro": "请填写。",
            "translations": {ENGLISH: {"title": "What to run"}},
            "questions": [
                {
                    "name": "needs", "kind": "single", "label": "您要什么",
                    "translations": {ENGLISH: {"label": "What do you need"}},
                    "options": [
                        {"name": "a", "label": "食堂", "translations": {ENGLISH: {"label": "A canteen"}}},
                        {"name": "b", "label": "图书"},
                    ],
                }
            ],
        }
        | more
    )  # fmt: skip


def test_languages_are_the_own_the_translated_and_traditional():
    assert paper_languages(asked()) == {HANS: "", ENGLISH: "en", HANT: "zh-Hant"}


def test_traditional_is_not_offered_to_what_is_written_in_it():
    hant = clean_questionnaire(
        {"title": "辦什麼", "notice": "鎮政府", "questions": [{"name": "q", "kind": "text", "label": "說說"}]}
    )
    assert list(paper_languages(hant)) == [HANS]


def test_language_without_a_tag_gets_one_that_stays():
    definition = asked(translations={"苗语": {"title": "Zos"}, "English UK (en)": {"title": "What to run"}})
    tags = paper_languages(definition)
    assert tags["苗语"] == "x-8b7d9eb9"
    assert len(set(tags.values())) == len(tags) == 5


@pytest.mark.parametrize(
    ("given", "name"),
    [("", HANS), ("zh-Hans", HANS), (HANS, HANS), ("EN", ENGLISH), (ENGLISH, ENGLISH), (" zh-hant ", HANT)],
)
def test_language_is_known_by_name_or_tag(given, name):
    assert paper_language(asked(), given) == name


def test_language_that_the_questionnaire_lacks_is_named_with_those_there_are():
    with pytest.raises(UserError, match=r"没有“fr”，可用的语言：.*English \(en\)、繁體中文 \(zh-Hant\)"):
        paper_language(asked(), "fr")


def test_what_has_no_translation_is_printed_in_the_own_language():
    printed = for_paper_in(asked(), ENGLISH)
    (question,) = printed["questions"]
    assert printed["script"] == "en"
    assert (printed["title"], printed["intro"]) == ("What to run", "请填写。")
    assert question["label"] == "What do you need"
    assert [option["label"] for option in question["options"]] == ["A canteen", "图书"]


def test_traditional_sheets_are_traditional_throughout_and_names_stay_right():
    printed = for_paper_in(asked(title="台荫办什么"), HANT, converter({"台荫": "台荫"}).text)
    assert (printed["script"], printed["title"], printed["voluntary"]) == ("hant", "台荫辦什麼", "自願填寫，非統計調查")
    assert printed["questions"][0]["options"][1]["label"] == "圖書"


def test_language_that_the_font_cannot_print_is_refused_by_name():
    definition = asked()
    definition["questions"][0]["translations"][UYGHUR] = {"label": "نېمە كېرەك"}
    with pytest.raises(UserError, match=r"“维吾尔语 \(ug\)”印不了：“نېمە كېرەك”"):
        for_paper_in(definition, UYGHUR)


def test_layout_keeps_the_own_words_for_those_who_judge():
    printed = for_paper_in(asked(), ENGLISH)
    layout = {"title": printed["title"], "pages": [], "questions": printed["questions"]}
    kept = in_own_words(layout, asked())
    assert (kept["title"], kept["questions"][0]["label"]) == ("办什么", "您要什么")
    assert [option["label"] for option in kept["questions"][0]["options"]] == ["食堂", "图书"]


def test_our_own_words_are_english_on_an_english_sheet():
    both = [{"name": "y", "label": "Yes"}, {"name": "n", "label": "No"}]
    three = [{"question": "n", "above": 3}, {"question": "q", "in": ["y", "n"]}, {"question": "n", "is_not": 1}]
    questions = [
        {"name": "q", "kind": "multiple", "label": "Been there?", "options": both},
        {"name": "n", "kind": "number", "label": "How many", "relevant": {"question": "q", "is": "y"}},
        {"name": "d", "kind": "date", "label": "When", "relevant": {"any": three}},
        {"name": "t", "kind": "text", "label": "Why", "relevant": {"question": "d", "answered": True}},
    ]  # fmt: skip
    printed = for_paper(asked(language=ENGLISH, translations={}, questions=questions))
    assert (printed["script"], printed["voluntary"]) == ("en", "")
    assert [question["hint"] for question in printed["questions"]] == [
        "",
        "Only if you chose “Yes” in question 1.",
        "Year, month and day, as 2026-01-05. Only if you wrote more than 3 in question 2, or you chose “Yes” or “No” in"
        " question 1, or you wrote something else than 1 in question 2.",
        "Only if you gave an answer in question 3.",
    ]


def test_voluntary_line_of_a_translated_sheet_is_ours_in_english_where_it_has_no_translation():
    assert for_paper_in(asked(), ENGLISH)["voluntary"] == ""
    own = asked(translations={ENGLISH: {"title": "t", "voluntary": "As you like."}})
    assert for_paper_in(own, ENGLISH)["voluntary"] == "As you like."
