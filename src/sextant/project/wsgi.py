"""Django behind WSGI; `sextant.project.asgi` mounts it beside the event stream (ADR 0005)."""

import os

from django.core.wsgi import get_wsgi_application

from sextant.core.memory import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sextant.project.settings")
application = get_wsgi_application()
settle()
