import os
import subprocess
import sys
from pathlib import Path

from xiangli.config import cli

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
