"""What argparse finds wrong, said in Chinese on one line."""

from datetime import date

import pytest

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError


def parser() -> Parser:
    made = Parser(prog="xiangli fruit", description="水果")
    words = made.add_subparsers(dest="word", required=True, metavar="命令")
    pick = words.add_parser("pick", help="摘")
    pick.add_argument("tree", metavar="哪棵")
    pick.add_argument("--many", type=int)
    pick.add_argument("--heavy", type=float)
    pick.add_argument("--kind", choices=("apple", "pear"))
    pick.add_argument("--on", type=date.fromisoformat)
    pick.add_argument("--pair", nargs=2)
    pick.add_argument("--some", nargs="+")
    pick.add_argument("--quiet", action="store_true")
    either = pick.add_mutually_exclusive_group()
    either.add_argument("--red", action="store_true")
    either.add_argument("--green", action="store_true")
    return made


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "缺少 命令（xiangli fruit -h 看用法）"),
        ("pick", "缺少 哪棵（xiangli fruit pick -h 看用法）"),
        ("eat", "命令 没有 'eat'，可以选 'pick'（xiangli fruit -h 看用法）"),
        ("pick a b", "多余的参数 b（xiangli fruit -h 看用法）"),
        ("pick a --many", "--many 后面要给一个值（xiangli fruit pick -h 看用法）"),
        ("pick a --many x", "--many 应是整数，却是 'x'（xiangli fruit pick -h 看用法）"),
        ("pick a --heavy x", "--heavy 应是数，却是 'x'（xiangli fruit pick -h 看用法）"),
        ("pick a --kind fig", "--kind 没有 'fig'，可以选 'apple', 'pear'（xiangli fruit pick -h 看用法）"),
        ("pick a --on x", "--on 应是 2026-06-10 这样的日期，却是 'x'（xiangli fruit pick -h 看用法）"),
        ("pick a --pair 1", "--pair 后面要给 2 个值（xiangli fruit pick -h 看用法）"),
        ("pick a --some", "--some 后面至少要给一个值（xiangli fruit pick -h 看用法）"),
        ("pick a --red --green", "--green 不能与 --red 同用（xiangli fruit pick -h 看用法）"),
        ("pick a --quiet=1", "--quiet 后面不能带值 '1'（xiangli fruit pick -h 看用法）"),
        ("pick a --re", ""),
        ("pick a --", ""),
    ],
)
def test_wrong_arguments_are_told_in_chinese_on_one_line(words, said):
    if not said:
        assert parser().parse_args(words.split()).tree == "a"
        return
    with pytest.raises(UserError) as refused:
        parser().parse_args(words.split())
    assert str(refused.value) == f"命令写法有误：{said}"


def test_what_was_typed_is_not_said_again_without_end():
    with pytest.raises(UserError) as refused:
        parser().parse_args(["pick", "a", "--many", "长" * 5000])
    assert len(str(refused.value)) < 300


def test_help_is_chinese(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["pick", "-h"])
    help_ = capsys.readouterr().out
    assert [word for word in ("usage", "options", "positional", "show this") if word in help_] == []
    assert help_.startswith("用法：xiangli fruit pick [-h]")
