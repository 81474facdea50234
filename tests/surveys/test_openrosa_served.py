"""The whole conversation as Collect has it, over real HTTP through the served product, on whichever database."""

import hashlib
import re
import threading
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils import timezone

from tests.places.factories import make_town, make_village
from tests.serving import rows, served
from tests.surveys.collect import INCOMPLETE, LIST, Collect, filled_in, new_instance, photo, receive, xml_part
from tests.surveys.factories import make_campaign, make_people
from xiangli.surveys import services

pytestmark = pytest.mark.django_db(transaction=True)
ANSWERED = "SELECT place_id, channel, version, answers FROM surveys_response ORDER BY id"


@pytest.fixture
def field(transactional_db, tmp_path):
    """(server address, access of one phone in one village, folder of the served data)."""
    from xiangli.accounts.models import User

    User.objects.create_user("somebody")  # so that the served database is not taken for an empty one
    town = make_town()
    village = make_people(make_village(town, slug="jia", name="甲村"))
    campaign = make_campaign(town)
    access = services.add_enumerator(by=None, campaign=campaign, place=village, label="调查员 1 号")
    with served(tmp_path) as port:
        yield f"http://127.0.0.1:{port}/odk", access, tmp_path


def openrosa_headers(answer):
    assert answer.headers["x-openrosa-version"] == "1.0"
    assert [name.lower() for name, _ in answer.raw_headers].count("date") == 1
    assert abs(parsedate_to_datetime(answer.headers["date"]) - timezone.now()) < timedelta(minutes=5)


def first_form(phone):
    """List, form and manifest, as Collect fetches them; the form's bytes."""
    listed = phone.get(f"{phone.server}/formList")
    assert (listed.status, listed.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    openrosa_headers(listed)
    assert re.fullmatch(
        rb"<\?xml version='1\.0' encoding='UTF-8' \?>\n"
        rb'<xforms xmlns="http://openrosa\.org/xforms/xformsList"><xform><formID>[a-z0-9]{10}-\d+</formID>'
        rb"<name>[^<]+</name><version>1</version><hash>md5:[0-9a-f]{32}</hash>"
        rb"<downloadUrl>http://[^<]+</downloadUrl><manifestUrl>http://[^<]+</manifestUrl></xform></xforms>",
        listed.body,
    )
    row = {child.tag.removeprefix(LIST): child.text for child in ElementTree.fromstring(listed.body)[0]}
    form = phone.get(row["downloadUrl"])
    assert (form.status, form.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert row["hash"] == "md5:" + hashlib.md5(form.body).hexdigest()
    manifest = phone.get(row["manifestUrl"])
    openrosa_headers(manifest)
    assert manifest.body == (
        b"<?xml version='1.0' encoding='UTF-8' ?>\n<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\"/>"
    )
    return form.body


def test_collect_fetches_fills_in_and_sends_with_digest(field):
    server, access, folder = field
    phone = Collect(server, access.enumerator.username, access.password)
    form = first_form(phone)
    assert phone.challenges == 1  # okhttp answers the first challenge and sends along from then on

    where = phone.head()
    assert (where.status, where.body) == (204, b"")
    openrosa_headers(where)
    assert where.headers["x-openrosa-accept-content-length"] == "10000000"
    assert where.headers["location"] == f"{server}/submission"

    instance = new_instance()
    times = {"xiangli_start": "2026-11-24T11:40:01.123+08:00", "xiangli_end": "2026-11-24T11:48:15.456+08:00"}
    xml = filled_in(form, {"needs": "canteen chess", "age": "70+"}, instance=instance, **times)
    sent = phone.post(xml_part(xml), chunked=True)
    assert (sent.status, sent.message) == (201, "收到了，谢谢。")
    openrosa_headers(sent)
    assert sent.headers["content-type"] == "text/xml; charset=utf-8"
    again = phone.post(xml_part(xml))
    assert (again.status, again.message) == (202, "这一份已经收到了。")

    other = filled_in(form, {"needs": "chess", "age": "70+"}, instance=instance)
    refused = phone.post(xml_part(other), chunked=True)
    assert (refused.status, "内容和这次的不一样" in refused.message) == (409, True)

    edited = filled_in(form, {"needs": "chess", "age": "70+"}, instance=new_instance(), deprecated=instance)
    corrected = phone.post(xml_part(edited))
    assert (corrected.status, corrected.message) == (201, "更正了 1 题，原来的答案仍留着。")

    (sealed,) = rows(folder, ANSWERED)
    assert (sealed[:3], "canteen" in str(sealed[3])) == ((access.enumerator.place_id, "phone", 1), True)
    (changes,) = rows(folder, "SELECT changes FROM surveys_correction")
    assert "canteen" not in str(changes)
    kept = rows(folder, "SELECT enumerator_id, started_at IS NULL FROM surveys_phonesubmission ORDER BY id")
    assert [(who, bool(none)) for who, none in kept] == [(access.enumerator.pk, False), (access.enumerator.pk, True)]
    assert phone.challenges == 1


def test_collect_sends_in_parts_and_eight_times_at_once_by_token(field):
    server, access, folder = field
    phone = Collect(f"{server}/{access.token}")
    form = first_form(phone)
    xml = filled_in(form, {"needs": "canteen"}, instance=new_instance())
    one = phone.post(xml_part(xml), photo("1.jpg", 3_000_000), INCOMPLETE, chunked=True)
    two = phone.post(xml_part(xml), photo("2.jpg"))
    assert [one.status, two.status] == [201, 202]
    assert one.message == "收到了，谢谢。照片和附件没有保存，问卷不要照片。"
    assert len(rows(folder, ANSWERED)) == 1

    xml = filled_in(form, {"needs": "chess"}, instance=new_instance())
    answers = []
    start = threading.Barrier(8)

    def send():
        start.wait()
        answers.append(Collect(f"{server}/{access.token}").post(xml_part(xml), chunked=True).status)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, *[202] * 7]
    assert len(rows(folder, ANSWERED)) == 2

    too_large = phone.post(xml_part(xml), photo(size=11_000_000), chunked=True)
    assert (too_large.status, too_large.message) == (
        413,
        "一次最多交 10 MB，这一份太大了。请在手机上删去里面的录像或照片再交。",
    )
    endless(phone)
    assert phone.post(xml_part(xml)).status == 202
    assert len(rows(folder, ANSWERED)) == 2
    assert "Traceback" not in (folder / "log").read_text()


def endless(phone):
    """A body without end is cut off instead of filling the disk."""
    import socket
    from urllib.parse import urlsplit

    where = urlsplit(phone.server)
    head = f"POST {where.path}/submission HTTP/1.1\r\nHost: {where.netloc}\r\nTransfer-Encoding: chunked\r\n"
    sent, began = 0, time.process_time()
    with socket.create_connection((where.hostname, where.port), timeout=180) as line:
        line.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n")
        chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
        try:
            while sent < 300 and time.process_time() - began < 60:
                line.sendall(chunk)
                sent += 1
            answer = receive(line, "POST").status
        except OSError:
            answer = 400
    assert 10 * settings.PHONE_BODY_MAX >> 20 <= sent < 300  # MiB: ten times the limit is heard out, not more
    assert answer >= 400
