"""A request goes through in one thread; what it opens is closed."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.http import FileResponse, HttpResponse
from django.test import override_settings
from django.urls import path

from xiangli.config.handler import OneThreadHandler

seen: list[tuple[str, str]] = []
closed: list[BytesIO] = []


class Kept(BytesIO):
    def close(self):
        closed.append(self)
        super().close()


def note(get_response):
    def middleware(request):
        seen.append(("middleware", threading.current_thread().name))
        return get_response(request)

    return middleware


def plain(request):
    seen.append(("view", threading.current_thread().name))
    return HttpResponse(request.body or b"nothing")


def download(request):
    return FileResponse(Kept(b"x" * 150_000), content_type="application/pdf")


def broken(request):
    raise RuntimeError("a fault of ours")


urlpatterns = [path("plain", plain), path("download", download), path("broken", broken)]
handler500 = "django.views.defaults.server_error"


def ask(where: str, body: bytes = b"", *, aborted: bool = False) -> list[dict]:
    sent: list[dict] = []

    async def receive():
        return {"type": "http.disconnect"} if aborted else {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST" if body else "GET", "path": where, "query_string": b"", "headers": []}
    with ThreadPoolExecutor(1) as thread:  # the browser of another test may keep a loop running in this one
        thread.submit(asyncio.run, OneThreadHandler()(scope, receive, send)).result()
    return sent


@pytest.fixture(autouse=True)
def small_product(settings):
    seen.clear()
    closed.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.note"], ALLOWED_HOSTS=["*"]):
        yield


def test_middleware_and_view_run_in_one_thread():
    (start, body) = ask("/plain", b"hello")
    assert (start["status"], body["body"]) == (200, b"hello")
    assert [name for name, _ in seen] == ["middleware", "view"]
    assert len({thread for _, thread in seen}) == 1
    assert seen[0][1].startswith("request")


def test_file_is_sent_in_parts_and_closed():
    start, *parts = ask("/download")
    assert start["status"] == 200
    assert b"".join(part.get("body", b"") for part in parts) == b"x" * 150_000
    assert len(parts) > 2
    assert len(closed) >= 1


def test_fault_is_an_answer_and_who_hung_up_gets_none(caplog):
    assert ask("/broken")[0]["status"] == 500
    assert ask("/plain", aborted=True) == []
