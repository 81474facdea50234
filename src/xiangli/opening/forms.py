"""Forms with which staff write down hours and closures, in the words they use on paper."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from xiangli.core.chinese import to_simplified
from xiangli.opening.choices import FAR_DAYS, NOTICE_DAYS, MarketCalendar
from xiangli.opening.hours import EXTENDED, REGULAR, SPECIAL, WEEK, Intervals, Market, Rule
from xiangli.opening.sentence import PROGRAMME, read_rules, written_rules
from xiangli.opening.wording import ONES, WEEKDAYS, read_intervals
from xiangli.places.models import Centre, Space
from xiangli.ui.forms import DayField


class HoursField(forms.CharField):
    """Times of day as people write them: "8:00-12:00 14:30-18:00", "全天", "不开放"."""

    def clean(self, value: Any) -> Intervals:
        text = super().clean(value)
        try:
            return read_intervals(to_simplified(text))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class SentenceField(forms.CharField):
    """Hours as one sentence: "工作日 8:00-12:00；双休日 全天". Cleans to rules."""

    def __init__(self, *, layer: str = REGULAR, **kwargs: Any) -> None:
        super().__init__(max_length=400, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)
        self.layer = layer

    def clean(self, value: Any) -> list[Rule]:
        text = super().clean(value)
        try:
            return read_rules(to_simplified(text), self.layer)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class RulesForm(forms.Form):
    """The regular hours of a centre or a space, in one sentence.

    ``began`` is the sentence that the page showed: who saves while somebody else has changed it is told once.
    """

    line = SentenceField(
        label="什么日子、几点到几点",
        help_text="几种日子用“；”隔开，后写的优先，没写到的日子就是不开放。"
        "还可以写：周三、赶集日、农历初一、正月十五、除夕、5月1日到9月30日工作日、不开放",
    )
    since = DayField(label="从哪天起")
    began = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, current: Sequence[Rule] = (), today: date, **kwargs: Any) -> None:
        regular = [rule for rule in current if rule.layer == REGULAR and rule.covers(today)]
        coming = [rule for rule in current if rule.layer == REGULAR and rule.since and rule.since > today]
        line = self.now = written_rules(regular)
        for since in sorted({rule.since for rule in coming if rule.since}):
            self.now += f"；{since:%m月%d日}起 {written_rules([rule for rule in coming if rule.since == since])}"
        kwargs["initial"] = {"since": today, "line": line or PROGRAMME, "began": self.now}
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        began, line = data.get("began"), data.get("line")
        if began and line and self.now not in (began, written_rules(line)):
            self.add_error("line", f"您改的时候，别人把开放时间改成了“{self.now}”。还要用您写的，就再保存一次。")
            self.data = {**self.data.dict(), self.add_prefix("began"): self.now}  # type: ignore[attr-defined]  # a QueryDict
        return data

    def clean_since(self) -> date:
        since: date = self.cleaned_data["since"]
        if since < self.today:
            raise forms.ValidationError("过去的开放时间不能改，请从今天或以后算起")
        if since > self.today + timedelta(days=FAR_DAYS):
            raise forms.ValidationError("太远了：最多提前两年写")
        return since

    def rules(self) -> list[Rule]:
        found: list[Rule] = self.cleaned_data["line"]
        return found


class ExtendedForm(forms.Form):
    """Extended hours, added to the regular ones on some days."""

    line = SentenceField(
        layer=EXTENDED, label="哪些日子多开、几点到几点", help_text="例如：周三 18:00-20:00；赶集日 6:00-8:00"
    )
    since = DayField(label="从哪天")
    until = DayField(label="到哪天", required=False, help_text="一直开就空着")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"since": today}
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_dates(self, data, self.today)
        return data

    def rules(self) -> list[Rule]:
        data = self.cleaned_data
        return [replace(rule, since=data["since"], until=data["until"]) for rule in data["line"]]


class MarketForm(forms.Form):
    """When the market is held, so that hours may speak of market days."""

    calendar = forms.ChoiceField(label="按什么算", choices=MarketCalendar)
    numbers = forms.CharField(
        label="逢几", max_length=40, required=False,
        help_text="例如：三、八（初三、初八、十三、十八……）；每周的写：日。没有集就空着",
    )  # fmt: skip

    def __init__(self, *args: Any, current: Market, **kwargs: Any) -> None:
        marks = WEEKDAYS if current.calendar == WEEK else f"十{ONES[:9]}"
        given = "、".join(marks[number] for number in sorted(current.numbers))
        kwargs["initial"] = {"calendar": current.calendar, "numbers": given}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        try:
            data["numbers"] = market_numbers(data.get("calendar", ""), to_simplified(data.get("numbers", "")))
        except ValueError as error:
            self.add_error("numbers", str(error))
        return data


def market_numbers(calendar: str, text: str) -> list[int]:
    """ "三、八" -> [3, 8]; "十" and "0" are the round dates; weekdays for a weekly market. ValueError in words."""
    marks = {"日": 6, "天": 6} if calendar == WEEK else {"十": 0, "零": 0, "0": 0}
    offset = 0 if calendar != WEEK else -1
    limit = 7 if calendar == WEEK else 9
    marks |= {char: n + offset for n, char in enumerate(ONES[:9], 1) if n <= limit}
    marks |= {str(n): n + offset for n in range(1, limit + 1)}
    found = set()
    for char in re.sub(r"[\s、，,逢初周号日]" if calendar != WEEK else r"[\s、，,每周]", "", text):
        if char not in marks:
            raise ValueError(f"看不懂“{char}”。写成：三、八")
        found.add(marks[char])
    return sorted(found)


def check_dates(form: forms.Form, data: dict[str, Any], today: date) -> None:
    """Dates of something to come, in the fields since and until."""
    since, until = data.get("since"), data.get("until")
    if since and since < today:
        form.add_error("since", "这一天已经过去了")
    if since and until and until < since:
        form.add_error("until", "结束的日子要不早于开始的日子")
    if max(filter(None, (since, until)), default=today) > today + timedelta(days=FAR_DAYS):
        form.add_error("until" if until else "since", "太远了：最多提前两年写")


class SpecialForm(forms.Form):
    """A day or a few that have hours of their own."""

    name = forms.CharField(label="什么日子", max_length=40, help_text="例如：庙会、除夕")
    since = DayField(label="从哪天")
    until = DayField(label="到哪天")
    hours = HoursField(label="开放时间", max_length=80, help_text="例如 8:00-22:00；也可以写：全天、不开放")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_dates(self, data, self.today)
        return data

    def rule(self) -> Rule:
        data = self.cleaned_data
        return Rule(data["hours"], since=data["since"], until=data["until"], layer=SPECIAL, name=data["name"])


def start_of_day(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


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
        if starts and starts < start_of_day(self.now):
            self.add_error("starts", "公告不能补写昨天以前的关闭，最早从今天 0:00 写起")
        elif starts and max(starts, ends or starts) > self.now + timedelta(days=FAR_DAYS):
            self.add_error("starts", "太远了：最多提前两年公告")
        if starts and starts < self.now + timedelta(days=NOTICE_DAYS) and not data.get("short_notice"):
            self.add_error("short_notice", f"离关闭不足 {NOTICE_DAYS} 天，请写明为什么没能提前公告")
        return data
