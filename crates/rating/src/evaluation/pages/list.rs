//! `/evaluations`: the results that concern the visitor.

use std::collections::HashMap;

use askama::Template;
use policy::Capability;
use store::query;

use crate::directory::Directory;
use crate::evaluation::access::Sight;
use crate::evaluation::{self, KIND, StoredEvaluation, ranking, tier_target};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, Export, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

pub(in crate::evaluation) const RESULTS: ListSpec =
    ListSpec { sorts: &["period", "name", "office"], default_sort: ("period", Direction::Desc), filters: &["state", "year"], per: 20 };

#[derive(Template)]
#[template(path = "pages/evaluations.html")]
struct ListPage {
    layout: Layout,
    title: &'static str,
    sentence: String,
    query: ListQuery,
    states: Vec<Chip>,
    years: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<RowView>,
    pager: Pager,
    empty: (String, String),
    ways: Vec<Link>,
    other: Option<Link>,
    /// Where a draft scheme is tried out, for those who may open evaluations.
    simulation: Option<Link>,
    /// Where the targets of the tiers stand, for whoever sees a unit that has some.
    targets: Option<Link>,
    /// Drafts in which the visitor judges something.
    to_judge: Vec<ToJudge>,
}

/// A draft whose judged items wait for the visitor.
struct ToJudge {
    name: String,
    href: String,
    note: String,
    standing: Status,
}

/// A stored result as the list shows it.
pub(in crate::evaluation) struct RowView {
    pub href: String,
    pub name: String,
    pub office: String,
    pub period: String,
    pub size: String,
    pub standing: Status,
    pub opened_on: String,
    pub published_on: String,
    pub is_example: bool,
    state: &'static str,
    year: i16,
}

/// `GET /evaluations`
pub(super) async fn show(visit: Visit) -> Answer {
    // Whoever judges finds the entry page here, also without the right to see results.
    if !visit.actor().may(Capability::ViewEvaluations) && !visit.actor().may(Capability::JudgeItems) {
        return Err(Failure::NotFound);
    }
    let other = has_rankings(&visit).then(|| Link::new("综合考核排名", "/rankings"));
    list(visit, KIND, "考核评星", "/evaluations", other).await
}

/// Whether rankings are something for the visitor: an office that is ranked or that ranks.
fn has_rankings(visit: &Visit) -> bool {
    let pack = visit.pack();
    let directory = visit.app.directory();
    visit
        .actor()
        .grants_with(Capability::ViewEvaluations)
        .filter(|grant| grant.set.fields.is_empty())
        .filter_map(|grant| directory.org(grant.set.root?))
        .any(|org| {
            pack.rankings.values().any(|ranking| ranking.level == org.level)
                || pack.plan_lines.values().any(|line| line.kind == policy::PlanLineKind::Ranking && line.level == org.level)
        })
}

/// Whether the visitor reaches a unit to which targets of the tiers are issued.
fn sees_targets(visit: &Visit) -> bool {
    visit.opens(super::targets::PATH) && !tier_target::units(&visit.app.directory(), &visit.pack(), visit.actor()).is_empty()
}

