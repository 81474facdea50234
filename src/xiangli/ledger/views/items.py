"""Office pages of the ledger: the list "my villages, my items", the item with its timeline, and its steps."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import has_any_role, require, works_in
from xiangli.audit.queries import timeline
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.ledger import queries, rules, services
from xiangli.ledger.choices import Action
from xiangli.ledger.forms import STEP_FORMS, EvidenceForm, FilterForm, ItemForm, MoneyForm, NeedsForm
from xiangli.ledger.lights import Thresholds, light
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.paging import Uncounted
from xiangli.ledger.uploads import MOST_BYTES
from xiangli.ledger.wording import VERBS, told
from xiangli.ui.forms import written

PER_PAGE = 30
SHOWN = (
    "county_id", "title", "state", "deadline", "added_on", "responsible_unit", "place__name", "place__short_name",
    "responsible__name", "responsible__username", "responsible_name", "tags",
)  # fmt: skip
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
    """My villages, my items: what is still to do first, by deadline. Above the county only that, uncounted."""
    require(has_any_role(request.user, *rules.READERS))
    limits = queries.limits_for(request.user, timezone.localdate())
    form = FilterForm(request.GET, user=request.user)
    filters = form.filters()
    mine = queries.items_for(request.user)
    rows = queries.narrowed(mine, filters, limits, request.user).select_related("place", "responsible").only(*SHOWN)
    is_wide = queries.works_widely(request.user)
    number = request.GET.get("page")
    page: Any = (
        Uncounted(queries.nearest_first(rows), PER_PAGE, number)
        if is_wide
        else Paginator(queries.open_first(rows), PER_PAGE).get_page(number)
    )
    context = {
        "form": form, "page": page, "lines": [_line(item, limits) for item in page], "filters": filters,
        "figures": None if is_wide else queries.headline(mine, limits, request.user), "query": filters.as_query(),
        "may_bulk": has_any_role(request.user, *rules.MANAGERS), "is_wide": is_wide,
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
    undo = services.last_step(request.user, item, timezone.now())
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
        "evidence": item.evidence.all(), "may_add_evidence": _may_add_evidence(request, item),
        "evidence_form": bound.get("evidence") or EvidenceForm(),
        "needs": item.needs.select_related("needs"), "needed_by": item.needed_by.select_related("item"),
        "needs_form": bound.get("needs") or NeedsForm(item=item), "money": item.money.all(),
        "unsent": _unsent(bound, steps),
        "undo": undo, "undo_words": VERBS.get(undo.verb, "") if undo else "",
        **queries.needs_behind(item),
    }  # fmt: skip
    return render(request, "ledger/item.html", context, status=422 if bound else 200)


def _unsent(bound: dict[str, forms.Form], steps: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What was written for a step that is offered no more."""
    offered = {step["action"] for step in steps}
    return [said for step, form in bound.items() if step in STEPS and step not in offered for said in written(form)]


def _may_add_evidence(request: HttpRequest, item: LedgerItem) -> bool:
    offered = item.kind is None or item.kind.offers_evidence
    return offered and works_in(request.user, item.place) and not item.is_closed


@login_required
@require_POST
def ledger_step(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take one step, if this person may take it now; otherwise say what happened meanwhile."""
    item = queries.item_for(request.user, pk)
    require(action in STEPS)
    step = Action(action)
    form: Any = STEP_FORMS[step](request.POST, prefix=action)
    if step not in rules.allowed_actions(request.user, item):
        messages.warning(
            request, f"现在不能“{step.label}”：事项已是“{item.get_state_display()}”，或这一步要由别人来做。"
        )
        return _item_page(request, item, {step: form})
    if not form.is_valid():
        return _item_page(request, item, {step: form})
    try:
        STEPS[step](by=request.user, item=item, now=timezone.now(), **form.arguments())
    except UserError as error:
        messages.error(request, str(error))
        return _item_page(request, queries.item_for(request.user, pk), {step: form})
    messages.success(request, f"已记下：{step.label}。")
    return redirect("ledger_item", pk)


@login_required
def ledger_add(request: HttpRequest) -> HttpResponse:
    require(has_any_role(request.user, *rules.READERS))
    initial = {"place": request.GET.get("village"), "once": uuid4()}
    form = ItemForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        once = fields.pop("once")
        item = services.add_item_once(
            by=request.user, now=timezone.now(), today=timezone.localdate(), origin=f"form:{once or uuid4()}", **fields
        )
        messages.success(request, "已立项。")
        return redirect("ledger_item", item.pk)
    return render(request, "ledger/form.html", {"form": form, "title": "新增事项"})


@login_required
def ledger_edit(request: HttpRequest, pk: int) -> HttpResponse:
    item = queries.item_for(request.user, pk)
    require(rules.may_edit(request.user, item))
    form = ItemForm(request.POST or None, user=request.user, instance=item)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit(by=request.user, item=item, now=timezone.now(), **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "已修改。")
            return redirect("ledger_item", pk)
    return render(request, "ledger/form.html", {"form": form, "title": "修改事项", "item": item})


@login_required
@require_POST
def ledger_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    item = queries.item_for(request.user, pk)
    require(_may_add_evidence(request, item))
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
@require_POST
def ledger_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own last step of today."""
    item = queries.item_for(request.user, pk)
    try:
        services.undo(by=request.user, item=item, now=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "已撤回。经过里两步都留着。")
    return redirect("ledger_item", pk)


@login_required
@require_POST
def ledger_needs(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what has to come first, or (``remove``) that something need not."""
    item = queries.item_for(request.user, pk)
    require(rules.may_edit(request.user, item))
    form = NeedsForm(request.POST, item=item)
    if not form.is_valid():
        return _item_page(request, item, {"needs": form})
    number = request.POST.get("remove") or form.cleaned_data["number"] or getattr(form.cleaned_data["needs"], "pk", "")
    needs = queries.items_for(request.user).filter(pk=whole_number(str(number)) or 0).first()
    if needs is None:
        form.add_error(None, "请选一件事，或写它的编号；只能排您看得到的事项。")
        return _item_page(request, item, {"needs": form})
    act = services.remove_dependency if "remove" in request.POST else services.add_dependency
    try:
        act(by=request.user, item=item, needs=needs, now=timezone.now())
    except UserError as error:
        form.add_error(None, str(error))
        return _item_page(request, item, {"needs": form})
    messages.success(request, "已记下先后。")
    return redirect("ledger_item", pk)


@login_required
def ledger_money(request: HttpRequest, pk: int) -> HttpResponse:
    """The item's money by source."""
    item = queries.item_for(request.user, pk)
    require(rules.may_edit(request.user, item))
    form = MoneyForm(request.POST or None, item=item)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_money(
                by=request.user, item=item, now=timezone.now(), rows=form.rows(), note=form.cleaned_data["note"]
            )
        except UserError as error:
            form.add_error("note", str(error))
        else:
            messages.success(request, "已记下资金来源。")
            return redirect("ledger_item", pk)
    return render(request, "ledger/money.html", {"form": form, "item": item})
