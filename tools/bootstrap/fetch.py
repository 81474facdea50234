"""Fetches the pinned uv from the package index: nothing but urllib and a SHA-256 is needed to begin.

The index is configuration (`PIP_INDEX_URL`, pip's own configuration file) and no address is written in this tree.
Without configuration it is the public index, whose site the standard library itself names.
"""

import configparser
import hashlib
import html.parser
import json
import os
import platform
import re
import ssl
import sysconfig
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from .terminal import DISK_FULL, Problem, disk_full, step

UV_VERSION = "0.13.9"
UV_WHEELS = {  # machine -> (file, SHA-256)
    "x86_64": (
        f"uv-{UV_VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    "aarch64": (
        f"uv-{UV_VERSION}-py3-none-manylinux_2_28_aarch64.whl",
        "ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375",
    ),
}
TRIES = 3
TIMEOUT = 60
INDEX_REMEDY = (
    "请检查网络，或用环境变量指定可用的软件包索引 (set the index): PIP_INDEX_URL=https://…/simple ./xiangli …；"
    "经代理上网时设 HTTPS_PROXY；私有证书设 SSL_CERT_FILE"
)


@dataclass(frozen=True)
class Index:
    """Where packages come from. `bundle`: root certificates, "" when this machine has none."""

    url: str
    bundle: str
    verified: bool

    def context(self) -> ssl.SSLContext:
        """TLS settings. Without any root certificate on the machine the transport cannot be checked, and need not
        be: whatever comes through it is compared with a SHA-256 from this tree."""
        if not self.verified:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        return ssl.create_default_context(cafile=self.bundle or None)


def _pip_option(name: str) -> str:
    """An option from pip's configuration files, the most particular one first."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    named = os.environ.get("PIP_CONFIG_FILE")
    files = [named] if named else [home / "pip" / "pip.conf", Path.home() / ".pip" / "pip.conf", "/etc/pip.conf"]
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in ("install", "global"):
            if value := parser.get(section, name, fallback="").strip():
                return value
    return ""


def _public_index() -> str:
    """The public index, from the standard library's note on where its `mock` module was first published."""
    source = Path(sysconfig.get_path("stdlib")) / "unittest" / "mock.py"
    try:
        found = re.search(r"https://[a-z.]+(?=/project/mock)", source.read_text(encoding="utf-8")[:1000])
    except OSError:
        found = None
    if not found:
        raise Problem("不知道从哪里下载软件包 (no package index known)", INDEX_REMEDY)
    return found[0] + "/simple"


def find_index() -> Index:
    """The package index this machine is set up for, with its certificates."""
    env = os.environ
    url = env.get("PIP_INDEX_URL") or env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL")
    url = (url or _pip_option("index-url") or _public_index()).rstrip("/")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Problem(f"软件包索引的地址不对 (not an index address): {url}", INDEX_REMEDY)
    bundle = env.get("SSL_CERT_FILE") or env.get("PIP_CERT") or env.get("REQUESTS_CA_BUNDLE") or _pip_option("cert")
    if bundle:
        if not Path(bundle).is_file():
            raise Problem(f"证书文件不存在 (no such certificate bundle): {bundle}", "请改正 SSL_CERT_FILE 或 PIP_CERT")
        return Index(url, bundle, verified=True)
    paths = ssl.get_default_verify_paths()
    has_roots = bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).iterdir()))
    if not has_roots and parts.scheme == "https" and parts.password:
        raise Problem(
            "这台机器没有根证书，不能把索引的密码发出去 (no root certificates: the index password would be exposed)",
            "apt-get install ca-certificates，或设 SSL_CERT_FILE",
        )
    return Index(url, "", verified=has_roots)


class _Links(html.parser.HTMLParser):
    """Addresses of files on a page of the simple index (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _open(index: Index, url: str, accept: str) -> tuple[bytes, str, str]:
    """Body, content type and final address, tried three times."""
    parts = urllib.parse.urlsplit(url)
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=index.context())]
    if parts.username:
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        host = parts.netloc.rpartition("@")[2]
        url = parts._replace(netloc=host).geturl()
        user, password = urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or "")
        passwords.add_password(None, f"{parts.scheme}://{host}", user, password, is_authenticated=True)
        handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
    opener = urllib.request.build_opener(*handlers)
    last: Exception | None = None
    for attempt in range(TRIES):
        if attempt:
            time.sleep(attempt)
        try:
            with opener.open(urllib.request.Request(url, headers={"Accept": accept}), timeout=TIMEOUT) as answer:
                return answer.read(), answer.headers.get_content_type(), answer.geturl()
        except urllib.error.HTTPError as error:
            last = error
            if error.code < 500:
                break
        except (OSError, EOFError, ValueError) as error:  # urllib's and http.client's own errors among them
            last = error
    host = parts.hostname or url
    raise Problem(f"连不上软件包索引 {host} (index unreachable): {getattr(last, 'reason', last)}", INDEX_REMEDY)


def _wheel_address(index: Index, file: str) -> str:
    accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
    body, kind, page = _open(index, f"{index.url}/uv/", accept)
    try:
        if kind.endswith("json"):
            links = [entry["url"] for entry in json.loads(body)["files"]]
        else:
            parser = _Links()
            parser.feed(body.decode("utf-8"))
            links = parser.found
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(f"软件包索引的回答读不懂 (not a package index): {page}", INDEX_REMEDY) from error
    for link in links:
        address = urllib.parse.urljoin(page, link)
        if urllib.parse.unquote(urllib.parse.urlsplit(address).path).endswith("/" + file):
            return address
    raise Problem(f"软件包索引里没有 {file} (not on the index)", INDEX_REMEDY)


def fetch_uv(index: Index, folder: Path) -> tuple[Path, list[str]]:
    """Puts the pinned uv into `folder`; returns its path and the hosts that packages come from."""
    step("下载安装工具 uv (fetching uv)……")
    machine = platform.machine()
    if machine not in UV_WHEELS:
        raise Problem(
            f"不支持这种处理器 (unsupported processor): {machine}", f"支持 (supported): {', '.join(UV_WHEELS)}"
        )
    file, expected = UV_WHEELS[machine]
    if not index.verified:
        step(
            "这台机器没有根证书：传输不验证，内容逐个核对 SHA-256 (no root certificates: every file is checked by hash)"
        )
    address = _wheel_address(index, file)
    body, _, final = _open(index, address, "*/*")
    actual = hashlib.sha256(body).hexdigest()
    if actual != expected:
        raise Problem(
            f"下载的 {file} 与预期不符 (download corrupted): SHA-256 {actual[:16]}… ≠ {expected[:16]}…",
            "请再运行一次；若仍如此，说明索引或代理改动了文件，请换一个索引 (PIP_INDEX_URL)",
        )
    folder.mkdir(parents=True, exist_ok=True)
    wheel, uv = folder / file, folder / "uv"
    try:
        wheel.write_bytes(body)
        with zipfile.ZipFile(wheel) as archive:
            uv.write_bytes(archive.read(f"uv-{UV_VERSION}.data/scripts/uv"))
        wheel.unlink()
    except OSError as error:
        if error.errno in DISK_FULL:
            raise disk_full(str(folder)) from error
        raise
    uv.chmod(0o755)
    hosts = {urllib.parse.urlsplit(part).hostname or "" for part in (index.url, address, final)}
    return uv, sorted(hosts)
