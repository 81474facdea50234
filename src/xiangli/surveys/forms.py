"""Forms of the office: campaigns, printing, samples, checks, coding, phones, files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from xiangli.core.files import FileKind
from xiangli.core.numbers import whole_number
from xiangli.places.models import Place, Service
from xiangli.surveys.answer_forms import PREFIX
from xiangli.surveys.choices import SampleKind, Verdict
from xiangli.surveys.columns import EACH, match_options
from xiangli.surveys.models import Code
from xiangli.surveys.paper_languages import paper_languages
from xiangli.surveys.villages import labels_of
from xiangli.ui.forms import DayField

COPIES_MOST = 500
FILE_MOST = 50_000_000  # bytes
SCANS = {FileKind.JPEG, FileKind.PNG, FileKind.TIFF, FileKind.PDF}


class CampaignForm(forms.Form):
    """A new campaign from the standard questionnaire."""

    title = forms.CharField(label="名称", max_length=60, initial="乡里中心办什么？")
    place = forms.ModelChoiceField(label="问哪里", queryset=Place.objects.none())
    opens = DayField(label="开始")
    closes = DayField(label="截止", required=False)
    handler = forms.CharField(label="谁在处理这些答卷", max_length=60, help_text="印在个人信息告知里，如：某某镇党政办")
    contact = forms.CharField(label="联系办法", max_length=60, help_text="电话或地址，乡亲们有疑问时找谁")
    services = forms.MultipleChoiceField(label="问哪些服务", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, places: Iterable[Place], catalogue: Iterable[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        self.catalogue = {service.key: service.name for service in catalogue}
        self.fields["services"].choices = list(self.catalogue.items())  # type: ignore[attr-defined]
        self.fields["services"].initial = list(self.catalogue)

    def asked(self) -> list[dict[str, str]]:
        return [{"key": key, "name": self.catalogue[key]} for key in self.cleaned_data["services"]]


class LastDayForm(forms.Form):
    """Until when answers are taken."""

    closes = DayField(
        label="收到哪天为止", required=False,
        help_text="空着就是不限期。过了期的也可以往后改，没来得及交的手机就又能交了。",
    )  # fmt: skip


class VillageForm(forms.Form):
    """Base of the small forms that are about one village."""

    village = forms.ModelChoiceField(label="村", queryset=Place.objects.none(), empty_label=None)

    def __init__(self, *args: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = villages  # type: ignore[attr-defined]
        rows = list(villages)
        names = dict(zip((one.pk for one in rows), labels_of(rows), strict=True))
        self.fields["village"].label_from_instance = lambda one: names[one.pk]  # type: ignore[attr-defined]


class PrintForm(VillageForm):
    """How many, and in which language where there are several."""

    copies = forms.IntegerField(label="份数", min_value=1, max_value=COPIES_MOST, initial=50)
    language = forms.ChoiceField(label="用哪种语言印", required=False)

    def __init__(self, *args: Any, definition: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = paper_languages(definition)
        if len(tags) == 1:
            del self.fields["language"]
            return
        self.fields["language"].choices = [(tag, name) for name, tag in tags.items()]  # type: ignore[attr-defined]


class SampleForm(VillageForm):
    """How people were chosen. Strata and clusters are known by the answer to a question."""

    kind = forms.ChoiceField(label="怎样选的人", choices=SampleKind.choices)
    invited = forms.IntegerField(label="发出多少份", min_value=0, max_value=1_000_000, required=False)
    question = forms.ChoiceField(label="按哪一题分层、分群", required=False, help_text="只有分层和整群才要选")
    sizes = forms.CharField(
        label="各层人数", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="分层才要填，一行一层，如：一组 120",
    )  # fmt: skip
    units = forms.IntegerField(
        label="全村共有几户（组）", required=False, min_value=1, max_value=1_000_000, help_text="整群才要填"
    )

    def __init__(self, *args: Any, definition: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = definition["questions"] if definition else ()
        kinds = ("single", "scale", "number")
        choices = [(one["name"], one["label"]) for one in asked if one["kind"] in kinds]
        self.fields["question"].choices = [("", "（不用）"), *choices]  # type: ignore[attr-defined]

    def clean_sizes(self) -> dict[str, int]:
        """Stratum -> people. Each line: a name, then a number."""
        sizes: dict[str, int] = {}
        for line in filter(str.strip, self.cleaned_data["sizes"].splitlines()):
            name, _, number = line.strip().replace("：", " ").replace(":", " ").rpartition(" ")
            people = whole_number(number)
            if not name.strip() or people is None or people > 1_000_000:
                raise forms.ValidationError(f"“{line.strip()[:40]}”看不懂，请写成“名称 人数”。")
            sizes[name.strip()] = people
        return sizes


class DrawForm(forms.Form):
    """Draw some answers to be asked for again."""

    share = forms.IntegerField(label="抽百分之几", min_value=1, max_value=100, initial=10)
    seed = forms.CharField(
        label="随机种子", required=False, max_length=32,
        help_text="留空由机器随机产生；当众抽签时，把抽到的数字写在这里。种子会记下来，谁都可以照着重抽一遍核对。",
    )  # fmt: skip


class FailForm(forms.Form):
    failed = forms.CharField(label="没能再问的原因", max_length=60)


class JudgeForm(forms.Form):
    """What a person says of a pattern."""

    verdict = forms.ChoiceField(label="判断", choices=Verdict.choices)
    reason = forms.CharField(label="理由", required=False, max_length=200)
    leave_out = forms.TypedMultipleChoiceField(required=False, coerce=int)

    def __init__(self, *args: Any, keys: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["leave_out"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]


class CodeForm(forms.Form):
    """A new entry of the code book."""

    label = forms.CharField(label="归成什么", max_length=40)
    service = forms.ModelChoiceField(
        label="对应的服务", queryset=Service.everywhere.none(), required=False, empty_label="目录里没有（新的想法）"
    )

    def __init__(self, *args: Any, services: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services  # type: ignore[attr-defined]


class CodingForm(forms.Form):
    """Which codes a written answer falls under; none is an answer too."""

    codes = forms.ModelMultipleChoiceField(queryset=Code.everywhere.none(), required=False)

    def __init__(self, *args: Any, codes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].queryset = codes  # type: ignore[attr-defined]


class PhoneForm(forms.Form):
    """One more phone. No name is needed."""

    label = forms.CharField(label="怎么称呼", max_length=30, help_text="写编号就行，不用写姓名。")
    place = forms.ModelChoiceField(label="在哪里问", queryset=Place.objects.none(), empty_label="请选择")

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several uploads at once."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        clean = super().clean
        return (
            [clean(one, initial) for one in data] if isinstance(data, list | tuple) and data else [clean(data, initial)]
        )


class ScansForm(VillageForm):
    scans = ManyFilesField(
        label="扫描件或照片",
        widget=ManyFiles,
        allow_empty_file=True,  # one that is empty is named and keeps no other out
        help_text="JPEG、PNG、TIFF 或 PDF，可以一次选很多个。哪一份是哪个村的，看编号就知道。",
    )


class SpreadsheetForm(forms.Form):
    file = forms.FileField(label="表格", help_text="Excel（.xlsx、.xls）或 CSV，UTF-8 和 GBK 都行。")


class ColumnsForm(forms.Form):
    """Which column belongs to which question: chosen by name, changed by hand where the names differ."""

    def __init__(
        self, *args: Any, definition: Mapping[str, Any], header: Sequence[str], several_villages: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "（表里没有）"), *((column, column) for column in header)]
        each = match_options(definition, header)
        if several_villages:
            self.fields["place"] = forms.ChoiceField(label="村名在哪一列", choices=choices[1:])
        for question in definition["questions"]:
            columns = each.get(question["name"])
            one_each = [(EACH, f"一个选项一列（{len(columns)} 列）")] if columns else []
            self.fields[PREFIX + question["name"]] = forms.ChoiceField(
                label=question["label"], choices=[*choices, *one_each], required=False
            )

    def columns(self) -> dict[str, str]:
        """Question name -> column."""
        return {
            name.removeprefix(PREFIX): column
            for name, column in self.cleaned_data.items()
            if name.startswith(PREFIX) and column
        }
