from rest_framework.permissions import BasePermission


class Can(BasePermission):
    """Placeholder while the rooms are laid out: signed in."""
