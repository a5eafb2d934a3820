"""Workers by name."""

from multiprocessing import AsyncResult, Pool

ThreadPool = Pool
