# Clocks that run while something is worked, and clocks that always run.
import time

started = [time.process_time(), time.thread_time(), time.perf_counter(), time.monotonic()]
time.sleep(0.3)
ended = [time.process_time(), time.thread_time(), time.perf_counter(), time.monotonic()]
print([after - before < 0.25 for before, after in zip(started, ended)])

before = time.process_time_ns(), time.thread_time_ns()
sum(i * i for i in range(20_000))
after = time.process_time_ns(), time.thread_time_ns()
print([two > one for one, two in zip(before, after)], type(after[0]))
