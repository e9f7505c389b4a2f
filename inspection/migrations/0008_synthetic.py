"""Synthetic images: what a generator drew, looked through, added for training alone."""

import django.db.models.deletion
import django.db.models.fields.json
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0007_extensions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SyntheticBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("class_name", models.CharField(max_length=64)),
                ("seed", models.BigIntegerField()),
                ("pasted", models.BooleanField()),
                ("real", models.PositiveIntegerField()),
                ("features", models.CharField(max_length=32)),
                ("kid", models.FloatField(null=True)),
                ("spread", models.FloatField(null=True)),
                ("near", models.FloatField(null=True)),
                ("far", models.FloatField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="SyntheticImage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("seed", models.BigIntegerField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("annotations", models.JSONField()),
                ("parents", models.JSONField(default=list)),
                ("distance", models.FloatField(null=True)),
                (
                    "doubt",
                    models.CharField(
                        blank=True,
                        choices=[("", "None"), ("too_near", "Too Near"), ("too_far", "Too Far")],
                        default="",
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                        ],
                        default="proposed",
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="datasetversion",
            name="synthetic",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="sample",
            name="synthetic",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(
                choices=[
                    ("train", "Train"),
                    ("batch", "Batch"),
                    ("export", "Export"),
                    ("generate", "Generate"),
                    ("extend", "Extend"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="jobevent",
            index=models.Index(
                django.db.models.fields.json.KeyTextTransform("sha256", "data"),
                condition=models.Q(("type__in", ["image", "artefact"])),
                name="job_event_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.CheckConstraint(
                condition=models.Q(("synthetic", False), ("split", "train"), _connector="OR"),
                name="synthetic_is_for_training",
            ),
        ),
        migrations.AddField(
            model_name="syntheticbatch",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="syntheticbatch",
            name="dataset_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="drawn",
                to="inspection.datasetversion",
            ),
        ),
        migrations.AddField(
            model_name="syntheticbatch",
            name="job",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="synthetic",
                to="inspection.job",
            ),
        ),
        migrations.AddField(
            model_name="syntheticbatch",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="synthetic",
                to="inspection.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="syntheticimage",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="images",
                to="inspection.syntheticbatch",
            ),
        ),
        migrations.AddField(
            model_name="syntheticimage",
            name="closeup",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inspection.blob"
            ),
        ),
        migrations.AddField(
            model_name="syntheticimage",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="syntheticimage",
            name="image",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inspection.blob"
            ),
        ),
        migrations.AddField(
            model_name="syntheticimage",
            name="neighbour",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="inspection.sample",
            ),
        ),
        migrations.AddField(
            model_name="syntheticimage",
            name="neighbour_closeup",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inspection.blob",
            ),
        ),
        migrations.AddField(
            model_name="syntheticimage",
            name="sample",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="drawn",
                to="inspection.sample",
            ),
        ),
        migrations.AddIndex(
            model_name="syntheticimage",
            index=models.Index(fields=["batch", "state", "position"], name="synthetic_state"),
        ),
        migrations.AddConstraint(
            model_name="syntheticimage",
            constraint=models.UniqueConstraint(
                fields=("batch", "position"), name="synthetic_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="syntheticimage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("decided_by__isnull", False),
                    _connector="OR",
                ),
                name="synthetic_approved_by_someone",
            ),
        ),
    ]
