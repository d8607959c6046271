"""Every method of scoring, computed from records alone: plain, slow, and knowing nothing of the engine.

Reads {"cities": [{"rounding", "branches": [{"code", "field", "county", "meetings": [[month, present], ...], "late":
[[month owed, months after it, present], ...], "hours", "trained":
[person, ...], "is_covered": [year, year before], "faults", "projects": [year, year before], "awards", "votes": [[members], [people]]},
...]}, ...]} from standard input and prints, for each city, a line "city code|cohort|score|star|rank|bonus|why no star|score to" per
branch, in the order of the codes.

A meeting held late and accepted for an earlier month is no meeting of the month in which it was held, and none of its quarter; who came
to it is counted when it was held, which may be in the next year and then is not counted at all.

The scheme in words, a hundred points:
25 for the share of months with a meeting. A month without one for which a meeting held late was accepted counts half. Where not all was
   entered, months without a meeting of their own are unknown: open, not failed, whatever was held late for them.
15 for the attendance (ten are due at each meeting), in proportion to 80 %. Without any meeting it is open, and so it is below 80 % where
   not all was entered.
20 for hours in bands (40 hours 20, 20 hours 12, one hour 5).
10 when five different people were trained.
10 less 1.5 for each fault, never below 2; open where not all was entered.
 8 by the place for projects among those of the cohort of whom all was entered: the best 8, the last 2, even steps between, equals the
   mean of their places, whoever is alone 8.
 7 for more projects than the year before: nothing for no growth, all for half as many again; open where not all of both years was
   entered or there was none in the year before.
 5 by ballot: six members and six of the people may vote 0 to 10; at least half of the twelve have to; of each group the highest and the
   lowest vote are dropped, at least one must be left; members count 60 %, people 40 %.
Beyond the hundred at most 5: 4 for awards in proportion to three, 3 when six different people were trained.
What is open stays due and earns nothing yet. Below half the weight evidenced: neither star nor rank (暂不评定).
More than six faults, where all was entered: neither star nor rank (不予评星).
Order: score, then hours, then people trained; equals share a rank.
Cohorts: one field in one county; the small ones of the city are merged: fewer branches than ceil(1 / 30 %) = 4 where places round down,
than ceil(1 / 60 %) = 2 where they round to the nearest, none where they round up.
Five stars from 70 points for 30 % of the cohort, four from 55 for 50 %, three from 40 for all, else one; without 40 hours four at most.
A group of equals gets its places only if all fit, and nobody after it gets one.

Then each city once more by the other scheme, a line "city otherwise code|score|star|score to|due|left out":
20 by the place for faults, fewer is better: the fewest 20, the most 5, among those of the cohort (one field in one county) of whom all
   was entered; open for the others.
20 for projects against the year before, a difference: nothing for one less, all for four more, even steps between; left out where not all
   of both years was entered.
20 for quarters with two meetings, a fourth each; where not all was entered, quarters below that are open.
20 for attendance, in proportion to 80 %; nothing where there was no meeting, or where it is below and not all was entered.
10 for months with a meeting, a twelfth each, half of it for a month only made up; where not all was entered, months without a meeting of
   their own are left out.
10 for hours, in proportion to 40.
The score is a hundred times the points over what is due. Five stars from 60 for whom the projects earned at least half of theirs (or are left
out), four from 30, else one.

And once more by the third scheme, a line "city thirdly code|score|star|score to|due|left out", of sixty points:
15 judged on the spot without a ballot: one and a half for each point of the first member's vote (of ten); open where nobody voted.
20 less 1.5 for each slip of the four quarters, never below 2 (each person trained is a slip in the month of his number); open where not
   all was entered.
15 for projects against the year before last (as many as there are awards), a difference: nothing for no more, all for four more; left out
   where not all of both years was entered.
10 for hours, in proportion to 40.
The score is a hundred times the points over what is due. Five stars from 70, three from 40, else one.
"""

import json
import sys
from fractions import Fraction
from math import ceil, floor

FIELDS = {"rural": "农村", "school": "学校"}
STARS = [(5, Fraction(70), Fraction(3, 10)), (4, Fraction(55), Fraction(1, 2)), (3, Fraction(40), None)]
ROUND = {"down": floor, "nearest": lambda share: floor(share + Fraction(1, 2)), "up": ceil}
COHORT_MIN = {"down": 4, "nearest": 2, "up": 1}


