"""Line computers of the demo plant: each draws a unit every takt and asks for its verdict.

What a newcomer sees is the same at every start: a defective unit among each line's first few, then
a quiet drift, then a step for some minutes, first on one line and later on the other, again and
again, so that the board and the charts have something to tell.
"""

import logging
import math
import threading
import time
import uuid
from dataclasses import dataclass

from numpy.random import default_rng

from inspection.demo import draw, plant
from inspection.demo.client import Client, Unanswered
from inspection.demo.plant import Place

log = logging.getLogger("demo")

HEARTBEAT_S = 3.0
DRIFT_S, STEP_EVERY_S, STEP_S = 1800.0, 900.0, 150.0
OPENING = 6  # units: every second one of these is plainly bad, until one was found to be


@dataclass(frozen=True)
class Trouble:
    """How often a line makes bad units: a slow drift around `base`, from `first_s` on steps."""

    base: float
    step: float
    first_s: float

    def rate(self, seconds: float) -> float:
        """The share of defective units so long after the line's first unit."""
        since = seconds - self.first_s
        if since >= 0 and since % STEP_EVERY_S < STEP_S:
            return self.step
        return self.base * (1 + 0.8 * math.sin(2 * math.pi * seconds / DRIFT_S))


TROUBLES = {"plate": Trouble(0.06, 0.35, 240), "board": Trouble(0.05, 0.25, 600)}


def run(client: Client, places: list[Place], stop: threading.Event) -> None:
    """Simulate every line until `stop`; a server that is away is waited for."""
    lines: dict[int, list[Place]] = {}
    for place in places:
        lines.setdefault(place.line, []).append(place)
    threads = [
        threading.Thread(target=Line(client, stations).run, args=(stop,), daemon=True)
        for stations in lines.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Line:
    """One line: idle, with heartbeats, until models are in force and loaded at its stations."""

    def __init__(self, client: Client, stations: list[Place]) -> None:
        self._client, self._stations = client, stations
        self._drawn, self._takt = stations[0].drawn, stations[0].takt_s
        self._chance = default_rng([plant.SEED, *self._drawn.encode()])  # the same story each time
        self._pixels = default_rng()
        self._judged = self._found = False
        self._count, self._began = 0, 0.0

    def run(self, stop: threading.Event) -> None:
        """Heartbeats and units until `stop`."""
        next_unit, next_beat = time.monotonic(), 0.0
        while not stop.wait(max(0.0, min(next_unit, next_beat) - time.monotonic())):
            try:
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + HEARTBEAT_S
                    self._beat()
                if time.monotonic() >= next_unit:
                    next_unit = time.monotonic() + self._takt
                    self._look()
            except Unanswered as error:
                log.warning("%s", error)
                stop.wait(2)

    def _beat(self) -> None:
        for place in self._stations:
            self._client.post(f"/stations/{place.station}/heartbeat", {})

    def _look(self) -> None:
        """The next unit, where something judges it: a line that nobody watches makes no units."""
        if not self._judged:
            self._judged = all(self._client.ready(each.station) for each in self._stations)
        if self._judged:
            self._began = self._began or time.monotonic()
            self._count += 1
            self._pass(draw.unit(self._drawn, self._pixels, self._defects()).jpeg())

    def _defects(self) -> int:
        """How many the next unit has."""
        bad = self._chance.random() < TROUBLES[self._drawn].rate(time.monotonic() - self._began)
        if self._count <= OPENING and not self._found:
            return 0 if self._count % 2 else 3
        return int(self._chance.integers(1, 3)) if bad else 0

    def _pass(self, image: bytes) -> None:
        serial = f"{self._drawn[:1].upper()}{int(time.time()):x}-{self._count}"
        lot = time.strftime("LOT-%Y%m%d-%H", time.gmtime())
        for place in self._stations:
            fields = {"station": str(place.station), "product": str(place.product)}
            named = fields | {"serial": serial, "lot": lot}
            answer = self._client.inspect(named, image, key=uuid.uuid4().hex, deadline_ms=3000)
            self._found = self._found or answer["verdict"] == "NG"
            if answer["verdict"] == "ERROR":
                self._judged = False
