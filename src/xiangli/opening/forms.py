"""Forms with which staff write down hours and closures, in the words they use on paper."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from xiangli.core.calendar import DayKind
from xiangli.opening.choices import NOTICE_DAYS
from xiangli.opening.hours import REGULAR, SPECIAL, Intervals, Rule
from xiangli.opening.wording import read_intervals, written
from xiangli.places.models import Centre, Space


class HoursField(forms.CharField):
    """Times of day as people write them: "8:00-12:00 14:30-18:00", "全天", "不开放"."""

    def clean(self, value: Any) -> Intervals:
        text = super().clean(value)
        try:
            return read_intervals(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class RulesForm(forms.Form):
    """The regular hours of a centre or a space, by kind of day."""

    since = forms.DateField(label="从哪天起", widget=forms.DateInput(attrs={"type": "date"}))
    working = HoursField(
        label="工作日（含调休上班日）", max_length=80, help_text="例如 8:00-12:00 14:30-18:00；也可以写：全天、不开放"
    )
    weekend = HoursField(label="双休日", max_length=80)
    holiday = HoursField(label="法定节假日", max_length=80)

    KINDS = {"working": DayKind.WORKING_DAY, "weekend": DayKind.WEEKEND, "holiday": DayKind.PUBLIC_HOLIDAY}

    def __init__(self, *args: Any, current: Sequence[Rule] = (), today: date, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"since": today}
        for name, kind in self.KINDS.items():
            regular = (rule for rule in current if rule.layer == REGULAR and not rule.weekdays)
            told = [rule.intervals for rule in regular if not rule.days or kind in rule.days]
            if told:
                initial[name] = written(told[-1])
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_since(self) -> date:
        since: date = self.cleaned_data["since"]
        if since < self.today:
            raise forms.ValidationError("过去的开放时间不能改，请从今天或以后算起")
        return since

    def rules(self) -> list[Rule]:
        """The rules told, kinds of day with equal hours on one line."""
        by_hours: dict[Intervals, set[str]] = {}
        for name, kind in self.KINDS.items():
            by_hours.setdefault(self.cleaned_data[name], set()).add(str(kind))
        return [Rule(hours, frozenset(kinds)) for hours, kinds in by_hours.items()]


class SpecialForm(forms.Form):
    """A day or a few that have hours of their own."""

    name = forms.CharField(label="什么日子", max_length=40, help_text="例如：庙会、除夕")
    since = forms.DateField(label="从哪天", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="到哪天", widget=forms.DateInput(attrs={"type": "date"}))
    hours = HoursField(label="开放时间", max_length=80, help_text="例如 8:00-22:00；也可以写：全天、不开放")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and since < self.today:
            self.add_error("since", "这一天已经过去了")
        if since and until and until < since:
            self.add_error("until", "结束的日子要不早于开始的日子")
        return data

    def rule(self) -> Rule:
        data = self.cleaned_data
        return Rule(data["hours"], since=data["since"], until=data["until"], layer=SPECIAL, name=data["name"])


class ClosureForm(forms.Form):
    """Announce that a centre or a room is closed for a time."""

    space = forms.ModelChoiceField(Space.everywhere.none(), label="关哪里", required=False, empty_label="整个中心")
    starts = forms.DateTimeField(
        label="从", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    ends = forms.DateTimeField(
        label="到", required=False, help_text="不知道何时重开就空着，公告写“另行通知”",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    reason = forms.CharField(label="原因", max_length=80, help_text="会公开，例如：线路检修")
    alternative = forms.CharField(label="这段时间可以去哪里办", max_length=120, required=False, help_text="会公开")
    short_notice = forms.CharField(
        label="没能提前公告的原因", max_length=80, required=False, help_text=f"不足 {NOTICE_DAYS} 天就要关时必须写"
    )

    def __init__(self, *args: Any, centre: Centre, now: datetime, **kwargs: Any) -> None:
        opens = timezone.localtime(now).replace(hour=8, minute=0, second=0, microsecond=0)
        ahead = opens + timedelta(days=NOTICE_DAYS + 1)
        kwargs["initial"] = {"starts": ahead, "ends": ahead.replace(hour=18)}
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["space"].queryset = Space.objects.within(centre.county).filter(centre=centre)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", "结束要晚于开始")
        elif ends and ends <= self.now:
            self.add_error("ends", "这段时间已经过去了")
        if starts and starts < self.now + timedelta(days=NOTICE_DAYS) and not data.get("short_notice"):
            self.add_error("short_notice", f"离关闭不足 {NOTICE_DAYS} 天，请写明为什么没能提前公告")
        return data
