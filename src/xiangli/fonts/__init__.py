"""The product's own CJK font, so that paper and PDF look the same on a machine without any Chinese font.

A subset of Noto Sans CJK SC (SIL Open Font License, see OFL.txt beside the files), made by tools/make_font.py.
"""

from pathlib import Path

FONT_DIR = Path(__file__).parent
"""Folder with XiangliHei-Regular.otf and XiangliHei-Bold.otf; give it to typst as a font path."""

FONT_FAMILY = "Xiangli Hei"
"""Family name inside both files; no system font has it."""
