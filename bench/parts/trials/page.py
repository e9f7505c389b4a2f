"""docs/benchmarks/engines.md from the runs that there are, with what was never run."""

from collections.abc import Sequence

from bench.parts import report
from bench.parts.trials import plan, results, words
from bench.parts.trials.results import Row
from workers import catalogue

HEAD = ["method", "figure [95 %]", "further", "seeds", "epochs", "training min", "ms an image",
        "peak MB", "day", "against the baseline"]  # fmt: skip
FURTHER = {
    "accuracy": ("balanced_accuracy",),
    "f1_33": ("recall_33", "precision_33", "map50"),
    "map50": ("map50_95", "f1_33"),
    "iou": ("component_recall", "map50"),
    "image_auroc": ("pixel_auroc", "pro"),
}
SHORT = {"balanced_accuracy": "balanced", "recall_33": "recall", "precision_33": "precision",
         "map50": "mAP50", "map50_95": "mAP50-95", "component_recall": "components found",
         "pixel_auroc": "pixels", "pro": "PRO", "f1_33": "F1 at 0.33"}  # fmt: skip


def write() -> None:
    """The page."""
    every = results.read()
    rows = results.newest(every)
    parts = [words.head(rows), tally(rows)]
    parts += [section(name, rows) for name in plan.SETS]
    parts += [attention(rows), fusion(rows), cascade(rows), synthetic(rows), on_gpu(every)]
    parts.append(never(rows))
    text = "\n\n".join(part for part in parts if part) + "\n"
    (report.DOCS / "engines.md").write_text(text)


def tally(rows: Sequence[Row]) -> str:
    """How many of the engines that ran beat their baseline, and which do not."""
    told = []
    for entry in plan.ENTRIES:
        compared = plan.SETS[entry.set]
        own = [row for row in results.of(rows, kind="engine", name=entry.key) if "error" not in row]
        bases = [results.of(rows, kind="baseline", set=entry.set, name=base)
                 for base in compared.baselines]  # fmt: skip
        gap = results.ahead(own, bases, compared.figure)
        if compared.ranked and gap and not entry.variant:
            told.append((entry, gap))
    if not told:
        return ""
    sure = sum(gap.low is not None and gap.low > 0 for _, gap in told)
    above = [entry for entry, gap in told if gap.value > 0]
    rest = ", ".join(f"{e.engine} on {plan.SETS[e.set].title}" for e, _ in told if e not in above)
    return (
        f"Of {len(told)} pairs of an engine and a set that ran, {len(above)} lie above the best "
        f"baseline, {sure} of them beyond chance over seeds"
        + (f"; not above: {rest}." if rest else ".")
    )


def section(name: str, rows: Sequence[Row]) -> str:
    """A set: its baselines, and the engines on it."""
    compared = plan.SETS[name]
    bases = {base: results.of(rows, kind="baseline", set=name, name=base)
             for base in compared.baselines}  # fmt: skip
    lines = [baseline_line(base, own, compared.figure) for base, own in bases.items() if own]
    for entry in plan.ENTRIES:
        if entry.set == name and not entry.variant:
            lines += engine_line(entry, rows, [own for own in bases.values() if own])
    if not lines:
        return ""
    title = f"## {compared.title}: {words.FIGURE[compared.figure]}"
    return "\n\n".join(filter(None, [title, words.NOTES.get(name, ""), report.table(HEAD, lines)]))


def baseline_line(name: str, own: Sequence[Row], figure: str) -> list[object]:
    """A baseline's row."""
    found = results.figure(own, figure, figure)
    return [f"*{name}*", found, further(own, figure), len(own), "", "", "", "", day(own), ""]


def engine_line(
    entry: plan.Entry, rows: Sequence[Row], bases: Sequence[Sequence[Row]], label: str = ""
) -> list[list[object]]:
    """An engine's row, or one that tells why there is no figure; none when it was never run."""
    every = results.of(rows, kind="engine", name=entry.key)
    own = [row for row in every if "error" not in row]
    name = marked(label or entry.engine, every)
    if not own:
        return [[name, "none", every[0]["error"], *[""] * 5, day(every), ""]] if every else []
    figure = plan.SETS[entry.set].figure
    return [[
        name, results.figure(own, figure, figure), further(own, figure), len(own),
        span([row["epochs"] or 0 for row in own], ""), span([row["train_minutes"] for row in own]),
        time_of(entry, own, rows), round(max(row["peak_mb"] for row in own)), day(own),
        words.against(entry, own, bases),
    ]]  # fmt: skip


def marked(name: str, own: Sequence[Row]) -> str:
    """The name, with a word where it was trained on a GPU."""
    return name + (", GPU" if own and "gpu" in own[0] else "")


def further(own: Sequence[Row], figure: str) -> str:
    """The other figures of the kind, by name, as means."""
    found = [(name, results.figure(own, name)) for name in FURTHER[figure]]
    return ", ".join(f"{SHORT[name]} {mean.value:.2f}" for name, mean in found if mean)


def span(values: Sequence[float], form: str = ".1f") -> str:
    """The lowest and the highest value, or the one that all have."""
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low}-{high}"


