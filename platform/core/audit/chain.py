"""Whether the trail is what was written: each entry follows from the one before, none is cut off.

The database cannot vouch for itself for ever, so the head leaves it once a day: in the log, and in
a file that a back-up carries away. What a copied head says, the chain must still say years later.
"""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from core import environment
from core.audit.models import Entry, Head
from core.audit.trail import GENESIS, digest

log = logging.getLogger(__name__)
# What else the trail vouches for: each says what is wrong first, in words, or None.
also: list[Callable[[], str | None]] = []


def head() -> tuple[int, str]:
    """How many entries were written, and the digest of the last."""
    kept = Head.objects.first()
    return (kept.entries, kept.digest) if kept else (0, GENESIS)


def heads_file() -> Path:
    """Where the exported heads are, a JSON object a line."""
    return environment.var_dir() / "audit-heads.jsonl"


def export() -> dict[str, Any]:
    """Write the head to the log and to the file of heads."""
    entries, last = head()
    told = {"at": datetime.now(UTC).isoformat(), "entries": entries, "digest": last}
    line = json.dumps(told)
    with heads_file().open("a") as file:
        file.write(line + "\n")
    log.info("head of the audit trail: %s", line)
    return told


@transaction.atomic
def verify() -> str | None:
    """What is wrong first, in words; None when the chain holds and ends where it should."""
    with connection.cursor() as cursor:  # entries and head of one moment
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    exported = _exported()
    previous, count = GENESIS, 0
    for entry in Entry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous != previous:
            return f"entry {entry.id} does not follow the one before it."
        if entry.digest != digest(entry):
            return f"entry {entry.id} was changed."
        previous, count = entry.digest, count + 1
        if exported.get(count, previous) != previous:
            return f"entry {entry.id} is another one than was exported as number {count}."
    broken = _ends_well(previous, count, exported)
    return broken or next((said for check in also if (said := check())), None)


def _ends_well(last: str, count: int, exported: dict[int, str]) -> str | None:
    kept, kept_digest = head()
    if (count, last) != (kept, kept_digest):
        return f"it has {count} entries where {kept} were written: its end was cut off."
    if exported and max(exported) > count:
        return f"it has {count} entries where {max(exported)} were exported: its end was cut off."
    return None


def _exported() -> dict[int, str]:
    """The digests of exported heads by the number of entries they stood for."""
    if not heads_file().exists():
        return {}
    told = [json.loads(line) for line in heads_file().read_text().splitlines() if line.strip()]
    return {int(each["entries"]): str(each["digest"]) for each in told if each["entries"]}
