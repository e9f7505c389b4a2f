"""The verdict on one unit: findings and a recipe in, OK / NG / REVIEW / ERROR with reasons out.

Engines find, this judges. It is total and deterministic, and does not depend on the order of the
findings: a recipe of the past re-judges the past without inferring again.

NG > ERROR > REVIEW > OK: a defect that was found is not lost because another camera failed (then
the verdict is NG with the reason `incomplete` beside it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

from inspection.quality.values import count

VerdictName = Literal["OK", "NG", "REVIEW", "ERROR"]
Action = Literal["NG", "REVIEW"]
Point = tuple[float, float]
Box = tuple[float, float, float, float]

HARMLESS = frozenset({"good", "nuisance"})  # severities that are never NG by themselves
DEFAULT_THRESHOLD = 0.25
RANK: dict[str, int] = {"OK": 0, "REVIEW": 1, "ERROR": 2, "NG": 3}


@dataclass(frozen=True)
class Finding:
    """What an engine found. Box and area are shares of the image; `severity` of its class."""

    class_name: str
    score: float
    box: Box | None = None
    area: float | None = None
    severity: str = "major"

    def __post_init__(self) -> None:
        if not isfinite(self.score):  # it would be under every threshold, and pass silently
            raise ValueError(f"score must be a finite number, not {self.score!r}")


@dataclass(frozen=True)
class ImageResult:
    """One image of the unit: its answer, or the code of its error.

    `registration` maps a point of the image (shares) to part coordinates by a 3 x 3 homography,
    row by row; None: the image's own coordinates are the part's.
    """

    findings: tuple[Finding, ...] = ()
    width: int = 0
    height: int = 0
    mm_per_pixel: float | None = None
    image_score: float | None = None
    registration: tuple[float, ...] | None = None
    error: str | None = None

    def __post_init__(self) -> None:
        if self.image_score is not None and not isfinite(self.image_score):
            raise ValueError(f"image_score must be a finite number, not {self.image_score!r}")
        if self.registration is not None and len(self.registration) != 9:
            raise ValueError(f"registration must hold 9 numbers, not {len(self.registration)}")


@dataclass(frozen=True)
class Rule:
    """An acceptance rule: `min_count` or more findings that match all of it lead to `action`.

    None means any. `zone` is a polygon in part coordinates (shares): a finding is in it when its
    box centre is. `min_size_mm` is of the longer side of the box.
    """

    action: Action = "NG"
    class_name: str | None = None
    severity: str | None = None
    min_score: float | None = None
    min_size_mm: float | None = None
    min_area: float | None = None
    min_count: int = 1
    zone: tuple[Point, ...] | None = None

    def __post_init__(self) -> None:
        count("min_count", self.min_count, 1)
        if self.zone is not None and len(self.zone) < 3:
            raise ValueError(f"zone must have 3 points or more, not {len(self.zone)}")


@dataclass(frozen=True)
class Recipe:
    """Thresholds by class with "default", "image" for the image score; rules, first to last.

    Without rules: any finding at or above its threshold, or an image score above its own, is NG,
    or REVIEW where `kind` is "anomaly".
    """

    thresholds: Mapping[str, float] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    kind: str = "detect"

    def threshold(self, class_name: str) -> float:
        """The score from which a finding of this class counts."""
        default = self.thresholds.get("default", DEFAULT_THRESHOLD)
        return self.thresholds.get(class_name, default)


@dataclass(frozen=True)
class Reason:
    """Why: a stable code, the words, and what it is about (`image` is the place in the request).

    `value` and `limit` are scores, or of the longer side where `unit` is "mm"; `min_count` and
    `zone` are the rule's.
    """

    code: str
    words: str
    verdict: VerdictName
    class_name: str | None = None
    image: int | None = None
    count: int = 0
    value: float | None = None
    limit: float | None = None
    unit: Literal["mm"] | None = None
    min_count: int = 0
    zone: bool = False


@dataclass(frozen=True)
class Judgement:
    """The verdict, the reasons that decided it, and the decisive findings as (image, index)."""

    verdict: VerdictName
    reasons: tuple[Reason, ...]
    decisive: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Seen:
    """A finding that counts, with where it was."""

    image: int
    index: int
    finding: Finding
    size_mm: float | None
    centre: Point | None


def judge(images: Sequence[ImageResult], recipe: Recipe) -> Judgement:
    """Judge one unit over all its images. No image at all is ERROR (`no_image`)."""
    reasons = _errors(images)
    seen = _counting(images, recipe)
    decisive: list[_Seen] = []
    for found, by in _by_rules(seen, recipe) if recipe.rules else _by_thresholds(seen, recipe):
        reasons.append(found)
        decisive += by
    reasons += _by_image_score(images, recipe)
    verdict: VerdictName = "OK"
    for reason in reasons:
        verdict = max(verdict, reason.verdict, key=RANK.__getitem__)
    if verdict == "NG":
        reasons = [_incomplete(r) if r.verdict == "ERROR" else r for r in reasons]
    reasons.sort(key=_order)
    places = sorted({(seen.image, seen.index) for seen in decisive})
    return Judgement(verdict, tuple(reasons), tuple(places))


def _order(reason: Reason) -> tuple[int, str, str, int, str]:
    name, place = reason.class_name or "", reason.image or 0
    return -RANK[reason.verdict], reason.code, name, place, reason.words


def size_mm(image: ImageResult, finding: Finding) -> float | None:
    """The longer side of the finding's box in mm; None without a box, a size or a scale."""
    if finding.box is None or not image.mm_per_pixel or not image.width or not image.height:
        return None
    x0, y0, x1, y1 = finding.box
    return max((x1 - x0) * image.width, (y1 - y0) * image.height) * image.mm_per_pixel


