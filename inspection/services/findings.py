"""What `serve` found, put to the judge, and put into the words of the answer and the rows."""

from dataclasses import asdict
from typing import Any

from core.errors import Refused
from inspection.models.inspections import Verdict
from inspection.quality import verdict
from inspection.quality.verdict import ImageResult, Reason
from inspection.selectors.places import Place
from inspection.services.cases import Judged, SentImage, iso
from inspection.services.recording import FindingRow, ImageRow, Record
from workers.contract import Answer, Finding, InferReply, Part

KEPT = 100  # findings of an image that are stored; all of them are judged
# Errors of an answer that are the image's own fault: the request is refused, nothing is stored.
OF_THE_IMAGE = {"not_an_image", "broken", "too_large", "animated"}


def parts(
    images: list[SentImage], files: list[str | None], place: Place
) -> tuple[list[Part], dict[str, str]]:
    """One part a camera, with its modalities; one part an image where no camera is named."""
    groups = _groups(images)
    built = []
    for group in groups:
        keys, first = {images[i].modality: images[i].sha256 for i in group}, images[group[0]]
        known = place.alignments.get(first.camera, {})
        alignment = {name: known[name] for name in keys if name in known}
        scale = _scale(first, place.cameras)
        built.append(Part(images=keys, mm_per_pixel=scale, alignment=alignment))
    pairs = zip(images, files, strict=True)
    return built, {image.sha256: file for image, file in pairs if file is not None}


def _groups(images: list[SentImage]) -> list[list[int]]:
    """Places in the request by part, in the order of their first images."""
    groups: dict[str, list[int]] = {}
    for place, image in enumerate(images):
        groups.setdefault(image.camera or f"#{place}", []).append(place)
    return list(groups.values())


def _scale(image: SentImage, cameras: dict[str, tuple[int, float | None]]) -> float | None:
    """mm per pixel of the named camera, or of the only one."""
    if image.camera:
        return cameras[image.camera][1]
    return next(iter(cameras.values()))[1] if len(cameras) == 1 else None


def judge(reply: InferReply, images: list[SentImage], place: Place) -> Judged:
    """Refused when an image is broken; else the judgement, with `code` where an answer failed."""
    if reply.error:
        code = reply.error
        reasons = [{"code": code, "words": code.replace("_", " "), "verdict": "ERROR"}]
        return Judged(Verdict.ERROR, reasons, [], _rows(images, place, []), [], code, reply.ms)
    groups = _groups(images)
    _refuse_broken(reply.answers, [images[group[0]] for group in groups])
    results = [
        _result(answer, _scale(images[group[0]], place.cameras), place)
        for answer, group in zip(reply.answers, groups, strict=True)
    ]
    judgement = verdict.judge(results, place.rules)
    rows = _finding_rows(reply.answers, results, groups, place, set(judgement.decisive))
    code = next((r.code for r in judgement.reasons if r.verdict == "ERROR"), "")
    return Judged(
        verdict=judgement.verdict,
        reasons=[reason_shown(reason) for reason in judgement.reasons],
        shown=[shown for shown, _ in rows],
        images=_rows(images, place, list(zip(reply.answers, groups, strict=True))),
        findings=[row for _, row in rows if row is not None],
        code=code if judgement.verdict == Verdict.ERROR else "",
        ms=_stages(reply),
    )


def _refuse_broken(answers: list[Answer], firsts: list[SentImage]) -> None:
    """`firsts` are the first images of the parts that were answered for."""
    for number, (answer, first) in enumerate(zip(answers, firsts, strict=True), 1):
        if answer.error in OF_THE_IMAGE:
            words = answer.error_message or answer.error.replace("_", " ")
            which = f"image.{first.camera}" if first.camera else f"Image {number}"
            raise Refused(answer.error, f"{which}: {words}", status=422)


