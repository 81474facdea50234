"""Simplified and Traditional Chinese: conversion that leaves names right, of texts and of whole HTML pages.

OpenCC's ``s2tw`` is used: the character forms that both Taiwan and Hong Kong readers take as normal (為 群 眾 床 裡),
without replacing mainland vocabulary. ``s2t`` gives forms nobody prints today (爲 羣 牀 麪), ``s2hk`` gives 裏 and 衞.

OpenCC converts by context and is wrong where a name has no context: 台荫 于秀英 岳滩 范小兵. Names are therefore
passed in as ``protected``: text -> its Traditional form, or "" to have it derived by :func:`traditional_name`.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

TO_TRADITIONAL = "s2tw"
TO_SIMPLIFIED = "t2s"

# Words of the trade that OpenCC gets wrong, or right only by luck of its word division. Simplified -> Traditional.
USER_DICTIONARY = {
    "理发": "理髮",
    "理发室": "理髮室",
    "洗发": "洗髮",
    "台账": "台賬",
    "存折": "存摺",
    "回复": "回覆",
    "答复": "答覆",
    "批复": "批覆",
    "复核": "複核",
    "复印": "複印",
    "公布": "公布",
    "发布": "發布",
    "宣布": "宣布",
    "污染": "污染",
    "污水": "污水",
    "干事": "幹事",
    "余款": "餘款",
    "结余": "結餘",
    "余量": "餘量",
    "占用": "占用",
    "占地": "占地",
    "签到": "簽到",
    "签名": "簽名",
    "签字": "簽字",
    "核实": "核實",
    "家具": "家具",
    "胡同": "胡同",
    "周一": "週一",
    **{f"周周{day}": f"週週{day}" for day in "一二三四五六日"},  # 第 1 周周一
    "人时/周": "人時/週",
    "冲正": "沖正",
    "村里": "村裡",
    "家里": "家裡",
    "乡里乡亲": "鄉里鄉親",
    "天后": "天後",  # "30 天后" stands alone more often than the goddess does
    "天后宫": "天后宮",
    "天后庙": "天后廟",
}

# In a name these characters stay: the other Traditional form belongs to another word (於 "at", 範 "model", 嶽 "peak").
_KEPT_IN_NAMES = frozenset("于范岳台余丑征郁斗几仆干里准咸占采涂")
_KEPT_SURNAMES = frozenset("党种云后")

_MARK = "\x1f"  # stands for a protected name while OpenCC works; controls cannot occur in HTML
_SEPARATOR = "\x1e"
_CONTROLS = re.compile(f"[{_MARK}{_SEPARATOR}]")
_URL = r"https?://[^\s<>\"'，。；）】」]+"
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
_local = threading.local()


def _opencc(configuration: str) -> Callable[[str], str]:
    """OpenCC's converter, made once per thread: it states nothing about being shared."""
    made = _local.__dict__.setdefault("made", {})
    if configuration not in made:
        import opencc

        made[configuration] = opencc.OpenCC(configuration)
    return made[configuration].convert


@lru_cache(maxsize=4096)
def traditional_name(name: str, *, person: bool = False) -> str:
    """A name in Traditional characters, one by one: 台荫 -> 台蔭, 于秀英 -> 于秀英, 陆村 -> 陸村.

    ``person``: the first character is a surname (党 种 云 后 keep their own forms there).
    """
    convert = _opencc(TO_TRADITIONAL)
    out = []
    for position, character in enumerate(name):
        kept = character in _KEPT_IN_NAMES or (person and position == 0 and character in _KEPT_SURNAMES)
        out.append(character if kept else convert(character))
    return "".join(out)


def _any_of(words: list[str]) -> str:
    """A regular expression for any of the words, the longest first, that looks at each character once.

    Every alternative begins with a plain character: only then does ``re`` skip over all other text at full speed.
    """
    root: dict = {}
    for word in words:
        node = root
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}

    def branches(node: dict) -> list[str]:
        return [re.escape(character) + tail(below) for character, below in sorted(node.items()) if character]

    def tail(node: dict) -> str:
        ways = branches(node)
        if not ways:
            return ""
        body = ways[0] if len(ways) == 1 and "" not in node else f"(?:{'|'.join(ways)})"
        return body + "?" if "" in node else body

    return "|".join(branches(root))


class TraditionalConverter:
    """Converts Simplified to Traditional around protected names. Safe to share between threads."""

    def __init__(self, protected: Mapping[str, str]) -> None:
        names = {name: form or traditional_name(name) for name, form in protected.items() if name}
        self._forms = {**USER_DICTIONARY, **names}
        self._pattern = re.compile(f"{_URL}|{_any_of(list(self._forms))}")

    def text(self, text: str) -> str:
        """The text in Traditional characters."""
        return self.texts([text])[0]

    def texts(self, texts: list[str]) -> list[str]:
        """Many texts at the price of one call."""
        if not texts:
            return []
        joined = _SEPARATOR.join(_CONTROLS.sub("", text) for text in texts)
        kept: list[str] = []

        def keep(match: re.Match) -> str:
            kept.append(self._forms.get(match[0], match[0]))
            return _MARK

        marked = self._pattern.sub(keep, joined)
        pieces = _opencc(TO_TRADITIONAL)(marked).split(_MARK)
        whole = "".join(part for pair in zip(pieces, [*kept, ""], strict=True) for part in pair)
        return whole.split(_SEPARATOR)


@lru_cache(maxsize=32)
def _converter(protected: frozenset[tuple[str, str]]) -> TraditionalConverter:
    return TraditionalConverter(dict(protected))


def converter(protected: Mapping[str, str] | None = None) -> TraditionalConverter:
    """The converter for these protected names, made once."""
    return _converter(frozenset((protected or {}).items()))


def to_traditional(text: str, protected: Mapping[str, str] | None = None) -> str:
    """A text in Traditional characters, protected names right."""
    return converter(protected).text(text) if _HAN.search(text) else text


def to_simplified(text: str) -> str:
    """A text in Simplified characters: for searching and for what people type in Traditional."""
    return _opencc(TO_SIMPLIFIED)(text) if _HAN.search(text) else text


@lru_cache(maxsize=4096)
def plain_form(text: str) -> str:
    """In Simplified, half-width, without spaces around: where two writings of one word are the same."""
    return to_simplified(unicodedata.normalize("NFKC", text)).strip()


def is_traditional(text: str) -> bool:
    """Whether a text is written in Traditional characters: more of them would change than the other way round."""
    simplified, traditional = to_simplified(text), to_traditional(text)
    return _changed(text, simplified) > _changed(text, traditional)


def _changed(before: str, after: str) -> int:
    return sum(one != other for one, other in zip(before, after, strict=False))


def html_to_traditional(html: str, protected: Mapping[str, str] | None = None) -> str:
    """A finished HTML page in Traditional characters; see :mod:`xiangli.core.pages` for what is left alone."""
    from xiangli.core.pages import convert_html

    return convert_html(html, converter(protected).texts)
