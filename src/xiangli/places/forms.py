from typing import Any

from django import forms

from xiangli.core.notices import read_notice
from xiangli.places.choices import DayKind
from xiangli.places.models import Centre, Service, Space
from xiangli.ui.forms import DayField, EditForm, ManyField


class CentreForm(EditForm):
    class Meta:
        model = Centre
        fields = ["name", "kind", "address", "phone", "answers_for_it", "introduction"]
        help_texts = {"answers_for_it": "写岗位，不写姓名；会公开", "phone": "会公开，印在门上的海报里"}
        widgets = {"introduction": forms.Textarea(attrs={"rows": 3})}


class SpaceForm(EditForm):
    """A room or court. The services offered are those of the county's catalogue."""

    class Meta:
        model = Space
        fields = [
            "name", "floor", "area_m2", "capacity", "accessible", "outdoors", "office_use", "bookable", "noise",
            "equipment", "supports",
        ]  # fmt: skip
        field_classes = {"supports": ManyField}
        widgets = {"supports": forms.CheckboxSelectMultiple}
        help_texts = {"equipment": "例如：厨房、球场、投影", "office_use": "办公用房不对居民开放，计入“办公面积占比”"}

    def __init__(self, *args, centre: Centre, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.centre = centre
        self.fields["area_m2"] = forms.DecimalField(
            label=self.fields["area_m2"].label, max_digits=7, decimal_places=1, min_value=0, required=False
        )
        self.fields["supports"].queryset = Service.objects.within(centre.county)  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if self.centre.spaces.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"这个中心已经有“{name}”了，请换个名字")
        return name


class DayForm(forms.Form):
    """One day of the working calendar, changed by hand."""

    day = DayField(label="日期")
    kind = forms.ChoiceField(label="这一天算", choices=[c for c in DayKind.choices if c[0] != DayKind.UNKNOWN])
    name = forms.CharField(label="名称", required=False, max_length=30, help_text="例如：镇上庙会")


class NoticeForm(forms.Form):
    """The State Council's notice for a year, pasted as it was published. Cleans to the days it names."""

    year = forms.IntegerField(label="哪一年", min_value=2008, max_value=2100)
    text = forms.CharField(
        label="通知原文", max_length=4000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="从“一、元旦：”贴到最后一个节日，例如：一、元旦：1月1日至3日放假调休，共3天。1月4日上班。",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("year") and data.get("text"):
            try:
                data["days"] = read_notice(data["text"], data["year"])
            except ValueError as error:
                self.add_error("text", str(error))
        return data
