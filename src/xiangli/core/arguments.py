"""Arguments of commands: argparse, speaking Chinese. What is written wrongly is told in one line."""

import argparse
import re
from typing import Any, NoReturn

from xiangli.core.errors import UserError

# argparse's own sentences (Python 3.11) and ours; a sentence that is not among them is one of our own already.
_SENTENCES = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"the following arguments are required: (.*)", r"缺少 \1"),
        (r"one of the arguments (.*) is required", r"\1 要给一个"),
        (r"unrecognized arguments: (.*)", r"多余的参数 \1"),
        (r"expected one argument", "后面要给一个值"),
        (r"expected at least one argument", "后面至少要给一个值"),
        (r"expected at most one argument", "后面最多给一个值"),
        (r"expected (\d+) arguments?", r"后面要给 \1 个值"),
        (r"invalid choice: (.*) \(choose from (.*)\)", r"没有 \1，可以选 \2"),
        (r"invalid int value: (.*)", r"应是整数，却是 \1"),
        (r"invalid float value: (.*)", r"应是数，却是 \1"),
        (r"invalid fromisoformat value: (.*)", r"应是 2026-06-10 这样的日期，却是 \1"),
        (r"ambiguous option: (.*) could match (.*)", r"\1 不清楚，可以是 \2"),
        (r"not allowed with argument (.*)", r"不能与 \1 同用"),
        (r"ignored explicit argument (.*)", r"后面不能带值 \1"),
    )
]
_ABOUT = re.compile(r"argument ([^:]*): (.*)", re.DOTALL)
SHOWN = 200
"""Characters of what was typed that are said again."""


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` with Chinese help, whose faults are a UserError; words below it are parsers like it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(add_help=False, **kwargs)
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示本页")

    def error(self, message: str) -> NoReturn:
        raise UserError(f"命令写法有误：{in_chinese(message)}（{self.prog} -h 看用法）")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", "用法：", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "用法：", 1)


def in_chinese(message: str) -> str:
    """What argparse says is wrong, in Chinese, on one line and not longer than it need be."""
    about, said = "", message
    if found := _ABOUT.fullmatch(message):
        about, said = f"{found[1]} ", found[2]
    for pattern, words in _SENTENCES:
        if found := pattern.fullmatch(said):
            said = found.expand(words)
            break
    said = " ".join(said.split())
    return about + (said if len(said) <= SHOWN else f"{said[:SHOWN]}……")
