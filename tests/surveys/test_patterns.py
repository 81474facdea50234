import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from xiangli.surveys.patterns import Seen, find_patterns

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SCALE = [{"name": str(n), "label": word} for n, word in enumerate(("满意", "一般", "不满意"))]
DEFINITION = {
    "questions": [
        *({"name": f"s{n}", "label": f"题{n}", "kind": "scale", "options": SCALE} for n in range(5)),
        {"name": "age", "label": "年龄", "kind": "number", "options": []},
        {"name": "say", "label": "话", "kind": "text", "options": []},
    ]
}


def people(n, seed=1):
    """Independent people: nothing to be seen in them."""
    chance = random.Random(seed)
    return [{**{f"s{q}": chance.choice("012") for q in range(5)}, "age": chance.randrange(18, 90)} for _ in range(n)]


def kinds(rows):
    return {found.kind: found for found in find_patterns(DEFINITION, rows)}


def test_independent_people_show_no_pattern():
    rows = [Seen(n, answers, hand="7", sheet=n) for n, answers in enumerate(people(200))]
    assert find_patterns(DEFINITION, rows) == []


def test_one_of_many_who_is_pleased_throughout_is_chance_and_a_whole_village_is_not():
    rows = [Seen(n, answers) for n, answers in enumerate(people(400))]
    assert [found.kind for found in find_patterns(DEFINITION, rows)] == []
    pleased = [Seen(n, {**{f"s{q}": "0" for q in range(5)}, "age": n % 60}) for n in range(20)]
    assert [found.kind for found in find_patterns(DEFINITION, pleased)] == ["straight"]


def test_identical_sheets_are_listed_once_with_their_answers():
    rows = [Seen(n, answers) for n, answers in enumerate(people(60))]
    copies = [Seen(100 + n, rows[0].answers) for n in range(4)]
    found = kinds([*rows, *copies])["identical"]
    assert (found.keys, found.text) == ((0, 100, 101, 102, 103), "5 份答卷每一题都一样")


def test_village_of_copies_is_not_excused_by_its_own_shares():
    copies = [Seen(n, people(1)[0]) for n in range(12)]
    others = [Seen(100 + n, answers) for n, answers in enumerate(people(60, seed=2))]
    (found,) = [one for one in find_patterns(DEFINITION, copies, copies + others) if one.kind == "identical"]
    assert (len(found.keys), found.text) == (12, "12 份答卷每一题都一样，本村一共才 12 份")
    assert [one.kind for one in find_patterns(DEFINITION, copies)] == ["identical"]  # nobody to compare with
    agreed = [Seen(200 + n, people(1)[0]) for n in range(60)]  # elsewhere everybody says the same: so be it
    assert find_patterns(DEFINITION, copies, agreed + copies) == []


def test_short_questionnaires_do_not_fill_the_list():
    """Two questions with two answers each: everybody agrees with a quarter of the village."""
    definition = {"questions": [{**q, "kind": "single"} for q in DEFINITION["questions"][:2]]}
    rows = [Seen(n, {"s0": "01"[n % 2], "s1": "01"[n // 2 % 2]}) for n in range(80)]
    assert find_patterns(definition, rows) == []


def test_sheets_in_a_row_that_hardly_differ_look_like_one_hand():
    rows = [Seen(n, answers, sheet=n) for n, answers in enumerate(people(60))]
    same = people(1, seed=9)[0]
    run = [Seen(200 + n, {**same, f"s{n}": "012"[n % 3]} if n % 2 else same, sheet=200 + n) for n in range(5)]
    found = kinds([*rows, *run])["one_hand"]
    assert (found.keys, found.text) == ((200, 201, 202, 203, 204), "5 份编号相连的答卷几乎一样")


def test_straight_lining_is_one_entry_for_each_answer():
    rows = [Seen(n, answers) for n, answers in enumerate(people(30))]
    pleased = [Seen(50 + n, {**{f"s{q}": "0" for q in range(5)}, "age": 20 + n}) for n in range(7)]
    (found,) = [one for one in find_patterns(DEFINITION, [*rows, *pleased]) if one.kind == "straight"]
    assert (found.keys, found.text) == (tuple(range(50, 57)), "7 份答卷的 5 道题全选“满意”")


def test_impossible_pace_is_seen_from_the_form_and_from_the_desk():
    answers = people(8)
    fast = [
        Seen(n, answers[n], at=NOON + timedelta(hours=n), begun=NOON + timedelta(hours=n, seconds=-10)) for n in (0, 1)
    ]
    slow = [Seen(2, answers[2], at=NOON, begun=NOON - timedelta(minutes=3))]
    desk = [Seen(3 + n, answers[3 + n], hand="7", at=NOON + timedelta(seconds=9 * n)) for n in range(3)]
    found = [one for one in find_patterns(DEFINITION, [*fast, *slow, *desk]) if one.kind == "pace"]
    assert [one.keys for one in found] == [(0, 1), (3, 4, 5)]


def test_a_finding_is_known_again_by_its_answers():
    rows = [Seen(n, answers) for n, answers in enumerate(people(40))]
    copies = [Seen(100 + n, rows[0].answers) for n in range(3)]
    before, again = kinds([*rows, *copies])["identical"], kinds([*rows, *copies])["identical"]
    more = kinds([*rows, *copies, Seen(110, rows[0].answers)])["identical"]
    assert before.digest == again.digest != more.digest


@settings(max_examples=30)
@given(st.lists(st.dictionaries(st.sampled_from(["s0", "s1", "s2", "s3", "s4"]), st.sampled_from("012")), max_size=30))
def test_patterns_only_name_answers_that_are_there(answers):
    rows = [Seen(n, one, hand="1", at=NOON) for n, one in enumerate(answers)]
    for found in find_patterns(DEFINITION, rows):
        assert set(found.keys) <= set(range(len(rows)))
        assert len(set(found.keys)) == len(found.keys) >= 1