/// The list of one kind of result.
pub(in crate::evaluation) async fn list(visit: Visit, kind: &str, title: &'static str, path: &str, other: Option<Link>) -> Answer {
    let query = ListQuery::parse(&RESULTS, path, Some(&visit.query));
    let all = visible(&visit, kind, path).await?;
    let n_all = all.len();
    let mut rows: Vec<RowView> = all
        .into_iter()
        .filter(|row| {
            query.filter("state").is_none_or(|state| row.state == state) && query.filter("year").is_none_or(|year| row.year.to_string() == year)
        })
        .filter(|row| query.q.is_empty() || row.name.contains(&query.q) || row.office.contains(&query.q))
        .collect();
    match query.sort {
        "name" => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        "office" => rows.sort_by(|a, b| a.office.cmp(&b.office)),
        _ => {}
    }
    if (query.dir == Direction::Desc) != (query.sort == "period") {
        rows.reverse();
    }
    if query.sort == "period" && query.dir == Direction::Asc {
        // Read newest first; asked for oldest first.
        rows.sort_by(|a, b| a.period.cmp(&b.period));
    }
    if let Some(export) = query.export {
        return download(export, title, &rows);
    }
    let total = rows.len() as u64;
    let at = query.clone().within(total);
    let shown = usize::try_from(at.offset()).unwrap_or_default();
    let rows: Vec<RowView> = rows.into_iter().skip(shown).take(query.per as usize).collect();
    let this_year = visit.today().year();
    let may_open = visit.actor().may(Capability::OpenEvaluations);
    let empty = if n_all > 0 {
        ("没有符合条件的".to_owned(), "换一个条件，或者清除条件看全部。".to_owned())
    } else if may_open {
        ("还没有开始过".to_owned(), "考核先列入年度计划，到了计划的时间才能开始；开始以后先发征求意见稿，研究决定后公布。".to_owned())
    } else {
        ("还没有发给您的结果".to_owned(), "考核只在年度计划的时间点进行。征求意见稿发出以后，这里可以看到本组织的得分和依据。".to_owned())
    };
    let to_judge = if kind == KIND { to_judge(&visit).await? } else { Vec::new() };
    let empty = if n_all == 0 && !to_judge.is_empty() {
        ("还没有公布的结果".to_owned(), "上面是要您评定的项目；结果公布以后，看得到的列在这里。".to_owned())
    } else {
        empty
    };
    let page = ListPage {
        to_judge,
        layout: visit.layout(title).crumb("考核运用", "/evaluations").crumb(title, ""),
        title,
        sentence: if n_all == 0 { String::new() } else { format!("共 {n_all} 次。") },
        states: [("draft", "初稿"), ("objections", "征求意见"), ("decided", "已决定"), ("published", "已公布")]
            .into_iter()
            .map(|(key, label)| query.chip("state", key, label, None))
            .collect(),
        years: [this_year - 1, this_year].into_iter().map(|year| query.chip("year", &year.to_string(), format!("{year} 年"), None)).collect(),
        columns: vec![
            query.column("名称", "name", false),
            query.column("组织单位", "office", false),
            query.column("期间", "period", false),
            Column::plain("范围"),
            Column::plain("进展"),
            Column::plain("开始"),
            Column::plain("公布"),
        ],
        pager: Pager::new(&at, total, "次"),
        rows,
        empty,
        ways: if may_open { vec![Link::new("看年度计划", "/plan")] } else { vec![Link::new("回到工作台", "/")] },
        other,
        targets: (kind == KIND && sees_targets(&visit)).then(|| Link::new("先进后进目标", super::targets::PATH)),
        simulation: (may_open && kind == KIND).then(|| Link::new("方案模拟", "/evaluations/simulation")),
        query,
    };
    visit.page(&page)
}

/// Drafts that others organise and in which the visitor judges something.
async fn to_judge(visit: &Visit) -> Result<Vec<ToJudge>, Failure> {
    let mut found = Vec::new();
    if !visit.actor().may(Capability::JudgeItems) {
        return Ok(found);
    }
    let drafts = evaluation::all_of_kind(visit.app.store().reader(), KIND).await?;
    for draft in drafts.into_iter().filter(|e| e.published_at.is_none() && !evaluation::organises(visit.actor(), e.organisation)) {
        let Some((n_items, n_open)) = super::judged::to_judge(visit, draft.id).await? else { continue };
        let office = visit.app.directory().name_of(draft.organisation).to_owned();
        found.push(ToJudge {
            note: format!("{office}组织，由您评定 {n_items} 项"),
            standing: if n_open == 0 {
                Status::new(Standing::Ok, "都评了")
            } else {
                Status::new(Standing::Soon, format!("待评定 {n_open} 项"))
            },
            href: format!("/evaluations/{}/judged", draft.id),
            name: draft.name,
        });
    }
    Ok(found)
}

