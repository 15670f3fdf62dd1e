"""Partitions compute in turn, as many at once as they may."""

import threading

from tests.kafka.worker.ground import until
from untaken.streams.worker.turns import Turns


def queued(turns: Turns, count: int) -> None:
    until(lambda: turns.waiting == count)


def test_whoever_has_had_a_turn_lets_the_others_go_first() -> None:
    turns, order = Turns(1), list[str]()
    ending: set[str] = set()

    def work(name: str) -> None:
        for number in range(3):
            with turns.taken():
                order.append(name)
                until(lambda: turns.waiting == 1 or bool(ending))
            if number == 2:
                ending.add(name)

    with turns.taken():
        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for number, thread in enumerate(threads, start=1):
            thread.start()
            queued(turns, number)
    for thread in threads:
        thread.join()

    assert order == ["a", "b"] * 3


def test_no_more_than_may_have_a_turn_at_once() -> None:
    turns, inside, most = Turns(2), list[int](), list[int]()

    def work(name: int) -> None:
        for _ in range(200):
            with turns.taken():
                inside.append(name)
                most.append(len(inside))
                inside.remove(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) <= 2
    assert turns.waiting == 0
