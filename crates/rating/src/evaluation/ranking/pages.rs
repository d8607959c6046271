//! `/rankings`: units ranked, each figure down to the branches it is made of.

use std::collections::HashMap;

use crate::http::path::Path;
use askama::Template;
use assessment::{ComponentResult, CompositeRow, TracedItem, decimal};
use axum::http::StatusCode;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability::{JudgeItems, OpenEvaluations, ViewEvaluations};
use store::{OrgId, Refusal, query};

use super::bulletin::BulletinFacts;
use super::compute::{How, RankingHead, fraction_of, judged_key};
use super::rows::{BranchTrace, UNRATED};
use super::{JudgedComponent, KIND, bulletin, judge_components, rows};
use crate::case::Variables;
use crate::case::pages::{ActionPlace, CaseView, show_action, show_again};
use crate::evaluation::access::{Opened, may_change, opened, own_part};
use crate::evaluation::brief::printed;
use crate::evaluation::pages::result::short_name;
use crate::evaluation::pages::sheets::two_places;
use crate::evaluation::pages::{Head, citation, list};
use crate::evaluation::{self, organises};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::view::{Citation, Link, Meter};
use crate::http::visit::{Answer, Visit};

/// Routes of rankings.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let (view, open, judge) = (Needs::May(ViewEvaluations), Needs::May(OpenEvaluations), Needs::May(JudgeItems));
    routes
        .get("/rankings", view, Door::Inner, show_all)
        .get("/rankings/{id}", view, Door::Inner, show)
        .post("/rankings/{id}/calculate", open, Door::Inner, calculate)
        .get("/rankings/{id}/actions/{action}", view, Door::Inner, show_step)
        .post("/rankings/{id}/actions/{action}", view, Door::Inner, do_step)
        .get("/rankings/{id}/files/{file}", view, Door::Inner, file)
        .get("/rankings/{id}/judged", judge, Door::Inner, show_judged)
        .post("/rankings/{id}/judged", judge, Door::Inner, save_judged)
        .get("/rankings/{id}/document", view, Door::Inner, show_bulletin)
        .get("/rankings/{id}/workbook", view, Door::Inner, workbook)
        .get("/rankings/{id}/organisations/{org}", view, Door::Inner, show_unit)
        .get("/rankings/{id}/organisations/{org}/components/{component}", view, Door::Inner, show_component)
        .get("/rankings/{id}/organisations/{org}/components/{component}/{item}", view, Door::Inner, show_item)
}

async fn show_all(visit: Visit) -> Answer {
    list::list(visit, KIND, "综合考核排名", "/rankings", Some(Link::new("党支部评星", "/evaluations"))).await
}

/// A ranking that the visitor may see something of.
struct Found {
    opened: Opened,
    head: RankingHead,
    /// Units whose figures the visitor may open.
    own: Vec<CompositeRow>,
    /// Every unit, where the visitor may see the order: the organiser always, the ranked after publication.
    all: Vec<CompositeRow>,
}

async fn found(visit: &Visit, id: i64) -> Result<Found, Failure> {
    let opened = opened(visit, id, KIND).await?;
    let reader = visit.app.store().reader();
    let head = rows::head_of(reader, id).await?;
    let all = rows::ranking(reader, id).await?.rows;
    let own: Vec<CompositeRow> = {
        let directory = visit.app.directory();
        let sees = |row: &&CompositeRow| opened.sight.sees(&directory, row.org, directory.org(row.org).map_or("", |org| org.field.as_str()));
        all.iter().filter(sees).cloned().collect()
    };
    if own.is_empty() && !opened.sight.is_organiser {
        return Err(Failure::NotFound);
    }
    let all = if opened.sight.is_organiser || opened.sight.is_published { all } else { Vec::new() };
    Ok(Found { opened, head, own, all })
}

impl Found {
    fn base(&self) -> String {
        format!("/rankings/{}", self.opened.evaluation.id)
    }

    fn page_head(&self, visit: &Visit, current: &str) -> Head {
        let mut places = vec![("排名", "")];
        if self.opened.sight.is_organiser && may_change(&self.opened.work) && self.head.components.iter().any(|c| c.how == How::Judged) {
            places.push(("评定得分", "/judged"));
        }
        Head::new(
            &visit.app.directory(),
            &self.opened.evaluation,
            self.opened.sight.is_organiser,
            may_change(&self.opened.work),
            self.base(),
            &places,
            current,
        )
    }

    fn layout(&self, visit: &Visit, title: &str) -> Layout {
        let mut layout = visit.layout(title).crumb("综合考核排名", "/rankings").crumb(self.opened.evaluation.name.clone(), self.base());
        layout.mark = self.head.is_example.then(|| "示例方案".to_owned());
        layout.period.label = self.head.period.label();
        layout.period.href = "/rankings".to_owned();
        layout
    }

