"""What money could improve, and which of it a budget pays for."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.planning import queries, rules, services
from xiangli.planning.forms import CostForm, FundForm, ImprovementForm
from xiangli.planning.models import FundingRound, Improvement

PER_PAGE = 30
LACKS_SHOWN = 10
SHOWN = 100


@login_required
def improvements(request: HttpRequest) -> HttpResponse:
    """The list of a town, and what the newest plan says is missing but nobody has named yet."""
    town = queries.town_for(request.user, request.GET.get("town"))
    may_change = rules.may_propose(request.user, town)
    rows = queries.improvements_of(town).filter(place__in=queries.villages_for(request.user, town))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    lacks = queries.lacking(town) if may_change else []
    context = {
        "town": town, "may_change": may_change, "page": page,
        "latest": queries.rounds_of(town).defer("input", "result").first(),
        "lacks": lacks[:LACKS_SHOWN], "lack_count": len(lacks),
    }  # fmt: skip
    return render(request, "planning/improvements.html", context)


@login_required
def improvement_new(request: HttpRequest) -> HttpResponse:
    """Name one more; ``place`` and ``service`` fill in what a plan lacks."""
    town = queries.town_for(request.user, request.GET.get("town"))
    require(rules.may_propose(request.user, town))
    villages = queries.villages_for(request.user, town)
    initial = {name: request.GET.get(name) for name in ("place", "service", "title")}
    form = ImprovementForm(request.POST or None, town=town, villages=villages, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.add_improvement(by=request.user, **form.cleaned_data)
        messages.success(request, "已加入清单。")
        return redirect("improvements")
    return render(request, "planning/improvement_new.html", {"town": town, "form": form})


@login_required
def improvement(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the cost of one improvement, or drop it."""
    row = queries.improvement_for(request.user, pk)
    require(rules.may_propose(request.user, row.place))
    form = CostForm(request.POST or None, initial={"cost_fen": row.cost_fen, "dropped": row.dropped})
    if request.method == "POST" and form.is_valid():
        services.change_improvement(by=request.user, improvement=row, **form.cleaned_data)
        messages.success(request, f"“{row.title}”已改。")
        return redirect("improvements")
    return render(request, "planning/improvement.html", {"row": row, "form": form})


@login_required
def funding_list(request: HttpRequest) -> HttpResponse:
    """Share out a budget (POST), or see what was shared out before."""
    town = queries.town_for(request.user, request.GET.get("town"))
    form = FundForm(request.POST or None)
    if request.method == "POST":
        require(rules.may_propose(request.user, town))
        if form.is_valid():
            try:
                made = services.share_budget(by=request.user, place=town, **form.cleaned_data)
                return redirect("funding", made.pk)
            except UserError as error:
                form.add_error(None, str(error))
    context = {
        "town": town, "form": form, "rounds": queries.rounds_of(town).defer("input", "result")[:20],
        "may_propose": rules.may_propose(request.user, town),
    }  # fmt: skip
    return render(request, "planning/funding_list.html", context)


@login_required
def funding(request: HttpRequest, pk: int) -> HttpResponse:
    """What fits the budget, why the others do not, who paid, and what the village's usual way would have chosen."""
    made = FundingRound.everywhere.select_related("place", "made_by").filter(pk=pk).first()
    if made is None or not queries.towns_for(request.user).filter(pk=made.place_id).exists():
        raise Http404
    return render(request, "planning/funding.html", {"round": made, **_told(made)})


def _told(made: FundingRound) -> dict[str, Any]:
    """The outcome in rows, as many as one reads: of thousands the nearest misses are shown and the rest counted."""
    result = made.result
    winners, losers = result["winners"], sorted(result["losers"], key=lambda loser: loser["lacking_fen"])
    only_greedy = [id for id in result["greedy"] if id not in set(winners)]
    not_greedy = [id for id in winners if id not in set(result["greedy"])]
    shown = losers[:SHOWN]
    wanted = [*winners[:SHOWN], *(loser["id"] for loser in shown), *only_greedy[:SHOWN], *not_greedy[:SHOWN]]
    rows = {str(row.pk): row for row in queries.improvements_in(made, wanted)}

    def named(ids: list[str]) -> list[Improvement]:
        return [rows[id] for id in ids if id in rows]

    return {
        "winners": named(winners), "won": len(winners), "lost": len(losers),
        "losers": [(rows[loser["id"]], loser) for loser in shown if loser["id"] in rows],
        "paid": sorted(result["paid_fen"].items(), key=lambda pair: -pair[1]),
        "left": made.budget_fen - result["cost_fen"], "only_greedy": named(only_greedy),
        "not_greedy": named(not_greedy), "ties": len(result["ties"]),
    }  # fmt: skip
