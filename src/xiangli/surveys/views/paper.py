"""Paper out and paper in: printed sheets, uploaded scans and what became of them."""

import re
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.files import NAMES, FileKind, explain_os_error, kind_of
from xiangli.surveys import queries, rules, services
from xiangli.surveys.forms import FILE_MOST, SCANS, PrintForm, ScansForm
from xiangli.surveys.models import PrintRun, ScanBatch
from xiangli.surveys.tasks import read_scans
from xiangli.surveys.views.office import campaign_of, survey_page
from xiangli.ui.forms import faults

REASONS_MOST = 20  # named one by one on the page


@login_required
@require_POST
def survey_print(request: HttpRequest, pk: int) -> HttpResponse:
    """Print numbered sheets for a village; the page then offers them for download."""
    campaign = campaign_of(request, pk)
    villages = queries.villages_for(request.user, campaign)
    form = PrintForm(request.POST, villages=villages, definition=campaign.definition, prefix="print")
    if not form.is_valid():
        messages.error(request, "没有印：" + faults(form))
        return survey_page(request, campaign, print_form=form)
    village = form.cleaned_data["village"]
    require(rules.may_collect(request.user, village))
    with tempfile.TemporaryDirectory(prefix="xiangli-print-") as folder:
        try:
            run = services.print_run(
                by=request.user, campaign=campaign, place=village, copies=form.cleaned_data["copies"],
                pdf_path=Path(folder) / "sheets.pdf", language=form.cleaned_data.get("language", ""),
            )  # fmt: skip
        except UserError as error:
            messages.error(request, str(error))
            return survey_page(request, campaign, print_form=form)
    messages.success(request, f"{village.name} {run.copies} 份排好了，编号 {run.first}–{run.last}，请在下面下载。")
    return redirect("survey", pk)


@login_required
def sheets_pdf(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The sheets of one print run as PDF, made again from the definition (the same to the hair)."""
    run = get_object_or_404(PrintRun.everywhere.select_related("campaign", "place"), pk=pk)
    require(rules.may_collect(request.user, run.place))
    if run.version != run.campaign.version:
        messages.error(request, "问卷在这次印制以后改过，旧版不能再印；请重新印。")
        return redirect("survey", run.campaign_id)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it when it has been sent
    with tempfile.TemporaryDirectory(prefix="xiangli-print-") as folder:
        target = Path(folder) / "sheets.pdf"
        services.print_again(run=run, pdf_path=target)
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
        return survey_page(request, campaign, scans_form=form)
    village = form.cleaned_data["village"]
    require(rules.may_collect(request.user, village))
    archive = f"scans/{secrets.token_hex(8)}"
    known = queries.same_files(campaign, {digest_of(file) for file in form.cleaned_data["scans"]})
    kept, refused = _keep(form.cleaned_data["scans"], settings.DATA / archive, known)
    for reason in refused[:REASONS_MOST]:
        messages.error(request, reason)
    if len(refused) > REASONS_MOST:
        messages.error(request, f"还有 {len(refused) - REASONS_MOST} 个文件也没有收下，原因同上面几种。")
    if not kept:
        return redirect("survey", pk)
    batch = services.accept_scans(
        by=request.user, campaign=campaign, place=village, archive=archive, files=len(kept), digests=kept
    )
    read_scans.enqueue(batch.pk)
    messages.success(request, f"收下 {len(kept)} 个文件，正在后台读取。")
    return redirect("survey_batch", batch.pk)


def digest_of(file: Any) -> str:
    """SHA-256 of an upload, read in pieces."""
    file.seek(0)
    digest = sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


def _why_not(file: Any, kind: FileKind) -> str:
    """Why an upload is no scan that can be taken, "" for one that can."""
    if not file.size:
        return "文件是空的。"
    if kind not in SCANS:
        return f"这是{NAMES[kind]}，不是扫描件（JPEG、PNG、TIFF、PDF）。"
    if file.size > FILE_MOST:
        return f"有 {file.size / 1e6:.0f} MB，超过了 {FILE_MOST / 1e6:.0f} MB 的上限。"
    return ""


def _keep(
    files: list[Any], folder: Path, known: Mapping[str, tuple[str, ScanBatch]]
) -> tuple[dict[str, str], list[str]]:
    """Write the uploads that are scans and new; (name -> digest, reasons for the others)."""
    kept: dict[str, str] = {}
    refused = []
    here: dict[str, str] = {}
    for number, file in enumerate(files, 1):
        digest = digest_of(file)
        if again := _seen(digest, here, known):
            refused.append(f"{file.name}：和{again}是同一个文件，没有再收。")
            continue
        kind = kind_of(file.read(4096))
        if reason := _why_not(file, kind):
            refused.append(f"{file.name}：{reason}")
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
        kept[target.name] = digest
        here[digest] = file.name
    return kept, refused


def _seen(digest: str, here: Mapping[str, str], known: Mapping[str, tuple[str, ScanBatch]]) -> str:
    """Where the same file is already: among those of this upload, or in an earlier batch; "" where it is new."""
    if digest in here:
        return f" {here[digest]} "
    if digest in known:
        name, batch = known[digest]
        day = timezone.localtime(batch.created_at)
        return f" {day.month} 月 {day.day} 日交过的 {name.partition('-')[2]} "
    return ""


@login_required
def survey_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One pile: how far it is, what was read, what could not be read and why."""
    batch = queries.batch_for(request.user, pk)
    context = {
        "batch": batch, "campaign": batch.campaign, "stalled": queries.is_stalled(batch, timezone.now()),
        "waiting": queries.waiting_sheets(batch.campaign, batch.place).filter(batch=batch).count(),
    }  # fmt: skip
    return render(request, "surveys/batch.html", context)


@login_required
@require_POST
def batch_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    batch = queries.batch_for(request.user, pk)
    require(rules.may_collect(request.user, batch.place))
    archive = batch.archive
    try:
        services.cancel_batch(by=request.user, batch=batch, at=timezone.now())
    except UserError as error:
        messages.error(request, str(error))
    else:
        services.remove_files(settings.DATA, archive)
        messages.success(request, "这一批已取消，扫描件已删除，什么也没有计入。")
    return redirect("survey_batch", pk)


@login_required
@require_POST
def batch_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a pile that failed or got stuck into the background once more; it goes on from where it was."""
    batch = queries.batch_for(request.user, pk)
    require(rules.may_collect(request.user, batch.place))
    read_scans.enqueue(batch.pk)
    messages.success(request, "已重新排上，接着上次读到的地方读。")
    return redirect("survey_batch", pk)
