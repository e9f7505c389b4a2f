from django.db import connection

from core.audit import trail
from core.audit.models import Entry


def test_chain_holds_and_a_changed_entry_is_found(db: None) -> None:
    for number in range(3):
        trail.note("ada", "site.create", f"site.{number}", None, {"name": f"S{number}", "x": 0.1})
    assert trail.verify() is None
    middle = Entry.objects.order_by("id")[1]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'eve' WHERE id = %s", [middle.id])
    assert trail.verify() == middle.id
