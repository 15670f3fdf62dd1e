"""kill -9 and SIGTERM of worker processes while events flow: at fault points, and in between."""

from tests.kafka.worker.flow import Flow, with_ticks
from tests.kafka.worker.ground import Ground, at_work, demand_all_is_well, demand_published, done, until
from tests.kafka.worker.plan import PRODUCER_POINTS, WORKER_POINTS, points_in_the_source
from tests.kafka.worker.processes import WorkerProcess
from tests.kafka.worker.test_worker_tables import facts
from tests.reliability.processes import Fault


def test_every_fault_point_of_the_worker_is_in_the_plan() -> None:
    assert {*WORKER_POINTS, *PRODUCER_POINTS} == set(points_in_the_source())


def test_killed_at_each_step_of_a_batch(ground: Ground) -> None:
    entries = with_ticks(facts(5, signals=80))
    with Flow(ground.log, entries) as flow:
        for number, point in enumerate(WORKER_POINTS):
            worker = WorkerProcess(ground.log.url, ground.states, fault=Fault(point, 1 + number % 3))

            assert worker.ended() == -9, worker.text()
        flow.finish()
        with at_work(ground) as last:
            until(done(ground, last))

    demand_all_is_well(ground, entries)
    demand_published(ground, entries)


def test_a_worker_asked_to_stop_finishes_its_batch_and_lets_its_states_go(ground: Ground) -> None:
    entries = facts(6)
    ground.log.append(entries)
    worker = WorkerProcess(ground.log.url, ground.states)
    until(lambda: ground.position(0) != {} or not worker.alive)

    assert worker.stop() == 0, worker.text()
    assert "Traceback" not in worker.text()
    with at_work(ground) as again:
        until(done(ground, again))
    demand_all_is_well(ground, entries)
