"""The launcher's faults, in a copy of the checkout without an environment: a message, exit code 2, nothing left."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.bootstrap import fetch

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SETTINGS = ("PIP_", "UV_", "XIANGLI_", "XDG_", "http", "HTTP", "PYTHON")
WHEEL = next(file for file, _ in fetch.UV_WHEELS.values() if file.endswith(f"{os.uname().machine}.whl"))


@pytest.fixture
def copy(tmp_path):
    """The launcher and the locks, alone in a folder."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy2(CHECKOUT / "xiangli", folder)
    for name in ("tools/bootstrap", "requirements"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def launch(folder, *words, **environment):
    env = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    env |= {"HOME": str(folder.parent), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    command = [sys.executable, str(folder / "xiangli"), *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def left_behind(folder):
    return sorted(path.name for path in folder.iterdir() if path.name not in ("xiangli", "tools", "requirements"))


@contextmanager
def index(pages):
    """A package index on this machine that serves ``pages``: path -> body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    server.server_close()


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refused(folder, words, complaint, **environment):
    done = launch(folder, *words, **environment)
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert "→" in done.stderr  # what to do
    assert (done.returncode, left_behind(folder)) == (2, [])


def test_a_port_in_use_is_noticed_before_anything_else(copy):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused(copy, ["run", "--port", port], f"端口 {port} 已被占用", PIP_INDEX_URL="nonsense")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["run", "--port", "99999"], "端口号不对"),
        (["run", "--port", "x"], "参数不对"),
        (["run", "--prot", "1"], "参数不对"),
    ],
)
def test_wrong_arguments_are_told(copy, words, complaint):
    refused(copy, words, complaint)


def test_an_index_that_cannot_be_reached_is_told_with_the_variable_to_set(copy):
    words = ["run", "--port", str(free_port())]
    url = f"http://127.0.0.1:{free_port()}/simple"
    done = launch(copy, *words, PIP_INDEX_URL=url)
    assert "连不上软件包索引 127.0.0.1" in done.stderr
    assert "PIP_INDEX_URL=" in done.stderr
    assert (done.returncode, left_behind(copy)) == (2, [])


def test_an_address_that_is_none_and_missing_certificates_are_told(copy):
    words = ["run", "--port", str(free_port())]
    refused(copy, words, "软件包索引的地址不对", PIP_INDEX_URL="nonsense")
    refused(copy, words, "证书文件不存在", PIP_INDEX_URL="https://127.0.0.1/simple", SSL_CERT_FILE="/nowhere.pem")


def test_an_index_without_the_installer_is_told(copy):
    with index({"/simple/uv/": b"<a href='other.whl'>other</a>"}) as url:
        refused(copy, ["run", "--port", str(free_port())], "软件包索引里没有", PIP_INDEX_URL=url)


def test_a_corrupted_download_is_told_and_removed(copy):
    pages = {"/simple/uv/": f"<a href='{WHEEL}#sha256=0'>uv</a>".encode(), f"/simple/uv/{WHEEL}": b"not a wheel"}
    with index(pages) as url:
        refused(copy, ["run", "--port", str(free_port())], "与预期不符", PIP_INDEX_URL=url)


def test_a_foreign_folder_in_the_place_of_the_environment_is_not_touched(copy):
    own = copy / ".venv"
    own.mkdir()
    (own / "letter.txt").write_text("mine")
    done = launch(copy, "run", "--port", str(free_port()))
    assert "不是 Python 环境" in done.stderr
    assert (done.returncode, (own / "letter.txt").read_text()) == (2, "mine")


def test_help_works_before_anything_is_installed(copy):
    done = launch(copy, "help")
    assert (done.returncode, left_behind(copy)) == (0, [])
    assert "./xiangli run" in done.stdout
    assert "./xiangli test" in done.stdout


def test_the_index_is_taken_from_pips_own_settings(tmp_path, monkeypatch):
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = http://index.example/simple/\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    assert fetch.find_index().url == "http://index.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "http://other.example/simple")
    assert fetch.find_index().url == "http://other.example/simple"


def test_without_settings_the_public_index_is_used(monkeypatch):
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    assert fetch.find_index().url.startswith("https://")
    assert fetch.find_index().url.endswith("/simple")


def test_a_password_for_the_index_is_not_sent_without_certificates(monkeypatch):
    for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    monkeypatch.setattr(fetch.ssl, "get_default_verify_paths", lambda: fetch.ssl.DefaultVerifyPaths(*[None] * 6))
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@index.example/simple")
    with pytest.raises(fetch.Problem, match="没有根证书"):
        fetch.find_index()
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    assert fetch.find_index().verified is False


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_named_before_anything_else(copy, host):
    done = launch(copy, "run", "--host", host, "--data", str(copy / "data"))
    assert (done.returncode, f"这台电脑没有地址 {host}" in done.stdout + done.stderr) == (2, True)
    assert left_behind(copy) == []
