"""Classes added to few-shot models without training; models with a note."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0006_base_weights"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="note",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(
                choices=[
                    ("train", "Train"),
                    ("batch", "Batch"),
                    ("export", "Export"),
                    ("extend", "Extend"),
                ],
                max_length=12,
            ),
        ),
    ]
