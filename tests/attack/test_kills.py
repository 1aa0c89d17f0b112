"""A short kill matrix: the long one is `make attack`."""

import pytest

from tests.attack.kills import Matrix, flipped_byte
from tests.attack.product import embedded
from tests.mail.smtp import post_office


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    with post_office() as (post, port):
        folder = tmp_path_factory.mktemp("attack")
        with embedded(folder, EMAIL_URL=f"smtp://127.0.0.1:{port}") as product:
            # How soon it is back is measured by `make attack`, on a machine that does nothing else.
            product.bar = 60
            yield Matrix(product, post), product


@pytest.mark.parametrize("point", ["recorded", "load-inserted"])
def test_what_was_acknowledged_is_there_once_after_a_kill(attacked, point):
    matrix, _ = attacked
    outcome = matrix.killed_at(point, check=False)
    assert outcome.held, outcome.note


def test_a_flipped_byte_is_mended_without_a_hand(attacked):
    outcome = flipped_byte(*attacked)
    assert outcome.held, outcome.note
