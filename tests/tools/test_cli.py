import os
import subprocess
import sys
from pathlib import Path

import pytest

from xiangli.config import cli, environment

CHECKOUT = Path(__file__).resolve().parent.parent.parent
ELECTION = """META
key;value
budget;100
vote_type;approval
PROJECTS
project_id;cost
1;50
VOTES
voter_id;vote
1;1
"""


def test_unknown_word_is_told_with_the_list_of_words(capsys):
    assert cli.main(["nonsense"]) == 2
    assert "没有“nonsense”这个命令" in capsys.readouterr().err


def test_full_disk_is_told_without_a_traceback(tmp_path):
    """/dev/full is a disk on which nothing has room."""
    election = tmp_path / "one.pb"
    election.write_text(ELECTION)
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device, not a path of ours
        done = subprocess.run(
            [sys.executable, "-m", "xiangli.config.cli", "fund", str(election), "--json"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT / "src")},
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.stderr.startswith("磁盘已满")
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("words", [["sheets", "print"], ["plan", "county"]])
def test_name_that_no_disk_takes_is_told(capsys, words):
    more = ["--copies", "1", "--out", "x"] if words[0] == "sheets" else ["--out", "x"]
    assert cli.main([*words, "长" * 200, *more]) == 2
    assert capsys.readouterr().err == "文件名太长，请换一个短的。\n"


def run_in(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    """A word of the command line with these settings and a data folder of its own."""
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "XIANGLI_SECRET")}
    own |= {"PYTHONPATH": str(CHECKOUT / "src"), "XIANGLI_DATA": str(folder), **environment}
    command = [sys.executable, "-m", "xiangli.config.cli", *words]
    return subprocess.run(command, env=own, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"XIANGLI_DEBUG": "yes"}, "只能是 0 或 1"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL 要写成"),
        ({"DATABASE_URL": "postgres://u:hidden@h:abc/x"}, "端口不是"),
        ({"XIANGLI_DASK": "foo"}, "tcp://"),
        ({"XIANGLI_EMAIL": "smtp://h:abc"}, "端口不是"),
        ({"XIANGLI_LOG": "loud"}, "DEBUG、INFO"),
        ({"XIANGLI_HOSTS": "https://a.example"}, "只写主机名"),
        ({"XIANGLI_URL": "a.example"}, "完整的网址"),
        ({"XIANGLI_HTTPS": "1", "XIANGLI_SECRET": "short"}, "至少 32 个字符"),
    ],
)
def test_wrong_setting_is_told_in_chinese_without_its_password(tmp_path, setting, words):
    done = run_in(tmp_path, "manage", "check", **setting)
    assert (done.returncode, done.stderr.startswith("设置不对"), words in done.stderr) == (2, True, True)
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


def test_database_that_is_none_and_one_that_is_not_there_are_told(tmp_path):
    (tmp_path / "xiangli.sqlite3").write_bytes(b"no database at all" * 1000)
    broken = run_in(tmp_path, "ledger", "check")
    assert (broken.returncode, "数据库文件坏了" in broken.stderr) == (2, True)
    absent = run_in(tmp_path / "new", "ledger", "check")
    assert (absent.returncode, "数据库连不上或打不开" in absent.stderr) == (2, True)


def test_host_names_may_be_written_with_spaces_and_levels_small(monkeypatch):
    monkeypatch.setenv("XIANGLI_HOSTS", "a.example, 192.168.1.10 ,[::1]")
    monkeypatch.setenv("XIANGLI_LOG", "debug")
    assert (environment.hosts(), environment.log_level()) == (["a.example", "192.168.1.10", "[::1]"], "DEBUG")
