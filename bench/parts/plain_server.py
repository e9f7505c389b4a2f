"""The anchor: FastAPI and ultralytics' own predict, as a tutorial has it; WEIGHTS names them."""

import os
from typing import Any

import cv2
import numpy as np
from fastapi import FastAPI, UploadFile
from ultralytics import YOLO

app = FastAPI()
model = YOLO(os.environ["WEIGHTS"])
model.predict(np.zeros((640, 640, 3), np.uint8), verbose=False)


@app.post("/predict")
def predict(image: UploadFile) -> dict[str, Any]:
    """Boxes of one image."""
    pixels = cv2.imdecode(np.frombuffer(image.file.read(), np.uint8), cv2.IMREAD_COLOR)
    found = model.predict(pixels, imgsz=640, verbose=False)[0]
    return {"verdict": "NG" if len(found.boxes) else "OK", "boxes": found.boxes.xyxy.tolist()}
