"""Who works where: the town and the county keep this list."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts import rules, services
from xiangli.accounts.choices import Role
from xiangli.accounts.forms import GRANTED_BY_TOWN, StaffForm
from xiangli.accounts.models import Assignment
from xiangli.accounts.queries import open_assignments, within_places
from xiangli.places.models import Place

MANAGERS = (Role.TOWN, Role.COUNTY)


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Everyone who works in my places, and the form for one more."""
    rules.require(rules.has_any_role(request.user, *MANAGERS))
    roles = list(Role) if rules.has_any_role(request.user, Role.COUNTY) else GRANTED_BY_TOWN
    places = Place.objects.filter(within_places(request.user, "", *MANAGERS), is_open=True)
    form = StaffForm(request.POST or None, places=places, roles=roles)
    if request.method == "POST" and form.is_valid():
        services.add_and_assign(by=request.user, since=timezone.localdate(), **form.cleaned_data)
        messages.success(request, f"已添加 {form.cleaned_data['name']}。")
        return redirect("people")
    context = {"rows": open_assignments(request.user), "form": form}
    context["sees_looks"] = rules.has_any_role(request.user, Role.COUNTY)
    return render(request, "accounts/people.html", context)


@login_required
@require_POST
def end_assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role back. The history stays."""
    assignment = get_object_or_404(Assignment.everywhere.select_related("place"), pk=pk, valid_to=None)
    rules.require(rules.runs(request.user, assignment.place))
    services.end_assignment(by=request.user, assignment=assignment, on=timezone.localdate())
    messages.success(request, "已结束这项分工，记录保留。")
    return redirect("people")
