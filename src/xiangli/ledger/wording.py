"""What the events of an item say to a reader."""

from typing import Any

from xiangli.audit.models import Event
from xiangli.ledger.choices import Action, EvidenceKind, Fund, Source
from xiangli.ui.templatetags.xiangli import yuan

VERBS = {
    "ledger.added": "立项",
    "ledger.edited": "修改内容",
    "ledger.followed": "方案换了",
    "ledger.evidence": "添加佐证",
    "ledger.undone": "撤回",
    "ledger.needs": "排先后：要先做完",
    "ledger.needs_no_more": "不再等",
    "ledger.money": "改资金来源",
    "ledger.sheet_not_taken": "表格里的改法没有采用",
    **{f"ledger.{action.value}": action.label for action in Action},
}
FIELDS = {
    "title": "任务", "measure": "具体举措", "service": "服务", "programme": "实施方案", "responsible_unit": "责任单位",
    "responsible": "唯一责任人", "responsible_name": "责任人", "liaison": "包村干部", "liaison_name": "包村干部",
    "kind": "类型", "tags": "标签", "repeats": "重复", "deadline": "完成时限", "state": "进展",
    "planned_fen": "计划资金", "granted_fen": "到位资金",
    "spent_fen": "已用资金", "money_note": "资金说明", "people": "人手", "volunteers": "志愿者",
}  # fmt: skip


def told(event: Event) -> dict[str, Any]:
    """One line of a timeline: ``what``, ``details`` (list of sentences), ``by``, ``at``."""
    data = event.data
    details = []
    if "to" in data:
        details.append(f"由 {data['from']} 延到 {data['to']}")
    if event.verb == "ledger.added":
        details.append(f"来源：{Source(data['source']).label}，时限 {data['deadline']}")
    if event.verb == "ledger.edited":
        details.append("、".join(dict.fromkeys(FIELDS.get(name, name) for name in data["fields"])))
        details += _before(data.get("before", {}))
    if event.verb == "ledger.followed":
        details += _before(data["before"])
    if event.verb == "ledger.undone":
        details.append(f"撤回了“{VERBS.get(data['step'], data['step'])}”")
    if event.verb in ("ledger.needs", "ledger.needs_no_more"):
        details.append(data["title"])
    if event.verb == "ledger.money":
        details += [
            f"{Fund(fund).label}：计划 {yuan(a)}，到位 {yuan(b)}，已用 {yuan(c)}"
            for fund, (a, b, c) in data["funds"].items()
        ]
    if event.verb == "ledger.sheet_not_taken":
        details += [f"{FIELDS.get(name, name)}：{text}" for name, text in data["texts"].items()]
    if event.verb == "ledger.evidence":
        details.append(EvidenceKind(data["kind"]).label)
    if "spent_fen" in data:
        details.append(f"累计用钱 {yuan(data['spent_fen'])}")
    if data.get("text"):
        details.append(data["text"])
    return {"what": VERBS.get(event.verb, event.verb), "details": details, "by": event.by, "at": event.at}


def _before(kept: dict[str, Any]) -> list[str]:
    """What short texts and sums were before a change."""
    found = []
    for name, value in kept.items():
        if name.endswith("_fen"):
            found.append(f"{FIELDS[name]}原来是 {yuan(value)}")
        elif name in ("title", "responsible_unit", "responsible_name", "money_note", "tags") and value:
            found.append(f"{FIELDS[name]}原来是“{value}”")
    return found
