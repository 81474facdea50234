"""What a county sets for its ledger: when the lights change, and the kinds of work."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import places_of
from xiangli.accounts.rules import require
from xiangli.ledger import services
from xiangli.ledger.forms import KindForm, LightRuleForm
from xiangli.ledger.models import ItemKind, LightRule
from xiangli.places.choices import Level


@login_required
def ledger_settings(request: HttpRequest) -> HttpResponse:
    """Two forms; saving the lights' rule counts the county's lights anew."""
    county = next((place for place in places_of(request.user, Role.COUNTY) if place.level == Level.COUNTY), None)
    require(county is not None)
    assert county
    rule = LightRule.everywhere.filter(county=county).first() or LightRule(county=county)
    adds_kind = request.POST.get("what") == "kind"
    lights = LightRuleForm(None if adds_kind else request.POST or None, instance=rule, prefix="lights")
    kind = KindForm(request.POST if adds_kind else None, instance=ItemKind(county=county), prefix="kind")
    if request.method == "POST" and adds_kind and kind.is_valid():
        services.save_kind(by=request.user, kind=kind.save(commit=False))
        return redirect("ledger_settings")
    if request.method == "POST" and not adds_kind and lights.is_valid():
        services.save_light_rule(by=request.user, rule=lights.save(commit=False), today=timezone.localdate())
        return redirect("ledger_settings")
    context = {"lights": lights, "kind": kind, "kinds": ItemKind.everywhere.filter(county=county), "county": county}
    return render(request, "ledger/settings.html", context)
