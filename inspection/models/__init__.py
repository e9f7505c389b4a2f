"""Every table of the domain; one file a subject, the same names as in services and api."""

from inspection.models.base_weights import AllowedPickle, BaseWeights
from inspection.models.datasets import (
    Annotation,
    Blob,
    BlobClaim,
    Dataset,
    DatasetVersion,
    Import,
    Sample,
    SampleImage,
    VersionSample,
)
from inspection.models.inspections import (
    Disposition,
    Finding,
    IdempotencyKey,
    Inspection,
    InspectionImage,
    Seal,
    UnitAttempts,
)
from inspection.models.plant import Alignment, Camera, Line, Site, Station
from inspection.models.products import DefectClass, Product, Recipe
from inspection.models.registry import Evaluation, Export, ModelVersion, Release
from inspection.models.statistics import DirtyHour, HourClassCount, HourCount
from inspection.models.synthetic import SyntheticBatch, SyntheticImage
from inspection.models.training import BatchItem, Job, JobEvent

__all__ = [
    "Alignment",
    "AllowedPickle",
    "Annotation",
    "BaseWeights",
    "BatchItem",
    "Blob",
    "BlobClaim",
    "Camera",
    "Dataset",
    "DatasetVersion",
    "DefectClass",
    "DirtyHour",
    "Disposition",
    "Evaluation",
    "Export",
    "Finding",
    "HourClassCount",
    "HourCount",
    "IdempotencyKey",
    "Import",
    "Inspection",
    "InspectionImage",
    "Job",
    "JobEvent",
    "Line",
    "ModelVersion",
    "Product",
    "Recipe",
    "Release",
    "Sample",
    "SampleImage",
    "Seal",
    "Site",
    "Station",
    "SyntheticBatch",
    "SyntheticImage",
    "UnitAttempts",
    "VersionSample",
]
