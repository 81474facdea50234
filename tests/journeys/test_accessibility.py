"""Every page, as everybody who may see it, at 390 px: readable, pressable, reachable by keyboard, without JavaScript.

The pages come from the URL table, so a new one cannot be forgotten (``addresses.py``). Pages of the office are fetched
as each role; a role's page is looked at in the browser when it holds something that no role before it was shown.
"""

import random
import re
from base64 import b64decode
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from tests.journeys.addresses import NOT_PAGES, PUBLIC, addresses, patterns
from tests.journeys.conftest import PASSWORD, Visitor
from xiangli.demo.loader import load
from xiangli.demo.people import PEOPLE
from xiangli.demo.surveys import draw
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.surveys.choices import Channel
from xiangli.surveys.models import Campaign, Response
from xiangli.surveys.services import accept_scans, create_campaign, draw_rechecks, record_readings, weigh

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.one_engine]

CHECKS = (Path(__file__).parent / "page_checks.js").read_text(encoding="utf-8")
NORMAL = {"touch": 44, "font": 12, "line": 1.15}
LARGE = {"touch": 60, "font": 18, "line": 1.3}
LEVEL_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DISPLAYS = ["hans", "large", "hant large", "no script"]  # of public pages; the office in normal and large print
TABBED = [
    "home",
    "centre",
    "book",
    "case_new",
    "survey_answer",
    "account_login",
    "office_home",
    "ledger_list",
    "survey_review",
]
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjnOgAAAABJRU5ErkJggg==")
PART = re.compile(r"<([a-z0-9]+)(?:[^>]*?\sclass=\"([^\"]*)\")?")


class Walk:
    """Goes from page to page and notes what is wrong with each; a page's parts that were seen before are not new."""

    def __init__(self, base: str, made: dict[str, list[str]]) -> None:
        self.base, self.made = base, made
        self.listed = {path for paths in made.values() for path in paths}
        self.faults: list[str] = []
        self.opened: set[str] = set()
        self.seen: dict[str, set[Any]] = {}

    def as_visitor(self, visitor: Visitor, who: str) -> None:
        """The public's pages, in one script and print size."""
        for name in self.made:
            for path in self.made[name] if name in PUBLIC else ():
                visitor.opens(path)
                self.opened.add(name)
                look = self._measure if who == "no script" else self._look  # axe itself is a script
                look(visitor, f"{who} {path}", LARGE if "large" in who else NORMAL)

    def as_staff(self, visitor: Visitor, who: str) -> None:
        """The office's pages that this role may see, where they show something new; in large print as well."""
        for name in self.made:
            for path in self.made[name] if name not in PUBLIC else ():
                answer = visitor.page.request.get(self.base + path, max_redirects=0)
                if answer.status == 404:
                    continue
                if answer.status == 302 and answer.headers["location"].partition("?")[0] in self.listed:
                    continue  # on to a page that is looked at itself
                assert answer.status == 200, f"{who} {path}: {answer.status} {answer.headers.get('location', '')}"
                self.opened.add(name)
                parts = set(PART.findall(answer.text()))
                if parts <= self.seen.setdefault(name, set()):
                    continue
                self.seen[name] |= parts
                visitor.opens(path)
                self._look(visitor, f"{who} {path}", NORMAL)
                visitor.page.evaluate("document.documentElement.classList.add('large')")
                self._measure(visitor, f"{who}, large {path}", LARGE)

    def tab(self, visitor: Visitor, name: str) -> None:
        """Every place to press or to write in is reached with the Tab key, and one sees where one is."""
        path = self.made[name][0]
        visitor.opens(path)
        self.faults += [f"Tab {path}: {fault}" for fault in tabbed(visitor.page)]

    def _look(self, visitor: Visitor, where: str, least: dict[str, float]) -> None:
        found = Axe().run(visitor.page, options={"runOnly": LEVEL_AA, "resultTypes": ["violations"]})
        for rule in found.response["violations"]:
            nodes = [node["html"][:90] for node in rule["nodes"][:3]]
            self.faults.append(f"{where}: {rule['id']} ({len(rule['nodes'])} x) {nodes}")
        self._measure(visitor, where, least)

    def _measure(self, visitor: Visitor, where: str, least: dict[str, float]) -> None:
        self.faults += [f"{where}: {fault}" for fault in visitor.page.evaluate(CHECKS, least)]


