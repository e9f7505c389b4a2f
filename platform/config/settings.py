"""Django's settings. Everything that differs between machines comes from the environment."""

import os
from pathlib import Path

from core import environment

ROOT = Path(__file__).resolve().parents[2]
VAR = environment.var_dir()

SECRET_KEY = environment.secret_key()
DEBUG = os.environ.get("KIZU_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("KIZU_HOSTS", "*").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("KIZU_ORIGINS", "").split(",") if o]
CSRF_FAILURE_VIEW = "core.errors.csrf_failed"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
USE_TLS = os.environ.get("KIZU_TLS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_TLS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core.accounts",
    "core.audit",
    "inspection",
    "config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.accounts.sliding.Sliding",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "frontend" / "dist"],
        "OPTIONS": {"context_processors": []},
    }
]

DATABASES = {"default": environment.database()}
if POOL := int(os.environ.get("KIZU_DB_POOL", "0")):
    # A request runs in a thread of its own: without a pool each one would connect anew.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": POOL, "timeout": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": environment.redis_url(),
        "KEY_PREFIX": "kizu",
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Django's and DRF's own messages, by Accept-Language; the pages translate ours by their codes.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [d for d in [ROOT / "frontend" / "dist"] if d.is_dir()]
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[A-Za-z0-9_-]{8}\..+$"

# The largest JSON is a manifest of a million files; core.parsers holds the others to 2 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 128 * 1024 * 1024

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "core.errors.handle",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.accounts.authentication.TokenAuthentication",
        "core.accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.accounts.permissions.Can"],
    "DEFAULT_PAGINATION_CLASS": "core.paging.CursorPage",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.BoundedJSON"],
    "DEFAULT_SCHEMA_CLASS": "core.narrowing.Document",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kizu",
    "DESCRIPTION": "Inspection management for production lines.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "VerdictEnum": "inspection.models.inspections.Verdict",
        "WorkStateEnum": "inspection.models.datasets.WorkState",
        "RecipeStateEnum": "inspection.models.products.RecipeState",
        "ReleaseKindEnum": "inspection.models.registry.ReleaseKind",
        "SyntheticStateEnum": "inspection.models.synthetic.SyntheticState",
        "JobKindEnum": "inspection.models.training.JobKind",
        "WeightsStateEnum": "inspection.models.base_weights.WeightsState",
        "AnnotationKindEnum": "inspection.models.datasets.AnnotationKind",
        "BoardStateEnum": "inspection.api.board.STATES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "inspection.api.schema.add_events",
    ],
}

# A worker that is silent for longer than this has lost its job.
KIZU_LEASE_SECONDS = float(os.environ.get("KIZU_LEASE_SECONDS", "30"))

CELERY_BROKER_URL = environment.broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "io"
CELERY_TASK_ROUTES = {
    "workers.train": {"queue": "train"},
    "workers.batch": {"queue": "batch"},
    "workers.export": {"queue": "batch"},
    "workers.generate": {"queue": "batch"},
    "workers.read_weights": {"queue": "batch"},
    "workers.requeue": {"queue": "control"},
    "workers.rollups": {"queue": "control"},
    "workers.partitions": {"queue": "control"},
    "workers.sweep": {"queue": "control"},
    "workers.seals": {"queue": "control"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "run" / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "requeue": {"task": "workers.requeue", "schedule": 5.0},
    "rollups": {"task": "workers.rollups", "schedule": 10.0},
    "partitions": {"task": "workers.partitions", "schedule": 3600.0},
    "expiry": {"task": "workers.expiry", "schedule": 900.0},
    "sweep": {"task": "workers.sweep", "schedule": 3600.0},
    "seals": {"task": "workers.seals", "schedule": 60.0},
    "audit": {"task": "workers.audit", "schedule": 86_400.0},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("KIZU_LOG", "INFO")},
}
