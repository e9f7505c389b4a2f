"""The verdict on a unit: every kind of rule, one at a time, and by columns the same."""

from typing import Any

import pytest

from inspection.quality import (
    rejudge,
    verdict,
)


def unit(*findings: verdict.Finding, **image: Any) -> list[verdict.ImageResult]:
    return [verdict.ImageResult(findings, **{"width": 200, "height": 100} | image)]


SCRATCH = verdict.Finding("scratch", 0.9, (0.1, 0.1, 0.4, 0.2))
DUST = verdict.Finding("dust", 0.9, (0.1, 0.1, 0.2, 0.2), severity="nuisance")


@pytest.mark.parametrize(
    ("images", "recipe", "said", "codes"),
    [
        ([], verdict.Recipe(), "ERROR", ["no_image"]),
        (unit(), verdict.Recipe(), "OK", []),
        (unit(SCRATCH), verdict.Recipe({"scratch": 0.95}), "OK", []),
        (unit(SCRATCH), verdict.Recipe({"scratch": 0.9}), "NG", ["finding"]),
        (unit(SCRATCH), verdict.Recipe(kind="anomaly"), "REVIEW", ["finding"]),
        (unit(DUST), verdict.Recipe(), "OK", []),
        (unit(DUST), verdict.Recipe(rules=(verdict.Rule("NG", "dust"),)), "OK", []),
        (unit(DUST), verdict.Recipe(rules=(verdict.Rule("REVIEW", "dust"),)), "REVIEW", ["rule"]),
        (unit(DUST), verdict.Recipe(rules=(verdict.Rule("REVIEW"),)), "OK", []),
        (unit(error="timeout"), verdict.Recipe(), "ERROR", ["timeout"]),
        (unit(SCRATCH) + unit(error="timeout"), verdict.Recipe(), "NG", ["finding", "incomplete"]),
        (unit(image_score=0.8), verdict.Recipe({"image": 0.5}), "NG", ["image_score"]),
        (unit(image_score=0.5), verdict.Recipe({"image": 0.5}), "OK", []),
        (
            unit(SCRATCH, mm_per_pixel=0.01),
            verdict.Recipe(rules=(verdict.Rule("NG", min_size_mm=0.6),)),
            "NG",
            ["rule"],
        ),
        (
            unit(SCRATCH, mm_per_pixel=0.01),
            verdict.Recipe(rules=(verdict.Rule("NG", min_size_mm=0.61),)),
            "OK",
            [],
        ),
        (
            unit(SCRATCH),
            verdict.Recipe(rules=(verdict.Rule("NG", min_size_mm=0.6),)),
            "REVIEW",
            ["size_unknown"],
        ),
        (
            unit(SCRATCH, SCRATCH),
            verdict.Recipe(rules=(verdict.Rule("NG", min_count=3),)),
            "OK",
            [],
        ),
        (
            unit(SCRATCH) + unit(SCRATCH, SCRATCH),
            verdict.Recipe(rules=(verdict.Rule("NG", min_count=3),)),
            "NG",
            ["rule"],
        ),
        (
            unit(SCRATCH),
            verdict.Recipe(rules=(verdict.Rule("NG", zone=((0.5, 0), (1, 0), (1, 1), (0.5, 1))),)),
            "OK",
            [],
        ),
        (
            unit(SCRATCH, registration=(1, 0, 0.5, 0, 1, 0, 0, 0, 1)),
            verdict.Recipe(rules=(verdict.Rule("NG", zone=((0.5, 0), (1, 0), (1, 1), (0.5, 1))),)),
            "NG",
            ["rule"],
        ),
        (
            unit(SCRATCH, registration=(1, 0, 0, 0, 1, 0, 0, 0, 0)),
            verdict.Recipe(rules=(verdict.Rule("NG", zone=((0, 0), (1, 0), (1, 1), (0, 1))),)),
            "OK",
            [],
        ),
        (
            unit(SCRATCH),
            verdict.Recipe(rules=(verdict.Rule("NG", severity="minor", min_score=0.1),)),
            "OK",
            [],
        ),
        (unit(SCRATCH), verdict.Recipe(rules=(verdict.Rule("NG", min_area=0.01),)), "OK", []),
    ],
)
def test_verdicts(
    images: list[verdict.ImageResult], recipe: verdict.Recipe, said: str, codes: list[str]
) -> None:
    found = verdict.judge(images, recipe)
    assert found.verdict == said
    assert [reason.code for reason in found.reasons] == codes
    assert all(reason.words for reason in found.reasons)
    (rank,) = rejudge.judge(rejudge.tabulate([images]), recipe)
    assert rejudge.NAMES[rank] == said


def test_no_unit_is_an_empty_table() -> None:
    assert len(rejudge.judge(rejudge.tabulate([]), verdict.Recipe())) == 0


def test_reasons_and_rules_in_words() -> None:
    rule = verdict.Rule("NG", "scratch", "major", 0.5, 0.5, 0.01, 2, ((0, 0), (1, 0), (1, 1)))
    assert verdict.sentence(rule) == (
        "2 or more scratch of severity major with a score of 0.50 or more of 0.50 mm or longer "
        "that covers 1.00% of the image or more in the zone → NG"
    )
    assert verdict.sentence(verdict.Rule()) == "a finding of any class → NG"
    assert verdict.sentence(verdict.Rule(class_name="dent")) == "any dent → NG"
    two = verdict.Finding("scratch", 0.8, (0.5, 0.5, 0.9, 0.6))
    found = verdict.judge(
        unit(SCRATCH, two, mm_per_pixel=0.01),
        verdict.Recipe(
            rules=(
                verdict.Rule(
                    "NG",
                    "scratch",
                    min_size_mm=0.5,
                    min_count=2,
                    zone=((0, 0), (1, 0), (1, 1), (0, 1)),
                ),
            )
        ),
    )
    (reason,) = found.reasons
    assert reason.words == "2 scratch 0.80 mm ≥ 0.50 mm (from 2 on) in the zone"
    assert (reason.count, reason.limit) == (2, 0.5)
    assert reason.value == pytest.approx(0.8)
    assert found.decisive == ((0, 0), (0, 1))


def test_a_point_on_the_edge_of_a_zone_is_in_it() -> None:
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert all(verdict.inside(at, square) for at in ((0.5, 0.5), (0, 0.5), (1, 1), (0.5, 0)))
    assert not any(verdict.inside(at, square) for at in ((1.1, 0.5), (0.5, -0.1)))
