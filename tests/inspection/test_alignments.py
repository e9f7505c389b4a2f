"""How a camera's further modalities lie on its colour picture: marked, kept, used for verdicts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from core.audit.models import Entry
from inspection.models.inspections import InspectionImage
from inspection.models.plant import Alignment, Camera
from inspection.selectors import places
from inspection.services import findings
from inspection.services.cases import SentImage
from tests.inspection.lines import Line1

Api = Callable[..., Any]
PATH = "/api/v1/alignments"
CORNERS = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
MOVED = [[x, y, x * 0.9 + 0.05, y * 0.9] for x, y in CORNERS]


@pytest.fixture
def camera(line: Line1) -> Camera:
    return Camera.objects.create(station=line.station, name="top")


def body(camera: Camera, **fields: Any) -> dict[str, Any]:
    size = {"width": 320, "height": 240}
    return {"camera": camera.pk, "modality": "ir", "points": MOVED, **size} | fields


def test_marked_points_are_kept_with_what_they_leave_over(api: Api, camera: Camera) -> None:
    client = api("engineer")
    made = client.post(PATH, body(camera), format="json")
    assert made.status_code == 201, made.json()
    told = made.json()
    assert told["residual_px"] == pytest.approx(0, abs=1e-6)
    assert told["homography"] == pytest.approx([0.9, 0, 0.05, 0, 0.9, 0, 0, 0, 1], abs=1e-9)
    off = [*MOVED, [0.5, 0.5, 0.6, 0.45]]  # 32 px to the right of where the others have it
    changed = client.patch(f"{PATH}/{told['id']}", {"points": off}, format="json").json()
    assert changed["residual_px"] > 5
    assert client.get(f"{PATH}?camera={camera.pk}").json()["results"] == [changed]
    assert Entry.objects.filter(action="alignment.change").count() == 1
    again = client.post(PATH, body(camera), format="json")
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    assert client.delete(f"{PATH}/{told['id']}").status_code == 204
    assert not Alignment.objects.exists()


def test_what_points_would_give_is_told_and_not_kept(api: Api, camera: Camera) -> None:
    off = [*MOVED, [0.5, 0.5, 0.6, 0.45]]
    asked = {"points": off, "width": 320, "height": 240}
    told = api("engineer").post(f"{PATH}/fit", asked, format="json").json()
    assert max(told["residuals_px"]) == told["residuals_px"][4] > told["residual_px"]
    assert not Alignment.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"points": MOVED[:3]}, 422, "points_too_few"),
        ({"points": [[0.1 * n, 0.1 * n, 0.1 * n, 0.2] for n in range(5)]}, 422, "points_on_a_line"),
        ({"points": [[0.1, 0.2, 3, 0.1]] * 4}, 400, "invalid"),
        ({"points": [[0.1, 0.2]] * 4}, 400, "invalid"),
        ({"points": "all"}, 400, "invalid"),
        ({"modality": "rgb"}, 400, "invalid"),
        ({"modality": ""}, 400, "invalid"),
        ({"points": [[0, 0, 0, 0], [0, 1e-310, 0, 1e-310], *MOVED[:2]]}, 422, "points_on_a_line"),
        ({"width": 0}, 400, "invalid"),
        ({"homographies": []}, 400, "unknown_field"),
    ],
)
def test_what_is_wrong_is_told(
    api: Api, camera: Camera, fields: Any, status: int, code: str
) -> None:
    told = api("engineer").post(PATH, body(camera, **fields), format="json")
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert not Alignment.objects.exists()


def test_who_may_see_and_mark(api: Api, camera: Camera, line: Line1) -> None:
    assert api("operator").post(PATH, body(camera), format="json").status_code == 403
    elsewhere = api("engineer", lines=[line.line.pk + 1])
    assert elsewhere.post(PATH, body(camera), format="json").status_code == 403
    made = api("engineer").post(PATH, body(camera), format="json").json()
    other = api("viewer", lines=[line.line.pk + 1])
    assert other.get(PATH).json()["results"] == []
    assert other.get(f"/api/v1/cameras/{camera.pk}/pairs").status_code == 404
    assert api("viewer").get(f"{PATH}/{made['id']}").json() == made


def test_the_station_tells_serve_how_its_pictures_lie(
    api: Api, camera: Camera, line: Line1
) -> None:
    api("engineer").post(PATH, body(camera), format="json")
    place = places.find(line.station.pk, str(line.product.pk), False)
    assert isinstance(place, places.Place)
    sent = [SentImage(b"", "a" * 64, 1, "top"), SentImage(b"", "b" * 64, 1, "top", "ir"),
            SentImage(b"", "c" * 64, 1)]  # fmt: skip
    (pair, alone), _ = findings.parts(sent, [None] * 3, place)
    assert pair.alignment["ir"] == pytest.approx([0.9, 0, 0.05, 0, 0.9, 0, 0, 0, 1], abs=1e-9)
    assert alone.alignment == {}
    (colour,), _ = findings.parts(sent[:1], [None], place)
    assert colour.alignment == {}


def test_pairs_to_mark_on_are_the_last_units_with_both_pictures(
    api: Api, camera: Camera, line: Line1
) -> None:
    for number in range(3):
        row = line.unit(at=datetime.now(UTC))
        for position, modality in enumerate(("rgb", "ir")[: number or 1]):
            InspectionImage.objects.create(
                captured_day=row.captured_day, inspection_id=row.id, position=position,
                camera=camera, modality=modality, sha256="a" * 64, size=1,
            )  # fmt: skip
    (pair,) = api("engineer").get(f"/api/v1/cameras/{camera.pk}/pairs").json()
    assert (pair["inspection"], pair["modality"]) == (str(row.id), "ir")
    assert pair["colour_url"].endswith("/images/0")
    assert pair["other_url"].endswith("/images/1")
