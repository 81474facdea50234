from typing import Any

from django import forms

from xiangli.places.models import Place


class StoryForm(forms.Form):
    """Title, text, a photo if there is one: no more than a correspondent has in hand."""

    place = forms.ModelChoiceField(label="哪里的事", queryset=Place.objects.none(), empty_label=None)
    title = forms.CharField(label="标题", max_length=60)
    text = forms.CharField(label="正文", max_length=10_000, widget=forms.Textarea({"rows": 12}), help_text="每段一行。")
    byline = forms.CharField(label="通讯员", required=False, max_length=40)
    photo = forms.FileField(
        label="照片",
        required=False,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
        help_text="一张就够，不超过 10 MB。拍摄地点等信息会自动去掉。照片里有人，请先问过本人。",
    )
    photo_alt = forms.CharField(
        label="照片说明", required=False, max_length=120, help_text="照片上有什么，读给看不见的人听。"
    )

    def __init__(self, *args: Any, places: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if places is None:
            del self.fields["place"]
        else:
            field: Any = self.fields["place"]
            field.queryset = places

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("photo") and not self.cleaned_data.get("photo_alt"):
            self.add_error("photo_alt", "有照片就要写一句照片说明。")
        return self.cleaned_data
