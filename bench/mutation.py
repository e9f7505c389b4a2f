"""Mutation testing of the quality library: small faults put into it, one at a time, and who saw it.

Every mutant changes one thing in one function (a sign, a limit, a word); the tests of the quality
library are run against it, and it survives if none fails. It says of the tests what line coverage
cannot: that a figure that is wrong is noticed. A survivor is explained below or fails the run.
Constants of a module and properties of a class are not changed by the tool.
"""

import argparse
import difflib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench.parts import report

TOOL = "mutmut==3.8.1"
MODULES = ("rates", "charts", "rules", "verdict")
MOST = 0.10  # survivors of all mutants
FOLDER = ROOT / "build" / "mutation"
REASONS = Path(__file__).parent / "parts" / "survivors.json"
QUALITY, TESTS = Path("inspection/quality"), Path("tests/inspection/quality")
KILLED, SURVIVED = {1, 3}, {0}
OUT_OF_TIME = {36, 24, 152, 255, -24}  # the mutant runs for ever
SETTINGS = "\n".join(
    [
        "[mutmut]",
        "source_paths=inspection",
        "only_mutate=",
        *(f"    {QUALITY / module}.py" for module in MODULES),
        f"pytest_add_cli_args_test_selection={TESTS}",
        "[tool:pytest]",
        "pythonpath=.",
        "addopts=-p no:cacheprovider",
        "",
    ]
)


@dataclass(frozen=True)
class Mutant:
    """One change: what the line was, what it became, and how the tests' run ended."""

    module: str
    function: str
    was: str
    became: str
    code: int | None

    @property
    def key(self) -> str:
        """The same from run to run, while the line stays as it is."""
        return f"{self.module}.{self.function}: {self.was} → {self.became}"


def prepare() -> dict[str, str]:
    """The tool and a copy of the library and its tests; the environment to run in."""
    tool, copy = FOLDER / "tool", FOLDER / "copy"
    if not (tool / "mutmut").exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "pip", "install", "--quiet", "--target", tool, TOOL], check=True)
    shutil.rmtree(copy, ignore_errors=True)
    for folder in (QUALITY, TESTS):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
        for above in list(folder.parents)[:-1]:
            (copy / above / "__init__.py").touch()
    (copy / "setup.cfg").write_text(SETTINGS)
    return os.environ | {"PYTHONPATH": str(tool)}


def mutants(module: str) -> Iterator[Mutant]:
    """The mutants of a module, as the tool left them: all in one file, with their places in it."""
    path = FOLDER / "copy" / "mutants" / QUALITY / f"{module}.py"
    lines = path.read_text().splitlines()
    spans = json.loads(path.with_name(f"{path.name}.spans").read_text())["spans"]
    ended = json.loads(path.with_name(f"{path.name}.meta").read_text())["exit_code_by_key"]
    for key, code in ended.items():
        name = key.rpartition(".")[2]
        function = name.rpartition("__mutmut_")[0]
        texts = []
        for version in (f"{function}__mutmut_orig", name):
            first, last = spans[version]
            text = "\n".join(lines[first - 1 : last]).replace(version, function)
            texts.append([line.strip() for line in text.splitlines()])
        was, became = _change(*texts)
        yield Mutant(module, _plain(function), was, became, code)


def _plain(mangled: str) -> str:
    """`rate` of x_rate, `Recipe.threshold` of xǁRecipeǁthreshold."""
    return mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def _change(before: list[str], after: list[str]) -> tuple[str, str]:
    lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    removed = [line[1:] for line in lines if line.startswith("-")]
    added = [line[1:] for line in lines if line.startswith("+")]
    return " ".join(removed), " ".join(added)


def row(name: str, found: list[Mutant]) -> list[object]:
    """One line of the table."""
    codes = Counter(mutant.code for mutant in found)
    killed, late, left = (
        sum(codes[code] for code in group) for group in (KILLED, OUT_OF_TIME, SURVIVED)
    )
    other = len(found) - killed - late - left
    return [name, len(found), killed, late, left, other, f"{(left + other) / len(found):.1%}"]


def survivor(mutant: Mutant, reasons: dict[str, str]) -> str:
    """A survivor with its change and why it lives."""
    why = reasons.get(mutant.key, "**not explained**")
    change = f"    - {mutant.was}\n    + {mutant.became}"
    return f"**{mutant.module}.{mutant.function}**: {why}\n\n{change}\n"


def main() -> int:
    """Run and write docs/benchmarks/mutation.md; 1 if too many are left, or one unexplained."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--children", type=int, default=os.cpu_count(), help="runs at a time")
    asked.add_argument("--again", action="store_true", help="only write the page of the last run")
    given = asked.parse_args()
    if not given.again:
        run = [sys.executable, "-m", "mutmut", "run", "--max-children", str(given.children)]
        subprocess.run(run, cwd=FOLDER / "copy", env=prepare(), check=True)
    reasons = json.loads(REASONS.read_text())
    by_module = {module: list(mutants(module)) for module in MODULES}
    everything = [mutant for found in by_module.values() for mutant in found]
    left = [m for m in everything if m.code not in KILLED | OUT_OF_TIME]
    rows = [row(module, found) for module, found in by_module.items()]
    head = ["", "mutants", "killed", "out of time", "survived", "other", "share left"]
    body = (__doc__ or "").split("\n\n", 1)[1]
    body += f"\nThe tool is {TOOL}; at most {MOST:.0%} may be left.\n\n"
    body += report.table(head, [*rows, row("all", everything)])
    body += "\n\n## What is left, and why\n\n" + "\n".join(survivor(m, reasons) for m in left)
    report.write("mutation", "Mutation testing of the quality library", body)
    keys = {mutant.key for mutant in left}
    unexplained, gone = sorted(keys - set(reasons)), sorted(set(reasons) - keys)
    print(*(f"not explained: {key}" for key in unexplained), sep="\n")
    print(*(f"explained, but killed or no more: {key}" for key in gone), sep="\n")
    return int(bool(unexplained) or len(left) > MOST * len(everything))


if __name__ == "__main__":
    sys.exit(main())
