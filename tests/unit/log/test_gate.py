"""One writer at a time, appends before projections."""

import threading

import pytest

from domain.log.gate import WriteGate
from tests.services.waiting import wait_until


def test_an_append_that_came_later_goes_before_a_projection_that_waits() -> None:
    gate = WriteGate()
    order: list[str] = []

    def project() -> None:
        with gate.write():
            order.append("projection")

    def append() -> None:
        with gate.append():
            order.append("append")

    threads = []
    with gate.write():
        for work in (project, append):
            threads.append(threading.Thread(target=work))
            threads[-1].start()
            wait_until(lambda: gate.waiting == len(threads), "a queue", deadline_s=10)
    for thread in threads:
        thread.join(10)
    assert order == ["append", "projection"]


def test_an_error_inside_opens_the_gate_again() -> None:
    gate = WriteGate()
    for enter in (gate.append, gate.write):
        with pytest.raises(ZeroDivisionError), enter():
            raise ZeroDivisionError
    with gate.append():
        assert gate.waiting == 0
