#!/usr/bin/env python3
"""Takes the pictures of docs/tour.md from a running demonstration: tools/tour.py http://127.0.0.1:8000 PASSWORD.

Run it with the project's own Python (.venv/bin/python) while ./xiangli run serves; it needs Chromium.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
HEIGHT = 1000

# file name, who looks (None: a resident), width, address, cookies
STOPS: list[tuple[str, str | None, int, str, dict[str, str]]] = [
    ("surveys", "town", 390, "/office/surveys/", {}),
    ("plans", "town", 1280, "/office/plans/", {}),
    ("ledger", "town", 390, "/office/ledger/", {}),
    ("centre-390", None, 390, "/c/mengjin/lucun/", {}),
    ("centre-1280", None, 1280, "/c/mengjin/lucun/", {}),
    ("centre-large-hant", None, 390, "/c/mengjin/lucun/", {"script": "hant", "mode": "large"}),
    ("booking", None, 390, "/c/mengjin/lucun/book/", {}),
    ("voice", None, 390, "/c/mengjin/lucun/voice/", {}),
    ("today", "village", 390, "/office/", {}),
    ("dashboard", "town", 1280, "/office/reports/", {}),
]


def main(base: str, password: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, who, width, path, cookies in STOPS:
            take(browser, base, password, PICTURES / f"{name}.png", who, width, path, cookies)
            print(name)
        browser.close()


def take(
    browser: Browser,
    base: str,
    password: str,
    target: Path,
    who: str | None,
    width: int,
    path: str,
    cookies: dict[str, str],
) -> None:
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, java_script_enabled=False)
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
    page = context.new_page()
    if who:
        page.goto(f"{base}/accounts/login/")
        page.fill("input[name=login]", who)
        page.fill("input[name=password]", password)
        page.click("main form button")
    page.goto(base + path)
    page.screenshot(path=str(target))
    context.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2])
