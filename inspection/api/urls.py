"""Every address of the API's first version, by subject."""

from django.urls import include, path

SUBJECTS = [
    "plant",
    "alignments",
    "rejudge",
    "products",
    "datasets",
    "base_weights",
    "training",
    "augmentation",
    "synthetic",
    "registry",
    "inspections",
    "statistics",
    "board",
    "system",
]
urlpatterns = [path("", include(f"inspection.api.{subject}")) for subject in SUBJECTS]