    fn unit(&self, org: OrgId) -> Result<&CompositeRow, Failure> {
        self.own.iter().find(|row| row.org == org).ok_or(Failure::NotFound)
    }

    /// Whether all units may be seen side by side.
    fn shows_order(&self) -> bool {
        self.opened.sight.is_organiser || self.opened.sight.is_published
    }

    /// Whether every unit has every component: as long as one lacks, a sum of the others ranks nobody.
    fn is_complete(&self) -> bool {
        self.all.iter().all(CompositeRow::is_complete)
    }

    /// Whether ranks may be said.
    fn shows_rank(&self) -> bool {
        self.shows_order() && self.is_complete()
    }
}

#[derive(Template)]
#[template(path = "pages/ranking.html")]
struct RankingPage {
    layout: Layout,
    head: Head,
    sentence: String,
    warning: Option<String>,
    case: CaseView,
    query: ListQuery,
    columns: Vec<Column>,
    rows: Vec<UnitView>,
    /// There is an earlier ranking to compare with.
    has_before: bool,
    pager: Pager,
    components: Vec<ComponentView>,
    sources: Vec<SourceView>,
    citation: Citation,
}

struct UnitView {
    rank: String,
    name: String,
    href: Option<String>,
    points: Vec<String>,
    total: String,
    open: String,
    change: String,
    worst: Vec<String>,
}

struct ComponentView {
    name: String,
    weight: String,
    how: String,
    citation: Citation,
}

struct SourceView {
    name: String,
    href: String,
    note: String,
}

const UNITS: ListSpec = ListSpec { sorts: &["rank", "total", "name"], default_sort: ("rank", Direction::Asc), filters: &[], per: 50 };

/// `GET /rankings/{id}`
async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = found(&visit, id).await?;
    let query = ListQuery::parse(&UNITS, &found.base(), Some(&visit.query));
    let before = before(&visit, &found).await?;
    let mut rows: Vec<CompositeRow> = if found.shows_order() { found.all.clone() } else { found.own.clone() };
    rows.retain(|row| query.q.is_empty() || row.name.contains(&query.q));
    match query.sort {
        "total" => rows.sort_by_key(|row| row.total),
        "name" => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        _ if !found.shows_rank() => rows.sort_by(|a, b| a.code.cmp(&b.code)),
        _ => {}
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        return download::table(export, &found.opened.evaluation.name, &unit_table(&found, &rows, &before));
    }
    let total = rows.len() as u64;
    let at = query.clone().within(total);
    let views = at.page_of(&rows).iter().map(|row| unit_view(&found, row, &before)).collect();
    let mut columns = vec![query.column("名次", "rank", true), query.column("县（市、区）", "name", false)];
    columns.extend(found.head.components.iter().map(|c| Column::number(format!("{}（{}）", c.name, c.weight))));
    columns.push(query.column("总分", "total", true));
    columns.extend(before.is_some().then(|| Column::plain("较上次")));
    columns.push(Column::plain("最低三项"));
    let warning = if found.opened.sight.is_organiser && !found.opened.sight.is_published {
        super::why_not_publish(visit.app.store().reader(), id).await?
    } else {
        None
    };
    let pack = visit.app.policies_of(&found.opened.evaluation.pack_version).await?;
    let head = found.page_head(&visit, "");
    let layout = found.layout(&visit, &found.opened.evaluation.name);
    let components = found
        .head
        .components
        .iter()
        .map(|c| ComponentView { name: c.name.clone(), weight: c.weight.clone(), how: c.how.words(), citation: citation(&pack, &c.cite, "") })
        .collect();
    let until = found.head.closed_until.yesterday().map(|day| day.to_string()).unwrap_or_default();
    let sources = {
        let directory = visit.app.directory();
        let published = |s: &super::SourceUsed| SourceView {
            name: s.name.clone(),
            href: format!("/evaluations/{}", s.evaluation),
            note: format!("{}，已公布，{} 个党支部", short_name(directory.name_of(s.office)), s.n_rows),
        };
        // A unit without a published result is calculated from the records, and that is said.
        let calculated = |row: &CompositeRow| SourceView {
            name: short_name(&row.name),
            href: String::new(),
            note: format!("没有公布的评定结果，按截至 {until} 的记录计算"),
        };
        let seen = if found.shows_order() { &found.all } else { &found.own };
        let is_published = |row: &&CompositeRow| found.head.sources.iter().any(|source| source.office == row.org);
        let is_mean = found.head.components.iter().any(|c| matches!(c.how, How::MeanScore { .. }));
        let mut by_code: Vec<&CompositeRow> = seen.iter().filter(|row| is_mean && !is_published(row)).collect();
        by_code.sort_by(|a, b| a.code.cmp(&b.code));
        let is_seen = |source: &&super::SourceUsed| found.shows_order() || seen.iter().any(|row| row.org == source.office);
        found.head.sources.iter().filter(is_seen).map(published).chain(by_code.into_iter().map(calculated)).collect()
    };
    let sentence = sentence(&found);
    let cite = citation(&pack, &found.head.cite, "");
    let base = found.base();
    let work = if found.opened.sight.is_organiser { found.opened.work } else { own_part(found.opened.work, visit.actor()) };
    let case = CaseView::new(&work, visit.actor(), &Variables::default(), visit.today(), &base);
    visit.page(&RankingPage {
        layout,
        head,
        sentence,
        warning,
        case,
        columns,
        rows: views,
        has_before: before.is_some(),
        pager: Pager::new(&at, total, "个"),
        components,
        sources,
        citation: cite,
        query,
    })
}

