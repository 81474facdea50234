"""Finds what a reader reads in a finished HTML page, and has it converted.

Converted: text, and the attributes that are read (title, alt, placeholder, aria-label, …, a submit button's label).
Left alone: script, style, pre, code, textarea and their like; elements marked ``translate="no"`` or ``data-keep``,
whole, but for names of places (``data-name``), which browsers must not translate and we do convert; values of form
fields, because what comes back must be what was stored; addresses.
"""

import re
from collections.abc import Callable

_TAG = re.compile(
    r"<!--.*?-->|<[!?][^>]*>|<(/?)([a-zA-Z][^\s/>]*)((?:[^>\"']*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>",
    re.DOTALL,
)
_RAW = frozenset({"script", "style", "pre", "code", "kbd", "samp", "textarea", "template"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_KEEP = re.compile(r"\s(?:data-keep(?=[\s=/>]|$)|translate\s*=\s*[\"']?no\b)", re.IGNORECASE)
_READ = re.compile(
    r"(\s(?:title|alt|placeholder|label|aria-label|aria-description|aria-roledescription|data-label)\s*=\s*)"
    r"(\"[^\"]*\"|'[^']*')",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(\svalue\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_SUBMIT = re.compile(r"\stype\s*=\s*[\"']?(?:submit|button|reset)\b", re.IGNORECASE)
_NAMED = re.compile(r"\sname\s*=", re.IGNORECASE)
_HAS_VALUE = re.compile(r"\svalue\s*=", re.IGNORECASE)

Converter = Callable[[list[str]], list[str]]


def _end_of(html: str, name: str, start: int) -> int:
    """Where the element ``name`` whose opening tag ends at ``start`` is closed, its like inside it counted."""
    depth = 1
    for match in re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])[^>]*>", re.IGNORECASE).finditer(html, start):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.end()
    return len(html)


def _is_kept(name: str, attributes: str) -> bool:
    """Marked as not to be converted, or an option whose text is what the form sends back."""
    if "data-name" in attributes:
        return False
    if "data-keep" in attributes or "translate" in attributes:  # a quick look before the exact one
        return _KEEP.search(attributes) is not None
    return name == "option" and not _HAS_VALUE.search(attributes)


class _Pieces:
    """A page in pieces, with the places of those to convert."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.to_convert: list[int] = []

    def keep(self, text: str) -> None:
        self.parts.append(text)

    def convert(self, text: str) -> None:
        if text and not text.isascii():
            self.to_convert.append(len(self.parts))
        self.parts.append(text)

    def tag(self, name: str, tag: str) -> None:
        """A tag: the values of the attributes that are read are converted, the rest is kept."""
        spots = [match.span(2) for match in _READ.finditer(tag)]
        if name == "input" and _SUBMIT.search(tag) and not _NAMED.search(tag):
            spots += [match.span(2) for match in _VALUE.finditer(tag)]
        done = 0
        for start, end in sorted(spots):
            self.keep(tag[done:start])
            self.convert(tag[start:end])
            done = end
        self.keep(tag[done:])


def _split(html: str) -> _Pieces:
    pieces = _Pieces()
    position = 0
    search, keep, convert = _TAG.search, pieces.keep, pieces.convert
    while match := search(html, position):
        start, end = match.span()
        if start > position:
            convert(html[position:start])
        position = end
        tag, closing, name, attributes = match[0], match[1], match[2], match[3]
        if closing or not name:
            keep(tag)
        elif (name := name.lower()) in _RAW or _is_kept(name, attributes):
            position = end if name in _VOID else _end_of(html, name, end)
            keep(html[start:position])
        elif attributes.isascii():
            keep(tag)
        else:
            pieces.tag(name, tag)
    convert(html[position:])
    return pieces


def convert_html(html: str, convert: Converter) -> str:
    """The page with everything that is read passed through ``convert``, once for the whole page."""
    pieces = _split(html)
    for place, text in zip(
        pieces.to_convert, convert([pieces.parts[place] for place in pieces.to_convert]), strict=True
    ):
        pieces.parts[place] = text
    return "".join(pieces.parts)
