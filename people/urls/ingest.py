"""Where clients send data, with and without a slash at the end, and the script of web sites."""

from people.ingest import views
from people.ingest.families import FAMILIES

urlpatterns = [*(route for family in FAMILIES for route in family.routes), *views.script.ROUTES]
