"""What staff find a burden: one box on every page, and the answers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from xiangli.accounts.queries import places_of
from xiangli.accounts.rules import has_any_role, require
from xiangli.supervision import queries, rules, services
from xiangli.supervision.forms import AnswerForm, BurdenForm

PER_PAGE = 20


@login_required
def burden(request: HttpRequest) -> HttpResponse:
    """ "This page is a burden": one box to write in, from every office page."""
    held = places_of(request.user)
    if not held:
        raise Http404
    form = BurdenForm(request.POST or None, initial={"page": request.GET.get("page", "")[:200]})
    page = form["page"].value() or ""
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts=None) and page.startswith("/office/")
    back = page if is_ours else "/office/"
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        services.say_burden(place=held[0], page=form.cleaned_data["page"], text=text, now=timezone.now())
        messages.success(request, "谢谢您说出来。镇里和县里会看到，也会回答怎么改。")
        return redirect(back)
    reads_them = has_any_role(request.user, *rules.ANSWERERS)
    return render(request, "supervision/burden.html", {"form": form, "back": back, "reads_them": reads_them})


@login_required
def burden_list(request: HttpRequest) -> HttpResponse:
    require(has_any_role(request.user, *rules.ANSWERERS))
    page = Paginator(queries.burdens_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "supervision/burdens.html", {"page": page, "form": AnswerForm()})


@login_required
@require_POST
def burden_answer(request: HttpRequest, pk: int) -> HttpResponse:
    report = queries.burdens_for(request.user).filter(pk=pk).first()
    if report is None:
        raise Http404
    form = AnswerForm(request.POST)
    if form.is_valid():
        services.answer_burden(by=request.user, report=report, answer=form.cleaned_data["answer"], now=timezone.now())
        messages.success(request, "已回答。")
    else:
        messages.error(request, "请写一句怎么改的。")
    return redirect("burden_list")
