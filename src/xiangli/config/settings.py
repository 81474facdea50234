"""The one settings file. Everything that differs between deployments comes from the environment, and fails loudly.

XIANGLI_DATA     folder for the database, uploads and the secret key (default: var/ in the checkout)
DATABASE_URL     postgres://user:password@host:port/name, or unset for SQLite in XIANGLI_DATA
XIANGLI_SECRET   secret key; otherwise made once and kept in XIANGLI_DATA/secret_key (readable by the owner only)
XIANGLI_HOSTS    comma-separated host names that this deployment answers to
XIANGLI_HTTPS    1 when a proxy in front terminates TLS
XIANGLI_DASK     tcp://host:port of a Dask scheduler that reads large piles of scans (default: this machine's worker)
XIANGLI_EMAIL    smtp://user:password@host:587 or smtps://…, by which the daily digest goes out (default: none goes)
XIANGLI_FROM     the address it comes from (default: the user's)
XIANGLI_URL      the public address, for links in the digest
XIANGLI_LOG      log level (default: WARNING)
XIANGLI_DEBUG    1 on a developer's machine only
"""

import os
from pathlib import Path

from xiangli.config import environment

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent.parent
DATA = Path(os.environ.get("XIANGLI_DATA") or CHECKOUT / "var").resolve()


DASK = environment.scheduler()
DEBUG = environment.flag("XIANGLI_DEBUG")
HTTPS = environment.flag("XIANGLI_HTTPS")
SECRET_KEY = environment.secret_key(DATA, in_public=HTTPS)
ALLOWED_HOSTS = [*environment.hosts(), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if HTTPS]

INSTALLED_APPS = [
    "xiangli.ui",
    "xiangli.audit",
    "xiangli.places",
    "xiangli.accounts",
    "xiangli.surveys",
    "xiangli.planning",
    "xiangli.ledger",
    "xiangli.supervision",
    "xiangli.opening",
    "xiangli.bookings",
    "xiangli.canteen",
    "xiangli.cases",
    "xiangli.news",
    "xiangli.reports",
    "xiangli.api",
    "xiangli.office",
    "xiangli.portal",
    "xiangli.demo",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_altcha",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "django_prometheus",
    "health_check",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "xiangli.ui.middleware.DisplayMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "xiangli.ui.middleware.PlainTextMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "xiangli.accounts.middleware.IdleLogoutMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "xiangli.config.urls"
ASGI_APPLICATION = "xiangli.config.asgi.application"
WSGI_APPLICATION = "xiangli.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["xiangli.ui.templatetags.xiangli"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xiangli.ui.context.display",
                "xiangli.office.context.menu",
            ],
        },
    }
]

DATABASES = {"default": environment.database(DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    # room enough that counts of guesses are not pushed out by more guesses; pages are large and apart
    "default": {"BACKEND": LOCAL_MEMORY, "OPTIONS": {"MAX_ENTRIES": 20_000}},
    "pages": {"BACKEND": LOCAL_MEMORY, "LOCATION": "pages", "OPTIONS": {"MAX_ENTRIES": 500}},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/office/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "xiangli.accounts.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False  # a counter machine forgets who was there
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "乡里"
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip"}  # one name's failures are counted by axes alone, for all processes
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
SESSION_COOKIE_AGE = 12 * 3600
IDLE_LOGOUT_SECONDS = 30 * 60

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
DATE_FORMAT, DATETIME_FORMAT, TIME_FORMAT = "Y年n月j日", "Y年n月j日 H:i", "H:i"  # where pages do not ask the language
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = ["xiangli.ui.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA / "media"
STORAGES = {
    "default": {"BACKEND": "xiangli.ui.storage.UploadStorage"},
    "staticfiles": {"BACKEND": "xiangli.ui.storage.StaticStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
PHONE_BODY_MAX = 10_000_000  # bytes of one part, as told to phones in X-OpenRosa-Accept-Content-Length
DATA_UPLOAD_MAX_NUMBER_FILES = 2000  # a village's sheets photographed one by one (Collect sends up to 101 at once)

for _name, _value in environment.email().items():
    globals()[f"EMAIL_{_name}"] = _value
DEFAULT_FROM_EMAIL = os.environ.get("XIANGLI_FROM") or globals().get("EMAIL_HOST_USER") or "webmaster@localhost"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "SAMEORIGIN"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 86400

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/cms/"],  # Wagtail's editor needs inline scripts; only editors reach it
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    },
}

ALTCHA_HMAC_KEY = SECRET_KEY
PROTECTED_NAMES = "xiangli.places.queries.protected_names"  # what the script converter must leave alone
PROMISES = "xiangli.bookings.promises.promised"  # what plans must leave alone: a later room tells an earlier one
WAGTAIL_SITE_NAME = "乡里"
WAGTAILADMIN_BASE_URL = environment.public_url()
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database", "AUTO_UPDATE": False}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": environment.log_level()},
}
