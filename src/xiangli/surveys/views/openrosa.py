"""OpenRosa 1.0, spoken by ODK Collect and KoboCollect: the list of forms, a form, its manifest, submissions.

Form list: https://docs.getodk.org/openrosa-form-list/; submission: https://docs.getodk.org/openrosa-form-submission/;
headers and envelope: https://docs.getodk.org/openrosa-http/. A phone is known by the token in the address
(``/odk/<token>/…``) or, at ``/odk/…``, by HTTP Digest.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from xiangli.core.bodies import TOO_LARGE
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.surveys import digest, phone_queries, services, throttle
from xiangli.surveys.models import Enumerator
from xiangli.surveys.services import PhoneForm

log = logging.getLogger(__name__)

XML = "text/xml; charset=utf-8"
SUBMISSION = "xml_submission_file"
INCOMPLETE = "*isIncomplete*"
STATUS = {services.UnknownForm: 404, services.NotAllowed: 403, services.Conflict: 409}
"""Everything else that is the phone's to put right is 400."""

View = Callable[..., HttpResponse]


class _Refused(Exception):
    """Ends a request with a status, a message and headers."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.response = _said(status, message)
        for name, value in headers.items():
            self.response[name.replace("_", "-")] = value


def _said(status: int, message: str, nature: str = "") -> HttpResponse:
    """The envelope whose message Collect shows, whatever the status."""
    text = f'<message nature="{nature}">{escape(message)}</message>'
    body = f'<OpenRosaResponse xmlns="http://openrosa.org/http/response">{text}</OpenRosaResponse>'
    return HttpResponse(f"<?xml version='1.0' encoding='UTF-8' ?>\n{body}", content_type=XML, status=status)


def for_phones(*methods: str) -> Callable[[View], View]:
    """A view for phones: no cookie and hence no CSRF token, the phone's own key, OpenRosa's headers on every answer."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, *, token: str = "", **named: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise _Refused(405, "这个地址不是这样用的。", Allow=", ".join(methods))
                phone = _by_token(request, token) if token else _by_digest(request)
                response = view(request, phone, token=token, **named)
            except _Refused as refused:
                response = refused.response
            except UserError as error:
                response = _said(STATUS.get(type(error), 400), str(error))
            _log(request, view.__name__, response)
            response["X-OpenRosa-Version"] = "1.0"
            response["X-OpenRosa-Accept-Content-Length"] = str(settings.PHONE_BODY_MAX)
            response["Date"] = http_date()
            response["Content-Language"] = "zh"
            response["Cache-Control"] = "no-store"
            return response

        return answer

    return decorate


