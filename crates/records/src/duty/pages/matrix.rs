//! 责任矩阵: branch × duty × month; for larger scopes what stands directly below, with counts.

use std::collections::HashSet;

use askama::Template;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Per, Period};
use store::OrgId;

use super::Asked;
use crate::duty::model::{self, Code, FILTERS, Tally};
use crate::duty::select::{Branch, Group, Selection};
use crate::duty::states::Column;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column as ListColumn, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Cell, Chip, Choice, Link, Standing};
use crate::http::visit::{Answer, Visit};

const MATRIX: ListSpec = ListSpec {
    sorts: &["code", "name", "open"],
    default_sort: ("code", Direction::Asc),
    filters: &["organisation", "year", "field", "duty", "state"],
    per: 50,
};

#[derive(Template)]
#[template(path = "pages/duty_matrix.html")]
struct MatrixPage {
    layout: Layout,
    query: ListQuery,
    title: String,
    sentence: String,
    share: String,
    rest: String,
    places: Vec<Choice>,
    years: Vec<Choice>,
    fields: Vec<Choice>,
    duties: Vec<Choice>,
    chips: Vec<Chip>,
    /// The columns that sort: whose row it is, what is left to do there.
    name: ListColumn,
    open: ListColumn,
    heads: Vec<Head>,
    /// Cells are sums of several branches.
    is_sum: bool,
    /// What the numbers of summed cells count.
    counted: String,
    order: &'static str,
    rows: Vec<Row>,
    pager: Pager,
    items: Link,
    themes: Link,
}

impl MatrixPage {
    /// Whether one branch is shown, which a phone lists by duty.
    fn is_one(&self) -> bool {
        !self.is_sum && self.rows.len() == 1
    }
}

/// One duty over its columns.
struct Head {
    short: String,
    per: &'static str,
    columns: Vec<HeadColumn>,
}

struct HeadColumn {
    label: String,
    is_now: bool,
}

struct Row {
    name: String,
    href: String,
    class: &'static str,
    share: String,
    /// Not done yet, overdue or missed; a dash for nothing.
    open: String,
    /// By duty.
    cells: Vec<Vec<Cell>>,
}

/// `GET /duties`.
pub(super) async fn show(visit: Visit) -> Answer {
    let query = ListQuery::parse(&MATRIX, "/duties", Some(&visit.query));
    let asked = Asked::read(&visit, &query).await?;
    let mut selection = asked.select(&visit, query.filter("field"), query.filter("duty"));
    if !query.q.is_empty() {
        let directory = visit.app.directory();
        selection.keep(|branch| {
            directory.org_ever(branch.id).is_some_and(|org| crate::pinyin::is_found(&query.q, &org.name, &org.pinyin) || org.code.contains(&query.q))
        });
    }
    let tally = selection.tally();
    let chips = chips(&query, &selection);
    let is_sum = selection.is_summed(&visit.app.directory());
    if query.filter("duty").is_none() {
        selection.drop_what_nobody_owes();
    }
    if let (false, Some(state)) = (is_sum, query.filter("state")) {
        let kept: HashSet<OrgId> = selection.branches.iter().filter(|branch| selection.has(branch, state)).map(|branch| branch.id).collect();
        selection.keep(|branch| kept.contains(&branch.id));
    }
    if !is_sum {
        sort(&visit, &query, &mut selection);
    }
    if let Some(export) = query.export {
        let name = format!("{} {} 年责任矩阵", asked.name(), asked.year);
        return download::table(export, &name, &sheet(&visit, &selection, &name));
    }
    let groups = if is_sum { selection.groups() } else { Vec::new() };
    let n_rows = if is_sum { groups.len() } else { selection.branches.len() };
    let query = query.within(n_rows as u64);
    let rows = if is_sum { sum_rows(&visit, &query, &selection, groups) } else { branch_rows(&visit, &query, &selection) };
    let unit = if is_sum { "个" } else { "个支部" };
    let mut layout = visit.layout("责任矩阵").crumb("部署落实", "/").crumb("责任矩阵", "");
    let pack = visit.pack();
    let is_example = by_duty(&selection)
        .any(|columns| pack.duties.get(&selection.states.duty(selection.column(columns[0])).key).is_some_and(|duty| duty.cite.is_example()));
    layout.mark = is_example.then(|| "示例方案".to_owned());
    let page = MatrixPage {
        layout,
        title: format!("{} {} 年责任矩阵", asked.name(), asked.year),
        sentence: tally.sentence(),
        share: tally.share(),
        rest: rest(&tally),
        places: asked.places(&visit),
        years: asked.years(&visit),
        fields: super::fields(&visit, &query),
        duties: super::duties(&asked.states, &query),
        chips,
        name: query.column("党组织", "name", false),
        open: query.column("未办", "open", true),
        heads: heads(&visit, &selection),
        is_sum,
        counted: counted(&query),
        order: order(&query),
        rows,
        pager: Pager::new(&query, n_rows as u64, unit),
        items: Link::new("按事项列出", items_link(&query)),
        themes: Link::new("主题党日", format!("/themes{}", asked.top.as_ref().map_or(String::new(), |top| format!("?organisation={}", top.id)))),
        query,
    };
    visit.page(&page)
}

