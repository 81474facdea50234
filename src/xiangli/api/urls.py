"""Our own JSON, and foreign standards at their own paths below one address for each county."""

from django.urls import path

from xiangli.api import hsds_views as hsds
from xiangli.api import openactive_views as openactive
from xiangli.api.public import api

HSDS = "hsds/<slug:county>/"  # the paths of the standard have no slash at the end, but for its root

urlpatterns = [
    path(HSDS, hsds.root, name="hsds"),
    path(HSDS + "services", hsds.services, name="hsds_services"),
    path(HSDS + "services/<str:key>", hsds.one_service, name="hsds_service"),
    path(HSDS + "service_at_locations", hsds.service_at_locations, name="hsds_service_at_locations"),
    path(HSDS + "service_at_locations/<str:key>", hsds.one_service_at_location, name="hsds_service_at_location"),
    path(HSDS + "organizations", hsds.organizations, name="hsds_organizations"),
    path(HSDS + "organizations/<str:key>", hsds.one_organization, name="hsds_organization"),
    path(HSDS + "taxonomies", hsds.taxonomies, name="hsds_taxonomies"),
    path(HSDS + "taxonomies/<str:key>", hsds.one_taxonomy, name="hsds_taxonomy"),
    path(HSDS + "taxonomy_terms", hsds.taxonomy_terms, name="hsds_taxonomy_terms"),
    path(HSDS + "taxonomy_terms/<str:key>", hsds.one_taxonomy_term, name="hsds_taxonomy_term"),
    path("openactive/<slug:county>/", openactive.dataset, name="openactive"),
    path("openactive/<slug:county>/<str:name>", openactive.rpde_feed, name="rpde_feed"),
    path("", api.urls),
]
