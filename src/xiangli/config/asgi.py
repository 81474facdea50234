"""ASGI entry point: the one to serve, because phones send chunked bodies that WSGI servers drop."""

import gc
import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from xiangli.config.sqlite.base import keep_connections
from xiangli.core.bodies import LimitedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangli.config.settings")
keep_connections()
application = LimitedBodies(get_asgi_application(), prefix="/odk/", limit=settings.PHONE_BODY_MAX)
gc.collect()
gc.freeze()  # what is loaded now stays: looking through it again and again costs each request, and some of them a pause