STOPS = """() => {
  const groups = new Set(), stops = [];
  for (const el of document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")) {
    if (el.disabled || el.tabIndex < 0 || !el.checkVisibility({ visibilityProperty: true })) continue;
    const group = el.type === "radio" && `${el.form && el.form.action}|${el.name}`;
    if (group && groups.has(group)) continue;
    groups.add(group);
    stops.push(el);
  }
  window.stops = stops;
  window.reached = new Set();
  document.activeElement && document.activeElement.blur();
  return stops.length;
}"""
HERE = """() => {
  const el = document.activeElement;
  if (!el || el === document.body) return "";
  const same = (stop) => stop === el || (el.type === "radio" && stop.type === "radio" && stop.name === el.name);
  window.stops.filter(same).forEach((stop) => window.reached.add(stop));
  const shown = getComputedStyle(el.type === "radio" && el.closest(".slot") || el);
  const seen = parseFloat(shown.outlineWidth) >= 2 && shown.outlineStyle !== "none";
  return seen ? "" : `no outline on ${el.outerHTML.slice(0, 80)}`;
}"""
LEFT = """() => window.stops.filter((stop) => !window.reached.has(stop))
  .map((stop) => `not reached: ${stop.outerHTML.slice(0, 80)}`)"""


def tabbed(page: Any) -> list[str]:
    """What is wrong when one goes through a page with the Tab key."""
    unseen = set()
    for _ in range(page.evaluate(STOPS) + 5):
        page.keyboard.press("Tab")
        unseen.add(page.evaluate(HERE))
    return sorted(unseen - {""}) + page.evaluate(LEFT)


@pytest.fixture
def demonstration(transactional_db) -> Place:
    """The whole demonstration, a draft, another wave, one scan with a box to judge and words to type."""
    town = load(today=timezone.localdate(), password=PASSWORD)
    campaign, village = Campaign.everywhere.get(), villages(town)[0]
    definition = deepcopy(campaign.definition)
    definition["questions"].append({"name": "wish", "label": "还想说的话", "kind": "text", "options": []})
    create_campaign(by=None, place=town, title="还没有问", definition=definition, opens=timezone.localdate())
    batch = accept_scans(by=None, campaign=campaign, place=village, archive="scans/none", files=1)
    doubtful = {"file": "a.jpg", "sheet": 1, "page": 1, "question": "needs", "option": "canteen", "score": "0.5"}
    record_readings(
        by=None, campaign=campaign, place=village, readings=[{**doubtful, "state": "review"}], batch=batch,
        crops={(1, "needs", "canteen"): PICTURE}, words={(1, "wish"): PICTURE},
    )  # fmt: skip
    draw_rechecks(by=None, campaign=campaign, villages=[village], seed="1", at=timezone.now())
    _another_wave(town, village, campaign)
    return town


def _another_wave(town: Place, village: Place, campaign: Campaign) -> None:
    """A campaign to compare with, in which a dozen answers are the same to the last tick."""
    wave = create_campaign(
        by=None, place=town, title="上一次问的", definition=campaign.definition, opens=timezone.localdate()
    )
    rows = draw(wave, village, 60, random.Random(1))
    for row in rows[:12]:
        row.answers, row.channel = rows[0].answers, Channel.PAPER
    Response.everywhere.bulk_create(rows)
    weigh(by=None, campaign=wave, place=village)


def test_pages_can_be_read_pressed_and_tabbed_through_by_everybody(demonstration, live_server, visitor):
    walk = Walk(live_server.url, addresses(demonstration))
    listed = {*walk.made, *(name for names in NOT_PAGES.values() for name in names)}
    assert {name for name, _ in patterns()} ^ listed == set(), "pages not listed in addresses.py, or no longer there"
    for display in DISPLAYS:
        cookies = {
            "script": "hant" if "hant" in display else "hans",
            "mode": "large" if "large" in display else "normal",
        }
        walk.as_visitor(visitor(cookies=cookies, javascript=display != "no script"), display)
    staff: dict[str, Visitor] = {}
    for username, *_ in PEOPLE:
        staff[username] = visitor(javascript=True).logs_in(username)
        walk.as_staff(staff[username], username)
    for name in TABBED:
        walk.tab(visitor() if name in PUBLIC else staff["town"], name)
    walk.faults += [f"nobody can open {name}" for name in sorted(set(walk.made) - walk.opened)]
    if walk.faults:
        pytest.fail("\n".join(walk.faults), pytrace=False)
