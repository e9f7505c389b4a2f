"""A unit on its way to its verdict: what was sent, what is answered, what is stored of it."""

import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from inspection.models.inspections import Mode, Verdict
from inspection.selectors.places import Place
from inspection.services import recording
from inspection.services.recording import FindingRow, ImageRow, Record

SOFTWARE = "kizu 0.1"
AGE, AHEAD = timedelta(days=30), timedelta(hours=1)  # capture times beyond are flagged
WORDS = {
    "deadline": "The answer did not come before the deadline.",
    "worker_down": "No inference process is running: start `manage.py serve`.",
    "not_stored": "The result could not be stored; send the images again with the same key.",
    "no_recipe": "No recipe is released for this product at this station.",
    "broker_down": "The inference queue cannot be reached.",
    "engine_broke": "The engine failed on this image.",
}


@dataclass(frozen=True)
class Judged:
    """What was found and what the recipe says of it; `code` when it cannot be judged."""

    verdict: str
    reasons: list[dict[str, Any]]
    shown: list[dict[str, Any]]
    images: list[ImageRow]
    findings: list[FindingRow]
    code: str = ""
    ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SentImage:
    """An image as it came: the camera and modality that its field named, and its bytes."""

    data: bytes
    sha256: str
    size: int
    camera: str = ""
    modality: str = "rgb"


@dataclass(frozen=True)
class Submission:
    """One unit at one station: what a line computer sent. `began` is of the monotonic clock."""

    station: int
    product: str
    images: list[SentImage]
    received_at: datetime
    began: float
    by_code: bool = False
    serial: str = ""
    lot: str = ""
    mode: str = Mode.PRODUCTION
    captured_at: datetime | None = None
    deadline_ms: int | None = None
    key: str = ""
    late: bool = False  # the line says that nobody waits for this any more

    def fingerprint(self) -> str:
        """Images and fields, not headers."""
        shown = [
            self.station, self.product, self.serial, self.lot, self.mode,
            self.captured_at and self.captured_at.isoformat(),
            [[image.camera, image.modality, image.sha256] for image in self.images],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@dataclass
class Case:
    """A submission on its way: where it belongs, its id, and what has been measured so far."""

    sent: Submission
    place: Place
    client: str
    deadline: float  # monotonic
    id: UUID
    captured_at: datetime
    code: str = ""
    judged: Judged | None = None
    late: bool = False
    ms: dict[str, float] = field(default_factory=dict)

    def forget_bytes(self) -> None:
        """Keep of the images what the rows need."""
        slim = [replace(image, data=b"") for image in self.sent.images]
        self.sent = replace(self.sent, images=slim)

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    def total(self) -> float:
        """Milliseconds since it arrived."""
        return round((time.monotonic() - self.sent.began) * 1000, 2)


def record(case: Case) -> Record:
    """Everything that is committed, with the answer that it is committed for."""
    now = datetime.now(UTC)
    judged, sent, place = case.judged, case.sent, case.place
    verdict = judged.verdict if judged and not case.code else Verdict.ERROR
    answer = body(case, verdict, now) | {"id": str(case.id)}
    age = now - case.captured_at
    row = {
        "id": case.id,
        "captured_day": recording.day_of(case.captured_at),
        "captured_at": case.captured_at,
        "received_at": sent.received_at,
        "decided_at": now,
        "line": place.line,
        "station": place.station,
        "product": place.product,
        "recipe": place.recipe,
        "model": place.model.model_id if place.model else None,
        "client": case.client,
        "serial": sent.serial,
        "lot": sent.lot,
        "mode": sent.mode,
        "attempt": 1,
        "verdict": verdict,
        "model_verdict": judged.verdict if judged else Verdict.ERROR,
        "code": case.code,
        "reasons": answer["reasons"],
        "latency_ms": answer["latency_ms"],
        "fail_safe": answer["fail_safe"],
        "late": case.late,
        "odd_time": age > AGE or -age > AHEAD,
        "software": SOFTWARE,
    }
    decided = verdict != Verdict.ERROR and not case.late
    return Record(
        row,
        judged.images if judged else plain_images(case),
        judged.findings if judged else [],
        sent.key,
        sent.fingerprint() if sent.key else "",
        answer,
        counts=decided and bool(sent.serial) and sent.mode == Mode.PRODUCTION,
        same_unit_hours=place.same_unit_hours,
    )


def body(case: Case, verdict: str, now: datetime) -> dict[str, Any]:
    """The answer in every case; DESIGN.md's field names."""
    judged, sent, place = case.judged, case.sent, case.place
    reasons = list(judged.reasons) if judged else []
    if case.code and not any(reason["code"] == case.code for reason in reasons):
        words = WORDS.get(case.code, case.code.replace("_", " "))
        reasons.insert(0, {"code": case.code, "words": words, "verdict": "ERROR"})
    return {
        "verdict": str(verdict),
        "reasons": reasons,
        "findings": judged.shown if judged else [],
        "model": place.model.model_id if place.model else None,
        "recipe": place.recipe,
        "station": place.station,
        "product": place.product,
        "serial": sent.serial,
        "lot": sent.lot,
        "mode": sent.mode,
        "captured_at": iso(case.captured_at),
        "decided_at": iso(now),
        "latency_ms": case.ms | {"total": case.total()},
        "fail_safe": verdict == Verdict.ERROR,
        "late": case.late,
        "code": case.code,
    }


def plain_images(case: Case) -> list[ImageRow]:
    cameras = case.place.cameras
    return [
        ImageRow(
            position, image.sha256, image.size,
            cameras[image.camera][0] if image.camera else None, image.modality,
        )
        for position, image in enumerate(case.sent.images)
    ]  # fmt: skip


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
