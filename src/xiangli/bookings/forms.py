"""The form with which a slot is booked, the same for residents and for staff on their behalf, and those of staff."""

import re
from datetime import MAXYEAR, datetime, timedelta
from typing import Any
from uuid import uuid4, uuid5

from django import forms
from django.utils import timezone

from xiangli.bookings.choices import MOST_AROUND, MOST_DAYS_AHEAD, SERIES_WEEKS, Channel
from xiangli.bookings.models import Booking, Draw, SpaceRule
from xiangli.bookings.queries import at_minute, bookable_spaces, draw_slots
from xiangli.bookings.wording import span_words
from xiangli.places.models import Centre, Space
from xiangli.ui.forms import DayField, EditForm, RedactedField

LENGTHS = [("60", "1 小时"), ("120", "2 小时")]


class WishForm(forms.Form):
    """A start time and a length in one space. Everything about the person is optional."""

    slot = forms.CharField(label="几点", error_messages={"required": "请选一个时间"})
    minutes = forms.ChoiceField(label="用多久", choices=LENGTHS, initial="60", widget=forms.RadioSelect)
    on_behalf_of = RedactedField(label="称呼", max_length=20, required=False, help_text="例如：王大爷。到时好招呼您")
    contact_phone = RedactedField(label="电话", max_length=20, required=False, help_text="有变动时打给您")
    card_number = RedactedField(label="乡里卡号", max_length=20, required=False)
    people = forms.IntegerField(label="几个人", min_value=1, max_value=9999, required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_slot(self) -> datetime:
        """The start, as a local time of day and date: 2026-11-24T09:00."""
        try:
            starts = timezone.make_aware(datetime.fromisoformat(self.cleaned_data["slot"]))
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError("请从下面的时间里选一个") from error
        if starts.year == MAXYEAR:  # the calendar ends there, and with it what begins on its last evening
            raise forms.ValidationError("请从下面的时间里选一个")
        return starts

    def wish(self) -> dict[str, Any]:
        """Keyword arguments for ``services.book``."""
        data = self.cleaned_data
        personal = {name: data[name] for name in ("on_behalf_of", "contact_phone", "card_number")}
        ends = data["slot"] + timedelta(minutes=int(data["minutes"]))
        # Sent twice it is one booking; with another time chosen after going back it is another booking.
        key = uuid5(data["request_key"], f"{self.data.get('space')} {data['slot'].isoformat()} {data['minutes']}")
        return {
            "starts": data["slot"], "ends": ends, "request_key": key, "people": data["people"], **personal,
        }  # fmt: skip


class CounterForm(WishForm):
    """The same, made by staff: over the counter or the telephone."""

    channel = forms.ChoiceField(
        label="怎么约的", choices=[(c.value, c.label) for c in (Channel.COUNTER, Channel.PHONE)],
        initial=Channel.COUNTER, widget=forms.RadioSelect,
    )  # fmt: skip

    def wish(self) -> dict[str, Any]:
        return {**super().wish(), "channel": self.cleaned_data["channel"]}


class SpaceRuleForm(EditForm):
    """How a centre or one of its spaces may be booked, in the words of the counter."""

    class Meta:
        model = SpaceRule
        fields = [
            "needs_approval", "notice_hours", "days_ahead", "longest_minutes", "before_minutes", "after_minutes",
            "most_people", "weekly_quota", "kept_percent", "kept_hours",
        ]  # fmt: skip
        help_texts = {
            "needs_approval": "打了勾，居民约的先记成“等答复”，时间替他留着，您同意了才算数",
            "notice_hours": "0 就是随到随约",
            "days_ahead": f"1 到 {MOST_DAYS_AHEAD} 天",
            "longest_minutes": "30 到 1440 分钟",
            "most_people": "不填就按房间容纳人数",
            "weekly_quota": "不填就不限。按电话或卡号算，没留的不算",
            "kept_percent": "0 就是不留。留出来的时间网上约不到，不会让不上网的老人没有份",
            "kept_hours": "到这时候还空着，网上也可以约",
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        limits = {
            "days_ahead": (1, MOST_DAYS_AHEAD), "longest_minutes": (30, 1440), "before_minutes": (0, MOST_AROUND),
            "after_minutes": (0, MOST_AROUND), "kept_percent": (0, 100), "kept_hours": (0, 336),
            "notice_hours": (0, 1440),
        }  # fmt: skip
        for name, (least, most) in limits.items():
            if data.get(name) is not None and not least <= data[name] <= most:
                self.add_error(name, f"请写 {least} 到 {most}")
        if not self.errors and data["notice_hours"] >= data["days_ahead"] * 24:
            self.add_error("notice_hours", "提前的小时数比能约的天数还长，那样谁也约不上")
        return data


class MoveForm(forms.Form):
    """Another time, and perhaps another room, for a booking."""

    space = forms.ModelChoiceField(label="哪个房间", queryset=Space.everywhere.none(), empty_label=None)
    day = DayField(label="哪一天")
    at = forms.TimeField(label="几点开始", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, booking: Booking, **kwargs: Any) -> None:
        starts = timezone.localtime(booking.starts)
        kwargs["initial"] = {"space": booking.space_id, "day": starts.date(), "at": starts.time()}
        super().__init__(*args, **kwargs)
        self.fields["space"].queryset = bookable_spaces(booking.space.centre)  # type: ignore[attr-defined]

    def starts(self) -> datetime:
        """The new start, aware."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], self.cleaned_data["at"]))


class ReasonForm(forms.Form):
    """Why something is refused or given back: whoever booked reads it."""

    reason = RedactedField(label="原因", max_length=80, required=False, help_text="约的人会看到")


class DaysField(forms.CharField):
    """Several days, as people write them: "12月8日、12-15". The year is the nearest to come from ``since``."""

    def clean(self, value: Any) -> list[tuple[int, int]]:
        text = super().clean(value)
        found = []
        for part in re.split(r"[、，,；;\s]+", text.strip()):
            if not part:
                continue
            match = re.fullmatch(r"(?:\d{4}[-年/.])?(\d{1,2})[-月/.](\d{1,2})日?", part)
            if match is None or not (1 <= int(match[1]) <= 12 and 1 <= int(match[2]) <= 31):
                raise forms.ValidationError(f"看不懂“{part}”，请写成 12月8日")
            found.append((int(match[1]), int(match[2])))
        return found


class SeriesForm(forms.Form):
    """The same hours every week for a while, for somebody."""

    space = forms.ModelChoiceField(label="哪个房间", queryset=Space.everywhere.none(), empty_label=None)
    since = DayField(label="头一次是哪天", help_text="以后每周都是这个星期几")
    until = DayField(label="到哪天止", help_text=f"最多 {SERIES_WEEKS} 个星期")
    at = forms.TimeField(label="几点开始", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.TypedChoiceField(
        label="用多久", coerce=int, initial=60,
        choices=[(60, "1 小时"), (90, "1 小时半"), (120, "2 小时"), (180, "3 小时"), (240, "4 小时")],
    )  # fmt: skip
    left_out = DaysField(label="哪几天不要", required=False, help_text="例如：12月8日、12月15日")
    on_behalf_of = RedactedField(label="替谁约", max_length=20, required=False)
    contact_phone = RedactedField(label="电话", max_length=20, required=False)
    people = forms.IntegerField(label="几个人", min_value=1, max_value=9999, required=False)

    def __init__(self, *args: Any, centre: Centre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["space"].queryset = bookable_spaces(centre)  # type: ignore[attr-defined]

    def wish(self) -> dict[str, Any]:
        """Keyword arguments for ``services.book_series``."""
        data = dict(self.cleaned_data)
        at, named = data.pop("at"), set(data.pop("left_out"))
        weeks = range(max(0, (data["until"] - data["since"]).days // 7 + 1))
        days = [data["since"] + timedelta(weeks=week) for week in weeks[: SERIES_WEEKS + 1]]
        data["left_out"] = [day for day in days if (day.month, day.day) in named]
        return {**data, "start": at.hour * 60 + at.minute}


class DrawForm(forms.Form):
    """A draw for the same hours of a space on some days."""

    title = forms.CharField(label="抽什么", max_length=40, help_text="例如：春节前的篮球场")
    space = forms.ModelChoiceField(label="哪个房间", queryset=Space.everywhere.none(), empty_label=None)
    first = DayField(label="从哪天")
    last = DayField(label="到哪天", help_text="最多 14 天")
    hours = forms.CharField(label="每天哪几个钟点", max_length=60, help_text="例如：18、19、20，每个一小时")
    closes_on = DayField(label="哪天截止报名")
    closes_at = forms.TimeField(label="几点截止", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, centre: Centre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.centre = centre
        self.fields["space"].queryset = bookable_spaces(centre)  # type: ignore[attr-defined]

    def clean_hours(self) -> list[int]:
        parts = [part for part in re.split(r"[、，,\s]+", self.cleaned_data["hours"].strip()) if part]
        numbers = [part.removesuffix("点").removesuffix(":00") for part in parts]
        if not numbers or not all(one.isdecimal() and int(one) < 24 for one in numbers):
            raise forms.ValidationError("请写 0 到 23 的钟点，用“、”隔开")
        return sorted({int(one) for one in numbers})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("first") and data.get("last") and not 0 <= (data["last"] - data["first"]).days < 14:
            self.add_error("last", "最多 14 天，而且不早于开始的那天")
        return data

    def wish(self) -> dict[str, Any]:
        """Keyword arguments for ``services.announce_draw``."""
        data, hour = self.cleaned_data, timedelta(hours=1)
        data["space"].centre = self.centre
        days = [data["first"] + timedelta(days=offset) for offset in range((data["last"] - data["first"]).days + 1)]
        starts = [at_minute(day, 60 * clock) for day in days for clock in data["hours"]]
        closes = timezone.make_aware(datetime.combine(data["closes_on"], data["closes_at"]))
        times = [(data["space"], start, start + hour) for start in starts]
        return {"title": data["title"], "times": times, "closes_at": closes}


class EntryForm(forms.Form):
    """One lot: up to three times, the dearest first, and a number by which a person is one person."""

    first = forms.TypedChoiceField(label="最想要", coerce=int)
    second = forms.TypedChoiceField(label="其次", coerce=int, required=False, empty_value=None)
    third = forms.TypedChoiceField(label="再其次", coerce=int, required=False, empty_value=None)
    contact_phone = RedactedField(
        label="电话", max_length=20, required=False, help_text="电话和卡号填一样：抽签一人一签。抽完满 30 天就抹掉"
    )
    card_number = RedactedField(label="乡里卡号", max_length=20, required=False)
    on_behalf_of = RedactedField(label="称呼", max_length=20, required=False)

    def __init__(self, *args: Any, draw: Draw, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(row.pk, f"{span_words(row.starts, row.ends)} {row.space.name}") for row in draw_slots(draw)]
        for name in ("first", "second", "third"):
            blank = [] if name == "first" else [("", "—")]
            self.fields[name].choices = [*blank, *found]  # type: ignore[attr-defined]

    def wish(self) -> dict[str, Any]:
        """Keyword arguments for ``services.enter_draw``."""
        data = self.cleaned_data
        wishes = [data[name] for name in ("first", "second", "third") if data.get(name)]
        return {"wishes": wishes, **{name: data[name] for name in ("contact_phone", "card_number", "on_behalf_of")}}
