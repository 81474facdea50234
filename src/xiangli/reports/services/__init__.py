"""Writes of reports. Each is keyword-only, takes ``by`` and records its event."""

from xiangli.reports.services.digest import make_digests, send_digests
from xiangli.reports.services.documents import drop_template, issue_bulletin, replace_template
from xiangli.reports.services.stars import rate, save_star

__all__ = [
    "drop_template", "issue_bulletin", "make_digests", "rate", "replace_template", "save_star", "send_digests",
]  # fmt: skip
