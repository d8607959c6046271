//! The appendix of a report: figures of the unit from its records, typed by nobody.

use jiff::civil::{Date, date};
use policy::{Appraisal, Period, Ratio};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, query};

use super::model::{Line, Part, Session};
use crate::app::App;
use crate::duty_log::LogLine;
use crate::{evaluation, evidence};

/// All parts of the appendix, in their order. Another source adds its part here.
///
/// # Errors
/// When the records cannot be read.
pub(super) async fn parts<C: ConnectionTrait>(
    app: &App,
    actor: &Actor,
    connection: &C,
    rule: &Appraisal,
    session: &Session,
    organisation: OrgId,
    today: Date,
) -> anyhow::Result<Vec<Part>> {
    let on = date(session.year, 12, 31).min(today);
    let mut parts = vec![
        Part { title: "年度指标".to_owned(), lines: indicators(app, rule, organisation, on).await? },
        Part { title: "任务、问题、项目".to_owned(), lines: counted(app, connection, organisation, on).await? },
        Part { title: "支部评星".to_owned(), lines: stars(app, connection, organisation, session.year).await? },
        Part { title: "书记履责记录".to_owned(), lines: duty_log(app, actor, organisation, session.year).await? },
    ];
    parts.retain(|part| !part.lines.is_empty());
    Ok(parts)
}

/// What a secretary did himself, by the records; what he typed is marked.
async fn duty_log(app: &App, actor: &Actor, organisation: OrgId, year: i16) -> anyhow::Result<Vec<Line>> {
    let line = |it: LogLine| Line {
        what: format!("{} {}：{}", it.on, it.kind, it.what),
        figure: String::new(),
        href: it.link,
        is_self_typed: it.is_self_typed,
    };
    Ok((app.rooms().duty_log)(app, actor, organisation, year).await?.into_iter().map(line).collect())
}

async fn indicators(app: &App, rule: &Appraisal, organisation: OrgId, on: Date) -> anyhow::Result<Vec<Line>> {
    let said = evidence::of(app, organisation, &rule.indicators, on).await?;
    let line = |it: evidence::Said| Line {
        what: it.name.clone(),
        figure: it.figure(),
        href: format!("/organisations/{organisation}"),
        is_self_typed: false,
    };
    Ok(said.into_iter().map(line).collect())
}

/// What is counted of a year, and where it is read.
const COUNTED: [(&str, &str, &str); 5] = [
    ("task.fulfilled", "办结的任务（项）", "/tasks"),
    ("task.late", "其中逾期办结（项）", "/tasks"),
    ("problem.opened", "登记的问题（个）", "/problems"),
    ("problem.closed", "销号的问题（个）", "/problems"),
    ("problem.late", "其中逾期销号（个）", "/problems"),
];

/// Tasks, problems and accepted projects of the year at the unit and below it, in one pass over its facts.
async fn counted<C: ConnectionTrait>(app: &App, connection: &C, organisation: OrgId, on: Date) -> anyhow::Result<Vec<Line>> {
    let pack = app.pack();
    let kinds: Vec<String> =
        COUNTED.iter().map(|(kind, ..)| (*kind).to_owned()).chain(pack.projects.keys().map(|key| format!("project.{key}"))).collect();
    let list = kinds.iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select e.kind, cast(sum(e.quantity) as bigint) from event e where e.kind in ({list}) and e.day >= $1 and e.day <= $2 and exists (select 1 from organisation_path p where p.descendant_id = e.organisation_id and p.ancestor_id = $3 and p.from_on <= $2 and (p.until_on is null or p.until_on > $2)) group by e.kind order by e.kind"
    );
    let rows = query(connection, sql, [format!("{}-01-01", on.year()).into(), on.to_string().into(), organisation.into()]).await?;
    let mut found = std::collections::BTreeMap::new();
    for row in &rows {
        found.insert(row.try_get_by_index::<String>(0)?, row.try_get_by_index::<i64>(1)?);
    }
    let n = |kind: &str| found.get(kind).copied().unwrap_or_default();
    let overdue = query(
        connection,
        "select count(*) from span s where s.kind = 'task.overdue' and s.from_on <= $1 and (s.until_on is null or s.until_on > $1) and exists (select 1 from organisation_path p where p.descendant_id = s.organisation_id and p.ancestor_id = $2 and p.from_on <= $1 and (p.until_on is null or p.until_on > $1))",
        [on.to_string().into(), organisation.into()],
    )
    .await?;
    let overdue: i64 = overdue.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    let line = |what: String, n: i64, href: &str| Line { what, figure: n.to_string(), href: href.to_owned(), is_self_typed: false };
    let mut lines: Vec<Line> = COUNTED.iter().map(|(kind, what, href)| line((*what).to_owned(), n(kind), href)).collect();
    lines.insert(2, line("过了时限还没有办结的任务（项）".to_owned(), overdue, "/tasks"));
    for (key, project) in &pack.projects {
        let of = n(&format!("project.{key}"));
        if of > 0 {
            lines.push(line(format!("验收的{}（个）", project.name), of, &format!("/projects/{key}")));
        }
    }
    Ok(lines)
}

