from xiangli.surveys.likeness import Likeness, bigrams, suggest


def test_bigrams_skip_spaces_punctuation_and_width():
    assert bigrams("办个 食堂。") == bigrams("办个食堂")
    assert set(bigrams("Ａb 1")) == {"ab", "b1"}
    assert set(bigrams("茶")) == {"茶"}
    assert bigrams("。。") == {}


def test_cosine_is_one_for_the_same_words_and_zero_without_common_ones():
    likeness = Likeness(["想打乒乓球", "路灯坏了"])
    ball, lamp = likeness.vector("想打乒乓球"), likeness.vector("路灯坏了")
    assert abs(likeness.cosine(ball, ball) - 1) < 1e-12
    assert likeness.cosine(ball, lamp) == 0


def test_rare_words_weigh_more_than_common_ones():
    texts = ["希望有食堂", "希望有路灯", "希望有球场", "希望有医生"]
    likeness = Likeness(texts)
    here = likeness.vector("希望有路灯")
    assert likeness.cosine(here, likeness.vector("路灯")) > likeness.cosine(here, likeness.vector("希望有"))


def test_suggestions_come_from_the_label_and_from_what_was_coded_before():
    examples = {1: ["修路灯", "晚上太黑看不见"], 2: ["打球的地方"], 3: ["送餐"]}
    texts = ["晚上太黑，老人不敢出门", "想有个打球的地方", "没意见"]
    likeness = Likeness([*texts, *(text for several in examples.values() for text in several)])
    dark, ball, nothing = suggest(texts, examples, likeness)
    assert [code for code, _ in dark] == [1]
    assert ball[0][0] == 2
    assert nothing == []