/// The same question as a list of single items.
fn items_link(query: &ListQuery) -> String {
    query.page_link(1).replacen("/duties", "/duties/items", 1)
}

/// 格中是未完成的支部数: what the numbers of summed cells count.
fn counted(query: &ListQuery) -> String {
    let word = FILTERS.iter().find(|(key, _)| query.filter("state") == Some(key)).map_or("还没有办、逾期和未完成", |(_, word)| word);
    format!("格中是{word}的支部数，不是天数")
}

/// What is neither owed nor missed, in words.
fn rest(tally: &Tally) -> String {
    let parts: Vec<String> =
        [("筛选“按时”另含本期已办", Code::Early), ("本期待办", Code::Due), ("待佐证", Code::NotEvidenced), ("免办", Code::Excused)]
            .into_iter()
            .filter(|(_, code)| tally.count(*code) > 0)
            .map(|(word, code)| format!("{word} {}", tally.count(code)))
            .collect();
    parts.join("，")
}

/// The states that occur, with their counts.
pub(super) fn chips(query: &ListQuery, selection: &Selection<'_>) -> Vec<Chip> {
    let mut chips = vec![query.chip("state", "", "全部", None)];
    for (key, word) in FILTERS {
        let n = selection.count(key);
        if n > 0 || query.filter("state") == Some(key) {
            chips.push(query.chip("state", key, word, Some(n as u64)));
        }
    }
    chips
}

/// By code they come as they stand in the tree; what is left to do is no place in an order, only where to begin.
fn sort(visit: &Visit, query: &ListQuery, selection: &mut Selection<'_>) {
    let directory = visit.app.directory();
    let mut branches = std::mem::take(&mut selection.branches);
    match query.sort {
        "name" => branches.sort_by_cached_key(|branch| directory.org_ever(branch.id).map(|org| (org.pinyin.clone(), org.code.clone()))),
        "open" => branches.sort_by_cached_key(|branch| selection.tally_of(branch).n_open()),
        _ => {}
    }
    if query.dir == Direction::Desc {
        branches.reverse();
    }
    selection.branches = branches;
}

/// In which order the rows stand, in words.
fn order(query: &ListQuery) -> &'static str {
    match query.sort {
        "name" => "按名称排列",
        "open" => "按未办的件数排列，方便先办，不排名次",
        _ => "按组织编码排列，不排名次",
    }
}

fn open_in_words(tally: &Tally) -> String {
    if tally.n_open() == 0 { "—".to_owned() } else { tally.n_open().to_string() }
}

