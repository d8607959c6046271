//! The records of one branch over a year in one file (档案包): what took place, what was decided, who was there, what was due, how the indicators stand, its problems.
//! What is in the product is looked at here, so that nothing is made for an inspection.
//!
//! For: inspectors within reach, and a team at its unit. In: a branch, a year. Out: one workbook.
//! Does not know: what an inspection found; how a score follows.

use assessment::{Judged, Pivot, PivotSpan, Wanted as Asked};
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column, ColumnKind, Table, Value};
use policy::{Capability, Pack, Period};
use store::OrgId;

use crate::activity::AbsenceKind;
use crate::app::App;
use crate::duty::Countdown;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::list::pairs;
use crate::http::path::Path;
use crate::http::route::{Door, Needs, Routes};
use crate::http::visit::{Answer, Visit};
use crate::{activity, duty, inspection, problem};

/// Records of one kind in one file at most: a branch has some hundred a year.
const N_ROWS_MAX: u64 = 5_000;

/// Routes of the file.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    routes.get("/records/{id}", Needs::May(Capability::ConductInspections), Door::Both, show)
}

/// `GET /records/{id}?year=2026`.
///
/// # Errors
/// [`Failure::NotFound`] when the branch is out of reach.
async fn show(visit: Visit, Path(id): Path<OrgId>, uri: Uri) -> Answer {
    let org = visit.app.directory().org_ever(id).cloned().ok_or(Failure::NotFound)?;
    if !may_see(&visit, id).await? {
        return Err(Failure::NotFound);
    }
    let today = visit.today();
    let asked = pairs(uri.query().unwrap_or_default()).into_iter().find(|(name, _)| name == "year").and_then(|(_, year)| year.parse::<i16>().ok());
    let year = asked.filter(|year| (today.year() - 5..=today.year()).contains(year)).unwrap_or(today.year());
    let found = lines_of(&visit.app, id, year).await?;
    let tables = [
        activities(&visit.app, &found),
        decisions(&visit.app, &found).await?,
        attendance(&visit.app, id, year).await?,
        duties(&visit.app, id, year, today).await?,
        indicators(&visit.app, id, year, today).await?,
        problems(&visit.app, id, year, today).await?,
    ];
    download::workbook(&format!("{}{year}年记录", org.name), &tables)
}

/// Whoever inspects within this reach, and a team whose unit it is: of what is unannounced once it is opened on site.
async fn may_see(visit: &Visit, id: OrgId) -> anyhow::Result<bool> {
    if visit.app.directory().visible_ever(&visit.scope(Capability::ConductInspections), id).is_some() {
        return Ok(true);
    }
    let seen = inspection::seen(visit.app.store().reader(), &visit.app, visit.actor(), "i.closed_on is null", Vec::new()).await?;
    let is_own = |sight: &inspection::Sight| sight.targets.iter().any(|target| target.organisation == id && sight.inspects(target));
    Ok(seen.iter().any(is_own))
}

fn table(name: &str, headings: &[(&str, f64)], rows: Vec<Vec<Value>>) -> Table {
    let columns = headings.iter().map(|(heading, width)| Column::new(*heading, ColumnKind::Text).wide(*width)).collect();
    Table { name: name.to_owned(), title: None, columns, rows }
}

async fn lines_of(app: &App, id: OrgId, year: i16) -> anyhow::Result<Vec<activity::Line>> {
    let period = Period::year(year);
    let wanted = activity::Wanted { organisations: vec![id], days: Some((period.from(), period.until())), ..activity::Wanted::default() };
    activity::lines(app.store().reader(), &wanted, "held_on", false, activity::From::Offset(0), N_ROWS_MAX).await
}

/// What a kind of activity is called.
fn name_of<'a>(pack: &'a Pack, kind: &'a str) -> &'a str {
    pack.activities.get(kind).map_or(kind, |kind| kind.name.as_str())
}

/// What was decided, by whom it is done until when, and what became of it.
async fn decisions(app: &App, found: &[activity::Line]) -> anyhow::Result<Table> {
    let ids: Vec<i64> = found.iter().map(|line| line.id).collect();
    let decided = activity::decisions_of_all(app.store().reader(), &ids).await?;
    let pack = app.pack();
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let mut rows = Vec::new();
    for line in found {
        for it in decided.iter().filter(|it| it.activity_id == line.id) {
            let (held, due, done) = (line.held_on.to_string(), day(it.due_on), day(it.done_on));
            rows.push([held.as_str(), name_of(&pack, &line.kind), &it.text, &it.owner, &due, &done, &it.note].map(Value::text).to_vec());
        }
    }
    let headings = [("日期", 12.0), ("种类", 20.0), ("决议", 60.0), ("责任人", 20.0), ("时限", 12.0), ("落实", 12.0), ("怎样落实的", 40.0)];
    Ok(table("决议", &headings, rows))
}

