"""Who works where: the town and the county keep this list."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from xiangli.accounts import rules, services
from xiangli.accounts.choices import GRANTED_BY_TOWN, Role
from xiangli.accounts.forms import MoreWorkForm, StaffForm
from xiangli.accounts.models import Assignment
from xiangli.accounts.queries import open_assignments, people_of, within_places
from xiangli.core.errors import UserError
from xiangli.places.models import Place

MANAGERS = (Role.TOWN, Role.COUNTY)
PER_PAGE = 30


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Everyone who works in my places; the forms for a new account and for one more role."""
    rules.require(rules.has_any_role(request.user, *MANAGERS))
    more, form = _forms(request, request.POST if request.method == "POST" else None)
    if more.is_bound and more.is_valid():
        try:
            row = services.assign(by=request.user, since=timezone.localdate(), **more.cleaned_data)
        except UserError as error:
            more.add_error("user", str(error))
        else:
            messages.success(request, f"{row.user}又分管：{row}。")
            return redirect("people")
    if form.is_bound and form.is_valid():
        services.add_and_assign(by=request.user, since=timezone.localdate(), **form.cleaned_data)
        messages.success(request, f"已添加 {form.cleaned_data['name']}。")
        return redirect("people")
    return _page(request, more, form)


def _forms(request: HttpRequest, data: Any) -> tuple[MoreWorkForm, StaffForm]:
    """One more role, and a new account; the one that was sent is bound."""
    places = Place.objects.filter(within_places(request.user, "", *MANAGERS), is_open=True)
    roles = list(Role) if rules.has_any_role(request.user, Role.COUNTY) else GRANTED_BY_TOWN
    is_more = data is not None and "user" in data
    may: dict[str, Any] = {"by": request.user, "places": places, "roles": roles}
    more = MoreWorkForm(data if is_more else None, people=people_of(request.user), auto_id="more_%s", **may)
    return more, StaffForm(None if is_more else data, **may)


def _page(request: HttpRequest, more: MoreWorkForm, form: StaffForm, **renewed: Any) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:30]
    page = Paginator(open_assignments(request.user, asked), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, rules.may_reset(request.user, row.user)) for row in page]
    context = {"rows": rows, "page": page, "asked": asked, "more": more, "form": form, **renewed}
    context["sees_looks"] = rules.has_any_role(request.user, Role.COUNTY)
    return render(request, "accounts/people.html", context)


@login_required
@require_POST
@never_cache
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    """A new password for the person of this assignment, shown this once."""
    assignment = get_object_or_404(Assignment.everywhere.select_related("user", "place"), pk=pk, valid_to=None)
    rules.require(rules.may_reset(request.user, assignment.user))
    password = secrets.token_urlsafe(9)
    services.renew_password(by=request.user, user=assignment.user, password=password)
    return _page(request, *_forms(request, None), renewed=assignment.user, password=password)


@login_required
@require_POST
def end_assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role back. The history stays."""
    assignment = get_object_or_404(Assignment.everywhere.select_related("place"), pk=pk, valid_to=None)
    rules.require(rules.runs(request.user, assignment.place))
    services.end_assignment(by=request.user, assignment=assignment, on=timezone.localdate())
    messages.success(request, "已结束这项分工，记录保留。")
    return redirect("people")