/// Shown columns, by duty.
fn by_duty<'a>(selection: &'a Selection<'_>) -> impl Iterator<Item = &'a [usize]> {
    selection.columns.chunk_by(|a, b| selection.column(*a).duty == selection.column(*b).duty)
}

fn heads(visit: &Visit, selection: &Selection<'_>) -> Vec<Head> {
    let today = visit.today();
    by_duty(selection)
        .map(|columns| {
            let duty = selection.states.duty(selection.column(columns[0]));
            let head = |at: &usize| {
                let period = selection.column(*at).period;
                HeadColumn { label: short_label(period), is_now: period.per != Per::Year && period.contains(today) }
            };
            Head { short: duty.short.clone(), per: duty.per.label(), columns: columns.iter().map(head).collect() }
        })
        .collect()
}

fn short_label(period: Period) -> String {
    let at = usize::try_from(period.ordinal - 1).unwrap_or_default();
    match period.per {
        Per::Month => period.ordinal.to_string(),
        Per::Quarter => ["一", "二", "三", "四"].get(at).copied().unwrap_or_default().to_owned(),
        Per::HalfYear => ["上", "下"].get(at).copied().unwrap_or_default().to_owned(),
        Per::Year => "全".to_owned(),
    }
}

/// A period as it is said within its year: 10 月, 第三季度, 全年.
pub(super) fn spoken(period: Period) -> String {
    let label = period.label();
    let year = format!("{} 年", period.year);
    let rest = label.strip_prefix(&year).map(str::trim).unwrap_or(&label);
    if rest.is_empty() { "全年".to_owned() } else { rest.to_owned() }
}

fn branch_rows(visit: &Visit, query: &ListQuery, selection: &Selection<'_>) -> Vec<Row> {
    let directory = visit.app.directory();
    let mut rows = Vec::new();
    let mut within = None;
    for branch in query.page_of(&selection.branches) {
        if branch.within != within && query.sort == "code" && branch.within.is_some_and(|above| above != branch.id) {
            rows.extend(branch.within.and_then(|above| directory.org_ever(above)).map(|above| heading(selection, above.id, &above.name)));
        }
        within = branch.within;
        rows.push(Row {
            name: branch.name.clone(),
            href: format!("/organisations/{}", branch.id),
            class: if branch.within.is_some() && query.sort == "code" { "in" } else { "" },
            share: selection.tally_of(branch).share(),
            open: open_in_words(&selection.tally_of(branch)),
            cells: by_duty(selection).map(|columns| columns.iter().map(|at| branch_cell(visit, selection, branch, *at)).collect()).collect(),
        });
    }
    rows
}

/// A general branch over its branches: its share, and no cells of its own.
fn heading(selection: &Selection<'_>, id: OrgId, name: &str) -> Row {
    let mut tally = Tally::default();
    selection.branches.iter().filter(|branch| branch.within == Some(id)).for_each(|branch| tally.add_all(&selection.tally_of(branch)));
    Row {
        name: name.to_owned(),
        href: format!("/duties?organisation={id}"),
        class: "up",
        share: tally.share(),
        open: open_in_words(&tally),
        cells: Vec::new(),
    }
}

fn branch_cell(visit: &Visit, selection: &Selection<'_>, branch: &Branch<'_>, at: usize) -> Cell {
    let Column { period, .. } = *selection.column(at);
    let duty = selection.states.duty(selection.column(at));
    let code = selection.code(branch, at);
    let what = format!("{}，{}，{}", branch.name, duty.short, spoken(period));
    model::cell(code, period, visit.today(), selection.countdown, &what, format!("/duties/{}/{}/{period}", branch.id, duty.key))
}

