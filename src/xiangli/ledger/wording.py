"""What the events of an item say to a reader."""

from typing import Any

from xiangli.audit.models import Event
from xiangli.ledger.choices import Action, EvidenceKind, Source
from xiangli.ui.templatetags.xiangli import yuan

VERBS = {
    "ledger.added": "立项",
    "ledger.edited": "修改内容",
    "ledger.evidence": "添加佐证",
    **{f"ledger.{action.value}": action.label for action in Action},
}
FIELDS = {
    "title": "任务", "measure": "具体举措", "service": "服务", "programme": "实施方案", "responsible_unit": "责任单位",
    "responsible": "唯一责任人", "liaison": "包村干部", "planned_fen": "计划资金", "granted_fen": "到位资金",
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
        details.append("、".join(FIELDS[name] for name in data["fields"]))
    if event.verb == "ledger.evidence":
        details.append(EvidenceKind(data["kind"]).label)
    if "spent_fen" in data:
        details.append(f"累计用钱 {yuan(data['spent_fen'])}")
    if data.get("text"):
        details.append(data["text"])
    return {"what": VERBS.get(event.verb, event.verb), "details": details, "by": event.by, "at": event.at}
