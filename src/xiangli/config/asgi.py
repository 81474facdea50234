"""ASGI entry point: the one to serve, because phones send chunked bodies that WSGI servers drop."""

import gc
import os

import django
from django.conf import settings

from xiangli.config.handler import OneThreadHandler
from xiangli.config.sqlite.base import keep_connections
from xiangli.core.bodies import LimitedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangli.config.settings")
django.setup(set_prefix=False)
keep_connections()
application = LimitedBodies(OneThreadHandler(), prefix="/odk/", limit=settings.PHONE_BODY_MAX)
gc.collect()
gc.freeze()  # what is loaded now stays: looking through it again and again costs each request, and some of them a pause
