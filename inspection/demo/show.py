"""The demo, from an empty product to a board that lives: plant, data, training, release.

It goes the way a user's program would, over REST; only its own account and the low priority of its
training are arranged in process. It keeps nothing in mind: each look finds out how far things are
and does what comes next, so that a start which was cut off goes on where it was.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from core.accounts import tokens
from core.accounts.models import ApiToken, Role, User
from core.audit import trail as audit
from core.errors import Refused
from inspection.demo import plant, simulator
from inspection.demo.client import Client, Unanswered
from inspection.demo.plant import Place
from inspection.models.datasets import WorkState
from inspection.models.training import Job, Priority
from inspection.services import training

log = logging.getLogger("demo")

ACCOUNT = "demo plant"  # with a blank, which no person's name may have: it is nobody else's
TOKEN = "line simulator"  # noqa: S105 - the token's name
ENOUGH = 0.5  # recall on the test split from which the model is released
TRIES = 3
PARAMS: dict[str, Any] = {
    "version": "v8", "size": "n", "image_size": 160, "epochs": 9, "batch": 8, "lr": 0.003,
    "mosaic": 0.0, "optimizer": "AdamW", "warmup_epochs": 1.0,
}  # fmt: skip
Done = TypeVar("Done")


def run(base: str, stop: threading.Event) -> None:
    """Set the plant up, teach it a model, and simulate its lines until `stop`."""
    client = Client(base, token())
    places = _patient(lambda: plant.build(client), stop)
    if places is None:
        return
    lines = threading.Thread(target=simulator.run, args=(client, places, stop), daemon=True)
    lines.start()
    while not stop.is_set() and _patient(lambda: step(client, places), stop):
        stop.wait(1)
    lines.join()


def token() -> str:
    """A fresh key of the demo's own account; the ones of earlier starts end."""
    user, made = User.objects.get_or_create(username=ACCOUNT, defaults={"role": Role.MANAGER})
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        told = {"username": ACCOUNT, "role": user.role}
        audit.note("demo", "user.create", user, None, told)
    for old in ApiToken.objects.filter(user=user, name=TOKEN, revoked_at=None):
        tokens.revoke(user, old)
    return tokens.issue(user, TOKEN)[1]


def _patient(act: Callable[[], Done], stop: threading.Event) -> Done | None:
    """Try until it works, and say why it does not, once a reason; None when told to stop."""
    said = ""
    while not stop.is_set():
        try:
            return act()
        except (Unanswered, Refused) as error:
            if str(error) != said:
                log.warning("%s", error)
            said = str(error)
            stop.wait(1)
    return None


def step(client: Client, places: list[Place]) -> bool:
    """Do what comes next; False when nothing is left to do, or a person decided otherwise."""
    if not (bare := [place for place in places if not plant.in_force(client, place)]):
        return False
    dataset, filled = plant.dataset(client)
    if not filled:
        return _fill(client, dataset)
    jobs = list(
        Job.objects.filter(dataset_version__dataset=dataset, priority=Priority.DEMO).order_by("id")
    )
    if not jobs:
        version = client.post(f"/datasets/{dataset}/versions", {"seed": 7})["id"]
        return _submit(version, None)
    return _follow(client, bare, jobs)


def _fill(client: Client, dataset: int) -> bool:
    imports = client.get(f"/datasets/{dataset}/imports")["results"]
    if any(each["state"] in (WorkState.QUEUED, WorkState.RUNNING) for each in imports):
        return True
    if imports and imports[0]["state"] == WorkState.CANCELLED:
        return _rest(f"Import {imports[0]['id']} was cancelled.")
    if len(imports) >= TRIES:
        return _rest("The demo's images cannot be imported.")
    plant.fill(client, dataset)
    return True


def _follow(client: Client, bare: list[Place], jobs: list[Job]) -> bool:
    """What the newest training leads to: release it, train further, try again, or let it be."""
    last = jobs[-1]
    if last.state in (WorkState.QUEUED, WorkState.RUNNING):
        return True
    if last.state == WorkState.CANCELLED:
        return _rest(f"Training {last.pk} was cancelled.")
    version, parent = last.dataset_version_id or 0, last.parent_id
    if last.state == WorkState.SUCCEEDED and (model := last.models.first()):
        recall = model.metrics.get("recall", 0)
        if recall >= ENOUGH:
            return _release(client, bare, model.pk, recall)
        log.info("training %s finds %.0f %% of the defects", last.pk, 100 * recall)
        parent = model.pk
    if len(jobs) >= TRIES:
        return _rest(f"No model after {TRIES} trainings.")
    return _submit(version, parent)


def _rest(why: str) -> bool:
    log.warning("%s The demo's lines wait until a model is released at their stations.", why)
    return False


def _submit(version: int, parent: int | None) -> bool:
    """Queue the training behind everything that users ask for."""
    ask = {"dataset_version": version, "engine": "yolo", "params": PARAMS, "parent": parent}
    user = User.objects.get(username=ACCOUNT)
    training.submit(ask | {"priority": Priority.DEMO}, user)
    return True


def _release(client: Client, bare: list[Place], model: int, recall: float) -> bool:
    why = f"Finds {recall:.0%} of the drawn defects of the test split."
    for place in bare:
        if not plant.warming(client, place):
            body = {"station": place.station, "product": place.product, "model": model}
            recipe = client.post("/recipes", body | {"thresholds": {"default": 0.3}, "note": why})
            client.post(f"/recipes/{recipe['id']}/release", {"reason": why})
    return True
