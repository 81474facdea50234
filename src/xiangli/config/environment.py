"""What a deployment says in its environment, read and checked; faults are said in Chinese before anything runs."""

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SECRET_LEAST = 32  # characters, where the public can reach the deployment
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_HOST = re.compile(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")


def flag(name: str) -> bool:
    value = os.environ.get(name, "0")
    if value not in ("0", "1", ""):
        raise ImproperlyConfigured(f"{name} 只能是 0 或 1，现在是“{value}”。")
    return value == "1"


def secret_key(data: Path, *, in_public: bool) -> str:
    """The key of the environment, else the one kept in the data folder, made at the first start."""
    if key := os.environ.get("XIANGLI_SECRET"):
        if in_public and len(key) < SECRET_LEAST:
            raise ImproperlyConfigured(f"XIANGLI_SECRET 太短，至少 {SECRET_LEAST} 个字符；不写这一项就自动生成。")
        return key
    kept = data / "secret_key"
    if not kept.exists():
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return kept.read_text().strip()


def hosts() -> list[str]:
    """Host names without scheme, port and path: any of these would silently match nothing."""
    named = [host.strip() for host in os.environ.get("XIANGLI_HOSTS", "").split(",") if host.strip()]
    for host in named:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(
                f"XIANGLI_HOSTS 只写主机名，用逗号隔开，例如 xiangli.example.cn，不要 https:// 和端口；现在有“{host}”。"
            )
    return named


def public_url() -> str:
    url = os.environ.get("XIANGLI_URL") or "http://127.0.0.1:8000"
    if not re.match(r"https?://[^/]", url):
        raise ImproperlyConfigured(f"XIANGLI_URL 要写完整的网址，例如 https://xiangli.example.cn，现在是“{url}”。")
    return url


def log_level() -> str:
    level = (os.environ.get("XIANGLI_LOG") or "WARNING").upper()
    if level not in LEVELS:
        raise ImproperlyConfigured(f"XIANGLI_LOG 只能是 {'、'.join(LEVELS)}，现在是“{level}”。")
    return level


def database(data: Path) -> dict[str, Any]:
    """Django's settings for DATABASE_URL; without it SQLite in the data folder."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return {
            "ENGINE": "xiangli.config.sqlite",
            "NAME": data / "xiangli.sqlite3",
            "OPTIONS": {
                # Deferred transactions fail at the first write under load ("database is locked"); see STACK in docs.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: what was confirmed to a resident survives a power cut. Recursive triggers: INSERT OR REPLACE
                # deletes what is in its way, which without them the tables that never lose a row would not notice.
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-32000;"
                    "PRAGMA recursive_triggers=ON;"
                ),
            },
        }
    shape = "DATABASE_URL 要写成 postgres://用户:密码@主机:5432/库名，密码里的 @、:、/、# 写成 %40、%3A、%2F、%23"
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"{shape}；不写这一项就用 SQLite。")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(query.pop("port", _port(parts, shape) or "")),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}, **query},
    }


def _port(parts: SplitResult, shape: str) -> int | None:
    """The port of an address; the address itself may hold a password and is not repeated."""
    try:
        return parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{shape}。现在的端口不是 1 到 65535 之间的数。") from None


def scheduler() -> str:
    address = os.environ.get("XIANGLI_DASK", "")
    if address and not address.startswith(("tcp://", "tls://")):
        raise ImproperlyConfigured(f"XIANGLI_DASK 要写成 tcp://主机:8786，现在是“{address}”。")
    return address


def email() -> dict[str, Any]:
    """Django's settings for XIANGLI_EMAIL; without it no e-mail leaves the house."""
    url = os.environ.get("XIANGLI_EMAIL", "")
    if not url:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend", "HOST": ""}
    shape = "XIANGLI_EMAIL 要写成 smtp://用户:密码@主机:587 或 smtps://…"
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured(f"{shape}。")
    secure = parts.scheme == "smtps"
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "HOST": parts.hostname,
        "PORT": _port(parts, shape) or (465 if secure else 587),
        "HOST_USER": unquote(parts.username or ""),
        "HOST_PASSWORD": unquote(parts.password or ""),
        "USE_SSL": secure,
        "USE_TLS": not secure and bool(parts.password),  # no password goes over the line in clear
        "TIMEOUT": 20,
    }