fn sentence(found: &Found) -> String {
    if !found.shows_order() {
        return "这是征求意见稿，只显示本单位的得分；名次在公布后显示。".to_owned();
    }
    let n = found.all.len();
    if !found.is_complete() {
        return format!("{n} 个县（市、区），排名初稿：还有组成部分没有得分，先不排名次。");
    }
    let verb = if found.opened.sight.is_published { "排名已经公布" } else { "排名初稿" };
    match (found.all.first(), found.all.last()) {
        (Some(first), Some(last)) => format!(
            "{n} 个县（市、区），{verb}：最高 {} {} 分，最低 {} {} 分。",
            short_name(&first.name),
            decimal(first.total),
            short_name(&last.name),
            decimal(last.total)
        ),
        _ => "没有参加排名的单位。".to_owned(),
    }
}

/// Rank and total in the published ranking before.
type Before = HashMap<OrgId, (u32, i64)>;

async fn before(visit: &Visit, found: &Found) -> anyhow::Result<Option<Before>> {
    let reader = visit.app.store().reader();
    let Some(earlier) = evaluation::published_before(reader, &found.opened.evaluation).await? else { return Ok(None) };
    let units = rows::unit_briefs(reader, earlier.id).await?;
    Ok(Some(units.into_iter().map(|unit| (unit.org, (unit.rank, unit.total_micro))).collect()))
}

fn unit_view(found: &Found, row: &CompositeRow, before: &Option<Before>) -> UnitView {
    let is_own = found.own.iter().any(|own| own.org == row.org);
    UnitView {
        rank: if found.shows_rank() { row.rank.to_string() } else { "—".to_owned() },
        name: short_name(&row.name),
        href: is_own.then(|| format!("{}/organisations/{}", found.base(), row.org)),
        points: row.components.iter().map(|part| part.value.map_or_else(|| without_value(part).to_owned(), |_| decimal(part.points))).collect(),
        total: decimal(row.total),
        open: if row.total == row.total_to { String::new() } else { decimal(row.total_to - row.total) },
        change: change(found, row, before),
        worst: row.worst.iter().map(|item| format!("{} {}", found.head.item_name(item), item.value.map(decimal).unwrap_or_default())).collect(),
    }
}

fn change(found: &Found, row: &CompositeRow, before: &Option<Before>) -> String {
    let Some((rank, total)) = before.as_ref().and_then(|before| before.get(&row.org)) else { return "—".to_owned() };
    let points = crate::evaluation::brief::micro(row.total) - total;
    let by = if points >= 0 { format!("+{}", printed(points)) } else { format!("−{}", printed(-points)) };
    if !found.shows_rank() {
        return if row.is_complete() { format!("{by} 分") } else { "—".to_owned() };
    }
    let rank = match row.rank.cmp(rank) {
        std::cmp::Ordering::Less => format!("升 {} 位", rank - row.rank),
        std::cmp::Ordering::Greater => format!("降 {} 位", row.rank - rank),
        std::cmp::Ordering::Equal => "持平".to_owned(),
    };
    format!("{rank}，{by} 分")
}

fn unit_table(found: &Found, rows: &[CompositeRow], before: &Option<Before>) -> Table {
    let text = |heading: &str, width: f64| SheetColumn::new(heading, ColumnKind::Text).wide(width);
    let mut columns = vec![text("名次", 8.0), text("编码", 14.0), text("县（市、区）", 20.0)];
    columns
        .extend(found.head.components.iter().map(|c| SheetColumn::new(format!("{}（{}分）", c.name, c.weight), ColumnKind::Decimal { places: 2 })));
    columns.extend([SheetColumn::new("总分", ColumnKind::Decimal { places: 2 }), text("较上次", 18.0), text("最低三项", 60.0)]);
    let lines = rows.iter().map(|row| {
        let view = unit_view(found, row, before);
        let mut line = vec![Value::text(view.rank), Value::text(row.code.clone()), Value::text(view.name)];
        line.extend(row.components.iter().map(|part| part.value.map_or(Value::Empty, |_| two_places(part.points))));
        line.extend([two_places(row.total), Value::text(view.change), Value::text(view.worst.join("；"))]);
        line
    });
    Table { name: "排名".into(), title: Some(marked(found, &found.opened.evaluation.name)), columns, rows: lines.collect() }
}

