"""Marks of an earlier version's sheet in terms of today's questionnaire."""

from xiangli.surveys.versions import carried_over


def asks(label, **options):
    return {"name": "q", "label": label, "options": [{"name": name, "label": said} for name, said in options.items()]}


PRINTED = {"questions": [asks("要什么", a="食堂", b="下棋", c="量血压")]}


def test_option_with_the_same_words_is_kept_under_its_new_name():
    today = {"questions": [asks("要什么？", a="理发", x="食堂", c="量 血压")]}
    assert carried_over(PRINTED, today, {"q": ["a", "c"]}) == ({"q": ["x", "c"]}, [])


def test_option_whose_name_was_given_to_other_words_is_named_as_printed():
    today = {"questions": [asks("要什么", a="食堂", b="打太极")]}
    assert carried_over(PRINTED, today, {"q": ["a", "b", "c"]}) == (
        {"q": ["a"]}, [("要什么", "下棋"), ("要什么", "量血压")],
    )  # fmt: skip


def test_question_that_is_gone_or_asks_something_else_is_named():
    for questions in ([], [asks("不要什么", a="食堂", b="下棋")], [{**asks("要什么", a="食堂"), "name": "other"}]):
        assert carried_over(PRINTED, {"questions": questions}, {"q": ["a"]}) == ({}, [("要什么", "食堂")])


def test_mark_that_the_layout_does_not_know_is_named_by_its_name():
    assert carried_over({"questions": []}, PRINTED, {"q": ["a"]}) == ({}, [("q", "a")])
