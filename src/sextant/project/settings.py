"""Settings, read from the environment and from `.env` in the data folder.

Every name read here is documented in docs/operate/settings.md; `sextant check` reads them all.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import environ

env = environ.Env()

DATA_FOLDER = Path(env.str("SEXTANT_DATA", default="sextant-data")).absolute()
if (DATA_FOLDER / ".env").is_file():
    env.read_env(str(DATA_FOLDER / ".env"))


def _secret_key() -> str:
    """The signing key: from the environment, else made once and kept in the data folder."""
    given: str = env.str("SEXTANT_SECRET_KEY", default="")
    if given:
        return given
    kept = DATA_FOLDER / "secret-key"
    if not kept.is_file():
        DATA_FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()


SECRET_KEY = _secret_key()
DEBUG = False
SITE_URL = env.str("SEXTANT_URL", default="http://localhost:8000").rstrip("/")
SITE_HOST = SITE_URL.split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0]
ALLOWED_HOSTS = sorted({SITE_HOST, "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [SITE_URL]
IS_HTTPS = SITE_URL.startswith("https://")
# Offering sign-in without a password is for the demo on loopback alone; `sextant demo` sets it.
DEMO_SIGN_IN = env.bool("SEXTANT_DEMO", default=False)

INSTALLED_APPS = [
    "sextant.core",
    "sextant.people",
    "sextant.notifications",
    "sextant.strategy",
    "sextant.metrics",
    "sextant.forecasts",
    "sextant.kpis",
    "sextant.okrs",
    "sextant.alerts",
    "sextant.surveys",
    "sextant.lifecycle",
    "sextant.practice",
    "sextant.exchange",
    "sextant.web",
    "sextant.project",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sextant.core.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sextant.people.middleware.CurrentActor",
    "sextant.core.middleware.Problems",
]

ROOT_URLCONF = "sextant.project.urls"
WSGI_APPLICATION = "sextant.project.wsgi.application"
# Requests answered at the same time by one process. They wait for the database more than they compute.
SERVER_THREADS = env.int("SEXTANT_THREADS", default=8)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "sextant.web.context.frame",
            ],
        },
    }
]

_SQLITE = {
    # IMMEDIATE: a writing transaction takes its lock at the start, so it can wait instead of failing midway.
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000; "
        "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000; PRAGMA mmap_size=268435456;"
    ),
}
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_FOLDER / 'sextant.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = _SQLITE
    # Opening costs 0.7 ms and the warm page cache, and each serving thread has its own connection anyway.
    DATABASES["default"].setdefault("CONN_MAX_AGE", None)
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "sextant.people.adapter.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Added to the limits the library has for signing in: links of surveys that nobody made, per address asking.
ACCOUNT_RATE_LIMITS = {"survey_link": "20/5m/ip"}

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
HAS_MAIL_SERVER = bool(env.str("EMAIL_URL", default=""))
# Whether messages to chats may go to hosts of the own network, such as a Mattermost of one's own.
ALLOW_PRIVATE_CHAT = env.bool("SEXTANT_ALLOW_PRIVATE_CHAT", default=False)
DEFAULT_FROM_EMAIL = env.str("SEXTANT_MAIL_FROM", default=f"sextant@{SITE_HOST}")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = env.str("SEXTANT_TIMEZONE", default="UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# WhiteNoise reads the packages' own static folders at start, so nothing has to be collected.
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DATA_FOLDER / "files"
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None
UPLOAD_LIMIT_BYTES = env.int("SEXTANT_UPLOAD_LIMIT_MB", default=512) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 2_000  # a folder of KPIs is uploaded whole

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 3600 * 24 * 30 if IS_HTTPS else 0
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"without_secrets": {"()": "sextant.core.logs.WithoutSecrets"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]},
    },
    "root": {"handlers": ["console"], "level": env.str("SEXTANT_LOG_LEVEL", default="WARNING")},
}
