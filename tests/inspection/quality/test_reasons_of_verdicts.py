"""What a verdict says of itself: its reasons, with their figures and places, and their order."""

from typing import Any

import pytest

from inspection.quality.verdict import (
    Finding,
    ImageResult,
    Reason,
    Recipe,
    Rule,
    centre,
    inside,
    judge,
    sentence,
    size_mm,
)

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def scratch(score: float = 0.9, **more: Any) -> Finding:
    return Finding("scratch", score, **more)


def image(*findings: Finding, **more: Any) -> ImageResult:
    return ImageResult(findings, **{"width": 200, "height": 100, "mm_per_pixel": 0.01} | more)


def reasons(images: list[ImageResult], *rules: Rule, **recipe: Any) -> list[Reason]:
    return list(judge(images, Recipe(rules=rules, **recipe)).reasons)


def test_a_threshold_names_the_best_score_the_number_and_the_first_image() -> None:
    images = [image(), image(scratch(0.4), scratch(0.7)), image(scratch(0.5), scratch(0.2))]
    assert reasons(images, thresholds={"default": 0.3}) == [
        Reason("finding", "3 scratch, score 0.70 ≥ 0.30", "NG", "scratch", 1, 3, 0.7, 0.3)
    ]
    found = judge(images, Recipe({"default": 0.3}))
    assert found.decisive == ((1, 0), (1, 1), (2, 0))


def test_a_class_has_its_own_threshold_else_the_default_else_a_quarter() -> None:
    recipe = Recipe({"dent": 0.8, "default": 0.6})
    assert (recipe.threshold("dent"), recipe.threshold("scratch")) == (0.8, 0.6)
    assert Recipe().threshold("scratch") == 0.25
    unit = [image(scratch(0.6), Finding("dent", 0.7), Finding("dent", 0.8), scratch(0.59))]
    found = judge(unit, recipe)
    assert found.decisive == ((0, 0), (0, 2))
    assert [reason.words for reason in found.reasons] == [
        "1 dent, score 0.80 ≥ 0.80", "1 scratch, score 0.60 ≥ 0.60",
    ]  # fmt: skip


def test_what_is_harmless_decides_nothing_by_its_score() -> None:
    unit = [image(scratch(severity="nuisance"), scratch(severity="good"), Finding("dent", 0.5))]
    found = judge(unit, Recipe())
    assert [reason.class_name for reason in found.reasons] == ["dent"]
    assert found.decisive == ((0, 2),)


def test_an_anomaly_is_for_a_person_to_look_at() -> None:
    unit = [image(scratch(0.8), image_score=0.7)]
    found = judge(unit, Recipe({"image": 0.5}, kind="anomaly"))
    assert found.verdict == "REVIEW"
    assert {reason.verdict for reason in found.reasons} == {"REVIEW"}


def test_an_image_score_is_against_its_own_threshold() -> None:
    unit = [image(image_score=0.5), image(image_score=0.75), image()]
    assert reasons(unit, thresholds={"image": 0.5}) == [
        Reason("image_score", "image score 0.75 > 0.50", "NG", image=1, value=0.75, limit=0.5)
    ]
    assert reasons(unit, thresholds={"default": 0.1}) == [], "no threshold for it, no verdict"
    assert reasons(unit, Rule(), thresholds={"image": 0.5}) == [], "rules go before it"
    broken = [image(image_score=0.9, error="blurred")]
    assert [reason.code for reason in reasons(broken, thresholds={"image": 0.5})] == ["blurred"]


def test_errors_say_which_image() -> None:
    assert reasons([]) == [Reason("no_image", "no image was judged", "ERROR")]
    assert reasons([image(), image(error="timeout")]) == [
        Reason("timeout", "image 2 could not be judged", "ERROR", image=1)
    ]


def test_what_a_broken_image_holds_is_not_judged() -> None:
    found = judge([image(scratch(), error="timeout")], Recipe())
    assert (found.verdict, found.decisive) == ("ERROR", ())


def test_a_defect_elsewhere_is_not_lost_and_says_what_is_missing() -> None:
    unit = [image(scratch()), image(error="timeout"), image(error="blurred")]
    assert reasons(unit)[1:] == [
        Reason(
            "incomplete",
            f"image {n} could not be judged; the defect found elsewhere stands",
            "ERROR",
            image=n - 1,
        )
        for n in (2, 3)
    ]
    review = judge(unit, Recipe(kind="anomaly"))
    assert review.verdict == "ERROR", "a doubt is not a defect"
    assert [reason.code for reason in review.reasons] == ["blurred", "timeout", "finding"]


