"""Where clients send data, with and without a slash at the end."""

from people.ingest.families import FAMILIES

urlpatterns = [route for family in FAMILIES for route in family.routes]
