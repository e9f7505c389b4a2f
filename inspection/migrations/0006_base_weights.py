"""A store of weights that trainings start from, and the hashes of pickles that may be read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0005_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AllowedPickle",
            fields=[
                ("id", ID),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("note", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BaseWeights",
            fields=[
                ("id", ID),
                ("name", models.CharField(max_length=200, unique=True)),
                ("architecture", models.CharField(max_length=200)),
                (
                    "format",
                    models.CharField(
                        choices=[("safetensors", "Safetensors"), ("pt", "Pt")], max_length=12
                    ),
                ),
                ("file_name", models.CharField(blank=True, default="", max_length=255)),
                ("licence", models.CharField(max_length=500)),
                ("source", models.CharField(max_length=500)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("unread", "Unread"), ("sound", "Sound"), ("unsound", "Unsound")],
                        default="unread",
                        max_length=8,
                    ),
                ),
                ("tensors", models.PositiveIntegerField(null=True)),
                ("parameters", models.BigIntegerField(null=True)),
                ("first", models.JSONField(default=list)),
                ("problem_code", models.CharField(blank=True, default="", max_length=64)),
                ("problem", models.TextField(blank=True, default="")),
                ("asked_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                (
                    "blob",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inspection.blob",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="job",
            name="base",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="jobs",
                to="inspection.baseweights",
            ),
        ),
    ]
