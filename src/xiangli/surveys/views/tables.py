"""Spreadsheets: the template out; answers in, checked first, written only on a second press."""

import hashlib
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.exports import write_csv
from xiangli.core.tables import Table
from xiangli.places.models import Place
from xiangli.surveys import queries, rules, services
from xiangli.surveys.answer_forms import PREFIX
from xiangli.surveys.answers import Answers, Row, of_villages, take_answers
from xiangli.surveys.columns import guess_columns, mapping_of, read_sheet, unused_columns
from xiangli.surveys.exports import write_template
from xiangli.surveys.forms import ColumnsForm, SpreadsheetForm
from xiangli.surveys.models import Campaign
from xiangli.surveys.template_book import VILLAGE_COLUMN
from xiangli.surveys.views.office import campaign_of
from xiangli.surveys.villages import plain_names

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "surveys.import"
AN_HOUR = 3600
ROWS_MOST = 10_000
FILE_MOST = 5_000_000  # bytes


@login_required
def survey_template(request: HttpRequest, pk: int) -> HttpResponse:
    """An Excel workbook to type answers into."""
    campaign = campaign_of(request, pk)
    file = BytesIO()
    write_template(file, campaign, plain_names(list(queries.villages_for(request.user, campaign))))
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="answers-template.xlsx"'
    return response


@login_required
def survey_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload a spreadsheet -> see what would be taken in and what not, by line -> take it in."""
    campaign = campaign_of(request, pk)
    villages = list(queries.villages_for(request.user, campaign))
    require(bool(villages) and all(rules.may_collect(request.user, village) for village in villages))
    context: dict[str, Any] = {"campaign": campaign, "form": SpreadsheetForm()}
    if request.method == "POST":
        try:
            if "refused" in request.POST:
                return _refused_csv(request)
            if "checked" in request.POST:
                return _take(request, campaign, villages)
            context |= _check(request, campaign, villages)
        except UserError as error:
            messages.error(request, str(error))
            if "sheet" in request.POST:
                return redirect("survey_import", pk)
    return render(request, "surveys/import.html", context)


def _check(request: HttpRequest, campaign: Campaign, villages: list[Place]) -> dict[str, Any]:
    """Read the upload (or the table of the page before, with other columns chosen); writes nothing."""
    if "sheet" in request.POST:
        kept = _unsign(request.POST["sheet"])
        table, digest = _table(kept), kept["digest"]
    else:
        form = SpreadsheetForm(request.POST, request.FILES)
        if not form.is_valid():
            return {"form": form}
        data = form.cleaned_data["file"].read(FILE_MOST + 1)
        last = [column for column in campaign.mapping.values() if column]
        table = read_sheet(data, campaign.definition, [VILLAGE_COLUMN, *last], limit=FILE_MOST)
        digest = hashlib.sha256(data).hexdigest()[:16]
        if len(table.rows) > ROWS_MOST:
            raise UserError(f"一次最多导入 {ROWS_MOST} 行，请分成几份，或者请管理员用命令行导入。")
    chosen = ColumnsForm(
        request.POST if "sheet" in request.POST else _first_guess(campaign, table), definition=campaign.definition,
        header=table.header, several_villages=len(villages) > 1,
    )  # fmt: skip
    context: dict[str, Any] = {
        "columns": chosen,
        "sheet": _sign(_plain(table, digest)),
        "lines": len(table.rows),
        "notes": table.notes,
    }
    if chosen.is_valid() and chosen.columns():
        where = (
            chosen.cleaned_data.get("place") or guess_columns(campaign.definition, table.header, campaign.mapping)[1]
        )
        mapping = mapping_of(campaign.definition, chosen.columns(), place=where, header=table.header)
        answers = of_villages(take_answers(table, mapping, digest), villages, several=len(villages) > 1)
        place = villages[0] if len(villages) == 1 else campaign.place
        known, alike = services.known_rows(campaign=campaign, place=place, answers=answers)
        kept = {
            "rows": [[row.line, row.answers, row.texts, row.place] for row in answers.rows], "refused": answers.refused,
            "digest": digest, "columns": chosen.columns() | {"": chosen.cleaned_data.get("place", "")},
        }  # fmt: skip
        context |= {
            "unused": unused_columns(table.header, mapping),
            "answers": answers, "refused": answers.refused[:100], "more": max(0, len(answers.refused) - 100),
            "checked": _sign(kept), "known": known, "alike": alike,
            "twice": services.rows_twice(answers), "fresh": len(answers.rows) - known,
        }  # fmt: skip
    elif chosen.is_valid():
        messages.error(request, "没有一列对得上题目，请在下面选。")
    return context


def _first_guess(campaign: Campaign, table: Table) -> dict[str, str]:
    columns, place = guess_columns(campaign.definition, table.header, campaign.mapping)
    return {PREFIX + name: column for name, column in columns.items()} | ({"place": place} if place else {})


def _refused_csv(request: HttpRequest) -> HttpResponse:
    """The rows that were not taken, with line and reason, to put them right in Excel."""
    kept = _unsign(request.POST["refused"])
    file = BytesIO()
    write_csv(file, ["行", "原因"], kept["refused"])
    response = HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="refused-rows.csv"'
    return response


def _take(request: HttpRequest, campaign: Campaign, villages: list[Place]) -> HttpResponse:
    kept = _unsign(request.POST["checked"])
    answers = Answers(
        [Row(line, given, texts, place) for line, given, texts, place in kept["rows"]],
        [(line, reason) for line, reason in kept["refused"]],
        kept["digest"],
    )
    place = villages[0] if len(villages) == 1 else campaign.place
    done = services.import_answers(by=request.user, campaign=campaign, place=place, answers=answers)
    services.remember_mapping(by=request.user, campaign=campaign, columns=kept["columns"])
    messages.success(request, f"收下 {done.taken} 份答卷；{len(done.refused)} 行没有收。")
    return redirect("survey", campaign.pk)


def _plain(table: Table, digest: str) -> dict[str, Any]:
    return {
        "header": table.header,
        "rows": [[row.line, *row.cells] for row in table.rows],
        "digest": digest,
        "kind": table.kind,
        "notes": table.notes,
    }


def _table(kept: dict[str, Any]) -> Table:
    from xiangli.core.files import FileKind
    from xiangli.core.tables import Row as TableRow

    return Table(
        kept["header"],
        [TableRow(line, cells) for line, *cells in kept["rows"]],
        FileKind(kept["kind"]),
        notes=kept["notes"],
    )


def _sign(data: dict[str, Any]) -> str:
    return signing.dumps(data, salt=SALT, compress=True)


def _unsign(text: str) -> dict[str, Any]:
    try:
        return dict(signing.loads(text, salt=SALT, max_age=AN_HOUR))
    except signing.BadSignature:
        raise UserError("检查结果过期了（一小时），请重新上传。") from None
