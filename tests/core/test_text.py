import pytest

from xiangli.core.paper import without_ornament
from xiangli.core.text import visible


@pytest.mark.parametrize(
    ("pasted", "seen"),
    [
        ("井盖松了\n谢谢\t。", "井盖松了\n谢谢\t。"),
        ("第一行\x0b第二行\u2028第三行", "第一行 第二行 第三行"),
        ("\u202d0379-0000\u202c", "0379-0000"),
        ("\ufeff陆村\u200b社区\x01", "陆村社区"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("留下\0不管", "留下\0不管"),
    ],
)
def test_unseen_characters_are_taken_out(pasted, seen):
    assert visible(pasted) == seen


def test_paper_leaves_out_emoji_and_keeps_letters_it_lacks():
    data = {"lines": ["停电😀\ufe0f检修👍🏽", {"name": "𠮷①村"}], "shrink": 0.88}
    assert without_ornament(data) == {"lines": ["停电检修", {"name": "𠮷①村"}], "shrink": 0.88}
