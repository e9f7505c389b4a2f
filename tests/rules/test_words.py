"""Whatever the server says in English under a code has a Chinese sentence, and no other has one."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from inspection.models.inspections import Mode
from inspection.services.cases import WORDS
from tests.conftest import ROOT
from tests.rules.test_house import python_files
from workers import catalogue
from workers.presets import Augmentation

SRC = ROOT / "frontend/src"
I18N = SRC / "i18n"
SAID = json.loads((I18N / "zh/server.json").read_text())
VOCABULARY = json.loads((I18N / "zh/words.json").read_text())
# Whose argument of this place is a code of which part of the catalogue.
CALLS = {
    "Refused": ("problems", 0), "problem": ("problems", 1), "_allow": ("problems", 2),
    "Problem": ("problems", 2), "warn": ("problems", 1), "refuse": ("problems", 1),
    "_refuse": ("problems", 1), "DecodeFailed": ("problems", 0), "Reason": ("reasons", 0),
    "Failure": ("failures", 0), "fail": ("failures", 0), "give_back": ("log", 2),
}  # fmt: skip
KEYWORDS = {
    ("Look", "code"): "problems", ("_reply", "error"): "reasons", ("log", "code"): "log",
    ("Log", "code"): "log",
}  # fmt: skip


def said_in_sources() -> Iterator[tuple[str, str]]:
    """(part of the catalogue, code, a `*` where it is put together) for every code in a call."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[tuple[str, str]]:
    name: str = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
    if name == "fail" and getattr(getattr(node.func, "value", None), "id", "") == "self":
        return  # a serializer's own field message
    part, place = CALLS.get(name, ("", 0))
    if part and len(node.args) > place and (code := _text(node.args[place])):
        yield part, code
    for keyword in node.keywords:
        part = KEYWORDS.get((name, keyword.arg or ""), "")
        if part and (code := _text(keyword.value)):
            yield part, code


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
        )
    return ""


def has(part: str, code: str) -> bool:
    pattern = re.compile(re.escape(code).replace(r"\*", r"\w+"))
    return any(pattern.fullmatch(key) for key in SAID[part])


def test_every_code_in_the_sources_has_a_chinese_sentence() -> None:
    codes = set(said_in_sources())
    assert len([code for part, code in codes if part == "problems"]) > 80
    assert not sorted((part, code) for part, code in codes if not has(part, code))
    assert set(WORDS) <= set(SAID["reasons"])
    hinted = {code for part, code in codes if part == "failures"} | {"worker_lost"}
    assert hinted <= set(SAID["hints"])


def test_what_the_pages_name_by_a_word_has_one() -> None:
    stages = set(re.findall(r'stage="(\w+)"', _sources()))
    assert stages
    assert stages <= set(VOCABULARY["stages"])
    assert set(Mode.values) <= set(VOCABULARY["modes"])
    actions = set(re.findall(r'"([a-z]+)\.([a-z_]+)"', "\n".join(_audited())))
    assert len(actions) > 10
    assert {kind for kind, _ in actions} <= set(VOCABULARY["kinds"])
    assert {verb for _, verb in actions} <= set(VOCABULARY["verbs"])


def _sources() -> str:
    return "\n".join(path.read_text() for path in python_files())


def _audited() -> list[str]:
    """The lines that write to the trail, or queue a job with the action that goes there."""
    return re.findall(r"(?:audit\.note|jobs\.queue|_stand)\([^\n]*", _sources())


@pytest.mark.parametrize(
    "card",
    [*catalogue.cards().values(), *catalogue.generators().values()],
    ids=lambda card: card.name,
)
def test_an_engine_is_offered_in_chinese(card: Any) -> None:
    own = SAID["engines"].get(card.name, {})
    assert {"summary", "when", "when_not"} <= set(own)
    assert set(card.params.model_fields) <= set(own) | set(SAID["fields"])
    assert set(card.presets) <= set(VOCABULARY["presets"])
    assert set(card.needs) <= set(SAID["needs"])


def test_the_values_of_an_augmentation_are_in_chinese() -> None:
    assert set(SAID["augmentation"]) == set(Augmentation.model_fields)
    assert all({"title", "help"} == set(words) for words in SAID["augmentation"].values())


def test_the_values_in_a_sentence_are_those_of_the_server() -> None:
    """Each `{{name}}` of a sentence is a name that some call gives along."""
    sentences = json.dumps([SAID["problems"], SAID["failures"], SAID["log"]])
    used = set(re.findall(r"\{\{(\w+)\}\}", sentences)) - {"words"}
    given = set(re.findall(r'"(\w+)": ', _sources())) | set(re.findall(r"(\w+)=", _sources()))
    pydantic = {"gt", "ge", "lt", "le", "expected", "multiple_of"}
    assert used <= given | pydantic


def test_no_page_shows_the_servers_english_past_the_catalogue() -> None:
    """Reasons, problems, stages and failures go through src/words."""
    past = re.compile(
        r"\breason\.words\b|\.words\.join|(?<!=)\{\w+\.(?:stage|error|hint|message)\}"
        r"|String\(\w+\.message\)|\w+\?\.detail\b|>\{entry\.action\}"
    )
    pages = [path for part in ("pages", "parts") for path in (SRC / part).rglob("*.tsx")]
    assert len(pages) > 40
    assert not [(path.name, found) for path in pages if (found := past.findall(path.read_text()))]
