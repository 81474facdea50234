"""A town for the journeys, and people who walk through it with a real browser."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from xiangli.demo import planning as demo_planning
from xiangli.demo.people import load_people
from xiangli.demo.places import load_places
from xiangli.opening.services import PROGRAMME_RULES, set_rules
from xiangli.places.models import Place
from xiangli.places.queries import centres

PASSWORD = "tongtian-2026-qiao"


@pytest.fixture
def huimeng(transactional_db) -> Place:
    """The demonstration's town with its people and hours, before anybody has asked anything."""
    today = timezone.localdate()
    town = load_places(by=None)
    users = load_people(town=town, today=today, password=PASSWORD)
    demo_planning.load_staffing(town=town, users=users)
    for centre in centres(town):
        set_rules(by=users["town"], centre=centre, rules=PROGRAMME_RULES, since=today - timedelta(days=1))
    return town


class Visitor:
    """One person with one browser window, 390 px wide, without JavaScript unless asked for."""

    def __init__(self, page, base: str) -> None:
        self.page, self.base = page, base

    def opens(self, path: str) -> "Visitor":
        answer = self.page.goto(self.base + path if path.startswith("/") else path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return self

    def logs_in(self, username: str) -> "Visitor":
        self.opens("/accounts/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.presses("登录")
        assert "/office/" in self.page.url
        return self

    def presses(self, words: str) -> "Visitor":
        self.page.get_by_role("button", name=words, exact=True).first.click()
        return self

    def follows(self, words: str) -> "Visitor":
        self.page.get_by_role("link", name=words).first.click()
        return self

    def unfolds(self, words: str) -> "Visitor":
        self.page.locator("details:not([open]) > summary", has_text=words).first.click()
        return self

    def sees(self, words: str) -> "Visitor":
        shown = self.page.inner_text("main")
        assert words in shown, f"{self.page.url}: no “{words}” in\n{shown}"
        return self


@pytest.fixture
def visitor(browser, live_server) -> Iterator[Callable[..., Visitor]]:
    """Somebody new at the door: ``visitor()``; ``visitor(javascript=True, width=1280)``."""
    contexts = []

    def arrive(*, javascript: bool = False, width: int = 390, cookies: dict[str, str] | None = None) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=javascript, locale="zh-CN"
        )
        given = [{"name": name, "value": value, "url": live_server.url} for name, value in (cookies or {}).items()]
        context.add_cookies(given)
        contexts.append(context)
        return Visitor(context.new_page(), live_server.url)

    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def background() -> Callable[[], None]:
    """Works off what was put into the background, as the task worker beside the server does."""
    return lambda: call_command("db_worker", batch=True, interval=0, verbosity=0)
