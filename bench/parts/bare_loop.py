"""The anchor: decode, letterbox, OpenVINO and suppression in a loop, one image after the other.

python bench/parts/bare_loop.py MODEL.xml PRECISION SECONDS IMAGE...
prints {"ms": [...], "precision": ...}
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import openvino as ov

SIDE, SCORE, OVERLAP = 640, 0.05, 0.6


def tensor(jpeg: bytes) -> np.ndarray:
    """1 x 3 x 640 x 640 of 0..1."""
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    scale = min(SIDE / pixels.shape[0], SIDE / pixels.shape[1])
    w, h = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    canvas = np.full((SIDE, SIDE, 3), 114, np.uint8)
    top, left = (SIDE - h) // 2, (SIDE - w) // 2
    canvas[top : top + h, left : left + w] = cv2.resize(pixels, (w, h))
    return np.ascontiguousarray(canvas[None, ..., ::-1].transpose(0, 3, 1, 2), np.float32) / 255


def suppressed(rows: np.ndarray) -> int:
    """Boxes that stay; rows: 4 + classes by anchors."""
    scores = rows[4:].max(axis=0)
    kept = scores > SCORE
    boxes = rows[:4, kept].T
    boxes[:, :2] -= boxes[:, 2:] / 2
    return len(cv2.dnn.NMSBoxes(boxes.tolist(), scores[kept].tolist(), SCORE, OVERLAP))


def main(model: str, precision: str, seconds: float, paths: list[str]) -> None:
    """Loop, and print the time of each image in ms."""
    compiled = ov.Core().compile_model(
        model, "CPU", {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    )
    request = compiled.create_infer_request()
    images = [Path(path).read_bytes() for path in paths]
    ms: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        at = time.perf_counter()
        out = request.infer([tensor(images[len(ms) % len(images)])])
        suppressed(np.array(next(iter(out.values()))[0]))
        ms.append((time.perf_counter() - at) * 1000)
    used = str(compiled.get_property("INFERENCE_PRECISION_HINT"))
    print(json.dumps({"ms": ms[1:], "precision": used, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:])
