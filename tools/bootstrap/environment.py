"""The virtual environment: built beside its place under a temporary name, stamped, then moved in with one rename.

A start that finds the stamp of the wanted lock does nothing. Whatever stops a build (a full disk, no network, Ctrl-C)
leaves the former environment as it was.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .fetch import INDEX_REMEDY, UV_VERSION, Index, fetch_uv, find_index
from .terminal import DISK_FULL, Problem, disk_full, say, step

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SETS = ("core", "test", "dev")  # each lock holds everything the one before it holds, at the same versions
SPACE = {"core": 900, "test": 1100, "dev": 1300}  # MB on the disk, measured, rounded up
STAMP = "xiangli.json"
PATIENCE = 15  # seconds between two signs of life


def location() -> Path:
    """Where the environment lives: in the checkout, or in the user's cache when the checkout is read-only."""
    if named := os.environ.get("XIANGLI_VENV"):
        return Path(named).absolute()
    if os.access(CHECKOUT, os.W_OK):
        return CHECKOUT / ".venv"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "xiangli" / hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12] / "venv"


def clean_environment() -> dict[str, str]:
    """Our environment for what we start: byte code is kept, in the checkout or beside the environment; UTF-8 always."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPATH": str(CHECKOUT / "src"), "PYTHONUTF8": "1"}
    if not os.access(CHECKOUT, os.W_OK):
        env["PYTHONPYCACHEPREFIX"] = str(location().parent / "pycache")
    return env


def lock_file(which: str) -> Path:
    """The hashed requirements of a set."""
    return CHECKOUT / "requirements" / f"{which}.lock"


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stamp(venv: Path) -> dict[str, str]:
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
        return stamp if (venv / "bin" / "python").exists() else {}
    except (OSError, ValueError):
        return {}


def _fresh(venv: Path, which: str) -> bool:
    return _stamp(venv).get(which) == digest(lock_file(which))


@contextlib.contextmanager
def exclusive(folder: Path, waiting: str) -> Iterator[None]:
    """One process at a time, by a lock on the folder itself: it leaves no file and dies with its holder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step(waiting)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it; what is in the way is told in words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise disk_full(str(folder)) from error
        raise Problem(f"不能建立目录 (cannot make folder) {folder}: {error.strerror}", "请换一个可写的目录") from error


def ensure(which: str) -> Path:
    """The environment's interpreter, after installing the set `which` unless it is already there."""
    venv = location()
    if not _fresh(venv, which):
        make_folder(venv.parent)
        with exclusive(venv.parent, "另一个安装正在进行，等它完成 (another set-up is running, waiting)……"):
            if not _fresh(venv, which):
                _build(venv, which)
    return venv / "bin" / "python"


def tool_environment(index: Index, hosts: list[str]) -> dict[str, str]:
    """The environment uv runs in: the same index and certificates as ours, nobody else's settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("UV_") or name == "UV_CACHE_DIR"}
    env |= {
        "UV_DEFAULT_INDEX": index.url,
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_HTTP_TIMEOUT": "120",
        "UV_NO_PROGRESS": "1",
    }
    env.pop("VIRTUAL_ENV", None)
    if index.bundle:
        env["SSL_CERT_FILE"] = index.bundle
    if not index.verified:
        env["UV_INSECURE_HOST"] = " ".join(hosts)
    cache = Path(env.get("UV_CACHE_DIR") or Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv")
    nearest = next(folder for folder in (cache, *cache.parents) if folder.exists())
    if not os.access(nearest, os.W_OK):
        env["UV_NO_CACHE"] = "1"
    return env


def _explain(output: str, doing: str) -> Problem:
    """uv's complaint, sorted into what the user can do about it."""
    tail = "\n".join(output.strip().splitlines()[-8:])
    if re.search(r"No space left|os error 28|Disk quota exceeded|os error 122", output):
        return disk_full(doing)
    if re.search(r"[Hh]ash mismatch", output):
        return Problem(
            f"下载的软件包与预期不符 (download corrupted)\n{tail}",
            "请再运行一次；若仍如此，说明索引或代理改动了文件，请换一个索引 (PIP_INDEX_URL)",
        )
    if re.search(r"peer certificate|UnknownIssuer|CertificateRequired|certificate verify", output):
        return Problem(
            f"索引的证书不受信任 (certificate not trusted)\n{tail}",
            "请设 SSL_CERT_FILE=根证书文件 (set SSL_CERT_FILE to your bundle)",
        )
    if re.search(r"Could not connect|error sending request|Failed to fetch|dns error|timed out|Connection", output):
        return Problem(f"连不上软件包索引 (index unreachable)\n{tail}", INDEX_REMEDY)
    return Problem(f"{doing}失败 (failed)\n{tail}", INDEX_REMEDY)


