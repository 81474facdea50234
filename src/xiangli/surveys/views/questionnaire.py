"""A questionnaire is made: from an XLSForm, from nothing, question by question; and looked at before it goes out."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.queries import places_of, within_places
from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service
from xiangli.surveys import editing, rules, services
from xiangli.surveys.answer_forms import AnswerForm
from xiangli.surveys.channels import for_paper, gaps, languages, skip_words
from xiangli.surveys.models import Campaign
from xiangli.surveys.questionnaire import by_role, find
from xiangli.surveys.questionnaire_forms import FirstQuestionForm, QuestionForm, ReplaceForm, WordsForm, WorkbookForm
from xiangli.surveys.standard import plain_notice
from xiangli.surveys.translating import SUGGESTED, language_name, phrases, translate, without_language
from xiangli.surveys.views.office import MANAGERS, campaign_of
from xiangli.surveys.xlsform import export_workbook, import_workbook
from xiangli.surveys.xlsform.reading import BYTES_MAX
from xiangli.ui.forms import faults

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOTES_SHOWN = 8


def _places(request: HttpRequest) -> Any:
    """Where this person may ask; 404 for those who run nothing."""
    mine = places_of(request.user, *MANAGERS)
    require(bool(mine))
    mine_only = within_places(request.user, "", *MANAGERS)
    return Place.objects.filter(mine_only, level__in=["county", "town", "village"], is_open=True)


def _start(request: HttpRequest) -> dict[str, Any]:
    return {"opens": timezone.localdate(), "place": places_of(request.user, *MANAGERS)[0]}


def _show(request: HttpRequest, notes: list[str]) -> None:
    if notes:
        more = f"（还有 {len(notes) - NOTES_SHOWN} 条）" if len(notes) > NOTES_SHOWN else ""
        messages.warning(request, "　".join(notes[:NOTES_SHOWN]) + more)


@login_required
def questionnaire_import(request: HttpRequest) -> HttpResponse:
    """A campaign from an XLSForm workbook."""
    form = WorkbookForm(
        request.POST or None, request.FILES or None, places=_places(request), initial=_start(request)
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            found = import_workbook(
                said["file"].read(BYTES_MAX + 1), notice=plain_notice(said["handler"], said["contact"]),
                title=said["title"],
            )  # fmt: skip
            campaign = _create(request, said, found.definition)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            _show(request, found.notes)
            messages.success(request, "导入好了。先看看下面哪些题在纸上或网页上问不了，再印。")
            return redirect("questionnaire", campaign.pk)
    return render(request, "surveys/questionnaire_new.html", {"form": form, "what": "从 XLSForm 导入"})


@login_required
def questionnaire_new(request: HttpRequest) -> HttpResponse:
    """A campaign from nothing: the first question, the others follow."""
    form = FirstQuestionForm(request.POST or None, places=_places(request), initial=_start(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            first = {"name": "q1", "kind": said["kind"], "label": said["label"]}
            first["options"] = editing.options_of(said["options"].splitlines(), (), "", {})
            definition = {"notice": plain_notice(said["handler"], said["contact"]), "questions": [first]}
            campaign = _create(request, said, definition)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "建好了，接着加题。")
            return redirect("questionnaire", campaign.pk)
    return render(request, "surveys/questionnaire_new.html", {"form": form, "what": "自己出题"})


def _create(request: HttpRequest, said: dict[str, Any], definition: dict[str, Any]) -> Campaign:
    return services.create_campaign(
        by=request.user, place=said["place"], title=said["title"] or definition["title"], definition=definition,
        opens=said["opens"], closes=said["closes"],
    )  # fmt: skip


@login_required
def questionnaire(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions with what can be done to each, and what a channel cannot carry."""
    return _page(request, campaign_of(request, pk))


def _page(request: HttpRequest, campaign: Campaign, words_form: WordsForm | None = None) -> HttpResponse:
    """The page of the questions. ``words_form``: what was sent and refused, with what was written."""
    definition = campaign.definition
    frozen = campaign.responses.exists()
    questions = definition["questions"]
    context = {
        "campaign": campaign, "frozen": frozen, "gaps": gaps(definition), "imported": bool(definition.get("source")),
        "rows": [(question, skip_words(question, questions)) for question in questions],
        "printable": editing.ready_for_paper(definition), "languages": languages(definition),
        "suggested": SUGGESTED,
        "may_edit": rules.may_manage(request.user, campaign.place) and not frozen,
        "asks_needs": bool(by_role(definition, "need")), "words_form": words_form or WordsForm(initial=definition),
        "replace_form": ReplaceForm(),
    }  # fmt: skip
    return render(request, "surveys/questionnaire.html", context, status=422 if words_form else 200)


def _editable(request: HttpRequest, pk: int) -> Campaign:
    """A campaign that this person may change; 404 otherwise."""
    campaign = campaign_of(request, pk)
    require(rules.may_manage(request.user, campaign.place))
    return campaign


