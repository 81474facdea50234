"""Who goes where, and the county's rules for when to look and whom to tell."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import places_of, within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.supervision import queries, rules, services
from xiangli.supervision.forms import LiaisonForm, RulesForm, TeamForm
from xiangli.supervision.models import Team

KEEPERS = (Role.COUNTY, Role.TOWN, Role.SUPERVISOR)


@login_required
def teams(request: HttpRequest) -> HttpResponse:
    """Each village with those who look after it; the teams, and a form for one more."""
    require(rules.sees_visits(request.user))
    keeps = has_any_role(request.user, *KEEPERS)
    form = _form(request, Team()) if keeps else None
    if request.method == "POST":
        require(keeps)
        assert form
        if form.is_valid() and _saved(request, form):
            return redirect("teams")
    context: dict[str, Any] = {
        "teams": queries.teams_for(request.user),
        "form": form,
        "duties": queries.duties(request.user),
    }
    context["liaison_form"] = _liaison_form(request) if request.method == "GET" else None
    return render(request, "supervision/teams.html", context)


@login_required
@require_POST
def liaison_add(request: HttpRequest) -> HttpResponse:
    """Give somebody one more village. Taking it back is on the page of people."""
    form = _liaison_form(request)
    require(form is not None)
    assert form
    if not form.is_valid():
        messages.error(request, "没有分：请选人和村。")
        return redirect("teams")
    try:
        services.give_village(by=request.user, since=timezone.localdate(), **form.cleaned_data)
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{form.cleaned_data['user']} 以后包{form.cleaned_data['village'].name}。")
    return redirect("teams")


def _liaison_form(request: HttpRequest) -> LiaisonForm | None:
    """For those who decide in a place; they give only villages of their own."""
    mine = places_of(request.user, Role.COUNTY, Role.TOWN)
    if not mine:
        return None
    return LiaisonForm(request.POST or None, people=queries.colleagues(mine[0]), villages=villages(mine[0]))


@login_required
def team(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.team_for(request.user, pk)
    require(rules.may_review(request.user, found.place))
    form = _form(request, found)
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        return redirect("teams")
    return render(request, "supervision/team.html", {"team": found, "form": form})


def _form(request: HttpRequest, team: Team) -> TeamForm:
    wide = (Level.COUNTY, Level.TOWN)
    places = Place.objects.filter(within_places(request.user, "", *KEEPERS), level__in=wide, is_open=True)
    mine = team.place if team.pk else places_of(request.user, *KEEPERS)[0]
    people = queries.colleagues(mine)
    return TeamForm(request.POST or None, instance=team, places=places, people=people, villages=villages(mine))


def _saved(request: HttpRequest, form: TeamForm) -> bool:
    try:
        services.save_team(
            by=request.user, team=form.save(commit=False),
            **{name: form.cleaned_data[name] for name in ("name", "members", "villages", "is_active")},
        )  # fmt: skip
    except UserError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "已保存。")
    return True


@login_required
def supervision_rules(request: HttpRequest) -> HttpResponse:
    """Looking and telling: one form for the county."""
    county = next((place.county for place in places_of(request.user, Role.COUNTY) if place.county), None)
    if county is None:
        raise Http404
    rule = queries.rule_of(county)
    initial = {name: getattr(rule, name) for name in services.RULES}
    form = RulesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.set_rules(by=request.user, county=county, **form.cleaned_data)
        messages.success(request, "已保存，从现在起按新规则提醒。")
        return redirect("supervision_rules")
    return render(request, "supervision/rules.html", {"form": form, "county": county})
