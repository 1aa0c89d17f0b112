"""What gunicorn and the tests' live server call."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")
application = get_wsgi_application()
