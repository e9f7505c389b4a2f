"""The sets of a data root as engines learn from them: one reader a set and task.

`frozen(root, name, seed)` gives a dataset version; `SETS` names them all with their folders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.parts.trials import layouts, splits
from bench.parts.trials.layouts import Item, Note, Set
from workers.contract import Manifest

PCB = ("open", "short", "mousebite", "spur", "copper", "pin-hole")
TILES = ("MT_Blowhole", "MT_Break", "MT_Crack", "MT_Fray", "MT_Uneven")
DARK = 33.5  # mean grey level: the scenes that the crack set counts as dark lie below, none above
PARTS_OF_TEN = 10  # consecutive numbers of the crack set are one scene after the other


def neu_boxes(root: Path) -> Set:
    """Hot-rolled steel: boxes of six classes. No part is named: a picture is a part."""
    items = []
    for path in sorted((root / "IMAGES").glob("*.jpg")):
        notes, _ = layouts.voc(root / "ANNOTATIONS" / f"{path.stem}.xml")
        items.append(_item(root, path, path.stem, _neu_class(path), notes))
    return Set("detect", sorted({item.stratum for item in items}), items)


def neu_classes(root: Path) -> Set:
    """The same pictures, each of the class in its file's name."""
    items = []
    for path in sorted((root / "IMAGES").glob("*.jpg")):
        name = _neu_class(path)
        items.append(_item(root, path, path.stem, name, [layouts.label(name)]))
    return Set("classify", sorted({item.stratum for item in items}), items)


def _neu_class(path: Path) -> str:
    return path.stem.rpartition("_")[0]


def deeppcb(root: Path) -> Set:
    """Bare boards: boxes of six classes, and the template of each. A group is a board."""
    items = []
    for path in sorted((root / "PCBData").glob("group*/*/*_test.jpg")):
        stem, size = path.stem.removesuffix("_test"), layouts.size_of(path)
        lines = (path.parent.with_name(f"{path.parent.name}_not") / f"{stem}.txt").read_text()
        rows = [
            [int(word) for word in line.replace(",", " ").split()] for line in lines.split("\n")
        ]
        notes = [layouts.box(PCB[row[4] - 1], row[:4], size) for row in rows if row]
        board = path.parents[1].name
        template = {"template": path.with_name(f"{stem}_temp.jpg")}
        items.append(_item(root, path, board, "board", notes, template))
    return Set("detect", list(PCB), items)


def magnetic_tile(root: Path) -> Set:
    """Tiles with masks of five classes; a tile's number is its part."""
    return Set("segment", list(TILES), _tiles(root))


def normal_tiles(root: Path) -> Set:
    """The same tiles, learnt from good ones alone."""
    return Set("anomaly", list(TILES), _tiles(root), only_test=TILES)


def _tiles(root: Path) -> list[Item]:
    items = []
    for path in sorted(root.glob("MT_*/Imgs/*.jpg")):
        name, notes = path.parents[1].name, list[Note]()
        if name in TILES:  # a few of MT_Uneven have an empty mask: of this class, no pixel known
            mask = layouts.mask_file(path.with_suffix(".png"))
            notes = layouts.outlined(name, mask) or [layouts.label(name)]
        items.append(_item(root, path, path.stem.rpartition("_")[2], name, notes))
    return items


def run_length_tiles(root: Path) -> Set:
    """Tiles with run lengths in a CSV, four classes by number."""
    runs = layouts.run_lengths(root / "train.csv")
    items = []
    for path in sorted((root / "train_images").glob("*.jpg")):
        size, notes = layouts.size_of(path), list[Note]()
        for number, text in runs.get(path.name, []):
            notes += layouts.outlined(str(number), layouts.run_length_mask(text, size))
        kind = notes[0].class_name if notes else "none"
        items.append(_item(root, path, path.stem.rpartition("_")[2], kind, notes))
    return Set("segment", ["1", "2", "3", "4"], items)


def pitting(root: Path) -> Set:
    """Ball screws: labelled pictures alone; all of one place on one spindle are a part."""
    items = []
    for path in sorted((root / "data").glob("*.jpg")):
        file = root / "label" / f"{path.stem}.json"
        if file.exists():  # one without is unlabelled, not good
            place = path.stem.split("_", 2)[2] if path.stem.startswith("01_") else path.stem
            items.append(_item(root, path, place, "pitting", layouts.labelme(file)))
    return Set("segment", ["Pitting"], items)


def kolektor(root: Path) -> Set:
    """Commutators with outlines; which pictures are of one part is lost in this mirror."""
    items = []
    for path in sorted((root / "Datasets/images").glob("*/*.jpg")):
        file = root / "Datasets/labels" / path.parent.name / f"{path.stem}.txt"
        notes = layouts.yolo_polygons(file, ["defect"])
        items.append(_item(root, path, path.stem, "defect" if notes else "good", notes))
    return Set("segment", ["defect"], items)


