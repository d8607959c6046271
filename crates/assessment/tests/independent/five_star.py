#!/usr/bin/env python3
"""Computes the five-star rating from the four workbooks and the sentences of docs/口径.md, and from nothing else.

    five_star.py FOLDER [--scheme five_star|sample_check] [--year 2025] [--exact] [--compare EXPECTED.csv]

Prints one line per branch and item in the format of samples/clean/expected-evaluation.csv, with `--exact` followed by
the figures that this format rounds or leaves out. The numbers in brackets are the sentences of docs/口径.md. `sample_check` follows the words of samples/evaluation.md with the same shared parts.
The workbooks are those with the plain headings; their records are taken as the complete records of the year.
"""

import argparse
import calendar
import csv
import datetime
import io
import re
import sys
import xml.etree.ElementTree as xml
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EVALUATED_KINDS = ("党支部", "联合党支部")  # (1)
MET, NOT_MET, NOT_APPLICABLE, NOT_EVIDENCED = "met", "not_met", "not_applicable", "not_evidenced"
HEADINGS = ["code", "cohort", "score", "star", "rank", "indicator", "numerator", "denominator", "outcome", "points"]
EXACT_HEADINGS = ["value", "points_exact", "score_exact", "score_to", "evidenced_weight", "left_out", "tier"]


# ---- workbooks

def rows_of(path):
    """The rows below the heading row as {heading: text}."""
    with zipfile.ZipFile(path) as book:
        shared = []
        if "xl/sharedStrings.xml" in book.namelist():
            for entry in xml.fromstring(book.read("xl/sharedStrings.xml")):
                shared.append("".join(t.text or "" for t in entry.iter(SHEET + "t")))
        sheet = xml.fromstring(book.read("xl/worksheets/sheet1.xml"))
    table = []
    for row in sheet.iter(SHEET + "row"):
        cells = {}
        for cell in row.iter(SHEET + "c"):
            column = cell.get("r").rstrip("0123456789")
            value = cell.find(SHEET + "v")
            if cell.get("t") == "inlineStr":
                cells[column] = "".join(t.text or "" for t in cell.iter(SHEET + "t")).strip()
            elif value is not None and value.text is not None:
                cells[column] = shared[int(value.text)] if cell.get("t") == "s" else value.text.strip()
        table.append(cells)
    headings = {column: text for column, text in table[0].items() if text}
    return [{heading: cells.get(column, "") for column, heading in headings.items()} for cells in table[1:] if any(cells.values())]


def day_of(text):
    """A day, written as a spreadsheet's number or as 2025-03-01; None when empty."""
    if not text:
        return None
    if re.fullmatch(r"\d+(\.0+)?", text):
        return datetime.date(1899, 12, 30) + datetime.timedelta(days=int(float(text)))
    year, month, day = map(int, re.findall(r"\d+", text)[:3])
    return datetime.date(year, month, day)


def whole(number):
    """To the nearest whole number, halves up: spreadsheets keep 84.21 as 84.210000000000008."""
    return (number * 2 + 1) // 2


def years_after(day, years):
    """The same day and month, or the last day of that month (13)."""
    last = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


@dataclass
class Branch:
    code: str
    field: str
    founded_on: datetime.date
    has_secretary: bool
    elected_on: datetime.date
    term_years: int
    region_code: str
    county: str
    city: str
    full_on: list = field(default_factory=list)
    records: list = field(default_factory=list)


@dataclass
class Record:
    kind: str
    on: datetime.date
    n_eligible: int
    n_present: int
    minutes: int


@dataclass
class World:
    year: int
    branches: dict
    income_yuan: dict  # by village code, of the year


