"""Pascal VOC: an XML an image with <object><name><bndbox>.

Everingham et al. 2010; boxes count pixels from 1 and include their last one.
"""

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from inspection.formats.tree import Mark, Reading, ReadSample, Tree, split_of, stem

NAME = "voc"
SAMPLE = 10


def _parse(tree: Tree, path: str) -> Element | None:
    try:
        root: Element = fromstring(tree.read(path))
    except (ParseError, DefusedXmlException, ValueError):
        return None
    return root if root.tag == "annotation" else None


def score(tree: Tree) -> float:
    """By the XML files that are annotations."""
    some = tree.ending(".xml")[:SAMPLE]
    return 0.95 * sum(_parse(tree, path) is not None for path in some) / len(some) if some else 0.0


def read(tree: Tree) -> Reading:
    """One sample an image; the XML of its name, or that names it."""
    reading, seen = Reading(), set()
    for path in tree.ending(".xml"):
        root = _parse(tree, path)
        if root is None:
            words = "This is not an annotation in Pascal VOC, or it is not safe to read."
            reading.refuse(path, "malformed", words)
            continue
        image = _image(tree, path, root)
        if image is None:
            named = root.findtext("filename") or stem(path)
            words = f"It names the image {named}, which is not there; it is left out."
            reading.warn(path, "absent_image", words, case="named", name=named)
            continue
        if image in seen:
            words = f"{image} has an annotation already."
            reading.warn(path, "second_annotation", words, name=image)
            continue
        seen.add(image)
        marks = _marks(root, path, reading)
        reading.samples.append(
            ReadSample(image, {"rgb": image}, marks, annotated=True, split=split_of(image))
        )
    for image in tree.images:
        if image not in seen:
            reading.samples.append(ReadSample(image, {"rgb": image}, split=split_of(image)))
    return reading


def _image(tree: Tree, path: str, root: Element) -> str | None:
    """By the XML's own name first: <filename> is wrong in many a set."""
    same = tree.by_stem.get(stem(path), [])
    if len(same) == 1:
        return same[0]
    return tree.near(path, root.findtext("filename") or "")


def _marks(root: Element, path: str, reading: Reading) -> list[Mark]:
    marks = []
    for found in root.iter("object"):
        name, box = (found.findtext("name") or "").strip(), found.find("bndbox")
        try:
            if box is None or not name:
                raise ValueError("no name or no box")
            x0, y0, x1, y1 = (
                float(box.findtext(k) or "") for k in ("xmin", "ymin", "xmax", "ymax")
            )
        except ValueError:
            reading.refuse(path, "malformed", "An object has no name or no whole box.")
            continue
        marks.append(Mark(name, "box", (max(x0 - 1, 0), max(y0 - 1, 0), x1, y1), path=path))
    return marks
