"""How long code takes."""

import time

default_timer = time.perf_counter


def timeit(stmt="pass", setup="pass", timer=default_timer, number=1000000, globals=None):
    names = {} if globals is None else globals
    if callable(setup):
        setup()
    else:
        exec(setup, names)
    run = stmt if callable(stmt) else lambda: exec(stmt, names)
    start = timer()
    for _ in range(number):
        run()
    return timer() - start


def repeat(stmt="pass", setup="pass", timer=default_timer, repeat=5, number=1000000, globals=None):
    return [timeit(stmt, setup, timer, number, globals) for _ in range(repeat)]
