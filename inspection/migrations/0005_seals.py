"""A digest of each unit that the machine judged, chained in the audit trail."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0004_by_id"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("digests", models.BinaryField()),
                ("entry", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["day"], name="seal_by_day"),
                    models.Index(fields=["entry"], name="seal_by_entry"),
                ],
            },
        ),
    ]
