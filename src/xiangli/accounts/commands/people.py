"""``./xiangli people add``: an account from the command line, for the first administrator of a county."""

import secrets

from django.utils import timezone

from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.accounts.services import add_and_assign
from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.places.commands.places import find_place


def main(argv: list[str]) -> int:
    parser = Parser(prog="./xiangli people", description="人员")
    words = parser.add_subparsers(dest="word", required=True, metavar="命令")
    add = words.add_parser("add", help="添加一个账号，密码自动生成并只显示这一次")
    add.add_argument("username", metavar="登录名")
    add.add_argument("--role", choices=Role.values, default=Role.COUNTY.value)
    add.add_argument("--under", required=True, help="负责的地点：代码或名称")
    add.add_argument("--name", default="", help="姓名或称呼")
    options = parser.parse_args(argv)
    if User.objects.filter(username=options.username).exists():
        raise UserError(f"登录名“{options.username}”已经有人用了。")
    password = secrets.token_urlsafe(12)
    assignment = add_and_assign(
        by=None,
        since=timezone.localdate(),
        username=options.username,
        name=options.name or options.username,
        post="",
        role=options.role,
        place=find_place(options.under),
        password=password,
    )
    print(f"已添加 {options.username}：{assignment}。密码：{password}（请登录后马上改）")
    return 0
