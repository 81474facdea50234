"""Forms of the ledger. Amounts are typed in yuan and kept in fen."""

from collections.abc import Iterator
from typing import Any

from django import forms

from xiangli.accounts.models import User
from xiangli.accounts.queries import within_places
from xiangli.ledger.choices import Action, EvidenceKind, Light, Source, State
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.queries import Filters, villages_of_reader
from xiangli.ledger.rules import READERS
from xiangli.places.models import Place, Service
from xiangli.ui.forms import DateInput, YuanField


def colleagues(user: Any) -> Any:
    """People who can be made responsible: those with work in this person's places."""
    return User.objects.filter(within_places(user, "assignments__place__", *READERS)).distinct().order_by("name")


class FilterForm(forms.Form):
    """The list's filters, as a plain GET form. What does not fit is ignored: an old link must still open."""

    village = forms.ModelChoiceField(Place.objects.none(), label="村", required=False, empty_label="所有村")
    state = forms.ChoiceField(label="进展", required=False, choices=[("", "所有进展"), *State.choices])
    light = forms.ChoiceField(label="亮灯", required=False, choices=[("", "所有灯"), *Light.choices])
    source = forms.ChoiceField(label="来源", required=False, choices=[("", "所有来源"), *Source.choices])
    text = forms.CharField(label="找一找", required=False, max_length=40)
    overdue = forms.BooleanField(label="只看超期的", required=False)
    mine = forms.BooleanField(label="只看我负责的", required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = villages_of_reader(user)  # type: ignore[attr-defined]

    def selects(self) -> Iterator[dict[str, Any]]:
        """The four choices as plain rows (value, label, chosen): see the template for why they are not widgets."""
        for name in ("village", "state", "light", "source"):
            field: Any = self.fields[name]
            chosen = self.data.get(name, "")
            options = [(str(value), label, str(value) == chosen) for value, label in field.choices]
            yield {"name": name, "label": field.label, "options": options}

    def filters(self) -> Filters:
        self.is_valid()
        found = {name: value for name, value in self.cleaned_data.items() if value}
        if village := found.pop("village", None):
            found["village"] = village.pk
        return Filters(**found)


class ItemForm(forms.ModelForm):
    """Add or edit an item. The deadline is only typed at the start; later it moves by an extension with a reason."""

    planned_fen = YuanField(label="计划资金", required=False)
    granted_fen = YuanField(label="到位资金", required=False)
    spent_fen = YuanField(label="已用资金", required=False)

    class Meta:
        model = LedgerItem
        fields = [
            "place", "title", "measure", "source", "service", "deadline", "responsible_unit", "responsible", "liaison",
            "planned_fen", "granted_fen", "spent_fen", "money_note", "people", "volunteers",
        ]  # fmt: skip
        widgets = {"deadline": DateInput()}
        labels = {"people": "要多少人手", "volunteers": "要多少志愿者"}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("place", "source", "deadline"):
                del self.fields[name]
            county = self.instance.county_id
        else:
            for name in ("granted_fen", "spent_fen", "money_note"):
                del self.fields[name]
            villages = villages_of_reader(user)
            self.fields["place"].queryset = villages  # type: ignore[attr-defined]
            county = villages.values("county")[:1]
        self.fields["service"].queryset = Service.everywhere.filter(county=county)  # type: ignore[attr-defined]
        for name in ("responsible", "liaison"):
            self.fields[name].queryset = colleagues(user)  # type: ignore[attr-defined]
        for name in ("people", "volunteers"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("planned_fen", "granted_fen", "spent_fen", "people", "volunteers"):
            if name in self.fields and data.get(name) is None and name not in self.errors:
                data[name] = 0
        spent, granted = data.get("spent_fen", 0) or 0, data.get("granted_fen", 0) or 0
        if "spent_fen" in self.fields and spent > granted and not data.get("money_note"):
            self.add_error("money_note", "已用的钱超过到位的钱，请写明原因。")
        return data


class StepForm(forms.Form):
    """A step that may say something."""

    text = forms.CharField(label="说明", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=500)

    def arguments(self) -> dict[str, Any]:
        return {"note": self.cleaned_data["text"]}


class StartForm(forms.Form):
    def arguments(self) -> dict[str, Any]:
        return {}


class ReasonForm(forms.Form):
    """A step that must say why."""

    text = forms.CharField(label="原因", widget=forms.Textarea(attrs={"rows": 2}), max_length=500)

    def arguments(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["text"]}


class NoteForm(forms.Form):
    text = forms.CharField(label="进展", widget=forms.Textarea(attrs={"rows": 2}), max_length=500)
    spent_fen = YuanField(label="到今天一共用了多少钱", required=False)
    money_note = forms.CharField(label="资金说明", required=False, max_length=200)

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ExtendForm(forms.Form):
    deadline = forms.DateField(label="新的完成时限", widget=DateInput())
    reason = forms.CharField(label="延期原因", max_length=200)

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class EvidenceForm(forms.Form):
    """Always optional: an item can be closed without any."""

    kind = forms.ChoiceField(label="这是", choices=EvidenceKind.choices)
    file = forms.FileField(label="照片或 PDF", help_text="10 MB 以内。照片里的拍摄地点会自动去掉。")


class ImportForm(forms.Form):
    file = forms.FileField(label="台账表格", help_text="Excel（.xlsx）或 CSV；先只检查，看过结果再写入。")


STEP_FORMS: dict[str, type[forms.Form]] = {
    Action.START: StartForm,
    Action.ASK_CLOSE: StepForm,
    Action.CLOSE: StepForm,
    Action.RETURN: ReasonForm,
    Action.REOPEN: ReasonForm,
    Action.NOTE: NoteForm,
    Action.EXTEND: ExtendForm,
}
