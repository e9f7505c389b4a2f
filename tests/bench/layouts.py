"""Tiny sets drawn in each layout that the benchmark of engines reads, quirks included."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, Any]


def picture(path: Path, pixels: Pixels, form: str | None = None) -> None:
    """A file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, form)


def noise(seed: int, height: int = 60, width: int = 80) -> Pixels:
    """A grey, slightly noisy picture."""
    rng = np.random.default_rng(seed)
    return rng.normal(120, 4, (height, width)).clip(0, 255).astype(np.uint8)


def voc(path: Path, objects: list[tuple[str, tuple[int, int, int, int]]]) -> None:
    """A Pascal VOC file whose file name leads nowhere."""
    things = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax>"
        f"<ymax>{y1}</ymax></bndbox></object>"
        for name, (x0, y0, x1, y1) in objects
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"<annotation><filename>other</filename><size><width>80</width><height>60</height></size>"
        f"{things}</annotation>"
    )


def neu(root: Path) -> None:
    """Two classes, one with a hyphen; a box of one class in a picture of the other."""
    folder = root / "neu_det"
    for number in range(1, 13):
        for name in ("rolled-in_scale", "scratches"):
            stem = f"{name}_{number}"
            picture(folder / f"IMAGES/{stem}.jpg", noise(number))
            voc(folder / f"ANNOTATIONS/{stem}.xml", [("scratches", (8, 6, 40, 30))])


def deeppcb(root: Path) -> None:
    """Eight boards of four pictures; each picture has a dark spot that its template has not."""
    for board in range(8):
        folder = root / f"deeppcb/PCBData/group{board:05}"
        for number in range(4):
            stem, rng = f"{board:05}{number:03}", np.random.default_rng(100 * board + number)
            template = np.where(noise(board, 96, 96) > 120, 220, 200).astype(np.uint8)
            x, y = (int(edge) for edge in rng.integers(10, 60, 2))
            spot = template.copy()
            spot[y : y + 20, x : x + 20] = 20
            picture(folder / f"{board:05}/{stem}_temp.jpg", template)
            picture(folder / f"{board:05}/{stem}_test.jpg", spot)
            text = folder / f"{board:05}_not/{stem}.txt"
            text.parent.mkdir(exist_ok=True)
            text.write_text(f"{x} {y} {x + 20} {y + 20} {number % 6 + 1}\n")


def tiles(root: Path) -> None:
    """Good and bad tiles; masks lie beside the pictures, one is empty."""
    for number in range(16):
        kind = ("MT_Free", "MT_Crack", "MT_Uneven", "MT_Free")[number % 4]
        pixels, mask = noise(number), np.zeros((60, 80), np.uint8)
        if kind != "MT_Free":
            pixels[20:30, 30 : 50 + number] = 30
            mask[20:30, 30 : 50 + number] = 255
            mask[19, 30:50] = 90  # the soft edge is not the defect
        stem = root / f"magnetic_tile/{kind}/Imgs/exp1_num_{number}"
        picture(stem.with_suffix(".jpg"), pixels)
        picture(stem.with_suffix(".png"), np.zeros_like(mask) if number == 2 else mask)


def run_lengths(root: Path) -> None:
    """One defect of two rows and three columns, down the columns from 1; and a good picture."""
    folder = root / "rle_derived_magnetic_tile"
    for name in ("exp1_num_1", "exp1_num_2"):
        picture(folder / f"train_images/{name}.jpg", noise(1, 10, 20))
    (folder / "train.csv").write_text(
        "ImageId,ClassId,EncodedPixels\nexp1_num_1.jpg,3,43 2 53 2 63 2\n"
    )


