"""The forms of activities: what they are, their dates out of the ordinary, and signing up to them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone

from xiangli.bookings.choices import Channel, SignUpFor
from xiangli.bookings.models import Activity
from xiangli.bookings.queries import DateRow
from xiangli.opening.wording import WEEKDAYS
from xiangli.places.models import Centre, Service, Space
from xiangli.ui.forms import DayField, EditForm, RedactedField

CLOCK = {"type": "time"}
RHYTHM = [(1, "每周"), (2, "隔一周"), (4, "四周一次")]


def rooms_of(centre: Centre) -> Any:
    return Space.objects.within(centre.county).filter(centre=centre, office_use=False)


class DetailsForm(EditForm):
    """What may be changed of an activity at any time."""

    class Meta:
        model = Activity
        fields = ("title", "about", "specialist", "materials", "helpers", "sign_up", "seats", "kept_counter")
        help_texts = {
            "specialist": "老师、医生、放映员……居民看得到",
            "materials": "例如：毛边纸、墨汁各 20 份",
            "helpers": "例如：2 人，提前半小时摆桌子",
            "seats": "空着就是来多少算多少",
            "kept_counter": "网上报不走，留给到柜台或打电话来的老人",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kept_counter"].required = False
        self.fields["sign_up"].widget = forms.Select(choices=SignUpFor.choices)
        self.fields["sign_up"].required = False

    def clean_kept_counter(self) -> int:
        return self.cleaned_data["kept_counter"] or 0

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kept, seats = data.get("kept_counter") or 0, data.get("seats")
        if kept and seats is None and "seats" not in self.errors:
            self.add_error("seats", "先写一共多少名额")
        elif kept and seats is not None and kept > seats:
            self.add_error("kept_counter", "不能比名额还多")
        return data

    def validate_constraints(self) -> None:
        """The words of ``clean`` say it better than the name of a constraint."""

    def details(self) -> dict[str, Any]:
        """Keyword arguments for the services."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NewActivityForm(DetailsForm):
    """An activity by hand: also where, and at what time of which day."""

    space = forms.ModelChoiceField(Space.everywhere.none(), label="在哪里", empty_label="请选一间")
    weekday = forms.TypedChoiceField(
        label="星期几", choices=[(n, f"周{name}") for n, name in enumerate(WEEKDAYS)], coerce=int
    )
    start = forms.TimeField(label="几点开始", widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    end = forms.TimeField(label="几点结束", widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    every_weeks = forms.TypedChoiceField(label="多久一次", choices=RHYTHM, coerce=int, initial=1)
    since = DayField(label="从哪天起")
    until = DayField(
        label="到哪天止", required=False,
        help_text="空着就一直办。只办一次的，两个日子写成同一天",
    )  # fmt: skip
    service = forms.ModelChoiceField(
        Service.everywhere.none(), label="算哪项服务", required=False, empty_label="不算哪项"
    )
    field_order = (
        "title", "space", "weekday", "start", "end", "every_weeks", "since", "until", "about", "specialist",
        "materials", "helpers", "sign_up", "seats", "kept_counter", "service",
    )  # fmt: skip

    def __init__(self, *args: Any, centre: Centre, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"since": today}, **kwargs)
        self.today = today
        self.fields["space"].queryset = rooms_of(centre)  # type: ignore[attr-defined]
        self.fields["service"].queryset = Service.objects.within(centre.county)  # type: ignore[attr-defined]

    def clean_since(self) -> date:
        since: date = self.cleaned_data["since"]
        if since < self.today:
            raise forms.ValidationError("请从今天或以后算起")
        if since > self.today + timedelta(days=366):
            raise forms.ValidationError("太远了：最多提前一年")
        return since

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        start, end = data.get("start"), data.get("end")
        if start and end and end <= start:
            self.add_error("end", "结束要比开始晚；不能开到半夜以后")
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", "不能早于开始的那天")
        return data

    def activity(self) -> dict[str, Any]:
        """Keyword arguments for ``services.new_activity``."""
        data = self.cleaned_data
        names = ("space", "weekday", "every_weeks", "since", "until", "service")
        return {
            **self.details(), **{name: data[name] for name in names},
            "start": _minutes(data["start"]), "end": _minutes(data["end"]),
        }  # fmt: skip


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


class WhyForm(forms.Form):
    """Why a date is out of the ordinary: those signed up and the public read it."""

    reason = RedactedField(label="原因", max_length=60, required=False, help_text="会告诉报名的人，也写在日历上")


class TargetForm(WhyForm):
    """Where and when a date goes, or one is added."""

    day = DayField(label="哪天")
    start = forms.TimeField(label="几点开始", widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    space = forms.ModelChoiceField(Space.everywhere.none(), label="在哪里", empty_label=None)
    field_order = ("day", "start", "space", "reason")

    def __init__(self, *args: Any, centre: Centre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["space"].queryset = rooms_of(centre)  # type: ignore[attr-defined]

    def moment(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], self.cleaned_data["start"]))


class EndForm(WhyForm):
    last = DayField(label="办到哪天为止")


class SignUpForm(forms.Form):
    """Signing up: to which date, and how to call the person. All about the person is optional."""

    to = forms.ChoiceField(
        label="报哪一次", widget=forms.RadioSelect, error_messages={"required": "请选一个日子"}
    )  # fmt: skip
    called = RedactedField(label="称呼", max_length=20, required=False, help_text="例如：王大爷。点名时好招呼您")
    contact_phone = RedactedField(
        label="电话", max_length=20, required=False, help_text="改期、有位子时打给您；不留的，凭报名号自己看"
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, activity: Activity, rows: Sequence[DateRow], series: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = [("series", f"整期（{series}）")] if activity.sign_up in (SignUpFor.SERIES, SignUpFor.BOTH) else []
        single = [(row.moment, self.words(row)) for row in rows] if activity.sign_up != SignUpFor.SERIES else []
        self.fields["to"].choices = whole + single  # type: ignore[attr-defined]
        if len(whole + single) == 1:
            self.fields["to"].initial = (whole + single)[0][0]

    @staticmethod
    def words(row: DateRow) -> str:
        starts = row.item.starts
        free = "" if row.web_free is None else f"，还有 {row.web_free} 个位子" if row.web_free else "，满了，可以排队"
        return f"{starts:%-m月%-d日} 周{WEEKDAYS[starts.weekday()]} {starts:%-H:%M}{free}"


class CounterSignUpForm(SignUpForm):
    """The same, made by staff: over the counter or the telephone."""

    channel = forms.ChoiceField(
        label="怎么报的", choices=[(c.value, c.label) for c in (Channel.COUNTER, Channel.PHONE)],
        initial=Channel.COUNTER, widget=forms.RadioSelect,
    )  # fmt: skip


class AttendanceForm(forms.Form):
    unlisted = forms.IntegerField(
        label="没报名也来了的，几个人", min_value=0, max_value=2000, required=False, initial=0
    )

    def clean_unlisted(self) -> int:
        return self.cleaned_data["unlisted"] or 0
