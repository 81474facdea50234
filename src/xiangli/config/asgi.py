"""ASGI entry point: the one to serve, because phones send chunked bodies that WSGI servers drop."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from xiangli.core.bodies import LimitedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangli.config.settings")
application = LimitedBodies(get_asgi_application(), prefix="/odk/", limit=settings.PHONE_BODY_MAX)
