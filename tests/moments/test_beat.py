"""The scheduler goes on whatever the clock does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from moments.beat import Steady
from moments.celery import app
from moments.embedded import Scheduler

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def ticked(tmp_path, monkeypatch):
    """ticked(at): the tasks that are rung for within a minute and a half from then on."""
    rung = []
    beat = Steady(app=app, schedule_filename=str(tmp_path / "beat"))
    monkeypatch.setattr(beat, "apply_async", lambda entry, **_: rung.append(entry.task))

    def ticks(at):
        rung.clear()
        with time_machine.travel(at, tick=False) as clock:
            for _ in range(90):
                while beat.tick() == 0:
                    pass
                clock.shift(1)
        return set(rung)

    yield ticks
    beat.close()


def test_up_and_a_beat_of_its_own_have_this_scheduler(tmp_path):
    assert isinstance(Scheduler(tmp_path).service.service.scheduler, Steady)
    assert app.conf.beat_scheduler == "moments.beat:Steady"


@pytest.mark.parametrize("hours", [-26, -2, 0, 2, 26])
def test_whatever_is_due_every_few_seconds_is_due_after_the_clock_was_set(ticked, hours):
    ticked(NOW)
    usual = ticked(NOW + timedelta(minutes=2))
    assert len(usual) >= 6
    assert usual <= ticked(NOW + timedelta(hours=hours, minutes=4))
    assert usual <= ticked(NOW + timedelta(minutes=6))
