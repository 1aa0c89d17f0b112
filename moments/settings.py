"""One settings file: everything comes from the environment, everything has an embedded default."""

import os
import secrets
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from kombu.entity import Queue

from moments import __version__

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where things are -----------------------------------------------------------------------

# Beside the checkout; where there is none (installed as a package), in the folder we are in.
HOME = BASE_DIR if (BASE_DIR / "manage.py").exists() else Path.cwd()
DATA_DIR = Path(env.str("MOMENTS_DATA", "") or HOME / "data").resolve()
# What is kept there is nobody else's to read, whichever process writes it.
os.umask(0o077)
DATA_DIR.mkdir(parents=True, exist_ok=True)
# Uploaded exports, until they are loaded.
MEDIA_ROOT = DATA_DIR / "uploads"


def kept_secret(path: Path) -> str:
    """The secret of this installation: made once, kept beside the data it protects."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

DATABASES = {"default": env.db("DATABASE_URL", f"sqlite:///{DATA_DIR / 'moments.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets pages read while events are written; IMMEDIATE takes the one write lock at BEGIN,
    # because a transaction that upgrades a read lock fails at once instead of waiting.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # What is deleted is overwritten, so that nothing is left of who is erased.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        " PRAGMA secure_delete=ON;",
    }
    # Tests run on a file, too: threads do not share a database in memory as they share a file.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
else:
    DATABASES["default"] |= {
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
    }

REDIS_URL = env.str("REDIS_URL", "")
STORE_URL = env.str("STORE_URL", f"chdb://{DATA_DIR / 'store'}")
# Without a mail server mails are kept, and shown on the page "Outbox".
EMAIL_BACKEND = "analytics.mails.outbox.Outbox"
if env.str("EMAIL_URL", ""):
    globals().update(env.email("EMAIL_URL"))
# A server that says nothing for so long is tried again later.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 30)
# How mails name the product: links in them begin with it. `up` knows its own.
BASE_URL = env.str("BASE_URL", "http://localhost:8000").rstrip("/")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Moments <moments@localhost>")

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "moments.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Django ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    "moments",
    "people",
    "analytics",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "knox",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "moments.middleware.ProxyMiddleware",
    "moments.middleware.RequestIdMiddleware",
    "moments.middleware.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "moments.static_files.StaticFilesMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "moments.middleware.ReaderLocaleMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "moments.auditing.AuditMiddleware",
    "moments.middleware.PrivateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "moments.middleware.SignInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "people.api.throttling.RateMiddleware",
    "people.api.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "moments.urls"
WSGI_APPLICATION = "moments.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # A link to templates/, so that they travel in the wheel.
        "DIRS": [BASE_DIR / "moments" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "moments.context_processors.frame",
            ],
        },
    },
]

AUTH_USER_MODEL = "people.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

# --- Signing in -----------------------------------------------------------------------------

# Off; "1": whoever wants has a second factor; "required": whoever comes by password needs one.
TWO_FACTOR_REQUIRED = env.str("TWO_FACTOR", "") == "required"
TWO_FACTOR = TWO_FACTOR_REQUIRED or env.bool("TWO_FACTOR", False)
# A provider of OpenID Connect that signs people in, too, by the address of its issuer.
OIDC_URL = env.str("OIDC_URL", "")
# Whether whom it names without an account here gets one; and whether an address is believed of
# which it does not say that it was verified.
OIDC_SIGN_UP = env.bool("OIDC_SIGN_UP", False)
OIDC_TRUST_EMAIL = env.bool("OIDC_TRUST_EMAIL", False)
# Whether passwords let anybody in; where they do not, the provider alone does.
PASSWORD_SIGN_IN = env.bool("PASSWORD_SIGN_IN", True)
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.str("OIDC_NAME", "single sign-on"),
                "client_id": env.str("OIDC_CLIENT_ID", ""),
                "secret": env.str("OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": OIDC_URL},
            }
        ]
        if OIDC_URL
        else [],
    }
}
SOCIALACCOUNT_ADAPTER = "people.signing_in.Elsewhere"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
# A link that leads to the provider: the policy for forms would not let a form go there.
SOCIALACCOUNT_LOGIN_ON_GET = True
ACCOUNT_ADAPTER = "people.signing_in.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "people.signing_in.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A code of the moment before is good, too: clocks differ, and typing takes a while.
MFA_TOTP_TOLERANCE = 1

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
# How the admin writes an instant that belongs to no project: with the name of its zone.
FORMAT_MODULE_PATH = "moments.formats"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", "") or None
# Served by the application itself from where they are: one command, no collecting step.
WHITENOISE_USE_FINDERS = True

# Threads of a process that answer requests; a few of them may wait for computations.
WEB_THREADS = env.int("WEB_THREADS", 8)
# Ingestion reads its own body with its own limit; this one is for forms and the API.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- Security -------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
HTTPS = env.bool("HTTPS", False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Whose X-Forwarded-* is believed: addresses and networks of proxies. Others' is taken away.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.0/8", "::1"])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
METRICS_ALLOW = env.list("METRICS_ALLOW", default=["127.0.0.0/8", "::1"])
X_FRAME_OPTIONS = "DENY"
# Networks inside that webhooks may call, besides the whole outside.
WEBHOOKS_ALLOW = env.list("WEBHOOKS_ALLOW", default=[])

# --- API ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["people.api.throttling.Tokens"],
    "DEFAULT_THROTTLE_CLASSES": ["people.api.throttling.ByUser"],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("MOMENTS_API_RATE", "1200/min"),
        "wrong tokens": env.str("MOMENTS_WRONG_TOKENS_RATE", "30/min"),
    },
    "DEFAULT_PERMISSION_CLASSES": ["people.api.access.InProject"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["people.rest.JSONBody"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "people.rest.AnyBody",
    "DEFAULT_SCHEMA_CLASS": "people.api.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "people.api.listing.Cursor",
    "EXCEPTION_HANDLER": "people.api.errors.answer_error",
    # `?format=csv` is ours to read.
    "URL_FORMAT_OVERRIDE": None,
    # A problem of the whole body stands at the path "".
    "NON_FIELD_ERRORS_KEY": "",
}
VERSION = __version__
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_TTL": None}
SPECTACULAR_SETTINGS = {
    "TITLE": "Moments",
    "DESCRIPTION": "Behavioural analytics: people, events, segments and reports.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": r"/api(/projects/\{project\})?(?=/.)",
    # What is only answered (`id`, times) is not in what is sent.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ValueType": "people.models.catalogue.TYPES",
        "FigureGranularity": ["hour", "day", "week", "month"],
        "WebhookFormat": "analytics.models.webhooks.Webhook.Format",
    },
    "TAGS": [
        {"name": "projects", "description": "Data boundaries, each with its own people."},
        {"name": "query", "description": "Questions, and the people behind each number."},
        {"name": "reports", "description": "Saved questions."},
        {"name": "dashboards", "description": "Reports placed together."},
        {"name": "segments", "description": "People under a name: a condition or a fixed list."},
        {"name": "people", "description": "Who did something, and what they did."},
        {"name": "attributes", "description": "What may be known of a person."},
        {"name": "events", "description": "The catalogue of what people do."},
        {"name": "subscriptions", "description": "Reports sent to addresses by a schedule."},
        {"name": "alerts", "description": "Numbers that are watched."},
        {"name": "shares", "description": "Links to one report or dashboard, without an account."},
        {"name": "webhooks", "description": "Programs that are told of alerts and mails."},
        {"name": "exports", "description": "Files of people and of events."},
        {"name": "annotations", "description": "Marks with words on days."},
        {"name": "members", "description": "Who may see and change a project."},
        {"name": "keys", "description": "What may send data to a project."},
        {"name": "audit", "description": "Who did what in a project."},
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Celery: a bell, not a memory. Whatever is due is a row, found again by a sweep ----------

CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
# Without this the in-process broker looks for work once a second.
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        # A message that nobody has confirmed for so long is given to another worker; what it asks
        # for is claimed in the database, so a second one finds nothing to do.
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 30,
        "socket_keepalive": True,
    }
    if REDIS_URL
    else {"polling_interval": 0.01}
)
# So that a slow report holds up neither loading nor mail: a worker for each.
CELERY_TASK_DEFAULT_QUEUE = "load"
CELERY_TASK_QUEUES = [
    Queue(name, routing_key=name)  # type: ignore[no-untyped-call]
    for name in ("load", "reports", "mail")
]
CELERY_TASK_ROUTES = {
    "analytics.tasks.compute": {"queue": "reports"},
    "analytics.tasks.check_alerts": {"queue": "mail"},
    "analytics.tasks.send_mails": {"queue": "mail"},
    "analytics.tasks.call_webhooks": {"queue": "mail"},
}
# A ringing bell waits for nobody: what cannot be sent the sweep makes up for.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "moments.beat:Steady"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "load": {"task": "analytics.tasks.load", "schedule": 5.0},
    "inspect": {"task": "analytics.tasks.inspect_store", "schedule": 3600.0},
    "sweep": {"task": "analytics.tasks.sweep", "schedule": 5.0},
    "finish erasures": {"task": "analytics.tasks.finish_erasures", "schedule": 15.0},
    "remove projects": {"task": "analytics.tasks.remove_projects", "schedule": 30.0},
    "clear away": {"task": "analytics.tasks.clear_away", "schedule": 60.0},
    "sweep imports": {"task": "people.tasks.sweep", "schedule": 30.0},
    "sweep exports": {"task": "analytics.tasks.sweep_exports", "schedule": 30.0},
    "check alerts": {"task": "analytics.tasks.check_alerts", "schedule": 5.0},
    "call webhooks": {"task": "analytics.tasks.call_webhooks", "schedule": 5.0},
    "send mails": {"task": "analytics.tasks.send_mails", "schedule": 5.0},
}

# --- Limits of one question -----------------------------------------------------------------

QUERY_SECONDS = env.int("MOMENTS_QUERY_SECONDS", 60)
QUERY_MEMORY_BYTES = env.int("MOMENTS_QUERY_MEMORY_BYTES", 4_000_000_000)
# What `manage.py store` may take altogether; 0: what the machine has.
STORE_MEMORY_BYTES = env.int("MOMENTS_STORE_MEMORY_BYTES", 0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without addresses": {"()": "moments.logs.WithoutAddresses"}},
    "formatters": {"line": {"()": "moments.logs.Line"}, "json": {"()": "moments.logs.Json"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str("LOG_FORMAT", "line"),
            "filters": ["without addresses"],
        }
    },
    "loggers": {
        # Django would write to its own handler, and to mails to nobody.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}
