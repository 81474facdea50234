"""Phones in the office: let an enumerator's phone in, show its QR code once, shut it out."""

import re
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.surveys import phone_queries, rules, services
from xiangli.surveys.digest import DOMAIN
from xiangli.surveys.exports import collect_settings, qr_data_uri, write_phone_only
from xiangli.surveys.forms import PhoneForm
from xiangli.surveys.models import Campaign, Enumerator
from xiangli.surveys.views.office import PER_PAGE, campaign_of
from xiangli.surveys.views.tables import XLSX

ON_THIS_MACHINE = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?")


@login_required
@never_cache
def phones(request: HttpRequest, pk: int) -> HttpResponse:
    """The phones of a campaign in my places, and a form for one more. A new one's QR code is the answer to the POST."""
    campaign = campaign_of(request, pk)
    places = phone_queries.places_to_ask_in(request.user, campaign)
    form = PhoneForm(request.POST or None, places=places, initial={"label": _next_label(campaign)})
    if request.method == "POST":
        require(bool(places))
        if form.is_valid():
            require(rules.may_collect(request.user, form.cleaned_data["place"]))
            try:
                access = services.add_enumerator(by=request.user, campaign=campaign, **form.cleaned_data)
            except UserError as error:
                form.add_error(None, str(error))
            else:
                return _shown_once(request, access)
    rows = phone_queries.enumerators_for(request.user, campaign)
    context = {
        "campaign": campaign, "form": form, "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "today": timezone.localdate(), "may_add": bool(places), "unfit": services.unfit_for_phones(campaign),
        "grace": services.GRACE.days,
    }  # fmt: skip
    return render(request, "surveys/phones.html", context)


@login_required
def phones_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """What an imported form asked on phones only, as a workbook."""
    campaign = campaign_of(request, pk)
    file = BytesIO()
    write_phone_only(file, phone_queries.phone_only_answers(request.user, campaign), campaign.title)
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="phones.xlsx"'
    return response


def _next_label(campaign: Campaign) -> str:
    return f"调查员 {Enumerator.everywhere.filter(campaign=campaign).count() + 1} 号"


def _phone(request: HttpRequest, pk: int, phone: int) -> Enumerator:
    campaign = campaign_of(request, pk)
    found = phone_queries.enumerators_for(request.user, campaign).select_related("campaign", "place").filter(pk=phone)
    enumerator = found.first()
    if enumerator is None:
        raise Http404
    require(rules.may_collect(request.user, enumerator.place))
    return enumerator


@login_required
@never_cache
@require_POST
def phone_renew(request: HttpRequest, pk: int, phone: int) -> HttpResponse:
    """A new QR code for a phone; the one before opens nothing any more."""
    return _shown_once(request, services.renew_enumerator(by=request.user, enumerator=_phone(request, pk, phone)))


@login_required
@require_POST
def phone_revoke(request: HttpRequest, pk: int, phone: int) -> HttpResponse:
    """Shut a phone out. What it sent stays."""
    enumerator = _phone(request, pk, phone)
    services.revoke_enumerator(by=request.user, enumerator=enumerator, at=timezone.now())
    messages.success(request, f"{enumerator.label}停用了。已经交来的答卷还在。")
    return redirect("phones", pk)


@sensitive_variables("access", "context", "by_password", "by_address")
def _shown_once(request: HttpRequest, access: Any) -> HttpResponse:
    """The keys in two forms: Collect's settings with a password (safe without TLS), and the address with a token."""
    enumerator = access.enumerator
    server = request.build_absolute_uri(DOMAIN).rstrip("/")
    name = f"{enumerator.campaign.title} {enumerator.label}"
    by_password = collect_settings(server, name, username=enumerator.username, password=access.password)
    by_address = collect_settings(f"{server}/{access.token}", name)
    context = {
        "campaign": enumerator.campaign, "phone": enumerator, "server": server, "password": access.password,
        "address": f"{server}/{access.token}", "qr": qr_data_uri(by_password), "address_qr": qr_data_uri(by_address),
        "unreachable": bool(ON_THIS_MACHINE.fullmatch(request.get_host())), "secure": request.is_secure(),
    }  # fmt: skip
    return render(request, "surveys/phone_access.html", context)
