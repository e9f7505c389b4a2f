"""Where every address leads: the API, its schema, health, and for the rest the front end."""

from django.urls import include, path, re_path
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

handler400 = "core.errors.malformed"
handler403 = "core.errors.forbidden"
handler404 = "core.errors.not_found"
handler500 = "core.errors.broke"

urlpatterns = [
    path("", include("inspection.api.health")),
    path("api/v1/", include("core.accounts.urls")),
    path("api/v1/", include("core.audit.urls")),
    path("api/v1/", include("inspection.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(permission_classes=[], url_name="schema")),
    re_path(
        r"^(?!api/|ws/|static/|healthz|readyz|metrics).*$",
        TemplateView.as_view(template_name="index.html"),
    ),
]
