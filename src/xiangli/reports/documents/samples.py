"""Invented facts of each kind, one row in every list: an uploaded template is tried with them. Keys as in the real."""

from typing import Any

_ROW = {
    "number": 1, "item": 0, "village": "样例村", "title": "样例事项", "unit": "样例村两委", "deadline": "2026-06-04",
    "state": "进行中", "light": "红灯",
}  # fmt: skip
_LATE = _ROW | {"days": 6, "why": "超期 6 天"}
_LISTED = _ROW | {"days": 0, "weekday": "周四"}
_PAIR = {"label": "样例", "value": 1}

SAMPLES: dict[str, dict[str, Any]] = {
    "bulletin": {
        "place": "样例镇", "year": 2026, "issue": 1, "month": "2026 年 5 月", "date": "2026 年 6 月 10 日", "empty": "",
        "overall": ["样例。"], "figures": [_PAIR], "flow": [_PAIR], "late": [_LATE], "late_total": 1, "late_left": 0,
        "late_all": [_LATE], "late_note": "", "demands": ["样例。"],
        "look_back": {
            "said": ["样例。"],
            "rows": [
                {"village": "样例村", "title": "样例事项", "was": "超期", "now": "已销号", "deadline": "2026-06-04"}
            ],
        },
        "parts": [{"name": "样例村", "total": 2, "open": 1, "overdue": 1, "back": 0, "closed": 1}], "items": [0],
    },
    "weekly": {
        "place": "样例镇", "week": "2026 年 6 月 8 日至 6 月 14 日", "date": "2026 年 6 月 10 日",
        "overall": ["样例。"],
        "due": [_LISTED], "overdue": [_LISTED], "waiting": [_LISTED],
    },
    "monthly": {
        "place": "样例镇", "month": "2026 年 5 月", "date": "2026 年 6 月 10 日", "empty": "", "flow": [_PAIR],
        "groups": [{"group": "台账", "rows": [_PAIR]}],
        "villages": [{"name": "样例村", "open": 1, "overdue": 0, "cases": 0, "cases_overdue": 0, "answers": 9}],
    },
    "dossier": {
        "place": "样例村", "date": "2026 年 6 月 10 日", "above": "样例镇", "people": "1200 人", "households": "330 户",
        "centres": [
            {
                "name": "样例中心", "address": "样例路", "phone": "0379-00000000", "post": "副书记",
                "office_share": "8%",
                "spaces": [{"name": "大厅", "floor": "1 楼", "area": "80", "room": 40, "uses": "便民服务"}],
                "hours": [{"day": "6 月 10 日 周三", "text": "8:00–18:00"}],
                "activities": [{"day": "周三", "time": "9:00–11:00", "activity": "下棋", "space": "棋牌室"}],
            }
        ],
        "needs": [{"name": "食堂", "share": "62%", "range": "55%–69%"}], "figures": [_PAIR], "open": [_LISTED],
        "done": [_LISTED], "visits": [{"day": "2026-06-01", "seen": "都好", "found": "没有发现问题"}],
        "voices": [_PAIR],
    },
}  # fmt: skip
