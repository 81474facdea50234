"""Paper out and paper in: printed sheets, uploaded scans, and the queue of doubtful marks."""

import re
import secrets
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.files import NAMES, explain_os_error, kind_of
from xiangli.surveys import queries, rules, services
from xiangli.surveys.channels import for_paper
from xiangli.surveys.forms import FILE_MOST, SCANS, PrintForm, ScansForm
from xiangli.surveys.models import Campaign, DoubtfulMark, PrintRun
from xiangli.surveys.questionnaire import find, labels
from xiangli.surveys.tasks import read_scans
from xiangli.surveys.views.office import campaign_of, faults


@login_required
@require_POST
def survey_print(request: HttpRequest, pk: int) -> HttpResponse:
    """Print numbered sheets for a village; the page then offers them for download."""
    campaign = campaign_of(request, pk)
    form = PrintForm(request.POST, villages=queries.villages_for(request.user, campaign), prefix="print")
    if not form.is_valid():
        messages.error(request, "没有印：" + faults(form))
        return redirect("survey", pk)
    village = form.cleaned_data["village"]
    require(rules.may_collect(request.user, village))
    with tempfile.TemporaryDirectory(prefix="xiangli-print-") as folder:
        try:
            run = services.print_run(
                by=request.user, campaign=campaign, place=village, copies=form.cleaned_data["copies"],
                pdf_path=Path(folder) / "sheets.pdf",
            )  # fmt: skip
        except UserError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, f"{village.name} {run.copies} 份排好了，编号 {run.first}–{run.last}，请在下面下载。"
            )
    return redirect("survey", pk)


