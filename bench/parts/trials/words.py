"""The sentences of the page of engines, those that depend on the runs included."""

from collections.abc import Sequence

from bench.parts.trials import plan, results
from bench.parts.trials.results import Row

NOTHING = "nothing"
FIGURE = {
    "accuracy": "accuracy",
    "f1_33": "F1 at IoU 0.33, whatever the class",
    "map50": "mAP50",
    "iou": "IoU of defective pixels, whatever the class",
    "image_auroc": "AUROC by image",
}
NOTES = {
    "deeppcb": "Split by board: none of the boards in the test was learnt from. The template "
    "difference is given the template; the engines, but for fusion, are not. DeepPCB's paper has "
    "98.6 % mAP at 62 images a second, with 1,000 training images, pretrained weights and a GPU; "
    "here are a tenth of them, and the boards are apart.",
    "neu_det": "No baseline without deep learning is known for the boxes.",
    "neu_five": "Five of the six classes and five images of each, drawn by the seed; nothing else "
    "is learnt from, so this is harder than few-shot figures of networks that saw other classes.",
    "kolektor": "Which pictures are of one part is lost in this mirror, so parts may lie on both "
    "sides of the split.",
    "elpv": "Two classes: defective from a probability of one half. Cells of one module may lie on "
    "both sides of the split: the set does not name modules.",
    "glass": "11 good pictures in all: three of them are in the test, so AUROC is coarse.",
    "tire": "27 pictures in all.",
    "aitex": "16 strips of 4096 x 256 px, reported and not ranked: two good ones are in the test.",
    "insulator": "26 pictures, the defective ones composed by the set's authors: near-duplicates "
    "may lie on both sides of the split.",
    "pitting": "24 labelled pictures, split by place on the spindle.",
    "crack": "62 scenes, split by tens of consecutive numbers.",
    "normal_tile": "Learnt from 48 good tiles; photographs of different sizes and framing.",
}
ATTENTION = "The same splits, seeds and minutes for each: what costs time learns for fewer epochs."
FUSION = "The same splits, seeds and minutes; bright and dark scenes are measured apart."
CASCADE = "By the small class (the missing cap) alone, and over both classes."
SYNTHETIC = (
    "neu_det: 10 real images of each of the six classes, drawn by the seed; what is made from them "
    "alone brings each class to 500; a linear SVM on HOG (C = 0.1) learns from both and is asked "
    "of the held-out real images. The gain is seed by seed."
)
GPU = (
    "These were trained on a GPU, in bfloat16, several at once (`--device cuda:0 --jobs N`), each "
    "with one thread to prepare its images: they wait for the processor, not for the GPU. *ms an "
    "image*: by torch in 32 bits, beside the other trainings, at the image's own size. "
    "`KIZU_TEST_DEVICE=cuda:0` walks tests/workers/test_every_engine.py on a GPU; there "
    "efficient_ad and dinomaly, which need base weights, have random ones."
)
HEAD = """# Engines on real sets

From scratch, without pretrained weights, on {machines}. By

    python bench/engines.py --data ROOT --minutes 2 --seeds 0 1 2

where ROOT holds the sets by the names below. Each seed draws its own split of the whole set (60 %
to learn, 15 % to choose by, 25 % held out; by board or part where the set names them; nothing
learns from defects where only good images are learnt from) and starts the network anew, so the
intervals hold both. Nothing was chosen by a held-out split: the score from which a box counts is
chosen on val, a baseline's settings on train and val, and an engine's settings are the form's
defaults but for sizes (`bench/parts/trials/plan.py`).

Rows that say GPU were trained on one, the others on the processor; see the end of the page. An
engine has its minutes to train: the number of epochs is fixed before, from the pace of a few. Of
runs with different minutes the last are shown. Each training is a process of its own with {threads}
on a machine that did other work too. *ms an image*: through the export that serves, at the image's
own size, decoding left out; with a star it was timed beside other trainings. *Peak MB*: of the
whole training process, torch included. Intervals are 95 %: Student's t over seeds, or over
resampled test images where one seed was run. The runs lie in [engines.jsonl](engines.jsonl). The
minutes are few: the figures say what a method has learnt by then on a processor, not what it can
reach."""
RANDOM = (
    "Made for the features of a network that saw millions of images; these are of one that saw "
    "none, scaled to the set's good pictures."
)
REASONS = {"patchcore": RANDOM, "padim": RANDOM}  # by engine, where more than time is missing


def head(rows: Sequence[Row]) -> str:
    """What was done, on which machines."""
    engines = [row for row in rows if row["kind"] == "engine"]
    machines = "; ".join(sorted({row["machine"] for row in rows}))
    counts = sorted({int(row["threads"]) for row in engines}) or [1]
    threads = " or ".join(str(n) for n in counts) + (" thread" if counts == [1] else " threads")
    return HEAD.format(machines=machines, threads=threads)


def against(entry: plan.Entry, own: Sequence[Row], bases: Sequence[Sequence[Row]]) -> str:
    """Whether the engine beats the best baseline on the same splits; if not, why."""
    compared = plan.SETS[entry.set]
    gap = results.ahead(own, bases, compared.figure)
    if gap is None:
        return ""
    if not compared.ranked:
        return f"not ranked ({gap.value:+.2f})"
    if gap.value == 0:
        return "equals it"
    sure = gap.low is not None and gap.low > 0
    if gap.value > 0:
        ends = "" if gap.low is None else f" [{gap.low:+.2f}, {gap.high:+.2f}]"
        words = "beats it" if sure else "above it, not beyond chance"
        return f"{words}: {gap.value:+.2f}{ends}"
    return f"**does not**: {gap.value:+.2f}. {reason(entry, own)}"


def reason(entry: plan.Entry, own: Sequence[Row]) -> str:
    """Why it is not above its baseline."""
    if entry.engine in REASONS:
        return REASONS[entry.engine]
    epochs = max((row["epochs"] or 0) for row in own)
    often = f"for {epochs} epochs" if epochs > 1 else "for one epoch" if epochs else "once"
    return f"It learnt {often}; whether more would do it was not tried."