def run_tool(command: list[str], env: dict[str, str], doing: str) -> None:
    """Runs one command of the set-up, with a sign of life now and then; its output is shown when it fails."""
    with tempfile.TemporaryFile() as output:
        started = told = time.monotonic()
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            while process.poll() is None:
                time.sleep(0.05)
                if time.monotonic() - told > PATIENCE:
                    told = time.monotonic()
                    step(f"  仍在{doing} (still working, {told - started:.0f} s)……")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if process.returncode:
            output.seek(0)
            raise _explain(output.read().decode("utf-8", "replace"), doing)


def remove(path: Path) -> None:
    """Removes a folder if it is there."""
    shutil.rmtree(path, ignore_errors=True)


def _check_space(folder: Path, which: str) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < SPACE[which]:
        raise Problem(
            f"磁盘空间不够 (not enough disk): {folder} 只剩 {free} MB，安装需要 {SPACE[which]} MB",
            "请先清理出空间，再运行同一条命令；还没有写入任何文件 (nothing was written)",
        )


def _build(venv: Path, which: str) -> None:
    if venv.exists() and not (venv / "pyvenv.cfg").exists() and any(venv.iterdir()):
        raise Problem(f"{venv} 已存在，但不是 Python 环境 (exists, not an environment)", "请移走它再运行")
    former = [name for name in SETS if name in _stamp(venv)]
    which = max([which, *former], key=SETS.index)  # a developer's environment is not made smaller
    for leftover in venv.parent.glob(f"{venv.name}.new-*"):
        remove(leftover)
    for leftover in venv.parent.glob(f"{venv.name}.old-*"):
        remove(leftover)
    _check_space(venv.parent, which)
    staging = venv.with_name(f"{venv.name}.new-{os.getpid()}")
    try:
        _fill(staging, venv, which)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise disk_full(str(venv)) from error
        raise Problem(f"安装时写文件失败 (cannot write): {error}", "请检查目录的权限和磁盘") from error
    finally:
        remove(staging)


@contextlib.contextmanager
def installer(near: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """uv, ready to run, and the environment to run it in. `near`: a writable folder for the time being."""
    index = find_index()
    kept = location() / "bin" / "uv"
    if index.verified and kept.exists() and _stamp(location()).get("uv") == UV_VERSION:
        yield kept, tool_environment(index, [])
        return
    with tempfile.TemporaryDirectory(prefix=f"{location().name}.new-uv-", dir=near) as folder:
        uv, hosts = fetch_uv(index, Path(folder))
        yield uv, tool_environment(index, hosts)


def _fill(staging: Path, venv: Path, which: str) -> None:
    say(f"安装「{which}」所需的软件包 (setting up), Python {sys.version.split()[0]}, {venv}")
    with installer(venv.parent) as (uv, env):
        base = Path(sys.base_prefix) / "bin" / "python3.11"
        python = base if base.exists() else Path(sys.executable)
        run_tool([str(uv), "venv", "--relocatable", "--python", str(python), str(staging)], env, "建立 Python 环境")
        count = sum(1 for line in lock_file(which).read_text(encoding="utf-8").splitlines() if "==" in line)
        step(f"下载并安装 {count} 个软件包，逐个核对 SHA-256 (installing {count} packages)……")
        install(uv, env, ["--python", str(staging / "bin" / "python")], lock_file(which))
        shutil.copy2(uv, staging / "bin" / "uv")
    stamp = {name: digest(lock_file(name)) for name in SETS[: SETS.index(which) + 1]} | {"uv": UV_VERSION}
    (staging / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    former = venv.with_name(f"{venv.name}.old-{os.getpid()}")
    if venv.exists():
        venv.rename(former)
    staging.rename(venv)
    remove(former)
    step("软件包已就绪 (packages ready)")


def install(uv: Path, env: dict[str, str], where: list[str], lock: Path) -> None:
    """Installs a hashed requirements file, wheels only. `where`: uv's options for the place."""
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(lock)]
    run_tool([str(uv), "pip", "install", *where, *options], env, "安装软件包")
