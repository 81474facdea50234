"""What the sheets engine refuses, in words for the person in front of it."""

from __future__ import annotations

import errno

# The engine stands alone: these are its own words, for what happens to those who read and print sheets.
_REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满，请清理出空间后再试",
    errno.EISDIR: "这是一个文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EIO: "磁盘读写出错",
}


class SheetError(ValueError):
    """A definition, layout or file that cannot be used; the message is Chinese and shown as it is."""


def refusal(doing: str, path: object, error: OSError) -> SheetError:
    """What cannot be done to a file, and why."""
    return SheetError(f"{doing} {path}：{_REASONS.get(error.errno or 0, error.strerror or '读写失败')}")
