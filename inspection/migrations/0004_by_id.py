"""All lines' inspections, newest first, at any depth: a partition's key begins with its day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspection", "0003_units")]

    operations = [
        migrations.AddIndex(
            model_name="inspection",
            index=models.Index(fields=["-id"], name="inspection_by_id"),
        ),
    ]