fn marked(found: &Found, title: &str) -> String {
    let mark = if found.head.is_example { "【示例方案】" } else { "" };
    let draft = if found.opened.sight.is_published { "" } else { "（征求意见稿）" };
    format!("{mark}{title}{draft}")
}

/// `POST /rankings/{id}/calculate`
async fn calculate(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = found(&visit, id).await?;
    let mut tx = visit.begin().await?;
    match super::calculate(&visit.app, &mut tx, visit.actor(), id).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &found.base(), "已按今天的记录和评定重新计算。")),
        Err(error) => Ok(visit.refuse(&found.base(), &error.downcast::<Refusal>()?.0)),
    }
}

/// `GET /rankings/{id}/files/{file}`: of the acts that the visitor sees.
async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let opened = found(&visit, id).await?.opened;
    let (_, seen) = opened.case(&visit);
    crate::case::pages::file(&visit, &seen.work, file).await
}

async fn show_step(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let found = found(&visit, id).await?;
    step(&visit, found, &action, None)
}

async fn do_step(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let found = found(&visit, id).await?;
    let base = found.base();
    let name = found.opened.work.action(&action).map(|action| action.name.clone()).unwrap_or_default();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&answer, "这一步已经办过了，没有重复记录。"));
    }
    match evaluation::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &base, &format!("已{name}。"))),
        Err(error) => {
            drop(tx);
            step(&visit, found, &action, Some((&sent, error)))
        }
    }
}

fn step(visit: &Visit, found: Found, action: &str, failed: Option<(&Submitted, anyhow::Error)>) -> Answer {
    let base = found.base();
    let layout = found.layout(visit, &found.opened.evaluation.name);
    let work = if found.opened.sight.is_organiser { found.opened.work } else { own_part(found.opened.work, visit.actor()) };
    let place = ActionPlace { visit, work: &work, variables: &Variables::default(), base: &base, layout };
    match failed {
        None => show_action(place, action),
        Some((sent, error)) => show_again(place, action, sent, error),
    }
}

#[derive(Template)]
#[template(path = "pages/ranking_unit.html")]
struct UnitPage {
    layout: Layout,
    head: Head,
    title: String,
    facts: String,
    total: String,
    open: String,
    parts: Vec<PartView>,
    worst: Vec<(String, String, String)>,
}

struct PartView {
    name: String,
    points: String,
    weight: String,
    meter: Meter,
    sentence: String,
    how: String,
    href: Option<Link>,
    items: Vec<PartItem>,
    citation: Citation,
}

struct PartItem {
    name: String,
    /// Organisations that met it; of an indicator: none, its periods are the fraction.
    figure: String,
    /// What the value is made of.
    fraction: String,
    value: String,
    href: String,
}

/// `GET /rankings/{id}/organisations/{org}`
async fn show_unit(visit: Visit, Path((id, org)): Path<(i64, OrgId)>) -> Answer {
    let found = found(&visit, id).await?;
    let row = found.unit(org)?.clone();
    let pack = visit.app.policies_of(&found.opened.evaluation.pack_version).await?;
    let before = before(&visit, &found).await?;
    let evidence = judged_evidence(&visit, &found, org).await?;
    let base = format!("{}/organisations/{org}", found.base());
    let mut facts = Vec::new();
    if found.shows_rank() {
        facts.push(format!("{} 个县（市、区）中第 {} 名", found.all.len(), row.rank));
    }
    let change = change(&found, &row, &before);
    if change != "—" {
        facts.push(format!("较上次{change}"));
    }
    let parts = row.components.iter().map(|part| {
        let head = found.head.components.iter().find(|c| c.key == part.key);
        let how = head.map(|c| c.how.words()).unwrap_or_default();
        part_view(&found.head, part, how, &base, evidence.get(&part.key), citation(&pack, &part.cite, ""))
    });
    let page = UnitPage {
        title: format!("{}得分说明", short_name(&row.name)),
        facts: facts.join("，"),
        total: decimal(row.total),
        open: if row.total == row.total_to { String::new() } else { decimal(row.total_to - row.total) },
        worst: row.worst.iter().map(|item| (found.head.item_name(item), item.value.map(decimal).unwrap_or_default(), fraction_of(item))).collect(),
        parts: parts.collect(),
        head: found.page_head(&visit, "-"),
        layout: found.layout(&visit, &row.name).crumb(short_name(&row.name), ""),
    };
    visit.page(&page)
}

