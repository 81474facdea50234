"""Files made to break a reader: each is refused or made harmless with a message, and memory stays bounded."""

import csv
import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from PIL import Image

import xiangli
from xiangli.surveys.commands import sheets
from xiangli.surveys.sheets import SheetError, images, read_files
from xiangli.surveys.sheets.pictures import Picture
from xiangli.surveys.sheets.simulate import render_page

from .conftest import COPIES

MEGABYTES = 500
APART = {**os.environ, "PYTHONPATH": str(Path(xiangli.__file__).parents[1])}
READ = """
import json, re, sys
from xiangli.surveys.sheets import SheetError, read_files
layout = json.load(open(sys.argv[1]))
try:
    said = [item["detail"] for item in read_files(layout, sys.argv[3:], out=sys.argv[2]).problems]
except SheetError as error:
    said = [str(error)]
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())  # ru_maxrss would count the parent's too
print(json.dumps([said, int(peak[1]) // 1024]))
"""


def _read_apart(printed, folder, *files):
    """(what was said, peak memory in megabytes) of a process of its own that reads the files."""
    layout = folder / "layout.json"
    layout.write_text(json.dumps(printed.data), encoding="utf-8")
    words = [sys.executable, "-c", READ, str(layout), str(folder / "readings.csv"), *map(str, files)]
    done = subprocess.run(words, env=APART, capture_output=True, text=True, check=True, timeout=280)
    said, peak = json.loads(done.stdout.splitlines()[-1])
    return "\n".join(said), peak


@pytest.fixture(scope="module")
def scan(printed):
    """A clean first page as JPEG."""
    return simplejpeg.encode_jpeg(printed.pages[0][:, :, None], 85, "GRAY")


def _png(width, height, channels=3):
    """A valid PNG of one colour: hundreds of megabytes in a file of some hundred kilobytes."""
    squeeze = zlib.compressobj(9)
    row = b"\0" + b"\xf0" * (width * channels)
    pixels = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, body in ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")):
        parts.append(struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)))
    return b"".join(parts)


def _claims(data, width, height):
    """A JPEG whose header claims another size."""
    at = min(index for index in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if index > 0)
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def _progressive():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "JPEG", progressive=True)
    return buffer.getvalue()


def _tiff_of_many_pages(count):
    """A chain of directories that all show the same strip of 300 x 300 pixels."""
    tags = {256: 300, 257: 300, 258: 8, 259: 1, 262: 1, 273: 8, 278: 300, 279: 90_000}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    size, start = 2 + len(entries) + 4, 8 + 90_000
    page = struct.pack("<H", len(tags)) + entries
    chain = (page + struct.pack("<I", start + size * (index + 1) if index + 1 < count else 0) for index in range(count))
    return b"II*\0" + struct.pack("<I", start) + b"\xff" * 90_000 + b"".join(chain)


def _pdf(jpeg, pages=1, *, catalog="", trailer="", size=(1240, 1754)):
    """A PDF by hand: one grey JPEG on every page, and whatever else a catalogue or trailer may hold."""
    width, height = size
    image = (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray "
        f"/BitsPerComponent 8 /Filter /DCTDecode /Length {len(jpeg)} >>\nstream\n"
    )
    draw = b"595 0 0 842 0 0 cm /I Do"
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + pages))
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        image.encode() + jpeg + b"\nendstream",
        f"<< /Length {len(draw)} >>\nstream\n".encode() + draw + b"\nendstream",
    ]
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
    page += b"/Resources << /XObject << /I 3 0 R >> >> >>"
    bodies += [page] * pages
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


ENCRYPTED = (
    "/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <" + "ab" * 32 + "> /U <" + "cd" * 32 + "> >> "
    "/ID [<" + "00" * 16 + "> <" + "00" * 16 + ">]"
)
BOMBS = {
    "bomb.png": (lambda: _png(12_000, 12_000), "太大"),
    "claims.jpg": (lambda: _claims(simplejpeg.encode_jpeg(np.zeros((64, 64, 3), np.uint8)), 20_000, 10_000), "太大"),
    "passes.jpg": (lambda: _claims(_progressive(), 10_000, 10_000), "太大"),
    "many.tif": (lambda: _tiff_of_many_pages(100_000), "页数太多"),
    "locked.pdf": (lambda: _pdf(b"", trailer=ENCRYPTED), "密码"),
    "inside.pdf": (lambda: _pdf(b"\xff\xd8\xff", size=(20_000, 20_000)), "里的图太大"),
}


