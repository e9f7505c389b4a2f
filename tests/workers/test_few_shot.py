"""Few-shot engines: episodes, prototypes and inner steps by hand, and classes that are added."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.workers import ground as drawn
from tests.workers.test_every_engine import QUICK
from workers import catalogue, parity
from workers.contract import Failure, Manifest, ManifestAnnotation
from workers.engines.base import load_engine
from workers.engines.maml import Maml
from workers.engines.parts.episodes import Episodes, Examples, wilson
from workers.engines.parts.few_shot import FewShot
from workers.engines.parts.graphs import open_graph
from workers.engines.prototypical import NEVER, Prototypes
from workers.presets import PRESETS

NAMES = ("maml", "prototypical")
OLD = ("dark", "good")


class Colour(nn.Module):
    """An embedding that a hand can follow: the mean red and the mean green of an image."""

    length = 2

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x[:, :2].mean((2, 3))


def of(*colours: tuple[float, float]) -> Tensor:
    """An image of 16 px a colour (red, green)."""
    planes = [[torch.full((16, 16), value) for value in (*colour, 0.0)] for colour in colours]
    return torch.stack([torch.stack(plane) for plane in planes])


def without(name: str) -> Manifest:
    """The drawn labelled plates, of which one class is not known yet."""
    whole = drawn.labelled(size=64)
    samples = [each for each in whole.samples if each.annotations[0].class_name != name]
    left = [known for known in whole.classes if known != name]
    return whole.model_copy(update={"classes": left, "samples": samples})


def plates(name: str, n: int) -> list[Any]:
    found: list[Any] = []
    number = 900
    while len(found) < n:
        pixels, annotations = drawn.plate(number, 64)
        number += 1
        if (annotations[0].class_name if annotations else "good") == name:
            found.append(pixels)
    return found


@pytest.fixture(scope="module", params=NAMES)
def learnt(request: Any, tmp_path_factory: Any) -> FewShot:
    """Each engine, trained on good and dark plates."""
    frozen = without("bright")
    engine = load_engine(catalogue.card(request.param), QUICK[request.param], frozen.classes)
    assert isinstance(engine, FewShot)
    engine.fit(drawn.ground(frozen, tmp_path_factory.mktemp("few")), drawn.Watch())
    return engine


def again(engine: FewShot, folder: Path) -> FewShot:
    """The same engine, saved and loaded: what a job begins with."""
    engine.save(folder)
    name = type(engine).__name__.lower()
    loaded: Any = load_engine(catalogue.card(name), QUICK[name], [])
    loaded.load(folder)
    assert isinstance(loaded, FewShot)
    return loaded


def best(engine: FewShot, images: list[Any]) -> list[str]:
    return [answer.findings[0].class_name for answer in engine.predict(images)]


def test_a_class_is_added_and_the_others_stay(learnt: FewShot, tmp_path: Path) -> None:
    engine = again(learnt, tmp_path / "before")
    before = {name: best(engine, plates(name, 12)) for name in OLD}
    engine.extend("bright", plates("bright", 5))
    assert engine.classes == ["dark", "good", "bright"]
    assert engine.head.good == ["good"]
    assert best(engine, plates("bright", 17)[5:]).count("bright") >= 10
    for name in OLD:
        after = best(engine, plates(name, 12))
        assert after.count(name) >= before[name].count(name) - 1, name
    wider = again(engine, tmp_path / "after")
    assert wider.classes == engine.classes
    answers = [each.predict(plates("bright", 3)) for each in (engine, wider)]
    assert [a.findings[0].score for a in answers[0]] == pytest.approx(
        [a.findings[0].score for a in answers[1]], abs=1e-5
    )


def test_a_wider_model_is_exported_as_it_answers(learnt: FewShot, tmp_path: Path) -> None:
    engine = again(learnt, tmp_path / "before")
    engine.extend("bright", plates("bright", 1), good=True)
    assert engine.head.good == ["good", "bright"]
    engine.export(tmp_path / "export", "openvino")
    samples = drawn.labelled(size=64).samples[:8]
    graphs = {"f32": open_graph("openvino", tmp_path / "export")}
    assert parity.compare(engine, graphs, samples, drawn.Watch())["f32"]["ok"]


def test_a_class_that_is_known_and_too_many_images_are_refused(
    learnt: FewShot, tmp_path: Path
) -> None:
    engine = again(learnt, tmp_path)
    for name, n, code in (
        ("dark", 3, "class_known"),
        ("new", 0, "images_of_class"),
        ("new", 21, "images_of_class"),
    ):
        with pytest.raises(Failure) as failure:
            engine.extend(name, plates("bright", n))
        assert failure.value.code == code
    assert engine.classes == ["dark", "good"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("images", [1, 2])
def test_one_image_a_class_is_enough_to_begin(name: str, images: int, tmp_path: Path) -> None:
    whole = drawn.labelled(size=64)
    train = [each for each in whole.samples if each.split == "train"]
    some = [
        sample
        for known in whole.classes
        for sample in [s for s in train if s.annotations[0].class_name == known][:images]
    ]
    val = [each for each in whole.samples if each.split == "val"]
    frozen = whole.model_copy(update={"samples": [*some, *val]})
    params = {**QUICK[name], "epochs": 1, "shots": 5}
    watch = drawn.Watch()
    engine = load_engine(catalogue.card(name), params, frozen.classes)
    engine.fit(drawn.ground(frozen, tmp_path), watch)
    values = watch.of("metric")[0].values
    assert values["episode_low"] < values["episode_accuracy"] <= values["episode_high"]
    assert 0 <= values["balanced_accuracy"] <= 1


def test_a_class_without_training_images_is_never_told(tmp_path: Path) -> None:
    whole = drawn.labelled(size=64)
    frozen = whole.model_copy(update={"classes": ["nowhere", *whole.classes]})
    for name in NAMES:
        engine = load_engine(catalogue.card(name), QUICK[name] | {"epochs": 1}, frozen.classes)
        engine.fit(drawn.ground(frozen, tmp_path), drawn.Watch())
        raw = engine.raw()(torch.rand(3, 3, 64, 64)).detach()
        assert float(raw[:, 0].max()) == 0
        assert raw.sum(1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)


def test_examples_and_queries_of_an_episode_are_apart() -> None:
    whole = drawn.labelled(size=64)
    examples = Examples([s for s in whole.samples if s.split == "train"], whole.classes, 64)
    episodes = Episodes(examples, ways=5, shots=3, queries=4)
    assert episodes.ways == 3  # there are no more classes
    images, chosen = episodes.draw(PRESETS["none"], np.random.default_rng(0))
    assert images.shape == (3, 7, 3, 64, 64)
    assert sorted(chosen) == [0, 1, 2]
    for row in images:
        assert not any(np.array_equal(a, b) for a in row[:3] for b in row[3:])
        assert len({each.tobytes() for each in row}) == 7


def test_labels_of_one_class_make_no_episode(tmp_path: Path) -> None:
    whole = drawn.labelled(size=64)
    label = [ManifestAnnotation(class_name="good", kind="label")]
    alike = [sample.model_copy(update={"annotations": label}) for sample in whole.samples]
    frozen = whole.model_copy(update={"samples": alike})
    engine = load_engine(catalogue.card("prototypical"), QUICK["prototypical"], frozen.classes)
    with pytest.raises(Failure) as failure:
        engine.fit(drawn.ground(frozen, tmp_path), drawn.Watch())
    assert failure.value.code == "one_class"


def test_prototypes_by_hand() -> None:
    """Minus the squared distance: from (0.5, 0) to (0, 0) 0.25, to (0.5, 1) 1."""
    network: Any = Prototypes(Colour(), 3)  # type: ignore[arg-type]  # what it needs of one
    network.prototypes = torch.tensor([[0.0, 0.0], [0.5, 1.0], [9.0, 9.0]])
    network.known = torch.tensor([1.0, 1.0, 0.0])
    logits = network(of((0.5, 0.0)))[0].tolist()
    assert logits[:2] == pytest.approx([-0.25, -1.0])
    assert logits[2] < -NEVER


def maml(**params: Any) -> Maml:
    made = load_engine(catalogue.card("maml"), {**QUICK["maml"], **params}, ["a", "b"])
    assert isinstance(made, Maml)
    made.build()
    made.network.start = Colour()  # type: ignore[assignment]  # what it needs of an embedding
    return made


def test_an_inner_step_by_hand() -> None:
    """From red (1, 0) and green (0, 1): w = 2 means, b = -1; the loss falls along its gradient.

    Both logits of red are w x + b = 2 - 1 and 0 - 1, so p = e / (e + 1 / e), and the gradient by
    b of red alone is (p - 1, 1 - p) / 2, which green's undoes.
    """
    engine = maml(inner_steps=1, inner_lr=0.5)
    fast, weight, bias = engine._steps(of((1, 0), (0, 1)), torch.tensor([0, 1]), 2, False)
    p = float(np.exp(1) / (np.exp(1) + np.exp(-1)))
    assert bias.tolist() == pytest.approx([-1, -1])
    moved = 0.5 * (1 - p) / 2
    assert weight.tolist()[0] == pytest.approx([2 + moved, 0 - moved])
    # d loss / d scale: each logit of its own class is 2 scale - 1, of the other -1.
    assert fast["scale"].item() == pytest.approx(1 + 0.5 * 2 * (1 - p))


def test_first_order_leaves_out_what_the_inner_gradient_depends_on() -> None:
    examples, queries = of((1, 0), (0, 1)).unsqueeze(1), of((0.7, 0.4))
    slopes = []
    for first_order in (True, False):
        engine = maml(inner_steps=2, inner_lr=0.5, first_order=first_order)
        logits = engine.told(examples, queries, True)
        loss = nn.functional.cross_entropy(logits, torch.tensor([0]))
        scale: Any = cast(Any, engine.network).start.scale
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        slopes.append(float(scale.grad))
        close = 1e-3
        scale.data += close
        up = nn.functional.cross_entropy(engine.told(examples, queries, False), torch.tensor([0]))
        scale.data -= 2 * close
        down = nn.functional.cross_entropy(engine.told(examples, queries, False), torch.tensor([0]))
        measured = float(up - down) / (2 * close)
    assert slopes[1] == pytest.approx(measured, rel=1e-2)
    assert abs(slopes[0] - measured) > 1e-2 * abs(measured)


def test_the_interval_of_a_share_by_hand() -> None:
    """Wilson of 5 in 10: (0.5 + 0.192 +- 1.96 sqrt(0.025 + 0.0096)) / 1.384."""
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(1.0, 10)[1] == 1
