"""Django behind WSGI; `sextant.project.asgi` mounts it beside the event stream (ADR 0005)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sextant.project.settings")
application = get_wsgi_application()

# What is loaded by now stays until the end. Searching it for garbage again and again cost every fortieth page a pause
# longer than the page itself; what requests leave behind is searched in larger heaps.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
