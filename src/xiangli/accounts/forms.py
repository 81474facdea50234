import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.accounts.rules import may_grant
from xiangli.places.models import Place


class RoleForm(forms.Form):
    """A role at a place, as far as whoever fills it in may give it."""

    role = forms.ChoiceField(label="角色")
    place = forms.ModelChoiceField(Place.objects.none(), label="负责的地点", empty_label="请选择")

    def __init__(self, *args: Any, by: Any, places: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]
        self.fields["place"].queryset = places  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "role" in data and "place" in data and not may_grant(self.by, data["role"], data["place"]):
            self.add_error("role", "您不能在这个地点给出这个角色")
        return data


class MoreWorkForm(RoleForm):
    """One more role for somebody who has an account."""

    user = forms.ModelChoiceField(User.objects.none(), label="谁", empty_label="请选择")
    field_order = ("user", "role", "place")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]


class StaffForm(RoleForm):
    """A new account, its first role and place."""

    username = forms.CharField(label="登录名", max_length=30, help_text="小写字母和数字，例如 lucun2")
    name = forms.CharField(label="姓名或称呼", max_length=40)
    post = forms.CharField(label="岗位", max_length=40, required=False)
    password = forms.CharField(label="初始密码", help_text="至少十位，本人登录后请马上改", widget=forms.PasswordInput)
    field_order = ("username", "name", "post", "role", "place", "password")

    def clean_username(self) -> str:
        username = self.cleaned_data["username"].strip().lower()
        if not re.fullmatch(r"[a-z0-9._-]{2,30}", username):
            raise forms.ValidationError("登录名只能用小写字母、数字、点和横线")
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError("这个登录名已经有人用了，请换一个")
        return username

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]
