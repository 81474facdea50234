"""Points: claims on their way, what is on show, passbooks; one passbook and its print."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from xiangli.accounts.looks import shows_personal
from xiangli.canteen import exports, rules, services
from xiangli.canteen.choices import PostingKind
from xiangli.canteen.forms.points import ClaimForm, PassbookForm, ReasonForm, RulesForm
from xiangli.canteen.models import Canteen, PointsAccount, PointsClaim, PointsPosting
from xiangli.canteen.queries import points as queries
from xiangli.canteen.views.common import canteen_for, done, number_asked, tried
from xiangli.core.errors import UserError
from xiangli.core.money import yuan
from xiangli.ui.forms import faults

PER_PAGE = 50
FORMS = ("propose", "open", "rules")


@shows_personal("积分存折（列表）")
@login_required
def canteen_points(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about points on one page: what waits for whom, what the public may still object to, all passbooks."""
    canteen, today = canteen_for(request, pk), timezone.localdate()
    act = request.POST.get("act", "")
    books = queries.passbooks(canteen)
    forms = _forms(request, canteen, act, books)
    if request.method == "POST" and act not in FORMS:
        return done(request, lambda: _act(request, canteen, act))
    if (
        act in forms
        and forms[act].is_valid()
        and (answer := tried(request, lambda: _filled(request, canteen, act, forms[act])))
    ):
        return answer
    claims = [
        (one, rules.may_review(request.user, one), rules.may_post(request.user, one))
        for one in queries.open_claims(canteen)
    ]
    page = Paginator(books, PER_PAGE).get_page(request.GET.get("page"))
    held, known = queries.balances(canteen, today), set(books.values_list("pk", flat=True))
    context = {
        "canteen": canteen, "claims": claims, "on_show": queries.on_show(canteen, today), "page": page,
        "books": [(one, held.get(one.pk, queries.Balance())) for one in page], "forms": forms, "today": today,
        "objections": queries.open_objections(canteen), "issued": queries.issued_in_month(canteen, today),
        "held": sum(row.total for pk, row in held.items() if pk in known),
        "may_set_rules": rules.may_set_rules(request.user, canteen), "user_pk": request.user.pk,
    }  # fmt: skip
    return render(request, "canteen/points.html", context)


def _forms(request: HttpRequest, canteen: Canteen, act: str, books: Any) -> dict[str, Any]:
    """The three forms of the page, the one that was sent bound."""

    def sent(name: str) -> Any:
        return request.POST if act == name else None

    today = timezone.localdate()
    forms: dict[str, Any] = {
        "propose": ClaimForm(
            sent("propose"), accounts=books, rates=queries.rates_on(canteen, today), initial={"day": today}
        ),
        "open": PassbookForm(sent("open"), prefix="book"),
    }
    if rules.may_set_rules(request.user, canteen):
        forms["rules"] = RulesForm(sent("rules"), instance=canteen)
    return forms


def _filled(request: HttpRequest, canteen: Canteen, act: str, form: Any) -> str:
    """Do what a filled-in form of the page asks."""
    now, by, data = timezone.now(), request.user, form.cleaned_data
    if act == "propose":
        claim = services.propose(by=by, now=now, **data)
        return f"登记了 {yuan(claim.amount)} 积分，请另一个人复核。"
    if act == "open":
        return f"{services.open_passbook(by=by, canteen=canteen, now=now, **data).number} 号存折开好了。"
    services.save_canteen(by=by, centre=canteen.centre, **data)
    return "积分的规矩保存了。"


def _act(request: HttpRequest, canteen: Canteen, act: str) -> str:
    """Do what a button says about a claim or a posting."""
    now, by = timezone.now(), request.user
    if act in ("review", "refuse", "post"):
        rows = PointsClaim.objects.within(canteen.county).select_related("canteen__centre__place", "account")
        claim = get_object_or_404(rows, canteen=canteen, pk=number_asked(request, "claim"))
        if act == "review":
            services.review(by=by, claim=claim, now=now)
            return "复核过了，请第三个人入账。"
        if act == "refuse":
            services.refuse(by=by, claim=claim, reason=_reason(request), now=now)
            return "没有通过，已经记下原因。"
        posting = services.post_claim(by=by, claim=claim, now=now)
        return f"入账了，{posting.effective_on:%-m月%-d日}起能用；公示期内谁都可以提异议。"
    if act not in ("object", "uphold", "dismiss", "reverse"):
        raise UserError("没有这个按钮，请刷新页面再试")
    rows = PointsPosting.objects.within(canteen.county).select_related("canteen__centre__place", "objection")
    posting = get_object_or_404(rows, canteen=canteen, pk=number_asked(request, "posting"))
    if act == "object":
        services.raise_objection(by=by, posting=posting, reason=_reason(request), now=now)
        return "记下了。弄清以前这笔积分不能用，请另一个人处理。"
    if act in ("uphold", "dismiss"):
        services.decide_objection(by=by, posting=posting, upheld=act == "uphold", now=now)
        return "异议成立，已经冲掉。" if act == "uphold" else "核实没有错，到期照常能用。"
    if act == "reverse" and posting.kind == PostingKind.MEAL:
        raise UserError("吃饭扣的积分，到那一天的“订餐”里点“撤回”")
    services.reverse(by=by, posting=posting, now=now)
    return "冲正了，原来那一笔还在账上。"


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise UserError(faults(form))
    return str(form.cleaned_data["reason"])


def _account(request: HttpRequest, pk: int, account: int) -> PointsAccount:
    canteen = canteen_for(request, pk)
    row = get_object_or_404(queries.passbooks(canteen), pk=account)
    row.canteen = canteen
    return row


@shows_personal("积分存折")
@login_required
def canteen_passbook(request: HttpRequest, pk: int, account: int) -> HttpResponse:
    """One household's passbook, line by line; a wrong line is reversed, never changed."""
    row = _account(request, pk, account)
    if request.POST.get("act") == "close":
        now = timezone.now()
        return done(
            request, lambda: f"{services.close_passbook(by=request.user, account=row, now=now).number} 号销户了。"
        )
    if request.method == "POST":
        return done(request, lambda: _act(request, row.canteen, request.POST.get("act", "")))
    lines = [(line, exports.line_words(line)) for line in reversed(queries.statement(row))]
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    held = queries.balance(row, today)
    context = {"canteen": row.canteen, "account": row, "page": page, "held": held, "today": today}
    return render(request, "canteen/passbook.html", context)


@shows_personal("积分存折（打印）")
@login_required
def canteen_passbook_pdf(request: HttpRequest, pk: int, account: int) -> HttpResponse:
    """The passbook on paper."""
    row = _account(request, pk, account)
    try:
        pdf = exports.passbook_pdf(row, timezone.now())
    except UserError as error:
        messages.error(request, str(error))
        return redirect("canteen_passbook", pk, account)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="passbook-{row.pk}.pdf"'
    return answer
