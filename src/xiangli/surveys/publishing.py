"""What the public may see of a campaign's figures: villages, and all of them together, closed against each other.

Rules (P6): a village with fewer than k answers, or with fewer than k to a question, is in no figure at all, the total
included. Of what is left, cells under k and those that would give them away are left out (``statistics.release``).
Shares, intervals and counts of a cell are shown together or not at all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xiangli.places.models import Place
from xiangli.surveys.choices import Channel
from xiangli.surveys.estimating import QuestionFigures, estimate
from xiangli.surveys.figures import Wave, wave_of, weighed_samples
from xiangli.surveys.models import Campaign, NeedsList
from xiangli.surveys.queries import channel_counts, samples_of
from xiangli.surveys.questionnaire import MARGINS, by_role, counted
from xiangli.surveys.villages import address_of, labels_of
from xiangli.surveys.weighing import NAMES

if TYPE_CHECKING:
    from xiangli.surveys.statistics import Before

Closed = set[tuple[int, str]]  # (village, wish key "question/option")
Off = Mapping[tuple[int | None, str], int]  # the same, None for all villages -> by how much its number is rounded


@dataclass(frozen=True, slots=True)
class Earlier:
    """The page before: its content, and the villages (ids by slug) whose answers have not moved since."""

    content: Mapping[str, Any]
    standing: Mapping[str, int]

    def of(self, name: str) -> "Before":
        """What it said of one question, for good."""
        from xiangli.surveys.statistics import Before

        shown = {
            unit["slug"]: {line["option"] for line in question["lines"]}
            for unit in self.content["units"]
            for question in unit["questions"]
            if question["name"] == name
        }
        moved = [unit["slug"] for unit in self.content["units"] if unit["slug"] and unit["slug"] not in self.standing]
        sums = shown.get("", set()).intersection(*(shown.get(slug, set()) for slug in moved))
        cells = {(str(key), option) for slug, key in self.standing.items() for option in shown.get(slug, ())}
        return Before(frozenset(map(str, self.standing.values())), frozenset(cells), frozenset(sums))


def public_content(
    campaign: Campaign,
    villages: Sequence[Place],
    lists: Sequence[NeedsList],
    *,
    k: int,
    earlier: Earlier | None = None,
) -> tuple[dict[str, Any], Closed]:
    """(what is published, wishes that must vanish from villages' needs lists as well).

    ``villages``: those that are in the figures. ``lists``: their needs lists that are public too, if any.
    ``earlier``: what was published before; the new page gives nothing away beside it either.
    The content: {"k", "units": [{"slug", "label", "answers", "invited", "channels", "margins", "questions"}]}, all
    villages together first where there are several (slug ""). A question: {"name", "label", "kind", "role", "lines"}; a
    line: {"option", "label", "value", "se", "low", "high", "df", "people", "mean", "about"}; about: people is
    rounded, as on the needs list.
    """
    channels = channel_counts(campaign, campaign.place)
    places = {one.pk: one for one in villages if sum(channels.get(one.pk, {}).values()) >= max(k, 2)}
    samples = {one.village.pk: one for one in weighed_samples(campaign, campaign.place, places)}
    waves = {key: wave_of([samples[key]], place) for key, place in places.items()}
    listed = {one.place_id: one for one in lists}
    if not waves:
        return {"k": k, "units": []}, set()
    questions = [question for question in campaign.definition["questions"] if _is_shown(question)]
    answered = {
        question["name"]: {key: n for key, wave in waves.items() if (n := _answered(question, wave.rows)) >= k}
        for question in questions
    }
    hidden = {
        question["name"]: _hidden(question, waves, answered[question["name"]], listed, k, earlier)
        for question in questions
    }
    ways = _channels({key: channels[key] for key in waves}, k)
    closed = _closed_wishes(campaign, hidden)
    off = _off(campaign, lists, waves, closed)
    names = dict(zip(places, labels_of(list(places.values())), strict=True))
    units = []
    if len(waves) > 1:
        whole = wave_of(list(samples.values()), campaign.place)
        homes = [village.pk for village in whole.villages for _ in range(_rows_of(waves[village.pk]))]
        shares = [_of_all(question, whole, homes, answered[question["name"]]) for question in questions]
        units.append(_unit(campaign, "", str(campaign.place), whole, shares, hidden, None, ways, list(waves), off))
    for key, wave in waves.items():
        shares = [
            estimate(question, wave.rows, wave.design) for question in questions if key in answered[question["name"]]
        ]
        place = places[key]
        units.append(
            _unit(campaign, address_of(campaign.place, place), names[key], wave, shares, hidden, key, ways, [key], off)
        )
    return {"k": k, "units": units}, closed


def _is_shown(question: Mapping[str, Any]) -> bool:
    """Words and dates have no figures. A ranked wish stands in the needs list, by how many ranked it at all. How many
    put it first, shown beside that, would say how few put it lower."""
    if question["kind"] in ("text", "date"):
        return False
    return not (question["kind"] == "ranking" and question.get("role") == "need")


def _off(campaign: Campaign, lists: Iterable[NeedsList], waves: Mapping[int, Wave], closed: Closed) -> Off:
    """By how much the lists round the numbers behind wishes. That of all villages is off by the sum, so that it tells
    nothing of a village which its own does not."""
    off: dict[tuple[int | None, str], int] = {}
    asked = {question["name"]: question for question in by_role(campaign.definition, "need") if _is_shown(question)}
    for one in lists:
        for line in one.published if one.place_id in waves else ():
            name, _, option = line["key"].partition("/")
            if line["group"] or line.get("step", 1) == 1 or name not in asked or (one.place_id, line["key"]) in closed:
                continue
            by = line["people"] - _counts(asked[name], waves[one.place_id].rows)[option]
            off[one.place_id, line["key"]] = by
            off[None, line["key"]] = off.get((None, line["key"]), 0) + by
    return off


def _rows_of(wave: Wave) -> int:
    return len(wave.rows)


def _answered(question: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(question["name"] in row for row in rows)


def _hidden(
    question: Mapping[str, Any],
    waves: Mapping[int, Wave],
    answered: Mapping[int, int],
    lists: Mapping[int, NeedsList],
    k: int,
    earlier: Earlier | None,
) -> set[tuple[int | None, str]]:
    """(village or None, option) of one question that must not be shown."""
    from xiangli.surveys.statistics import Before, closed_figures

    if question["kind"] == "number" or not answered:
        return set()
    name = question["name"]
    chosen = {str(key): _counts(question, waves[key].rows) for key in answered}
    closed = set()
    if question.get("role") == "need":
        for key in answered if lists else ():
            open_here = {line.get("key") for line in lists[key].published if not line["group"]}
            closed |= {
                (str(key), option["name"])
                for option in question["options"]
                if not option.get("exclusive") and f"{name}/{option['name']}" not in open_here
            }
    weights, shares = _weights(question, waves, answered)
    found = closed_figures(
        chosen, {str(key): n for key, n in answered.items()}, exclusive=question["kind"] != "multiple", k=k,
        closed=closed, weights=weights, shares=shares, before=earlier.of(name) if earlier else Before(),
    )  # fmt: skip
    return {(None if village is None else int(village), option) for village, option in found}


def _weights(
    question: Mapping[str, Any], waves: Mapping[int, Wave], answered: Mapping[int, int]
) -> tuple[dict[str, float], dict[str, float]]:
    """(by village what an answer weighs, over the weight of all; by option its share in all): for ``closed_figures``.

    Nothing for sex, age or group where they were weighed by: their shares are those of the population, known anyway.
    """
    name = question["name"]
    if question.get("role") in MARGINS and all(
        NAMES[question["role"]] in waves[key].weighed.margins for key in answered
    ):
        return {}, {}
    rows = [
        (str(key), row[name], float(weight))
        for key in answered
        for row, weight in zip(waves[key].rows, waves[key].design.weights, strict=True)
        if name in row
    ]
    total = sum(weight for _, _, weight in rows)
    weights = dict.fromkeys(map(str, answered), 0.0)
    shares = {option["name"]: 0.0 for option in question["options"]}
    for village, given, weight in rows:
        weights[village] += weight / total / answered[int(village)]
        for option in counted(question, given):
            shares[option] += weight / total
    return weights, shares


def _counts(question: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many chose each option."""
    found = Counter(option for row in rows for option in counted(question, row.get(question["name"])))
    return {option["name"]: found[option["name"]] for option in question["options"]}


def _channels(counts: Mapping[int, Mapping[str, int]], k: int) -> dict[int | None, dict[str, int]]:
    """How many answers came in which way, as far as it may be shown, by village and (None) in all."""
    from xiangli.surveys.statistics import closed_figures

    by_name = {str(key): {name: one.get(name, 0) for name in Channel.values} for key, one in counts.items()}
    used = {name for one in by_name.values() for name, n in one.items() if n}
    by_name = {key: {name: n for name, n in one.items() if name in used} for key, one in by_name.items()}
    totals = {key: sum(one.values()) for key, one in by_name.items()}
    hidden = closed_figures(by_name, totals, exclusive=True, k=k)
    shown: dict[int | None, dict[str, int]] = {
        int(key): {name: n for name, n in one.items() if (key, name) not in hidden} for key, one in by_name.items()
    }
    whole = {name: sum(one[name] for one in by_name.values()) for name in sorted(used)}
    shown[None] = {name: n for name, n in whole.items() if (None, name) not in hidden}
    return shown


def _of_all(
    question: Mapping[str, Any], whole: Wave, homes: Sequence[int], answered: Mapping[int, int]
) -> QuestionFigures:
    """The figures of all villages together, without those where too few answered this question."""
    name = question["name"]
    rows = [row if home in answered else {} for row, home in zip(whole.rows, homes, strict=True)]
    return estimate({**question, "name": name}, rows, whole.design)


def _unit(
    campaign: Campaign,
    slug: str,
    label: str,
    wave: Wave,
    shares: Iterable[QuestionFigures],
    hidden: Mapping[str, set[tuple[int | None, str]]],
    key: int | None,
    ways: Mapping[int | None, Mapping[str, int]],
    villages: Sequence[int],
    off: Off,
) -> dict[str, Any]:
    samples = samples_of(campaign, campaign.place)
    invited = [samples[village].invited if village in samples else None for village in villages]
    kinds = sorted({samples[v].get_kind_display() if v in samples else "自愿来填（没有抽样）" for v in villages})
    return {
        "slug": slug, "label": label, "answers": len(wave.rows), "sample": "、".join(kinds),
        "invited": None if None in invited else sum(n for n in invited if n),
        "channels": [[Channel(name).label, n] for name, n in ways[key].items()], "margins": wave.weighed.margins,
        "questions": [
            {"name": one.name, "label": one.label, "kind": one.kind, "role": one.role, "lines": lines}
            for one in shares
            if (lines := _lines(one, hidden[one.name], key, off))
        ],
    }  # fmt: skip


def _lines(
    question: QuestionFigures, hidden: set[tuple[int | None, str]], key: int | None, off: Off
) -> list[dict[str, Any]]:
    by = {line.option: off.get((key, f"{question.name}/{line.option}")) for line in question.lines}
    return [
        {
            "option": line.option, "label": line.label, "value": line.value, "low": line.low, "high": line.high,
            "se": line.found.se, "df": line.found.df, "people": line.respondents + (by[line.option] or 0),
            "mean": line.is_mean, "about": by[line.option] is not None,
        }
        for line in question.lines
        if line.found is not None and (key, line.option) not in hidden
    ]  # fmt: skip


def _closed_wishes(campaign: Campaign, hidden: Mapping[str, set[tuple[int | None, str]]]) -> Closed:
    needs = [question["name"] for question in by_role(campaign.definition, "need") if _is_shown(question)]
    return {(key, f"{name}/{option}") for name in needs for key, option in hidden[name] if key is not None}