def within(low, value, high):
    return max(low, min(value, high))


def ballot(votes):
    """Points of five, or None."""
    if sum(len(group) for group in votes) * 2 < 12 or any(len(group) < 3 for group in votes):
        return None
    means = []
    for group in votes:
        counted = sorted(group)[1:-1]
        means.append(Fraction(sum(counted), len(counted)))
    return 5 * (60 * means[0] + 40 * means[1]) / 100 / 10


def months_of(branch):
    """Months with a meeting of their own, and how many more only with one held late and accepted for them."""
    own = {month for month, _ in branch["meetings"]}
    late = {month for month, _, _ in branch["late"]} - own
    return len(own), len(late) if branch["is_covered"][0] else 0


def attendance_of(branch):
    """Of all meetings of the year by the day on which they were held; None when there was none."""
    came = [present for _, present in branch["meetings"]] + [present for month, after, present in branch["late"] if month + after <= 12]
    return Fraction(sum(came), 10 * len(came)) if came else None


def items_of(branch):
    """(points, evidenced weight, weight) of each item but the one by place."""
    is_covered, was_covered = branch["is_covered"]
    months, made_up = months_of(branch)
    share = 25 * (months + Fraction(made_up, 2)) / 12
    yield share, 25 if is_covered else share, 25
    attendance = attendance_of(branch)
    if attendance is not None and (is_covered or attendance >= Fraction(8, 10)):
        yield 15 * min(Fraction(1), attendance / Fraction(8, 10)), 15, 15
    else:
        yield 0, 0, 15
    hours = branch["hours"]
    yield 20 if hours >= 40 else 12 if hours >= 20 else 5 if hours >= 1 else 0, 20, 20
    yield 10 if len(set(branch["trained"])) >= 5 else 0, 10, 10
    yield (max(Fraction(2), 10 - Fraction(3, 2) * branch["faults"]), 10, 10) if is_covered else (0, 0, 10)
    now, before = branch["projects"]
    if is_covered and was_covered and before > 0:
        yield 7 * within(Fraction(0), Fraction(now - before, before) / Fraction(1, 2), Fraction(1)), 7, 7
    else:
        yield 0, 0, 7
    votes = ballot(branch["votes"])
    yield (0, 0, 5) if votes is None else (votes, 5, 5)


def by_place(branches):
    """Points for projects, by code; no entry for whoever takes no place."""
    placed = [branch for branch in branches if branch["is_covered"][0]]
    points = {}
    for branch in placed:
        own = branch["projects"][0]
        better = sum(1 for other in placed if other["projects"][0] > own)
        equal = sum(1 for other in placed if other["projects"][0] == own)
        # Places better + 1 to better + equal, their mean.
        place = better + Fraction(equal + 1, 2)
        points[branch["code"]] = Fraction(8) if len(placed) == 1 else 8 - 6 * (place - 1) / (len(placed) - 1)
    return points


def bonus_of(branch):
    return min(Fraction(5), 4 * min(Fraction(1), Fraction(branch["awards"], 3)) + (3 if len(set(branch["trained"])) >= 6 else 0))


def cohorts_of(city, rounding):
    first = {}
    for branch in city:
        first.setdefault((branch["field"], f"C{branch['county']}"), []).append(branch)
    cohorts = {}
    for (field, county), branches in first.items():
        place = county if len(branches) >= COHORT_MIN[rounding] else "S"
        cohorts.setdefault(f"{FIELDS[field]}@{place}", []).extend(branches)
    return cohorts


