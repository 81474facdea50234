"""`./xiangli check`, `bench` and `lock`: what developers run."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .environment import CHECKOUT, SETS, clean_environment, ensure, installer, run_tool
from .schema import packed
from .terminal import Parser, say, step


def _checks(python: Path) -> list[tuple[str, list[str]]]:
    """Name and command of every check, the slowest first."""
    module = [str(python), "-m"]
    tool = python.parent
    templates = sorted(str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "src").rglob("templates/**/*.html"))
    checks = [
        ("mypy：类型 (types)", [*module, "mypy"]),
        ("import-linter：房间次序 (contracts)", [str(python), str(tool / "lint-imports")]),
        (
            "迁移齐全 (no missing migration)",
            [*module, "xiangli.config.cli", "manage", "makemigrations", "--check", "--dry-run"],
        ),
        ("ruff check：写法 (lint)", [*module, "ruff", "check", ".", "xiangli"]),
        ("ruff format：格式 (format)", [*module, "ruff", "format", "--check", ".", "xiangli"]),
        ("依赖的许可证 (licences)", [str(python), "tools/licences.py", "--check"]),
    ]
    if templates:
        checks.append(("djangofmt：模板 (templates)", [str(tool / "djangofmt"), "--check", *templates]))
    return checks


def check(arguments: list[str]) -> int:
    """Runs every check, two at a time; 0 when all pass, 1 otherwise."""
    Parser(prog="./xiangli check").parse_args(arguments)
    python = ensure("dev")
    env = clean_environment() | {"DJANGO_SETTINGS_MODULE": "xiangli.config.settings"}

    def run(command: list[str]) -> subprocess.CompletedProcess:
        return subprocess.run(
            command, cwd=CHECKOUT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )

    checks = _checks(python)
    failed = 0
    if not packed().exists():
        step("✗ 空库快照已过时，请运行 ./xiangli snapshot (snapshot out of date)")
        failed += 1
    with ThreadPoolExecutor(max_workers=2) as pool:
        for (name, _), done in zip(checks, pool.map(lambda entry: run(entry[1]), checks), strict=True):
            step(f"{'✗' if done.returncode else '✓'} {name}")
            if done.returncode:
                failed += 1
                say(done.stdout.rstrip())
    say(f"{len(checks) + 1 - failed} 项通过，{failed} 项不通过 ({failed} failed)")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """Runs the named benchmarks, or all."""
    python = ensure("test")
    env = clean_environment() | {"PYTHONPATH": f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}"}
    return subprocess.call([str(python), "-m", "bench", *arguments], cwd=CHECKOUT, env=env)


def lock(arguments: list[str]) -> int:
    """Pins what requirements/*.in ask for, with hashes; --upgrade takes newer versions than the pinned ones."""
    parser = Parser(prog="./xiangli lock")
    parser.add_argument("--upgrade", action="store_true", help="升级到最新版本 (take newer versions)")
    options = parser.parse_args(arguments)
    folder = CHECKOUT / "requirements"
    inputs = {name: [f"requirements/{part}.in" for part in SETS[: SETS.index(name) + 1]] for name in SETS}
    inputs["postgres"] = ["requirements/postgres.in"]
    with installer(CHECKOUT) as (uv, env):
        env = env | {"UV_CUSTOM_COMPILE_COMMAND": "./xiangli lock"}
        common = [
            str(uv),
            "pip",
            "compile",
            "--python",
            sys.executable,
            "--python-version",
            "3.11",
            "--no-emit-index-url",
        ]
        common += ["--only-binary", ":all:", "--generate-hashes", "--override", "requirements/overrides.txt"]
        common += ["--upgrade"] if options.upgrade else []
        for name, files in inputs.items():
            own = ["--no-deps"] if name == "postgres" else []  # its binaries are run directly
            run_tool([*common, *own, *files, "-o", str(folder / f"{name}.lock")], env, f"锁定 {name}.lock")
            step(f"requirements/{name}.lock")
    return 0
