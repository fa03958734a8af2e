#!/usr/bin/env python3
"""Holds what pond-gateway derive computed against the same formulas written down here again, in decimal numbers of 40 digits.

    formulas.py PRINTED.jsonl SERIES.csv

SERIES.csv is what was derived. Prints the largest difference of each channel, relative to the value, or each value that differs by
more than 1e-11, or is flagged otherwise, and ends with 1.
"""

import csv
import json
import sys
from decimal import ROUND_HALF_UP, Decimal as D, getcontext

getcontext().prec = 40
WEIGHTS = {"N": D("14.007"), "H": D("1.008"), "K": D("39.098")}
NH4 = (WEIGHTS["N"] + 4 * WEIGHTS["H"]) / WEIGHTS["N"]
NH3 = (WEIGHTS["N"] + 3 * WEIGHTS["H"]) / WEIGHTS["N"]


def ten(power):
    return D(10) ** power


def pka(celsius):
    return D("0.09018") + D("2729.92") / (D("273.2") + celsius)


def share(ph, celsius):
    return 1 / (1 + ten(pka(celsius) - ph))


def bent(ph, middle, basic, acid):
    return D(basic) / (1 + ten(D(middle) - ph)) + D(acid) / (1 + ten(ph - D(middle)))


def acute(ph, celsius, salmonids=True):
    warm = D("23.12") * ten(D("0.036") * (20 - celsius))
    shape = D("0.7249") * bent(ph, "7.204", "0.0114", "1.6181")
    return min(bent(ph, "7.204", "0.275", "39.0"), shape * warm) if salmonids else shape * min(D("51.93"), warm)


def chronic(ph, celsius, mussels=True):
    shape = bent(ph, "7.688", "0.0278", "1.1994")
    if mussels:
        return D("0.8876") * shape * D("2.126") * ten(D("0.028") * (20 - max(celsius, 7)))
    return D("0.9405") * shape * min(D("6.92"), D("7.547") * ten(D("0.028") * (20 - celsius)))


def two(value):
    if value == 0:
        return value
    step = D(1).scaleb(value.adjusted() - 1)
    return (value / step).quantize(D(1), ROUND_HALF_UP) * step


def compensated(ph, celsius):
    return 7 + (ph - 7) * D("298.15") / (D("273.15") + celsius)


def growth(humidity):
    activity = min(max(humidity, D(0)), D(95)) / 100
    return 1 + D("0.03") / D("1.65") * activity / (1 - activity)


def line(celsius):
    return 1 + D("0.0191") * (celsius - 25)


def expected(row):
    """Value and whether it is extrapolated, by channel."""
    ph, celsius, total, ammonium = row["ph"], row["water_temperature_c"], row["total_ammonia_n_mg_l"], row["ammonium_n_mg_l"]
    ion, humidity = row["ammonium_ion_mg_l"], row["air_humidity_percent"]
    far = not 0 <= celsius <= 30 or not 0 <= ph <= 14
    off = not 0 <= celsius <= 30 or not D("6.5") <= ph <= 9
    moist = not 0 <= humidity <= 95
    whole = ammonium * (1 + ten(ph - pka(celsius)))
    whole_of_ion = ion / NH4 * (1 + ten(ph - pka(celsius)))
    yield "compensated", compensated(ph, celsius), not 0 <= celsius <= 50 or not 0 <= compensated(ph, celsius) <= 12
    yield "ec25", row["conductivity_us_cm"] / line(celsius) if line(celsius) > 0 else None, not 0 <= celsius <= 30
    yield "nh4n", ion / NH4, False
    yield "nh4", ammonium * NH4, False
    yield "of-total", total / (1 + ten(ph - pka(celsius))), far
    yield "tan", whole, far
    yield "tan-of-ion", whole_of_ion, far
    yield "nh3n", total * share(ph, celsius), far
    yield "nh3", whole * share(ph, celsius) * NH3, far
    yield "without-k", ammonium - D("0.11") * row["potassium_mg_l"] * WEIGHTS["N"] / WEIGHTS["K"], False
    yield "cmc", acute(ph, celsius), off
    yield "cmc-absent", acute(ph, celsius, salmonids=False), off
    yield "ccc", chronic(ph, celsius), off
    yield "ccc-absent", chronic(ph, celsius, mussels=False), off
    yield "acute", two(total) / two(acute(ph, celsius)), off
    yield "chronic", two(total) / two(chronic(ph, celsius)), off
    yield "dry", row["pm10_ug_m3"] / growth(humidity), moist
    yield "dry25", row["pm25_ug_m3"] / growth(humidity), moist
    yield "freeboard", D(3200) - row["water_level_mm"], False


def main(printed, series):
    largest, wrong, compared = {}, 0, 0
    with open(printed, encoding="utf-8") as lines, open(series, encoding="utf-8", newline="") as rows:
        for row, text in zip(csv.DictReader(rows), lines, strict=True):
            given = {name: D(value) for name, value in row.items() if name != "time"}
            found = json.loads(text, parse_float=D, parse_int=D)
            for name, value, is_extrapolated in expected(given):
                compared += 1
                cell = found[name]
                flag = 9 if value is None else 3 if is_extrapolated else 1
                distance = D(0) if value is None or cell["value"] is None else abs(cell["value"] - value) / max(abs(value), D("1e-300"))
                largest[name] = max(largest.get(name, D(0)), distance)
                if (value is None) != (cell["value"] is None) or cell["flag"] != flag or distance > D("1e-11"):
                    wrong += 1
                    print(f"{name} at {row}: {cell}, and here {value and float(value)}, flag {flag}")
    for name, distance in largest.items():
        print(f"{name}: {float(distance):.1e}")
    print(f"{compared} values agree" if wrong == 0 else f"{wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
