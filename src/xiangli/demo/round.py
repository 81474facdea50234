"""Once round the loop: paper, answers, needs, plan, ledger, open door, a message answered. Needs an empty database."""

import csv
import json
import random
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from xiangli.bookings.services import adopt_plan
from xiangli.cases import services as cases
from xiangli.cases.choices import Kind
from xiangli.core.errors import UserError
from xiangli.core.exports import Sheet, csv_safe, write_xlsx
from xiangli.core.files import atomic_write
from xiangli.demo import planning as demo_planning
from xiangli.demo import surveys as demo_surveys
from xiangli.demo.people import load_people
from xiangli.demo.places import county_of, load_places
from xiangli.demo.steps import Steps
from xiangli.ledger.exports import workbook
from xiangli.ledger.queries import for_export, items_of, thresholds
from xiangli.opening.door import poster_data
from xiangli.opening.poster import door_poster
from xiangli.places.models import Centre, Place
from xiangli.places.queries import centres, villages
from xiangli.planning import services as planning
from xiangli.planning.models import Plan
from xiangli.surveys import services as surveys
from xiangli.surveys.answers import Answers, Row, definition_of, read_answers, services_of
from xiangli.surveys.columns import mapping_of, match_columns
from xiangli.surveys.exports import write_needs_csv
from xiangli.surveys.models import Campaign, Need, PrintRun
from xiangli.surveys.queries import needs_lists
from xiangli.surveys.questionnaire import labels

PUBLIC_ID = "loop23huim"  # fixed, so that sheets printed by one run can be filled in, scanned and read by the next
ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Wishes:
    """What the round is to be made from. ``answers`` with ``mapping``: real answers; else invented ones."""

    copies: int = 30
    scans: Path | None = None
    answers: Path | None = None
    mapping: Mapping[str, Any] | None = None
    seconds: float = 8
    workers: int = 2
    seed: int = 1

    @property
    def is_invented(self) -> bool:
        return self.answers is None


@dataclass
class Town:
    """The town and the village that the paper goes to."""

    place: Place
    village: Place
    centre: Centre
    staff: dict[str, Any]
    today: date


def go_round(wishes: Wishes, folder: Path, steps: Steps) -> list[str]:
    """All steps; files into ``folder``. Returns remarks for the summary: what was invented, what was left open."""
    with steps.step("建一个镇：一个社区、十九个村") as step:
        town = build_town(timezone.localdate())
        step.note(f"{town.place.name}，问卷发到{town.village.name}（常住 {town.village.population} 人，人口数是编的）")
    campaign, paper, rest = ask(wishes, town, folder, steps)
    run = print_sheets(wishes, town, campaign, folder, steps)
    recorded = read_sheets(wishes, town, campaign, run, paper, folder, steps)
    take_in(wishes, town, campaign, paper, rest, folder, steps)
    needs = weigh_and_derive(town, campaign, folder, steps)
    plan = propose(wishes, town, folder, steps)
    put_into_practice(town, plan, folder, steps)
    answer_a_message(town, steps)
    open_the_door(town, folder, steps)
    return remarks(wishes, needs, recorded)


def build_town(today: date) -> Town:
    place = load_places(by=None)
    staff = load_people(town=place, today=today, password="")
    demo_planning.load_staffing(town=place, users=staff)
    village = villages(place)[0]
    return Town(place, village, centres(village)[0], staff, today)


