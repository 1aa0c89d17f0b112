"""Every refusal of the API has one shape, and a service that is away is told as such."""

from django.db import OperationalError
from rest_framework.exceptions import NotAuthenticated, ValidationError

from people.api.errors import answer_error, flat


def test_details_are_told_at_their_paths():
    detail = {"steps": [{}, {"event": ["Needed."]}], "name": "Wrong.", "list": ["a", "b"]}
    assert flat(detail) == {"steps.1.event": ["Needed."], "name": ["Wrong."], "list": ["a", "b"]}
    assert flat("No.") == {"": ["No."]}


def test_a_database_that_is_away_is_503_with_a_time_to_come_back():
    answer = answer_error(OperationalError("server closed the connection"), {})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "server closed" not in str(answer.data)
    assert list(answer.data) == ["errors"]


def test_other_errors_keep_their_status():
    assert answer_error(ValidationError({"x": ["No."]}), {}).data == {"errors": {"x": ["No."]}}
    assert answer_error(NotAuthenticated(), {}).status_code in (401, 403)
    assert answer_error(ZeroDivisionError(), {}) is None
