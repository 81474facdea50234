"""What ODK Collect puts on the wire, byte for byte: okhttp's requests, okhttp-digest's answers, JavaRosa's XML.

Read off the public sources: getodk/collect open-rosa (OkHttpConnection, OkHttpOpenRosaServerClientProvider),
rburgst/okhttp-digest (DigestAuthenticator) and okhttp's MultipartBody. A raw socket, so that no library tidies up.
"""

import hashlib
import re
import socket
from dataclasses import dataclass, field
from http.client import HTTPResponse
from urllib.parse import quote, urlsplit
from uuid import uuid4
from xml.etree import ElementTree
from xml.sax.saxutils import escape

AGENT = "org.odk.collect.android/v2025.2.3 Dalvik/2.1.0 (Linux; U; Android 14; Pixel 7a Build/UQ1A.240205.002)"
DEVICE = "collect:aB3dE6gH9jK2mN5p"
XF = "{http://www.w3.org/2002/xforms}"
LIST = "{http://openrosa.org/xforms/xformsList}"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    raw_headers: list[tuple[str, str]]

    @property
    def message(self) -> str:
        """As Collect's ResponseMessageParser reads it."""
        root = ElementTree.fromstring(self.body)
        assert root.tag == "{http://openrosa.org/http/response}OpenRosaResponse"
        return root.findtext("{http://openrosa.org/http/response}message")


def md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode("ascii")).hexdigest()


@dataclass
class Collect:
    """One phone. ``server``: the server address in its settings; with a password it answers Digest challenges."""

    server: str
    username: str = ""
    password: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    count: int = 0
    challenges: int = 0

    def get(self, url: str) -> Answer:
        return self.request("GET", f"{url}{'&' if '?' in url else '?'}deviceID={quote(DEVICE, safe=':')}")

    def head(self) -> Answer:
        return self.request("HEAD", f"{self.server}/submission?deviceID={quote(DEVICE, safe=':')}")

    def post(self, *parts: bytes, chunked: bool = False, url: str = "") -> Answer:
        """The parts of a submission, whole or in chunks of an odd size."""
        boundary = str(uuid4())
        body = (
            b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
            pieces = [body[at : at + 1013] for at in range(0, len(body), 1013)]
            body = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
        else:
            headers["Content-Length"] = str(len(body))
        return self.request("POST", url or f"{self.server}/submission?deviceID={DEVICE}", headers, body)

    def request(self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """okhttp: known credentials go along at once; one more try after a challenge, again only when it was stale."""
        tried = bool(self.parameters)
        answer = self._send(method, url, headers or {}, body)
        while answer.status == 401 and self.password and "www-authenticate" in answer.headers:
            told = answer.headers["www-authenticate"]
            self.parameters = dict(re.findall(r'(\w+)="?([^",]+)"?', told.removeprefix("Digest ")))
            self.challenges += 1
            if tried and self.parameters.get("stale") != "true":
                break
            tried, self.count = True, 0
            answer = self._send(method, url, headers or {}, body)
        return answer

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        where = urlsplit(url)
        target = where.path + (f"?{where.query}" if where.query else "")
        lines = {
            **headers,
            "User-Agent": AGENT,
            "X-OpenRosa-Version": "1.0",
            "Date": "Tue, 24 Nov 2026 03:48:15 GMT",
            "Host": where.netloc,
            "Connection": "Keep-Alive",
            "Accept-Encoding": "gzip",
        }
        if self.parameters and self.password:
            lines["Authorization"] = self._authorization(method, target)
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.create_connection((where.hostname, where.port), timeout=180) as line:
            line.sendall(head.encode("ascii") + b"\r\n" + body)
            return receive(line, method)

    def _authorization(self, method: str, target: str) -> str:
        self.count += 1
        nc, cnonce = f"{self.count:08x}", "0a4f113b8c9d2e7f"
        realm, nonce = self.parameters["realm"], self.parameters["nonce"]
        response = md5(md5(self.username, realm, self.password), nonce, nc, cnonce, "auth", md5(method, target))
        return (
            f'Digest username="{self.username}", realm="{realm}", nonce="{nonce}", uri="{target}", '
            f'response="{response}", qop=auth, nc={nc}, cnonce="{cnonce}", algorithm=MD5'
        )


def receive(line: socket.socket, method: str) -> Answer:
    response = HTTPResponse(line, method=method)
    response.begin()
    body = response.read()
    if response.getheader("Content-Encoding") == "gzip":
        import gzip

        body = gzip.decompress(body)
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, body, response.getheaders())


def part(name: str, content: bytes, filename: str = "", kind: str = "") -> bytes:
    """One part as okhttp's MultipartBody writes it."""
    disposition = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    lines = [disposition, *([f"Content-Type: {kind}"] if kind else []), f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def xml_part(xml: bytes) -> bytes:
    return part("xml_submission_file", xml, "form_2026-11-24_11-48-15.xml", "text/xml")


def photo(name: str = "1732420095123.jpg", size: int = 2000) -> bytes:
    return part(name, b"\xff\xd8\xff" + bytes(size), name, "image/jpeg")


INCOMPLETE = part("*isIncomplete*", b"yes")


def filled_in(form: bytes, answers: dict[str, str], *, instance: str, deprecated: str = "", **times: str) -> bytes:
    """A form filled in, as JavaRosa serialises it: the form's own instance with values."""
    data = ElementTree.fromstring(form).find(f".//{XF}instance/*")
    values = {**times, **answers}
    leaves = [
        f"<{name}>{escape(values.pop(name, ''))}</{name}>"
        for name in (child.tag.removeprefix(XF) for child in data if child.tag != f"{XF}meta")
    ]
    leaves += [f"<{name}>{escape(value)}</{name}>" for name, value in values.items()]
    meta = f"<instanceID>{instance}</instanceID>" + (f"<deprecatedID>{deprecated}</deprecatedID>" if deprecated else "")
    spaces = 'xmlns:ev="http://www.w3.org/2001/xml-events" xmlns:orx="http://openrosa.org/xforms"'
    head = f'<data id="{data.get("id")}" version="{data.get("version")}" {spaces}>'
    return f"<?xml version='1.0' ?>{head}{''.join(leaves)}<meta>{meta}</meta></data>".encode()


def new_instance() -> str:
    return f"uuid:{uuid4()}"