/// The evaluation of a scheme for the whole of a year that was published last and judged a unit or those below it: its number and the
/// points that are its whole. Every county has its own; what was judged for half a year is not the year's.
async fn last_published<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    scheme: &str,
    organisation: OrgId,
    year: i16,
) -> anyhow::Result<Option<(i64, Ratio)>> {
    let sql = format!(
        "select v.id from evaluation v where v.kind = $1 and v.of_key = $3 and v.published_at is not null and v.period = $4 and exists (select 1 from evaluation_row r where r.evaluation_id = v.id and {BELOW}) order by v.closed_until desc, v.id desc limit 1"
    );
    let period = Period::year(year).to_string();
    let rows = query(connection, sql, [evaluation::KIND.into(), organisation.into(), scheme.into(), period.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let whole = app.pack().scheme_in(scheme, year).and_then(|(_, scheme)| scheme.weights_total).unwrap_or(Ratio::from_integer(100));
    Ok(Some((row.try_get_by_index(0)?, whole)))
}

/// The condition that a row of an evaluation belongs to a unit or stands below it today.
const BELOW: &str =
    "exists (select 1 from organisation_path p where p.descendant_id = r.organisation_id and p.ancestor_id = $2 and p.until_on is null)";

async fn stars<C: ConnectionTrait>(app: &App, connection: &C, organisation: OrgId, year: i16) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    let pack = app.pack();
    for (key, scheme) in pack.schemes.iter().filter(|(_, scheme)| scheme.version_of.is_none()) {
        let Some((id, _)) = last_published(app, connection, key, organisation, year).await? else { continue };
        let sql = format!(
            "select r.star, count(*) from evaluation_row r where r.evaluation_id = $1 and r.star is not null and {BELOW} group by r.star order by r.star desc"
        );
        for row in query(connection, sql, [id.into(), organisation.into()]).await? {
            let (star, n): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let what = format!("{}：{star} 星（个）", scheme.name);
            lines.push(Line { what, figure: n.to_string(), href: format!("/evaluations/{id}"), is_self_typed: false });
        }
    }
    Ok(lines)
}

/// The share of all points that the assessment of the year gave the unit, or those below it on average; nothing published: nothing.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn assessment_share<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    scheme: &str,
    organisation: OrgId,
    year: i16,
) -> anyhow::Result<Option<Ratio>> {
    let Some((id, whole)) = last_published(app, connection, scheme, organisation, year).await? else { return Ok(None) };
    let sql =
        format!("select cast(coalesce(sum(r.score_micro), 0) as bigint), count(*) from evaluation_row r where r.evaluation_id = $1 and {BELOW}");
    let rows = query(connection, sql, [id.into(), organisation.into()]).await?;
    let (sum, n): (i64, i64) = match rows.first() {
        Some(row) => (row.try_get_by_index(0)?, row.try_get_by_index(1)?),
        None => (0, 0),
    };
    if n == 0 {
        return Ok(None);
    }
    let mean = Ratio::new(i128::from(sum), i128::from(n) * 1_000_000);
    Ok(Some((mean / whole).min(Ratio::from_integer(1))))
}