/// The results of a kind that exist for the visitor, newest first.
async fn visible(visit: &Visit, kind: &str, path: &str) -> anyhow::Result<Vec<RowView>> {
    let reader = visit.app.store().reader();
    let all = evaluation::all_of_kind(reader, kind).await?;
    let stages = stages(visit, kind).await?;
    let pack = visit.pack();
    let directory = visit.app.directory();
    let unit = if kind == ranking::KIND { "个单位" } else { "个党支部" };
    let seen = all.into_iter().filter_map(|evaluation: StoredEvaluation| {
        let (procedure, stage) = stages.get(&evaluation.case_id.unwrap_or_default()).map_or(("", ""), |(procedure, stage)| (procedure, stage));
        let procedure = pack.procedures.get(procedure);
        let first = procedure.and_then(|p| p.stages.first()).map(|stage| stage.key.as_str()).unwrap_or_default();
        let sight = Sight::of(&directory, visit.actor(), &evaluation, stage != first)?;
        if kind == ranking::KIND && !sight.is_organiser && !is_ranked(&directory, &pack, &sight, &evaluation) {
            return None;
        }
        let name_of_stage = procedure.and_then(|p| p.stages.iter().find(|s| s.key == stage)).map_or(stage, |s| s.name.as_str());
        let (state, standing) = match (&evaluation.published_at, stage) {
            (Some(_), stage) if ends(procedure, stage) => ("published", Status::new(Standing::Ok, name_of_stage)),
            (Some(_), _) => ("published", Status::new(Standing::Running, name_of_stage)),
            (None, stage) if stage == first => ("draft", Status::new(Standing::Running, name_of_stage)),
            (None, "decided") => ("decided", Status::new(Standing::Running, name_of_stage)),
            (None, _) => ("objections", Status::new(Standing::Soon, name_of_stage)),
        };
        let day = |at: &str| at.parse::<jiff::Timestamp>().map(|at| store::day_of(at).to_string()).unwrap_or_default();
        Some(RowView {
            href: format!("{path}/{}", evaluation.id),
            office: directory.name_of(evaluation.organisation).to_owned(),
            period: evaluation.period.label(),
            year: evaluation.period.year,
            size: if sight.is_organiser || sight.is_published { format!("{} {unit}", evaluation.n_rows) } else { "本组织".to_owned() },
            standing,
            state,
            opened_on: day(&evaluation.opened_at),
            published_on: evaluation.published_at.as_deref().map(day).unwrap_or_default(),
            is_example: evaluation.is_example,
            name: evaluation.name,
        })
    });
    Ok(seen.collect())
}

/// Whether one of the ranked units is the visitor's.
fn is_ranked(directory: &Directory, pack: &policy::Pack, sight: &Sight, evaluation: &StoredEvaluation) -> bool {
    let Some(rule) = pack.rankings.get(&evaluation.of_key) else { return false };
    directory.subtree(evaluation.organisation).filter(|org| org.level == rule.level).any(|org| sight.sees(directory, org.id, &org.field))
}

/// Whether nothing follows on a stage any more.
fn ends(procedure: Option<&policy::Procedure>, key: &str) -> bool {
    procedure.is_none_or(|it| it.stages.iter().any(|stage| stage.key == key && stage.closes))
}

/// By which procedure every publication of a kind goes and at which stage it stands, by case.
async fn stages(visit: &Visit, kind: &str) -> anyhow::Result<HashMap<i64, (String, String)>> {
    let sql = "select c.id, c.procedure, c.stage from case_file c where c.subject_kind = $1";
    let rows = query(visit.app.store().reader(), sql, [kind.into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?)))).collect()
}

fn download(export: Export, title: &str, rows: &[RowView]) -> Answer {
    use office::sheet::{Column as Head, ColumnKind, Table, Value};
    let text = |heading: &str, width: f64| Head::new(heading, ColumnKind::Text).wide(width);
    let columns = vec![
        text("名称", 44.0),
        text("组织单位", 28.0),
        text("期间", 16.0),
        text("范围", 14.0),
        text("进展", 14.0),
        text("开始", 12.0),
        text("公布", 12.0),
        text("备注", 12.0),
    ];
    let rows = rows.iter().map(|row| {
        let mark = if row.is_example { "示例方案" } else { "" };
        [row.name.as_str(), &row.office, &row.period, &row.size, &row.standing.word, &row.opened_on, &row.published_on, mark]
            .into_iter()
            .map(Value::text)
            .collect()
    });
    crate::http::download::table(export, title, &Table { name: title.to_owned(), title: None, columns, rows: rows.collect() })
}