def ask(wishes: Wishes, town: Town, folder: Path, steps: Steps) -> tuple[Campaign, list[Row], Answers]:
    """The campaign; the answers that come on paper; the rest, which comes as a spreadsheet."""
    with steps.step("定问卷、收答卷") as step:
        if wishes.answers is not None and wishes.mapping is not None:
            answers = read_answers(wishes.answers, wishes.mapping)
            campaign = surveys.create_campaign(
                by=town.staff["town"], place=town.place, title=str(wishes.mapping["title"])[:60],
                definition=definition_of(wishes.mapping), opens=town.today, services=services_of(wishes.mapping),
            )  # fmt: skip
            report_refused(answers, folder)
            used, refused = len(answers.rows), len(answers.refused)
            step.note(f"{wishes.answers.name}：{answers.total} 行，可用 {used} 行，不能用 {refused} 行")
            if answers.refused:
                line, reason = answers.refused[0]
                step.note(f"不能用的每一行及原因见 refused.csv，例如第 {line} 行：{reason}")
            if not answers.rows:
                raise UserError(
                    "这份答卷没有一行可用，原因：" + "；".join(f"第 {n} 行{why}" for n, why in answers.refused[:5])
                )
        else:
            campaign = demo_surveys.create(town.place, town.staff["town"], town.today)
            answers = spreadsheet_of_invented(campaign, town, wishes.seed, folder)
            step.note(f"答卷是编的：{len(answers.rows)} 份，全镇各村都有，写成 answers.xlsx 再读回来")
        Campaign.everywhere.filter(pk=campaign.pk).update(public_id=PUBLIC_ID)
        campaign.refresh_from_db()
        step.note(f"问卷“{campaign.title}”：{len(campaign.definition['questions'])} 题")
    here = [row for row in answers.rows if not row.place or row.place == town.village.name]
    paper = [] if wishes.scans else here[: wishes.copies]
    lines = {row.line for row in paper}
    rest = Answers([row for row in answers.rows if row.line not in lines], [], answers.digest)
    return campaign, paper, rest


def spreadsheet_of_invented(campaign: Campaign, town: Town, seed: int, folder: Path) -> Answers:
    """Invented answers of every village, written as a spreadsheet such as a village would send in, and read back."""
    chance = random.Random(seed)
    questions = [question for question in campaign.definition["questions"] if question["kind"] != "text"]
    header = ["村", *(question["label"] for question in questions)]
    rows = []
    for village in villages(town.place):
        for response in demo_surveys.draw(campaign, village, chance.randrange(60, 151), chance):
            rows.append([village.name, *(spoken(question, response.answers) for question in questions)])
    path = folder / "answers.xlsx"
    with atomic_write(path) as file:
        write_xlsx(file, [Sheet("答卷（编的）", header, rows)])
    mapping = mapping_of(campaign.definition, match_columns(campaign.definition, header), place="村")
    return read_answers(path, mapping)


