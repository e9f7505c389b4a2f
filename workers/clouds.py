"""Point clouds as height maps: PLY, PCD, and TIFF with x, y and z for each pixel. No torch.

A cloud that is a grid of measurements keeps its grid. Any other is looked at from above (along z,
y upwards), about one point a pixel, the highest of those that fall into one. Where nothing was
measured, the nearest measurement stands.
"""

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.contract import MAX_PIXELS

Heights = NDArray[np.float32]  # height x width, in the cloud's own unit
Points = NDArray[np.float64]  # n x 3: x, y, z
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HEADER = 8192  # bytes within which a PCD file says how large it is


class BrokenCloud(ValueError):
    """A point cloud that cannot be read, with the cause in words."""


def heights(data: bytes) -> Heights | None:
    """The height map of a point cloud; None for bytes that are no cloud. BrokenCloud."""
    if data[:4] in (b"ply\n", b"ply\r"):
        return _read(_of_ply, data)
    if data[:6] == b"# .PCD" or data[:8] == b"VERSION ":
        return _read(_of_pcd, data)
    return _of_tiff(data) if data[:4] in TIFF else None


def as_tiff(data: bytes) -> bytes | None:
    """The height map of a point cloud as a float TIFF; None for bytes that are no cloud."""
    found = heights(data)
    if found is None:
        return None
    import tifffile  # half a second in every process, and few send clouds

    out = io.BytesIO()
    tifffile.imwrite(out, found, compression=None, metadata=None, software=False)
    return out.getvalue()


def _read(reader: Any, data: bytes) -> Heights:
    try:
        return _whole(reader(data))
    except BrokenCloud:
        raise
    except Exception as error:  # two libraries, each with errors of many kinds
        words = "The point cloud is damaged, cut off, or packed in a way that cannot be read here."
        raise BrokenCloud(words) from error


def _of_ply(data: bytes) -> Heights:
    from plyfile import PlyData

    lines = [line.split() for line in data[: data.find(b"end_header")].splitlines()]
    _check_count(sum(int(line[2]) for line in lines if line[:2] == [b"element", b"vertex"]))
    vertex = PlyData.read(io.BytesIO(data))["vertex"]
    return _from_above(np.stack([np.asarray(vertex[axis], np.float64) for axis in "xyz"], axis=1))


def _of_pcd(data: bytes) -> Heights:
    from pypcd4.pypcd4 import PointCloud

    lines = [line.split() for line in data[:HEADER].splitlines() if line.strip()]
    words = {line[0]: line[1:] for line in lines}
    width, height = (int(words[name][0]) for name in (b"WIDTH", b"HEIGHT"))
    _check_count(width * height)
    file: Any = io.BufferedReader(io.BytesIO(data))
    points = PointCloud.from_fileobj(file).numpy(("x", "y", "z")).astype(np.float64)
    if height > 1:
        return np.asarray(points[:, 2].reshape(height, width), np.float32)
    return _from_above(points)


def _check_count(points: int) -> None:
    if points > MAX_PIXELS:
        words = f"The point cloud has {points} points; {MAX_PIXELS // 10**6} million are the limit."
        raise BrokenCloud(words)


def _of_tiff(data: bytes) -> Heights | None:
    """z of a TIFF with three floats a pixel; all three zero means that nothing was measured.

    What is no such TIFF, or too large, is for those to judge who read pictures.
    """
    import tifffile

    try:
        file = tifffile.TiffFile(io.BytesIO(data))
        page: Any = file.pages[0]
    except Exception:  # its errors are of many kinds
        return None
    with file:
        floats = page.dtype is not None and page.dtype.kind == "f" and page.samplesperpixel == 3
        if not floats or page.imagewidth * page.imagelength > MAX_PIXELS:
            return None
        apart = page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
        return _read(lambda _: _heights_of(page.asarray(), apart), data)


def _heights_of(points: NDArray[Any], apart: bool) -> Heights:
    if apart:
        points = np.moveaxis(points, 0, -1)
    missing = (points == 0).all(axis=-1)
    return np.where(missing, np.nan, points[..., 2]).astype(np.float32)


def _from_above(points: Points) -> Heights:
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) == 0:
        raise BrokenCloud("The point cloud has no point.")
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = high[:2] - low[:2]
    if width <= 0 or height <= 0:
        raise BrokenCloud("Seen from above (along z), the point cloud has no area.")
    cell = _cell(float(width), float(height), len(points))
    size = round(height / cell) + 1, round(width / cell) + 1
    if size[0] * size[1] > MAX_PIXELS:
        raise BrokenCloud("Seen from above (along z), the point cloud is all but a line.")
    rows = ((high[1] - points[:, 1]) / cell).round().astype(np.int64)
    columns = ((points[:, 0] - low[0]) / cell).round().astype(np.int64)
    found = np.full(size, -np.inf)
    np.maximum.at(found, (rows, columns), points[:, 2])
    return np.where(np.isfinite(found), found, np.nan).astype(np.float32)


def _cell(width: float, height: float, points: int) -> float:
    """Side of a pixel with which (width / side + 1) (height / side + 1) is the number of points.

    A cloud that is a square grid, though it does not say so, is that grid again.
    """
    around = width + height
    root = math.sqrt(around**2 + 4 * (points - 1) * width * height)
    return (around + root) / (2 * (points - 1))


def _whole(found: Heights) -> Heights:
    from scipy import ndimage

    holes = ~np.isfinite(found)
    if holes.all():
        raise BrokenCloud("The point cloud has no point.")
    if not holes.any():
        return found
    nearest = ndimage.distance_transform_edt(holes, return_distances=False, return_indices=True)
    return np.asarray(found[tuple(nearest)], np.float32)
