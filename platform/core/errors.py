"""Refused(code, message) and the one handler that words it as RFC 9457 problem+json."""

import errno
import logging
from collections.abc import Mapping
from typing import Any

import psycopg.errors
import redis
import urllib3
from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, JsonResponse
from minio.error import S3Error
from rest_framework import exceptions
from rest_framework.response import Response

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
# What the three servers' clients raise while a server restarts or cannot be reached.
AWAY: dict[str, tuple[type[Exception], ...]] = {
    "database": (OperationalError, InterfaceError),
    "message broker": (redis.ConnectionError, redis.TimeoutError),
    "object store": (urllib3.exceptions.HTTPError, S3Error),
}
FULL = {"XMinioStorageFull", "StorageFull", "InsufficientStorage", "QuotaExceeded"}  # S3's words
# What no column holds: NUL, half a surrogate pair, a number of thirty digits.
UNFIT = (DataError, UnicodeEncodeError, OverflowError)
RETRY_SECONDS = 2
BROKE = "Something broke on the server. The log has the details."


class Refused(Exception):
    """A request that cannot be granted: a stable code, and a sentence that says what to do.

    `fields` puts messages at form fields: {"name": ["Already taken."]}. `params` has the values in
    the sentence, and `case` where one code has several sentences, for pages in other languages;
    `field_params` the same by field.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        fields: Mapping[str, list[str]] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.fields, self.extra = dict(fields or {}), extra


def problem(
    status: int,
    code: str,
    detail: str,
    fields: Mapping[str, Any] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """The body of every error; `fields` has the messages of a form."""
    body = {"type": f"/errors/{code}", "title": code.replace("_", " ").capitalize()}
    return body | {"status": status, "code": code, "detail": detail, "fields": fields or {}} | extra


def of_refusal(refusal: Refused) -> dict[str, Any]:
    """The problem body of a refusal."""
    return problem(refusal.status, refusal.code, refusal.message, refusal.fields, **refusal.extra)


def of_absence(error: Exception) -> dict[str, Any] | None:
    """The problem body while one of the three servers is away or full; None for other errors."""
    if _full(error):
        log.error("a disk is full: %s", error)
        words = "The server's disk is full: nothing was stored. Free some space, then try again."
        return problem(507, "store_full", words)
    for name, kinds in AWAY.items():
        if isinstance(error, kinds):
            log.warning("the %s is away: %s", name, error)
            words = f"The {name} does not answer just now. Try again in a moment."
            return problem(503, "server_away", words, params={"case": name.split()[-1]})
    return None


def _full(error: Exception) -> bool:
    if isinstance(error, S3Error):
        return error.code in FULL
    if isinstance(error, psycopg.errors.DiskFull):
        return True
    if isinstance(error, OperationalError):  # Django's, around the driver's
        return isinstance(error.__cause__, psycopg.errors.DiskFull)
    if not isinstance(error, OSError):
        return False
    short = type(error) is OSError and error.errno is None  # storage.put: fewer bytes were kept
    return short or error.errno in (errno.ENOSPC, errno.EDQUOT)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal in one shape; None leaves a bug to be a 500."""
    body = _worded(error)
    if body is None:
        return None
    response = Response(body, status=body["status"], content_type=PROBLEM)
    if body["status"] == 503:
        response["Retry-After"] = str(RETRY_SECONDS)
    for name in ("auth_header", "wait"):
        if value := getattr(error, name, None):
            response["WWW-Authenticate" if name == "auth_header" else "Retry-After"] = (
                value if name == "auth_header" else str(int(value) + 1)
            )
    return response


def told(error: Exception) -> dict[str, Any]:
    """The problem body of any error, for what answers beside Django; a bug is told to the log."""
    body = _worded(error)
    if body is None:
        log.error("an answer broke", exc_info=error)
        return problem(500, "internal", BROKE)
    return body


def _worded(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, Refused):
        return of_refusal(error)
    if isinstance(error, Http404):
        return problem(404, "not_found", "There is nothing at this address, or you may not see it.")
    if isinstance(error, PermissionDenied):
        return problem(403, "forbidden", "Your role does not allow this.")
    if isinstance(error, exceptions.ValidationError):
        fields = _fields(error.detail)
        cases = {name: {"case": _case(of)} for name, of in fields.items()}
        return problem(400, "invalid", _summary(fields), fields, field_params=cases)
    if isinstance(error, exceptions.APIException):
        code = str(error.default_code)
        return problem(error.status_code, code, str(error.detail))
    if isinstance(error, UNFIT):
        log.warning("a value fits no column: %s", error)
        words = "A value cannot be stored: it is out of range, or has characters that are no text."
        return problem(400, "invalid", words)
    return of_absence(error)


def _fields(detail: Any) -> dict[str, Any]:
    if isinstance(detail, Mapping):
        return {str(key): value for key, value in detail.items()}
    return {"non_field_errors": list(detail) if isinstance(detail, list) else [detail]}


def _summary(fields: Mapping[str, Any]) -> str:
    name, messages = next(iter(fields.items()), ("", "Invalid."))
    while isinstance(messages, (list, Mapping)) and messages:
        messages = next(iter(messages.values() if isinstance(messages, Mapping) else messages))
    return str(messages) if name in ("", "non_field_errors") else f"{name}: {messages}"


def _case(detail: Any) -> str:
    """The code of the first message inside."""
    while isinstance(detail, (list, Mapping)) and detail:
        detail = next(iter(detail.values() if isinstance(detail, Mapping) else detail))
    return str(getattr(detail, "code", ""))


def not_found(request: Any, exception: Exception | None = None) -> JsonResponse:
    """Django's own 404, for paths under /api that no view serves."""
    return _answer(404, "not_found", "There is nothing at this address.")


def malformed(request: Any, exception: Exception | None = None) -> JsonResponse:
    """Django's own 400: a host that is not ours, a header that is none."""
    return _answer(
        400, "bad_request", "The request is malformed, or names a host that is not ours."
    )


def forbidden(request: Any, exception: Exception | None = None) -> JsonResponse:
    """Django's own 403."""
    return _answer(403, "forbidden", "This is not allowed.")


def csrf_failed(request: Any, reason: str = "") -> JsonResponse:
    """A browser's write without its CSRF token."""
    words = f"Read GET /api/v1/auth/csrf first and send its word in X-CSRFToken. ({reason})"
    return _answer(403, "csrf_failed", words)


def broke(request: Any) -> JsonResponse:
    """Django's own 500: a bug of ours; the log has the traceback."""
    return _answer(500, "internal", BROKE)


def _answer(code: int, name: str, words: str) -> JsonResponse:
    return JsonResponse(problem(code, name, words), status=code, content_type=PROBLEM)