def rate(city, rounding):
    lines = {}
    for name, branches in cohorts_of(city, rounding).items():
        places = by_place(branches)
        score, score_to, hours, people, rated, why = {}, {}, {}, {}, [], {}
        for branch in branches:
            code = branch["code"]
            items = list(items_of(branch))
            items.append((places[code], 8, 8) if code in places else (0, 0, 8))
            assert sum(weight for _, _, weight in items) == 100
            # The weight due is a hundred, so the points are the score; what is open could still be earned.
            score[code] = sum(points for points, _, _ in items) + bonus_of(branch)
            evidenced = sum(weight for _, weight, _ in items)
            score_to[code] = score[code] + 100 - evidenced
            hours[code], people[code] = branch["hours"], len(set(branch["trained"]))
            if branch["is_covered"][0] and branch["faults"] > 6:
                why[code] = "不予评星"
            elif evidenced < 50:
                why[code] = "暂不评定"
            else:
                rated.append(code)
        key = lambda code: (score[code], hours[code], people[code])
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
            n_places = None if quota is None else ROUND[rounding](quota * len(branches))
            given, is_full = 0, False
            for group in groups:
                cap = lambda code: 5 if hours[code] >= 40 else 4
                wanted = [code for code in group if star[code] < stars and score[code] >= least and cap(code) >= stars]
                if n_places is not None:
                    is_full = is_full or given + len(wanted) > n_places
                    if is_full:
                        continue
                for code in wanted:
                    star[code] = stars
                given += len(wanted)
        for branch in branches:
            code = branch["code"]
            figures = [score[code], star.get(code, ""), ranks.get(code, ""), bonus_of(branch), why.get(code, ""), score_to[code]]
            lines[code] = f"{code}|{name}|" + "|".join(str(figure) for figure in figures)
    return [lines[code] for code in sorted(lines)]


def rate_thirdly(city):
    lines = []
    for branch in city:
        is_covered, was_covered = branch["is_covered"]
        points = upper = Fraction(0)
        due, left_out = Fraction(60), Fraction(0)
        members = branch["votes"][0]
        if members:
            points += Fraction(3, 2) * members[0]
        else:
            upper += 15
        # Each person trained makes a slip in the month of his number; faults of all quarters cost the same.
        if is_covered:
            points += max(Fraction(2), 20 - Fraction(3, 2) * len(branch["trained"]))
        else:
            upper += 20
        if is_covered and was_covered:
            points += 15 * within(Fraction(0), Fraction(branch["projects"][0] - branch["awards"], 4), Fraction(1))
        else:
            left_out += 15
        points += 10 * min(Fraction(1), Fraction(branch["hours"], 40))
        due -= left_out
        score, score_to = 100 * points / due, 100 * (points + upper) / due
        star = 5 if score >= 70 else 3 if score >= 40 else 1
        lines.append(f"thirdly {branch['code']}|{score}|{star}|{score_to}|{due}|{left_out}")
    return lines


def rate_otherwise(city):
    cohorts = {}
    for branch in city:
        cohorts.setdefault((branch["field"], branch["county"]), []).append(branch)
    lines = []
    for branch in city:
        is_covered, was_covered = branch["is_covered"]
        points = upper = Fraction(0)
        due, left_out = Fraction(100), Fraction(0)
        if is_covered:
            faults = [one["faults"] for one in cohorts[branch["field"], branch["county"]] if one["is_covered"][0]]
            own = branch["faults"]
            place = sum(1 for n in faults if n < own) + Fraction(sum(1 for n in faults if n == own) + 1, 2)
            points += 20 if len(faults) == 1 else 20 - 15 * (place - 1) / (len(faults) - 1)
        else:
            upper += 20
        effect = None
        if is_covered and was_covered:
            now, before = branch["projects"]
            effect = within(Fraction(0), Fraction(now - before + 1, 5), Fraction(1))
            points += 20 * effect
        else:
            left_out += 20
        for quarter in range(4):
            if sum(1 for month, _ in branch["meetings"] if (month - 1) // 3 == quarter) >= 2:
                points += 5
            elif not is_covered:
                upper += 5
        attendance = attendance_of(branch)
        if attendance is not None and (is_covered or attendance >= Fraction(8, 10)):
            points += 20 * min(Fraction(1), attendance / Fraction(8, 10))
        months, made_up = months_of(branch)
        points += 10 * (months + Fraction(made_up, 2)) / 12
        if not is_covered:
            left_out += Fraction(10 * (12 - months), 12)
        points += 10 * min(Fraction(1), Fraction(branch["hours"], 40))
        due -= left_out
        score, score_to = 100 * points / due, 100 * (points + upper) / due
        star = 1
        if score >= 60 and effect is not None and effect >= Fraction(1, 2):
            star = 5
        elif score >= 30:
            star = 4
        lines.append(f"otherwise {branch['code']}|{score}|{star}|{score_to}|{due}|{left_out}")
    return lines


for number, city in enumerate(json.load(sys.stdin)["cities"]):
    for line in rate(city["branches"], city["rounding"]):
        print(number, line)
    for line in rate_otherwise(city["branches"]):
        print(number, line)
    for line in rate_thirdly(city["branches"]):
        print(number, line)
