"""`./xiangli test`: the whole suite on SQLite, then whatever touches the database again on PostgreSQL."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import postgres
from .environment import CHECKOUT, clean_environment, ensure
from .terminal import Problem, say, step

NO_TESTS = 5  # pytest's exit code when nothing was selected
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


@dataclass
class Outcome:
    """What one pass of the suite did."""

    name: str
    code: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    remark: str = ""

    def line(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"  {self.name}: {self.remark}" if self.remark else f"  {self.name}: {text}"


def _chromium() -> str:
    """Path of the browser, or "" where there is none."""
    named = os.environ.get("XIANGLI_CHROMIUM")
    candidates = (named,) if named else CHROMIUM
    return next((path for path in candidates if Path(path).exists()), "")


def _pass(python: Path, name: str, arguments: list[str], extra: dict[str, str]) -> Outcome:
    """Runs pytest once, its output going straight to the terminal."""
    folder = Path(tempfile.mkdtemp(prefix="xiangli-test-"))
    counts = folder / "counts.json"
    env = clean_environment()
    env.pop("DATABASE_URL", None)
    env |= {"XIANGLI_DATA": str(folder / "data"), "XIANGLI_TEST_COUNTS": str(counts), "XIANGLI_CHROMIUM": _chromium()}
    env |= {"XIANGLI_SECRET": "only-for-tests", **extra}
    command = [str(python), "-m", "pytest", *_parallel(arguments), *arguments]
    if not os.access(CHECKOUT, os.W_OK):
        command += ["-p", "no:cacheprovider"]
        env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    try:
        code = subprocess.call(command, cwd=CHECKOUT, env=env)
        outcome = Outcome(name, code)
        with contextlib.suppress(OSError, ValueError):
            outcome = Outcome(name, code, **json.loads(counts.read_text(encoding="utf-8")))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if code not in (0, NO_TESTS) and not outcome.failed:
        outcome.failed = 1  # it broke before a test could
    return outcome


def _parallel(arguments: list[str]) -> list[str]:
    """One worker per core, up to four, unless the arguments want something else; the order is tests/conftest.py's."""
    own = any(part in ("-n", "--pdb", "--collect-only", "--co", "-s") or part.startswith("-n") for part in arguments)
    workers = min(4, os.cpu_count() or 1)
    return [] if own or workers < 2 else ["-n", str(workers), "--dist", "loadscope", "--no-loadscope-reorder"]


def _postgres(python: Path, arguments: list[str], stack: contextlib.ExitStack) -> str | Problem:
    """The address of the PostgreSQL to test on, there until the stack is left; or why there is none.

    For the whole suite its migrations already run beside the tests on SQLite: later, all workers would wait for them.
    """
    try:
        url = os.environ.get("DATABASE_URL") or stack.enter_context(postgres.throw_away())
    except Problem as problem:
        return problem
    if not arguments:
        env = clean_environment() | {
            "DATABASE_URL": url, "XIANGLI_DATA": tempfile.gettempdir(), "XIANGLI_SECRET": "only-for-tests",
            "DJANGO_SETTINGS_MODULE": "xiangli.config.settings",
            "PYTHONPATH": os.pathsep.join((str(CHECKOUT), str(CHECKOUT / "src"))),
        }  # fmt: skip
        command = [str(python), "-c", "from tests.databases import prepare; prepare()"]
        # Quiet: where it fails the tests try again, and say what is wrong.
        stack.enter_context(subprocess.Popen(command, cwd=CHECKOUT, env=env, stderr=subprocess.DEVNULL))
    return url


def _on_postgresql(python: Path, arguments: list[str], database: str | Problem, required: bool) -> Outcome:
    if isinstance(database, Problem):
        remark = f"SKIPPED — {database} → {database.remedy}"
        return Outcome("PostgreSQL", failed=int(required), skipped=int(not required), remark=remark)
    step("再在 PostgreSQL 上测一遍 (once more on PostgreSQL)")
    return _pass(python, "PostgreSQL", arguments, {"XIANGLI_TEST_PASS": "postgresql", "DATABASE_URL": database})


def test(arguments: list[str]) -> int:
    """Runs the suite; the last line is the total. XIANGLI_REQUIRE_ALL=1: what cannot run is a failure."""
    required = os.environ.get("XIANGLI_REQUIRE_ALL") == "1"
    python = ensure("test")
    with contextlib.ExitStack() as stack:
        database = _postgres(python, arguments, stack)
        step("在 SQLite 上测试 (on SQLite)")
        outcomes = [_pass(python, "SQLite", arguments, {"XIANGLI_TEST_PASS": "sqlite"})]
        if outcomes[0].code == 2:  # interrupted, or the suite cannot even be collected
            say(outcomes[0].line())
        else:
            outcomes.append(_on_postgresql(python, arguments, database, required))
    say("\n测试汇总 (summary)")
    for outcome in outcomes:
        say(outcome.line())
    browser = _chromium() or "SKIPPED — apt-get install chromium fonts-noto-cjk"
    say(f"  浏览器 (browser): {browser}")
    passed, failed, skipped = (sum(getattr(o, part) for o in outcomes) for part in ("passed", "failed", "skipped"))
    say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0
