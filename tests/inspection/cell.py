"""A station with its token, as a line computer knows it, and what a test asks of it."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from core.accounts import tokens
from inspection.models.inspections import Inspection
from inspection.models.plant import Line, Site, Station
from inspection.models.products import DefectClass, Product
from inspection.models.registry import ModelVersion
from inspection.selectors import workers
from inspection.services import artefacts, recipes, registry
from tests.workers import ground as drawn
from workers.contract import TrainResult

Answer = dict[str, Any]


class Cell:
    """A station with its token: what a line computer knows."""

    def __init__(self, url: str, user: Any, modes: list[str] | None = None) -> None:
        site = Site.objects.create(name=uuid.uuid4().hex, timezone="Europe/Berlin")
        self.line = Line.objects.create(site=site, name="Line")
        self.station = Station.objects.create(line=self.line, name="AOI", deadline_ms=5000)
        self.product = Product.objects.create(code=uuid.uuid4().hex[:8], name="plate")
        self.user, self.url = user, url
        key = tokens.issue(user, "line", modes=modes)[1]
        self.http = httpx.Client(headers={"Authorization": f"Token {key}"}, timeout=90)

    def post(
        self,
        data: bytes | None = None,
        deadline: int = 60_000,
        key: str = "",
        late: bool = False,
        **fields: Any,
    ) -> httpx.Response:
        form = {"station": str(self.station.pk), "product": str(self.product.pk)} | fields
        headers = {"X-Deadline-Ms": str(deadline)} | ({"Idempotency-Key": key} if key else {})
        headers |= {"X-Late": "true"} if late else {}
        files = {"image": ("a.png", image(0) if data is None else data, "image/png")}
        url = f"{self.url}/api/v1/inspections"
        return self.http.post(url, data=form, files=files, headers=headers)

    def submit(
        self, files: list[tuple[str, bytes]], deadline: int = 60_000, **fields: Any
    ) -> httpx.Response:
        """Several images, each under the name of its field."""
        form = {"station": str(self.station.pk), "product": str(self.product.pk)} | fields
        sent = [(name, (f"{name}.png", data, "image/png")) for name, data in files]
        headers = {"X-Deadline-Ms": str(deadline)}
        url = f"{self.url}/api/v1/inspections"
        return self.http.post(url, data=form, files=sent, headers=headers)

    def release(
        self,
        result: TrainResult,
        rules: Any = (),
        engine: str = "patch_cnn",
        params: Any = None,
        **thresholds: float,
    ) -> ModelVersion:
        """Put the trained model in force here."""
        params = {"epochs": 6, "patches": 16, "width": 8} if params is None else params
        for name in result.classes:
            DefectClass.objects.get_or_create(name=name)
        model = ModelVersion.objects.create(
            name="m", engine=engine, kind=result.kind, classes=result.classes,
            params=params, metrics={}, code_version="test",
            artefact=artefacts.keep(result.artefact, result.artefact_size),
        )  # fmt: skip
        assert result.export
        artefacts.add_export(model, result.export)
        ask: dict[str, Any] = {
            "station": self.station, "product": self.product, "model": model
        }  # fmt: skip
        ask |= {"thresholds": {"default": 0.5} | thresholds, "rules": list(rules)}
        recipe = recipes.save(ask, self.user)
        state = registry.release(recipe.pk, "test", self.user, wait=120).state
        assert state == "released", (state, workers.serving())
        return model


def image(number: int) -> bytes:
    """A drawn plate: every third is good."""
    import io

    from PIL import Image

    pixels, _ = drawn.plate(number, 96)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def stored(answer: Answer) -> Inspection:
    return Inspection.objects.get(id=answer["id"])


def wait_for(found: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return value
