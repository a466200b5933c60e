"""The application that granian serves; the reading store opens with the first request that needs it."""

import os

from django.core.wsgi import get_wsgi_application

from nenghao.hub.serving import end_with_parent, request_threads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")

end_with_parent()
pages = get_wsgi_application()

# Models are importable only once Django is set up.
from nenghao.hub.chain.background import start_forwarding  # noqa: E402
from nenghao.hub.energy_accounts.background import start_accounts  # noqa: E402
from nenghao.hub.intake.wsgi import with_short_way  # noqa: E402
from nenghao.hub.quality_checks.background import start_checks  # noqa: E402
from nenghao.hub.quotas.background import start_verdicts  # noqa: E402
from nenghao.hub.registry.watch import start_watch  # noqa: E402
from nenghao.hub.rsgi import RsgiApplication  # noqa: E402

application = with_short_way(pages)
served = RsgiApplication(application, threads=request_threads())
start_watch()
start_forwarding()
start_checks()
start_accounts()
start_verdicts()