def _result(answer: Answer, scale: float | None, place: Place) -> ImageResult:
    return ImageResult(
        findings=tuple(_judged(finding, place) for finding in answer.findings),
        width=answer.width,
        height=answer.height,
        mm_per_pixel=scale,
        image_score=answer.image_score,
        error=answer.error,
    )


def _judged(finding: Finding, place: Place) -> verdict.Finding:
    """As the judge sees it: under the name that its class has now."""
    known = place.classes.get(finding.class_name)
    name, severity = (known.name, known.severity) if known else (finding.class_name, "major")
    return verdict.Finding(name, finding.score, finding.box, finding.area, severity)


def _kept(answer: Answer, decisive: set[int]) -> list[int]:
    """The places of the findings that are kept: what decided goes before what did not."""
    all_of = range(len(answer.findings))
    order = sorted(all_of, key=lambda i: (i not in decisive, -answer.findings[i].score))
    return sorted(order[:KEPT], key=lambda i: -answer.findings[i].score)


def _finding_rows(
    answers: list[Answer],
    results: list[ImageResult],
    groups: list[list[int]],
    place: Place,
    decisive: set[tuple[int, int]],
) -> list[tuple[dict[str, Any], FindingRow | None]]:
    """Each finding as it is answered and as it is stored (None: its class is in no catalogue)."""
    made = []
    for part, (answer, result, group) in enumerate(zip(answers, results, groups, strict=True)):
        for index in _kept(answer, {i for of, i in decisive if of == part}):
            finding, seen = answer.findings[index], result.findings[index]
            size, counts = verdict.size_mm(result, seen), (part, index) in decisive
            known = place.classes.get(finding.class_name)
            row = None if known is None else FindingRow(
                group[0], known.id, finding.score, finding.box, finding.polygon, finding.area,
                size, counts,
            )  # fmt: skip
            made.append((_shown(finding, seen.class_name, group[0], size, counts), row))
    return made


def _shown(
    finding: Finding, name: str, image: int, size: float | None, decisive: bool
) -> dict[str, Any]:
    return {
        "class": name,
        "score": round(finding.score, 4),
        "box": finding.box and [round(value, 5) for value in finding.box],
        "polygon": finding.polygon,
        "image": image,
        "area": finding.area,
        "size_mm": size and round(size, 3),
        "decisive": decisive,
    }


def reason_shown(reason: Reason) -> dict[str, Any]:
    """A reason as the API words it."""
    plain = {("class" if k == "class_name" else k): v for k, v in asdict(reason).items()}
    return {key: value for key, value in plain.items() if value not in (None, 0) or key == "image"}


def _rows(
    images: list[SentImage], place: Place, answers: list[tuple[Answer, list[int]]]
) -> list[ImageRow]:
    by_image = {i: answer for answer, group in answers for i in group}
    return [
        ImageRow(
            position,
            image.sha256,
            image.size,
            place.cameras[image.camera][0] if image.camera else None,
            image.modality,
            by_image[position].width if position in by_image else 0,
            by_image[position].height if position in by_image else 0,
            by_image[position].image_score if position in by_image else None,
        )
        for position, image in enumerate(images)
    ]


def _stages(reply: InferReply) -> dict[str, float]:
    """Milliseconds by stage: those of the queue, and of all images together."""
    stages = dict(reply.ms)
    for answer in reply.answers:
        for name, value in answer.ms.items():
            stages[name] = round(stages.get(name, 0) + value, 2)
    return stages


def event(record: Record) -> dict[str, Any]:
    """What the board hears of an inspection."""
    row = record.row
    named = (
        "verdict",
        "model_verdict",
        "serial",
        "lot",
        "station",
        "product",
        "mode",
        "code",
        "late",
        "model",
        "recipe",
    )
    told = {"id": str(row["id"]), "captured_at": iso(row["captured_at"])}
    told |= {name: row[name] for name in named} | {"reasons": row["reasons"][:3]}
    return {"type": "line.verdicts", "line": row["line"], "inspections": [told], "refetch": False}
