from django.db import migrations

FORWARD = """
INSERT INTO audit_head (id, entries, digest)
SELECT 1, (SELECT count(*) FROM audit_entry), digest
FROM audit_entry ORDER BY id DESC LIMIT 1
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_head")]

    operations = [migrations.RunSQL(FORWARD, "DELETE FROM audit_head")]
