"""Print survey sheets and read their scans: an engine without Django.

`print_sheets` makes the PDF and its layout, `read_image` reads one picture, `read_files` a whole batch. `simulate`
makes filled-in scans and photos for tests, benchmarks and demonstrations.
"""

from .batch import read_files
from .bubbles import BubbleReading
from .errors import SheetError
from .layout import Layout, load_layout
from .printing import print_sheets, write_layout
from .reading import PageReading, read_image
from .records import Summary

__all__ = [
    "BubbleReading",
    "Layout",
    "PageReading",
    "SheetError",
    "Summary",
    "load_layout",
    "print_sheets",
    "read_files",
    "read_image",
    "write_layout",
]
