"""The environment that keeps every library from calling home. Imported before any engine.

`apply` is called on import, so `from workers import offline` above the first engine is enough.
"""

import os

from core import environment

SILENT = {
    "YOLO_OFFLINE": "1",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "CI": "true",  # openvino-telemetry asks nobody then
    "KMP_BLOCKTIME": "0",  # idle threads of one job must not spin beside the next
}
UNWANTED = (
    "sync", "clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb", "vscode_msg",
    "openvino_msg",
)  # fmt: skip


def apply() -> None:
    """Set the variables; what an administrator has set himself stays, except for the silence."""
    folder = environment.var_dir() / "ultralytics"
    os.environ.update(SILENT)
    os.environ.setdefault("YOLO_CONFIG_DIR", str(folder))
    os.environ.setdefault("MPLCONFIGDIR", str(folder))


def silence_ultralytics() -> None:
    """Switch off its usage reports, integrations and its wish to install packages.

    Ultralytics replaces Pillow's `open` by one that installs a plugin for what is no image.
    """
    from ultralytics.utils import SETTINGS, patches

    patches._pil_plugins_registered = True
    wrong = {name: False for name in UNWANTED if SETTINGS.get(name)}
    if wrong:
        SETTINGS.update(wrong)


apply()
