"""The visit form on a bad line, in a real browser: nothing is lost, nothing counts twice, nobody sends for another."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.ledger.factories import make_crew
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.ledger.models import Evidence, LedgerItem
from xiangli.supervision.models import LiaisonVisit

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def crew():
    return make_crew()


@pytest.fixture
def device(browser, live_server, request):
    """A phone, with service workers unless the test's parameter is "block".

    ``log_in(user)`` gives it that person's session, ``log_out`` takes it away.
    """
    context = browser.new_context(
        viewport={"width": 390, "height": 900}, service_workers=getattr(request, "param", "allow")
    )
    page = context.new_page()

    class Device:
        address = live_server.url + reverse("visit_add")

        def __init__(self) -> None:
            self.page, self.context = page, context

        def log_in(self, user):
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

        def log_out(self):
            context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

        def write(self, village, seen, problem="", photo=b""):
            page.get_by_label("哪个村").select_option(str(village.pk))
            page.get_by_label("看了什么").fill(seen)
            if problem:
                page.get_by_label("发现的问题").fill(problem)
                page.get_by_label("什么时候改完").fill(str(timezone.localdate() + timedelta(days=9)))
            if photo:
                picture = {"name": "门口.jpg", "mimeType": "image/jpeg", "buffer": photo}
                page.get_by_label("照片").set_input_files(files=[picture])
            page.get_by_role("button", name="保存", exact=True).click()

        def kept(self):
            """How many pictures the device keeps."""
            return page.evaluate(
                """() => new Promise((done) => {
                  const asked = indexedDB.open("xiangli", 1);
                  asked.onupgradeneeded = () => asked.result.createObjectStore("files");
                  asked.onsuccess = () => {
                    const count = asked.result.transaction("files").objectStore("files").count();
                    count.onsuccess = () => { asked.result.close(); done(count.result); };
                  };
                })"""
            )

    yield Device()
    context.close()


def visits():
    return list(LiaisonVisit.everywhere.order_by("pk").values_list("seen", flat=True))


def test_visits_wait_on_the_device_and_are_sent_once_when_the_line_is_back(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.goto(device.address)  # now through the worker, which keeps the page
    device.context.set_offline(True)
    page.reload()
    device.write(crew.village, "都好")
    page.get_by_text("存在这台设备里，有网的时候会自动交上").wait_for()
    device.write(crew.village, "有问题", problem="灯不亮")
    page.get_by_text("有 2 次走访还没有交上").wait_for()
    assert visits() == []
    device.context.set_offline(False)
    page.get_by_text("刚才交上了 2 次").wait_for()
    assert visits() == ["都好", "有问题"]
    assert LedgerItem.everywhere.get().title == "灯不亮"
    assert page.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.parametrize("device", ["block"], indirect=True)
def test_visit_whose_receipt_is_lost_counts_once(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)

    def swallow(route):
        route.fetch()  # the server has it
        route.abort()  # the browser never hears of it

    page.route("**/visits/send/", swallow)
    device.write(crew.village, "半路断了", problem="灯不亮")
    page.get_by_text("有 1 次走访还没有交上").wait_for()
    assert visits() == ["半路断了"]
    page.unroute("**/visits/send/")
    page.get_by_role("button", name="现在交").click()
    page.get_by_text("刚才交上了 1 次").wait_for()
    assert visits() == ["半路断了"]
    assert LedgerItem.everywhere.count() == 1


def test_visit_waits_for_its_own_writer_when_the_session_is_over(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)
    device.log_out()
    device.write(crew.village, "登录过期了")
    page.get_by_text("登录过期了，走访还存在这台设备里").wait_for()
    assert visits() == []
    device.log_in(make_staff(Role.SUPERVISOR, crew.town, username="another"))
    page.goto(device.address)
    page.get_by_text("还有 1 次走访是别人记的").wait_for()
    assert visits() == []
    device.log_in(crew.judge)
    page.goto(device.address)
    page.get_by_text("刚才交上了 1 次").wait_for()
    assert LiaisonVisit.everywhere.get().visitor == crew.judge


def photo() -> bytes:
    kept = BytesIO()
    Image.effect_noise((2600, 1900), 80).convert("RGB").save(kept, "JPEG", quality=95)
    return kept.getvalue()


def test_photo_waits_on_the_device_with_its_visit_and_arrives_once(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.goto(device.address)
    device.context.set_offline(True)
    page.reload()
    device.write(crew.village, "有问题", problem="灯不亮", photo=photo())
    page.get_by_text("有 1 次走访还没有交上").wait_for()
    assert device.kept() == 1
    page.reload()  # the page may be closed in between
    page.get_by_text("有 1 次走访还没有交上").wait_for()
    device.context.set_offline(False)
    page.get_by_text("刚才交上了 1 次").wait_for()
    evidence = Evidence.everywhere.get()
    with evidence.file.open() as file, Image.open(file) as picture:
        assert picture.size == (2000, 1462)
    assert (evidence.item.title, device.kept()) == ("灯不亮", 0)


@pytest.mark.parametrize("device", ["block"], indirect=True)
def test_photo_whose_receipt_is_lost_is_there_once(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)

    def swallow(route):
        route.fetch()
        route.abort()

    page.route("**/visits/send/", swallow)
    device.write(crew.village, "半路断了", problem="灯不亮", photo=photo())
    page.get_by_text("有 1 次走访还没有交上").wait_for()
    assert Evidence.everywhere.count() == 1
    page.unroute("**/visits/send/")
    page.get_by_role("button", name="现在交").click()
    page.get_by_text("刚才交上了 1 次").wait_for()
    assert (len(visits()), LedgerItem.everywhere.count(), Evidence.everywhere.count()) == (1, 1, 1)
    assert device.kept() == 0


@pytest.mark.parametrize("device", ["block"], indirect=True)
def test_what_is_no_picture_does_not_hold_the_visit_back(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)
    page.route("**/visits/send/", lambda route: route.abort())
    device.write(crew.village, "有问题", problem="灯不亮", photo=b"no picture at all")
    page.get_by_text("有 1 次走访还没有交上").wait_for()
    page.unroute("**/visits/send/")
    page.get_by_role("button", name="现在交").click()
    page.get_by_text("有一张照片没有交上").wait_for()
    page.get_by_text("刚才交上了 1 次").wait_for()
    assert (visits(), Evidence.everywhere.count(), device.kept()) == (["有问题"], 0, 0)


@pytest.mark.parametrize("device", ["block"], indirect=True)
def test_visit_that_is_refused_later_is_taken_out_mended_and_sent(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)
    page.route("**/visits/send/", lambda route: route.abort())
    page.get_by_label("哪天去的").fill(str(timezone.localdate() + timedelta(days=1)))
    device.write(crew.village, "日期写错了")
    page.get_by_text("有 1 次走访还没有交上").wait_for()
    page.unroute("**/visits/send/")
    page.get_by_role("button", name="现在交").click()
    page.get_by_text("走访日期不能在今天以后").wait_for()
    page.get_by_role("button", name="拿出来改一改，再交").click()
    page.get_by_label("哪天去的").fill(str(timezone.localdate()))
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/office/visits/")
    assert visits() == ["日期写错了"]
    assert page.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.parametrize("device", ["block"], indirect=True)
def test_photo_without_a_problem_is_said_before_anything_is_sent(device, crew):
    device.log_in(crew.judge)
    page = device.page
    page.goto(device.address)
    device.write(crew.village, "都好", photo=photo())
    said = page.get_by_label("发现的问题").evaluate("field => field.validationMessage")
    assert (said[:10], visits()) == ("照片跟着问题存进台账", [])
