"""Forms of the ledger. Amounts are typed in yuan and kept in fen."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator

from xiangli.accounts.models import User
from xiangli.accounts.queries import within_places
from xiangli.ledger.choices import Action, EvidenceKind, Fund, Light, Source, State
from xiangli.ledger.models import ItemKind, LedgerItem, LightRule, Programme
from xiangli.ledger.queries import Filters, kinds_for, programmes_for, villages_of_reader, works_widely
from xiangli.ledger.rules import READERS
from xiangli.places.models import Place, Service
from xiangli.ui.forms import DateInput, DayField, EditForm, YuanField

WORKING_YEAR = 250
"""Working days of a year: so long before a deadline at most a light changes."""


def colleagues(user: Any) -> Any:
    """People who can be made responsible: those with work in this person's places."""
    return User.objects.filter(within_places(user, "assignments__place__", *READERS)).distinct().order_by("name")


def plain_tags(text: str) -> str:
    """Tags as they are kept: one space between two."""
    return " ".join(re.split(r"[\s,，、;；]+", text)).strip()


class FilterForm(forms.Form):
    """The list's filters, as a plain GET form. What does not fit is ignored: an old link must still open."""

    village = forms.ModelChoiceField(Place.objects.none(), label="村", required=False, empty_label="所有村")
    state = forms.ChoiceField(label="进展", required=False, choices=[("", "所有进展"), *State.choices])
    light = forms.ChoiceField(label="亮灯", required=False, choices=[("", "所有灯"), *Light.choices])
    source = forms.ChoiceField(label="来源", required=False, choices=[("", "所有来源"), *Source.choices])
    programme = forms.ModelChoiceField(
        Programme.everywhere.none(), label="实施方案", required=False, empty_label="所有方案"
    )
    kind = forms.ModelChoiceField(ItemKind.everywhere.none(), label="类型", required=False, empty_label="所有类型")
    place = forms.IntegerField(required=False, min_value=1)
    tag = forms.CharField(required=False, max_length=20)
    text = forms.CharField(label="找一找", required=False, max_length=40)
    overdue = forms.BooleanField(label="只看超期的", required=False)
    mine = forms.BooleanField(label="只看我负责的", required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["programme"].queryset = programmes_for(user)
        fields["kind"].queryset = kinds_for(user)
        self.is_wide = works_widely(user)
        if not self.is_wide:
            fields["village"].queryset = villages_of_reader(user)

    def selects(self) -> Iterator[dict[str, Any]]:
        """The choices as plain rows (value, label, chosen): see the template for why they are not widgets."""
        for name in ("village", "state", "light", "source", "programme", "kind"):
            if name == "programme" and self.is_wide:
                continue  # a list of every county's plans would never end; a link may still name one
            field: Any = self.fields[name]
            chosen = self.data.get(name, "")
            options = [(str(value), label, str(value) == chosen) for value, label in field.choices]
            if len(options) > 1:
                yield {"name": name, "label": field.label, "options": options}

    def filters(self) -> Filters:
        self.is_valid()
        found = {name: value for name, value in self.cleaned_data.items() if value}
        for name in ("village", "programme", "kind"):
            if chosen := found.pop(name, None):
                found[name] = chosen.pk
        return Filters(**found)


class ItemForm(EditForm):
    """Add or edit an item. The deadline is only typed at the start; later it moves by an extension with a reason.

    ``once`` is new with each empty form: sent twice it is one item.
    """

    NEEDED = ("place", "title", "measure", "deadline", "responsible", "responsible_name", "responsible_unit")

    once = forms.UUIDField(required=False, widget=forms.HiddenInput())

    planned_fen = YuanField(label="计划资金", required=False)
    granted_fen = YuanField(label="到位资金", required=False)
    spent_fen = YuanField(label="已用资金", required=False)

    class Meta:
        model = LedgerItem
        fields = [
            "place", "title", "measure", "source", "programme", "service", "kind", "deadline", "repeats",
            "responsible_unit", "responsible", "responsible_name", "liaison", "planned_fen", "granted_fen", "spent_fen",
            "money_note", "people", "volunteers", "tags",
        ]  # fmt: skip
        widgets = {"deadline": DateInput()}
        field_classes = {"deadline": DayField}
        labels = {"people": "要多少人手", "volunteers": "要多少志愿者"}
        help_texts = {"repeats": "销号以后自动立下一次。", "responsible_name": "只写称呼，上面选了人就不用写。"}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("place", "source", "deadline", "once"):
                del self.fields[name]
            county = self.instance.county_id
            if self.instance.money.exists():
                for name in ("planned_fen", "granted_fen", "spent_fen"):
                    del self.fields[name]
        else:
            for name in ("granted_fen", "spent_fen", "money_note"):
                del self.fields[name]
            villages = villages_of_reader(user)
            self.fields["place"].queryset = villages  # type: ignore[attr-defined]
            if len(mine := villages[:2]) == 1:  # who works in one village is not asked which
                self.initial["place"] = mine[0].pk
            county = villages.values("county")[:1]
        self.fields["programme"].queryset = programmes_for(user)  # type: ignore[attr-defined]
        self.fields["kind"].queryset = ItemKind.everywhere.filter(county=county)  # type: ignore[attr-defined]
        self.fields["service"].queryset = Service.everywhere.filter(county=county)  # type: ignore[attr-defined]
        for name in ("responsible", "liaison"):
            self.fields[name].queryset = colleagues(user)  # type: ignore[attr-defined]
        for name in ("people", "volunteers"):
            self.fields[name].required = False

    def needed(self) -> list[forms.BoundField]:
        """What nearly every item says."""
        return [field for field in self.visible_fields() if field.name in self.NEEDED]

    def more(self) -> list[forms.BoundField]:
        """The rest, folded up in an empty form."""
        return [field for field in self.visible_fields() if field.name not in self.NEEDED]

    def opens_more(self) -> bool:
        return bool(self.instance.pk) or any(field.errors for field in self.more())

    def clean_tags(self) -> str:
        return plain_tags(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("responsible"):
            data["responsible_name"] = ""
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
    deadline = DayField(label="新的完成时限")
    reason = forms.CharField(label="延期原因", max_length=200)

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class EvidenceForm(forms.Form):
    """Always optional: an item can be closed without any."""

    kind = forms.ChoiceField(label="这是", choices=EvidenceKind.choices)
    file = forms.FileField(label="照片或 PDF", help_text="10 MB 以内。照片里的拍摄地点会自动去掉。")


class ImportForm(forms.Form):
    file = forms.FileField(
        label="台账表格", help_text="Excel（.xlsx、.xls）或 CSV，20 MB 以内；先只检查，看过结果再写入。"
    )


class NeedsForm(forms.Form):
    """What has to come first, chosen among the open items of the same village or given by its number."""

    needs = forms.ModelChoiceField(LedgerItem.everywhere.none(), label="要先做完的事", required=False)
    number = forms.IntegerField(label="或者写事项编号", required=False, min_value=1)

    def __init__(self, *args: Any, item: LedgerItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        near = LedgerItem.everywhere.filter(place=item.place_id, county=item.county_id).exclude(pk=item.pk)
        self.fields["needs"].queryset = near.exclude(state=State.CLOSED)  # type: ignore[attr-defined]


class MoneyForm(forms.Form):
    """The money of an item, one line a source."""

    note = forms.CharField(label="资金说明", required=False, max_length=200)

    def __init__(self, *args: Any, item: LedgerItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = {row.fund: row for row in item.money.all()}
        self.initial["note"] = item.money_note
        for fund in Fund:
            for kind, label in SUMS:
                name = f"{fund.value}-{kind}"
                amount = getattr(self.kept.get(fund.value), f"{kind}_fen", None)
                self.fields[name] = YuanField(label=f"{fund.label}{label}", required=False, help_text="")
                self.initial[name] = amount or None

    def lines(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for fund in Fund:
            yield fund.label, [self[f"{fund.value}-{kind}"] for kind, _ in SUMS]

    def rows(self) -> dict[str, tuple[int, int, int]]:
        found = {}
        for fund in Fund:
            planned, granted, spent = (self.cleaned_data[f"{fund.value}-{kind}"] or 0 for kind, _ in SUMS)
            if planned or granted or spent:
                found[fund.value] = (planned, granted, spent)
        return found


SUMS = (("planned", "计划"), ("granted", "到位"), ("spent", "已用"))


class AssignForm(forms.Form):
    """What many items get at once; what is left empty stays as it is."""

    responsible = forms.ModelChoiceField(User.objects.none(), label="唯一责任人", required=False)
    liaison = forms.ModelChoiceField(User.objects.none(), label="包村干部", required=False)
    responsible_unit = forms.CharField(label="责任单位", required=False, max_length=60)
    programme = forms.ModelChoiceField(Programme.everywhere.none(), label="实施方案", required=False)
    tags = forms.CharField(label="标签", required=False, max_length=100)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["responsible"].queryset = fields["liaison"].queryset = colleagues(user)
        fields["programme"].queryset = programmes_for(user)

    def clean_tags(self) -> str:
        return plain_tags(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(data.values()):
            raise forms.ValidationError("请至少选一样。")
        return data

    def given(self) -> dict[str, Any]:
        found = {name: value for name, value in self.cleaned_data.items() if value}
        return found | ({"responsible_name": ""} if "responsible" in found else {})


class LightRuleForm(forms.ModelForm):
    class Meta:
        model = LightRule
        fields = ["warn_days", "start_days"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # both engines say the same, and the calendar has no end to run into
            field.validators.append(MaxValueValidator(WORKING_YEAR))
            field.widget.attrs["max"] = WORKING_YEAR


class KindForm(forms.ModelForm):
    class Meta:
        model = ItemKind
        fields = ["name", "offers_evidence"]


STEP_FORMS: dict[str, type[forms.Form]] = {
    Action.START: StartForm,
    Action.ASK_CLOSE: StepForm,
    Action.CLOSE: StepForm,
    Action.RETURN: ReasonForm,
    Action.REOPEN: ReasonForm,
    Action.NOTE: NoteForm,
    Action.EXTEND: ExtendForm,
}
