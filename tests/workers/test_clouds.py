"""Point clouds as height maps: the same surface, whatever it is written as."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from plyfile import PlyData, PlyElement
from pypcd4.pypcd4 import Encoding, PointCloud

from workers import clouds
from workers.images import DecodeFailed, decode

ROWS, COLUMNS = np.mgrid[0:24, 0:40]
SURFACE = np.sin(COLUMNS / 5.0) + ROWS / 30.0  # its rows are from the top, as an image's
POINTS = np.stack([COLUMNS * 0.5, (23 - ROWS) * 0.5, SURFACE], axis=-1).astype(np.float32)


def ply(text: bool, points: np.ndarray = POINTS) -> bytes:
    rows = [tuple(point) for point in points.reshape(-1, 3)]
    table = np.array(rows, dtype=[("x", "f4"), ("y", "f4"), ("z", "f4")])
    out = io.BytesIO()
    PlyData([PlyElement.describe(table, "vertex")], text=text).write(out)
    return out.getvalue()


def pcd(encoding: Encoding) -> bytes:
    out = io.BytesIO()
    PointCloud.from_xyz_points(POINTS.reshape(-1, 3)).save(out, encoding)
    return out.getvalue()


def xyz_tiff(points: np.ndarray = POINTS, **how: Any) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, points, **({"photometric": "rgb"} | how))
    return out.getvalue()


@pytest.mark.parametrize(
    "written",
    [
        lambda: ply(text=True),
        lambda: ply(text=False),
        lambda: pcd(Encoding.ASCII),
        lambda: pcd(Encoding.BINARY),
        lambda: pcd(Encoding.BINARY_COMPRESSED),
        xyz_tiff,
        lambda: xyz_tiff(np.moveaxis(POINTS, -1, 0), photometric="rgb", planarconfig="separate"),
    ],
)
def test_a_grid_is_the_same_surface_again(written: Callable[[], bytes]) -> None:
    found = clouds.heights(written())
    assert found is not None
    assert found.shape == SURFACE.shape
    assert np.abs(found - SURFACE).max() < 1e-5


def test_an_organised_cloud_keeps_its_grid() -> None:
    head = "VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 40\nHEIGHT 24\n"
    head += "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 960\nDATA ascii\n"
    tilted = POINTS + np.array([0.07, 0.01, 0]) * ROWS[..., None]  # no grid of x and y any more
    rows = "\n".join(" ".join(map(str, point)) for point in tilted.reshape(-1, 3).tolist())
    found = clouds.heights((head + rows + "\n").encode())
    assert found is not None
    assert found.shape == (24, 40)
    assert np.allclose(found, SURFACE, atol=1e-5)


def test_what_was_not_measured_is_as_its_nearest_neighbour() -> None:
    points = POINTS.copy()
    points[5, 7] = 0  # as sensors write it
    points[9, 9] = np.nan
    found = clouds.heights(xyz_tiff(points))
    assert found is not None
    near = [SURFACE[4, 7], SURFACE[6, 7], SURFACE[5, 6], SURFACE[5, 8]]
    assert min(abs(found[5, 7] - value) for value in near) < 1e-6
    assert np.isfinite(found).all()


def test_the_highest_of_several_points_is_seen() -> None:
    low = POINTS.reshape(-1, 3) - [0, 0, 5]
    found = clouds.heights(ply(False, np.concatenate([low, POINTS.reshape(-1, 3)])))
    assert found is not None
    assert found.min() >= SURFACE.min() - 1e-5


def test_it_is_kept_as_a_picture_that_everything_reads() -> None:
    kept = clouds.as_tiff(ply(text=False))
    assert kept is not None
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.mode, image.size) == ("F", (40, 24))
        assert np.allclose(np.asarray(image), SURFACE, atol=1e-5)
    assert clouds.heights(kept) is None
    assert np.array_equal(decode(kept), decode(ply(text=True)))


def test_wild_values_do_not_set_the_range() -> None:
    wild = SURFACE.astype(np.float32).copy()
    wild[0, 0], wild[0, 1] = 1e6, np.nan
    out = io.BytesIO()
    tifffile.imwrite(out, wild)
    seen = decode(out.getvalue())[..., 0]
    assert seen[0, 0] == 255
    assert seen[0, 1] == 0
    assert np.ptp(seen[2:]) > 200


@pytest.mark.parametrize(
    "data",
    [
        ply(text=False)[:-100],
        ply(text=True).replace(b"vertex 960", b"vertex 99999999999"),
        ply(text=False, points=POINTS[:1]),  # a line
        ply(text=False, points=np.full((1, 4, 3), np.nan, np.float32)),
        pcd(Encoding.BINARY)[:-100],
        pcd(Encoding.ASCII).replace(b"WIDTH 960", b"WIDTH 99999999999"),
        b"ply\nformat ascii 1.0\nend_header\n",
        b"VERSION .7\n",
    ],
)
def test_a_broken_cloud_is_told(data: bytes) -> None:
    with pytest.raises(DecodeFailed) as failed:
        decode(data)
    assert failed.value.code == "broken"


def test_a_cut_off_cloud_in_a_tiff_is_told() -> None:
    big = np.tile(POINTS, (8, 8, 1))
    data = xyz_tiff(big, compression="zlib")
    whole = clouds.heights(data)
    assert whole is not None
    assert whole.shape == big.shape[:2]
    data = data[: len(data) // 2] + bytes(len(data) - len(data) // 2)
    with pytest.raises(clouds.BrokenCloud):
        clouds.heights(data)


@pytest.mark.parametrize("cut", [5, 9, 60])
def test_a_broken_tiff_is_judged_as_a_picture(cut: int) -> None:
    assert clouds.heights(xyz_tiff()[:cut]) is None


def test_other_bytes_are_no_cloud() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "TIFF")
    assert clouds.heights(plain.getvalue()) is None
    assert clouds.as_tiff(b"nothing of the kind") is None
