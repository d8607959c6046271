//! 主题党日: twelve in a year, the theme of each month, what they consisted of.

use askama::Template;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, Per, Period};
use serde_json::json;
use store::OrgId;

use super::Asked;
use super::cell::day_words_on;
use crate::activity;
use crate::directory::OrgNode;
use crate::duty::model::{self, Code, Tally};
use crate::duty::select::Selection;
use crate::duty::theme::{Theme, issue_theme, theme_kind, themes_of};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Status};
use crate::http::visit::{Answer, Visit};

const THEMES: ListSpec =
    ListSpec { sorts: &["month", "theme", "issuer"], default_sort: ("month", Direction::Asc), filters: &["organisation", "year", "state"], per: 50 };
/// A month with a theme, and one without.
const STATES: [(&str, &str); 2] = [("issued", "已下发"), ("open", "没有下发")];
/// What theme days consisted of is counted for at most so many branches at a time.
const N_MIX_MAX: usize = 800;

#[derive(Template)]
#[template(path = "pages/themes.html")]
struct ThemesPage {
    layout: Layout,
    query: ListQuery,
    title: String,
    sentence: String,
    places: Vec<Choice>,
    years: Vec<Choice>,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    mix: Vec<Bar>,
    chart: String,
    mix_sentence: String,
    /// The form by which a theme is issued; nothing: not by this person.
    issue: Option<Issue>,
    issuers: String,
    /// The fixed day, and whether this person may set it.
    day: Option<FixedDay>,
}

struct Row {
    month: String,
    title: String,
    contents: String,
    issuer: String,
    held: String,
    status: Option<Status>,
    href: String,
}

struct Bar {
    name: String,
    n: u64,
}

struct Issue {
    organisation: OrgId,
    name: String,
    months: Vec<Choice>,
    contents: Vec<String>,
}

struct FixedDay {
    organisation: OrgId,
    words: String,
    day: String,
    may_set: bool,
}

impl ThemesPage {
    /// Whether there is anything to draw.
    fn has_mix(&self) -> bool {
        self.mix.iter().any(|bar| bar.n > 0)
    }
}

/// `GET /themes`.
pub(super) async fn show(visit: Visit) -> Answer {
    let query = ListQuery::parse(&THEMES, "/themes", Some(&visit.query));
    let asked = Asked::read(&visit, &query).await?;
    let pack = visit.pack();
    let (kind, activity) = theme_kind(&pack).ok_or(Failure::NotFound)?;
    let duty = pack.duties.iter().find(|(_, duty)| duty.activity == kind).map(|(key, _)| key.clone()).ok_or(Failure::NotFound)?;
    let line: Vec<OrgId> = asked.top.iter().flat_map(|top| std::iter::once(top.id).chain(top.superiors.iter().copied())).collect();
    let year = Period::year(asked.year);
    let themes = themes_of(visit.app.store().reader(), &line, year.from(), year.until()).await?;
    let branches: Vec<OrgId> = asked.select(&visit, None, Some(&duty)).branches.iter().map(|branch| branch.id).collect();
    let mix = if branches.len() <= N_MIX_MAX { activity::content_mix(visit.app.store().reader(), &branches, kind, year).await? } else { Vec::new() };
    let mix: Vec<Bar> =
        activity.contents.iter().map(|name| Bar { name: name.clone(), n: mix.iter().filter(|(of, _)| of == name).map(|(_, n)| n).sum() }).collect();
    let is_branch = asked.top.as_ref().is_some_and(OrgNode::is_branch);
    let selection = asked.select(&visit, None, Some(&duty));
    let tally = selection.tally();
    let mut rows: Vec<Row> = selection.columns.iter().map(|at| row(&visit, &asked, &selection, *at, &line, &themes, &duty)).collect();
    narrow(&mut rows, &query);
    if let Some(export) = query.export {
        return download::table(export, &format!("{} {} 年主题党日", asked.name(), asked.year), &sheet(rows));
    }
    let total = rows.len() as u64;
    let query = query.within(total);
    let page = ThemesPage {
        layout: visit.layout("主题党日").crumb("部署落实", "/").crumb("责任矩阵", "/duties").crumb("主题党日", ""),
        title: format!("{} {} 年主题党日", asked.name(), asked.year),
        sentence: sentence(&selection, &tally, is_branch),
        places: asked.places(&visit),
        years: asked.years(&visit),
        states: query.choices("state", "全部月份", STATES.map(|(key, name)| (key.to_owned(), name.to_owned())).to_vec()),
        columns: vec![
            query.column("月份", "month", false),
            query.column("主题", "theme", false),
            query.column("下发", "issuer", false),
            Column::plain("开展"),
        ],
        pager: Pager::new(&query, total, "个月"),
        rows: query.paged(rows),
        chart: chart(&mix),
        mix_sentence: mix_sentence(&mix, branches.len()),
        mix,
        issue: issue_form(&visit, &asked, &activity.contents),
        issuers: "主题由乡镇（街道）以上党组织下发，支部记录时自动带出，可以改".to_owned(),
        day: fixed_day(&visit, asked.top.as_ref()),
        query,
    };
    visit.page(&page)
}

