"""False calls on dust, oil and reflections, told apart from those on clean images. No torch."""

from collections.abc import Sequence

import numpy as np

from workers import data, evaluation
from workers.contract import Answer, Manifest, ManifestSample

Values = dict[str, float | None]


def figures(samples: Sequence[ManifestSample], told: Sequence[bool], manifest: Manifest) -> Values:
    """What is told defective of the defective, of the clean and of those with nuisances alone.

    `told` is whether an image is called, one a sample. Nothing for a version without nuisances;
    None where there is no such image.
    """
    if not manifest.nuisances:
        return {}
    kinds: dict[str, list[bool]] = {"bad": [], "clean": [], "nuisance": []}
    for sample, called in zip(samples, told, strict=True):
        if data.defects(sample, manifest):
            kinds["bad"].append(called)
        else:
            kinds["nuisance" if data.only_nuisances(sample, manifest) else "clean"].append(called)
    return {
        "image_recall": _share(kinds["bad"]),
        "image_false_alarms": _share(kinds["clean"]),
        "false_calls_nuisance": _share(kinds["nuisance"]),
    }


def called(answers: Sequence[Answer], manifest: Manifest, kind: str) -> list[bool]:
    """Whether each image has a finding of a defect; of whole images, whether the best one is it."""
    harmless = data.harmless(manifest)
    found = []
    for answer in answers:
        findings = [each for each in answer.findings if each.score >= evaluation.SCORE]
        if kind == "classify" and answer.findings:
            findings = [max(answer.findings, key=lambda each: each.score)]
        found.append(any(each.class_name not in harmless for each in findings))
    return found


def _share(told: Sequence[bool]) -> float | None:
    return float(np.mean(told)) if told else None
