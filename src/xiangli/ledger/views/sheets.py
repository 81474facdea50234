"""Bringing in a ledger kept in a spreadsheet: looked at first, columns corrected, conflicts decided, then written."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xiangli.accounts.choices import WORKERS
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.ledger import imports, queries, services
from xiangli.ledger.forms import ImportForm
from xiangli.ledger.models import SheetImport
from xiangli.ledger.sheets import checking
from xiangli.ledger.sheets.columns import FIELDS, Found

SHOWN = 20  # new items shown
SHOWN_EDITS = 100
SHOWN_LINES = 300
UNREAD = 60  # lines of a sheet without a table that are offered as its header


@login_required
def ledger_import(request: HttpRequest) -> HttpResponse:
    """Choose a file."""
    require(has_any_role(request.user, *WORKERS) and not queries.works_widely(request.user))
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            content = upload.read(checking.MOST_BYTES + 1)
            checking.read(content)
        except UserError as error:
            form.add_error("file", str(error))
        else:
            run = services.keep_sheet(
                by=request.user, place=queries.heading_place(request.user), name=upload.name, content=content,
                now=timezone.now(),
            )  # fmt: skip
            return redirect("ledger_sheet", run.pk)
    earlier = SheetImport.everywhere.filter(by=request.user.pk, written_at__isnull=False).defer("content")[:5]
    return render(request, "ledger/import.html", {"form": form, "earlier": earlier})


def _run(request: HttpRequest, pk: int) -> SheetImport:
    """One's own file: somebody else's would be read with somebody else's villages."""
    require(has_any_role(request.user, *WORKERS))
    run = SheetImport.everywhere.filter(pk=pk, by=request.user.pk).first()
    if run is None:
        raise Http404
    return run


@login_required
def ledger_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file would do; afterwards what it did."""
    return _page(request, _run(request, pk))


def _page(request: HttpRequest, run: SheetImport, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"run": run, "fields": [(name, label) for name, (label, _) in FIELDS.items()]}
    if run.written_at is None and not run.content:
        context["problem"] = "这个文件放了一个星期没有写入，已经清掉了。请重新选择文件。"
    elif run.written_at is None:
        context |= _checked(request, run)
    return render(request, "ledger/sheet.html", context, status=status)


def _checked(request: HttpRequest, run: SheetImport) -> dict[str, Any]:
    try:
        checked = imports.check(run, user=request.user, today=timezone.localdate())
    except UserError as error:
        grids = checking.read(bytes(run.content))
        tables = checking.tables(grids, imports.learnt_headings(run), run.answers)
        return {"problem": str(error), "tables": [_table(grid, found, run) for grid, found in tables]}
    return {
        "checked": checked, "tables": [_table(grid, found, run) for grid, found in checked.tables],
        "new": [line for line, _ in checked.new[:SHOWN]], "edits": checked.changed[:SHOWN_EDITS],
        "wrong": checked.wrong[:SHOWN_LINES], "said": checked.said[:SHOWN_LINES],
        "needs_reason": any("deadline" in edit.changes and not edit.line.reason for edit in checked.edits),
        "writes": len(checked.new) + len(checked.edits),
    }  # fmt: skip


def _table(grid: Any, found: Found | None, run: SheetImport) -> dict[str, Any]:
    """A sheet as the page shows it: its columns with a first cell, or its first lines where no table was found."""
    columns = []
    first = found.first if found else 0
    for column in found.columns if found else []:
        below = (row.cells[column.position] for row in grid.rows[first:] if column.position < len(row.cells))
        columns.append((column, next(filter(None, below), "")[:30]))
    answer = run.answers.get(grid.name, {})
    lines = (
        []
        if found
        else [(row.line, "　".join(filter(None, row.cells))[:60]) for row in grid.rows[:UNREAD] if any(row.cells)]
    )
    return {
        "name": grid.name,
        "found": found,
        "columns": columns,
        "skip": answer.get("skip", grid.hidden),
        "hidden": grid.hidden,
        "lines": lines[:15],
    }


@login_required
@require_POST
def ledger_sheet_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the user says about the columns, and look again."""
    run = _run(request, pk)
    answers: dict[str, Any] = {}
    learnt: dict[str, str] = {}
    grids = checking.read(bytes(run.content)) if run.content else []
    tables = checking.tables(grids, imports.learnt_headings(run), run.answers)
    for number, (grid, found) in enumerate(tables):
        answer: dict[str, Any] = {"skip": f"skip-{number}" in request.POST}
        said = request.POST.get(f"header-{number}", "") or str(run.answers.get(grid.name, {}).get("header") or "")
        if 0 < (header := whole_number(said) or 0) <= len(grid.rows):
            answer["header"] = header
        for column in found.columns if found else []:
            given = request.POST.get(f"column-{number}-{column.position}")
            if given is not None and (given in FIELDS or given == ""):
                answer.setdefault("columns", {})[str(column.position)] = given
                if given != column.field and column.heading:
                    learnt[column.heading.split("/")[-1]] = given
        answers[grid.name] = answer
    services.answer_columns(by=request.user, run=run, answers=answers, learnt=learnt)
    return redirect("ledger_sheet", pk)


@login_required
@require_POST
def ledger_sheet_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write it, if it still does what was looked at."""
    run = _run(request, pk)
    choices = {
        line: request.POST[name]
        for name in request.POST
        if name.startswith("choice-") and (line := whole_number(name.removeprefix("choice-"))) is not None
    }
    try:
        report = imports.write(
            run, user=request.user, shown=request.POST.get("shown", ""), choices=choices,
            reason=request.POST.get("reason", "")[:200], now=timezone.now(), today=timezone.localdate(),
        )  # fmt: skip
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"已写入：新增 {report['added']} 项，修改 {report['changed']} 项。")
    return redirect("ledger_sheet", pk)
