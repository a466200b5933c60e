"""The WSGI application that granian serves; the reading store opens with the first request that needs it."""

import os

from django.core.wsgi import get_wsgi_application

from nenghao.hub.serving import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")

end_with_parent()
application = get_wsgi_application()

from nenghao.hub.registry.watch import start_watch  # noqa: E402 -- models are importable only once Django is set up

start_watch()
