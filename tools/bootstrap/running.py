"""`./xiangli run`: set up, load the demonstration into a new data folder, serve."""

import errno
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

from .environment import CHECKOUT, clean_environment, ensure, exclusive, make_folder, remove
from .schema import DATABASE, schema_key, unpack
from .terminal import DISK_FULL, Parser, Problem, disk_full, step

MARK = ".xiangli.json"
HOST = "127.0.0.1"
NOT_OURS = (errno.EADDRNOTAVAIL, socket.EAI_NONAME)
DATA_SPACE = 200  # MB: the demonstration with its database, static files and room to write


def application(python: Path, words: list[str], data: Path | None = None) -> tuple[list[str], dict[str, str]]:
    """Command and environment for the application's own command line."""
    env = clean_environment()
    if data is not None:
        env["XIANGLI_DATA"] = str(data)
    return [str(python), "-m", "xiangli.config.cli", *words], env


def default_data() -> Path:
    """Where data lives unless told otherwise: var/ in the checkout, or the user's own folder when that is read-only."""
    if named := os.environ.get("XIANGLI_DATA"):
        return Path(named)
    if os.access(CHECKOUT, os.W_OK):
        return CHECKOUT / "var"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "xiangli"


def check_port(port: int, host: str = HOST) -> None:
    """Refuses a port, or an address, that cannot be listened on."""
    if not 1 <= port <= 65535:
        raise Problem(f"端口号不对 (bad port): {port}", "请用 1024 到 65535 之间的数，例如 --port 8080")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise Problem(
                f"没有权限使用端口 {port} (not permitted)", "请用 1024 以上的端口，例如 --port 8080"
            ) from error
        except OSError as error:
            if error.errno in NOT_OURS:
                raise Problem(
                    f"这台电脑没有地址 {host} (not an address of this computer)", "所有地址都听，用 --host 0.0.0.0"
                ) from error
            raise Problem(
                f"端口 {port} 已被占用 (port in use)：也许乡里已经在运行",
                f"请先停掉占用它的程序，或换一个端口 (choose another): ./xiangli run --port {min(port + 1, 65535)}",
            ) from error


def _mark(data: Path) -> dict[str, str]:
    try:
        return json.loads((data / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write_mark(data: Path) -> None:
    temporary = data / (MARK + ".new")
    temporary.write_text(json.dumps({"schema": schema_key()}) + "\n", encoding="utf-8")
    temporary.replace(data / MARK)


def _setup(python: Path, data: Path) -> None:
    command, env = application(python, ["setup", "--if-needed"], data)
    code = subprocess.call(command, env=env)
    if code:
        if shutil.disk_usage(data.parent).free < 5_000_000:
            raise disk_full(str(data))
        raise Problem(f"初始化数据失败 (set-up failed, exit {code})", "上面的提示说明了原因；改正后再运行同一条命令")
    _write_mark(data)


def _create(python: Path, data: Path) -> None:
    """A new data folder: made under a temporary name and moved in whole, so that a failure leaves nothing."""
    free = shutil.disk_usage(data.parent).free // 1_000_000
    if free < DATA_SPACE:
        raise Problem(
            f"磁盘空间不够 (not enough disk): {data.parent} 只剩 {free} MB，示范数据需要 {DATA_SPACE} MB",
            "请先清理出空间，再运行同一条命令",
        )
    for leftover in data.parent.glob(f".{data.name}.new-*"):
        remove(leftover)
    staging = data.with_name(f".{data.name}.new-{os.getpid()}")
    step("建立数据库并装入示范数据 (database and demonstration)……")
    try:
        staging.mkdir()
        if not os.environ.get("DATABASE_URL"):
            unpack(staging / DATABASE)
        _setup(python, staging)
        staging.rename(data)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise disk_full(str(data)) from error
        raise Problem(f"不能写入数据目录 (cannot write) {data}: {error.strerror}", "请用 --data 换一个目录") from error
    finally:
        remove(staging)


def prepare(python: Path, data: Path) -> None:
    """Brings the data folder to the schema of this checkout; does nothing when it is there."""
    make_folder(data.parent)
    if data.is_mount():
        raise Problem(
            f"{data} 是挂载点 (a mount point)", f"请用它里面的一个目录 (use a folder inside it): --data {data}/xiangli"
        )
    if _mark(data).get("schema") == schema_key():
        return
    with exclusive(data.parent, "另一个启动正在准备同一目录，等它完成 (another start is preparing, waiting)……"):
        mark = _mark(data)
        if mark.get("schema") == schema_key():
            return
        if not data.exists() or (data.is_dir() and not any(data.iterdir())):
            _create(python, data)
        elif mark or (data / DATABASE).exists() or (data / "secret_key").exists():
            step("数据库结构有更新，正在升级 (migrating)……")
            _setup(python, data)
        else:
            raise Problem(f"{data} 里已有别的文件，不是乡里的数据目录 (not ours)", "请用 --data 指定一个新目录")


def run(arguments: list[str]) -> int:
    """Sets up what is missing, then becomes the server."""
    parser = Parser(prog="./xiangli run", description="安装、装入示范数据并启动 (set up and serve)")
    parser.add_argument("--host", default=HOST, help="听哪个地址 (default 127.0.0.1)；0.0.0.0 让同一网络里的手机也能连")
    parser.add_argument("--port", type=int, default=8000, help="端口 (default 8000)")
    parser.add_argument("--data", type=Path, default=None, help="数据目录 (default var/)")
    options = parser.parse_args(arguments)
    check_port(options.port, options.host)
    data = (options.data or default_data()).absolute()
    python = ensure("core")
    prepare(python, data)
    check_port(options.port, options.host)  # a second start may have taken it while this one was setting up
    command, env = application(python, ["serve", "--host", options.host, "--port", str(options.port)], data)
    os.execve(command[0], command, env)
    return 0
