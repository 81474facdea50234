"""At the counter: one person's sheet by its number, and setting it right. What was sealed stays as it was."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from xiangli.accounts.looks import shows_personal
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.surveys import queries, services
from xiangli.surveys.answer_forms import CorrectionForm
from xiangli.surveys.models import Response
from xiangli.surveys.questionnaire import in_words
from xiangli.surveys.trust_queries import text_questions, words_of


@login_required
def survey_find(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for a sheet by the number printed on it (``?number=``)."""
    campaign = queries.campaign_at_counter(request.user, pk)
    given = request.GET.get("number", "").strip()
    number = whole_number(given)
    problem = ""
    if number is not None:
        found = queries.answers_at_counter(request.user, campaign).filter(sheet=number).first()
        if found:
            return redirect("survey_correct", pk, found.pk)
        problem = queries.where_sheet_is(campaign, number)
    elif given:
        problem = "请写纸上“编号”后面的数字。"
    return render(request, "surveys/find.html", {"campaign": campaign, "given": given, "problem": problem})


@shows_personal("一份答卷")
@login_required
def survey_correct(request: HttpRequest, pk: int, response: int) -> HttpResponse:
    """What one person answered, what was corrected since, and a form to correct it."""
    campaign = queries.campaign_at_counter(request.user, pk)
    found = queries.answers_at_counter(request.user, campaign).select_related("place").filter(pk=response).first()
    if found is None:
        raise Http404
    form = CorrectionForm(campaign.definition, queries.effective(found), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_response(
                by=request.user, response=found, changes=form.changes, reason=form.cleaned_data["reason"],
                at=timezone.now(),
            )  # fmt: skip
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"更正了 {len(form.changes)} 题，原来的答案仍留着。")
            return redirect("survey_correct", pk, response)
    said = [
        (question["label"], words_of({found.pk: found.texts}, question["name"]).get(found.pk))
        for question in text_questions(campaign)
    ]
    context = {
        "campaign": campaign, "response": found, "form": form, "said": [row for row in said if row[1]],
        "corrections": list(_corrections(found, campaign.definition["questions"])),
    }  # fmt: skip
    return render(request, "surveys/correct.html", context)


def _corrections(response: Response, questions: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each correction with what stood before it."""
    answers = dict(response.answers)
    for correction in response.corrections.all():
        rows = [
            (one["label"], in_words(one, answers.get(one["name"])), in_words(one, correction.changes[one["name"]]))
            for one in questions
            if one["name"] in correction.changes
        ]
        answers |= correction.changes
        yield {"at": correction.at, "reason": correction.reason, "rows": rows}