fn sum_rows(visit: &Visit, query: &ListQuery, selection: &Selection<'_>, mut groups: Vec<Group>) -> Vec<Row> {
    let directory = visit.app.directory();
    match query.sort {
        "name" => groups.sort_by_cached_key(|group| directory.org_ever(group.id).map(|org| (org.pinyin.clone(), org.code.clone()))),
        "open" => groups.sort_by_key(|group| group.total.n_open()),
        _ => {}
    }
    if query.dir == Direction::Desc {
        groups.reverse();
    }
    let row = |group: &Group| {
        let name = directory.name_of(group.id).to_owned();
        let mut cells = group.cells.iter().zip(&selection.columns).map(|(tally, at)| sum_cell(visit, query, selection, group, &name, tally, *at));
        let cells = by_duty(selection).map(|columns| cells.by_ref().take(columns.len()).collect()).collect();
        Row {
            href: query.filter_link("organisation", &group.id.to_string()),
            name,
            class: "",
            share: group.total.share(),
            open: open_in_words(&group.total),
            cells,
        }
    };
    query.page_of(&groups).iter().map(row).collect()
}

fn sum_cell(visit: &Visit, query: &ListQuery, selection: &Selection<'_>, group: &Group, name: &str, tally: &Tally, at: usize) -> Cell {
    let period = selection.column(at).period;
    let duty = selection.states.duty(selection.column(at));
    let what = format!("{name}，{}，{}", duty.short, spoken(period));
    let state = query.filter("state").unwrap_or("open");
    let href = format!("/duties/items?organisation={}&year={}&duty={}&period={period}&state=", group.id, period.year, duty.key);
    sum_of(tally, period, visit.today(), selection.countdown, state, &what, &href)
}

/// A cell over several branches: how many are still to do or were not done; when a state is asked for, how many are in it.
fn sum_of(tally: &Tally, period: Period, today: jiff::civil::Date, countdown: model::Countdown, state: &str, what: &str, href: &str) -> Cell {
    let n_bad = tally.count(Code::Overdue) + tally.count(Code::Missed);
    let n_due = tally.count(Code::Due);
    let speaks = |rest: String| format!("{what}，{rest}");
    let quiet = |class, glyph: &str, rest: &str| Cell { class, glyph: glyph.to_owned(), speaks: speaks(rest.to_owned()), href: String::new() };
    if state != "open" {
        let codes = [
            Code::NotInUse,
            Code::NotEvidenced,
            Code::Future,
            Code::Due,
            Code::Early,
            Code::Overdue,
            Code::OnTime,
            Code::HeldLate,
            Code::Excused,
            Code::Missed,
        ];
        let n: u32 = codes.into_iter().filter(|code| model::is_in(state, *code, period, today, countdown)).map(|code| tally.count(code)).sum();
        let word = FILTERS.iter().find(|(key, _)| *key == state).map_or("", |(_, word)| word);
        let class = match state {
            "ok" => "ok",
            "late" => "late",
            "missed" => "missed",
            "overdue" => "overdue",
            "unproved" => "unproved",
            "excused" => "excused",
            "due" | "soon" => "soon",
            _ => "future",
        };
        return if n == 0 {
            quiet("na", "·", &format!("没有{word}的"))
        } else {
            Cell { class, glyph: n.to_string(), speaks: speaks(format!("{word} {n} 个")), href: format!("{href}{state}") }
        };
    }
    if n_bad > 0 {
        let class = shade(tally.count(Code::Overdue) > 0, n_bad, tally.n_required());
        let state = if tally.count(Code::Missed) == 0 {
            "overdue"
        } else if tally.count(Code::Overdue) == 0 {
            "missed"
        } else {
            ""
        };
        return Cell { class, glyph: n_bad.to_string(), speaks: speaks(tally.sentence()), href: format!("{href}{state}") };
    }
    if n_due > 0 && period.contains(today) {
        let left = i64::from(model::days_left(period, today));
        let class = if left <= countdown.red {
            "soon urgent"
        } else if left <= countdown.yellow {
            "soon"
        } else {
            "soon far"
        };
        return Cell {
            class, glyph: n_due.to_string(), speaks: speaks(format!("还有 {n_due} 个没有办，剩 {left} 天")), href: format!("{href}due")
        };
    }
    let n_unproved = tally.count(Code::NotEvidenced);
    let n_done = tally.count(Code::OnTime) + tally.count(Code::Early) + tally.count(Code::HeldLate);
    if n_done > 0 {
        return Cell { class: "ok", glyph: "✓".to_owned(), speaks: speaks(format!("{n_done} 个都办了")), href: format!("{href}ok") };
    }
    if n_unproved > 0 {
        return Cell {
            class: "unproved", glyph: "?".to_owned(), speaks: speaks(format!("待佐证 {n_unproved} 个")), href: format!("{href}unproved")
        };
    }
    match () {
        () if tally.count(Code::Future) > 0 => quiet("future", "", Standing::Future.word()),
        () if tally.count(Code::Excused) > 0 => quiet("excused", "免", Standing::Excused.word()),
        () if tally.count(Code::NotInUse) > 0 => quiet("unused", "–", "未启用"),
        () => quiet("na", "·", "没有这项责任"),
    }
}

