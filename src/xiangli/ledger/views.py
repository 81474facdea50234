"""Office pages of the ledger: the list "my villages, my items", the item with its timeline, and its steps."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import WORKERS
from xiangli.accounts.rules import has_any_role, require, works_in
from xiangli.audit.queries import timeline
from xiangli.core.errors import UserError
from xiangli.ledger import exports, imports, queries, rules, services
from xiangli.ledger.choices import Action
from xiangli.ledger.forms import STEP_FORMS, EvidenceForm, FilterForm, ImportForm, ItemForm
from xiangli.ledger.lights import Thresholds, light
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.uploads import MOST_BYTES
from xiangli.ledger.wording import told

PER_PAGE = 30
SHOWN = (
    "county_id", "title", "state", "deadline", "added_on", "responsible_unit", "place__name", "place__short_name",
    "responsible__name", "responsible__username",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

STEPS: dict[str, Any] = {
    Action.START: services.start,
    Action.ASK_CLOSE: services.ask_close,
    Action.CLOSE: services.close,
    Action.RETURN: services.return_item,
    Action.REOPEN: services.reopen,
    Action.NOTE: services.note,
    Action.EXTEND: services.extend,
}


@login_required
def ledger_list(request: HttpRequest) -> HttpResponse:
    """My villages, my items: what is red first, by deadline."""
    require(has_any_role(request.user, *rules.READERS))
    limits = queries.limits_for(request.user, timezone.localdate())
    form = FilterForm(request.GET, user=request.user)
    filters = form.filters()
    mine = queries.items_for(request.user)
    rows = queries.narrowed(mine, filters, limits, request.user).select_related("place", "responsible").only(*SHOWN)
    page = Paginator(queries.open_first(rows), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "lines": [_line(item, limits) for item in page], "filters": filters,
        "figures": queries.headline(mine, limits, request.user), "query": filters.as_query(),
    }  # fmt: skip
    return render(request, "ledger/list.html", context)


def _line(item: LedgerItem, limits: Thresholds) -> dict[str, Any]:
    shown = light(item.state, item.deadline, item.added_on, limits)
    return {"item": item, "light": shown, "days_over": (limits.today - item.deadline).days}


@login_required
def ledger_item(request: HttpRequest, pk: int) -> HttpResponse:
    return _item_page(request, queries.item_for(request.user, pk))


def _item_page(request: HttpRequest, item: LedgerItem, bound: dict[str, forms.Form] | None = None) -> HttpResponse:
    """One item: where it stands, what may be done now, its facts, evidence and timeline."""
    limits = queries.limits_for(request.user, timezone.localdate())
    bound = bound or {}
    steps = [
        {
            "action": action,
            "form": bound.get(action) or STEP_FORMS[action](prefix=action.value),
            "open": action in bound,
        }
        for action in rules.allowed_actions(request.user, item)
    ]
    context = {
        "item": item, "steps": steps, "light": light(item.state, item.deadline, item.added_on, limits),
        "days_left": (item.deadline - limits.today).days, "events": [told(event) for event in timeline(item)],
        "may_edit": rules.may_edit(request.user, item),
        "waits_for_another": rules.waits_for_another(request.user, item),
        "evidence": item.evidence.all(), "may_add_evidence": works_in(request.user, item.place) and not item.is_closed,
        "evidence_form": bound.get("evidence") or EvidenceForm(),
    }  # fmt: skip
    return render(request, "ledger/item.html", context, status=422 if bound else 200)


@login_required
@require_POST
def ledger_step(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take one step, if this person may take it now; otherwise say what happened meanwhile."""
    item = queries.item_for(request.user, pk)
    require(action in STEPS)
    step = Action(action)
    if step not in rules.allowed_actions(request.user, item):
        messages.warning(
            request, f"现在不能“{step.label}”：事项已是“{item.get_state_display()}”，或这一步要由别人来做。"
        )
        return redirect("ledger_item", pk)
    form: Any = STEP_FORMS[step](request.POST, prefix=action)
    if not form.is_valid():
        return _item_page(request, item, {step: form})
    try:
        STEPS[step](by=request.user, item=item, now=timezone.now(), **form.arguments())
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"已记下：{step.label}。")
    return redirect("ledger_item", pk)