/// The word for a component without a value.
fn without_value(part: &ComponentResult) -> &'static str {
    if part.lacks_evidence() { "依据不足" } else { "未评" }
}

fn part_view(
    head: &RankingHead,
    part: &ComponentResult,
    how: String,
    base: &str,
    evidence: Option<&(String, String)>,
    citation: Citation,
) -> PartView {
    let hundredths = |value: policy::Ratio| u64::try_from((value * policy::Ratio::from_integer(100)).round().to_integer()).unwrap_or_default();
    let weight = assessment::plain(part.weight);
    let sentence = match (part.value, evidence) {
        (None, _) if part.lacks_evidence() => format!(
            "{} 个党支部里 {} 个依据不足，这一部分没有得分，不排名次；补齐记录以后重新计算。",
            part.n_organisations + part.n_without_result,
            part.n_without_result
        ),
        (None, _) => format!("还没有得分，{weight} 分待评定。"),
        (Some(value), Some((text, on))) => {
            format!("评定 {} 分（百分制），{weight} × {} ÷ 100 = {}。依据：{text}（{on}）。", decimal(value), decimal(value), decimal(part.points))
        }
        (Some(value), None) => {
            let without =
                if part.n_without_result > 0 { format!("；另有 {} 个依据不足，没有计入", part.n_without_result) } else { String::new() };
            format!(
                "{} 个党支部计入，平均 {}{without}。{weight} × {} ÷ 100 = {}。",
                part.n_organisations,
                decimal(value),
                decimal(value),
                decimal(part.points)
            )
        }
    };
    let address = format!("{base}/components/{}", part.key);
    let item = |item: &TracedItem| PartItem {
        name: head.item_name(item),
        figure: if item.earned.is_some() { format!("{} / {}", item.numerator, item.denominator) } else { "—".to_owned() },
        fraction: fraction_of(item),
        value: item.value.map_or_else(|| "—".to_owned(), decimal),
        href: format!("{address}/{}{}", item.key, item.field.as_ref().map(|field| format!("?field={field}")).unwrap_or_default()),
    };
    PartView {
        name: part.name.clone(),
        points: part.value.map_or_else(|| without_value(part).to_owned(), |_| decimal(part.points)),
        meter: Meter::new(
            hundredths(part.points),
            if part.value.is_none() { hundredths(part.weight) } else { 0 },
            hundredths(part.weight),
            format!("{} / {weight} 分", decimal(part.points)),
        ),
        weight,
        sentence,
        how,
        href: (part.n_organisations + part.n_without_result > 0).then(|| Link::new("逐个支部", address.clone())),
        items: part.items.iter().map(item).collect(),
        citation,
    }
}

/// Evidence and day of the judged components of a unit.
async fn judged_evidence(visit: &Visit, found: &Found, org: OrgId) -> anyhow::Result<HashMap<String, (String, String)>> {
    let prefix = judged_key(&found.head.key, "");
    let rows = query(
        visit.app.store().reader(),
        "select indicator, evidence, judged_at from judged_value where organisation_id = $1 and period = $2 and superseded_at is null",
        [org.into(), found.head.period.to_string().into()],
    )
    .await?;
    let mut evidence = HashMap::new();
    for row in &rows {
        let indicator: String = row.try_get_by_index(0)?;
        if let Some(component) = indicator.strip_prefix(&prefix) {
            let at: String = row.try_get_by_index(2)?;
            evidence.insert(component.to_owned(), (row.try_get_by_index(1)?, at.get(..10).unwrap_or_default().to_owned()));
        }
    }
    Ok(evidence)
}

#[derive(Template)]
#[template(path = "pages/ranking_branches.html")]
struct BranchesPage {
    layout: Layout,
    head: Head,
    title: String,
    sentence: String,
    query: ListQuery,
    columns: Vec<Column>,
    rows: Vec<BranchLine>,
    pager: Pager,
}

struct BranchLine {
    name: String,
    code: String,
    field: String,
    figure: String,
    href: String,
}

const BRANCHES: ListSpec = ListSpec { sorts: &["code", "name"], default_sort: ("code", Direction::Asc), filters: &["field"], per: 50 };

/// `GET /rankings/{id}/organisations/{org}/components/{component}`: the score of every branch that is in the mean.
async fn show_component(visit: Visit, Path((id, org, component)): Path<(i64, OrgId, String)>) -> Answer {
    branches(visit, id, org, &component, None).await
}

