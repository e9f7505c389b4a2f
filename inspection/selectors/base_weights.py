"""The store of base weights: what is in it, what came of it, what speaks against starting there."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from core.errors import Refused
from inspection.models.base_weights import AllowedPickle, BaseWeights, WeightsFormat, WeightsState
from inspection.models.registry import ModelVersion
from inspection.selectors.soundness import Problem
from workers.contract import Card

USED = 200  # models that a page of weights names at most


def listed(archived: bool = False) -> QuerySet[BaseWeights]:
    """The weights as the API shows them, newest first."""
    rows = BaseWeights.objects.select_related("blob", "uploaded_by").order_by("-id")
    return rows.filter(archived_at__isnull=not archived)


def used_by(weights: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """The models that were trained from these weights, newest first: {weights: [{id, name}]}."""
    models = ModelVersion.objects.filter(job__base__in=list(weights)).order_by("-id")
    found: dict[int, list[dict[str, Any]]] = {}
    for pk, name, base in models.values_list("id", "name", "job__base")[:USED]:
        found.setdefault(base, []).append({"id": pk, "name": name})
    return found


def vouched(sha256: Iterable[str]) -> dict[str, AllowedPickle]:
    """The entries of the allow-list for these hashes."""
    rows = AllowedPickle.objects.filter(sha256__in=list(sha256)).select_related("created_by")
    return {row.sha256: row for row in rows}


def is_registered(sha256: str) -> bool:
    """Whether a pickle of this hash may be read."""
    return AllowedPickle.objects.filter(sha256=sha256).exists()


def asked(pk: int | None, card: Card, parent: ModelVersion | None) -> BaseWeights | None:
    """What a training starts from. A method that cannot do without has those of its parent again.

    Refused(`invalid`) for weights that are not there.
    """
    if pk is not None:
        row = BaseWeights.objects.filter(pk=pk).first()
        if row is None:
            words = "There are no such base weights."
            fields, params = {"base": [words]}, {"case": "unknown"}
            raise Refused("invalid", f"base: {words}", status=422, fields=fields, params=params)
        return row
    if parent is None or parent.job is None or card.base_weights != "needed":
        return None
    return parent.job.base


def origin(base: BaseWeights | None, parent: ModelVersion | None) -> dict[str, Any] | None:
    """What a job keeps of the weights at its start, its parent's too: their licence goes along."""
    if base is not None:
        return {
            "id": base.pk,
            "name": base.name,
            "sha256": base.blob_id,
            "licence": base.licence,
            "source": base.source,
        }
    earlier = parent.job.request.get("base") if parent is not None and parent.job else None
    if earlier is None or parent is None:
        return None
    return {**earlier, "through": parent.pk}


def problems(
    card: Card, base: BaseWeights | None, parent: ModelVersion | None
) -> Iterator[Problem]:
    """What speaks against a training of this method from these weights, or from none."""
    named = {"engine": card.title}
    if base is None:
        if card.base_weights == "needed":
            words = f"{card.title} needs base weights: choose some to start from."
            yield Problem("error", "base", "base_needed", words, named)
        return
    if card.base_weights == "none":
        words = f"{card.title} takes no base weights: start it from scratch."
        yield Problem("error", "base", "base_not_taken", words, named)
    elif parent is not None and card.base_weights != "needed":
        words = "Start from an earlier model or from base weights, not from both."
        yield Problem("error", "base", "base_and_parent", words)
    yield from _of_weights(base)


def _of_weights(base: BaseWeights) -> Iterator[Problem]:
    named = {"name": base.name}
    if base.archived_at is not None:
        words = f"The base weights {base.name} are archived: restore them, or choose others."
        yield Problem("error", "base", "base_archived", words, named)
    if base.format == WeightsFormat.PT and not is_registered(base.blob_id):
        words = (
            f"The hash of {base.name} is not on the list of pickles that may be read any more: "
            "an administrator can register it again."
        )
        yield Problem("error", "base", "base_withdrawn", words, named)
    elif base.state == WeightsState.UNREAD:
        words = f"The base weights {base.name} are still being read: try again in a moment."
        yield Problem("error", "base", "base_unread", words, named)
    elif base.state == WeightsState.UNSOUND:
        words = f"The base weights {base.name} cannot be read: {base.problem}"
        yield Problem("error", "base", "base_unsound", words, named)
