"""Make the product's own CJK font: a static subset of Noto Sans CJK, renamed "Xiangli Hei".

Run on a Debian machine with fonts-noto-cjk and fonttools (a need of this tool alone):
    python3 tools/make_font.py /usr/share/fonts/opentype/noto src/xiangli/fonts

What is kept: every ideograph of the Unicode main block (U+4E00-9FFF: all of GB 2312 and Big5 and nearly all of the
通用规范汉字表), every ideograph of Extension A and of the supplementary planes that the font has in its Simplified
Chinese form (rare surnames and given names such as 𬭚 and 䶮 live there), Latin, punctuation and form symbols.
Hinting, vertical metrics and alternate forms are dropped: sheets are printed horizontally at 14 pt and more.
The family gets a new name, so that no system font can take its place unseen.
"""

import argparse
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "Xiangli Hei"
FACE = "Noto Sans CJK SC"
REQUIRED = "喆堃𬭚䶮㛃囍乡里鄉裡台荫臺蔭□■√×✓①⑩〔〕·—…“”《》℃㎡￥"
RANGES = (
    (0x20, 0x17F), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2150, 0x218F),
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2500, 0x257F), (0x25A0, 0x25FF), (0x2600, 0x2612),
    (0x2640, 0x2642), (0x2713, 0x2718), (0x3000, 0x303F), (0x3040, 0x30FF), (0x3100, 0x312F), (0x3200, 0x33FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20000, 0x323AF),
)  # fmt: skip


def load_face(collection: Path) -> TTFont:
    """The Simplified Chinese face of a Noto collection."""
    for font in TTCollection(str(collection), lazy=True).fonts:
        if font["name"].getDebugName(1).startswith(FACE):
            return font
    raise SystemExit(f"{collection}: no face called {FACE}")


def rename(font: TTFont, style: str) -> None:
    """Give the font its own family name in the name table and in the CFF dictionaries."""
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    names = {1: FAMILY, 2: style, 3: f"{postscript};1.0", 4: f"{FAMILY} {style}", 6: postscript}
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in (0, 5, 13, 14) and record.langID == 0x409]
    for name_id, value in names.items():
        table.setName(value, name_id, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName = f"{FAMILY} {style}", FAMILY
    for index, part in enumerate(top.FDArray):
        part.FontName = f"{postscript}-{index}"


def make(source: Path, target: Path, style: str) -> None:
    """Write one weight."""
    font = load_face(source / f"NotoSansCJK-{style}.ttc")
    have = set(font.getBestCmap())
    wanted = {code for low, high in RANGES for code in range(low, high + 1)} & have
    missing = [char for char in REQUIRED if ord(char) not in wanted]
    if missing:
        raise SystemExit(f"the font lacks {' '.join(missing)}")
    options = subset.Options(
        hinting=False, layout_features=["kern", "mark", "mkmk"], name_IDs=["*"], name_languages=["*"],
        notdef_outline=True, glyph_names=False, desubroutinize=False,
    )  # fmt: skip
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG", "GSUB"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    rename(font, style)
    path = target / f"XiangliHei-{style}.otf"
    font.save(str(path))
    print(f"{path}: {len(wanted)} characters, {path.stat().st_size / 1e6:.1f} MB")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with NotoSansCJK-*.ttc")
    parser.add_argument("target", type=Path, help="folder to write to")
    args = parser.parse_args(argv)
    for style in ("Regular", "Bold"):
        make(args.source, args.target, style)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
