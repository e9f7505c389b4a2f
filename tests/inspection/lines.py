"""A line whose inspections a test writes itself, without a web process."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from inspection.models.ids import new_id
from inspection.models.inspections import Finding, Inspection
from inspection.models.plant import Line, Site, Station
from inspection.models.products import DefectClass, Product
from inspection.models.statistics import DirtyHour

NOW = datetime.now(UTC)


class Line1:
    """A line that makes inspections without a web process."""

    def __init__(self, name: str = "one", zone: str = "UTC") -> None:
        site = Site.objects.create(name=f"{name} {uuid.uuid4()}", timezone=zone)
        self.line = Line.objects.create(site=site, name=name, target_ng_rate=0.1, takt_s=20)
        self.station = Station.objects.create(line=self.line, name="AOI")
        self.product = Product.objects.create(code=uuid.uuid4().hex[:8], name="p")
        self.pit = DefectClass.objects.get_or_create(name="pit")[0]

    def unit(self, verdict: str = "OK", ago: float = 0, **fields: Any) -> Inspection:
        """One inspection, `ago` hours back."""
        at = fields.pop("at", NOW - timedelta(hours=ago))
        row = Inspection.objects.create(
            **{
                "id": new_id(at), "captured_day": at.date(), "captured_at": at, "received_at": at,
                "decided_at": at, "line": self.line, "station": self.station,
                "product": self.product, "client": "test", "verdict": verdict,
                "model_verdict": verdict, "latency_ms": {"total": 10.0},
            }
            | fields
        )  # fmt: skip
        if verdict == "NG":
            Finding.objects.create(
                captured_day=row.captured_day, inspection_id=row.id, position=0,
                defect_class=self.pit, score=0.9, decisive=True,
            )  # fmt: skip
        hour = at.replace(minute=0, second=0, microsecond=0)
        DirtyHour.objects.create(hour=hour, station=self.station)
        return row
