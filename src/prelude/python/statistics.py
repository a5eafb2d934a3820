"""Averages."""

import math


class StatisticsError(ValueError):
    pass


def mean(data):
    data = list(data)
    if not data:
        raise StatisticsError("mean requires at least one data point")
    total = math.fsum(data) if any(isinstance(x, float) for x in data) else sum(data)
    value = total / len(data)
    whole = all(isinstance(x, int) for x in data)
    return int(value) if whole and value == int(value) else value


fmean = lambda data: math.fsum(data) / len(list(data))


def median(data):
    data = sorted(data)
    if not data:
        raise StatisticsError("no median for empty data")
    half = len(data) // 2
    return data[half] if len(data) % 2 else (data[half - 1] + data[half]) / 2


def variance(data):
    data = list(data)
    if len(data) < 2:
        raise StatisticsError("variance requires at least two data points")
    middle = math.fsum(data) / len(data)
    return math.fsum([(x - middle) ** 2 for x in data]) / (len(data) - 1)


def pvariance(data):
    data = list(data)
    middle = math.fsum(data) / len(data)
    return math.fsum([(x - middle) ** 2 for x in data]) / len(data)


def stdev(data):
    return math.sqrt(variance(data))


def pstdev(data):
    return math.sqrt(pvariance(data))


def mode(data):
    counts = {}
    for item in data:
        counts[item] = counts.get(item, 0) + 1
    return max(counts, key=counts.get)
