"""Forms with which a questionnaire is made: from a workbook, from nothing, and one question at a time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from xiangli.places.models import Place
from xiangli.surveys import editing
from xiangli.surveys.cleaning import CHOICE, LABEL_MAX, PLACES_MAX, PLACES_USUAL, TEXT_MAX, TITLE_MAX
from xiangli.ui.forms import DayField

KINDS = [
    ("single", "单选"), ("multiple", "多选"), ("scale", "量表（一排选一个）"), ("ranking", "排序（选出前几项）"),
    ("number", "数字"), ("text", "写字"), ("date", "日期"),
]  # fmt: skip
ROLES = [
    ("", "一般的题"), ("need", "问需要什么服务（得出需求清单）"), ("band", "问什么时候有空"), ("sex", "性别"),
    ("age", "年龄段"), ("group", "从业或人群"),
]  # fmt: skip
BETWEEN = "|"
KEEP_RULE = "跳答条件照旧（在这里改不了）"


class NewForm(forms.Form):
    """What every new campaign has to say."""

    title = forms.CharField(label="名称", max_length=TITLE_MAX)
    place = forms.ModelChoiceField(label="问哪里", queryset=Place.objects.none(), empty_label=None)
    opens = DayField(label="开始")
    closes = DayField(label="截止", required=False)
    handler = forms.CharField(label="谁在处理这些答卷", max_length=60, help_text="印在个人信息告知里，如：某某镇党政办")
    contact = forms.CharField(label="联系办法", max_length=60, help_text="电话或地址，乡亲们有疑问时找谁")

    def __init__(self, *args: Any, places: Iterable[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class WorkbookForm(NewForm):
    """A campaign from an XLSForm."""

    file = forms.FileField(label="XLSForm 工作簿", help_text="Excel（.xlsx 或 .xls），里面有 survey 工作表。")
    field_order = ("file",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = "空着就用工作簿里的"


class ReplaceForm(forms.Form):
    """The same questionnaire, changed in Excel."""

    file = forms.FileField(label="改好的 XLSForm 工作簿")


class WordsForm(forms.Form):
    """What stands before the questions."""

    intro = forms.CharField(
        label="开头的话", max_length=TEXT_MAX, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    notice = forms.CharField(label="个人信息告知", max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 5}))
    voluntary = forms.CharField(label="自愿声明", max_length=120)


class QuestionForm(forms.Form):
    """One question. The skip rule is ticked: options of the questions before it."""

    label = forms.CharField(label="题目", max_length=LABEL_MAX, widget=forms.Textarea(attrs={"rows": 2}))
    kind = forms.ChoiceField(label="题型", choices=KINDS)
    options = forms.CharField(
        label="选项", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 7}),
        help_text="一行一个。写字、数字、日期的题不用填。",
    )  # fmt: skip
    places = forms.IntegerField(
        label="排前几项", required=False, min_value=1, max_value=PLACES_MAX,
        help_text=f"只有排序题用得着；空着就是前 {PLACES_USUAL} 项。",
    )  # fmt: skip
    required = forms.BooleanField(label="一定要答", required=False)
    role = forms.ChoiceField(label="这道题用来做什么", choices=ROLES, required=False)
    section = forms.CharField(
        label="小节标题", required=False, max_length=60, help_text="和上一题写得一样，就排在同一节"
    )
    hint = forms.CharField(label="提示", required=False, max_length=LABEL_MAX, help_text="印在题目下面的小字")
    min = forms.FloatField(label="数字最小是", required=False)
    max = forms.FloatField(label="数字最大是", required=False)
    whole = forms.BooleanField(label="只能填整数", required=False)
    lines = forms.IntegerField(label="写字留几行", required=False, min_value=1, max_value=10)

    def __init__(
        self,
        *args: Any,
        before: Sequence[Mapping[str, Any]],
        old: Mapping[str, Any] | None,
        services: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        """``before``: the questions in front of this one; ``old``: this one as it is, None for a new one."""
        ticks = editing.ticks_of_rule((old or {}).get("relevant"))
        self.old, self.services, self.before = old or {}, services, before
        kwargs["initial"] = {**_initial(self.old), "skip": _ticked(before, ticks or ()), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        choices = _tick_choices(before)
        if ticks is None:
            self.fields["keep_rule"] = forms.BooleanField(label=KEEP_RULE, required=False, initial=True)
        elif choices:
            self.fields["skip"] = forms.MultipleChoiceField(
                label="只问选了下面这些的人（都不勾，就人人都问）", choices=choices, required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text="同一题勾了几项，选了哪一项都算；几道题都勾了，要都符合。",
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in CHOICE and not cleaned.get("options", "").strip():
            self.add_error("options", "请写选项，一行一个。")
        return cleaned

    def question(self, name: str) -> dict[str, Any]:
        """The question as the definition holds it. Raises UserError for options that cannot be."""
        said = self.cleaned_data
        kept = {key: self.old[key] for key in ("translations",) if key in self.old}
        question: dict[str, Any] = {
            **kept, "name": name, "required": said["required"],
            **{key: said[key] for key in ("label", "kind", "section", "hint", "role", "min", "max", "whole")},
            "places": said["places"],
        }  # fmt: skip
        question["lines"] = said["lines"] or 2
        if said["kind"] in CHOICE:
            question["options"] = editing.options_of(
                said["options"].splitlines(), self.old.get("options", ()), said["role"], self.services
            )
        else:
            question["role"] = ""
        if said.get("keep_rule"):
            question["relevant"] = self.old.get("relevant")
        else:
            ticks = (tick.split(BETWEEN) for tick in said.get("skip", ()))
            question["relevant"] = editing.rule_of_ticks(
                (self.before[int(q)]["name"], self.before[int(q)]["options"][int(o)]["name"]) for q, o in ticks
            )
        return question


def _initial(old: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("label", "kind", "required", "role", "section", "hint", "min", "max", "whole", "lines", "places")
    initial = {key: old[key] for key in keys if key in old}
    return initial | {"options": "\n".join(option["label"] for option in old.get("options", ()))}


def _tick_choices(before: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Positions stand for names: a name may hold anything."""
    return [
        (f"{q}{BETWEEN}{o}", f"第 {q + 1} 题：{option['label']}")
        for q, question in enumerate(before)
        for o, option in enumerate(question.get("options", ()))
        if question["kind"] != "ranking"
    ]


def _ticked(before: Sequence[Mapping[str, Any]], ticks: Iterable[tuple[str, str]]) -> list[str]:
    places = {
        (question["name"], option["name"]): f"{q}{BETWEEN}{o}"
        for q, question in enumerate(before)
        for o, option in enumerate(question.get("options", ()))
    }
    return [places[tick] for tick in ticks if tick in places]


class FirstQuestionForm(NewForm):
    """A campaign made from nothing begins with one question."""

    label = forms.CharField(label="第一道题", max_length=LABEL_MAX, widget=forms.Textarea(attrs={"rows": 2}))
    kind = forms.ChoiceField(label="题型", choices=KINDS)
    options = forms.CharField(
        label="选项", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="一行一个。写字、数字、日期的题不用填。",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in CHOICE and not cleaned.get("options", "").strip():
            self.add_error("options", "请写选项，一行一个。")
        return cleaned
