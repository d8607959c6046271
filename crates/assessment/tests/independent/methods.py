"""Every method of scoring, computed from records alone: plain, slow, and knowing nothing of the engine.

Reads {"cities": [[{"code", "field", "county", "meetings": [[month, present], ...], "hours", "trained": [person, ...]}, ...], ...]} from
standard input and prints, for each city, a line "city code|cohort|score|star|rank" per branch, in the order of the codes.

The scheme in words: 40 points for the share of months with a meeting; 20 for the attendance (ten are due at each meeting), in
proportion to 80 %; 25 for hours in bands (40 hours 25, 20 hours 15, one hour 5); 15 when five different people were trained.
Where no meeting was held the attendance is not evidenced: it stays due and earns nothing yet.
Score: points of a hundred of what is due. Below half the weight evidenced: neither star nor rank.
Order: score, then hours, then people trained; equals share a rank.
Cohorts: one field in one county; with fewer branches than ceil(1 / 30 %) = 4 it is merged with the other small ones of the city.
Five stars from 85 points for 30 % of the cohort, four from 60 for 50 %, three from 40 for all, else one; without 40 hours four at most.
A group of equals gets its places only if all fit, and nobody after it gets one.
"""

import json
import sys
from fractions import Fraction
from math import floor

FIELDS = {"rural": "农村", "school": "学校"}
STARS = [(5, Fraction(85), Fraction(3, 10)), (4, Fraction(60), Fraction(1, 2)), (3, Fraction(40), None)]


def points_of(branch):
    """Points, what of the weight is evidenced, hours, people."""
    months = {month for month, _ in branch["meetings"]}
    points = Fraction(40 * len(months), 12)
    evidenced = 80
    due = 10 * len(branch["meetings"])
    if due:
        evidenced += 20
        share = Fraction(sum(present for _, present in branch["meetings"]), due)
        points += 20 * min(Fraction(1), share / Fraction(8, 10))
    hours = branch["hours"]
    points += 25 if hours >= 40 else 15 if hours >= 20 else 5 if hours >= 1 else 0
    people = len(set(branch["trained"]))
    points += 15 if people >= 5 else 0
    return points, Fraction(evidenced, 100), hours, people


def cohorts_of(city):
    first = {}
    for branch in city:
        first.setdefault((branch["field"], f"C{branch['county']}"), []).append(branch)
    cohorts = {}
    for (field, county), branches in first.items():
        place = county if len(branches) >= 4 else "S"
        cohorts.setdefault(f"{FIELDS[field]}@{place}", []).extend(branches)
    return cohorts


def rate(city):
    lines = {}
    for name, branches in cohorts_of(city).items():
        figures = {branch["code"]: points_of(branch) for branch in branches}
        # The weight due is a hundred, so the points are the score.
        rated = [code for code, (_, evidenced, _, _) in figures.items() if evidenced >= Fraction(1, 2)]
        key = lambda code: (figures[code][0], figures[code][2], figures[code][3])
        groups = []
        for code in sorted(rated, key=key, reverse=True):
            if groups and key(groups[-1][0]) == key(code):
                groups[-1].append(code)
            else:
                groups.append([code])
        rank, ranks = 1, {}
        for group in groups:
            ranks.update({code: rank for code in group})
            rank += len(group)
        star = {code: 1 for code in rated}
        for stars, least, quota in STARS:
            places = None if quota is None else floor(quota * len(branches))
            given, is_full = 0, False
            for group in groups:
                cap = lambda code: 5 if figures[code][2] >= 40 else 4
                wanted = [code for code in group if star[code] < stars and figures[code][0] >= least and cap(code) >= stars]
                if places is not None:
                    is_full = is_full or given + len(wanted) > places
                    if is_full:
                        continue
                for code in wanted:
                    star[code] = stars
                given += len(wanted)
        for code in figures:
            lines[code] = f"{code}|{name}|{figures[code][0]}|{star.get(code, '')}|{ranks.get(code, '')}"
    return [lines[code] for code in sorted(lines)]


for number, city in enumerate(json.load(sys.stdin)["cities"]):
    for line in rate(city):
        print(number, line)
