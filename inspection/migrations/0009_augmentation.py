"""How a model's training images were varied."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0008_synthetic"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="augmentation",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
