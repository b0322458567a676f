"""So many requests a second, and none to a service that is down."""

from __future__ import annotations

from synthquery.ontology.online.gate import FAILURES_IN_A_ROW, REST, Circuit, Limiter


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def passing_times(limiter: Limiter, time: Time, n: int) -> list[float]:
    times = []
    for _ in range(n):
        limiter.wait()
        times.append(round(time.now - 100, 3))
    return times


def test_no_window_of_a_second_has_more_than_the_limit() -> None:
    time = Time()
    assert passing_times(Limiter(3, time, time.sleep), time, 8) == [0, 0, 0, 1, 1, 1, 2, 2]


def test_less_than_one_a_second_is_possible() -> None:
    time = Time()
    assert passing_times(Limiter(0.5, time, time.sleep), time, 3) == [0, 2, 4]


def test_no_limit_does_not_wait_but_a_break_holds_everyone() -> None:
    time = Time()
    limiter = Limiter(0, time, time.sleep)
    assert passing_times(limiter, time, 100)[-1] == 0
    limiter.hold(7)
    assert passing_times(limiter, time, 2) == [7, 7]


def test_failures_in_a_row_open_the_circuit_and_one_success_starts_the_count_anew() -> None:
    circuit = Circuit(Time())
    for _ in range(FAILURES_IN_A_ROW - 1):
        circuit.failed(100)
    circuit.succeeded()
    for _ in range(FAILURES_IN_A_ROW - 1):
        circuit.failed(100)
    assert circuit.allows()
    circuit.failed(100)
    assert not circuit.allows()


def test_two_long_timeouts_open_it_as_well() -> None:
    time = Time()
    circuit = Circuit(time)
    for _ in range(2):
        started = time.now
        time.sleep(10)
        circuit.failed(started)
    assert circuit.is_open


def test_after_a_rest_one_request_tries() -> None:
    time = Time()
    circuit = Circuit(time)
    for _ in range(FAILURES_IN_A_ROW):
        circuit.failed(time.now)
    time.sleep(REST)
    assert circuit.allows()
    assert not circuit.allows()  # one is enough to see
    circuit.failed(time.now)
    assert not circuit.allows()
    time.sleep(REST)
    assert circuit.allows()
    circuit.succeeded()
    assert circuit.allows()
