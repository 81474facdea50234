"""How the spaces of a centre may be booked, as staff set it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from xiangli.accounts.rules import require
from xiangli.bookings import queries, rules, services
from xiangli.bookings.forms import SpaceRuleForm
from xiangli.bookings.models import SpaceRule
from xiangli.bookings.wording import rule_words
from xiangli.core.errors import UserError
from xiangli.places.models import Centre


@login_required
def space_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule of a centre, or with ``?space=`` of one of its spaces."""
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(rules.may_decide(request.user, centre))
    spaces = list(queries.bookable_spaces(centre))
    space = next((one for one in spaces if str(one.pk) == request.GET.get("space")), None)
    found = queries.rules_of(centre)
    own = found.get(space.pk if space else None)
    current = own or found.get(None) or SpaceRule(county_id=centre.county_id, centre=centre)
    form = SpaceRuleForm(request.POST or None, instance=current)
    if request.method == "POST":
        try:
            if "drop" in request.POST and space:
                services.drop_rule(by=request.user, space=space)
                messages.success(request, f"{space.name}又跟整个中心一样了。")
                return redirect("space_rules", pk)
            if form.is_valid():
                services.set_rule(by=request.user, centre=centre, space=space, **form.cleaned_data)
                messages.success(request, "保存了。已经约好的照旧，从现在起约的按新规矩。")
                return redirect(f"{request.path}?space={space.pk}" if space else request.path)
        except UserError as error:
            form.add_error(None, str(error))
    lines = [(one, found.get(one.pk), rule_words(found[one.pk]) if one.pk in found else []) for one in spaces]
    context = {"centre": centre, "space": space, "own": own, "form": form, "lines": lines}
    return render(request, "bookings/rules.html", context, status=422 if form.errors else 200)
