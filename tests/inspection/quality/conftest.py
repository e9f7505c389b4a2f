"""How much chance: enough to find a slip, little enough for a busy machine; the same every time."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "kizu",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("kizu")
