"""From weighted answers to the lines of a needs list. Plain data; the arithmetic is the statistics engine's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xiangli.surveys.questionnaire import NO_GROUP, by_role, grouping, labels

if TYPE_CHECKING:
    from xiangli.surveys.statistics import Design, NeedsList

ANY = "any"


@dataclass(frozen=True, slots=True)
class Wish:
    """Something people ask for. ``key``: question/option, or what a code of open answers is called by the caller.

    ``service``: key in the catalogue or "".
    """

    key: str
    label: str
    service: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line: who (``group``, "" is everybody) wants what, when. ``hours``: person-hours a week they would bring.

    ``step``: published, ``people`` is rounded to multiples of this.
    """

    wish: Wish
    group: str
    band: str
    strength: float
    low: float
    high: float
    people: int
    hours: float
    hidden: bool
    step: int = 1


@dataclass(frozen=True, slots=True)
class Derived:
    """``lines`` for planning; ``public``: by wish and group over all bands, what may be shown; ``answered``: rows.

    Only ``public`` is safe to publish as a whole. A line's ``hidden`` says that its wish and group are not in there, or
    that fewer than k people stand behind this band of it.
    """

    lines: list[Line]
    public: list[Line]
    grouped: bool
    answered: int


def wishes_of(definition: Mapping[str, Any]) -> dict[str, Wish]:
    """All wishes of a questionnaire. Options that map to one service stay apart: a village should see its own words."""
    return {
        f"{question['name']}/{option['name']}": Wish(
            f"{question['name']}/{option['name']}", option["label"], option.get("service", "")
        )
        for question in by_role(definition, "need")
        for option in question["options"]
        if not option.get("exclusive")
    }


def derive(
    definition: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    design: "Design",
    minutes: Mapping[str, int],
    *,
    k: int,
    coded: Sequence[Sequence[Wish] | None] = (),
) -> Derived:
    """The needs of one village. ``minutes``: length of a visit by service key; everybody is taken to come once a week.

    A person who can come in several parts of the day counts in each with the whole wish, but brings the hours once.
    ``coded``: for each row the wishes that people found in its written words, None where nobody read any.
    Rows without any answer to a need question, nor words that were read, say nothing about needs and are left out; they
    stay in the design, so that the errors are those of a part of the sample.
    """
    needs = by_role(definition, "need")
    found = coded or [None] * len(rows)
    wishes = wishes_of(definition) | {wish.key: wish for several in found for wish in several or ()}
    keep = [
        several is not None or any(question["name"] in row for question in needs)
        for row, several in zip(rows, found, strict=True)
    ]
    groups = _groups(definition, rows)
    bands = [_bands(definition, row) for row in rows]
    wanted = [
        _wanted(needs, wishes, row) + [wish.key for wish in several or ()]
        for row, several in zip(rows, found, strict=True)
    ]
    used = [row for row, kept in enumerate(keep) if kept]
    if not used:
        return Derived([], [], False, 0)
    asked_by_band = [(row, key, band) for row in used for key in wanted[row] for band in bands[row]]
    by_band = _engine(design, groups, asked_by_band, keep, 0)
    whole = _engine(design, groups, [(row, key, "") for row in used for key in wanted[row]], keep, k)
    hours = _hours(design, [(row, groups[row], wanted[row], bands[row]) for row in used], wishes, minutes)
    grouped = grouping(definition) is not None
    public = [line for line in _lines(whole, wishes, hours, grouped) if not line.hidden]
    shown = {(line.wish.key, line.group) for line in public}
    lines = [
        line if (line.wish.key, line.group) in shown and line.people >= k else replace(line, hidden=True)
        for line in _lines(by_band, wishes, hours, grouped)
    ]
    return Derived(lines, public, grouped, len(used))


def _engine(
    design: "Design", groups: Sequence[str | None], asked: Sequence[tuple[int, str, str]], keep: Sequence[bool], k: int
) -> "NeedsList":
    from xiangli.surveys.statistics import Want, derive_needs

    return derive_needs(design, groups, [Want(*one) for one in asked], k=k, answered=keep)


def _groups(definition: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    question = grouping(definition)
    if question is None:
        return ["" for _ in rows]
    names = labels(question)
    return [names.get(row.get(question["name"], ""), NO_GROUP) for row in rows]


def _bands(definition: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    for question in by_role(definition, "band"):
        given = row.get(question["name"])
        chosen = given if isinstance(given, list) else [given] if given else []
        bands = [option["band"] for option in question["options"] if option["name"] in chosen]
        if bands:
            return [ANY] if ANY in bands else bands
    return [ANY]


def _wanted(needs: Sequence[Mapping[str, Any]], wishes: Mapping[str, Wish], row: Mapping[str, Any]) -> list[str]:
    keys = []
    for question in needs:
        given = row.get(question["name"])
        chosen = given if isinstance(given, list) else [given] if given else []
        keys += [key for option in chosen if (key := f"{question['name']}/{option}") in wishes]
    return keys


def _hours(
    design: "Design",
    people: Sequence[tuple[int, str, list[str], list[str]]],
    wishes: Mapping[str, Wish],
    minutes: Mapping[str, int],
) -> dict[tuple[str, str, str], float]:
    """Person-hours a week by (group or "", wish, band or "")."""
    hours: dict[tuple[str, str, str], float] = {}
    for row, group, wanted, bands in people:
        for key in wanted:
            whole = float(design.weights[row]) * minutes.get(wishes[key].service, 120) / 60
            for band, share in [("", 1.0), *((band, 1 / len(bands)) for band in bands)]:
                for who in {group, ""}:
                    hours[who, key, band] = hours.get((who, key, band), 0.0) + whole * share
    return hours


def _lines(
    found: "NeedsList", wishes: Mapping[str, Wish], hours: Mapping[tuple[str, str, str], float], grouped: bool
) -> list[Line]:
    from xiangli.surveys.statistics.needs import EVERYBODY

    lines = []
    for need in found.needs:
        group = "" if need.group == EVERYBODY else need.group
        if need.group == "" or (not grouped and group):
            continue
        lines.append(
            Line(
                wishes[need.service], group, need.band or ANY, need.strength, max(need.low, 0.0), min(need.high, 1.0),
                need.respondents, hours[group, need.service, need.band], need.hidden, need.step,
            )
        )  # fmt: skip
    return lines
