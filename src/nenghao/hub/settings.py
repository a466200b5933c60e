"""Django settings of the hub, from the environment; docs/operator.md lists every variable.

Nothing needs to be set: without ``NENGHAO_DATA_DIR`` the hub lives in ``./var``.
"""

from __future__ import annotations

import os
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from nenghao.hub.secret_files import read_or_create

HUB_DIR = Path(__file__).resolve().parent


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes"}


def _words(name: str, default: str = "") -> list[str]:
    return [word for word in os.environ.get(name, default).replace(",", " ").split() if word]


def _choice(name: str, choices: tuple[str, ...]) -> str:
    """One of the words, the first unless set; anything else stops the program: a typing error must not open a door."""
    chosen = os.environ.get(name, choices[0])
    if chosen not in choices:
        raise ImproperlyConfigured(f"{name}={chosen!r}: {' | '.join(choices)}")
    return chosen


def _networks(name: str) -> list[str]:
    try:
        return [str(ip_network(word, strict=False)) for word in _words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


NENGHAO_DATA_DIR = Path(os.environ.get("NENGHAO_DATA_DIR", "var")).resolve()
NENGHAO_LEVEL = os.environ.get("NENGHAO_LEVEL", "province")
NENGHAO_TLS = _flag("NENGHAO_TLS")
NENGHAO_ENVIRONMENT = os.environ.get("NENGHAO_ENVIRONMENT", "")  # "demo": every page says that its data is for show

SECRET_KEY = read_or_create(NENGHAO_DATA_DIR / "django.key", lambda: secrets.token_urlsafe(48))
DEBUG = False
ALLOWED_HOSTS = _words("NENGHAO_ALLOWED_HOSTS", "*")
CSRF_TRUSTED_ORIGINS = _words("NENGHAO_TRUSTED_ORIGINS")
ROOT_URLCONF = "nenghao.hub.urls"
WSGI_APPLICATION = "nenghao.hub.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "nenghao.hub.registry",
    "nenghao.hub.accounts",
    "nenghao.hub.audit",
    "nenghao.hub.devices",
    "nenghao.hub.monitoring",
    "nenghao.hub.intake",
    "nenghao.hub.quality_checks",
    "nenghao.hub.quality_rules",
    "nenghao.hub.quality_review",
    "nenghao.hub.corrections",
    "nenghao.hub.evidence",
    "nenghao.hub.access_progress",
    "nenghao.hub.bulletins",
    "nenghao.hub.credit",
    "nenghao.hub.yunnan",
    "nenghao.hub.chain",
    "nenghao.hub.open_api",
    "nenghao.hub.production",
    "nenghao.hub.energy_accounts",
    "nenghao.hub.indicators",
    "nenghao.hub.quotas",
    "nenghao.hub.targets",
    "nenghao.hub.statements",
    "nenghao.hub.analysis",
]

# The wire's requests leave the chain at the first step: see middleware.LeanPaths.
MIDDLEWARE = [
    "nenghao.hub.middleware.LeanPaths",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "nenghao.hub.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "nenghao.hub.middleware.ChineseFirst",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "nenghao.hub.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "nenghao.hub.middleware.PlainErrors",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HUB_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def database() -> dict[str, Any]:
    """PostgreSQL when a URL names it, else SQLite in the data directory.

    SQLite: readers and the one writer do not wait for each other (WAL), a transaction that will write takes the lock
    at its start (IMMEDIATE) and so cannot fail half-way, and a commit is on the disk when it returns (FULL).
    """
    url = os.environ.get("NENGHAO_DATABASE_URL", "")
    if url:
        return dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": NENGHAO_DATA_DIR / "hub.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
        },
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# Failures within the window after which sign-in is refused: for a name from one address, for a name, from an address.
SIGN_IN_FAILURES = {"pair": 5, "name": 20, "address": 30}
SIGN_IN_WINDOW_S = 900

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [HUB_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [HUB_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = NENGHAO_TLS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if NENGHAO_TLS else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Tabler and ECharts set styles on elements
        "img-src 'self' data:",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
# The wire: province profile of new devices, the address they are given, and the largest body (refused in its own form).
NENGHAO_PROFILE = os.environ.get("NENGHAO_PROFILE", "national")
NENGHAO_BASE_URL = os.environ.get("NENGHAO_BASE_URL", "").rstrip("/")
NENGHAO_INTAKE_MAX_BODY_BYTES = int(os.environ.get("NENGHAO_INTAKE_MAX_BODY_BYTES", str(8 * 1024 * 1024)))
# What a caller without rights may cause, per address and minute.
NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE = int(os.environ.get("NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE", "60"))
NENGHAO_REGISTRATIONS_PER_MINUTE = int(os.environ.get("NENGHAO_REGISTRATIONS_PER_MINUTE", "120"))
# How often a minute one token of the open API may call.
NENGHAO_API_REQUESTS_PER_MINUTE = int(os.environ.get("NENGHAO_API_REQUESTS_PER_MINUTE", "600"))
# How long a token of dialect B is good [s].
NENGHAO_YUNNAN_TOKEN_S = int(os.environ.get("NENGHAO_YUNNAN_TOKEN_S", "7200"))
# What a device may send a minute unless it has limits of its own (a platform below ten times that); 0: no limit.
NENGHAO_REQUESTS_PER_MINUTE = int(os.environ.get("NENGHAO_REQUESTS_PER_MINUTE", "12000"))
NENGHAO_RECORDS_PER_MINUTE = int(os.environ.get("NENGHAO_RECORDS_PER_MINUTE", "6000000"))
# Who speaks for a device (docs/security.md): signatures and client certificates are off, optional or required.
NENGHAO_SIGNATURES = _choice("NENGHAO_SIGNATURES", ("optional", "off", "required"))
NENGHAO_CERTIFICATES = _choice("NENGHAO_CERTIFICATES", ("optional", "off", "required"))
# How long a gateway without a clientId may register again from its address [min]; -1: always.
NENGHAO_REGISTER_AGAIN_MINUTES = int(os.environ.get("NENGHAO_REGISTER_AGAIN_MINUTES", "60"))
NENGHAO_KEY_GRACE_HOURS = int(os.environ.get("NENGHAO_KEY_GRACE_HOURS", "72"))
# Reverse proxies whose word counts (addresses or networks), and the header in which they hand over a certificate.
NENGHAO_TRUSTED_PROXIES = _networks("NENGHAO_TRUSTED_PROXIES")
NENGHAO_CERTIFICATE_HEADER = os.environ.get("NENGHAO_CERTIFICATE_HEADER", "Client-Cert")
# What the reading store may keep in memory [MB]; 0: a share of the machine's.
NENGHAO_READINGS_MEMORY_MB = int(os.environ.get("NENGHAO_READINGS_MEMORY_MB", "0"))
# Whether this process checks data quality at all, and when the nightly checks begin, Beijing time.
NENGHAO_CHECKS = _flag("NENGHAO_CHECKS", default=True)
NENGHAO_NIGHTLY_CHECKS_AT = os.environ.get("NENGHAO_NIGHTLY_CHECKS_AT", "02:30")
# When finished days are compared with the platforms above, Beijing time.
NENGHAO_CHAIN_COMPARE_AT = os.environ.get("NENGHAO_CHAIN_COMPARE_AT", "05:30")

LOGGING_CONFIG = "nenghao.hub.logs.configure"
LOGGING: dict[str, Any] = {"level": os.environ.get("NENGHAO_LOG_LEVEL", "INFO")}
