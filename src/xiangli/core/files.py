"""Files: written whole or not at all, and known by what they contain, not by what they are called."""

import contextlib
import lzma
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import IO

from xiangli.core.errors import UserError
from xiangli.core.reasons import reason_of

MAX_UPLOAD = 20_000_000  # bytes
MAX_UNPACKED = 300_000_000  # bytes a spreadsheet may unpack to
MAX_MEMBERS = 5_000
# Everything that zipfile has been seen to raise on damaged archives.
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileKind(StrEnum):
    """What a file is, by its content."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"
    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    ZIP = "zip"
    UNKNOWN = "unknown"


NAMES = {
    FileKind.XLSX: "Excel 表格（.xlsx）",
    FileKind.XLS: "旧版 Excel 表格（.xls）",
    FileKind.CSV: "CSV 文本表格",
    FileKind.PDF: "PDF 文件",
    FileKind.JPEG: "JPEG 图片",
    FileKind.PNG: "PNG 图片",
    FileKind.TIFF: "TIFF 图片",
    FileKind.ZIP: "压缩包",
    FileKind.UNKNOWN: "认不出的文件",
}
_MAGIC = (
    (b"%PDF-", FileKind.PDF),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"II*\x00", FileKind.TIFF),
    (b"MM\x00*", FileKind.TIFF),
    (_OLE, FileKind.XLS),
)


def decode_text(data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it was in: UTF-8 with or without BOM, UTF-16 with BOM, else GB 18030 (which
    includes GBK and GB 2312). UserError where it is none of them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif data.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\x00" not in text:
                return text, encoding
    raise UserError("文件不是文本，或者编码既不是 UTF-8 也不是 GBK。请用 Excel 或 WPS 另存为“CSV UTF-8”再试。")


def kind_of(data: bytes) -> FileKind:
    """What a whole file is. Text of any sort counts as CSV; a zip is a spreadsheet only with a workbook inside."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return FileKind.PDF
    if data.startswith(b"PK\x03\x04"):
        with contextlib.suppress(*BROKEN_ARCHIVE), zipfile.ZipFile(BytesIO(data)) as archive:
            return FileKind.XLSX if "xl/workbook.xml" in archive.namelist() else FileKind.ZIP
        return FileKind.UNKNOWN
    try:
        text, _ = decode_text(data)
    except UserError:
        return FileKind.UNKNOWN
    controls = sum(character < " " and character not in "\t\r\n\f" for character in text[:4096])
    return FileKind.UNKNOWN if controls else FileKind.CSV


def check_upload(data: bytes, allowed: set[FileKind], *, limit: int = MAX_UPLOAD) -> FileKind:
    """The kind of an upload, if it is one of ``allowed`` and not too large. UserError otherwise."""
    if not data:
        raise UserError("文件是空的。")
    if len(data) > limit:
        raise UserError(f"文件太大，最多 {limit / 1e6:.0f} MB。")  # nobody reads more than one byte beyond
    kind = kind_of(data)
    if kind not in allowed:
        wanted = "、".join(NAMES[each] for each in FileKind if each in allowed)
        raise UserError(f"这是{NAMES[kind]}，这里需要的是：{wanted}。")
    if kind in (FileKind.XLSX, FileKind.ZIP):
        check_archive(data)
    return kind


def check_archive(data: bytes) -> None:
    """Refuses a zip that unpacks to far more than it should. Every member is unpacked and counted: headers can lie."""
    too_large = UserError("表格解压后过大，可能是恶意文件，已拒绝。")
    unpacked = 0
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
                raise too_large
            for member in members:
                with archive.open(member) as stream:
                    while chunk := stream.read(1 << 20):
                        unpacked += len(chunk)
                        if unpacked > MAX_UNPACKED:
                            raise too_large
    except BROKEN_ARCHIVE as error:
        raise UserError("文件已损坏，打不开。请重新下载或另存一份再试。") from error


def explain_os_error(error: OSError, path: Path) -> UserError:
    """What the user can do about a file that cannot be read or written."""
    return UserError(f"{path}：{reason_of(error)}。")


def read_file(path: Path, *, limit: int = MAX_UPLOAD) -> bytes:
    """A file's content. UserError where it cannot be read or is larger than ``limit`` bytes."""
    try:
        size = path.stat().st_size
        if size > limit:
            raise UserError(f"{path}：文件有 {size / 1e6:.0f} MB，超过了 {limit / 1e6:.0f} MB 的上限。")
        return path.read_bytes()
    except OSError as error:
        raise explain_os_error(error, path) from error


@contextlib.contextmanager
def atomic_write(path: Path, *, text: bool = False) -> Iterator[IO]:
    """A file to write to (binary, or UTF-8 text) that takes its place only when the block ends well.

    It is written beside its place and moved in with one rename: whoever reads sees the old file or the new one. Its
    folder is made. UserError where it cannot be written; nothing is left behind then. What is no file but stands there
    (/dev/null) is left alone: the rename would put a file in the place of a device of the machine.
    """
    temporary: str | None = None
    if not path.name:
        raise UserError("要写到哪个文件？没有写文件名。")
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise UserError(f"{path}：这是设备或管道，不是文件，不能写到那里。")
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".new", dir=path.parent)
        with os.fdopen(descriptor, "w" if text else "wb", encoding="utf-8" if text else None) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)  # mkstemp makes it private; a result is an ordinary file
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise explain_os_error(error, path) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
