"""Shift calendars: weekly patterns with exceptions and versions, in the plant's own time zone.

Instances are half-open UTC intervals that never overlap; what no shift covers is "unscheduled" and
kept. A shift belongs to the date on which it starts (or ends, by choice). Local times that the
clocks skip are the instant of the change; times that come twice are the first of the two.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UNSCHEDULED = "unscheduled"
DAY = timedelta(days=1)
WEEK_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class Shift:
    """A weekly shift: `weekday` 0 is Monday; an `end` at or before `start` is on the next day."""

    code: str
    weekday: int
    start: time
    end: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"weekday must be 0 (Monday) to 6, not {self.weekday}")
        if not self.code or self.code == UNSCHEDULED:
            raise ValueError(f"code must not be empty or {UNSCHEDULED!r}")


@dataclass(frozen=True)
class Version:
    """The pattern from a date on. `exceptions` replace a date's shifts (none: a holiday)."""

    effective: date
    shifts: tuple[Shift, ...]
    exceptions: Mapping[date, tuple[Shift, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spans = sorted(_week_span(shift) for shift in self.shifts)
        wrapped = [*spans, *((a + WEEK_MINUTES, b + WEEK_MINUTES) for a, b in spans[:1])]
        for (_, end), (start, _) in pairwise(wrapped):
            if start < end:
                raise ValueError("shifts overlap within the week")

    def on(self, day: date) -> tuple[Shift, ...]:
        """The shifts that start on this local date, earliest first."""
        if day in self.exceptions:
            return tuple(sorted(self.exceptions[day], key=lambda shift: shift.start))
        today = [shift for shift in self.shifts if shift.weekday == day.weekday()]
        return tuple(sorted(today, key=lambda shift: shift.start))


def _week_span(shift: Shift) -> tuple[int, int]:
    start = shift.weekday * 1440 + shift.start.hour * 60 + shift.start.minute
    end = shift.weekday * 1440 + shift.end.hour * 60 + shift.end.minute
    return start, end if end > start else end + 1440


@dataclass(frozen=True)
class Instance:
    """One shift as it happened: [start, end) in UTC, and the date it is counted to."""

    start: datetime
    end: datetime
    business_date: date
    code: str

    @property
    def hours(self) -> float:
        """True hours, clock changes included."""
        return (self.end - self.start).total_seconds() / 3600


class Calendar:
    """A plant's calendar: an IANA zone and versions with different effective dates."""

    def __init__(
        self, zone: str, versions: Sequence[Version], night_belongs_to: str = "start"
    ) -> None:
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"zone {zone!r} is not an IANA time zone") from error
        if night_belongs_to not in ("start", "end"):
            raise ValueError("night_belongs_to must be start or end")
        self.versions = tuple(sorted(versions, key=lambda version: version.effective))
        if len({version.effective for version in self.versions}) < len(self.versions):
            raise ValueError("versions must have different effective dates")
        self.belongs_to = night_belongs_to

    def instances(self, first: date, last: date) -> list[Instance]:
        """The shifts that start on the local dates first..last, in order, without overlap.

        Where an exception or a new version starts while a shift still runs, that shift ends there.
        """
        made = [
            instance
            for day in _days(first - DAY, last + DAY)
            for shift in self._on(day)
            if (instance := self._instance(day, shift)).start < instance.end
        ]
        made.sort(key=lambda instance: (instance.start, instance.end))
        cut = [replace(a, end=min(a.end, b.start)) for a, b in pairwise(made)] + made[-1:]
        return [
            instance
            for instance in cut
            if instance.start < instance.end
            and first <= instance.start.astimezone(self.zone).date() <= last
        ]

    def cover(self, start: datetime, end: datetime) -> Iterator[Instance]:
        """Every instant of [start, end) once: shifts, and unscheduled time by local date."""
        at, end = _utc("start", start), _utc("end", end)
        if end < at:
            raise ValueError("end lies before start")
        first = at.astimezone(self.zone).date() - 2 * DAY
        last = end.astimezone(self.zone).date() + DAY
        for instance in self.instances(first, last):
            if instance.end <= at or at >= end:
                continue
            yield from self._unscheduled(at, min(max(instance.start, at), end))
            clipped = replace(instance, start=max(instance.start, at), end=min(instance.end, end))
            if clipped.start < clipped.end:
                yield clipped
                at = clipped.end
            else:
                at = max(at, min(instance.start, end))
        yield from self._unscheduled(at, end)

    def at(self, instant: datetime) -> Instance:
        """The shift, or the unscheduled stretch, that holds this instant, whole."""
        moment = _utc("instant", instant)
        around = self.cover(moment - 3 * DAY, moment + 3 * DAY)
        return next(found for found in around if found.start <= moment < found.end)

    def business_date(self, instant: datetime) -> date:
        """The date this instant is counted to: its shift's, else the plant's local date."""
        return self.at(instant).business_date

    def _on(self, day: date) -> tuple[Shift, ...]:
        valid = [version for version in self.versions if version.effective <= day]
        return valid[-1].on(day) if valid else ()

    def _instance(self, day: date, shift: Shift) -> Instance:
        last = day if shift.end > shift.start else day + DAY
        belongs = day if self.belongs_to == "start" else last
        start, end = self._instant(day, shift.start), self._instant(last, shift.end)
        return Instance(start, end, belongs, shift.code)

    def _instant(self, day: date, clock: time) -> datetime:
        local = datetime.combine(day, clock, self.zone)
        early = local.astimezone(UTC)
        if early.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            return early
        return self._change(local.replace(fold=1).astimezone(UTC), early)

    def _change(self, low: datetime, high: datetime) -> datetime:
        """The instant between the two at which the zone's offset changes."""
        before = low.astimezone(self.zone).utcoffset()
        while high - low > timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            if middle.astimezone(self.zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high.replace(microsecond=0)

    def _unscheduled(self, start: datetime, end: datetime) -> Iterator[Instance]:
        while start < end:
            day = start.astimezone(self.zone).date()
            midnight = self._instant(day + DAY, time())
            stop = min(end, midnight) if midnight > start else end
            yield Instance(start, stop, day, UNSCHEDULED)
            start = stop


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def _utc(name: str, instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{name} must carry a time zone")
    return instant.astimezone(UTC)
