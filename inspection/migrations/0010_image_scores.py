"""What each image of a held-out split was told as a whole."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0009_augmentation"),
    ]

    operations = [
        migrations.AddField(
            model_name="evaluation",
            name="scores",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="scored",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