def test_bombs_are_refused_by_name_and_memory_stays_small(printed, tmp_path):
    for name, (make, _) in BOMBS.items():
        (tmp_path / name).write_bytes(make())
    said, peak = _read_apart(printed, tmp_path, *(tmp_path / name for name in BOMBS))
    for name, (_, words) in BOMBS.items():
        line = next(line for line in said.splitlines() if name in line.split("：")[0])
        assert words in line
    assert peak < 150


def test_largest_picture_that_is_read_stays_within_memory(printed, tmp_path):
    (tmp_path / "large.png").write_bytes(_png(6_900, 7_200, channels=4))
    said, peak = _read_apart(printed, tmp_path, tmp_path / "large.png")
    assert "空白页" in said
    assert peak < MEGABYTES


@pytest.mark.slow
def test_pdf_of_300_pages_stays_within_memory(printed, scan, tmp_path):
    (tmp_path / "long.pdf").write_bytes(_pdf(scan, pages=300))
    said, peak = _read_apart(printed, tmp_path, tmp_path / "long.pdf")
    assert said.count("内容一致") == 299
    assert peak < MEGABYTES


def test_pdf_with_javascript_is_read_and_the_script_is_not_run(printed, scan, tmp_path):
    script = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\); while\\(true\\){}) >>"
    (tmp_path / "script.pdf").write_bytes(_pdf(scan, catalog=script))
    summary = read_files(printed.data, [tmp_path / "script.pdf"], out=tmp_path / "readings.csv")
    assert (summary.sheets, summary.marked, summary.review) == (1, 0, 0)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_jpeg_that_ends_early_is_refused_and_not_read_as_blank(scan, part, tmp_path):
    path = tmp_path / "torn.jpg"
    path.write_bytes(scan[: int(len(scan) * part)])
    _, picture = next(images.open_pages(path, range(1)))
    assert isinstance(picture, SheetError)
    assert "损坏" in str(picture)


def _fax(page):
    return Image.fromarray(page).resize((2480, 3508)).point(lambda value: 255 * (value > 150)).convert("1")


def _clear(page):
    """Ink on nothing: where the page is white the picture is transparent black."""
    ink = np.where(page < 200, page, 0).astype(np.uint8)
    return Image.fromarray(np.dstack([ink, ink, ink, np.where(page < 200, 255, 0).astype(np.uint8)]))