/// The months that were asked for, in the order asked for.
fn narrow(rows: &mut Vec<Row>, query: &ListQuery) {
    let is_found = |row: &Row| [&row.month, &row.title, &row.contents, &row.issuer].into_iter().any(|text| text.contains(&query.q));
    rows.retain(|row| is_found(row) && query.filter("state").is_none_or(|state| (state == "issued") != row.title.is_empty()));
    match query.sort {
        "theme" => rows.sort_by_cached_key(|row| (row.title.is_empty(), crate::pinyin::key(&row.title))),
        "issuer" => rows.sort_by_cached_key(|row| (row.issuer.is_empty(), crate::pinyin::key(&row.issuer))),
        _ => {}
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
}

/// The twelve months as a workbook.
fn sheet(rows: Vec<Row>) -> Table {
    let text = |heading: &str, width: f64| SheetColumn::new(heading, ColumnKind::Text).wide(width);
    let columns = vec![text("月份", 8.0), text("主题", 36.0), text("内容", 36.0), text("下发", 40.0), text("开展", 30.0)];
    let cells = |row: Row| {
        let held = row.status.map_or(row.held, |status| status.word);
        [row.month, row.title, row.contents, row.issuer, held].map(Value::text).to_vec()
    };
    Table { name: "主题党日".to_owned(), title: None, columns, rows: rows.into_iter().map(cells).collect() }
}

fn sentence(selection: &Selection<'_>, tally: &Tally, is_branch: bool) -> String {
    let n_done = tally.count(Code::OnTime) + tally.count(Code::Early);
    let n_year = selection.columns.len();
    if is_branch {
        let missed = tally.count(Code::Missed) + tally.count(Code::Overdue);
        let gap = if missed > 0 { format!("，{missed} 个月没有开展") } else { String::new() };
        return format!("全年 {n_year} 次，已经按时开展 {n_done} 次{gap}");
    }
    format!("{} 个支部，截至今天{}，按时率 {}", selection.branches.len(), tally.sentence(), tally.share())
}

fn row(visit: &Visit, asked: &Asked, selection: &Selection<'_>, at: usize, line: &[OrgId], themes: &[Theme], duty: &str) -> Row {
    let directory = visit.app.directory();
    let period = selection.column(at).period;
    let today = visit.today();
    let theme = line.iter().find_map(|id| themes.iter().find(|theme| theme.organisation == *id && theme.month == period));
    let (held, status, href) = match (&asked.top, selection.branches.first()) {
        (Some(top), Some(branch)) if top.is_branch() => {
            let status = model::status(selection.code(branch, at), period, today, asked.countdown);
            (String::new(), Some(status), format!("/duties/{}/{duty}/{period}", branch.id))
        }
        _ => {
            let mut tally = Tally::default();
            selection.branches.iter().for_each(|branch| tally.add(selection.code(branch, at)));
            let organisation = asked.top.as_ref().map(|top| format!("organisation={}&", top.id)).unwrap_or_default();
            let href = |state: &str| format!("/duties/items?{organisation}year={}&duty={duty}&period={period}&state={state}", asked.year);
            let n_done = tally.count(Code::OnTime) + tally.count(Code::Early) + tally.count(Code::HeldLate);
            let n_bad = tally.count(Code::Missed) + tally.count(Code::Overdue);
            let n_due = tally.count(Code::Due);
            match (period.from() > today, n_bad, n_due) {
                (true, ..) => ("—".to_owned(), None, String::new()),
                (_, 0, 0) if n_done > 0 => (format!("{n_done} 个支部都开展了"), None, href("ok")),
                (_, 0, 0) => ("—".to_owned(), None, String::new()),
                (_, 0, _) => (format!("已开展 {n_done} 个，还有 {n_due} 个"), None, href("due")),
                _ => (format!("开展 {n_done} 个，没有开展 {n_bad} 个"), None, href(if tally.count(Code::Missed) > 0 { "missed" } else { "overdue" })),
            }
        }
    };
    Row {
        month: format!("{} 月", period.ordinal),
        title: theme.map_or_else(String::new, |theme| theme.title.clone()),
        contents: theme.map_or_else(String::new, |theme| theme.contents.join("、")),
        issuer: theme.map_or_else(String::new, |theme| {
            format!("{} {}下发", directory.name_of(theme.organisation), day_words_on(theme.issued_on, period.from()))
        }),
        held,
        status,
        href,
    }
}

fn mix_sentence(mix: &[Bar], n_branches: usize) -> String {
    if n_branches > N_MIX_MAX {
        return "选一个乡镇（街道）或者支部，看主题党日的内容构成。".to_owned();
    }
    match mix.iter().filter(|bar| bar.n > 0).max_by_key(|bar| bar.n) {
        None => "还没有写明内容的记录。".to_owned(),
        Some(most) => {
            let never: Vec<&str> = mix.iter().filter(|bar| bar.n == 0).map(|bar| bar.name.as_str()).collect();
            let never = if never.is_empty() { String::new() } else { format!("；还没有过：{}", never.join("、")) };
            format!("最多的是{}，{} 次{never}", most.name, most.n)
        }
    }
}

/// Bars from 0, one per content, in the order of the pack.
fn chart(mix: &[Bar]) -> String {
    let names: Vec<&str> = mix.iter().rev().map(|bar| bar.name.as_str()).collect();
    let counts: Vec<u64> = mix.iter().rev().map(|bar| bar.n).collect();
    json!({
        "grid": { "left": 8, "right": 36, "top": 4, "bottom": 4, "containLabel": true },
        "xAxis": { "type": "value", "min": 0, "show": false },
        "yAxis": { "type": "category", "data": names, "axisLine": { "show": false } },
        "series": [{ "type": "bar", "data": counts, "barWidth": 14, "label": { "show": true, "position": "right", "color": "--ink-2" } }]
    })
    .to_string()
}

fn issue_form(visit: &Visit, asked: &Asked, contents: &[String]) -> Option<Issue> {
    let top = asked.top.as_ref().filter(|top| !top.is_branch())?;
    visit.app.directory().visible(&visit.scope(Capability::DirectActivities), top.id)?;
    let mut month = Period::containing(visit.today(), Per::Month);
    let mut months = Vec::new();
    for at in 0..6 {
        months.push(Choice { value: month.to_string(), label: month.label(), selected: at == 0 });
        month = month.next();
    }
    Some(Issue { organisation: top.id, name: top.name.clone(), months, contents: contents.to_vec() })
}

fn fixed_day(visit: &Visit, top: Option<&OrgNode>) -> Option<FixedDay> {
    let top = top.filter(|top| top.is_branch())?;
    let directory = visit.app.directory();
    let may_set = [Capability::RecordActivities, Capability::ManageOrganisations, Capability::DirectActivities]
        .into_iter()
        .any(|capability| directory.is_visible(&visit.scope(capability), top.id));
    let words = top.theme_day.map_or_else(|| "还没有定下固定的日子".to_owned(), |day| format!("固定在每月 {day} 日"));
    Some(FixedDay { organisation: top.id, words, day: top.theme_day.map_or_else(String::new, |day| day.to_string()), may_set })
}

/// `POST /themes`.
pub(super) async fn issue(visit: Visit, form: Submitted) -> Answer {
    let organisation = super::org_of(form.text("organisation"))?;
    let back = format!("/themes?organisation={organisation}");
    let Ok(month) = form.text("month").parse::<Period>() else { return Ok(visit.refuse(&back, "请选月份。")) };
    let mut tx = visit.begin().await?;
    let done = issue_theme(&visit.app, &mut tx, visit.actor(), organisation, month, form.text("title"), form.all("content")).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    Ok(visit.done(commit, &back, &format!("已经下发{}的主题，下级支部记录时会自动带出。", month.label())))
}

/// `POST /themes/day`.
pub(super) async fn set_day(visit: Visit, form: Submitted) -> Answer {
    let organisation = super::org_of(form.text("organisation"))?;
    let back = format!("/themes?organisation={organisation}");
    let day = match form.filled("day").map(str::parse::<i64>) {
        None => None,
        Some(Ok(day)) => Some(day),
        Some(Err(_)) => return Ok(visit.refuse(&back, "请填 1 到 28 之间的数字。")),
    };
    let mut tx = visit.begin().await?;
    let done = crate::organisation::set_theme_day(&mut tx, visit.actor(), organisation, day).await;
    if let Err(response) = visit.or_back(&back, done)? {
        return Ok(response);
    }
    let commit = tx.commit().await?;
    let sentence =
        day.map_or_else(|| "已经取消固定的日子。".to_owned(), |day| format!("主题党日固定在每月 {day} 日。有事可以换日子，当月开展就算按时。"));
    Ok(visit.done(commit, &back, &sentence))
}