/// The class of a summed cell in which something slipped: the larger the part of what was required, the stronger.
fn shade(is_overdue: bool, n_bad: u32, n_required: u32) -> &'static str {
    match (is_overdue, n_bad * 100 / n_required.max(1)) {
        (true, 0..=5) => "overdue few",
        (true, 6..=15) => "overdue some",
        (true, _) => "overdue",
        (false, 0..=5) => "missed few",
        (false, 6..=15) => "missed some",
        (false, _) => "missed",
    }
}

/// The matrix as a workbook: a row per branch, the word of every cell.
fn sheet(visit: &Visit, selection: &Selection<'_>, name: &str) -> Table {
    let directory = visit.app.directory();
    let today = visit.today();
    let mut columns = vec![
        SheetColumn::new("组织编码", ColumnKind::Text),
        SheetColumn::new("党组织", ColumnKind::Text).wide(36.0),
        SheetColumn::new("上级党组织", ColumnKind::Text).wide(30.0),
        SheetColumn::new("应办", ColumnKind::Integer),
        SheetColumn::new("按时", ColumnKind::Integer),
        SheetColumn::new("补办", ColumnKind::Integer),
        SheetColumn::new("逾期", ColumnKind::Integer),
        SheetColumn::new("未完成", ColumnKind::Integer),
        SheetColumn::new("按时率（%）", ColumnKind::Decimal { places: 1 }),
    ];
    columns.extend(selection.columns.iter().map(|at| {
        let column = selection.column(*at);
        SheetColumn::new(format!("{} {}", selection.states.duty(column).short, spoken(column.period)), ColumnKind::Text)
    }));
    let row = |branch: &Branch<'_>| {
        let tally = selection.tally_of(branch);
        let number = |n: u32| Value::Integer(i64::from(n));
        let superior = directory.org_ever(branch.id).and_then(|org| org.parent).map_or("", |id| directory.name_of(id));
        let mut row = vec![
            Value::text(&branch.code),
            Value::text(&branch.name),
            Value::text(superior),
            number(tally.n_required()),
            number(tally.n_on_time()),
            number(tally.count(Code::HeldLate)),
            number(tally.count(Code::Overdue)),
            number(tally.count(Code::Missed)),
            tally.permille().map_or(Value::Empty, |units| Value::Decimal { units: i64::from(units), places: 1 }),
        ];
        row.extend(
            selection
                .columns
                .iter()
                .map(|at| Value::text(model::word(selection.code(branch, *at), selection.column(*at).period, today, selection.countdown))),
        );
        row
    };
    Table {
        name: "责任矩阵".to_owned(), title: Some(format!("{name}（{today}）")), columns, rows: selection.branches.iter().map(row).collect()
    }
}