def spoken(question: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """An answer as one would type it: labels, several of them separated by ；."""
    chosen = answers.get(question["name"], [])
    names = labels(question)
    return "；".join(names[one] for one in ([chosen] if isinstance(chosen, str) else chosen))


def report_refused(answers: Answers, folder: Path) -> None:
    with atomic_write(folder / "refused.csv") as file:
        lines = [
            "行号,原因",
            *(f'{line},"{csv_safe(reason).replace(chr(34), chr(34) * 2)}"' for line, reason in answers.refused),
        ]
        file.write(("\ufeff" + "\r\n".join(lines) + "\r\n").encode())


def print_sheets(wishes: Wishes, town: Town, campaign: Campaign, folder: Path, steps: Steps) -> PrintRun:
    with steps.step("印民意调查表：sheets.pdf") as step:
        run = surveys.print_run(
            by=town.staff["town"], campaign=campaign, place=town.village, copies=wishes.copies,
            pdf_path=folder / "sheets.pdf",
        )  # fmt: skip
        write_json(folder / "layout.json", run.layout)
        pages = len(run.layout["pages"])
        step.note(f"{town.village.name} {run.copies} 份，编号 {run.first}–{run.last}，每份 {pages} 页，各有二维码")
    return run


def read_sheets(
    wishes: Wishes, town: Town, campaign: Campaign, run: PrintRun, paper: Sequence[Row], folder: Path, steps: Steps
) -> Any:
    from xiangli.surveys.sheets import SheetError, read_files
    from xiangli.surveys.sheets.simulate import simulate_scans

    with steps.step("读扫描件：readings.csv") as step:
        scans = wishes.scans
        if scans is None:
            scans = folder / "scans"
            filled = {run.first + n: chosen(row.answers) for n, row in enumerate(paper)}
            simulate_scans(folder / "sheets.pdf", run.layout, filled, scans, first_sheet=run.first, seed=wishes.seed)
            step.note(f"没有给扫描件：程序照前 {len(paper)} 份答卷在表上画了勾，模拟成扫描件，放在 scans/")
        try:
            summary = read_files(
                run.layout, [scans], out=folder / "readings.csv", review_dir=folder / "review", jobs=wishes.workers
            )
        except SheetError as error:
            raise UserError(str(error)) from error
        with (folder / "readings.csv").open(encoding="utf-8-sig", newline="") as file:
            recorded = surveys.record_readings(
                by=town.staff["town"], campaign=campaign, place=town.village, readings=list(csv.DictReader(file))
            )
        step.note(f"{summary.pages} 页，{summary.sheets} 份；选中 {summary.marked} 处，空白 {summary.blank} 处")
        step.note(f"拿不准、要人看的 {summary.review} 处，截图在 review/")
        step.note(f"计入 {recorded.sealed} 份，等人核对 {recorded.waiting} 份")
        for problem in summary.problems:
            step.note(f"{Path(problem['file']).name}：{problem['problem']} {problem['detail']}".rstrip())
        for file_name, reason in recorded.problems:
            step.note(f"{Path(file_name).name}：{reason}")
    return recorded


def chosen(answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Answers as boxes to tick."""
    return {
        name: [value] if isinstance(value, str) else list(value)
        for name, value in answers.items()
        if isinstance(value, str | list)
    }


def take_in(
    wishes: Wishes, town: Town, campaign: Campaign, paper: Sequence[Row], rest: Answers, folder: Path, steps: Steps
) -> None:
    with steps.step("导入答卷表格") as step:
        place = town.place if wishes.is_invented else town.village
        taken = surveys.import_answers(by=town.staff["town"], campaign=campaign, place=place, answers=rest)
        step.note(f"导入 {taken.taken} 份；走纸的 {len(paper)} 份不重复计")
        for line, reason in taken.refused:
            step.note(f"第 {line} 行没有导入：{reason}")


def weigh_and_derive(town: Town, campaign: Campaign, folder: Path, steps: Steps) -> list[Need]:
    with steps.step("按人口加权，得出需求：needs.csv") as step:
        weighed = surveys.weigh(by=town.staff["town"], campaign=campaign, place=town.village)
        step.note(
            f"{town.village.name}加权到：{'、'.join(weighed.margins) or '总人数'}；有效样本量 {weighed.effective:.1f}"
        )
        for note in weighed.notes:
            step.note(note)
        needs = surveys.derive_needs(by=town.staff["town"], campaign=campaign, place=town.place)
        surveys.publish_needs(by=town.staff["town"], lists=needs_lists(town.place), at=timezone.now())
        with atomic_write(folder / "needs.csv") as file:
            write_needs_csv(file, needs)
        hidden = sum(need.hidden for need in needs)
        step.note(f"{len(needs)} 条需求，其中 {hidden} 条人数太少或能倒推，只供内部用、不公布")
    return needs


def propose(wishes: Wishes, town: Town, folder: Path, steps: Steps) -> Plan:
    with steps.step("排方案：plan.json") as step:
        plan = planning.propose(
            by=town.staff["town"], place=town.place, seconds=wishes.seconds, workers=wishes.workers, seed=wishes.seed
        )
        write_json(folder / "plan.json", plan.whole())
        met, worst = plan.met_share or 0, plan.worst_share or 0
        step.note(f"一周 {plan.activities.count()} 场活动，满足需求 {met:.0%}，最少的一群满足 {worst:.0%}")
        step.note(f"离可能的最好方案至多差 {plan.gap or 0:.1%}（已证明）；排不上的 {plan.gaps.count()} 处，各有原因")
    return plan


def put_into_practice(town: Town, plan: Plan, folder: Path, steps: Steps) -> None:
    with steps.step("采纳方案：台账、开放时间、活动") as step:
        adoption = adopt_plan(by=town.staff["town"], plan=plan, today=town.today)
        step.note(f"台账 {len(adoption.items)} 项，各有期限")
        step.note(f"开放规则 {len(adoption.rules)} 条，活动 {len(adoption.activities)} 场")
        book = workbook(
            for_export(items_of(town.place)), place=town.place, today=town.today,
            limits=thresholds(county_of(town.place), town.today),
        )  # fmt: skip
        with atomic_write(folder / "ledger.xlsx") as file:
            file.write(book)


def answer_a_message(town: Town, steps: Steps) -> None:
    with steps.step("居民来信，有人答复") as step:
        now, by = timezone.now(), town.staff["town"]
        case = cases.file_case(
            by=None, centre=town.centre, kind=Kind.QUESTION, text="新排的活动在哪里看？（演示来信）",
            client_uuid=UUID(int=1), now=now, may_publish=True,
        )  # fmt: skip
        case = cases.accept(by=by, case=case, now=now)
        case = cases.dispatch(by=by, case=case, handler=town.staff["village"], now=now)
        case = cases.start(by=town.staff["village"], case=case, now=now)
        answer = "门口海报上的二维码一扫就是，大厅也贴着一周安排。"
        case = cases.reply(by=town.staff["village"], case=case, text=answer, now=now)
        cases.publish(by=by, case=case, question=case.text, answer=answer, now=now)
        step.note(f"1 封来信（编的），回执 {case.receipt}：受理、派单、办理、回复，并公开问答")


def open_the_door(town: Town, folder: Path, steps: Steps) -> None:
    with steps.step("公布：door-poster.pdf、centre.html") as step:
        path = f"/c/{town.centre.county.slug}/{town.centre.slug}/"
        poster = door_poster(poster_data(town.centre, timezone.now(), ADDRESS + path))
        with atomic_write(folder / "door-poster.pdf") as file:
            file.write(poster)
        client = Client(HTTP_HOST="127.0.0.1:8000")
        answer = client.get(path)
        if answer.status_code != 200:
            raise UserError(f"中心页面打不开（{answer.status_code}）。")
        with atomic_write(folder / "centre.html", text=True) as file:
            file.write(self_contained(answer.content.decode(), client))
        step.note(f"{town.centre.name}的页面和门上海报，海报二维码指向 {ADDRESS}{path}")


def self_contained(html: str, client: Client) -> str:
    """The page with its styles and pictures inside, to be opened from the folder without a server."""

    def style(match: re.Match[str]) -> str:
        found = finders.find(re.sub(r"\.[0-9a-f]{12}\.css$", ".css", match["path"]))
        return f"<style>{Path(found).read_text()}</style>" if isinstance(found, str) else match[0]

    def picture(match: re.Match[str]) -> str:
        answer = client.get(match["path"])
        data = b64encode(answer.getvalue()).decode()
        return f'src="data:{answer.headers["Content-Type"]};base64,{data}"' if answer.status_code == 200 else match[0]

    html = re.sub(r'<link rel="stylesheet" href="/static/(?P<path>[^"]+)">', style, html)
    html = re.sub(r'src="(?P<path>/(?!static/)[^"]+)"', picture, html)
    return re.sub(r'(href|action)="/', rf'\1="{ADDRESS}/', html)


def remarks(wishes: Wishes, needs: Iterable[Need], recorded: Any) -> list[str]:
    """What a reader has to know before trusting a number on the page."""
    lines = ["镇、村的名字是真的；人口、房间、人手、电话都是编的。"]
    if wishes.is_invented:
        lines.append("答卷是编的，只用来走通全程。")
    else:
        lines.append("答卷是真的，但它不是这个村的：只看流程走不走得通，数字不能当这个村的用。")
    if wishes.scans is None:
        lines.append("扫描件是程序模拟的。")
    if recorded.waiting:
        lines.append(f"{recorded.waiting} 份纸表有拿不准的地方，等人核对，没有计入上面的数。")
    if unmatched := sum(need.service_id is None for need in needs):
        lines.append(f"{unmatched} 条需求在服务目录里没有对应的服务，没有排进方案。")
    return lines


def write_json(path: Path, data: Any) -> None:
    with atomic_write(path, text=True) as file:
        json.dump(data, file, ensure_ascii=False, indent=1)
