"""A benchmark's figures as a page of docs/benchmarks, with the machine they were measured on."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks"


def machine() -> str:
    """Cores, processor, memory."""
    info = Path("/proc/cpuinfo").read_text()
    name = next((x.split(":")[1].strip() for x in info.splitlines() if "model name" in x), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({name}), {memory:.0f} GB, Python {platform.python_version()}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that a process has taken, with its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def write(name: str, title: str, body: str, kind: str = "") -> None:
    """docs/benchmarks/<name>.md, or <name>-<kind>.md, printed as well."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    text = f"# {title}\n\nMeasured {when} by `python bench/{name}.py` on {machine()}.\n\n{body}\n"
    DOCS.mkdir(parents=True, exist_ok=True)
    (DOCS / f"{name}{kind and '-'}{kind}.md").write_text(text)
    print(text)


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)
