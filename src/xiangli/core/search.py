"""Words for searching Chinese without a dictionary: overlapping pairs of characters.

The full-text engines of both databases find nothing for words of two characters when they split text on their own.
An own column of pairs, searched as phrases, finds every one. Simplified and Traditional, full and half width, upper and
lower case are the same.

    index:  "百姓食堂" -> "百姓 姓食 食堂 堂"    (the last character alone: single ones are found by prefix)
    query:  "食堂"     -> "食堂"                 "百姓食" -> the phrase "百姓 姓食"          "堂" -> the prefix 堂*
"""

import re
import unicodedata

from xiangli.core.chinese import to_simplified

_HAN = "㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff〇"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(f"[{_HAN}]")
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}


def half_width(text: str) -> str:
    """Full-width letters, digits, signs and spaces as plain ones: １２３ＡＢ -> 123AB. Chinese punctuation that has a
    plain twin (，：！) changes too, so use it on codes and numbers, not on prose."""
    return text.translate(_WIDE)


def normalise(text: str) -> str:
    """The form in which texts are compared: compatibility forms folded, lower case, Simplified."""
    return to_simplified(unicodedata.normalize("NFKC", text).casefold())


def _runs(text: str) -> list[str]:
    return _RUN.findall(normalise(text))


def index_tokens(text: str) -> list[str]:
    """Tokens of a text for the search column, in order."""
    tokens = []
    for run in _runs(text):
        if _IS_HAN.match(run):
            tokens += [run[at : at + 2] for at in range(len(run) - 1)]
            tokens.append(run[-1])
        else:
            tokens.append(run)
    return tokens


def index_text(text: str) -> str:
    """The search column of a text: its tokens with spaces between."""
    return " ".join(index_tokens(text))


def query_phrases(text: str) -> list[tuple[list[str], bool]]:
    """What to look for: (tokens that must follow each other, whether the last one is only the beginning of a token)."""
    phrases: list[tuple[list[str], bool]] = []
    for run in _runs(text):
        if not _IS_HAN.match(run) or len(run) == 1:
            phrases.append(([run], True))
        else:
            phrases.append(([run[at : at + 2] for at in range(len(run) - 1)], False))
    return phrases


def fts5_query(text: str) -> str:
    """A query for SQLite's FTS5 (tokenizer unicode61 over :func:`index_text`); "" where nothing can be searched for."""
    return " AND ".join(f'"{" ".join(tokens)}"{" *" if prefix else ""}' for tokens, prefix in query_phrases(text))


def tsquery(text: str) -> str:
    """A query for PostgreSQL's ``to_tsquery('simple', …)``; "" where nothing can be searched for."""
    return " & ".join(
        f"({' <-> '.join(tokens)}{':*' if prefix else ''})"
        if len(tokens) > 1
        else f"{tokens[0]}{':*' if prefix else ''}"
        for tokens, prefix in query_phrases(text)
    )
