"""Many items at once: chosen on the list, then assigned, extended or exported. Plain forms, no JavaScript."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import has_any_role, require
from xiangli.core.numbers import whole_number
from xiangli.ledger import exports, queries, rules, services
from xiangli.ledger.forms import AssignForm, ExtendForm, FilterForm
from xiangli.ledger.models import LedgerItem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 3000  # items in one go
SHOWN_REFUSALS = 10


@login_required
def ledger_export(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered now, in the official columns, under the town's heading."""
    require(has_any_role(request.user, *rules.READERS))
    require(not queries.works_widely(request.user))  # a nation's ledger is no spreadsheet
    return _file(request, _filtered(request, request.GET))


@login_required
@require_POST
def ledger_bulk(request: HttpRequest) -> HttpResponse:
    """First press: what to do with the chosen items; second: done. Those that cannot be are named."""
    require(has_any_role(request.user, *rules.READERS) and not queries.works_widely(request.user))
    wanted = request.POST.get("do", "")
    if "all" in request.POST:
        rows = _filtered(request, QueryDict(request.POST.get("query", "")))
    else:
        pks = map(whole_number, request.POST.getlist("item")[:MOST])
        rows = queries.items_for(request.user).filter(pk__in=[pk for pk in pks if pk is not None])
    if wanted == "export":
        return _file(request, rows)
    require(has_any_role(request.user, *rules.MANAGERS))
    items = list(rows.select_related("place").order_by("place__path", "deadline", "pk")[: MOST + 1])
    if not items or len(items) > MOST or wanted not in ("assign", "extend"):
        messages.warning(request, f"一次最多 {MOST} 项，请先筛选。" if items else "请先在列表里勾选事项。")
        return redirect("ledger_list")
    form: Any = _form(request, wanted)
    if "confirmed" in request.POST and form.is_valid():
        return _do(request, wanted, items, form)
    return render(request, "ledger/bulk.html", {"form": form, "items": items, "do": wanted})


def _form(request: HttpRequest, wanted: str) -> AssignForm | ExtendForm:
    data = request.POST if "confirmed" in request.POST else None
    return ExtendForm(data) if wanted == "extend" else AssignForm(data, user=request.user)


def _do(request: HttpRequest, wanted: str, items: list[LedgerItem], form: Any) -> HttpResponse:
    now = timezone.now()
    if wanted == "extend":
        done = services.extend_many(by=request.user, items=items, now=now, **form.arguments())
    else:
        done = services.assign_many(by=request.user, items=items, now=now, **form.given())
    if done.count:
        messages.success(request, f"已改 {done.count} 项。")
    for item, why in done.refused[:SHOWN_REFUSALS]:
        messages.warning(request, f"“{item.title}”没有改：{why}")
    if len(done.refused) > SHOWN_REFUSALS:
        messages.warning(request, f"还有 {len(done.refused) - SHOWN_REFUSALS} 项没有改。")
    return redirect("ledger_list")


def _filtered(request: HttpRequest, data: QueryDict) -> QuerySet[LedgerItem]:
    limits = queries.limits_for(request.user, timezone.localdate())
    filters = FilterForm(data, user=request.user).filters()
    return queries.narrowed(queries.items_for(request.user), filters, limits, request.user)


def _file(request: HttpRequest, rows: QuerySet[LedgerItem]) -> HttpResponse:
    today = timezone.localdate()
    limits = queries.limits_for(request.user, today)
    place = queries.heading_place(request.user)
    content = exports.workbook(queries.for_export(rows), place=place, today=today, limits=limits)
    headers = {"Content-Disposition": f'attachment; filename="ledger-{today:%Y%m%d}.xlsx"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)