/// `GET /rankings/{id}/organisations/{org}/components/{component}/{item}`: the branches that did not meet an item.
async fn show_item(visit: Visit, Path((id, org, component, item)): Path<(i64, OrgId, String, String)>) -> Answer {
    branches(visit, id, org, &component, Some(&item)).await
}

async fn branches(visit: Visit, id: i64, org: OrgId, component: &str, item: Option<&str>) -> Answer {
    let found = found(&visit, id).await?;
    let row = found.unit(org)?.clone();
    let part = row.components.iter().find(|part| part.key == component).ok_or(Failure::NotFound)?;
    let path = format!("{}/organisations/{org}/components/{component}{}", found.base(), item.map(|key| format!("/{key}")).unwrap_or_default());
    let query = ListQuery::parse(&BRANCHES, &path, Some(&visit.query));
    let asked = query.filter("field");
    let find = |key: &str| {
        let exactly = part.items.iter().find(|it| it.is_called(key, asked));
        exactly.or_else(|| part.items.iter().find(|it| asked.is_none() && it.key == key)).ok_or(Failure::NotFound)
    };
    let traced = item.map(find).transpose()?;
    let field = traced.and_then(|traced| traced.field.as_deref());
    let pack = visit.pack();
    let traces = rows::branch_traces(visit.app.store().reader(), id, &row.code).await?;
    let published: HashMap<OrgId, i64> = found.head.sources.iter().map(|source| (source.office, source.evaluation)).collect();
    let mut lines: Vec<BranchLine> = traces
        .iter()
        .filter_map(|trace| Some((trace, figure(trace, component, item)?)))
        .filter(|(trace, _)| field.is_none_or(|field| trace.field == field))
        .filter(|(trace, _)| query.q.is_empty() || trace.name.contains(&query.q) || trace.code.contains(&query.q))
        .map(|(trace, figure)| BranchLine {
            name: trace.name.clone(),
            code: trace.code.clone(),
            field: pack.fields.get(&trace.field).map_or_else(String::new, |field| field.name.clone()),
            figure,
            href: published.get(&org).map_or_else(
                || format!("/duties?organisation={}&year={}", trace.org, found.head.period.year),
                |evaluation| {
                    format!("/evaluations/{evaluation}/organisations/{}{}", trace.org, item.map(|key| format!("?item={key}")).unwrap_or_default())
                },
            ),
        })
        .collect();
    if query.sort == "name" {
        lines.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    let what = traced.map_or_else(|| part.name.clone(), |traced| found.head.item_name(traced));
    let n_unproved = lines.iter().filter(|line| line.figure == UNPROVED).count();
    let title = format!("{}：{what}", short_name(&row.name));
    if let Some(export) = query.export {
        let text = |heading: &str, width: f64| SheetColumn::new(heading, ColumnKind::Text).wide(width);
        let columns =
            vec![text("组织编码", 18.0), text("党支部", 36.0), text("领域", 12.0), text(if item.is_some() { "完成 / 应完成" } else { "得分" }, 16.0)];
        let table = Table {
            name: "党支部".into(),
            title: Some(marked(&found, &title)),
            columns,
            rows: lines.iter().map(|line| [&line.code, &line.name, &line.field, &line.figure].into_iter().map(Value::text).collect()).collect(),
        };
        return download::table(export, &title, &table);
    }
    let sentence = match traced {
        Some(traced) => format!(
            "{}，{}。下面是没有达标的 {} 个党支部{}。",
            if traced.earned.is_some() {
                format!("{} 个党支部里 {} 个达标，{}", traced.denominator, traced.numerator, fraction_of(traced))
            } else {
                fraction_of(traced)
            },
            traced.value.map_or_else(|| "没有数值".to_owned(), |v| format!("折合 {} 分（百分制）", decimal(v))),
            lines.len() - n_unproved,
            if n_unproved > 0 { format!("和没有依据的 {n_unproved} 个") } else { String::new() }
        ),
        None => format!("平均 {}；下面是计入的 {} 个党支部，按编码排列。", part.value.map_or_else(|| "—".to_owned(), decimal), lines.len()),
    };
    let total = lines.len() as u64;
    let at = query.clone().within(total);
    let from = usize::try_from(at.offset()).unwrap_or_default();
    let page = BranchesPage {
        sentence,
        columns: vec![
            query.column("党支部", "name", false),
            query.column("组织编码", "code", false),
            Column::plain("领域"),
            Column::number(if item.is_some() { "完成 / 应完成" } else { "得分" }),
        ],
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&at, total, "个"),
        head: found.page_head(&visit, "-"),
        layout: found.layout(&visit, &title).crumb(short_name(&row.name), format!("{}/organisations/{org}", found.base())).crumb(what, ""),
        title,
        query,
    };
    visit.page(&page)
}

