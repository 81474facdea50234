"""Files that leave this room: the Excel template, the needs list, the web address as a QR code."""

import json
import zlib
from base64 import b64encode
from collections.abc import Iterable
from typing import IO, Any

from django.utils import timezone

from xiangli.core.exports import Sheet, write_csv, write_xlsx
from xiangli.surveys import template_book
from xiangli.surveys.models import Campaign, Need, NeedsList, PhoneSubmission


def write_template(file: IO[bytes], campaign: Campaign, villages: Iterable[str]) -> None:
    """A workbook to type answers into: a row a person, a column a question, and a sheet of what may stand there."""
    template_book.write_template(file, campaign.definition, villages)


NEEDS_HEADER = [
    "村",
    "需求",
    "服务代号",
    "人群",
    "时段",
    "占比",
    "95%下限",
    "95%上限",
    "答卷人数",
    "每周人时",
    "不公布",
]


def needs_rows(needs: Iterable[Need]) -> list[list[Any]]:
    """Rows under NEEDS_HEADER. For the office: lines marked 不公布 must not be shown outside."""
    return [
        [
            need.place.name, need.label, need.service.key if need.service else "", need.group or "全体",
            need.get_band_display(), round(need.strength, 4), round(need.low, 4), round(need.high, 4), need.people,
            round(need.person_hours, 1), "是" if need.hidden else "",
        ]
        for need in needs
    ]  # fmt: skip


def write_needs_csv(file: IO[bytes], needs: Iterable[Need]) -> None:
    write_csv(file, NEEDS_HEADER, needs_rows(needs))


def write_needs_xlsx(file: IO[bytes], needs: Iterable[Need], title: str) -> None:
    write_xlsx(file, [Sheet("需求清单", NEEDS_HEADER, needs_rows(needs), title=title)])


PUBLIC_HEADER = ["村", "需求", "人群", "占比%", "95%下限", "95%上限", "答卷人数"]


def write_public_csv(file: IO[bytes], lists: Iterable[NeedsList]) -> None:
    """Only what may be shown."""
    rows = (
        [
            one.place.name,
            line["label"],
            line["group"] or "全体",
            line["percent"],
            line["low"],
            line["high"],
            line["people"] if line.get("step", 1) == 1 else f"约 {line['people']}",
        ]
        for one in lists
        for line in one.published
    )
    write_csv(file, PUBLIC_HEADER, rows)


def qr_data_uri(address: str) -> str:
    """The address as a QR code, an SVG in a data: URI."""
    import segno

    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=2))


PHONE_ONLY_HEADER = ["村", "答卷", "收到", "表单里的位置", "答案"]


def write_phone_only(file: IO[bytes], submissions: Iterable[PhoneSubmission], title: str) -> None:
    """A row for each answer that an imported form got beyond our questions."""
    rows = [
        [one.response.place.name, one.response_id, timezone.localdate(one.received_at), path, value]
        for one in submissions
        for path, value in one.more.items()
    ]
    write_xlsx(file, [Sheet("手机表单", PHONE_ONLY_HEADER, rows, title=title)])


def collect_settings(server: str, name: str, *, username: str = "", password: str = "") -> str:
    """The settings of ODK Collect and KoboCollect as their QR code holds them: JSON, deflated by zlib, in base64.

    https://docs.getodk.org/collect-import-export/. What is left out is set to the app's own default. The list of forms
    follows the server by itself, and what is finished is sent when there is a network.
    """
    general = {"protocol": "odk_default", "server_url": server, "username": username, "password": password}
    general |= {"form_update_mode": "match_exactly", "autosend": "wifi_and_cellular"}
    settings = {"general": general, "admin": {}, "project": {"name": name}}
    return b64encode(zlib.compress(json.dumps(settings, ensure_ascii=False).encode(), 9)).decode()
