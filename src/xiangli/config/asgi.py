"""ASGI entry point: the one to serve, because phones send chunked bodies that WSGI servers drop."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangli.config.settings")
application = get_asgi_application()
