"""A new SQLite database in a moment: the outcome of all migrations, kept packed beside the code.

Migrating from nothing takes a minute of processor time. The packed
database is only a short cut: it is used when it was made from exactly the present migrations, `setup` migrates
afterwards in any case, and a test compares it with what the migrations make.
"""

import contextlib
import hashlib
import lzma
import re
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from .environment import CHECKOUT, clean_environment, ensure
from .terminal import Parser, Problem, step

SOURCE = CHECKOUT / "src" / "xiangli"
FOLDER = CHECKOUT / "tools" / "schema"
DATABASE = "xiangli.sqlite3"


def schema_key() -> str:
    """Changes with our migrations, with the modules they import, and with the pinned packages (which bring theirs)."""
    files = set(SOURCE.glob("*/migrations/*.py"))
    for file in list(files):
        for module in re.findall(r"from xiangli\.([\w.]+) import", file.read_text(encoding="utf-8")):
            files |= set(SOURCE.glob(module.replace(".", "/") + "*"))
    total = hashlib.sha256((CHECKOUT / "requirements" / "core.lock").read_bytes())
    for file in sorted(path for path in files if path.suffix == ".py"):
        total.update(f"{file.relative_to(SOURCE)}\n".encode() + file.read_bytes())
    return total.hexdigest()[:16]


def packed() -> Path:
    """Where the packed database of the present migrations is, if it is there."""
    return FOLDER / f"{schema_key()}.sqlite3.xz"


def unpack(target: Path) -> bool:
    """Writes the migrated, empty database to ``target``; False where none fits the present migrations."""
    try:
        content = lzma.decompress(packed().read_bytes())
    except (OSError, lzma.LZMAError):
        return False
    target.write_bytes(content)
    return True


def migrate(python: Path, environment: dict[str, str]) -> None:
    """Runs all migrations for real. RuntimeError with their output where one fails."""
    env = clean_environment()
    for name in ("DATABASE_URL", "XIANGLI_DATA"):
        env.pop(name, None)
    command = [str(python), "-m", "xiangli.config.cli", "manage", "migrate", "--run-syncdb", "--verbosity=0"]
    done = subprocess.run(command, env=env | environment, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"migrate failed:\n{done.stdout}{done.stderr}")


def make(python: Path, target: Path) -> None:
    """Migrates a new SQLite database into the file ``target``."""
    with tempfile.TemporaryDirectory(dir=target.parent) as data:
        migrate(python, {"XIANGLI_DATA": data})
        made = Path(data) / DATABASE
        with contextlib.closing(sqlite3.connect(made)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.replace(target)


def snapshot(arguments: list[str]) -> int:
    """`./xiangli snapshot`: packs the database of the present migrations, unless that is there already."""
    Parser(prog="./xiangli snapshot").parse_args(arguments)
    python, target = ensure("core"), packed()
    if target.exists():
        step(f"{target.relative_to(CHECKOUT)} 已是最新 (up to date)")
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        plain = Path(folder) / DATABASE
        try:
            make(python, plain)
        except RuntimeError as error:
            raise Problem(str(error), "请先改正迁移 (mend the migrations first)") from error
        with contextlib.closing(sqlite3.connect(plain)) as connection, connection:
            connection.execute("UPDATE django_migrations SET applied = '2026-01-01 00:00:00'")
            connection.commit()
            connection.execute("VACUUM")
        content = lzma.compress(plain.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
    for former in FOLDER.glob("*.xz"):
        former.unlink()
    target.write_bytes(content)
    step(f"{target.relative_to(CHECKOUT)} ({len(content) // 1000} kB)")
    return 0