def crack(root: Path) -> Set:
    """Cracks in walls: visible, infrared and depth; scenes numbered within ten are one part."""
    crops, items = root / "customized dataset/crop_images", []
    for path in sorted((crops / "original_images").glob("original_*.jpg")):
        number = int(path.stem.rpartition("_")[2])
        others = {"ir": "heat", "depth": "depth"}
        more = {key: crops / f"{name}_images/{name}_{number}.jpg" for key, name in others.items()}
        notes = layouts.labelme(crops / "label_original" / f"{path.stem}.json")
        tag = "dark" if layouts.brightness(path) < DARK else "bright"
        group = str(number // PARTS_OF_TEN)
        items.append(_item(root, path, group, tag, notes, more, tag))
    return Set("segment", ["crack"], items)


def glass(root: Path) -> Set:
    """Glass in MVTec's layout; masks are colour pictures, good ones lie twice."""
    items = []
    for path in sorted((root / "test").glob("*/*.png")):
        kind, notes = path.parent.name, list[Note]()
        if kind != "good":
            mask = root / "ground_truth" / kind / f"{path.stem}_mask.png"
            notes = layouts.outlined(kind, layouts.mask_file(mask)) or [layouts.label(kind)]
        items.append(_item(root, path, f"{kind}/{path.stem}", kind, notes))
    return _anomaly(items)


def tire(root: Path) -> Set:
    """Tires in MVTec 3D's layout; numbers begin anew in every folder; mask values are kinds."""
    items = []
    for path in sorted(root.glob("*/*/rgb/*.png")):
        kind, notes = path.parents[1].name, list[Note]()
        if kind != "good":
            mask = layouts.mask_file(path.parents[1] / "gt" / path.name, above=0)
            notes = layouts.outlined(kind, mask) or [layouts.label(kind)]
        name, stratum = str(path.relative_to(root)), "good" if kind == "good" else "bad"
        items.append(_item(root, path, name, stratum, notes))
    return _anomaly(items)


def aitex(root: Path) -> Set:
    """Fabric strips, good or with a defect that nobody outlined; a good one's folder is its roll.

    A defect's file names its fabric by a number that the good ones' folders do not have.
    """
    items = []
    for path in sorted(root.glob("*/**/*.png")):
        good = path.parts[len(root.parts)] == "no_defect"
        notes = [] if good else [layouts.label("defect")]
        group = path.parent.name if good else path.stem
        items.append(_item(root, path, group, "good" if good else "defect", notes))
    return _anomaly(items)


def _anomaly(items: list[Item]) -> Set:
    kinds = sorted({note.class_name for item in items for note in item.notes})
    strata = {item.stratum for item in items} - {"good"}
    return Set("anomaly", kinds, items, only_test=tuple(sorted(strata)))


def insulator(root: Path) -> Set:
    """Power lines from the air: insulators, and in some a missing cap; two files a picture."""
    items = []
    for path in sorted((root / "Defective_Insulators/images").glob("*.jpg")):
        files = [root / f"Defective_Insulators/labels/{kind}/{path.stem}.xml"
                 for kind in ("insulator", "defect")]  # fmt: skip
        notes = [note for file in files for note in layouts.voc(file)[0]]
        items.append(_item(root, path, f"Defective/{path.stem}", "defect", notes))
    for path in sorted((root / "Normal_Insulators/images").glob("*.jpg")):
        notes, _ = layouts.voc(root / f"Normal_Insulators/labels/{path.stem}.xml")
        items.append(_item(root, path, f"Normal/{path.stem}", "normal", notes))
    return Set("detect", ["insulator", "defect"], items)


def elpv(root: Path) -> Set:
    """Solar cells: defective from a probability of one half; balanced over it and the module."""
    items = []
    for line in (root / "labels.csv").read_text().splitlines():
        name, probability, module = line.split()
        bad = "defective" if float(probability) >= 0.5 else "functional"
        path, stratum = root / name, f"{float(probability):.2f} {module}"
        items.append(_item(root, path, path.stem, stratum, [layouts.label(bad)]))
    return Set("classify", ["defective", "functional"], items, ["functional"])


def _item(
    root: Path,
    path: Path,
    group: str,
    stratum: str,
    notes: list[Note],
    more: dict[str, Path] | None = None,
    tag: str = "",
) -> Item:
    files = {"rgb": path} | (more or {})
    return Item(str(path.relative_to(root)), files, group, stratum, tuple(notes), tag)


@dataclass(frozen=True)
class Named:
    """Where a set lies below the data root, and what reads it; `few`: ways and shots."""

    folder: str
    read: Callable[[Path], Set]
    few: tuple[int, int] | None = None


SETS = {
    "neu_det": Named("neu_det", neu_boxes),
    "neu_classes": Named("neu_det", neu_classes),
    "neu_five": Named("neu_det", neu_classes, (5, 5)),
    "deeppcb": Named("deeppcb", deeppcb),
    "magnetic_tile": Named("magnetic_tile", magnetic_tile),
    "normal_tile": Named("magnetic_tile", normal_tiles),
    "rle_tile": Named("rle_derived_magnetic_tile", run_length_tiles),
    "pitting": Named("bsdata_pitting", pitting),
    "kolektor": Named("kolektorsdd_yolo_seg", kolektor),
    "crack": Named("crack_visible_heat_depth", crack),
    "glass": Named("glass_anomaly", glass),
    "tire": Named("mvtec3d_tire_rgb", tire),
    "aitex": Named("aitex_fabric", aitex),
    "insulator": Named("cplid_insulator", insulator),
    "elpv": Named("elpv", elpv),
}


def frozen(root: Path, name: str, seed: int) -> Manifest:
    """The set of this name, split by a seed. FileNotFoundError when the root does not hold it."""
    named = SETS[name]
    if not (root / named.folder).is_dir():
        raise FileNotFoundError(f"{root / named.folder}: no such set")
    made = splits.freeze(named.read(root / named.folder), seed)
    return splits.few(made, seed, *named.few) if named.few else made
