"""Which room answers which address. Rooms own their pages; this file only puts them in order."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path
from health_check.views import HealthCheckView

urlpatterns = [
    path("", include("xiangli.ui.urls")),
    path("", include("xiangli.portal.urls")),
    path("office/", include("xiangli.office.urls")),
    path("", include("xiangli.accounts.urls")),
    path("", include("xiangli.places.urls")),
    path("", include("xiangli.surveys.urls")),
    path("", include("xiangli.planning.urls")),
    path("", include("xiangli.ledger.urls")),
    path("", include("xiangli.supervision.urls")),
    path("", include("xiangli.opening.urls")),
    path("", include("xiangli.bookings.urls")),
    path("", include("xiangli.canteen.urls")),
    path("", include("xiangli.cases.urls")),
    path("", include("xiangli.reports.urls")),
    path("api/", include("xiangli.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("healthz/", HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Storage"])),
    path("", include("xiangli.news.urls")),
]
if settings.DEBUG:
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
