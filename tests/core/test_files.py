import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from xiangli.core import files
from xiangli.core.errors import UserError
from xiangli.core.files import FileKind, atomic_write, check_upload, decode_text, kind_of, read_file
from xiangli.surveys.sheets.errors import SheetError
from xiangli.surveys.sheets.records import write_csv


def picture(kind):
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind)
    return out.getvalue()


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", FileKind.PDF),
        (picture("JPEG"), FileKind.JPEG),
        (picture("PNG"), FileKind.PNG),
        (picture("TIFF"), FileKind.TIFF),
        (archive({"xl/workbook.xml": "<x/>"}), FileKind.XLSX),
        (archive({"a.txt": "a"}), FileKind.ZIP),
        (b"PK\x03\x04 not a zip", FileKind.UNKNOWN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", FileKind.XLS),
        ("村,户\n台荫,12\n".encode(), FileKind.CSV),
        ("村,户\n台荫,12\n".encode("gbk"), FileKind.CSV),
        ("村\t户\n".encode("utf-16"), FileKind.CSV),
        (b"\x00\x01\x02\x03", FileKind.UNKNOWN),
        (b"\x7fELF\x02\x01\x01", FileKind.UNKNOWN),
    ],
)
def test_files_are_known_by_content(data, kind):
    assert kind_of(data) == kind


def test_a_file_of_another_kind_is_refused_by_name():
    with pytest.raises(UserError, match=r"这是PDF 文件，这里需要的是：Excel 表格（.xlsx）、CSV 文本表格。"):
        check_upload(b"%PDF-1.4", {FileKind.XLSX, FileKind.CSV})
    with pytest.raises(UserError, match="空的"):
        check_upload(b"", {FileKind.CSV})
    with pytest.raises(UserError, match="文件太大，最多 2 MB"):
        check_upload(b"a" * 3_000_000, {FileKind.CSV}, limit=2_000_000)


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(files, "MAX_UNPACKED", 1_000_000)
    bomb = archive({"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": b"0" * 2_000_000})
    assert len(bomb) < 10_000
    with pytest.raises(UserError, match="解压后过大"):
        check_upload(bomb, {FileKind.XLSX})


def test_a_zip_whose_header_lies_about_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(files, "MAX_UNPACKED", 1_000_000)
    honest = archive({"xl/workbook.xml": b"0" * 2_000_000})
    lying = honest.replace((2_000_000).to_bytes(4, "little"), (500_000).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(UserError, match="损坏"):
        check_upload(lying, {FileKind.XLSX})


def test_a_damaged_zip_is_refused():
    whole = archive({"xl/workbook.xml": os.urandom(5000)})
    broken = whole[:300] + b"\x00" * 300 + whole[600:]
    with pytest.raises(UserError, match="损坏"):
        check_upload(broken, {FileKind.XLSX})


def test_text_is_decoded_from_what_people_send():
    for encoding in ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"):
        assert decode_text("台荫村，于秀英".encode(encoding))[0] == "台荫村，于秀英"
    assert decode_text("𬭚".encode("gb18030")) == ("𬭚", "gb18030")
    with pytest.raises(UserError, match="UTF-8"):
        decode_text(b"\xff\xff\xff\x80")


def test_a_file_appears_whole_with_ordinary_permissions(tmp_path):
    target = tmp_path / "new" / "out.csv"
    with atomic_write(target, text=True) as file:
        file.write("村")
        assert not target.exists()
    assert target.read_text(encoding="utf-8") == "村"
    assert [path.name for path in target.parent.iterdir()] == ["out.csv"]
    reference = tmp_path / "reference"
    reference.touch()
    assert target.stat().st_mode == reference.stat().st_mode


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")

    def write_half():
        with atomic_write(target) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]


def test_a_pipe_or_a_device_is_left_alone(tmp_path):
    """Run as root with --out /dev/null, the rename put a file in the place of the device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UserError, match="这是设备或管道"), atomic_write(pipe):
        pass
    with pytest.raises(SheetError, match="这是设备或管道"):
        write_csv(pipe, ["a"], [], "utf-8")
    assert (pipe.is_fifo(), list(tmp_path.iterdir())) == (True, [pipe])


def test_a_file_without_a_name_is_told_in_words():
    with pytest.raises(UserError, match="没有写文件名"), atomic_write(Path()):
        pass


def test_a_full_disk_is_told_in_words(tmp_path):
    def write():
        with atomic_write(tmp_path / "out.bin"):
            Path("/dev/full").write_bytes(b"x")  # makes the system itself say ENOSPC

    with pytest.raises(UserError, match="磁盘已满"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_unreadable_and_missing_files_are_told_in_words(tmp_path):
    with pytest.raises(UserError, match="没有这个文件"):
        read_file(tmp_path / "none.csv")
    with pytest.raises(UserError, match="这是一个文件夹"):
        read_file(tmp_path)
    with pytest.raises(UserError, match="不是文件夹"), atomic_write(_file(tmp_path) / "x"):
        pass


def _file(folder):
    path = folder / "file"
    path.touch()
    return path
