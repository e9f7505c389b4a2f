"""The commands for the shell: a folder into a dataset, and whether the records hang together."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core import storage
from core.accounts.models import User
from inspection.models.datasets import Dataset, Import, Sample
from inspection.selectors import records
from tests import drawn


def coco(folder: Path, count: int) -> Path:
    """Drawn plates with their boxes."""
    (folder / "images").mkdir(parents=True)
    images, notes = [], []
    for number in range(count):
        data, (x0, y0, x1, y1), name = drawn.plate(number)
        (folder / "images" / f"{number}.png").write_bytes(data)
        images.append({"id": number, "file_name": f"{number}.png", "width": 64, "height": 64})
        box = [64 * x0, 64 * y0, 64 * (x1 - x0), 64 * (y1 - y0)]
        category = 1 + drawn.CLASSES.index(name)
        notes.append({"id": number, "image_id": number, "category_id": category, "bbox": box})
    kinds = [{"id": 1 + place, "name": name} for place, name in enumerate(drawn.CLASSES)]
    document = {"images": images, "annotations": notes, "categories": kinds}
    (folder / "notes.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    return make_user("admin", username="admin")


def test_a_folder_becomes_a_dataset(admin: User, tmp_path: Path) -> None:
    said = io.StringIO()
    call_command("import_dataset", "plates", str(coco(tmp_path / "d", 6)), stdout=said)
    assert "Imported plates (coco)" in said.getvalue()
    assert "6 samples" in said.getvalue()
    assert Dataset.objects.get().samples.count() == 6
    assert Import.objects.get().created_by == admin


def test_a_zip_looked_at_dry_then_imported(admin: User, tmp_path: Path) -> None:
    folder, packed = coco(tmp_path / "d", 4), tmp_path / "d.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    said = io.StringIO()
    call_command("import_dataset", "plates", str(packed), "--dry-run", stdout=said)
    assert "Would import" in said.getvalue()
    assert not Sample.objects.exists()
    call_command("import_dataset", "plates", str(packed), stdout=said)
    assert Sample.objects.count() == 4
    assert Dataset.objects.count() == 1


def test_what_cannot_be_imported_is_an_error(admin: User, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(CommandError):
        call_command("import_dataset", "a", str(tmp_path / "broken.png"), stderr=io.StringIO())
    with pytest.raises(CommandError, match="no user nobody"):
        call_command("import_dataset", "a", str(tmp_path), "--user", "nobody")
    with pytest.raises(CommandError, match="not there"):
        call_command("import_dataset", "a", str(tmp_path / "absent"))
    assert not Sample.objects.exists()


def test_records_that_hang_together(admin: User) -> None:
    drawn.version(admin, images=5)
    said = io.StringIO()
    call_command("check_records", stdout=said)
    assert "Every record has its partners" in said.getvalue()


def test_an_object_that_is_gone_and_a_finding_without_its_unit(admin: User) -> None:
    drawn.version(admin, images=5)
    sha256 = drawn.blob(drawn.plate(0)[0]).pk
    storage.remove(sha256)
    name = Sample.objects.latest("id").annotations.get().defect_class_id
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inspection_finding (captured_day, inspection_id, position, image, "
            "defect_class_id, score, decisive) VALUES (current_date, gen_random_uuid(), 0, 0, "
            "%s, 0.5, true)",
            [name],
        )
    found: dict[str, Any] = {fault.words: fault for fault in records.faults()}
    assert set(found) == {"findings without their inspection", "objects absent in the store"}
    assert sha256[:12] in found["objects absent in the store"].examples[0]
    with pytest.raises(SystemExit) as ended:
        call_command("check_records", stderr=io.StringIO())
    assert ended.value.code == 1
    storage.put(drawn.plate(0)[0])