def time_of(entry: plan.Entry, own: Sequence[Row], rows: Sequence[Row]) -> str:
    """Milliseconds an image: by itself where that was measured, else beside other work."""
    alone = results.of(rows, kind="timing", name=entry.key)
    if alone:
        return f"{alone[-1]['ms']:.3g}"
    beside = [row["ms"] for row in own if "ms" in row]
    return f"{report.median(beside):.3g}*" if beside else ""


def day(own: Sequence[Row]) -> str:
    """When the runs were."""
    days = sorted({row["when"] for row in own})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def variants(
    title: str, note: str, entries: Sequence[plan.Entry], names: Sequence[str], rows: Sequence[Row]
) -> str:
    """Entries side by side by some figures."""
    lines = []
    for entry in entries:
        every = results.of(rows, kind="engine", name=entry.key)
        own = [row for row in every if "error" not in row]
        if own:
            label = marked(f"{entry.engine} {entry.variant}".strip(), own)
            main = plan.SETS[entry.set].figure
            lines.append([label, entry.set, *(results.figure(own, n, main) or "" for n in names),
                          len(own), span([row["epochs"] or 0 for row in own], ""),
                          time_of(entry, own, rows)])  # fmt: skip
    if not lines:
        return ""
    head = ["", "set", *(SHORT.get(name, name) for name in names), "seeds", "epochs", "ms"]
    return f"## {title}\n\n{note}\n\n{report.table(head, lines)}"


def attention(rows: Sequence[Row]) -> str:
    """YOLO's variants beside the plain v8n."""
    chosen = [e for e in plan.ENTRIES if e.engine == "yolo" and e.set in ("deeppcb", "neu_det")]
    return variants("YOLOv8n: attention, v10n, mosaic", words.ATTENTION, chosen,
                    ("map50", "f1_33", "recall_33"), rows)  # fmt: skip


def fusion(rows: Sequence[Row]) -> str:
    """The visible image alone and all modalities, bright and dark apart."""
    chosen = [e for e in plan.ENTRIES if e.set == "crack"]
    return variants("Visible light alone, and fused with infrared and depth", words.FUSION, chosen,
                    ("iou", "iou@bright", "iou@dark"), rows)  # fmt: skip


def cascade(rows: Sequence[Row]) -> str:
    """The cascade and one detector on the same splits, by the small class."""
    chosen = [e for e in plan.ENTRIES if e.set == "insulator"]
    return variants("Cascade, and one detector from end to end", words.CASCADE, chosen,
                    ("map50@defect", "recall@defect", "map50", "f1_33"), rows)  # fmt: skip


def synthetic(rows: Sequence[Row]) -> str:
    """10 real images a class, 500 drawn ones: accuracy on real images that were held out."""
    names = sorted({row["name"] for row in rows if row["kind"] == "synthetic"})
    lines = []
    for name in names:
        own = results.of(rows, kind="synthetic", name=name)
        gain = results.ahead(own, [results.of(rows, kind="synthetic", name=words.NOTHING)],
                             "accuracy")  # fmt: skip
        lines.append([name, results.figure(own, "accuracy"), gain if name != words.NOTHING else "",
                      len(own), span([row["minutes"] for row in own]), day(own)])  # fmt: skip
    if not lines:
        return ""
    head = ["added to 10 real images a class", "accuracy [95 %]", "gain [95 %]", "seeds",
            "minutes to make", "day"]  # fmt: skip
    return f"## From 10 images to 500\n\n{words.SYNTHETIC}\n\n{report.table(head, lines)}"


def on_gpu(rows: Sequence[Row]) -> str:
    """What trainings on a GPU took of it, and the engines that none was seen of."""
    lines, seen = [], set()
    for entry in plan.ENTRIES:
        ran = [row for row in rows if row["kind"] == "engine" and "gpu" in row]
        own = results.of(results.newest(ran), name=entry.key)
        if own:
            seen.add(entry.engine)
            lines.append([entry.key, own[0]["gpu"], own[0]["minutes"], own[0]["jobs"],
                          span([row["epochs"] or 0 for row in own], ""),
                          f"{report.median([row['gpu_ms'] for row in own]):.3g}",
                          round(max(row["gpu_mb"] for row in own))])  # fmt: skip
    if not lines:
        return ""
    head = ["", "GPU", "minutes", "at once", "epochs", "ms an image", "GPU MB"]
    rest = ", ".join(name for name in catalogue.cards() if name not in seen)
    text = f"## On a GPU\n\n{words.GPU}\n\n{report.table(head, lines)}"
    return text + (f"\n\nNever measured on a GPU: {rest}." if rest else "")


def never(rows: Sequence[Row]) -> str:
    """What the plan has and no run has."""
    done = {row["name"] for row in rows if row["kind"] == "engine"}
    missing = [entry for entry in plan.ENTRIES if entry.key not in done]
    if not missing:
        return ""
    lines = [f"- {entry.key}" + ("" if entry.engine in catalogue.cards() else " (no such engine)")
             for entry in missing]  # fmt: skip
    return "## Never run\n\n" + "\n".join(lines)