/// Who was there and who was not, of the records that name people; of the others the first sheet has the counts.
async fn attendance(app: &App, id: OrgId, year: i16) -> anyhow::Result<Table> {
    let (pack, period, reader) = (app.pack(), Period::year(year), app.store().reader());
    let parts = activity::parts_of(reader, &pack, &[id], period.from(), period.until()).await?;
    let names = activity::names_of_members(reader, &parts.keys().copied().collect::<Vec<_>>()).await?;
    let mut all: Vec<(Date, i64, &str, &activity::Part)> = Vec::new();
    for (member, parts) in &parts {
        let name = names.get(member).map_or("", String::as_str);
        all.extend(parts.iter().map(|part| (part.held_on, part.activity_id, name, part)));
    }
    all.sort_unstable_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let row = |(day, _, name, part): &(Date, i64, &str, &activity::Part)| {
        let state = match part.absence {
            None => "到会",
            Some(AbsenceKind::Leave) => "请假",
            Some(AbsenceKind::Exempt) => "免于参加",
            Some(AbsenceKind::Absent) => "缺席",
        };
        [day.to_string().as_str(), name_of(&pack, &part.kind), &part.topic, name, state].map(Value::text).to_vec()
    };
    let headings = [("日期", 12.0), ("种类", 20.0), ("内容", 50.0), ("姓名", 12.0), ("到会情况", 12.0)];
    Ok(table("到会", &headings, all.iter().map(row).collect()))
}

fn activities(app: &App, found: &[activity::Line]) -> Table {
    let pack = app.pack();
    let row = |line: &activity::Line| {
        let kind = name_of(&pack, &line.kind);
        let state = match (line.is_returned, line.waits_for_consent, line.makes_up) {
            (true, ..) => "已退回".to_owned(),
            (_, true, _) => "待上级同意".to_owned(),
            (_, _, Some(period)) => format!("补办 {}", period.label()),
            _ => String::new(),
        };
        let present = format!("{} / {}", line.n_present, line.n_eligible);
        [line.held_on.to_string().as_str(), kind, &line.topic, &present, &line.entered_on.to_string(), &state].map(Value::text).to_vec()
    };
    let headings = [("日期", 12.0), ("种类", 20.0), ("内容", 50.0), ("到会 / 应到", 12.0), ("录入日期", 12.0), ("说明", 20.0)];
    table("组织生活", &headings, found.iter().map(row).collect())
}

async fn duties(app: &App, id: OrgId, year: i16, today: Date) -> anyhow::Result<Table> {
    let states = duty::states_of_year(app, year, today).await?;
    let countdown = Countdown::of(&app.pack(), today);
    let codes = states.row(id).unwrap_or_default();
    let row = |(column, code): (&duty::Column, &duty::Code)| {
        let status = duty::status(*code, column.period, today, countdown);
        [states.duty(column).name.as_str(), &column.period.label(), &status.word].map(Value::text).to_vec()
    };
    let rows = states.columns.iter().zip(codes).map(row).collect();
    Ok(table("责任周期", &[("责任", 30.0), ("周期", 16.0), ("状态", 16.0)], rows))
}

/// Of every indicator that is counted from records: how many of its periods are met.
async fn indicators(app: &App, id: OrgId, year: i16, today: Date) -> anyhow::Result<Table> {
    let pack = app.pack();
    let whole = Period::year(year);
    let facts = app.figures().facts(app, year).await?;
    let marks = app.figures().marks(app, year, Some(&[id])).await?;
    let on = today.min(whole.last_day());
    let (subjects, ended) = (app.figures().subjects(app, on).await?, app.figures().ended(app, on));
    let mut rows = Vec::new();
    for (key, indicator) in &pack.indicators {
        let Some(subject) = subjects.iter().chain(&ended).find(|subject| subject.id == id) else { break };
        let Ok(pivot) = Pivot::new(&pack, &[Asked::Indicator(key.clone())], today) else { continue };
        let span = PivotSpan { whole, columns: &[whole], closed_until: today, as_of: today };
        let judged: Vec<Judged> = pivot.judged(0, &[subject], &facts, &marks, span).into_iter().flatten().map(|period| period.judged).collect();
        let n = |is_so: fn(&Judged) -> bool| judged.iter().filter(|it| is_so(it)).count();
        let n_met = n(|it| matches!(it, Judged::Met | Judged::Late));
        let n_judged = n_met + n(|it| matches!(it, Judged::NotMet));
        let n_unknown = n(|it| matches!(it, Judged::Unknown(_)));
        if n_judged + n_unknown > 0 {
            let said = [indicator.name.clone(), format!("{n_met} / {n_judged}"), n_unknown.to_string()];
            rows.push(said.map(Value::text).to_vec());
        }
    }
    Ok(table("指标", &[("指标", 36.0), ("达标的周期 / 已结束的周期", 24.0), ("待佐证的周期", 14.0)], rows))
}

async fn problems(app: &App, id: OrgId, year: i16, today: Date) -> anyhow::Result<Table> {
    let wanted = problem::Wanted { organisations: vec![id], state: Some("all".to_owned()), ..problem::Wanted::default() };
    let found = problem::lines(app.store().reader(), &wanted, today, "raised", false, problem::From::Offset(0), N_ROWS_MAX).await?;
    let is_of_year = |it: &&problem::Problem| it.raised_on.year() == year || it.closed_on.is_none_or(|day| day.year() == year);
    let row = |it: &problem::Problem| {
        let closed = it.closed_on.map_or_else(String::new, |day| day.to_string());
        let (raised, due) = (it.raised_on.to_string(), it.due_on.to_string());
        [it.text.as_str(), &it.kind, &it.source, &it.owner, &raised, &due, it.state(today).words(), &closed].map(Value::text).to_vec()
    };
    let headings = [("问题", 60.0), ("类型", 18.0), ("来源", 16.0), ("责任人", 20.0), ("登记", 12.0), ("时限", 12.0), ("状态", 10.0), ("销号", 12.0)];
    Ok(table("问题", &headings, found.iter().filter(is_of_year).map(row).collect()))
}