def _errors(images: Sequence[ImageResult]) -> list[Reason]:
    if not images:
        return [Reason("no_image", "no image was judged", "ERROR")]
    return [
        Reason(image.error, f"image {place + 1} {_unjudged(image.error)}", "ERROR", image=place)
        for place, image in enumerate(images)
        if image.error
    ]


def _unjudged(error: str) -> str:
    return "has no colour image" if error == "no_image" else "could not be judged"


def _incomplete(reason: Reason) -> Reason:
    words = f"{reason.words}; the defect found elsewhere stands"
    return Reason("incomplete", words, "ERROR", image=reason.image)


def _counting(images: Sequence[ImageResult], recipe: Recipe) -> list[_Seen]:
    return [
        _Seen(place, index, finding, size_mm(image, finding), centre(image, finding))
        for place, image in enumerate(images)
        if not image.error
        for index, finding in enumerate(image.findings)
        if finding.score >= recipe.threshold(finding.class_name)
    ]


def centre(image: ImageResult, finding: Finding) -> Point | None:
    """The centre of the finding's box in part coordinates (shares); None without a box."""
    if finding.box is None:
        return None
    x0, y0, x1, y1 = finding.box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    if image.registration is None:
        return x, y
    a, b, c, d, e, f, g, h, i = image.registration
    w = g * x + h * y + i
    return ((a * x + b * y + c) / w, (d * x + e * y + f) / w) if w else None


def _by_thresholds(seen: list[_Seen], recipe: Recipe) -> list[tuple[Reason, list[_Seen]]]:
    """One reason a class: the highest score against its threshold."""
    action: VerdictName = "REVIEW" if recipe.kind == "anomaly" else "NG"
    groups: dict[str, list[_Seen]] = {}
    for one in seen:
        if one.finding.severity not in HARMLESS:
            groups.setdefault(one.finding.class_name, []).append(one)
    reasons = []
    for name, group in groups.items():
        best = max(one.finding.score for one in group)
        limit = recipe.threshold(name)
        words = f"{len(group)} {name}, score {best:.2f} ≥ {limit:.2f}"
        where = min(one.image for one in group)
        reason = Reason("finding", words, action, name, where, len(group), best, limit)
        reasons.append((reason, group))
    return reasons


def _by_rules(seen: list[_Seen], recipe: Recipe) -> list[tuple[Reason, list[_Seen]]]:
    reasons = []
    for rule in recipe.rules:
        sure, unsure = _matching(seen, rule)
        if len(sure) >= rule.min_count:
            reasons.append((_of_rule(rule, sure), sure))
        elif unsure and len(sure) + len(unsure) >= rule.min_count:
            reasons.append((_unsure(rule, unsure), unsure))
    return reasons