def read_world(folder, year):
    organisations = {row["组织编码"]: row for row in rows_of(folder / "党组织基本信息.xlsx")}

    def line_up(code):
        line = []
        while code and code in organisations:
            line.append(code)
            code = organisations[code]["上级党组织编码"]
        return line

    branches = {}
    for code, row in organisations.items():
        if row["党组织类别"] not in EVALUATED_KINDS:
            continue
        line = line_up(code)
        city, county = line[-1], line[-2] if len(line) > 2 else None
        term_years = int(float(row["任期（年）"])) if row["任期（年）"] else None
        branches[code] = Branch(code, row["所属领域"], day_of(row["建立日期"]), bool(row["书记姓名"]), day_of(row["最近换届日期"]), term_years, row["行政区划代码"], county, city)
    for row in rows_of(folder / "党员基本信息.xlsx"):
        full_on = day_of(row["转正日期"])
        if full_on and row["所在党支部编码"] in branches:
            branches[row["所在党支部编码"]].full_on.append(full_on)
    seen = set()
    for row in rows_of(folder / "组织生活记录.xlsx"):
        branch, kind, on = branches.get(row["支部编码"]), row["活动类型"], day_of(row["活动日期"])
        key = (row["支部编码"], kind, on, row["活动主题"])
        if branch is None or on.year != year or key in seen:  # (6) (9)
            continue
        seen.add(key)
        branch.records.append(Record(kind, on, int(row["应到人数"]), int(row["实到人数"]), whole(Fraction(row["学时"] or "0") * 60)))
    income = {}
    for row in rows_of(folder / "村级集体经济.xlsx"):
        if int(float(row["年度"])) == year:
            income.setdefault(row["村编码"], whole(Fraction(row["经营性收入（万元）"]) * 1000000) // 100)  # (34)
    return World(year, branches, income)


# ---- items

@dataclass
class Result:
    indicator: str
    weight: Fraction
    numerator: Fraction
    denominator: Fraction
    outcome: str
    points: Fraction  # None: left blank
    counts: bool  # whether its weight is in the total
    evidenced: Fraction  # evidenced part of the weight
    value: Fraction = None  # None: left blank

    def points_at_most(self):
        """(38): what has no points yet gets all of them."""
        return self.weight if self.outcome == NOT_EVIDENCED else self.points


def judged(indicator, weight, numerator, denominator, is_met, points, value):
    return Result(indicator, weight, numerator, denominator, MET if is_met else NOT_MET, points, True, weight, Fraction(value))


def not_applicable(indicator, weight):
    return Result(indicator, weight, 0, 0, NOT_APPLICABLE, None, False, Fraction(0))


def not_evidenced(indicator, weight, left_out=False):
    """(18): no points yet, but the weight stays; or left out with its weight."""
    return Result(indicator, weight, 0, 0, NOT_EVIDENCED, None if left_out else Fraction(0), not left_out, Fraction(0))


class Figures:
    """What the sentences ask of one branch and year."""

    def __init__(self, world, branch):
        self.world, self.branch, self.year = world, branch, world.year
        self.first, self.last = datetime.date(world.year, 1, 1), datetime.date(world.year, 12, 31)

    def of(self, *kinds):
        return [r for r in self.branch.records if r.kind in kinds]

    def months(self):
        """First days of the months that lie wholly after the founding (4)."""
        days = [datetime.date(self.year, m, 1) for m in range(1, 13)]
        return [d for d in days if self.branch.founded_on is None or self.branch.founded_on <= d]

    def quarters(self):
        return [d for d in self.months() if d.month in (1, 4, 7, 10)]

    def is_year_due(self):
        return self.first in self.months()

    def n_full_members(self, day):
        return sum(1 for full_on in self.branch.full_on if full_on <= day)  # (11)

    def held_in_month(self, day, *kinds):
        return any(r.on.month == day.month for r in self.of(*kinds))

    def held_in_quarter(self, day, *kinds):
        return any((r.on.month - 1) // 3 == (day.month - 1) // 3 for r in self.of(*kinds))

    def registered_since(self):
        return self.branch.elected_on or self.branch.founded_on  # (12)

    def has_secretary(self, day):
        since = self.registered_since()
        return self.branch.has_secretary and since is not None and since <= day

    def is_term_overdue(self, day):
        if self.branch.elected_on is None or self.branch.term_years is None:
            return False
        return years_after(self.branch.elected_on, self.branch.term_years) <= day  # (13)


def share_of_periods(indicator, weight, periods, is_met):
    if not periods:
        return not_applicable(indicator, weight)
    n, d = sum(1 for p in periods if is_met(p)), len(periods)
    return judged(indicator, weight, n, d, n == d, weight * Fraction(n, d), Fraction(n, d))


def once_a_year(indicator, weight, figures, *kinds):
    periods = [figures.first] if figures.is_year_due() else []
    return share_of_periods(indicator, weight, periods, lambda _: bool(figures.of(*kinds)))


def proportional(indicator, weight, n, d, target):
    value = Fraction(n) / d
    is_met = value >= target
    return judged(indicator, weight, n, d, is_met, weight if is_met else max(Fraction(0), weight * value / target), value)


def attendance_rate(figures, weight):  # (32)
    meetings = figures.of("支部党员大会", "主题党日")
    n, d = sum(r.n_present for r in meetings), sum(r.n_eligible for r in meetings)
    if d == 0:
        return not_evidenced("attendance_rate", weight)
    return proportional("attendance_rate", weight, n, d, Fraction(80, 100))


def training_hours(figures, weight, bands):  # (33)
    minutes = sum(r.minutes for r in figures.of("党课", "主题党日"))
    points = next((Fraction(p) for floor, p in bands if minutes >= floor), Fraction(0))
    return judged("training_hours", weight, minutes, 1440, minutes >= 1440, points, minutes)


def income(figures):
    return figures.world.income_yuan.get(figures.branch.region_code)


# ---- five_star

FIVE_STAR_FIELDS = {  # the table of section 五
    "农村": dict(attendance=8, hours=(6, 4, 2), income=8, satisfaction=4, on_site=4),
    "城市社区": dict(attendance=10, hours=(8, 5, 3), problems=4, satisfaction=4, on_site=4),
    "机关": dict(attendance=10, hours=(10, 7, 4), tasks=2, satisfaction=4, on_site=4),
    "事业单位": dict(attendance=10, hours=(10, 7, 4), tasks=2, satisfaction=4, on_site=4),
    "两新组织": dict(attendance=12, hours=(8, 5, 3), satisfaction=5, on_site=5),
    "学校": dict(attendance=10, hours=(12, 8, 5), satisfaction=4, on_site=4),
    "国有企业": dict(attendance=10, hours=(10, 7, 4), tasks=2, satisfaction=4, on_site=4),
    "医院": dict(attendance=10, hours=(10, 7, 4), satisfaction=6, on_site=4),
}


def five_star_items(figures):
    standard = FIVE_STAR_FIELDS[figures.branch.field]
    items = []
    year_due = figures.is_year_due()

    weight = Fraction(4)  # (20)
    if not year_due:
        items.append(not_applicable("secretary_in_post", weight))
    elif figures.has_secretary(figures.last):
        items.append(judged("secretary_in_post", weight, 1, 1, True, weight, 1))
    elif figures.registered_since() is not None and figures.registered_since() <= figures.first:
        items.append(judged("secretary_in_post", weight, 0, 1, False, Fraction(0), 0))
    else:
        items.append(not_evidenced("secretary_in_post", weight))

    weight = Fraction(3)  # (21)
    applies = year_due and figures.n_full_members(figures.first) >= 7
    items.append(not_evidenced("committee_in_place", weight) if applies else not_applicable("committee_in_place", weight))

    weight = Fraction(3)  # (22)
    if not year_due:
        items.append(not_applicable("term_not_overdue", weight))
    elif figures.is_term_overdue(figures.last):
        items.append(judged("term_not_overdue", weight, 0, 1, False, Fraction(0), 0))
    elif figures.has_secretary(figures.last):
        items.append(judged("term_not_overdue", weight, 1, 1, True, weight, 1))
    else:
        items.append(not_evidenced("term_not_overdue", weight))

    items.append(once_a_year("organisational_life_meeting", Fraction(6), figures, "组织生活会", "组织生活会暨民主评议党员"))  # (23)
    items.append(once_a_year("member_appraisal", Fraction(6), figures, "民主评议党员", "组织生活会暨民主评议党员"))  # (24)
    items.append(once_a_year("heart_to_heart_talk", Fraction(4), figures, "谈心谈话"))  # (25)

    items.append(share_of_periods("general_meeting", Fraction(12), figures.quarters(), lambda d: figures.held_in_quarter(d, "支部党员大会")))  # (26)
    due = [d for d in figures.months() if figures.n_full_members(d) >= 7]  # (27)
    items.append(share_of_periods("branch_committee_meeting", Fraction(8), due, lambda d: figures.held_in_month(d, "支部委员会会议")))
    items.append(not_applicable("group_meeting", Fraction(4)))  # (28)
    items.append(share_of_periods("theme_day", Fraction(10), figures.months(), lambda d: figures.held_in_month(d, "主题党日")))  # (29)
    items.append(share_of_periods("party_lecture", Fraction(8), figures.quarters(), lambda d: figures.held_in_quarter(d, "党课")))  # (30)

    weight = Fraction(2)  # (31)
    n = len(figures.of("支部党员大会", "主题党日", "党课"))
    items.append(judged("organisation_life_regular", weight, n, 12, n >= 12, weight if n >= 12 else Fraction(0), n) if year_due else not_applicable("organisation_life_regular", weight))

    weight = Fraction(standard["attendance"])
    items.append(attendance_rate(figures, weight) if year_due else not_applicable("attendance_rate", weight))
    full, middle, low = standard["hours"]
    weight = Fraction(full)
    items.append(training_hours(figures, weight, [(1440, full), (1080, middle), (720, low)]) if year_due else not_applicable("training_hours", weight))

    if "income" in standard:  # (34)
        weight, yuan = Fraction(standard["income"]), income(figures)
        if not year_due:
            items.append(not_applicable("collective_income", weight))
        elif yuan is None:
            items.append(not_evidenced("collective_income", weight))
        else:
            met = yuan >= 200000
            items.append(judged("collective_income", weight, yuan, 200000, met, weight if met else max(Fraction(0), weight * yuan / 200000), yuan))
    for name, key in (("problem_close_rate", "problems"), ("task_on_time", "tasks")):  # (35) (36)
        if key in standard:
            weight = Fraction(standard[key])
            items.append(not_evidenced(name, weight, left_out=True) if year_due else not_applicable(name, weight))
    for name in ("satisfaction", "on_site"):  # (37)
        if name in standard:
            items.append(not_evidenced(name, Fraction(standard[name])))
    return items


# ---- sample_check, by the words of samples/evaluation.md

def sample_check_items(figures):
    items = []
    quarters = [datetime.date(figures.year, m, 1) for m in (1, 4, 7, 10)]
    months = [datetime.date(figures.year, m, 1) for m in range(1, 13)]
    items.append(share_of_periods("general_meeting", Fraction(15), quarters, lambda d: figures.held_in_quarter(d, "支部党员大会")))
    due = [d for d in months if figures.n_full_members(d) >= 7]
    items.append(share_of_periods("branch_committee_meeting", Fraction(15), due, lambda d: figures.held_in_month(d, "支部委员会会议")))
    items.append(share_of_periods("theme_day", Fraction(20), months, lambda d: figures.held_in_month(d, "主题党日")))
    items.append(share_of_periods("party_lecture", Fraction(10), quarters, lambda d: figures.held_in_quarter(d, "党课")))
    items.append(share_of_periods("organisational_life_meeting", Fraction(10), [figures.first], lambda _: bool(figures.of("组织生活会"))))
    items.append(attendance_rate(figures, Fraction(15)))
    items.append(training_hours(figures, Fraction(10), [(1440, 10), (1080, 7), (720, 4)]))
    weight, yuan = Fraction(5), income(figures)
    if figures.branch.field != "农村":
        items.append(not_applicable("collective_income", weight))
    elif yuan is None:
        items.append(not_evidenced("collective_income", weight))
    else:
        items.append(judged("collective_income", weight, yuan, 200000, yuan >= 200000, weight if yuan >= 200000 else Fraction(0), yuan))
    return items


# ---- grading

@dataclass
class Scheme:
    items: object
    evidenced_min: Fraction
    thresholds: list  # (star, at least), from five down
    vetoes: list  # (indicator, star at most)
    ties: list  # (indicator, "share" or "numerator")
    five_star_share: Fraction = Fraction(1, 10)
    effect: tuple = ()  # indicators that say what the work came to
    effect_min: Fraction = Fraction(0)  # share of their points that five stars need


SCHEMES = {
    "five_star": Scheme(
        five_star_items,
        Fraction(80, 100),  # (19)
        [(5, 85), (4, 75), (3, 60), (2, 45)],  # (42)
        [("organisational_life_meeting", 3), ("secretary_in_post", 3)],  # (43)
        [("attendance_rate", "share"), ("theme_day", "numerator"), ("general_meeting", "numerator")],  # (41)
        effect=("collective_income", "satisfaction", "problem_close_rate"),
        effect_min=Fraction(1, 2),  # (42)
    ),
    "sample_check": Scheme(
        sample_check_items,
        Fraction(0),
        [(5, 90), (4, 80), (3, 70), (2, 60)],
        [("organisational_life_meeting", 3)],
        [("attendance_rate", "share"), ("theme_day", "numerator"), ("training_hours", "numerator")],
    ),
}


@dataclass
class Row:
    branch: Branch
    items: list
    score: Fraction
    score_to: Fraction
    evidenced_weight: Fraction
    left_out: Fraction
    is_rated: bool
    cohort: str = ""
    star: int = None
    rank: int = None

    def item(self, indicator):
        return next(i for i in self.items if i.indicator == indicator)


def row_of(world, branch, scheme):
    items = scheme.items(Figures(world, branch))
    due = sum((i.weight for i in items if i.counts), Fraction(0))
    points = sum((i.points for i in items if i.counts), Fraction(0))
    applicable = sum((i.weight for i in items if i.outcome != NOT_APPLICABLE), Fraction(0))
    evidenced = sum((i.evidenced for i in items), Fraction(0))
    points_at_most = sum((i.points_at_most() for i in items if i.counts), Fraction(0))
    if not due:
        return Row(branch, items, Fraction(0), Fraction(0), Fraction(0), Fraction(0), False)
    is_rated = evidenced >= scheme.evidenced_min * applicable  # (19)
    return Row(branch, items, 100 * points / due, 100 * points_at_most / due, evidenced / applicable, applicable - due, is_rated)  # (38)


def cohorts_of(rows, least):
    """(40): one field under one county; the small ones of a field merged into one of the city."""
    groups = defaultdict(list)
    for row in rows:
        groups[(row.branch.field, row.branch.county or row.branch.city)].append(row)
    merged = defaultdict(list)
    for (name, code), members in groups.items():
        merged[(name, code if len(members) >= least else members[0].branch.city)] += members
    for (name, code), members in merged.items():
        for row in members:
            row.cohort = f"{name}@{code}"
    return merged.values()


def lacks_effect(row, scheme):
    """(42): of the evidenced effect items, too small a share of their points was earned, or there is none."""
    own = [i for i in row.items if i.indicator in scheme.effect and i.counts and i.outcome in (MET, NOT_MET)]
    due = sum((i.weight for i in own), Fraction(0))
    return bool(scheme.effect) and (not due or sum((i.points for i in own), Fraction(0)) < scheme.effect_min * due)


def grade(rows, scheme):
    least = -(-1 // scheme.five_star_share)  # ceil(1 ÷ share)
    for members in cohorts_of(rows, least):
        def figures(row):
            tie = []
            for indicator, by in scheme.ties:
                item = row.item(indicator)
                tie.append(Fraction(item.numerator) / item.denominator if by == "share" and item.denominator else item.numerator if by == "numerator" else 0)
            return [row.score, *map(Fraction, tie)]

        rated = sorted((r for r in members if r.is_rated), key=figures, reverse=True)
        equals = []
        for row in rated:
            if equals and figures(equals[-1][0]) == figures(row):
                equals[-1].append(row)
            else:
                equals.append([row])
        rank, places, is_full = 1, int(scheme.five_star_share * len(members)), False  # (44)
        for group in equals:
            for row in group:
                row.rank = rank  # (41)
            rank += len(group)
            caps = {id(r): min([top for name, top in scheme.vetoes if r.item(name).outcome == NOT_MET], default=5) for r in group}
            for row in group:
                if lacks_effect(row, scheme):
                    caps[id(row)] = min(caps[id(row)], 4)
            by_score = {id(r): next((star for star, floor in scheme.thresholds if r.score >= floor), 1) for r in group}
            candidates = [r for r in group if by_score[id(r)] == 5 and caps[id(r)] == 5]
            if candidates and len(candidates) > places:
                is_full = True
            for row in group:
                row.star = min(by_score[id(row)], caps[id(row)])
                if row.star == 5 and is_full:
                    row.star = 4
            if candidates and not is_full:
                places -= len(candidates)


# ---- printing

def two_decimals(value):
    """Halves up (39)."""
    hundredths = (value * 100 * 2 + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def lines_of(row):
    for item in row.items:
        points = "" if item.points is None else two_decimals(item.points)
        line = [
            row.branch.code, row.cohort, two_decimals(row.score), "" if row.star is None else str(row.star), "" if row.rank is None else str(row.rank),
            item.indicator, str(int(item.numerator)), str(int(item.denominator)), item.outcome, points,
        ]
        tier = "" if row.star is None else "先进" if row.star >= 4 else "中间" if row.star == 3 else "后进"  # (46)
        exact = [item.value, item.points, row.score, row.score_to, row.evidenced_weight, row.left_out]
        yield line, ["" if figure is None else str(figure) for figure in exact] + [tier]


def evaluate(folder, scheme_name, year, is_exact=False):
    world, scheme = read_world(folder, year), SCHEMES[scheme_name]
    rows = [row_of(world, branch, scheme) for _, branch in sorted(world.branches.items())]
    grade(rows, scheme)
    lines = [(HEADINGS, EXACT_HEADINGS)] + [line for row in rows for line in lines_of(row)]
    return [line + exact if is_exact else line for line, exact in lines]


def main():
    arguments = argparse.ArgumentParser(description="五星支部评定的独立核算")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--scheme", choices=SCHEMES, default="five_star")
    arguments.add_argument("--year", type=int, default=2025)
    arguments.add_argument("--exact", action="store_true", help="more columns: the figures that are rounded or left out (five_star)")
    arguments.add_argument("--compare", type=Path, help="print only the lines that differ from this file; exit code 1 if any")
    given = arguments.parse_args()
    lines = evaluate(given.folder, given.scheme, given.year, given.exact)
    if given.compare is None:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(lines)
        sys.stdout.buffer.write(out.getvalue().encode())
        return
    with given.compare.open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.reader(file))
    differences = [(a, b) for a, b in zip(lines, expected) if a != b]
    for ours, theirs in differences[:50]:
        print("ours  ", ",".join(ours))
        print("theirs", ",".join(theirs))
    print(f"{len(lines) - 1} lines here, {len(expected) - 1} there, {len(differences)} differ")
    sys.exit(1 if differences or len(lines) != len(expected) else 0)


if __name__ == "__main__":
    main()
