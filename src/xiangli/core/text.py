"""Text as people type and paste it, without what nobody can see: controls, zero-width spaces, marks of direction."""

import re

# What XML cannot hold, and what a name copied from a chat or a telephone book brings along. The joiners U+200C and
# U+200D are part of how some scripts and signs are written, and stay.
_UNSEEN = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")


def visible(text: str) -> str:
    """``text`` without unseen characters; the line breaks of word processors (U+000B, U+2028) become spaces. NUL, tab
    and plain line breaks stay."""
    return _BREAKS.sub(" ", _UNSEEN.sub("", text))
