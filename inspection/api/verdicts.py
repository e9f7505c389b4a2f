"""POST /api/v1/inspections: the one address that answers within a takt.

A bare ASGI application beside Django: no middleware, no thread, no ORM on the way of an image.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core import bare, deadlines
from core.accounts import permissions, tokens
from core.accounts.tokens import Identity
from core.errors import Refused, problem, told
from core.fresh import Fresh
from inspection.api import forms
from inspection.api.forms import Form
from inspection.models.inspections import Mode
from inspection.services import lateness
from inspection.services.cases import SentImage, Submission
from inspection.services.inspections import LOOK_UP, Desk

log = logging.getLogger(__name__)

PATH = "/api/v1/inspections"
FIELDS = ("station", "product", "product_code", "serial", "lot", "captured_at", "mode")
MAX_IMAGES = 16
MAX_DEADLINE_MS = 120_000
PATIENCE_MS = 5_000  # for what is asked before the station's own deadline is known
KEY_LENGTH = 200

desk = Desk()
identities: Fresh[str, Identity | None] = Fresh(tokens.alookup)


def takes(scope: dict[str, Any]) -> bool:
    """Whether this request is ours: POST to the path, or to /{id}/late below it."""
    path: str = scope["path"]
    if scope["method"] != "POST" or not path.startswith(PATH):
        return False
    return path == PATH or (path.endswith("/late") and path.count("/") == PATH.count("/") + 2)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request; every refusal is problem+json."""
    began, received = time.monotonic(), datetime.now(UTC)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        who = await _who(headers, began)
        forms.check_headers(headers)
        form = await forms.read(headers, receive)
        status, body = await _answer(scope["path"], who, headers, form, (received, began))
    except ConnectionError:
        return
    except deadlines.Overrun:
        words = "The servers behind this one did not answer before the deadline; nothing is stored."
        status, body = 503, problem(503, "deadline", words)
    except Exception as error:
        body = told(error)
        status = body["status"]
    await bare.answer(send, status, body | {"server_time": _now()})


async def _answer(
    path: str, who: Identity, headers: dict[str, str], form: Form, arrived: tuple[datetime, float]
) -> tuple[int, dict[str, Any]]:
    if path == PATH:
        return await desk.submit(who, submission(headers, form, *arrived))
    return 200, await lateness.report(
        desk, who, _uuid(path.split("/")[-2]), form.fields, _images(form)
    )


async def _who(headers: dict[str, str], began: float) -> Identity:
    key = tokens.from_header(headers.get("authorization", ""))
    if key is None:
        words = "Send `Authorization: Token <key>`; POST /api/v1/auth/token gives one."
        raise Refused("not_authenticated", words, status=401)
    seconds = (_deadline(headers.get("x-deadline-ms")) or PATIENCE_MS) / 1000
    left = max(began + seconds - time.monotonic(), LOOK_UP)
    who = await deadlines.within(left, identities.get(key))
    if who is None or (who.expires_at and who.expires_at < datetime.now(UTC)):
        words = "This token is unknown, expired or revoked: sign in for a new one."
        raise Refused("authentication_failed", words, status=401)
    permissions.check_own_password(who.user)
    return who


def submission(headers: dict[str, str], form: Form, received: datetime, began: float) -> Submission:
    """The request in the service's words. Refused with the field that is wrong."""
    fields = form.fields
    for name in fields:
        if name not in FIELDS:
            words = f"Unknown field {name!r}: the known ones are {', '.join(FIELDS)}."
            raise Refused("unknown_field", words, fields={name: ["Unknown field."]})
    by_code = "product_code" in fields
    product = _needed(fields, "product_code" if by_code else "product")
    station = _needed(fields, "station")
    if not station.isdecimal() or len(station) > 18 or len(product) > 64:
        raise _wrong("station", "Name the station by its number; GET /api/v1/stations lists them.")
    return Submission(
        station=int(station),
        product=product,
        by_code=by_code,
        serial=_short(fields, "serial"),
        lot=_short(fields, "lot"),
        mode=_mode(fields.get("mode") or Mode.PRODUCTION),
        captured_at=_moment(fields.get("captured_at")),
        images=_images(form) or _none(),
        received_at=received,
        began=began,
        deadline_ms=_deadline(headers.get("x-deadline-ms")),
        key=_key(headers.get("idempotency-key", "")),
        late=_late(headers.get("x-late", "")),
    )


def _images(form: Form) -> list[SentImage]:
    """`image`, or `image.<camera>[.<modality>]`."""
    if len(form.files) > MAX_IMAGES:
        raise Refused("too_many_images", f"Send at most {MAX_IMAGES} images a unit.", status=413)
    images, seen = [], set()
    for file in form.files:
        head, _, rest = file.name.partition(".")
        camera, _, modality = rest.partition(".")
        if head != "image":
            words = f"Unknown file field {file.name!r}: name it image or image.<camera>."
            raise Refused("unknown_field", words, fields={file.name: ["Unknown field."]})
        if not file.data:
            raise Refused("empty_image", f"The image in {file.name!r} has no bytes.", status=422)
        if camera and (camera, modality) in seen:
            words = f"{file.name!r} came twice: one image a camera and modality."
            raise Refused("duplicate_image", words, status=422)
        seen.add((camera, modality))
        images.append(SentImage(file.data, file.sha256, len(file.data), camera, modality or "rgb"))
    return images


def _none() -> list[SentImage]:
    raise Refused("no_image", "Send at least one image in a field named `image`.", status=422)


def _needed(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise _wrong(name, "This field is needed.")
    return fields[name]


def _short(fields: dict[str, str], name: str) -> str:
    if len(fields.get(name, "")) > 128:
        raise _wrong(name, "At most 128 characters.")
    return fields.get(name, "")


def _mode(text: str) -> str:
    if text not in Mode.values:
        raise _wrong("mode", f"Choose one of {', '.join(Mode.values)}.")
    return text


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong("captured_at", "Give ISO 8601, for instance 2026-01-31T12:00:00Z.") from None
    if moment.tzinfo is None:
        raise _wrong("captured_at", "Give the offset too, for instance ...T12:00:00Z.")
    if not 2000 <= moment.year <= 9000:
        raise _wrong("captured_at", "This year cannot be.")
    return moment.astimezone(UTC)


def _deadline(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) <= MAX_DEADLINE_MS:
        words = f"X-Deadline-Ms is a whole number from 1 to {MAX_DEADLINE_MS}."
        raise Refused("invalid", words, fields={"X-Deadline-Ms": [words]})
    return int(text)


def _late(text: str) -> bool:
    if text not in ("", "true", "false"):
        words = "X-Late is true for a unit that was kept while the server could not be reached."
        raise Refused("invalid", words, fields={"X-Late": [words]})
    return text == "true"


def _key(text: str) -> str:
    if len(text) > KEY_LENGTH or not text.isprintable():
        words = f"Idempotency-Key has at most {KEY_LENGTH} printable characters."
        raise Refused("invalid", words, fields={"Idempotency-Key": [words]})
    return text.strip().strip('"')


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("not_found", "There is no such inspection.", status=404) from None


def _wrong(field: str, words: str) -> Refused:
    return Refused("invalid", f"{field}: {words}", fields={field: [words]})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