def _log(request: HttpRequest, what: str, response: HttpResponse) -> None:
    """Refusals go to the log without the address, because a token in it is a key. A challenge is nothing to note."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would write the address
    if response.status_code >= 400:
        level = logging.INFO if response.status_code == 401 else logging.WARNING
        log.log(level, "%s %s: %d", request.method, what, response.status_code)


def _by_token(request: HttpRequest, token: str) -> Enumerator:
    phone = phone_queries.enumerator_by_token(token)
    if phone:
        return phone
    if throttle.is_guessing(request):
        raise _too_often()
    throttle.count_wrong(request)
    raise _Refused(404, "这个地址不对，或者已经停用。请向镇里要新的二维码。")


def _by_digest(request: HttpRequest) -> Enumerator:
    now = time.time()
    fields = digest.parse(request.headers.get("Authorization", ""))
    if fields is None:
        raise _challenge(now)
    phone = phone_queries.enumerator_by_username(fields["username"])
    name = phone.username if phone else ""
    if throttle.is_guessing(request, name):
        raise _too_often()
    verdict = digest.Verdict.WRONG
    if phone:
        method = str(request.method)
        verdict = digest.judge(fields, ha1=phone.ha1, method=method, path=request.path, now=now)
    if phone and verdict is digest.Verdict.RIGHT:
        return phone
    if verdict is digest.Verdict.STALE:
        raise _challenge(now, stale=True)
    throttle.count_wrong(request, name)
    raise _challenge(now)


def _challenge(now: float, *, stale: bool = False) -> _Refused:
    message = "用户名或密码不对，或者已经停用。请向镇里要新的二维码。"
    return _Refused(401, message, WWW_Authenticate=digest.challenge(now, stale=stale))


def _too_often() -> _Refused:
    return _Refused(429, "试得太多了，请过一刻钟再试。", Retry_After=str(throttle.A_WHILE))


def _address(request: HttpRequest, name: str, token: str, **named: str) -> str:
    return request.build_absolute_uri(reverse(name, kwargs={**named, **({"token": token} if token else {})}))


def _forms(phone: Enumerator, wanted: str | None) -> list[PhoneForm]:
    """What this phone may fetch today, of ``wanted`` only where that is given."""
    if not phone_queries.is_open(phone.campaign, timezone.localdate()):
        return []
    villages = phone_queries.villages_of(phone)
    if wanted is not None:
        villages = [village for village in villages if phone_queries.form_id(phone.campaign, village) == wanted]
    return services.phone_forms(campaign=phone.campaign, places=villages)


@for_phones("GET", "HEAD")
def form_list(request: HttpRequest, phone: Enumerator, token: str) -> HttpResponse:
    """The forms this phone may fetch, one for each village; ``?formID=`` narrows to one."""
    rows = [_row(request, form, token) for form in _forms(phone, request.GET.get("formID"))]
    body = f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{"".join(rows)}</xforms>'
    return HttpResponse(f"<?xml version='1.0' encoding='UTF-8' ?>\n{body}", content_type=XML)


def _row(request: HttpRequest, form: PhoneForm, token: str) -> str:
    parts = {
        "formID": form.form_id,
        "name": form.name,
        "version": form.version,
        "hash": form.hash,
        "downloadUrl": _address(request, "odk_form", token, form_id=form.form_id),
        "manifestUrl": _address(request, "odk_manifest", token, form_id=form.form_id),
    }
    return f"<xform>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in parts.items())}</xform>"


def _form(phone: Enumerator, form_id: str) -> PhoneForm:
    forms = _forms(phone, form_id)
    if not forms:
        raise _Refused(404, "这部手机没有这份表单，或者还没开始、已经截止。")
    return forms[0]


@for_phones("GET", "HEAD")
def form(request: HttpRequest, phone: Enumerator, token: str, form_id: str) -> HttpResponse:
    """One form, byte for byte what its hash in the list was taken of."""
    return HttpResponse(_form(phone, form_id).xml, content_type=XML)


@for_phones("GET", "HEAD")
def manifest(request: HttpRequest, phone: Enumerator, token: str, form_id: str) -> HttpResponse:
    """What belongs to a form beside itself: nothing, our questionnaires have no pictures and no sound."""
    _form(phone, form_id)
    body = "<?xml version='1.0' encoding='UTF-8' ?>\n<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\"/>"
    return HttpResponse(body, content_type=XML)


@for_phones("HEAD", "POST")
def submission(request: HttpRequest, phone: Enumerator, token: str) -> HttpResponse:
    """HEAD: where and how much may be sent. POST: one filled-in form: 201 now sealed, 202 it was already."""
    if request.method == "HEAD":
        answer = HttpResponse(status=204, content_type=XML)
        answer["Location"] = _address(request, "odk_submission", token)
        return answer
    if throttle.count(f"sent:{phone.pk}", throttle.AN_HOUR) > throttle.SENT_BY_ONE_PHONE:
        raise _Refused(429, "这部手机一小时里交得太多了，请过一会儿再交。", Retry_After=str(throttle.AN_HOUR))
    xml, dropped = _parts(request)
    taken = services.take_submission(by=phone, xml=xml, at=timezone.now())
    message = taken.message + ("照片和附件没有保存，问卷不要照片。" if dropped else "")
    answer = _said(201 if taken.new else 202, message, "submit_success")
    answer["Location"] = _address(request, "odk_submission", token)
    return answer


def _parts(request: HttpRequest) -> tuple[bytes, int]:
    """The XML of a submission and how many other files came with it; those are not looked at and not kept."""
    if getattr(request, "scope", {}).get(TOO_LARGE) or _length(request) > settings.PHONE_BODY_MAX:
        raise _Refused(
            413,
            f"一次最多交 {settings.PHONE_BODY_MAX // 1_000_000} MB，这一份太大了。请在手机上删去里面的录像或照片再交。",
        )
    if request.content_type != "multipart/form-data":
        raise UserError("交来的不是 multipart/form-data。")
    if "CONTENT_LENGTH" not in request.META:  # chunked: Django reads no form without a length
        request.META["CONTENT_LENGTH"] = str(len(request.body))
    try:
        files, fields = request.FILES, request.POST
    except (MultiPartParserError, SuspiciousOperation):
        raise UserError("交来的内容不完整，或者分得太碎，读不出来。") from None
    found = [file.read() for file in files.getlist(SUBMISSION)]
    found += [text.encode() for text in fields.getlist(SUBMISSION)]
    if len(found) != 1:
        raise UserError(f"应该正好有一份 {SUBMISSION}，这里有 {len(found)} 份。")
    return found[0], sum(len(files.getlist(name)) for name in files if name != SUBMISSION)


def _length(request: HttpRequest) -> int:
    return whole_number(str(request.META.get("CONTENT_LENGTH", ""))) or 0
