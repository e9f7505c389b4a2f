"""The demo, from an empty product to a board that lives: plant, data, training, release.

It goes the way a user's program would, over REST; only its own account and the low priority of its
training are arranged in process. Every step looks first whether it is done.
"""

import logging
import threading
from typing import Any

from core.accounts import tokens
from core.accounts.models import ApiToken, Role, User
from core.audit import trail as audit
from inspection.demo import plant, simulator
from inspection.demo.client import Client, Unanswered
from inspection.demo.plant import Place
from inspection.models.datasets import WorkState
from inspection.models.training import Job, Priority
from inspection.services import training

log = logging.getLogger("demo")

USER = "demo"
ENOUGH = 0.5  # recall on the test split from which the model is released
TRIES = 3
PARAMS: dict[str, Any] = {
    "version": "v8", "size": "n", "image_size": 160, "epochs": 14, "batch": 8, "lr": 0.003,
    "mosaic": 0.0, "optimizer": "AdamW", "warmup_epochs": 1.0,
}  # fmt: skip


def run(base: str, stop: threading.Event) -> None:
    """Set the plant up, then simulate its lines until `stop`."""
    client = Client(base, _token())
    if not _patient(lambda: client.get("/auth/me"), stop):
        return
    places = plant.build(client)
    beats = threading.Event()
    beating = threading.Thread(target=_beat, args=(client, places, beats), daemon=True)
    beating.start()
    try:
        while not (_released(client) or stop.is_set()):
            _teach(client, places, stop)
    finally:
        beats.set()
        beating.join()
    simulator.run(client, places, stop)


def _token() -> str:
    """A fresh key of the demo's own account; the ones of earlier starts end."""
    user, made = User.objects.get_or_create(username=USER, defaults={"role": Role.MANAGER})
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        told = {"username": USER, "role": user.role}
        audit.note("demo", "user.create", user, None, told)
    for old in ApiToken.objects.filter(user=user, revoked_at=None):
        tokens.revoke(user, old)
    return tokens.issue(user, "line simulator")[1]


def _patient(act: Any, stop: threading.Event) -> bool:
    """Try until it works; False when told to stop."""
    while not stop.is_set():
        try:
            act()
        except Unanswered:
            stop.wait(1)
        else:
            return True
    return False


def _beat(client: Client, places: list[Place], over: threading.Event) -> None:
    """Until there is a model, the lines are there and say so."""
    while not over.wait(simulator.HEARTBEAT_S):
        for place in places:
            try:
                client.post(f"/stations/{place.station}/heartbeat", {})
            except Unanswered as error:
                log.warning("%s", error)


def _released(client: Client) -> bool:
    try:
        return any(each["at"] for each in client.get("/releases")["results"])
    except Unanswered:
        return False


def _teach(client: Client, places: list[Place], stop: threading.Event) -> None:
    """Data, version, training, release; a model that finds too little is trained further."""
    dataset = plant.dataset(client)
    if not _wait(lambda: client.get(f"/datasets/{dataset}")["summary"]["samples"], stop):
        return
    version = client.post(f"/datasets/{dataset}/versions", {"seed": 7})["id"]
    parent: int | None = None
    for attempt in range(TRIES):
        job = _submit(version, parent)
        if not _wait(lambda job=job: _ended(job), stop):
            return
        models = client.get(f"/models?job={job}")["results"]
        recall = models[0]["metrics"].get("recall", 0) if models else 0
        log.info("demo training %s: recall %.2f", attempt + 1, recall)
        if recall >= ENOUGH:
            _release(client, places, models[0]["id"], recall)
            return
        parent = models[0]["id"] if models else None
    log.warning("The demo's model finds too little; no line is judged.")
    stop.wait()


def _submit(version: int, parent: int | None) -> int:
    """Queue the training behind everything that users ask for; one that waits is taken up."""
    waiting = Job.objects.filter(
        dataset_version=version, priority=Priority.DEMO, parent=parent
    ).exclude(state__in=[WorkState.FAILED, WorkState.CANCELLED])
    if found := waiting.first():
        return found.pk
    ask = {"dataset_version": version, "engine": "yolo", "params": PARAMS, "parent": parent}
    user = User.objects.get(username=USER)
    return training.submit(ask | {"priority": Priority.DEMO}, user).pk


def _ended(job: int) -> bool:
    states = (WorkState.SUCCEEDED, WorkState.FAILED, WorkState.CANCELLED)
    return Job.objects.filter(pk=job, state__in=states).exists()


def _release(client: Client, places: list[Place], model: int, recall: float) -> None:
    why = f"Finds {recall:.0%} of the drawn defects of the test split."
    for place in places:
        body = {"station": place.station, "product": place.product, "model": model}
        recipe = client.post("/recipes", body | {"thresholds": {"default": 0.3}, "note": why})
        client.post(f"/recipes/{recipe['id']}/release", {"reason": why})


def _wait(done: Any, stop: threading.Event) -> bool:
    """Until it is true; False when told to stop."""
    while not stop.is_set():
        try:
            if done():
                return True
        except Unanswered as error:
            log.warning("%s", error)
        stop.wait(0.5)
    return False