def _turned(page, angle, orientation):
    """A picture as a camera held on its side leaves it: the turn is written in its EXIF only."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return Image.fromarray(page).rotate(angle, expand=True), {"exif": exif}


UNUSUAL = {
    "cmyk.jpg": lambda page: (Image.fromarray(page).convert("CMYK"), {}),
    "progressive.jpg": lambda page: (Image.fromarray(page).convert("RGB"), {"progressive": True}),
    "side.jpg": lambda page: _turned(page, 90, 6),
    "upside.jpg": lambda page: _turned(page, 180, 3),
    "sixteen.tif": lambda page: (Image.fromarray(page.astype(np.uint16) * 257), {}),
    "sixteen.png": lambda page: (Image.fromarray(page.astype(np.uint16) * 257), {}),
    "fax.tif": lambda page: (_fax(page), {"compression": "group4"}),
    "coarse.tif": lambda page: (_fax(page).resize((1728, 1145)), {"compression": "group3"}),
    "clear.png": lambda page: (_clear(page), {}),
    "palette.png": lambda page: (Image.fromarray(page).quantize(16), {}),
    "dark.jpg": lambda page: (Image.fromarray((page * 0.2).astype(np.uint8)), {"quality": 90}),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_picture_of_a_page_is_read_as_any_other(printed, name, tmp_path):
    page = printed.pages[0].copy()
    place = next(place for place in printed.layout.pages[1].bubbles if place.option == "o2")
    left, top, side = (round(value * 150 / 25.4) for value in (place.x, place.y, place.w))
    page[top + 5 : top + side - 5, left + 5 : left + side - 5] = 30
    picture, how = UNUSUAL[name](page)
    picture.save(tmp_path / name, **how)
    read_files(printed.data, [tmp_path / name], out=tmp_path / "out.csv")
    rows = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert len(rows) == len(printed.layout.pages[1].bubbles)
    assert [(row["question"], row["option"], row["state"]) for row in rows if row["state"] != "blank"] == [
        (place.question, "o2", "marked")
    ]


def test_jpeg_with_bytes_after_its_end_is_read(scan, tmp_path):
    path = tmp_path / "padded.jpg"
    path.write_bytes(scan[:-2] + b"\0" * 16 + scan[-2:] + b"trailer" * 9)
    assert isinstance(next(images.open_pages(path, range(1)))[1], Picture)


def test_file_is_read_by_what_it_is_and_not_by_its_name(printed, scan, tmp_path):
    (tmp_path / "scan.pdf").write_bytes(scan)
    (tmp_path / "scan.png").write_bytes(_pdf(scan))
    summary = read_files(printed.data, [tmp_path / "scan.pdf", tmp_path / "scan.png"], out=tmp_path / "readings.csv")
    assert (summary.pages, summary.sheets) == (2, 1)


def test_picture_of_an_unknown_kind_in_a_folder_is_named(printed, scan, tmp_path):
    folder = tmp_path / "pile"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(scan)
    (folder / "b.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 400)
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    summary = read_files(printed.data, [folder], out=tmp_path / "readings.csv")
    said = [(Path(item["file"]).name, item["problem"]) for item in summary.problems if item["problem"] != "缺页"]
    assert said == [("b.heic", "文件打不开")]


def test_every_file_is_named_when_none_can_be_read(printed, tmp_path):
    for name in ("one.jpg", "two.png"):
        (tmp_path / name).write_bytes(b"\0" * 100)
    with pytest.raises(SheetError) as caught:
        read_files(printed.data, [tmp_path / "one.jpg", tmp_path / "two.png"], out=tmp_path / "readings.csv")
    assert all(name in str(caught.value) for name in ("one.jpg", "two.png"))


@pytest.mark.parametrize("first", "=+-@")
def test_file_name_cannot_become_a_formula(printed, scan, first, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = f"{first}cmd|'!A0.jpg"
    Path(name).write_bytes(scan)
    Path("layout.json").write_text(json.dumps(printed.data), encoding="utf-8")
    assert sheets.main(["read", "layout.json", "--out", "readings.csv", "--review", "review", "--", name]) == 0
    for table in ("readings.csv", "readings.problems.csv"):
        with Path(table).open(encoding="utf-8-sig", newline="") as file:
            assert {row["file"] for row in csv.DictReader(file)} == {"'" + name}


def _children(process):
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are looked up in /proc")
@pytest.mark.parametrize("jobs", [1, 2])
def test_batch_killed_outright_goes_on_without_a_duplicate(printed, jobs, tmp_path):
    (tmp_path / "scans").mkdir()
    for copy in range(24):
        page = render_page(printed.pdf, copy % (2 * COPIES), 100)
        (tmp_path / "scans" / f"{copy}.jpg").write_bytes(simplejpeg.encode_jpeg(page[:, :, None], 85, "GRAY"))
    (tmp_path / "layout.json").write_text(json.dumps(printed.data), encoding="utf-8")
    words = ["read", "layout.json", "scans", "--out", "readings.csv", "--review", "review", "--jobs", str(jobs)]
    run = "import sys; from xiangli.surveys.commands.sheets import main; sys.exit(main(sys.argv[1:]))"
    slow = "import xiangli.surveys.sheets.journal as j, time; a = j.Journal.add\n"
    slow += "def add(self, *r): a(self, *r); time.sleep(0.1)\nj.Journal.add = add\n"
    process = subprocess.Popen(
        [sys.executable, "-c", slow + run, *words], cwd=tmp_path, env=APART, stdout=subprocess.DEVNULL
    )
    journal, until = tmp_path / "readings.csv.journal", time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b"\n") < 4:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    workers = _children(process.pid)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "readings.csv").exists()
    while any(
        Path(f"/proc/{worker}/cmdline").exists() and Path(f"/proc/{worker}/cmdline").read_bytes() for worker in workers
    ):
        assert time.monotonic() < until, "workers outlive their parent"
        time.sleep(0.05)
    again = subprocess.run(
        [sys.executable, "-c", run, *words], cwd=tmp_path, env=APART, capture_output=True, text=True, check=True
    )
    assert "接着上次中断的地方读" in again.stdout
    with (tmp_path / "readings.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["sheet"], row["page"], row["question"], row["option"]) for row in csv.DictReader(file)]
    assert len(rows) == len(set(rows)) == COPIES * sum(len(page.bubbles) for page in printed.layout.pages.values())
    assert not journal.exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert (tmp_path / "review" / "review.csv").exists()
