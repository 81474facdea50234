"""Forms of planning."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django import forms

from xiangli.places.models import Place, Service, Space
from xiangli.planning import hours
from xiangli.planning.choices import HALVES, WEEKDAYS, ImprovementKind
from xiangli.planning.models import DAY
from xiangli.ui.forms import YuanField

LONGEST = 180  # seconds a plan may take
EARLIEST, LATEST = 6 * 60, 22 * 60  # starts that the form for one session offers


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class ProposeForm(forms.Form):
    """When the centres may be used, what has been promised, and how long to look for a better plan."""

    title = forms.CharField(label="方案名称", required=False, max_length=80)
    lasting = forms.ChoiceField(
        label="已经约好的、临时关闭的时间", choices=[("", "都让开"), ("1", "只让开每周都有的")], required=False,
        widget=forms.RadioSelect, initial="",
        help_text="固定活动总是让开。只有一天约出去的房间，也可以照排，那一天活动让给约好的人。",
    )  # fmt: skip
    work_from = forms.TimeField(label="工作日从", initial=time(8), widget=TimeInput())
    work_to = forms.TimeField(label="工作日到", initial=time(20), widget=TimeInput())
    off_from = forms.TimeField(label="周末和节假日从", initial=time(8), widget=TimeInput())
    off_to = forms.TimeField(label="周末和节假日到", initial=time(20), widget=TimeInput())
    seconds = forms.IntegerField(
        label="最多算几秒", initial=30, min_value=2, max_value=LONGEST, help_text="算得久些，方案可能更好一点。"
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for first, last in (("work_from", "work_to"), ("off_from", "off_to")):
            if data.get(first) and data.get(last) and data[first] >= data[last]:
                self.add_error(last, "结束要晚于开始。")
        return data

    def arguments(self) -> dict[str, Any]:
        data = self.cleaned_data
        week = hours.week(data["work_from"], data["work_to"], data["off_from"], data["off_to"])
        return {"title": data["title"], "seconds": data["seconds"], "hours": week, "lasting": bool(data["lasting"])}


class ScenarioForm(ProposeForm):
    """The same town with other hours or another budget; other people and rooms come from the forms beside it."""

    keep = forms.TypedChoiceField(
        label="原来的安排", choices=[("", "重新排"), ("0.9", "尽量不动，保留九成"), ("0.7", "可以动一些，保留七成")],
        required=False, coerce=float, empty_value=None, widget=forms.RadioSelect, initial="",
    )  # fmt: skip
    budget_fen = YuanField(
        label="改善资金",
        required=False,
        least_fen=100,
        help_text="填了就按乡亲的支持公平选出做得成的项目，算进房间和人手。",
    )
    lasting = None  # type: ignore[assignment]  # Django's way to leave a field of the base out
    field_order = ["title", "keep", "budget_fen", "work_from", "work_to", "off_from", "off_to", "seconds"]

    def __init__(self, *args: Any, base_hours: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base_hours = [dict(rule) for rule in base_hours]
        for rule in self.base_hours:
            name = "off" if set(rule["days"]) & set(hours.DAYS_OFF) else "work"
            self.fields[f"{name}_from"].initial = _time(rule["from"])
            self.fields[f"{name}_to"].initial = _time(rule["to"])

    def arguments(self) -> dict[str, Any]:
        """``title``, ``keep``, ``seconds``, ``budget_fen``, and ``changes``: the change of hours, if there is one."""
        data = self.cleaned_data
        week = hours.week(data["work_from"], data["work_to"], data["off_from"], data["off_to"])
        told = f"开放时间改为工作日 {week[0]['from']}–{week[0]['to']}，周末和节假日 {week[1]['from']}–{week[1]['to']}"
        changes = [] if week == self.base_hours else [{"kind": "hours", "hours": week, "text": told}]
        return {**{name: data[name] for name in ("title", "keep", "seconds", "budget_fen")}, "changes": changes}


def _time(text: str) -> time:
    minute = min(hours.minutes(text), DAY - 1)
    return time(minute // 60, minute % 60)


class MorePeopleForm(forms.Form):
    """One more line of people in a scenario: in one village or in all."""

    skill = forms.CharField(label="能做什么", max_length=40, required=False, help_text="例如 志愿者")
    village = forms.ModelChoiceField(Place.objects.none(), label="哪个村", required=False, empty_label="全镇各村")
    weekdays = forms.TypedMultipleChoiceField(
        label="星期", choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )
    start = forms.TimeField(label="从", initial=time(8), widget=TimeInput(), required=False)
    end = forms.TimeField(label="到", initial=time(12), widget=TimeInput(), required=False)
    count = forms.IntegerField(label="几个人", initial=1, min_value=1, max_value=200, required=False)
    volunteers = forms.BooleanField(label="是志愿者", required=False)

    def __init__(self, *args: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = villages  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("skill"):
            if data.get("weekdays") or data.get("village"):
                self.add_error("skill", "写上能做什么，或者把这一栏清空。")
            return data
        for name, words in (
            ("weekdays", "选几天。"),
            ("start", "写从几点。"),
            ("end", "写到几点。"),
            ("count", "写几个人。"),
        ):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, words)
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            self.add_error("end", "结束要晚于开始。")
        return data

    def change(self) -> dict[str, Any] | None:
        data = self.cleaned_data
        if not data.get("skill"):
            return None
        village, names = data["village"], dict(WEEKDAYS)
        where = [village] if village else list(self.fields["village"].queryset)  # type: ignore[attr-defined]
        days = "、".join(names[day] for day in data["weekdays"])
        text = (
            f"{village.name if village else '各村'}添{data['skill']} {data['count']} 人"
            f"（{days} {data['start']:%H:%M}–{data['end']:%H:%M}）"
        )
        return {
            "kind": "people", "villages": [str(place.pk) for place in where], "skill": data["skill"],
            "days": [day + 1 for day in data["weekdays"]], "from": f"{data['start']:%H:%M}",
            "to": f"{data['end']:%H:%M}", "count": data["count"], "volunteers": data["volunteers"], "text": text,
        }  # fmt: skip


class OtherRoomForm(forms.Form):
    """One room of a scenario: fit for one more service, or no longer used."""

    space = forms.ModelChoiceField(Space.everywhere.none(), label="哪一间", required=False, empty_label="不改")
    service = forms.ModelChoiceField(
        Service.everywhere.none(), label="改成也能办", required=False, empty_label="这间不再用"
    )
    step_free = forms.BooleanField(label="加坡道或电梯，老人上得去", required=False)

    def __init__(self, *args: Any, spaces: Any, services: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        space: Any = self.fields["space"]
        space.queryset = spaces
        space.label_from_instance = lambda row: f"{row.centre.place.label} {row.name}"
        self.fields["service"].queryset = services  # type: ignore[attr-defined]

    def change(self) -> dict[str, Any] | None:
        space, service = self.cleaned_data.get("space"), self.cleaned_data.get("service")
        if space is None:
            return None
        row = {"village": str(space.centre.place_id), "space": str(space.pk)}
        where = f"{space.centre.place.name}{space.name}"
        if service is None:
            return {"kind": "without", **row, "text": f"{where}不再用"}
        ramp = self.cleaned_data["step_free"]
        tags = [service.name, *filter(None, [service.equipment])]
        text = f"{where}改成也能办{service.name}{'，加坡道或电梯' if ramp else ''}"
        return {"kind": "room", **row, "tags": tags, "step_free": ramp, "text": text}


class WeekForm(forms.Form):
    """One change of a village's week. Choices come from the plan's own input; the rules are the checker's to judge."""

    service = forms.ChoiceField(label="办什么")
    space = forms.ChoiceField(label="在哪里")
    day = forms.TypedChoiceField(label="星期", coerce=int, choices=[(day + 1, name) for day, name in WEEKDAYS])
    start = forms.TypedChoiceField(label="几点开始", coerce=int)
    week = forms.TypedChoiceField(label="哪一周", coerce=int, required=False)
    specialist = forms.ChoiceField(label="谁来", required=False)
    pinned = forms.BooleanField(label="钉住：重排时不再动它", required=False, initial=True)

    def __init__(self, *args: Any, data_input: Mapping[str, Any], village: str, session: Any = None,
                 **kwargs: Any) -> None:  # fmt: skip
        """``session``: the one to move, whose service stays; without one the form adds a session."""
        super().__init__(*args, **kwargs)
        self.services = {row["id"]: row for row in data_input["services"]}
        here = next(row for row in data_input["villages"] if row["id"] == village)
        self.village, self.session = village, session
        slot = data_input["slot_minutes"]
        fields: dict[str, Any] = self.fields
        fields["space"].choices = [(row["id"], row["name"]) for row in here["spaces"]]
        fields["start"].choices = [(at, hours.clock(at)) for at in range(EARLIEST, LATEST, slot)]
        if session is not None:
            del fields["service"]
            wanted = self.services[session.service].get("specialist")
        else:
            fields["service"].choices = [(row["id"], row["name"]) for row in data_input["services"]]
            wanted = True
        people = [row for row in data_input["specialists"] if wanted is True or row["skill"] == wanted]
        if not wanted or not people:
            del fields["week"], fields["specialist"]
            return
        cycle = data_input["rules"].get("cycle_weeks", 2)
        blank = [("", "不需要")] if session is None else []
        fields["week"].choices = [*blank, *((n, _week(n)) for n in range(1, cycle + 1))]
        fields["specialist"].choices = [*blank, *((row["id"], row["name"]) for row in people)]

    def session_wanted(self) -> Any:
        """The session that the form describes, as the engine's data."""
        from xiangli.planning.timetable import Interval, Session

        data = self.cleaned_data
        service = self.services[self.session.service if self.session else data["service"]]
        time = Interval(data["day"], data["start"], min(DAY, data["start"] + service["minutes"]))
        return Session(
            self.village, service["id"], data["space"], time, data.get("week") or 0, data.get("specialist") or None,
            data["pinned"],
        )  # fmt: skip


