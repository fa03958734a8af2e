#!/usr/bin/env python3
"""Holds what pond-backend average printed against pandas, which computes the same from the same file in its own way.

    averages.py SERIES.csv KIND UTC_OFFSET_H PRINTED.jsonl

SERIES.csv has hourly rows, time and values, in any order; of several of one time the last holds. Prints "N windows agree", or each
window that does not, and ends with 1.
"""

import json
import math
import sys
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy
import pandas

US_TOP = {"aqi_2018": [(425, 504, 301, 400), (505, 604, 401, 500)], "aqi_2024": [(425, 604, 301, 500)]}
US_LOW = [(0, 54, 0, 50), (55, 154, 51, 100), (155, 254, 101, 150), (255, 354, 151, 200), (355, 424, 201, 300)]
CN_X, CN_Y = [0, 50, 150, 250, 350, 420, 500, 600], [0, 50, 100, 150, 200, 300, 400, 500]


def rounded(value, step, rule):
    return float((Decimal(f"{value:.12g}") / step).quantize(Decimal(1), rule) * step)


def us(concentration, top):
    for low, high, index_low, index_high in US_LOW + top:
        if concentration <= high:
            share = (Decimal(concentration) - low) / (high - low)
            return int((index_low + share * (index_high - index_low)).quantize(Decimal(1), ROUND_HALF_UP))
    return 500


def us_fields(mean):
    whole = math.floor(float(f"{mean:.12g}"))
    return {"truncated": float(whole), **{name: us(whole, top) for name, top in US_TOP.items()}}


def iaqi(mean):
    whole = rounded(mean, 1, ROUND_HALF_EVEN)
    return {"rounded": whole, "iaqi": int(math.ceil(float(f"{numpy.interp(whole, CN_X, CN_Y):.9g}")))}


def two_figures(value):
    exact = Decimal(f"{value:.12g}")
    step = Decimal(1).scaleb(exact.adjusted() - 1)
    return (exact / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def days(column, needed, fields):
    days = column.groupby(column.index.floor("D")).agg(["count", "mean"])
    for start, (count, mean) in days.iterrows():
        yield start + pandas.Timedelta(days=1), int(count), mean if count >= needed else None, fields


def rolling(column, hours, needed):
    window = column.rolling(hours, min_periods=needed)
    counts = column.rolling(hours, min_periods=0).count()
    for begin, mean in window.mean().items():
        yield begin + pandas.Timedelta(hours=1), int(counts[begin]), None if numpy.isnan(mean) else mean, lambda _: {}


def nowcasts(column):
    values = column.to_numpy()
    for i, begin in enumerate(column.index):
        newest = values[max(0, i - 11):i + 1][::-1]
        ages = numpy.flatnonzero(~numpy.isnan(newest))
        mean = None
        if (ages < 3).sum() >= 2:
            known = newest[ages]
            weight = max(known.min() / known.max(), 0.5) if known.max() > 0 else 1.0
            mean = numpy.average(known, weights=weight ** ages.astype(float))
        yield begin + pandas.Timedelta(hours=1), len(ages), mean, us_fields


def kinds(kind, column):
    if kind == "pm10-24h-gb":
        return "mean", days(column, 20, lambda mean: {"rounded": rounded(mean, 1, ROUND_HALF_EVEN)})
    if kind == "pm10-24h-us":
        return "mean", days(column, 18, lambda mean: {"rounded": rounded(mean, 10, ROUND_HALF_UP)})
    if kind == "aqi-us":
        return "mean", days(column, 18, us_fields)
    if kind == "iaqi-cn":
        return "mean", days(column, 20, iaqi)
    if kind == "pm10-rolling24":
        return "mean", rolling(column, 24, 18)
    return "nowcast", nowcasts(column)


def ph(column):
    for start, day in column.groupby(column.index.floor("D")):
        values = day.dropna()
        yield start + pandas.Timedelta(days=1), len(values), {
            "arithmetic": values.mean(), "median": values.median(), "lowest": values.min(), "highest": values.max(),
            "hydrogen_ion": -math.log10((10.0 ** -values).mean()) if len(values) else None,
        } if len(values) >= 18 else {}


def months(frame):
    whole = frame.dropna()[["total_ammonia_n_mg_l", "ph", "water_temperature_c"]].reindex(frame.index)
    month = whole.rolling(720, min_periods=540).mean()
    four = whole["total_ammonia_n_mg_l"].rolling(96, min_periods=72).mean()
    for begin in frame.index[(frame.index.hour == 23)]:
        total, acidity, celsius = month.loc[begin]
        if numpy.isnan(total):
            yield begin + pandas.Timedelta(hours=1), {}
            continue
        shape = 0.0278 / (1 + 10 ** (7.688 - acidity)) + 1.1994 / (1 + 10 ** (acidity - 7.688))
        criterion = 0.8876 * shape * 2.126 * 10 ** (0.028 * (20 - max(celsius, 7)))
        within = four.loc[begin - pandas.Timedelta(hours=720 - 96):begin].dropna()
        yield begin + pandas.Timedelta(hours=1), {
            "total_ammonia_n_mg_l": total, "ph": acidity, "water_temperature_c": celsius, "ammonia_chronic_criterion_mg_l": criterion,
            "highest_four_days": within.max() if len(within) else None,
            "ammonia_four_day_ratio":
                float(two_figures(within.max()) / two_figures(Decimal("2.5") * two_figures(criterion))) if len(within) else None,
        }


def near(one, other):
    if one is None or other is None:
        return one is None and other is None
    return abs(one - other) <= 1e-9 * max(1.0, abs(one))


def expected(frame, kind):
    if kind == "ammonia-30d":
        for end, numbers in months(frame):
            yield None, end, {"state": "valid" if numbers else "no data", **numbers}
        return
    for name in frame.columns:
        if kind == "ph-mean":
            for end, count, numbers in ph(frame[name]):
                yield name, end, {"values": count, "valid": count, "state": "valid" if numbers else "no data", **numbers}
            continue
        key, windows = kinds(kind, frame[name])
        for end, count, mean, fields in windows:
            yield name, end, {
                "valid": count, "state": "no data" if mean is None else "valid", key: mean, **({} if mean is None else fields(mean)),
            }


def main(series, kind, offset, printed):
    rows = pandas.read_csv(series)
    rows["time"] = pandas.to_datetime(rows["time"], utc=True).dt.tz_localize(None) + pandas.Timedelta(hours=offset)
    rows = rows[~rows["time"].duplicated(keep="last")].set_index("time").sort_index()
    frame = rows.reindex(pandas.date_range(rows.index[0], rows.index[-1], freq="H"))
    found = {}
    with open(printed, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            end = pandas.Timestamp(row["end"]).tz_localize(None) + pandas.Timedelta(hours=offset)
            found[(row.get("column"), end)] = row
    wrong, compared = 0, 0
    for name, end, numbers in expected(frame, kind):
        row = found.pop((name, end), {})
        compared += 1
        for key, value in numbers.items():
            same = row.get(key) == value if isinstance(value, str) else key in row and near(row[key], value)
            if not same:
                wrong += 1
                print(f"{name} until {end}: {key} is {row.get(key)}, pandas has {value}")
    for name, end in found:
        wrong += 1
        print(f"{name} until {end}: pandas has no such window")
    print(f"{compared} windows agree" if wrong == 0 else f"{wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]))
