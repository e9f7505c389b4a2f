"""A reason carries what its sentence says, so that pages can say it in their own language."""

from inspection.quality import verdict
from inspection.quality.verdict import Finding, ImageResult, Recipe, Rule
from inspection.services.findings import reason_shown

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
PIT = Finding("pit", 0.9, (0.1, 0.1, 0.3, 0.2))


def test_a_rule_on_size_says_its_unit_count_and_zone() -> None:
    rule = Rule(class_name="pit", min_size_mm=0.5, min_count=2, zone=WHOLE)
    image = ImageResult((PIT, PIT), width=100, height=100, mm_per_pixel=0.05)
    (reason,) = verdict.judge([image], Recipe(rules=(rule,))).reasons
    shown = reason_shown(reason)
    assert {name: shown[name] for name in ("code", "class", "count", "unit", "min_count")} == {
        "code": "rule", "class": "pit", "count": 2, "unit": "mm", "min_count": 2,
    }  # fmt: skip
    assert shown["zone"] is True
    assert (round(shown["value"], 2), shown["limit"]) == (1.0, 0.5)


def test_a_rule_on_score_says_neither_unit_nor_zone() -> None:
    image = ImageResult((PIT,), width=100, height=100)
    (reason,) = verdict.judge([image], Recipe(rules=(Rule(min_score=0.5),))).reasons
    shown = reason_shown(reason)
    assert shown.keys() == {
        "code", "words", "verdict", "image", "count", "value", "limit", "min_count",
    }  # fmt: skip
    assert (shown["value"], shown["limit"]) == (0.9, 0.5)