def test_reasons_go_by_gravity_then_code_class_image_and_words() -> None:
    scores = [image(scratch(), image_score=0.9), image(image_score=0.8)]
    found = reasons(scores, thresholds={"image": 0.5})
    assert [(reason.code, reason.image) for reason in found] == [
        ("finding", 0), ("image_score", 0), ("image_score", 1),
    ]  # fmt: skip
    unit = [image(Finding("dent", 0.9), Finding("Burr", 0.9), scratch())]
    rules = [Rule("REVIEW", "scratch"), Rule("NG", "dent"), Rule("NG"), Rule("NG", "Burr")]
    assert [(reason.verdict, reason.class_name) for reason in reasons(unit, *rules)] == [
        ("NG", None), ("NG", "Burr"), ("NG", "dent"), ("REVIEW", "scratch"),
    ]  # fmt: skip
    places = [image(), image(scratch(box=(0, 0, 0.1, 0.1))), image(scratch(0.8))]
    two = reasons(places, Rule(min_score=0.7), Rule(zone=SQUARE), Rule(zone=LEFT, min_count=1))
    assert [(reason.image, reason.words) for reason in two] == [
        (1, "2 any defect"), (1, "any defect in the zone"), (1, "any defect in the zone"),
    ]  # fmt: skip


def test_a_rule_says_what_it_counted() -> None:
    unit = [image(), image(scratch(0.5), scratch(0.7))]
    assert reasons(unit, Rule("REVIEW", "scratch", min_score=0.4)) == [
        Reason("rule", "2 scratch", "REVIEW", "scratch", 1, 2, 0.7, 0.4, None, 1, False)
    ]
    (one,) = reasons([image(scratch())], Rule())
    assert (one.words, one.value, one.limit, one.unit) == ("any defect", 0.9, None, None)
    (second,) = reasons(unit, Rule(min_count=2, zone=None))
    assert (second.words, second.min_count) == ("2 any defect (from 2 on)", 2)


def test_a_rule_of_size_says_the_largest_that_it_counted() -> None:
    small, large = (0.0, 0.0, 0.4, 0.1), (0.0, 0.0, 0.6, 0.1)
    unit = [image(scratch(box=small), scratch(0.5, box=large), scratch())]
    (found,) = reasons(unit, Rule(class_name="scratch", min_size_mm=0.5, zone=SQUARE))
    assert found.value == pytest.approx(1.2)
    assert found == Reason(
        "rule", "2 scratch 1.20 mm ≥ 0.50 mm in the zone", "NG", "scratch", 0, 2,
        found.value, 0.5, "mm", 1, True,
    )  # fmt: skip


def test_a_size_that_is_not_known_is_never_passed_over() -> None:
    """Two of half a millimetre are asked for; one is that, of another the size is not known."""
    known = image(scratch(box=(0.0, 0.0, 0.3, 0.1)))
    blind = image(scratch(box=(0.0, 0.0, 0.3, 0.1)), mm_per_pixel=None)
    rule = Rule("NG", "scratch", min_size_mm=0.5, min_count=2)
    assert reasons([known, blind], rule) == [
        Reason(
            "size_unknown",
            "the size of 1 scratch is unknown: the camera has no mm per pixel",
            "REVIEW", "scratch", 1, 1, None, 0.5,
        )
    ]  # fmt: skip
    assert judge([known, blind], Recipe(rules=(rule,))).decisive == ((1, 0),)
    assert reasons([blind], rule) == [], "both would have to be there"
    assert [reason.code for reason in reasons([known, known, blind], rule)] == ["rule"]
    assert reasons([known], rule) == []
    (anything,) = reasons([blind, blind], Rule(min_size_mm=0.5))
    assert anything.words == "the size of 2 defect is unknown: the camera has no mm per pixel"
    assert (anything.image, anything.count) == (0, 2)


def test_a_box_without_extent_has_a_size_and_it_is_none() -> None:
    point = scratch(box=(0.3, 0.3, 0.3, 0.3))
    assert size_mm(image(), point) == 0
    assert reasons([image(point)], Rule(min_size_mm=0.5)) == []
    assert len(reasons([image(point)], Rule(min_size_mm=0))) == 1


def test_each_condition_of_a_rule_holds_from_its_limit_on() -> None:
    one = scratch(0.5, box=(0.0, 0.0, 0.3, 0.1), area=0.02)
    met = [Rule(min_score=0.5), Rule(min_area=0.02), Rule(min_size_mm=0.6), Rule(min_count=1)]
    assert [len(reasons([image(one)], rule)) for rule in met] == [1] * 4
    missed = [Rule(min_score=0.51), Rule(min_area=0.021), Rule(min_size_mm=0.61), Rule(min_count=2)]
    assert [reasons([image(one)], rule) for rule in missed] == [[]] * 4
    assert reasons([image(scratch())], Rule(min_area=0.001)) == [], "without an area it covers none"
    assert len(reasons([image(scratch())], Rule(min_area=0))) == 1


def test_a_rule_is_about_its_class_and_severity() -> None:
    rules = [Rule("REVIEW", "scratch"), Rule("REVIEW", "scratch", "nuisance"), Rule("REVIEW")]
    found = [len(reasons([image(scratch(severity="nuisance"))], rule)) for rule in rules]
    assert found == [1, 1, 0], "dust is looked at only where a rule names it"
    assert reasons([image(scratch(severity="good"))], *rules) == []
    assert reasons([image(scratch(severity="nuisance"))], Rule("REVIEW", "dent")) == []
    assert reasons([image(scratch(severity="minor"))], Rule(severity="major")) == []
    assert len(reasons([image(scratch(severity="minor"))], Rule(severity="minor"))) == 1