def outlines(root: Path) -> None:
    """Polygons: labelme's, one picture without a file; Ultralytics', one file empty."""
    for stem in ("01_200101_1000_045_crop_1", "01_200202_1000_045_crop_1", "KGT1-S-001"):
        picture(root / f"bsdata_pitting/data/{stem}.jpg", noise(1))
        labelme(root / f"bsdata_pitting/label/{stem}.json", "Pitting")
    picture(root / "bsdata_pitting/data/01_200303_2000_045_crop_1.jpg", noise(2))
    folder = root / "kolektorsdd_yolo_seg/Datasets"
    for stem, text in (("001", "0 0.1 0.1 0.5 0.1 0.5 0.5\n"), ("002", "")):
        picture(folder / f"images/train/{stem}.jpg", noise(3))
        (folder / "labels/train").mkdir(parents=True, exist_ok=True)
        (folder / f"labels/train/{stem}.txt").write_text(text)


def labelme(path: Path, name: str) -> None:
    """One square outline, the picture embedded as labelme does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = {"label": name, "points": [[8, 6], [40, 6], [40, 30], [8, 30]]}
    read = {"imageWidth": 80, "imageHeight": 60, "imageData": "aGk=", "shapes": [shape]}
    path.write_text(json.dumps(read))


def cracks(root: Path) -> None:
    """A bright and a dark scene, three modalities that pair by number."""
    crops = root / "crack_visible_heat_depth/customized dataset/crop_images"
    for number, level in ((7, 120), (31, 10)):
        for folder, name in (("original", "original"), ("heat", "heat"), ("depth", "depth")):
            pixels = np.full((60, 80, 3), level, np.uint8)
            picture(crops / f"{folder}_images/{name}_{number}.jpg", pixels)
        labelme(crops / f"label_original/original_{number}.json", "crack")


def anomalies(root: Path) -> None:
    """MVTec's layout, BMP files named .png, colour masks; MVTec 3D's, kinds as mask values."""
    mask = np.zeros((60, 80), np.uint8)
    mask[10:20, 10:30] = 255
    for number in range(8):
        good, bad = noise(number), noise(number)
        bad[10:20, 10:30] = 250
        picture(root / f"glass_anomaly/test/good/{number:03}.png", good, "BMP")
        picture(root / f"glass_anomaly/good/{number:03}.png", good, "BMP")
        picture(root / f"glass_anomaly/test/edge/{number:03}.png", bad)
        colour = np.repeat(mask[..., None], 3, axis=2)
        picture(root / f"glass_anomaly/ground_truth/edge/{number:03}_mask.png", colour)
        tire = root / "mvtec3d_tire_rgb"
        picture(tire / f"train/good/rgb/{number:03}.png", good)
        picture(tire / f"test/cut/rgb/{number:03}.png", bad)
        picture(tire / f"test/cut/gt/{number:03}.png", np.where(mask, 2, 0).astype(np.uint8))


def rest(root: Path) -> None:
    """Fabric by folders, insulators with two files a picture, cells in a CSV of blanks."""
    picture(root / "aitex_fabric/defect/0001_002_00.png", noise(1))
    picture(root / "aitex_fabric/no_defect/2306-21u/0001_000_00.png", noise(2))
    folder = root / "cplid_insulator"
    picture(folder / "Defective_Insulators/images/001.jpg", noise(1))
    for kind, corners in (("insulator", (8, 6, 40, 30)), ("defect", (10, 8, 14, 12))):
        voc(folder / f"Defective_Insulators/labels/{kind}/001.xml", [(kind, corners)])
    picture(folder / "Normal_Insulators/images/001.jpg", noise(2))
    voc(folder / "Normal_Insulators/labels/001.xml", [("insulator", (8, 6, 40, 30))])
    lines = []
    for number in range(24):
        picture(root / f"elpv/images/cell{number:04}.png", noise(number))
        probability = ("0.0", "0.3333333333333333", "1.0")[number % 3]
        lines.append(f"images/cell{number:04}.png  {probability}   {('mono', 'poly')[number % 2]}")
    (root / "elpv/labels.csv").write_text("\n".join(lines) + "\n")


def everything(root: Path) -> Path:
    """All of them below one root."""
    for draw in (neu, deeppcb, tiles, run_lengths, outlines, cracks, anomalies, rest):
        draw(root)
    return root
