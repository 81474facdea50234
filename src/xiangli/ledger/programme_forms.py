"""Forms of programmes and meetings."""

from typing import Any

from django import forms

from xiangli.accounts.queries import within_places
from xiangli.ledger.models import Duty, Meeting, PracticeNote, Programme, StandardPoint
from xiangli.ledger.queries import programmes_for
from xiangli.ledger.rules import MANAGERS
from xiangli.places.choices import Level
from xiangli.places.models import Place, Service
from xiangli.places.queries import villages
from xiangli.ui.forms import DateInput, DayField


def places_managed(user: Any) -> Any:
    """The counties and towns this person decides for."""
    return Place.objects.filter(
        within_places(user, "", *MANAGERS), level__in=[Level.COUNTY, Level.TOWN], is_open=True
    ).order_by("path")


class ProgrammeForm(forms.ModelForm):
    class Meta:
        model = Programme
        fields = ["place", "title", "document_number", "starts", "ends", "leading_group", "duties"]
        widgets = {"starts": DateInput(), "ends": DateInput()}
        field_classes = {"starts": DayField, "ends": DayField}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["place"]
        else:
            self.fields["place"].queryset = places_managed(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        place = data.get("place") or (self.instance.place if self.instance.pk else None)
        same = Programme.everywhere.filter(place=place, title=data.get("title", "")).exclude(pk=self.instance.pk)
        if place and same.exists():
            self.add_error("title", "这个地点已经有同名的实施方案。")
        if data.get("starts") and data.get("ends") and data["ends"] < data["starts"]:
            self.add_error("ends", "结束日期不能早于开始日期。")
        return data


class DutyForm(forms.ModelForm):
    class Meta:
        model = Duty
        fields = ["unit", "text"]


class StandardForm(forms.ModelForm):
    class Meta:
        model = StandardPoint
        fields = ["title", "measure"]


class PracticeForm(forms.ModelForm):
    class Meta:
        model = PracticeNote
        fields = ["where", "seen_on", "service", "text"]
        widgets = {"seen_on": DateInput()}
        field_classes = {"seen_on": DayField}

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.everywhere.filter(county=programme.county_id)
        self.fields["service"].queryset = services  # type: ignore[attr-defined]


class StandardItemsForm(forms.Form):
    """For every village one item for each point of the standard."""

    deadline = DayField(label="完成时限")


class MeetingForm(forms.ModelForm):
    class Meta:
        model = Meeting
        fields = ["place", "programme", "title", "held_on", "agenda", "minutes"]
        widgets = {"held_on": DateInput()}
        field_classes = {"held_on": DayField}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["place"]
        else:
            self.fields["place"].queryset = places_managed(user)  # type: ignore[attr-defined]
        self.fields["programme"].queryset = programmes_for(user)  # type: ignore[attr-defined]


class ResolutionForm(forms.Form):
    """A decision; with a village and a deadline it becomes an item."""

    text = forms.CharField(label="决定了什么", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    place = forms.ModelChoiceField(
        Place.objects.none(), label="哪个村去办", required=False, empty_label="只记下，不立项"
    )
    deadline = DayField(label="完成时限", required=False)
    unit = forms.CharField(label="责任单位", required=False, max_length=60)

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = villages(meeting.place)  # type: ignore[attr-defined]
