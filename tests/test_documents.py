"""What the README and the documentation tell people to type is typed here."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from xiangli.config.cli import WORDS

CHECKOUT = Path(__file__).resolve().parent.parent
LAUNCHER_WORDS = {"run", "test", "check", "bench", "lock", "help"}
PAGES = [CHECKOUT / "README.md", CHECKOUT / "README.zh.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[list[str]]:
    """The lines of a page that are commands: set off by four spaces or in a fence."""
    lines = re.findall(r"^(?: {4}|```\n)?(\./xiangli .+|tools/\S+\.(?:sh|py).*)$", page.read_text(), re.MULTILINE)
    lines += re.findall(r"^ {4}(\./xiangli .+|tools/\S+\.(?:sh|py).*)$", page.read_text(), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in dict.fromkeys(lines)]


def environment() -> dict[str, str]:
    """As a user has it: none of our own variables, but the packages already there."""
    ours = re.compile("XIANGLI_|DATABASE_URL|DJANGO_|PYTHONPATH")
    return {key: value for key, value in os.environ.items() if not ours.match(key)}


def launch(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CHECKOUT / "xiangli", *words], capture_output=True, text=True, env=environment(), **options
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_documents_exists(page):
    for command, *words in commands(page):
        if command == "./xiangli":
            assert words[0] in LAUNCHER_WORDS | set(WORDS), f"{page.name}: {command} {words}"
        else:
            assert os.access(CHECKOUT / command, os.X_OK), f"{page.name}: {command}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_in_the_documents_exists(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_both_readmes_give_the_same_commands():
    assert commands(CHECKOUT / "README.md") == commands(CHECKOUT / "README.zh.md")


def test_help_lists_every_word():
    answer = launch("help", timeout=60)
    assert answer.returncode == 0
    for word in [*WORDS, "run", "test"]:
        assert word in answer.stdout


def test_unknown_word_is_refused_in_chinese():
    answer = launch("nonsense", timeout=60)
    assert (answer.returncode, "没有“nonsense”这个命令" in answer.stderr) == (2, True)


@pytest.mark.slow
def test_run_sets_up_and_serves_then_starts_again(tmp_path):
    data = tmp_path / "data"
    first = _serve(data)
    assert "乡里已开门" in first
    assert re.search(r"county\s+县级管理员", first)
    assert "乡里已开门" in _serve(data)


def _serve(data: Path) -> str:
    """Start, wait for the front door, stop; what it printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(CHECKOUT / "xiangli"), "run", "--port", str(port), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
    )
    try:
        for _ in range(1200):
            assert process.poll() is None, process.communicate()[0]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                    assert "乡里" in page.read().decode()
                    break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        else:
            pytest.fail("no page after two minutes")
    finally:
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=30)
    return printed


@pytest.mark.slow
def test_run_refuses_a_port_in_use_before_anything_else(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = launch("run", "--port", port, "--data", str(tmp_path / "data"), timeout=60)
    assert (answer.returncode, port in answer.stderr) == (2, True)
    assert not (tmp_path / "data").exists()
