"""Forms of planning."""

from datetime import time
from typing import Any

from django import forms

from xiangli.places.models import Place, Service, Space
from xiangli.planning import hours
from xiangli.planning.choices import HALVES, WEEKDAYS, ImprovementKind
from xiangli.planning.models import DAY
from xiangli.ui.forms import YuanField

LONGEST = 180  # seconds a plan may take


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class ProposeForm(forms.Form):
    """When the centres may be used, and how long to look for a better plan."""

    title = forms.CharField(label="方案名称", required=False, max_length=80)
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
        return {"title": data["title"], "seconds": data["seconds"], "hours": week}


class StaffingForm(forms.Form):
    """People of one skill on some weekdays, from and to."""

    skill = forms.CharField(label="能做什么", max_length=40, help_text="和服务目录里“需要的人手”写法一样，例如 志愿者")
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
