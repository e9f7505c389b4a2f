"""Writing the trail: `audit.note(actor, "recipe.release", recipe, old, new, why)`.

core.audit.chain checks it.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from core.audit.models import Entry, Head

GENESIS = "0" * 64
PRODUCT = "(kizu)"  # an actor that nobody can be called
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
        was, now = _locked_and_plain(old, new)
        head = Head.objects.first() or Head(pk=1, entries=0, digest=GENESIS)
        entry = Entry(
            at=datetime.now(UTC),
            actor=str(actor),
            action=action,
            subject=subject if isinstance(subject, str) else name(subject),
            old=was,
            new=now,
            why=why,
            previous=head.digest,
        )
        entry.digest = digest(entry)
        entry.save(force_insert=True)
        head.entries, head.digest = head.entries + 1, entry.digest
        head.save()
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


def _locked_and_plain(*values: Any) -> list[Any]:
    """The values as the database will give them back (it has one zero, and no 1e16 but digits).

    Takes the lock in the same question: one writer at a time.
    """
    texts = [
        None if value is None else json.dumps(value, cls=DjangoJSONEncoder) for value in values
    ]
    asked = ", ".join("%s::jsonb::text" for _ in texts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(f"SELECT {asked}", texts)
        return [text and json.loads(text) for text in cursor.fetchone() or ()]