def _matching(seen: list[_Seen], rule: Rule) -> tuple[list[_Seen], list[_Seen]]:
    """Findings that match the rule, and those that would if only their size were known."""
    sure: list[_Seen] = []
    unsure: list[_Seen] = []
    for one in seen:
        if not _fits(one, rule):
            continue
        if rule.min_size_mm is not None and one.size_mm is None:
            unsure.append(one)
        elif rule.min_size_mm is None or (one.size_mm or 0) >= rule.min_size_mm:
            sure.append(one)
    return sure, unsure


def concerns(rule: Rule, class_name: str, severity: str) -> bool:
    """Whether a rule can be about findings of this class and severity at all.

    What is harmless is never NG, and REVIEW only where the rule names its class.
    """
    if rule.severity not in (None, severity) or severity == "good":
        return False
    if severity in HARMLESS:
        return rule.class_name == class_name and rule.action != "NG"
    return rule.class_name in (None, class_name)


def _fits(one: _Seen, rule: Rule) -> bool:
    finding = one.finding
    if not concerns(rule, finding.class_name, finding.severity):
        return False
    if rule.min_score is not None and finding.score < rule.min_score:
        return False
    if rule.min_area is not None and (finding.area or 0) < rule.min_area:
        return False
    return rule.zone is None or (one.centre is not None and inside(one.centre, rule.zone))


def _of_rule(rule: Rule, sure: list[_Seen]) -> Reason:
    largest = max((one.size_mm for one in sure if one.size_mm is not None), default=None)
    best = max(one.finding.score for one in sure)
    what = rule.class_name or "any defect"
    words = f"{len(sure)} {what}" if len(sure) > 1 else what
    value, limit = best, rule.min_score
    unit: Literal["mm"] | None = None
    if rule.min_size_mm is not None and largest is not None:
        words += f" {largest:.2f} mm ≥ {rule.min_size_mm:.2f} mm"
        value, limit, unit = largest, rule.min_size_mm, "mm"
    if rule.min_count > 1:
        words += f" (from {rule.min_count} on)"
    if rule.zone is not None:
        words += " in the zone"
    where = min(one.image for one in sure)
    return Reason(
        "rule", words, rule.action, rule.class_name, where, len(sure), value, limit,
        unit, rule.min_count, rule.zone is not None,
    )  # fmt: skip


def _unsure(rule: Rule, unsure: list[_Seen]) -> Reason:
    what = rule.class_name or "defect"
    words = f"the size of {len(unsure)} {what} is unknown: the camera has no mm per pixel"
    where = min(one.image for one in unsure)
    limit = rule.min_size_mm
    return Reason("size_unknown", words, "REVIEW", rule.class_name, where, len(unsure), None, limit)


def _by_image_score(images: Sequence[ImageResult], recipe: Recipe) -> list[Reason]:
    limit = recipe.thresholds.get("image")
    if limit is None or recipe.rules:
        return []
    action: VerdictName = "REVIEW" if recipe.kind == "anomaly" else "NG"
    return [
        Reason(
            "image_score",
            f"image score {image.image_score:.2f} > {limit:.2f}",
            action,
            image=place,
            value=image.image_score,
            limit=limit,
        )
        for place, image in enumerate(images)
        if not image.error and image.image_score is not None and image.image_score > limit
    ]


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Even-odd rule; a point on an edge counts as inside."""
    x, y = point
    within = False
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        cross = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
        between = min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1)
        if abs(cross) < 1e-12 and between:
            return True
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            within = not within
    return within


def sentence(rule: Rule) -> str:
    """The rule in words: `2 or more scratch of 0.50 mm or longer in the zone → NG`."""
    what = rule.class_name or "finding of any class"
    said = f"{rule.min_count} or more {what}" if rule.min_count > 1 else f"any {what}"
    if rule.class_name is None and rule.min_count == 1:
        said = "a finding of any class"
    if rule.severity is not None:
        said += f" of severity {rule.severity}"
    if rule.min_score is not None:
        said += f" with a score of {rule.min_score:.2f} or more"
    if rule.min_size_mm is not None:
        said += f" of {rule.min_size_mm:.2f} mm or longer"
    if rule.min_area is not None:
        said += f" that covers {rule.min_area:.2%} of the image or more"
    if rule.zone is not None:
        said += " in the zone"
    return f"{said} → {rule.action}"
