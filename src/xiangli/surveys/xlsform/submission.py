"""A filled-in form as it comes back from ODK Collect, read without trusting it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from xiangli.core.errors import UserError
from xiangli.surveys.xlsform.names import OURS, TIMES, element_names, option_values

BYTES_MAX = 5_000_000
LEAVES_MAX = 5_000
VALUE_MAX = 100_000  # characters


class SubmissionError(UserError):
    """A submission that cannot be read at all. The message is in plain Chinese."""


@dataclass(frozen=True, slots=True)
class Submission:
    """``raw``: what ``check_answers`` takes. ``other``: values of elements that are no question of ours, by path.

    ``instance_id`` names this filled-in form; ``deprecated_id`` the earlier one that it replaces, else "". ``times``:
    what the phone noted by itself of "start" and "end", as it wrote it, "" where it did not.
    """

    form_id: str
    version: str
    instance_id: str
    deprecated_id: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)


def read_submission(definition: Mapping[str, Any], xml_bytes: bytes) -> Submission:
    """Reads a submission's XML. Raises SubmissionError where it is damaged, has a DTD, or lacks its ids.

    Values are not judged here: an option the questionnaire does not have stays as it came, for ``check_answers``.
    """
    root = parse(xml_bytes)
    form_id = root.get("id", "").strip()
    leaves = list(_leaves(root))
    meta = {_local(path[-1]): text for path, text in leaves if path[0] == "meta" and len(path) == 2}
    if not form_id:
        raise SubmissionError("答卷里没有写是哪份表单（根元素没有 id）。")
    if root.get("encrypted") or any(path == ("base64EncryptedKey",) for path, _ in leaves):
        raise SubmissionError("答卷是加密的，这里读不了；请在表单里关掉加密。")
    if not meta.get("instanceID"):
        raise SubmissionError("答卷里没有编号（meta/instanceID）。")
    raw, other = _values(definition, [(path, text) for path, text in leaves if path[0] != "meta"])
    ours = {path[0]: text for path, text in leaves if len(path) == 1}
    times = {kind: ours.get(OURS + kind) or other.get(kind, "") for kind in TIMES}
    version, before = root.get("version", "").strip(), meta.get("deprecatedID", "")
    return Submission(form_id, version, meta["instanceID"], before, raw, other, times)


def parse(xml_bytes: bytes) -> Element:
    """The root of a document without DTD and entities. Raises SubmissionError."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if len(xml_bytes) > BYTES_MAX:
        raise SubmissionError(f"答卷有 {len(xml_bytes) / 1e6:.0f} MB，超过了 {BYTES_MAX / 1e6:.0f} MB 的上限。")
    try:
        root: Element = fromstring(xml_bytes, forbid_dtd=True)
    except DefusedXmlException:
        raise SubmissionError("答卷里有 DTD 或实体定义，不收。") from None
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise SubmissionError(f"答卷不是完好的 XML：{error}") from None
    return root


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _leaves(root: Element) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path below the root, text) of every element without children, in order; deep nesting costs no stack."""
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    count = 0
    while waiting:
        element, path = waiting.pop()
        children = list(element)
        if not children and path:
            count += 1
            if count > LEAVES_MAX:
                raise SubmissionError(f"答卷里的项太多（超过 {LEAVES_MAX}）。")
            yield path, (element.text or "").strip()
        if len(path) > 20:
            raise SubmissionError("答卷的层次太深。")
        waiting.extend(
            (child, (*path, _local(child.tag))) for child in reversed(children) if isinstance(child.tag, str)
        )


def _values(
    definition: Mapping[str, Any], leaves: list[tuple[tuple[str, ...], str]]
) -> tuple[dict[str, Any], dict[str, str]]:
    elements = element_names(definition["questions"])
    by_element = {question.get("path") or elements[question["name"]]: question for question in definition["questions"]}
    raw: dict[str, Any] = {}
    other: dict[str, str] = {}
    for path, text in leaves:
        if len(text) > VALUE_MAX:
            raise SubmissionError(f"“{path[-1]}”的值太长（{len(text)} 字）。")
        question = by_element.get("/".join(path)) or by_element.get(path[-1])
        if question is not None and question["name"] not in raw:
            if text:
                raw[question["name"]] = _value(question, text)
        elif text and not path[-1].startswith(OURS):
            other[_free("/".join(path), other)] = text
    return raw, other


def _free(path: str, taken: Mapping[str, str]) -> str:
    """Rows of a repeat share their path: the second is path[2]."""
    number, free = 1, path
    while free in taken:
        number += 1
        free = f"{path}[{number}]"
    return free


def _value(question: Mapping[str, Any], text: str) -> Any:
    kind = question["kind"]
    names = {value: name for name, value in option_values(question).items()} if question.get("options") else {}
    if kind == "multiple":
        return [names.get(part, part) for part in text.split()]
    if kind == "ranking":  # a phone has all options put in order; the first places are what is asked for
        return [names.get(part, part) for part in text.split()][: question["places"]]
    if kind == "number" and re.fullmatch(r"[+-]?\d{1,15}", text):
        return int(text)
    return names.get(text, text)
