"""``./xiangli purge``: blank personal data that is past its retention. Meant to run every night."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from xiangli.audit.services import personal_fields, purge
from xiangli.core.arguments import Parser
from xiangli.surveys.services import discard_scans


def main(argv: list[str]) -> int:
    parser = Parser(prog="./xiangli purge", description="清除已过保存期的个人信息。")
    parser.add_argument("--list", action="store_true", help="只列出有哪些个人信息、为什么、存多久，不清除")
    options = parser.parse_args(argv)
    purposes = {f"{model._meta.label_lower}.{name}": retention for model, name, retention in personal_fields()}
    if options.list:
        for field, retention in purposes.items():
            print(f"{field}\t{retention.purpose}\t{retention.days} 天")
        return 0
    now = timezone.now()
    with transaction.atomic():
        touched = purge(now=now)
    folders = discard_scans(data=settings.DATA, at=now)  # the files that a blanked field pointed to
    for field, count in touched.items():
        print(f"{field}\t{purposes[field].purpose}\t清除 {count} 条")
    if folders:
        print(f"扫描件\t删除 {folders} 批文件")
    print(f"共清除 {sum(touched.values())} 条。")
    return 0
