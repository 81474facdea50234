"""``./xiangli digest``: make the day's digests and send them where e-mail is set up. Meant to run every morning."""

from django.utils import timezone
from django.utils.dateparse import parse_date

from xiangli.core.arguments import Parser
from xiangli.core.errors import UserError
from xiangli.reports.services import make_digests, send_digests


def main(argv: list[str]) -> int:
    parser = Parser(prog="./xiangli digest", description="做当天的工作摘要，每人每天最多一份。")
    parser.add_argument("--day", help="哪一天（2026-06-10），不写就是今天")
    options = parser.parse_args(argv)
    try:
        day = parse_date(options.day) if options.day else timezone.localdate()
    except ValueError:
        day = None
    if day is None:
        raise UserError(f"“{options.day}”不是日期，请写成 2026-06-10。")
    made = make_digests(by=None, day=day, now=timezone.now())
    sent, failed = send_digests(day=day, now=timezone.now())
    print(f"{day}：新做摘要 {made} 份，发邮件 {sent} 份" + (f"，没发出去 {failed} 份" if failed else "") + "。")
    return 0
