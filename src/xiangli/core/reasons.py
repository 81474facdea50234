"""Why a file cannot be read or written, in the user's words."""

import errno

_REASONS = {
    errno.ENOSPC: "磁盘已满，请清理出空间后再试",
    errno.EDQUOT: "磁盘配额已用完，请清理出空间后再试",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘是只读的",
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EISDIR: "这是一个文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "路径中有一段不是文件夹",
    errno.ENAMETOOLONG: "文件名太长",
    errno.ELOOP: "链接绕成了一圈",
    errno.EBUSY: "正在使用，换不了",
    errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件太多，请稍后再试",
    errno.ENFILE: "打开的文件太多，请稍后再试",
}


def reason_of(error: OSError) -> str:
    """What is in the way; the system's own words for what is rare."""
    return _REASONS.get(error.errno or 0, error.strerror or "读写失败")
