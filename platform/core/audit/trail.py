"""Writing and checking the trail: `audit.note(actor, "recipe.release", recipe, old, new, why)`."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from core.audit.models import Entry

GENESIS = "0" * 64
LOCK = 0x4B495A55  # one writer at a time: the chain has one end


def note(
    actor: object,
    action: str,
    subject: models.Model | str,
    old: Any = None,
    new: Any = None,
    why: str = "",
) -> Entry:
    """Append one entry, in the caller's transaction: it stands or falls with what it records."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = Entry.objects.order_by("-id").values_list("digest", flat=True).first()
        entry = Entry(
            at=datetime.now(UTC),
            actor=str(actor),
            action=action,
            subject=subject if isinstance(subject, str) else name(subject),
            old=_plain(old),
            new=_plain(new),
            why=why,
            previous=last or GENESIS,
        )
        entry.digest = digest(entry)
        entry.save(force_insert=True)
    return entry


def name(thing: models.Model) -> str:
    """`recipe.12`: how a row is named in the trail."""
    return f"{thing._meta.model_name}.{thing.pk}"


def digest(entry: Entry) -> str:
    """SHA-256 over the entry's canonical JSON with its predecessor's digest."""
    body = [
        entry.previous,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.old,
        entry.new,
        entry.why,
    ]
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify() -> int | None:
    """The id of the first entry that does not follow from the one before it; None when all do."""
    previous = GENESIS
    for entry in Entry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous != previous or entry.digest != digest(entry):
            return entry.id
        previous = entry.digest
    return None


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