@login_required
def sheets_pdf(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The sheets of one print run as PDF, made again from the definition (the same to the hair)."""
    from xiangli.surveys.sheets import print_sheets

    run = get_object_or_404(PrintRun.everywhere.select_related("campaign", "place"), pk=pk)
    require(rules.may_collect(request.user, run.place))
    if run.version != run.campaign.version:
        messages.error(request, "问卷在这次印制以后改过，旧版不能再印；请重新印。")
        return redirect("survey", run.campaign_id)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it when it has been sent
    with tempfile.TemporaryDirectory(prefix="xiangli-print-") as folder:
        target = Path(folder) / "sheets.pdf"
        print_sheets(
            for_paper(run.campaign.definition), campaign=run.campaign.public_id, version=run.version,
            sheet_numbers=range(run.first, run.last + 1), pdf_path=target,
        )  # fmt: skip
        with target.open("rb") as made:
            shutil.copyfileobj(made, file)
    file.seek(0)
    name = f"{run.campaign.title}-{run.place.label}-{run.first}-{run.last}.pdf"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/pdf")


@login_required
@require_POST
def survey_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a pile of scans and read it in the background. Files that are no scans are named and left out."""
    campaign = campaign_of(request, pk)
    villages = queries.villages_for(request.user, campaign)
    form = ScansForm(request.POST, request.FILES, villages=villages, prefix="scans")
    if not form.is_valid():
        messages.error(request, "没有收下：" + faults(form))
        return redirect("survey", pk)
    village = form.cleaned_data["village"]
    require(rules.may_collect(request.user, village))
    archive = f"scans/{secrets.token_hex(8)}"
    kept, refused = _keep(form.cleaned_data["scans"], settings.DATA / archive)
    for reason in refused:
        messages.error(request, reason)
    if kept:
        batch = services.accept_scans(by=request.user, campaign=campaign, place=village, archive=archive, files=kept)
        read_scans.enqueue(batch.pk)
        messages.success(request, f"收下 {kept} 个文件，正在后台读取；过一会儿刷新本页看结果。")
    return redirect("survey", pk)


def _keep(files: list[Any], folder: Path) -> tuple[int, list[str]]:
    """Write the uploads that are scans; (how many, reasons for the others)."""
    kept, refused = 0, []
    for number, file in enumerate(files, 1):
        kind = kind_of(file.read(4096))
        if kind not in SCANS:
            refused.append(f"{file.name}：这是{NAMES[kind]}，不是扫描件（JPEG、PNG、TIFF、PDF）。")
            continue
        if file.size > FILE_MOST:
            refused.append(f"{file.name}：有 {file.size / 1e6:.0f} MB，超过了 {FILE_MOST / 1e6:.0f} MB 的上限。")
            continue
        name = re.sub(r"[^\w.-]+", "_", Path(file.name).stem)[:60]
        target = folder / f"{number:04d}-{name}.{kind.value.replace('jpeg', 'jpg')}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file.seek(0)
            with target.open("wb") as out:
                shutil.copyfileobj(file, out)
        except OSError as error:
            target.unlink(missing_ok=True)
            refused.append(str(explain_os_error(error, target)))
            continue
        kept += 1
    return kept, refused


@login_required
def survey_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The review queue: one crop, yes or no; undo; when all are decided, count the sheets in."""
    campaign = campaign_of(request, pk)
    mine = queries.villages_for(request.user, campaign)
    queue = queries.open_doubts(campaign, campaign.place).filter(reading__place__in=mine)
    mark = queue.first()
    decided = DoubtfulMark.objects.within(campaign.place).filter(
        reading__campaign=campaign, reading__place__in=mine, reading__response=None, marked__isnull=False
    )
    waiting = queries.waiting_sheets(campaign, campaign.place).filter(place__in=mine)
    context = {
        "campaign": campaign, "mark": mark, "left": queue.count(), "decided": decided.count(),
        "ready": waiting.filter(open_doubts=False).count(), **(_shown(campaign, mark) if mark else {}),
    }  # fmt: skip
    return render(request, "surveys/review.html", context)


def _shown(campaign: Campaign, mark: DoubtfulMark) -> dict[str, Any]:
    question = find(campaign.definition, mark.question) or {"label": mark.question, "options": []}
    others = [labels(question).get(option, option) for option in mark.reading.marks.get(mark.question, [])]
    crop = f"data:image/png;base64,{b64encode(bytes(mark.crop)).decode()}" if mark.crop else ""
    return {
        "question": question,
        "option": labels(question).get(mark.option, mark.option),
        "others": others,
        "crop": crop,
    }


@login_required
@require_POST
def review_decide(request: HttpRequest, pk: int, mark: int) -> HttpResponse:
    """Yes, this box is meant; or no."""
    campaign = campaign_of(request, pk)
    mine = queries.villages_for(request.user, campaign)
    rows = DoubtfulMark.objects.within(campaign.place).filter(reading__campaign=campaign, reading__place__in=mine)
    found = rows.select_related("reading__campaign", "reading__place").filter(pk=mark).first()
    if found is None or request.POST.get("marked") not in ("yes", "no"):
        raise Http404
    require(rules.may_collect(request.user, found.reading.place))
    try:
        services.decide_mark(by=request.user, mark=found, marked=request.POST["marked"] == "yes", at=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
    return redirect("survey_review", pk)


@login_required
@require_POST
def review_undo(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = campaign_of(request, pk)
    mark = services.undo_mark(by=request.user, campaign=campaign)
    if mark is None:
        messages.info(request, "没有可以撤回的。")
    else:
        messages.success(request, f"撤回了编号 {mark.reading.sheet} 的一处。")
    return redirect("survey_review", pk)


@login_required
@require_POST
def review_seal(request: HttpRequest, pk: int) -> HttpResponse:
    """Count in every sheet on which nothing is left to decide."""
    campaign = campaign_of(request, pk)
    sealed, problems = 0, []
    for place in queries.villages_for(request.user, campaign):
        require(rules.may_collect(request.user, place))
        done = services.seal_reviewed(by=request.user, campaign=campaign, place=place)
        sealed += done.sealed
        problems += done.problems
    messages.success(request, f"{sealed} 份问卷已计入，从此不能再改。")
    for _, reason in problems[:10]:
        messages.warning(request, reason)
    return redirect("survey", pk)