def test_without_a_box_a_finding_is_in_no_zone() -> None:
    assert reasons([image(scratch())], Rule(zone=SQUARE)) == []


def test_a_size_is_the_longer_side_and_needs_a_scale() -> None:
    wide, tall = scratch(box=(0.1, 0.1, 0.4, 0.2)), scratch(box=(0.1, 0.1, 0.2, 0.9))
    assert size_mm(image(), wide) == pytest.approx(0.6), "60 of 200 pixels"
    assert size_mm(image(), tall) == pytest.approx(0.8), "80 of 100 pixels"
    assert size_mm(image(), scratch()) is None
    for missing in ({"width": 0}, {"height": 0}, {"mm_per_pixel": None}, {"mm_per_pixel": 0.0}):
        assert size_mm(image(**missing), wide) is None
    assert size_mm(image(width=1, height=1), wide) == pytest.approx(0.003)


def test_a_centre_is_moved_by_the_registration() -> None:
    one = scratch(box=(0.2, 0.2, 0.4, 0.6))
    assert centre(image(), one) == pytest.approx((0.3, 0.4))
    assert centre(image(), scratch()) is None
    warped = (1, 0.1, 0.2, 0.05, 1, 0.1, 0.1, 0.2, 1)
    assert centre(image(registration=warped), one) == pytest.approx((0.54 / 1.11, 0.515 / 1.11))
    lost = (1, 0, 0, 0, 1, 0, 0, 0, 0)
    assert centre(image(registration=lost), one) is None, "at infinity"


L = ((0.1, 0.1), (0.9, 0.2), (0.8, 0.5), (0.5, 0.4), (0.4, 0.9), (0.2, 0.8))


@pytest.mark.parametrize(
    ("point", "within"),
    [
        ((0.3, 0.3), True),
        ((0.7, 0.3), True),
        ((0.3, 0.7), True),
        ((0.7, 0.7), False),  # in the crook of the L
        ((0.1, 0.5), False),
        ((0.5, 0.1), False),
        ((0.95, 0.3), False),
        ((0.3, 0.95), False),
        ((0.5, 0.15), True),  # on the slanted edge
        ((0.5, 0.149), False),
        ((0.5, 0.151), True),
        ((0.9, 0.2), True),  # a corner
        ((1.7, 0.3), False),  # on an edge made longer
        ((-0.7, 0.0), False),
        ((0.05, 0.2), False),  # level with a corner
        ((0.15, 0.2), True),
        ((0.95, 0.5), False),
        ((0.5, 0.401), False),
    ],
)
def test_a_zone_may_have_any_shape(point: tuple[float, float], within: bool) -> None:
    assert inside(point, L) is within
    assert inside(point, L[::-1]) is within, "either way round"
    assert inside(point, (*L[2:], *L[:2])) is within, "wherever it begins"


@pytest.mark.parametrize("point", [(0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 1.0), (1.0, 1.0)])
def test_every_edge_of_a_zone_is_in_it(point: tuple[float, float]) -> None:
    assert inside(point, SQUARE)
    assert inside(point, SQUARE[::-1])


@pytest.mark.parametrize("point", [(1.5, 0.0), (-0.5, 1.0), (0.0, 1.5), (1.0, -0.5)])
def test_an_edge_ends_at_its_corners(point: tuple[float, float]) -> None:
    assert not inside(point, SQUARE)
    assert not inside(point, SQUARE[::-1])


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(), "a finding of any class → NG"),
        (Rule("REVIEW"), "a finding of any class → REVIEW"),
        (Rule(min_count=2), "2 or more finding of any class → NG"),
        (Rule(class_name="dent"), "any dent → NG"),
        (Rule(class_name="dent", min_count=2), "2 or more dent → NG"),
        (Rule(severity="minor"), "a finding of any class of severity minor → NG"),
        (Rule(min_score=0.5), "a finding of any class with a score of 0.50 or more → NG"),
        (Rule(min_size_mm=0.5), "a finding of any class of 0.50 mm or longer → NG"),
        (
            Rule(min_area=0.01),
            "a finding of any class that covers 1.00% of the image or more → NG",
        ),
        (Rule(zone=SQUARE), "a finding of any class in the zone → NG"),
    ],
)
def test_a_rule_in_words(rule: Rule, said: str) -> None:
    assert sentence(rule) == said


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: scratch(float("nan")), "score"),
        (lambda: scratch(float("inf")), "score"),
        (lambda: image(image_score=float("nan")), "image_score"),
        (lambda: image(registration=(1.0,) * 8), "registration"),
        (lambda: Rule(min_count=0), "min_count"),
        (lambda: Rule(min_count=1.5), "min_count"),  # type: ignore[arg-type] # that is the test
        (lambda: Rule(zone=SQUARE[:2]), "zone"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(call: Any, named: str) -> None:
    with pytest.raises(ValueError, match=rf"^{named} must"):
        call()
