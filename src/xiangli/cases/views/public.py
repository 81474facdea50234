"""What residents see: a form, a receipt, the answer, and the voices that may be published. No log-in anywhere."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from xiangli.audit.services import personal_fields
from xiangli.cases import gate, queries, services
from xiangli.cases.choices import State
from xiangli.cases.forms import CaseForm, FurtherForm, RatingForm, ReceiptForm
from xiangli.cases.models import Case, CaseEvent
from xiangli.core.redaction import mask_mobile_numbers
from xiangli.places.queries import centre_at

TOO_MANY = "这会儿网上来信太多，先歇一歇。您写的还在下面，过一小时再交；急事请打电话或到柜台说，工作人员替您记。"


def new(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """Say something to a centre."""
    where = centre_at(county, centre)
    form = CaseForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        if gate.may_pass(request, where, form.cleaned_data["altcha"], now):
            try:
                case = services.file_case(by=None, centre=where, now=now, **form.told())
            except services.CaseError as error:
                form = form.sent_anew(str(error))
            else:
                return redirect("case_public", county, centre, case.receipt)
        else:
            form.add_error(None, TOO_MANY)
            status = 429
    context = {"centre": where, "form": form, "limits": queries.limits(where.county), "personal": _kept()}
    return render(request, "cases/new.html", context, status=status)


def _kept() -> dict[str, int]:
    """Days for which each personal field of a case is kept, for the notice."""
    return {name: retention.days for model, name, retention in personal_fields() if model is Case}


@never_cache
def page(request: HttpRequest, county: str, centre: str, receipt: str) -> HttpResponse:
    """The answer behind a receipt number. Shows nobody's name or telephone; asks further and rates by plain forms."""
    where = centre_at(county, centre)
    case = Case.everywhere.select_related("place", "centre").filter(centre=where, receipt=receipt.upper()).first()
    if case is None:
        raise Http404
    further, rating = FurtherForm(prefix="further"), RatingForm(prefix="rating")
    if request.method == "POST":
        form: FurtherForm | RatingForm
        if request.POST.get("step") == "rating":
            form = rating = RatingForm(request.POST, prefix="rating")
        else:
            form = further = FurtherForm(request.POST, prefix="further")
        if form.is_valid() and (answer := _resident_step(request, case, form)):
            return answer
    context = {
        "centre": where,
        "case": case,
        "said": mask_mobile_numbers(case.text),
        "events": _told(case),
        "further": further if case.state == State.REPLIED or further.is_bound else None,
        "rating": rating if case.state == State.CLOSED and not case.rating else None,
    }
    response = render(request, "cases/public.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


def _told(case: Case) -> list[CaseEvent]:
    """The steps with their words, telephone numbers masked: a receipt may be lost and found by anyone."""
    events = list(queries.steps_shown(case))
    for event in events:
        event.words = mask_mobile_numbers(event.text)  # type: ignore[attr-defined]
    return events


def _resident_step(request: HttpRequest, case: Case, form: FurtherForm | RatingForm) -> HttpResponse | None:
    """Take the step; where somebody of the centre was faster, the form says so and keeps the words."""
    now = timezone.now()
    try:
        if isinstance(form, RatingForm):
            services.rate(by=None, case=case, rating=form.cleaned_data["rating"], now=now)
            messages.success(request, "谢谢您的评价。")
        else:
            services.follow_up(by=None, case=case, text=form.cleaned_data["text"], now=now)
            messages.success(request, "追问收到了，会再答复您。")
    except services.CaseError as error:
        form.add_error(None, str(error))
        return None
    return redirect(request.path)


def find(request: HttpRequest) -> HttpResponse:
    """From a receipt number to its page."""
    form = ReceiptForm(request.GET or None)
    if form.is_bound and form.is_valid():
        case = Case.everywhere.select_related("centre", "county").filter(receipt=form.cleaned_data["receipt"]).first()
        if case:
            return redirect("case_public", case.county.slug, case.centre.slug, case.receipt)
        form.add_error("receipt", "没有这个回执号。请对照回执再看看，或者到柜台问。")
    return render(request, "cases/find.html", {"form": form})


def voices(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """Answered voices of a centre's village that may be published."""
    where = centre_at(county, centre)
    page = Paginator(queries.published(where.place), 20).get_page(request.GET.get("page"))
    return render(request, "cases/voices.html", {"centre": where, "page": page})