@login_required
def question_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a question (``?q=name``), or add one at the end."""
    campaign = _editable(request, pk)
    definition, name = campaign.definition, request.GET.get("q", "")
    old = find(definition, name) if name else None
    if name and old is None:
        raise Http404
    at = definition["questions"].index(old) if old else len(definition["questions"])
    catalogue = dict(Service.everywhere.filter(county_id=campaign.county_id).values_list("key", "name"))
    form = QuestionForm(request.POST or None, before=definition["questions"][:at], old=old, services=catalogue)
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.question(name or editing.free_name(definition))
            changed = editing.put_question(definition, asked, old=name)
            services.change_questionnaire(by=request.user, campaign=campaign, definition=changed)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"第 {at + 1} 题存好了。")
            return redirect("questionnaire", pk)
    context = {
        "campaign": campaign,
        "form": form,
        "number": at + 1,
        "new": old is None,
        "catalogue": catalogue.values(),
    }
    return render(request, "surveys/question.html", context)


@login_required
@require_POST
def question_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a question up or down, or remove it."""
    campaign = _editable(request, pk)
    name, to = request.POST.get("name", ""), request.POST.get("to", "")
    try:
        if to == "out":
            changed = editing.remove_question(campaign.definition, name)
        else:
            changed = editing.move_question(campaign.definition, name, -1 if to == "up" else 1)
        services.change_questionnaire(by=request.user, campaign=campaign, definition=changed)
    except UserError as error:
        messages.error(request, str(error))
    return redirect("questionnaire", pk)


@login_required
@require_POST
def questionnaire_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what stands before the questions."""
    campaign = _editable(request, pk)
    form = WordsForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有存：" + faults(form))
        return _page(request, campaign, words_form=form)
    if not _change(request, campaign, {**campaign.definition, **form.cleaned_data}, "存好了。"):
        return _page(request, campaign, words_form=form)
    return redirect("questionnaire", pk)


@login_required
def questionnaire_language(request: HttpRequest, pk: int) -> HttpResponse:
    """Translate the questions into one more language (``?to=name``), change a translation or give a language up."""
    campaign = _editable(request, pk)
    definition = campaign.definition
    given = request.POST.get("to", "") or request.GET.get("to", "")
    try:
        language = language_name(definition, given)
        if request.method == "POST" and request.POST.get("drop"):
            changed, done = without_language(definition, language), f"“{language}”去掉了。"
        elif request.method == "POST":
            changed, done = translate(definition, language, request.POST.dict()), f"“{language}”存好了。"
        else:
            return _language_page(request, campaign, language)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("questionnaire", pk)
    if not _change(request, campaign, changed, done):
        return _language_page(request, campaign, language)
    return redirect("questionnaire", pk)


def _language_page(request: HttpRequest, campaign: Campaign, language: str) -> HttpResponse:
    """Each text beside its translation; what was sent and refused as it was written."""
    rows = [replace(row, said=request.POST.get(row.key, row.said)) for row in phrases(campaign.definition, language)]
    left = sum(not row.said for row in rows)
    context = {"campaign": campaign, "language": language, "rows": rows, "left": left}
    return render(request, "surveys/language.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def questionnaire_unfasten(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up what only the imported workbook says, so that the questions can be changed here."""
    campaign = _editable(request, pk)
    _change(request, campaign, editing.unfasten(campaign.definition), "现在可以在这里改题目了。")
    return redirect("questionnaire", pk)


@login_required
@require_POST
def questionnaire_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a changed workbook in place of the questions."""
    campaign = _editable(request, pk)
    form = ReplaceForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, "请先选好文件。")
        return redirect("questionnaire", pk)
    try:
        data = form.cleaned_data["file"].read(BYTES_MAX + 1)
        found = import_workbook(data, notice=campaign.notice, title=campaign.title)
    except UserError as error:
        messages.error(request, str(error))
    else:
        _show(request, found.notes)
        _change(request, campaign, found.definition, "换成新的题目了。")
    return redirect("questionnaire", pk)


def _change(request: HttpRequest, campaign: Campaign, definition: dict[str, Any], done: str) -> bool:
    """Changes the questions and says so; says why not, and False, where they cannot be."""
    try:
        services.change_questionnaire(by=request.user, campaign=campaign, definition=definition)
    except UserError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, done)
    return True


@login_required
def questionnaire_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """The questionnaire as an XLSForm workbook."""
    campaign = campaign_of(request, pk)
    data = export_workbook(campaign.definition, form_id=campaign.public_id, version=str(campaign.version))
    response = HttpResponse(data, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="xlsform-{campaign.public_id}.xlsx"'
    return response


@login_required
def questionnaire_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """One sheet to look at; its codes belong to no survey, so that a filled-in sample does not count."""
    from xiangli.surveys.sheets import SheetError, print_sheets

    campaign = campaign_of(request, pk)
    with tempfile.TemporaryDirectory(prefix="xiangli-print-") as folder:
        target = Path(folder) / "sample.pdf"
        try:
            print_sheets(
                for_paper(campaign.definition), campaign="sample", version=1, sheet_numbers=[1], pdf_path=target
            )
        except SheetError as error:
            messages.error(request, f"印不了：{error}")
            return redirect("questionnaire", pk)
        response = HttpResponse(target.read_bytes(), content_type="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="sample.pdf"'
    return response


@login_required
def questionnaire_web(request: HttpRequest, pk: int) -> HttpResponse:
    """The web form to look at; nothing can be sent."""
    campaign = campaign_of(request, pk)
    form = AnswerForm(campaign.definition, [campaign.place], initial={"uuid": uuid4()})
    return render(request, "surveys/questionnaire_web.html", {"campaign": campaign, "form": form})