@login_required
def ledger_add(request: HttpRequest) -> HttpResponse:
    require(has_any_role(request.user, *rules.READERS))
    form = ItemForm(request.POST or None, user=request.user, initial={"place": request.GET.get("village")})
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        item = services.add_item(by=request.user, now=timezone.now(), today=timezone.localdate(), **fields)
        messages.success(request, "已立项。")
        return redirect("ledger_item", item.pk)
    return render(request, "ledger/form.html", {"form": form, "title": "新增事项"})


@login_required
def ledger_edit(request: HttpRequest, pk: int) -> HttpResponse:
    item = queries.item_for(request.user, pk)
    require(rules.may_edit(request.user, item))
    form = ItemForm(request.POST or None, user=request.user, instance=item)
    if request.method == "POST" and form.is_valid():
        services.edit(by=request.user, item=item, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "已修改。")
        return redirect("ledger_item", pk)
    return render(request, "ledger/form.html", {"form": form, "title": "修改事项", "item": item})


@login_required
@require_POST
def ledger_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    item = queries.item_for(request.user, pk)
    require(works_in(request.user, item.place) and not item.is_closed)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _item_page(request, item, {"evidence": form})
    try:
        content = form.cleaned_data["file"].read(MOST_BYTES + 1)
        services.add_evidence(
            by=request.user, item=item, now=timezone.now(), kind=form.cleaned_data["kind"], content=content
        )
    except UserError as error:
        form.add_error("file", str(error))
        return _item_page(request, item, {"evidence": form})
    messages.success(request, "佐证已保存。")
    return redirect("ledger_item", pk)


@login_required
def ledger_file(request: HttpRequest, pk: int, token: Any) -> FileResponse:
    """One evidence file, only for those who may see the item."""
    evidence = queries.item_for(request.user, pk).evidence.filter(token=token).first()
    if evidence is None or not evidence.file.storage.exists(evidence.file.name):
        raise Http404  # a restored database may know files that the restored folder lacks
    is_paper = evidence.content_type == "application/pdf"
    return FileResponse(evidence.file.open("rb"), content_type=evidence.content_type, as_attachment=is_paper)


@login_required
def ledger_export(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered now, in the official columns, under the town's heading."""
    require(has_any_role(request.user, *rules.READERS))
    today = timezone.localdate()
    limits = queries.limits_for(request.user, today)
    filters = FilterForm(request.GET, user=request.user).filters()
    rows = queries.for_export(queries.narrowed(queries.items_for(request.user), filters, limits, request.user))
    content = exports.workbook(rows, place=queries.heading_place(request.user), today=today, limits=limits)
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="ledger-{today:%Y%m%d}.xlsx"'
    return response


@login_required
def ledger_import(request: HttpRequest) -> HttpResponse:
    """Bring in a ledger kept in a spreadsheet: first only checked, then, on a second press, written."""
    require(has_any_role(request.user, *WORKERS))
    villages = queries.villages_of_reader(request.user)
    if request.method == "POST" and "checked" in request.POST:
        return _import(request, villages)
    form = ImportForm(request.POST or None, request.FILES or None)
    checked = None
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            checked = imports.check(upload.read(imports.READ_AT_MOST), villages=villages)
        except UserError as error:
            form.add_error("file", str(error))
    return render(request, "ledger/import.html", {"form": form, "checked": checked})


def _import(request: HttpRequest, villages: Any) -> HttpResponse:
    try:
        added = imports.write(
            by=request.user,
            signed=request.POST["checked"],
            villages=villages,
            now=timezone.now(),
            today=timezone.localdate(),
        )
    except UserError as error:
        messages.error(request, str(error))
        return redirect("ledger_import")
    if added:
        messages.success(request, f"已写入 {added} 项。")
    else:
        messages.warning(request, "这些事项都已经有了，没有重复写入。")
    return redirect("ledger_list")