/// What stands in a branch's line; `None`: it has none.
fn figure(trace: &BranchTrace, component: &str, item: Option<&str>) -> Option<String> {
    let Some(item) = item else {
        return trace.scores.iter().find(|(key, _)| key == component).map(|(_, score)| score.clone());
    };
    // A branch that is not rated stands in no figure of the component.
    if trace.scores.iter().any(|(key, score)| key == component && score == UNRATED) {
        return None;
    }
    let not_met = trace.not_met.iter().find(|(part, key, _)| part == component && key == item).map(|(.., figure)| figure.clone());
    not_met.or_else(|| trace.lacking.iter().any(|(part, key)| part == component && key == item).then(|| UNPROVED.to_owned()))
}

/// What stands in a branch's line that nothing evidences.
const UNPROVED: &str = "没有依据";

#[derive(Template)]
#[template(path = "pages/ranking_judged.html")]
struct JudgedPage {
    layout: Layout,
    head: Head,
    rows: Vec<JudgedRow>,
    problems: Vec<String>,
}

struct JudgedRow {
    org: OrgId,
    name: String,
    items: Vec<JudgedItem>,
}

struct JudgedItem {
    key: String,
    name: String,
    points: String,
    evidence: String,
    on: String,
}

/// `GET /rankings/{id}/judged`
async fn show_judged(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = found(&visit, id).await?;
    judged_page(&visit, &found, None, Vec::new()).await
}

