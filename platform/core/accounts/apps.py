from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "core.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Name the ways to sign in in the API document."""
        from core.accounts import openapi  # noqa: F401 - it registers itself
