"""DeepPCB: `N_test.jpg` with its template `N_temp.jpg` and `N.txt` of `x1 y1 x2 y2 class`.

Source: Tang et al. 2019, "Online PCB Defect Detector On A New PCB Defect Dataset".
"""

import posixpath
import re

from inspection.formats.tree import Mark, Reading, ReadSample, Tree, finite, stem

NAME = "deeppcb"
CLASSES = {1: "open", 2: "short", 3: "mousebite", 4: "spur", 5: "copper", 6: "pin-hole"}
LISTS = ("trainval.txt", "test.txt")
SHOWN = 5  # names in a sentence
CROP = 3  # last digits of a number: which crop of the board it is
BOARDS = 3  # fewer cannot be dealt out to three splits whole


def _tested(tree: Tree) -> dict[str, str]:
    """Test images by their number."""
    return {stem(p).removesuffix("_test"): p for p in tree.images if stem(p).endswith("_test")}


def score(tree: Tree) -> float:
    """Certain when tested images have a template or an annotation of their number."""
    stems = {stem(path) for path in tree.paths}
    tested = _tested(tree)
    paired = sum(n in stems or f"{n}_temp" in stems for n in tested)
    return 1.0 if tested and paired >= len(tested) / 2 else 0.0


def read(tree: Tree) -> Reading:
    """One sample a tested image; the template is its second modality."""
    reading, tested = Reading(), _tested(tree)
    templates = {stem(p).removesuffix("_temp"): p for p in tree.images if stem(p).endswith("_temp")}
    notes = {stem(p): p for p in tree.ending(".txt") if posixpath.basename(p) not in LISTS}
    for number, path in tested.items():
        images = {"rgb": path}
        if number in templates:
            images["template"] = templates[number]
        else:
            reading.warn(path, "no_template", "There is no template of this image.")
        note = notes.get(number)
        if note is None:
            reading.warn(path, "no_annotation", "There is no annotation file of this image.")
        marks = _marks(tree, note, reading) if note else []
        reading.samples.append(ReadSample(path, images, marks, annotated=note is not None))
    _name_boards(reading, tested)
    for number in sorted(set(templates) - set(tested)):
        words = "This template has no tested image; it is left out."
        reading.warn(templates[number], "orphan_template", words)
    for number in sorted(set(notes) - set(tested)):
        words = "This annotation names an image that is not there; it is left out."
        reading.warn(notes[number], "orphan_annotation", words)
    for path in tree.ending(*LISTS):
        _check_list(tree, path, set(tested), reading)
    return reading


def _name_boards(reading: Reading, tested: dict[str, str]) -> None:
    """Crops of one board stay together, where there are boards enough for that."""
    boards = {path: number[:-CROP] for number, path in tested.items()}
    if len(set(boards.values())) < BOARDS:
        words = f"The images are of fewer than {BOARDS} boards: splits are not grouped by board."
        reading.warn("", "few_boards", words)
        return
    for sample in reading.samples:
        sample.part = boards[sample.path]


def _marks(tree: Tree, path: str, reading: Reading) -> list[Mark]:
    marks = []
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        if not line.strip():
            continue
        fields = re.split(r"[,\s]+", line.strip())
        try:
            x0, y0, x1, y1 = (finite(field) for field in fields[:4])
            (name,) = (CLASSES[int(finite(field))] for field in fields[4:])
        except (ValueError, KeyError):
            words = f"Line {number} is not `x1 y1 x2 y2 class` with a class from 1 to 6."
            reading.refuse(path, "malformed", words, case="line", line=number)
            continue
        marks.append(Mark(name, "box", (x0, y0, x1, y1), path=path))
    return marks


def _check_list(tree: Tree, path: str, tested: set[str], reading: Reading) -> None:
    named = [line.split()[0] for line in tree.text(path).splitlines() if line.strip()]
    absent = [name for name in named if stem(name).removesuffix("_test") not in tested]
    if absent:
        some = ", ".join(posixpath.basename(name) for name in absent[:SHOWN])
        words = f"The list names {len(absent)} images that are not there: {some}…"
        reading.warn(path, "absent_images", words, count=len(absent), some=some)