async fn judged_page(visit: &Visit, found: &Found, typed: Option<&Submitted>, problems: Vec<String>) -> Answer {
    if !organises(visit.actor(), found.opened.evaluation.organisation) || !may_change(&found.opened.work) {
        return Err(Failure::Refused("只有组织排名的单位可以评定；已经研究决定的不再改动。".to_owned()));
    }
    let prefix = judged_key(&found.head.key, "");
    let kept = query(
        visit.app.store().reader(),
        "select organisation_id, indicator, hundredths, evidence, judged_at from judged_value where period = $1 and superseded_at is null",
        [found.head.period.to_string().into()],
    )
    .await?;
    let mut judged: HashMap<(OrgId, String), (i64, String, String)> = HashMap::new();
    for row in &kept {
        let indicator: String = row.try_get_by_index(1)?;
        if let Some(component) = indicator.strip_prefix(&prefix) {
            judged.insert(
                (row.try_get_by_index(0)?, component.to_owned()),
                (row.try_get_by_index(2)?, row.try_get_by_index(3)?, row.try_get_by_index(4)?),
            );
        }
    }
    let mut units = found.all.clone();
    units.sort_by(|a, b| a.code.cmp(&b.code));
    let rows = units.iter().map(|unit| JudgedRow {
        org: unit.org,
        name: short_name(&unit.name),
        items: found
            .head
            .components
            .iter()
            .filter(|c| c.how == How::Judged)
            .map(|c| {
                let was = judged.get(&(unit.org, c.key.clone()));
                let sent = |part: &str| typed.map(|typed| typed.text(&format!("{part}.{}.{}", unit.org, c.key)).to_owned());
                JudgedItem {
                    key: c.key.clone(),
                    name: c.name.clone(),
                    points: sent("points")
                        .unwrap_or_else(|| was.map(|(h, ..)| assessment::plain(policy::Ratio::new(i128::from(*h), 100))).unwrap_or_default()),
                    evidence: sent("evidence").unwrap_or_else(|| was.map(|(_, evidence, _)| evidence.clone()).unwrap_or_default()),
                    on: was.map(|(.., at)| at.get(..10).unwrap_or_default().to_owned()).unwrap_or_default(),
                }
            })
            .collect(),
    });
    let failed = !problems.is_empty();
    let page = JudgedPage {
        rows: rows.collect(),
        problems,
        head: found.page_head(visit, "/judged"),
        layout: found.layout(visit, "评定得分").crumb("评定得分", ""),
    };
    let mut response = visit.page(&page)?;
    if failed {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `POST /rankings/{id}/judged`
async fn save_judged(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let found = found(&visit, id).await?;
    let mut values = Vec::new();
    for unit in &found.all {
        for component in found.head.components.iter().filter(|c| c.how == How::Judged) {
            let points = sent.text(&format!("points.{}.{}", unit.org, component.key));
            if !points.is_empty() {
                let evidence = sent.text(&format!("evidence.{}.{}", unit.org, component.key));
                values.push(JudgedComponent {
                    unit: unit.org,
                    component: component.key.clone(),
                    points: points.to_owned(),
                    evidence: evidence.to_owned(),
                });
            }
        }
    }
    let base = found.base();
    let mut tx = visit.begin().await?;
    let judged = match judge_components(&visit.app, &mut tx, visit.actor(), id, values).await {
        Ok(n) => n,
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            return judged_page(&visit, &found, Some(&sent), refusal.0.split('；').map(str::to_owned).collect()).await;
        }
    };
    Ok(visit.done(tx.commit().await?, &base, &format!("已保存 {judged} 项评定，重新计算后计入总分。")))
}

/// `GET /rankings/{id}/document`: the bulletin.
async fn show_bulletin(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = found(&visit, id).await?;
    if !found.shows_order() {
        return Err(Failure::NotFound);
    }
    if !found.is_complete() {
        return Err(Failure::Refused("还有组成部分没有得分，排不出名次；评定或者补齐记录、重新计算以后再起草通报。".to_owned()));
    }
    let plan = query(
        visit.app.store().reader(),
        "select pack_key, basis, approver from plan_entry where id = $1",
        [found.opened.evaluation.plan_entry.into()],
    )
    .await?;
    let pack = visit.pack();
    let mut facts =
        BulletinFacts { office: visit.app.directory().name_of(found.opened.evaluation.organisation).to_owned(), ..BulletinFacts::default() };
    if let Some(row) = plan.first() {
        let key: String = row.try_get_by_index(0).map_err(anyhow::Error::from)?;
        if let Some(line) = pack.plan_lines.get(&key) {
            facts.office.clone_from(&line.owner);
        }
        facts.basis = row.try_get_by_index(1).map_err(anyhow::Error::from)?;
        facts.approver = row.try_get_by_index(2).map_err(anyhow::Error::from)?;
    }
    let work = &found.opened.work;
    facts.n_objections = work.items.len();
    facts.n_corrected = work
        .acts
        .iter()
        .filter(|act| act.fields.get("outcome").and_then(|v| v.as_str()) == Some("更正"))
        .map(|act| work.items.iter().filter(|item| item.closed_in == Some(act.id)).count())
        .sum();
    let publish = work.acts.iter().rev().find(|act| act.kind == "publish");
    let field = |key: &str| publish.and_then(|act| act.fields.get(key)).and_then(|v| v.as_str()).map(str::to_owned);
    facts.scope = field("scope");
    facts.issued_on = field("issued_on").and_then(|text| text.parse().ok()).or_else(|| publish.map(|act| act.on));
    let bytes = bulletin(&found.opened.evaluation, &found.head, &found.all, &facts);
    let state = if found.opened.sight.is_published { "" } else { "（送审稿）" };
    Ok(download::document(
        &format!("关于{}县（市、区）基层党建考核排名情况的通报{state}", crate::evaluation::pages::sheets::tight(&found.head.period.label())),
        bytes,
    ))
}

/// `GET /rankings/{id}/workbook`: the ranking, and every item of every unit that the visitor may open.
async fn workbook(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = found(&visit, id).await?;
    let before = before(&visit, &found).await?;
    let rows = if found.shows_order() { &found.all } else { &found.own };
    let text = |heading: &str, width: f64| SheetColumn::new(heading, ColumnKind::Text).wide(width);
    let number = |heading: &str| SheetColumn::new(heading, ColumnKind::Decimal { places: 2 });
    let columns = vec![
        text("县（市、区）", 18.0),
        text("组成部分", 14.0),
        text("项目", 28.0),
        SheetColumn::new("达标数", ColumnKind::Integer),
        SheetColumn::new("应达标数", ColumnKind::Integer),
        number("得分合计"),
        number("满分合计"),
        number("数值（百分制）"),
        number("所占分值"),
        number("得分"),
    ];
    let mut lines = Vec::new();
    for row in &found.own {
        for part in &row.components {
            let name = short_name(&row.name);
            lines.push(vec![
                Value::text(name.clone()),
                Value::text(part.name.clone()),
                Value::text("合计"),
                Value::Empty,
                Value::Empty,
                Value::Empty,
                Value::Empty,
                part.value.map_or(Value::Empty, two_places),
                two_places(part.weight),
                two_places(part.points),
            ]);
            for item in &part.items {
                lines.push(vec![
                    Value::text(name.clone()),
                    Value::text(part.name.clone()),
                    Value::text(found.head.item_name(item)),
                    Value::Integer(item.numerator),
                    Value::Integer(item.denominator),
                    item.earned.map_or(Value::Empty, two_places),
                    item.due.map_or(Value::Empty, two_places),
                    item.value.map_or(Value::Empty, two_places),
                    Value::Empty,
                    Value::Empty,
                ]);
            }
        }
    }
    let second =
        Table { name: "得分明细".into(), title: Some(marked(&found, "各县（市、区）考核得分明细表")), columns, rows: lines };
    download::workbook(&found.opened.evaluation.name, &[unit_table(&found, rows, &before), second])
}
