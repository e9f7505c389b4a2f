"""Ids of inspections: UUIDs (version 8, RFC 9562) that begin with their capture time.

The day as eight digits, the millisecond of that UTC day, then 62 random bits: ids sort by capture
time, and a partition is found from an id alone.
"""

import secrets
import uuid
from datetime import UTC, date, datetime, time

DAY_MS = 86_400_000


def new_id(captured_at: datetime) -> uuid.UUID:
    """A fresh id for something captured then."""
    moment = captured_at.astimezone(UTC)
    return _compose(moment.date(), _ms(moment), secrets.randbits(62))


def day_of(inspection: uuid.UUID) -> date | None:
    """The capture day (UTC) that an id names; None when it names none."""
    try:
        return datetime.strptime(inspection.hex[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def first_id(moment: datetime) -> uuid.UUID:
    """The smallest id of this millisecond: a bound for ranges of time."""
    moment = moment.astimezone(UTC)
    return _compose(moment.date(), _ms(moment), 0)


def _ms(moment: datetime) -> int:
    since = moment - datetime.combine(moment.date(), time(), UTC)
    return min(DAY_MS - 1, int(since.total_seconds() * 1000))


def _compose(day: date, ms: int, noise: int) -> uuid.UUID:
    """The day, 28 bits of the ms around the version, then noise under the variant."""
    high, low = ms >> 12, ms & 0xFFF
    value = int(f"{day:%Y%m%d}", 16) << 96
    value |= high << 80 | 0x8 << 76 | low << 64
    value |= 0b10 << 62 | noise & ((1 << 62) - 1)
    return uuid.UUID(int=value)
