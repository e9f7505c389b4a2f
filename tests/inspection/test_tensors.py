"""What a file of weights is, told without running anything in it."""

import io
import json
import struct
import zipfile
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from inspection.formats import tensors
from inspection.formats.tensors import Tensors, Unfit


def look(data: bytes) -> tuple[str, Tensors | None]:
    return tensors.look(lambda at, size: data[at : at + size], len(data))


def fault(data: bytes) -> str:
    with pytest.raises(Unfit) as caught:
        look(data)
    return caught.value.case


def safe(header: Any, numbers: int) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(numbers)


def line(start: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def saved(**kept: Any) -> bytes:
    out = io.BytesIO()
    torch.save({"a": torch.zeros(3)}, out, **kept)
    return out.getvalue()


def test_safetensors_as_its_own_library_writes_them() -> None:
    halves = np.zeros((2, 3), "float16")
    data = save({"b.weight": np.zeros((4, 5), "float32"), "a": halves}, {"format": "pt"})
    form, found = look(data)
    assert (form, found and found.count, found and found.parameters) == ("safetensors", 2, 26)
    assert found
    by_name = {row["name"]: (row["dtype"], row["shape"]) for row in found.first}
    assert by_name == {"b.weight": ("F32", [4, 5]), "a": ("F16", [2, 3])}


def test_a_scalar_and_an_empty_tensor_are_tensors() -> None:
    _, found = look(safe({"one": line(0, 4, []), "none": line(4, 4, [0, 7])}, 4))
    assert (found and found.count, found and found.parameters) == (2, 1)


@pytest.mark.parametrize(
    ("data", "case"),
    [
        (b"", "neither"),
        (b"just some words, and more of them", "neither"),
        (b"\x80\x04\x95 a pickle of somebody's", "neither"),
        (b"x" * 8 + b"{", "neither"),
        (struct.pack("<Q", 10**12) + b"{" + bytes(20), "cut"),
        (safe({"a": line(0, 40, [10])}, 40)[:-1], "cut"),
        (safe({"a": line(0, 40, [10])}, 41), "cut"),
        (safe(b'{"a": ' + b" " * 10, 0), "header"),
        (safe(b'{"a": [1, 2]}', 0), "header"),
        (safe(b"{}", 10), "empty"),
        (safe({"__metadata__": {"x": "y"}}, 0), "empty"),
        (safe({"a": line(0, 40, [11])}, 40), "header"),
        (safe({"a": line(0, 40, [10], "F99")}, 40), "header"),
        (safe({"a": line(0, 40, [-10])}, 40), "header"),
        (safe({"a": line(0, 8, [2]), "b": line(4, 12, [2])}, 12), "places"),
        (safe({"a": line(0, 8, [2]), "b": line(12, 20, [2])}, 20), "places"),
        (safe(b"{" + b"[" * 100_000, 0), "header"),
    ],
)
def test_what_is_no_safetensors_file(data: bytes, case: str) -> None:
    assert fault(data) == case


def test_a_header_beyond_reason_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensors, "HEADER", 20)
    assert fault(safe({"a": line(0, 40, [10])}, 40)) == "header"


def test_both_forms_of_torch_are_told() -> None:
    assert look(saved()) == ("pt", None)
    assert look(saved(_use_new_zipfile_serialization=False)) == ("pt", None)


def test_a_zip_is_torchs_only_with_its_pickle() -> None:
    whole = saved()
    assert fault(whole[:-30]) == "zip"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert fault(out.getvalue()) == "zip"


def test_a_program_is_no_weights() -> None:
    out = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), out)
    assert fault(out.getvalue()) == "script"
