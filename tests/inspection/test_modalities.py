"""Images that show the same thing in another light, told by their names; clouds as height maps."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from core import storage
from core.errors import Refused
from inspection.formats import modalities
from inspection.models import Blob, Sample, SampleImage
from inspection.services import thumbnails
from tests.inspection.test_imports import bring, codes, picture

Api = Callable[..., Any]


def cloud(seed: int, side: int = 20) -> bytes:
    """A bumpy square as PLY."""
    y, x = np.mgrid[0:side, 0:side]
    z = np.sin(x / 3 + seed) * np.cos(y / 4)
    table = np.array([*zip(x.flat, y.flat, z.flat, strict=True)],
                     dtype=[("x", "f4"), ("y", "f4"), ("z", "f4")])  # fmt: skip
    out = io.BytesIO()
    PlyData([PlyElement.describe(table, "vertex")]).write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["rgb/7.png", "ir/7.png"], {"ir/7.png": ("rgb/7.png", "ir")}),
        (["7.png", "7_depth.tiff"], {"7_depth.tiff": ("7.png", "depth")}),
        (["images/7.png", "thermal/7.png"], {"thermal/7.png": ("images/7.png", "ir")}),
        (
            [
                "original_images/original_23.jpg",
                "heat_images/heat_23.jpg",
                "depth_images/depth_23.jpg",
            ],
            {
                "heat_images/heat_23.jpg": ("original_images/original_23.jpg", "ir"),
                "depth_images/depth_23.jpg": ("original_images/original_23.jpg", "depth"),
            },
        ),
        (["a/rgb/1.png", "a/xyz/1.tiff"], {"a/xyz/1.tiff": ("a/rgb/1.png", "depth")}),
        (["part.png", "part.ply"], {"part.ply": ("part.png", "depth")}),
        (["7.png", "7-golden.png"], {"7-golden.png": ("7.png", "template")}),
        # No colour image, two of them, two of a kind, another folder: nothing is put together.
        (["ir/7.png", "depth/7.png"], {}),
        (["7.png", "7_rgb.png", "7_ir.png"], {}),
        (["7.png", "7_ir.png", "7-thermal.png"], {}),
        (["a/7.png", "b/7_ir.png"], {}),
        (["scratch/1.png", "dent/1.png"], {}),
        (["1_top.png", "1_bottom.png"], {}),
    ],
)
def test_names_tell_what_belongs_together(paths: list[str], found: dict[str, Any]) -> None:
    assert modalities.partners(paths) == found


def test_folders_of_classes_and_modalities(api: Api) -> None:
    files = {
        "good/rgb/1.png": picture(1),
        "good/ir/1.png": picture(2),
        "scratch/rgb/2.png": picture(3),
        "scratch/ir/2.png": picture(4),
        "scratch/depth/2.ply": cloud(1),
    }
    row = bring(api("engineer"), files, task="classify")
    assert row["state"] == "succeeded", row
    assert (row["counts"]["samples"], row["counts"]["images"]) == (2, 5)
    images = {
        sample.path: {image.modality for image in sample.images.all()}
        for sample in Sample.objects.all()
    }
    assert images == {"good/rgb/1.png": {"rgb", "ir"}, "scratch/rgb/2.png": {"rgb", "ir", "depth"}}
    named = {
        s.path: [a.defect_class.name for a in s.annotations.all()] for s in Sample.objects.all()
    }
    assert named == {"good/rgb/1.png": ["good"], "scratch/rgb/2.png": ["scratch"]}


def test_what_is_annotated_on_either_is_the_samples(api: Api) -> None:
    files = {
        "data.yaml": b"names: [pit]\n",
        "images/1.png": picture(1),
        "images/1_ir.png": picture(2),
        "labels/1_ir.txt": b"0 0.5 0.5 0.2 0.2\n",
    }
    row = bring(api("engineer"), files)
    assert row["state"] == "succeeded", row
    (sample,) = Sample.objects.all()
    assert (sample.path, sample.annotated, sample.annotations.count()) == ("images/1.png", True, 1)


def test_a_further_modality_joins_samples_that_are_there(api: Api) -> None:
    client = api("engineer")
    row = bring(client, {"1.png": picture(1), "2.png": picture(2)})
    files = {"1.png": picture(1), "2.png": picture(2), "2_ir.png": picture(3)}
    again = bring(client, files, dataset=row["dataset"])
    assert (again["counts"]["added"], again["counts"]["updated"]) == (0, 2)
    held = {s.path: {i.modality for i in s.images.all()} for s in Sample.objects.all()}
    assert held == {"1.png": {"rgb"}, "2.png": {"rgb", "ir"}}
    other = bring(client, files | {"2_ir.png": picture(4)}, dataset=row["dataset"])
    assert (other["state"], other["error_code"]) == ("failed", "path_taken")
    assert SampleImage.objects.count() == 3


def test_a_point_cloud_comes_in_as_its_height_map(api: Api) -> None:
    client = api("engineer")
    row = bring(client, {"1.png": picture(1), "1.ply": cloud(1)})
    assert codes(row, "warning") == {"odd_image"}
    (sample,) = Sample.objects.all()
    depth = sample.images.get(modality="depth")
    assert (depth.width, depth.height, depth.bits) == (20, 20, 16)
    assert storage.get(depth.blob_id)[:2] == b"II"
    assert depth.thumbnail_size
    again = bring(client, {"1.png": picture(1), "1.ply": cloud(1)}, dataset=row["dataset"])
    assert again["state"] == "succeeded", again
    assert SampleImage.objects.count() == 2


def test_a_broken_cloud_is_a_problem_of_its_file(api: Api) -> None:
    row = bring(api("engineer"), {"1.png": picture(1), "1.ply": cloud(1)[:-200]})
    assert (row["state"], codes(row)) == ("failed", {"broken_cloud"})
    assert not Sample.objects.exists()


def test_a_cloud_that_a_line_sent_can_be_looked_at(db: None) -> None:
    data = cloud(2)
    sha256 = storage.put(data)
    assert Blob.objects.filter(pk=sha256).count() == 0
    assert thumbnails.small(sha256).kind == "image/jpeg"
    assert thumbnails.whole(sha256).kind == "image/png"
    with pytest.raises(Refused) as refused:
        thumbnails.whole(storage.put(data[:-200]))
    assert refused.value.code == "not_an_image"
