"""`./xiangli surveys estimate FILE …`: the statistics engine on any table, for comparison with others. No database."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xiangli.core.errors import UserError
from xiangli.core.exports import write_csv
from xiangli.core.files import atomic_write, read_file
from xiangli.core.tables import Table, read_table

if TYPE_CHECKING:
    from xiangli.surveys.statistics import Design, Estimate

FILE_MOST = 60_000_000  # bytes
MISSING = ("", "NA", "N/A", "NaN")
BETWEEN = re.compile(r"[\s,，、;；>]+")
"""Between the options in a cell of several choices; ODK leaves a space."""
METHODS = {"first": "proportion", "score": "mean", "place": "mean"}
"""Figures of a ranking question -> how they are estimated."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the word, documented in docs/statistics.md."""
    parser.add_argument("file", metavar="FILE", help="答卷表（CSV、Excel），一行一份")
    parser.add_argument("--weights", metavar="COLUMN", help="设计权数所在的列")
    parser.add_argument("--strata", metavar="COLUMN", help="分层所在的列")
    parser.add_argument("--clusters", metavar="COLUMN", help="整群（户、组）所在的列")
    parser.add_argument("--fpc", metavar="COLUMN", help="每层共有多少个抽样单元：列名，或一个数")
    parser.add_argument("--rake", metavar="JSON", help='人口边际：{"列": {"类别": 人数}}')
    parser.add_argument(
        "--errors", choices=("rake", "calibrate"), default="rake", help="残差算法，见 docs/statistics.md"
    )
    parser.add_argument("--trim", type=float, metavar="W", help="权数不超过 W，截下的平均分给其余")
    parser.add_argument("--mean", action="append", default=[], metavar="COLUMN")
    parser.add_argument("--total", action="append", default=[], metavar="COLUMN")
    parser.add_argument("--proportion", action="append", default=[], metavar="COLUMN[=VALUE]")
    parser.add_argument("--multiple", action="append", default=[], metavar="COLUMN", help="多选题：一格里有几项")
    parser.add_argument("--ranking", action="append", default=[], metavar="COLUMN", help="排序题：一格里从先到后")
    parser.add_argument("--places", type=int, metavar="N", help="排序题最多排几项（不写就是全部选项）")
    parser.add_argument("--by", metavar="COLUMN", help="按这一列分组")
    parser.add_argument("--change", metavar="COLUMN=BEFORE,AFTER", help="两轮之差：哪一列是轮次，哪两轮")
    parser.add_argument("--df", type=float, metavar="N", help="区间的自由度（inf 为正态）；不写时按设计算")
    parser.add_argument("--weights-out", metavar="CSV", help="把最后的权数写成表")
    parser.add_argument("--json", action="store_true", help="写成 JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the figures; exit code 0. Raises UserError where they cannot be made."""
    from xiangli.surveys.statistics import StatisticsError

    table = read_table(read_file(Path(options.file), limit=FILE_MOST), limit=FILE_MOST)
    try:
        answer = estimate(table, options)
    except StatisticsError as error:
        raise UserError(f"{error}。") from None
    weights = answer.pop("_weights")
    if options.weights_out:
        with atomic_write(Path(options.weights_out)) as file:
            write_csv(file, ["row", "weight"], [[row, repr(w)] for row, w in enumerate(weights, 1)])
    if options.json:
        json.dump(answer, sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        _show(answer)
    return 0


def estimate(table: Table, options: argparse.Namespace) -> dict[str, Any]:
    """All the figures that were asked for: {"rows", "effective", "sum_of_weights", "figures": [...], "_weights"}."""
    from xiangli.surveys.statistics import effective_size

    columns = _Columns(table)
    wanted = list(_wanted(columns, options))
    if not wanted:
        raise UserError("请写明算什么：--mean、--total、--proportion、--multiple 或 --ranking。")
    design = _design(columns, options)
    figures = [
        {"kind": kind, "variable": name, "level": level, **row}
        for kind, name, level, values in wanted
        for row in _figures(columns, design, kind, values, options)
    ]
    weights = design.weights.tolist()
    return {
        "rows": len(weights), "sum_of_weights": math.fsum(weights), "effective": effective_size(weights),
        "figures": figures, "_weights": weights,
    }  # fmt: skip


class _Columns:
    """Columns of the table as lists, errors naming column and line."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.place = {name: position for position, name in enumerate(table.header)}

    def text(self, name: str) -> list[str]:
        self.table.require(name)
        return [row.cells[self.place[name]].strip() for row in self.table.rows]

    def complete(self, name: str, what: str) -> list[str]:
        values = self.text(name)
        for row, value in zip(self.table.rows, values, strict=True):
            if value in MISSING:
                raise UserError(f"第 {row.line} 行“{name}”是空的，不能用作{what}。")
        return values

    def choices(self, name: str) -> list[list[str] | None]:
        """The options in each cell, in order; None where it is empty."""
        cells = self.text(name)
        return [None if cell in MISSING else [part for part in BETWEEN.split(cell) if part] for cell in cells]

    def numbers(self, name: str, what: str = "", *, missing: bool = True) -> list[float]:
        values = self.text(name) if missing else self.complete(name, what)
        found = []
        for row, value in zip(self.table.rows, values, strict=True):
            try:
                found.append(math.nan if value in MISSING else float(value))
            except ValueError:
                raise UserError(f"第 {row.line} 行“{name}”的“{value[:40]}”不是数字。") from None
        return found


def _wanted(columns: _Columns, options: argparse.Namespace) -> Sequence[tuple[str, str, str | None, list[float]]]:
    """(kind, column, level, numbers) of everything asked for."""
    from xiangli.surveys.statistics import ranks

    found: list[tuple[str, str, str | None, list[float]]] = []
    found += [("mean", name, None, columns.numbers(name)) for name in options.mean]
    found += [("total", name, None, columns.numbers(name)) for name in options.total]
    for word in options.proportion:
        name, _, level = (word, "", "") if word in columns.place else word.partition("=")
        values = columns.text(name)
        answered = [value for value in values if value not in MISSING]
        levels = [level] if level else list(dict.fromkeys(answered))
        if not level and set(levels) <= {"0", "1"}:
            levels = ["1"]
        if level and level not in answered:
            raise UserError(f"列“{name}”里没有“{level}”。")
        for one in levels:
            found.append(("proportion", name, one, [math.nan if v in MISSING else float(v == one) for v in values]))
    for name in options.multiple:
        given = columns.choices(name)
        for one in _options(given):
            found.append(("proportion", name, one, [math.nan if v is None else float(one in v) for v in given]))
    for name in options.ranking:
        ballots = columns.choices(name)
        for one, at in ranks(ballots, _options(ballots), places=options.places).items():
            figures = {"first": at.first, "score": at.score, "place": at.place}
            found += [(kind, name, one, values.tolist()) for kind, values in figures.items()]
    return found


def _options(given: Sequence[Sequence[str] | None]) -> list[str]:
    """Every option that somebody chose, in the order of their names."""
    return sorted({option for choice in given for option in choice or ()})


def _design(columns: _Columns, options: argparse.Namespace) -> Design:
    from xiangli.surveys.statistics import design, trim_weights

    strata = columns.complete(options.strata, "分层") if options.strata else None
    sample = design(
        weights=columns.numbers(options.weights, "权数", missing=False) if options.weights else None,
        rows=len(columns.table.rows),
        clusters=columns.complete(options.clusters, "整群") if options.clusters else None,
        strata=strata,
        population=_population(columns, options.fpc, strata),
    )
    if options.rake:
        sample = sample.rake([_margin(columns, *one) for one in _margins(options.rake)], errors=options.errors)
    return sample.with_weights(trim_weights(sample.weights, upper=options.trim)) if options.trim else sample


def _population(columns: _Columns, fpc: str | None, strata: list[str] | None) -> float | dict[str, float] | None:
    """Number of units: None, one number, or one for each stratum from a column in which it must be the same."""
    if fpc is None:
        return None
    if fpc not in columns.place:
        try:
            return float(fpc)
        except ValueError:
            columns.table.require(fpc)
    sizes: dict[str, float] = {}
    rows = zip(columns.table.rows, strata or [""] * len(columns.table.rows), strict=True)
    for (row, stratum), size in zip(rows, columns.numbers(fpc, "总体单元数", missing=False), strict=True):
        if sizes.setdefault(stratum, size) != size:
            raise UserError(f"第 {row.line} 行“{fpc}”是 {size:g}，与同层别的行（{sizes[stratum]:g}）不同。")
    return sizes if strata is not None else sizes[""]


def _margins(path: str) -> list[tuple[str, Mapping[str, float]]]:
    try:
        found = json.loads(read_file(Path(path), limit=5_000_000))
    except ValueError as error:
        raise UserError(f"{path} 不是边际文件（JSON）：{error}") from None
    if not isinstance(found, dict) or not found or not all(isinstance(one, dict) and one for one in found.values()):
        raise UserError(f'{path} 应是 {{"列": {{"类别": 人数}}}}。')
    for name, totals in found.items():
        for level, total in totals.items():
            if isinstance(total, bool) or not isinstance(total, int | float):
                raise UserError(f"{path} 中“{name}”的“{level}”的人数应是数字。")
    return list(found.items())


def _margin(columns: _Columns, name: str, totals: Mapping[str, float]) -> Any:
    from xiangli.surveys.statistics import Margin

    return Margin.of(name, columns.complete(name, "边际"), totals)


def _figures(
    columns: _Columns, design: Design, kind: str, values: list[float], options: argparse.Namespace
) -> list[dict[str, Any]]:
    import numpy as np

    from xiangli.surveys.statistics import by_group, linked_change, mean, proportion, total

    kind = METHODS.get(kind, kind)
    plain: dict[str, Callable[..., Estimate]] = {"mean": mean, "total": total, "proportion": proportion}
    if options.change:
        if kind == "total":
            raise UserError("两轮之差只算平均数和比例。")
        name, before, after = _waves(columns, options.change)
        wave = np.array(columns.text(name))
        figure = linked_change(design, values, wave == before, wave == after)
        return [{"group": f"{after} - {before}", **_plain(figure, options.df)}]
    if options.by:
        groups = [None if value in MISSING else value for value in columns.text(options.by)]
        found = by_group(design, values, groups, kind=kind)
        return [{"group": str(group), **_plain(figure, options.df)} for group, figure in found.items()]
    return [{"group": None, **_plain(plain[kind](design, values), options.df)}]


def _waves(columns: _Columns, word: str) -> tuple[str, str, str]:
    name, _, both = word.rpartition("=")
    before, _, after = both.partition(",")
    if not name or not after:
        raise UserError("--change 要写成 列=前一轮,后一轮。")
    known = set(columns.text(name))
    for wave in (before, after):
        if wave not in known:
            raise UserError(f"列“{name}”里没有“{wave}”。")
    return name, before, after


def _plain(figure: Estimate, df: float | None) -> dict[str, Any]:
    """As JSON: what is not finite is null."""
    from xiangli.surveys.statistics import with_freedom

    found = asdict(figure if df is None else with_freedom(figure, df))
    return {key: None if isinstance(one, float) and not math.isfinite(one) else one for key, one in found.items()}


def _show(answer: Mapping[str, Any]) -> None:
    print(f"{answer['rows']} 份，代表 {answer['sum_of_weights']:g}，有效样本量 {answer['effective']:.1f}")
    for one in answer["figures"]:
        name = "".join(
            (one["variable"], f"={one['level']}" if one["level"] else "", f"（{one['group']}）" * bool(one["group"]))
        )
        edges = "—" if one["low"] is None else f"{one['low']:.6g} – {one['high']:.6g}"
        print(f"{one['kind']:<10} {name}: {one['value']:.8g}  SE {one['se']:.6g}  95% {edges}  {one['respondents']} 份")
