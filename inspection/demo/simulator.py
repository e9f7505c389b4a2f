"""Line computers of the demo plant: each draws a unit every takt and asks for its verdict.

The share of defective units drifts slowly and steps up for a few minutes now and then, so that the
board and the charts have something to tell.
"""

import logging
import math
import threading
import time
import uuid
from dataclasses import dataclass

from numpy.random import Generator, default_rng

from inspection.demo import draw
from inspection.demo.client import Client, Unanswered
from inspection.demo.plant import Place

log = logging.getLogger("demo")

HEARTBEAT_S = 3.0
DRIFT_S, STEP_EVERY_S, STEP_S = 1800.0, 900.0, 150.0


@dataclass(frozen=True)
class Trouble:
    """How often a line makes bad units: a slow drift around `base`, a step up to `step`."""

    base: float
    step: float
    phase: float

    def rate(self, seconds: float) -> float:
        """The share of defective units at this time."""
        moved = seconds + self.phase
        if moved % STEP_EVERY_S < STEP_S:
            return self.step
        return self.base * (1 + 0.8 * math.sin(2 * math.pi * moved / DRIFT_S))


TROUBLES = {"plate": Trouble(0.06, 0.35, 750), "board": Trouble(0.05, 0.25, 300)}


def run(client: Client, places: list[Place], stop: threading.Event) -> None:
    """Simulate every line until `stop`; a server that is away is waited for."""
    lines: dict[int, list[Place]] = {}
    for place in places:
        lines.setdefault(place.line, []).append(place)
    threads = [
        threading.Thread(target=_run_line, args=(client, stations, stop), daemon=True)
        for stations in lines.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _run_line(client: Client, stations: list[Place], stop: threading.Event) -> None:
    rng = default_rng()
    first = stations[0]
    count, next_unit, next_beat = 0, time.monotonic(), 0.0
    while not stop.wait(max(0.0, min(next_unit, next_beat) - time.monotonic())):
        try:
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + HEARTBEAT_S
                for place in stations:
                    client.post(f"/stations/{place.station}/heartbeat", {})
            if time.monotonic() >= next_unit:
                next_unit = time.monotonic() + first.takt_s
                count += 1
                _pass_unit(client, stations, rng, count)
        except Unanswered as error:
            log.warning("%s", error)
            stop.wait(2)


def _pass_unit(client: Client, stations: list[Place], rng: Generator, count: int) -> None:
    trouble = TROUBLES[stations[0].drawn]
    bad = rng.random() < trouble.rate(time.time())
    unit = draw.unit(stations[0].drawn, rng, int(rng.integers(1, 3)) if bad else 0)
    serial = f"{stations[0].drawn[:1].upper()}{int(time.time()):x}-{count}"
    for place in stations:
        fields = {
            "station": str(place.station),
            "product": str(place.product),
            "serial": serial,
            "lot": time.strftime("LOT-%Y%m%d-%H", time.gmtime()),
        }
        client.inspect(fields, unit.jpeg(), key=uuid.uuid4().hex, deadline_ms=3000)