def _week(number: int) -> str:
    return {1: "单周", 2: "双周"}.get(number, f"第 {number} 周")


class ReplanForm(forms.Form):
    """How much of the rest stays when a village is planned again around what is pinned."""

    keep = forms.TypedChoiceField(
        label="其余的安排", coerce=float, initial="0.9",
        choices=[("0.9", "尽量不动，保留九成"), ("0.5", "保留一半"), ("0", "都可以动")],
    )  # fmt: skip


class StaffingForm(forms.Form):
    """People of one skill on some weekdays, from and to."""

    skill = forms.CharField(
        label="能做什么", max_length=40, help_text="从列出的里面选，和服务目录里“需要的人手”一样；也可以自己写。",
        widget=forms.TextInput(attrs={"list": "skills", "autocomplete": "off"}),
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label="星期", choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    start = forms.TimeField(label="从", initial=time(8), widget=TimeInput())
    end = forms.TimeField(label="到", initial=time(12), widget=TimeInput())
    count = forms.IntegerField(label="几个人", initial=1, min_value=1, max_value=200)
    volunteers = forms.BooleanField(label="是志愿者", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            self.add_error("end", "结束要晚于开始。")
        return data

    def arguments(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        start, end = data.pop("start"), data.pop("end")
        return data | {
            "start_minute": start.hour * 60 + start.minute, "end_minute": min(DAY, end.hour * 60 + end.minute)
        }  # fmt: skip


class SpecialistForm(forms.Form):
    title = forms.CharField(label="称呼", max_length=40, help_text="写岗位，不写姓名，例如 镇卫生院巡诊医生")
    skill = forms.CharField(label="专长", max_length=40, help_text="和服务目录里“需要的专业人员”写法一样")
    halves = forms.MultipleChoiceField(
        label="哪些半天可以下村", widget=forms.CheckboxSelectMultiple,
        choices=[(f"{day}{half}", f"{name}{part}") for day, name in WEEKDAYS for half, part in HALVES],
    )  # fmt: skip


class ImprovementForm(forms.Form):
    """What money could buy for one village."""

    place = forms.ModelChoiceField(Place.objects.none(), label="村", empty_label="请选")
    title = forms.CharField(label="要做的事", max_length=80, help_text="例如：隔出厨房，配灶具和排烟")
    kind = forms.ChoiceField(label="类别", choices=ImprovementKind.choices)
    service = forms.ModelChoiceField(Service.everywhere.none(), label="为了哪项服务", empty_label="请选")
    space = forms.ModelChoiceField(Space.everywhere.none(), label="在哪个空间", required=False, empty_label="不限")
    cost_fen = YuanField(label="估价", required=False, least_fen=1)

    def __init__(self, *args: Any, town: Place, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = villages  # type: ignore[attr-defined]
        self.fields["service"].queryset = Service.objects.within(town.county)  # type: ignore[attr-defined]
        space: Any = self.fields["space"]
        space.queryset = Space.objects.within(town).select_related("centre__place")
        space.label_from_instance = lambda row: f"{row.centre.place.label} {row.name}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        space, place = data.get("space"), data.get("place")
        if space and place and space.centre.place_id != place.pk:
            self.add_error("space", "这个空间不在所选的村。")
        return data


class CostForm(forms.Form):
    cost_fen = YuanField(label="估价", required=False, least_fen=1, help_text="")
    dropped = forms.BooleanField(label="不再考虑", required=False)


class FundForm(forms.Form):
    title = forms.CharField(label="名称", max_length=80, required=False)
    budget_fen = YuanField(label="总预算", least_fen=100)
