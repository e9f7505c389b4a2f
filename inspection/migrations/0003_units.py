from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0002_parts"),
    ]

    operations = [
        migrations.AddField(
            model_name="line",
            name="same_unit_hours",
            field=models.PositiveSmallIntegerField(default=168),
        ),
        migrations.AlterField(
            model_name="hourclasscount",
            name="defect_class",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=models.PROTECT,
                related_name="+",
                to="inspection.defectclass",
            ),
        ),
    ]
