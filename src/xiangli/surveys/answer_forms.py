"""Forms in which answers are given: the questionnaire's own form, built from its definition, and its correction."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django import forms

from xiangli.places.models import Place
from xiangli.surveys.channels import in_language, is_english, skip_words
from xiangli.surveys.questionnaire import TEXT_MAX, check_answers
from xiangli.surveys.sheets.places import PLACES
from xiangli.surveys.villages import address_of, by_town
from xiangli.ui.forms import DateInput

PREFIX = "q-"


class AnswerForm(forms.Form):
    """The web form of a questionnaire. Nothing asks for a name or a telephone number.

    All questions are shown, each with its skip rule in words; a script hides what is not asked. ``language``: in which
    the texts are shown. Answers are judged by ``check_answers``, as in every other channel.
    """

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    website = forms.CharField(
        required=False, label="请留空", widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    def __init__(
        self,
        definition: Mapping[str, Any],
        villages: Sequence[Place],
        *args: Any,
        asked: Place | None = None,
        language: str = "",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", {}).setdefault("uuid", uuid4())
        super().__init__(*args, **kwargs)
        self.definition = definition
        asked = asked or villages[0]  # where the survey was put to; of one village nobody needs to know
        self.villages = {address_of(asked, village): village for village in villages}
        if len(villages) != 1:
            choices = [("", "请选择"), *by_town(asked, villages)]
            self.fields["village"] = forms.ChoiceField(label="您是哪个村的？", choices=choices)
        self.shown = shown = in_language(definition, language)["questions"]
        english = is_english(language or definition.get("language", ""))
        numbered = any(question.get("relevant") for question in shown)
        for number, question in enumerate(shown, 1):
            field = _field(question)
            field.label = f"{number}. {question['label']}" if numbered else question["label"]
            field.help_text = " ".join(
                filter(None, [skip_words(question, shown, english=english), str(field.help_text)])
            )
            self.fields[PREFIX + question["name"]] = field

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError("这一格请留空。")
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        raw = self.raw()
        if self.errors:
            return cleaned
        for name, reason in check_answers(self.definition, raw).wrong.items():
            self.add_error(PREFIX + name, f"{reason}。")
        if not self.errors and all(value in (None, "", []) for value in raw.values()):
            raise forms.ValidationError("一道题也没有答。只答一道也行。")
        return cleaned

    @property
    def questions(self) -> list[dict[str, Any]]:
        """What to show, the village first: field, heading where a section begins, name and rule for a script."""
        asked = {PREFIX + question["name"]: question for question in self.shown}
        rows, section = [], ""
        for name in self.fields:
            question = asked.get(name)
            if question is None and name != "village":
                continue
            heading = question.get("section", "") if question else ""
            rows.append(
                {
                    "field": self[name], "heading": heading if heading != section else "",
                    "name": question["name"] if question else "",
                    "rule": json.dumps(question["relevant"]) if question and question.get("relevant") else "",
                }
            )  # fmt: skip
            section = heading
        return rows

    def village(self) -> Place:
        if len(self.villages) == 1:
            return next(iter(self.villages.values()))
        return self.villages[self.cleaned_data["village"]]

    def raw(self) -> dict[str, Any]:
        """Values by question name, for ``record_response``."""
        return {
            question["name"]: self.cleaned_data.get(PREFIX + question["name"])
            for question in self.definition["questions"]
        }


class CorrectionForm(forms.Form):
    """What one person answered, to be set right. Written words are not among it: they stay as they came."""

    def __init__(self, definition: Mapping[str, Any], answers: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        """``answers``: as they count today, earlier corrections included."""
        super().__init__(*args, **kwargs)
        asked = (question for question in definition["questions"] if question["kind"] != "text")
        self.questions = [{**question, "required": False, "relevant": None} for question in asked]
        self.answers = answers
        for question in self.questions:
            field = _field(question)
            if question["kind"] in ("single", "scale"):  # a round button once pressed cannot be let go
                field.choices = [("", "没有回答"), *field.choices]  # type: ignore[attr-defined]
            field.initial = answers.get(question["name"])
            self.fields[PREFIX + question["name"]] = field
        self.fields["reason"] = forms.CharField(label="为什么更正", max_length=200)
        self.changes: dict[str, Any] = {}
        """Question -> new answer, None where it is taken away."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        raw = {question["name"]: cleaned.get(PREFIX + question["name"]) for question in self.questions}
        checked = check_answers({"questions": self.questions}, raw)
        for name, reason in checked.wrong.items():
            self.add_error(PREFIX + name, f"{reason}。")
        if not self.errors:
            names = [question["name"] for question in self.questions]
            new = {name: checked.answers.get(name) for name in names}
            self.changes = {name: value for name, value in new.items() if value != self.answers.get(name)}
            if not self.changes:
                raise forms.ValidationError("一处也没有改。")
        return cleaned


class RankingWidget(forms.MultiWidget):
    """One list to choose from for each place."""

    template_name = "surveys/_places.html"
    use_fieldset = True

    def __init__(self, choices: Sequence[tuple[str, str]], places: int) -> None:
        offered = [("", "请选择"), *choices]
        super().__init__([forms.Select(choices=offered) for _ in range(places)])

    def decompress(self, value: list[str] | None) -> list[str]:
        return list(value or ())

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["places"] = list(zip(PLACES, context["widget"]["subwidgets"], strict=False))
        return context


class RankingField(forms.MultiValueField):
    """Options in their order. Which orders are one is for ``check_answers`` to say."""

    def __init__(self, choices: Sequence[tuple[str, str]], places: int, *, required: bool, **kwargs: Any) -> None:
        lists = [forms.ChoiceField(choices=choices, required=False) for _ in range(places)]
        widget = RankingWidget(choices, places)
        super().__init__(lists, widget=widget, required=required, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> list[str]:
        return list(data_list)


class NumberField(forms.FloatField):
    """Takes full-width digits, and what phones and tables leave around a number when it is pasted."""

    def to_python(self, value: Any) -> Any:  # a float or None; the stubs take every number field for whole numbers
        if isinstance(value, str):
            plain = unicodedata.normalize("NFKC", value)
            value = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc", "Zs"))
        return super().to_python(value)


def _field(question: Mapping[str, Any]) -> forms.Field:
    about = {
        "label": question["label"],
        "required": bool(question.get("required")) and not question.get("relevant"),
        "help_text": question.get("hint", ""),
    }
    choices = [(option["name"], option["label"]) for option in question["options"]]
    if question["kind"] == "multiple":
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **about)
    if question["kind"] == "ranking":
        return RankingField(choices, question["places"], **about)
    if question["kind"] in ("single", "scale"):
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **about)
    if question["kind"] == "number":
        return NumberField(min_value=question.get("min"), max_value=question.get("max"), **about)
    if question["kind"] == "date":
        return forms.DateField(widget=DateInput, **about)
    area = forms.Textarea(attrs={"rows": question.get("lines", 2)})
    about["help_text"] = about["help_text"] or "请不要写姓名、电话和身份证号。"
    return forms.CharField(max_length=TEXT_MAX, widget=area, **about)
