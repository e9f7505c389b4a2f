"""Engines on real sets: each on the set that suits it, beside a baseline without deep learning.

Runs add up in docs/benchmarks/engines.jsonl, and docs/benchmarks/engines.md is written from them.
Without a data root there is nothing to measure, and it says so.
"""

import argparse
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the product does
if "KIZU_VAR" not in os.environ:  # pictures are put there, where the store would fetch them to
    os.environ["KIZU_VAR"] = tempfile.mkdtemp(prefix="kizu-bench-")
    atexit.register(shutil.rmtree, os.environ["KIZU_VAR"], ignore_errors=True)

from bench.parts.trials import measured, page, plan, results, sets, synthetic, trial
from workers import catalogue

KEPT = ROOT / "var" / "bench"  # exports, for timing them by themselves
WHAT = ("baselines", "engines", "synthetic", "timing", "page")


def baselines(told: argparse.Namespace) -> None:
    """Every baseline of the chosen sets, on the same splits as the engines."""
    for name, compared in plan.SETS.items():
        for seed in told.seeds if name in told.sets else ():
            for base, method in compared.baselines.items():
                began = time.monotonic()
                found = method(sets.frozen(told.data, name, seed))
                add("baseline", name, base, seed, values=found.values, interval=found.interval,
                    seconds=time.monotonic() - began)  # fmt: skip


def engines(told: argparse.Namespace) -> None:
    """Every chosen engine on its sets: a process a training, `jobs` of them at once."""
    runs = [(entry, seed) for entry in plan.ENTRIES if wanted(entry, told) for seed in told.seeds]
    threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
    with ThreadPoolExecutor(told.jobs) as pool:
        doing = {pool.submit(trained, entry, told, seed): (entry, seed) for entry, seed in runs}
        for done in as_completed(doing):
            entry, seed = doing[done]
            add("engine", entry.set, entry.key, seed, minutes=told.minutes, threads=threads,
                jobs=told.jobs, **done.result())  # fmt: skip


def wanted(entry: plan.Entry, told: argparse.Namespace) -> bool:
    """Whether it is asked for, and there is such an engine."""
    chosen = entry.engine in told.engines and entry.set in told.sets
    if told.variants is not None:
        chosen = chosen and entry.variant in told.variants
    return chosen and entry.engine in catalogue.cards()


def trained(entry: plan.Entry, told: argparse.Namespace, seed: int) -> dict[str, Any]:
    """What the training's process says, or why it says nothing."""
    order = {"root": str(told.data), "entry": asdict(entry), "seed": seed, "device": told.device,
             "minutes": told.minutes, "kept": str(KEPT)}  # fmt: skip
    script = ROOT / "bench/parts/trials/trial.py"
    argv = [sys.executable, str(script), json.dumps(order)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        return {"error": (done.stderr.strip().splitlines() or ["killed"])[-1][:200]}
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def timing(told: argparse.Namespace) -> None:
    """What was kept, exported, one after the other, with nothing beside it."""
    for entry in plan.ENTRIES:
        folder = KEPT / entry.key.replace(" ", "_")
        if folder.exists() and entry.engine in told.engines and entry.set in told.sets:
            manifest = sets.frozen(told.data, entry.set, 0)
            held = [sample for sample in manifest.samples if sample.split == "test"][:10]
            engine = trial.made(entry, 0, manifest)
            if (folder / "trained").exists():
                engine.load(folder / "trained")
                engine.export(folder, "openvino")
            ms = measured.milliseconds(engine, entry.engine, folder, held)
            add("timing", entry.set, entry.key, 0, ms=ms)


def generated(told: argparse.Namespace) -> None:
    """10 images to 500, by every way of making them."""
    for seed in told.seeds:
        for name, values, minutes in synthetic.ways(
            told.data, seed, told.minutes, told.engines, told.device
        ):
            add("synthetic", "neu_classes", name, seed, values=values, minutes=minutes)


def add(kind: str, name: str, method: str, seed: int, **values: Any) -> None:
    """Keep a run, and print it."""
    row = {"kind": kind, "set": name, "name": method, "seed": seed, **values}
    results.add(row)
    print(json.dumps({k: v for k, v in row.items() if k != "params"}, default=str), flush=True)


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=list(WHAT), help=f"of {', '.join(WHAT)}")
    parser.add_argument("--data", type=Path, default=os.environ.get("KIZU_BENCH_DATA"))
    parser.add_argument("--engines", nargs="+", default=list(catalogue.cards())
                        + list(catalogue.generators()))  # fmt: skip
    parser.add_argument("--sets", nargs="+", default=list(plan.SETS))
    parser.add_argument("--variants", nargs="+", help='of an engine on a set; "" is the plain one')
    parser.add_argument("--minutes", type=float, default=2.0, help="to train, of each run")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:0")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at once")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    return parser.parse_args()


def main() -> None:
    """Measure what is asked for, and write the page."""
    told = arguments()
    if told.data is None and told.what != ["page"]:
        print("bench/engines.py: name a data root by --data or KIZU_BENCH_DATA; nothing measured.")
        return
    acts = {"baselines": baselines, "engines": engines, "synthetic": generated, "timing": timing}
    for name in told.what:
        if name in acts:
            acts[name](told)
    page.write()


if __name__ == "__main__":
    main()
