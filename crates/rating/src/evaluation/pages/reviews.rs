//! `/evaluations/{id}/reviews`: 标准化建设台账, every branch's own score, its superior's visit, what is lacking and by when; and the
//! review of one branch.

use std::collections::HashMap;

use askama::Template;
use assessment::decimal;
use office::sheet::{Column as Head_, ColumnKind, Table, Value};
use policy::Ratio;
use store::OrgId;

use super::explain::one_row;
use super::result::{Listing, unit_of};
use super::{Head, not_found};
use crate::case::pages::{ActionPlace, CaseView, ItemView, file as attached, item_views, show_action, show_again};
use crate::case::{self, Act, CaseAtWork, CaseFile, Item, Variables};
use crate::evaluation::access::{Opened, opened};
use crate::evaluation::review::{self, REVIEW};
use crate::evaluation::{Brief, KIND};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Standing, Status};
use crate::http::visit::{Answer, Visit};

const ROWS: ListSpec =
    ListSpec { sorts: &["stage", "name", "unit", "score"], default_sort: ("stage", Direction::Asc), filters: &["stage", "unit"], per: 50 };

struct LedgerLine {
    name: String,
    href: String,
    unit: String,
    score: String,
    own: String,
    n_differences: usize,
    n_measures: usize,
    n_closed: usize,
    stage: String,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/evaluation_reviews.html")]
struct LedgerPage {
    layout: Layout,
    head: Head,
    sentence: String,
    query: ListQuery,
    stages: Vec<Chip>,
    units: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<LedgerLine>,
    pager: Pager,
}

/// A row of the result with its review.
struct Reviewed<'a> {
    row: &'a Brief,
    case: &'a CaseFile,
    unit: Option<(OrgId, String)>,
    at: usize,
}

/// `GET /evaluations/{id}/reviews`
pub(super) async fn show_all(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let listing = Listing::read(&visit, &found).await?;
    let reader = visit.app.store().reader();
    let cases: HashMap<OrgId, CaseFile> = case::cases_of(reader, REVIEW, id).await?.into_iter().map(|case| (case.organisation, case)).collect();
    let pack = visit.pack();
    let stages = pack.procedures.get(REVIEW).map(|procedure| procedure.stages.as_slice()).unwrap_or_default();
    let query = ListQuery::parse(&ROWS, &format!("{}/reviews", found.base()), Some(&visit.query));
    let mut rows: Vec<Reviewed<'_>> = {
        let directory = visit.app.directory();
        let reviewed = |row| {
            let row: &Brief = row;
            let case = cases.get(&row.org)?;
            let at = stages.iter().position(|stage| stage.key == case.stage).unwrap_or_default();
            Some(Reviewed { row, case, unit: unit_of(&directory, found.evaluation.organisation, row.org), at })
        };
        listing.rows.iter().filter_map(reviewed).collect()
    };
    let n_at = |at: usize| rows.iter().filter(|row| row.at == at).count() as u64;
    let chips = stages.iter().enumerate().map(|(at, stage)| query.chip("stage", &stage.key, &stage.name, Some(n_at(at)))).collect();
    let sentence = sentence(&rows, stages);
    let mut units: Vec<(OrgId, String)> = rows.iter().filter_map(|row| row.unit.clone()).collect();
    units.sort_unstable();
    units.dedup();
    narrow(&visit, &mut rows, stages, &query);
    if let Some(export) = query.export {
        let table = ledger(&visit, &found, &rows, stages).await?;
        return download::table(export, &format!("{}台账", found.evaluation.name), &table);
    }
    let total = rows.len() as u64;
    let query = query.within(total);
    let shown = query.page_of(&rows);
    let kept = Kept::read(&visit, &found, shown).await?;
    let page = LedgerPage {
        head: found.head(&visit, "/reviews"),
        layout: found.layout(&visit, "自评与考评").crumb("自评与考评", ""),
        sentence,
        stages: chips,
        units: query.choices("unit", "全部单位", units.iter().map(|(id, name)| (id.to_string(), name.clone()))),
        columns: vec![
            query.column("党支部", "name", false),
            query.column("单位", "unit", false),
            query.column("算出", "score", true),
            Column::number("自评"),
            Column::number("不一致"),
            Column::number("措施办结"),
            query.column("进展", "stage", false),
        ],
        lines: shown.iter().map(|row| line(&visit, &found, row, stages, &kept)).collect(),
        pager: Pager::new(&query, total, "个"),
        query,
    };
    visit.page(&page)
}

fn sentence(rows: &[Reviewed<'_>], stages: &[policy::Stage]) -> String {
    if rows.is_empty() {
        return "初稿部署自评以后，各党支部逐项自评，上级听、查、看、评，差距和措施记在这里。".to_owned();
    }
    let counted: Vec<String> = stages
        .iter()
        .enumerate()
        .map(|(at, stage)| (rows.iter().filter(|row| row.at == at).count(), stage.name.as_str()))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| format!("{name} {n} 个"))
        .collect();
    format!("{} 个党支部：{}。", rows.len(), counted.join("，"))
}

fn narrow(visit: &Visit, rows: &mut Vec<Reviewed<'_>>, stages: &[policy::Stage], query: &ListQuery) {
    let directory = visit.app.directory();
    let stage = query.filter("stage").and_then(|key| stages.iter().position(|stage| stage.key == key));
    let unit: Option<OrgId> = query.filter("unit").and_then(|id| id.parse().ok());
    let pinyin = |id: OrgId| directory.org_ever(id).map_or_else(String::new, |org| org.pinyin.clone());
    rows.retain(|row| {
        (query.q.is_empty() || row.row.name.contains(&query.q) || row.row.code.contains(&query.q) || pinyin(row.row.org).contains(&query.q))
            && stage.is_none_or(|stage| row.at == stage)
            && unit.is_none_or(|unit| row.unit.as_ref().is_some_and(|own| own.0 == unit))
    });
    match query.sort {
        "name" => rows.sort_by_cached_key(|row| pinyin(row.row.org)),
        "unit" => rows.sort_by_cached_key(|row| (row.unit.clone().map(|unit| unit.1), row.row.code.clone())),
        "score" => rows.sort_by_key(|row| (row.row.score_micro, row.row.code.clone())),
        _ => rows.sort_by(|a, b| (a.at, &a.row.code).cmp(&(b.at, &b.row.code))),
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
}

/// What was said and is open in the reviews of some rows; in a few queries.
struct Kept {
    acts: HashMap<i64, Vec<Act>>,
    items: HashMap<i64, Vec<Item>>,
    result: assessment::Evaluation,
}

impl Kept {
    async fn read(visit: &Visit, found: &Opened, rows: &[Reviewed<'_>]) -> anyhow::Result<Self> {
        let reader = visit.app.store().reader();
        let ids: Vec<i64> = rows.iter().map(|row| row.case.id).collect();
        let mut kept =
            Self { acts: HashMap::new(), items: HashMap::new(), result: crate::evaluation::result_head(reader, found.evaluation.id).await? };
        for act in case::acts_of_all(reader, &ids).await? {
            kept.acts.entry(act.case_id).or_default().push(act);
        }
        for item in case::items_of_all(reader, &ids).await? {
            kept.items.entry(item.case_id).or_default().push(item);
        }
        let organisations: Vec<OrgId> = rows.iter().map(|row| row.row.org).collect();
        if !organisations.is_empty() {
            kept.result = crate::evaluation::result_of(reader, found.evaluation.id, &organisations).await?;
        }
        Ok(kept)
    }

    fn acts(&self, row: &Reviewed<'_>) -> &[Act] {
        self.acts.get(&row.case.id).map(Vec::as_slice).unwrap_or_default()
    }

    fn measures(&self, row: &Reviewed<'_>) -> impl Iterator<Item = &Item> {
        self.items.get(&row.case.id).into_iter().flatten().filter(|item| item.kind == "measure")
    }

    fn lines(&self, row: &Reviewed<'_>) -> Vec<case::ScoreLine> {
        let own = self.result.rows.iter().find(|kept| kept.org == row.row.org);
        own.map(|own| review::lines(&self.result, own, self.acts(row))).unwrap_or_default()
    }
}

/// The sum of what an organisation gave itself; `None`: nothing yet.
fn own_total(lines: &[case::ScoreLine]) -> Option<Ratio> {
    let own: Option<Vec<Ratio>> = lines.iter().map(|line| line.own.as_ref().map(|own| own.0)).collect();
    own.filter(|own| !own.is_empty()).map(|own| own.into_iter().sum())
}

fn line(visit: &Visit, found: &Opened, row: &Reviewed<'_>, stages: &[policy::Stage], kept: &Kept) -> LedgerLine {
    let lines = kept.lines(row);
    let stage = stages.get(row.at);
    let left = stage
        .and_then(|stage| case::deadline(stage, row.case))
        .map(|day| Status::by_days_left(i64::from((day - visit.today()).get_days()), visit.pack().soon_days(visit.today())));
    LedgerLine {
        name: row.row.name.clone(),
        href: format!("{}/organisations/{}/review", found.base(), row.row.org),
        unit: row.unit.as_ref().map_or_else(String::new, |unit| unit.1.clone()),
        score: decimal(lines.iter().map(|line| line.counted).sum()),
        own: own_total(&lines).map_or_else(String::new, decimal),
        n_differences: lines.iter().filter(|line| line.differs()).count(),
        n_measures: kept.measures(row).count(),
        n_closed: kept.measures(row).filter(|item| item.closed_in.is_some()).count(),
        stage: stage.map_or_else(String::new, |stage| stage.name.clone()),
        status: left.unwrap_or_else(|| Status::new(Standing::Ok, "办结")),
    }
}

/// The ledger as it is kept: per branch every item with its gap, then its measures.
async fn ledger(visit: &Visit, found: &Opened, rows: &[Reviewed<'_>], stages: &[policy::Stage]) -> anyhow::Result<Table> {
    let text = |name: &str, width: f64| Head_::new(name, ColumnKind::Text).wide(width);
    let columns = vec![
        text("组织编码", 18.0),
        text("党支部", 28.0),
        text("单位", 16.0),
        text("进展", 16.0),
        text("类别", 8.0),
        text("项目或措施", 30.0),
        text("分值", 8.0),
        text("算出", 8.0),
        text("自评", 8.0),
        text("差距", 8.0),
        text("自评依据", 24.0),
        text("考评说明", 24.0),
        text("责任人", 12.0),
        text("完成时限", 12.0),
        text("状态", 10.0),
    ];
    let mut table = Table { name: "标准化建设台账".to_owned(), title: None, columns, rows: Vec::new() };
    for some in rows.chunks(500) {
        let kept = Kept::read(visit, found, some).await?;
        for row in some {
            let lead = |kind: &str| {
                let unit = row.unit.as_ref().map_or("", |unit| unit.1.as_str());
                let stage = stages.get(row.at).map_or("", |stage| stage.name.as_str());
                [row.row.code.as_str(), &row.row.name, unit, stage, kind].map(Value::text).to_vec()
            };
            let reasons = review::last_reasons(kept.acts(row));
            for line in kept.lines(row) {
                let own = line.own.as_ref();
                let gap = line.weight - line.counted;
                let cells = [
                    line.name.clone(),
                    assessment::plain(line.weight),
                    decimal(line.counted),
                    own.map_or_else(String::new, |own| decimal(own.0)),
                    if gap > Ratio::from_integer(0) { decimal(gap) } else { String::new() },
                    own.map_or_else(String::new, |own| own.1.clone()),
                    reasons.get(&line.item).cloned().unwrap_or_default(),
                ];
                table.rows.push(lead("项目").into_iter().chain(cells.map(Value::text)).collect());
            }
            for measure in kept.measures(row) {
                let empty = || String::new();
                let state = if measure.closed_in.is_some() { "已办结" } else { "未办结" };
                let due = measure.due_on.map_or_else(empty, |day| day.to_string());
                let cells = [
                    measure.text.clone(),
                    empty(),
                    empty(),
                    empty(),
                    empty(),
                    empty(),
                    empty(),
                    measure.owner.clone().unwrap_or_default(),
                    due,
                    state.to_owned(),
                ];
                table.rows.push(lead("措施").into_iter().chain(cells.map(Value::text)).collect());
            }
        }
    }
    Ok(table)
}

struct ItemRow {
    name: String,
    section: String,
    weight: String,
    counted: String,
    own: String,
    differs: bool,
    evidence: String,
    reason: String,
    href: String,
}

struct VisitRow {
    method: String,
    on: String,
    found: String,
    by: String,
}

#[derive(Template)]
#[template(path = "pages/evaluation_review.html")]
struct ReviewPage {
    layout: Layout,
    title: String,
    sentence: String,
    case: CaseView,
    is_scored: bool,
    items: Vec<ItemRow>,
    counted: String,
    own: String,
    visits: Vec<VisitRow>,
    measures: Vec<ItemView>,
    opinion: String,
    explain: String,
}

/// The review of one organisation that the visitor sees.
struct Seen {
    found: Opened,
    work: CaseAtWork,
    variables: Variables,
    name: String,
    base: String,
}

impl Seen {
    async fn read(visit: &Visit, id: i64, organisation: OrgId) -> Result<Self, Failure> {
        let found = opened(visit, id, KIND).await?;
        let one = one_row(visit, &found, organisation).await?;
        let work = not_found(review::find(&visit.app, id, organisation).await?)?;
        let variables = review::variables(&visit.app, &found.evaluation, &work).await?;
        let base = format!("{}/organisations/{organisation}/review", found.base());
        Ok(Self { found, work, variables, name: one.row.name, base })
    }

    fn layout(&self, visit: &Visit) -> Layout {
        let mut layout = self.found.layout(visit, &self.name).crumb("自评与考评", format!("{}/reviews", self.found.base()));
        layout = layout.crumb(self.name.clone(), self.base.clone());
        layout
    }
}

/// `GET /evaluations/{id}/organisations/{org}/review`
pub(super) async fn show(visit: Visit, Path((id, organisation)): Path<(i64, OrgId)>) -> Answer {
    let seen = Seen::read(&visit, id, organisation).await?;
    let lines = seen.variables.scores();
    let reasons = review::last_reasons(&seen.work.acts);
    let explain = format!("{}/organisations/{organisation}", seen.found.base());
    let item = |line: &case::ScoreLine| ItemRow {
        name: line.name.clone(),
        section: line.section.clone(),
        weight: assessment::plain(line.weight),
        counted: decimal(line.counted),
        own: line.own.as_ref().map_or_else(String::new, |own| decimal(own.0)),
        differs: line.differs(),
        evidence: line.own.as_ref().map_or_else(String::new, |own| own.1.clone()),
        reason: reasons.get(&line.item).cloned().unwrap_or_default(),
        href: format!("{explain}?item={}", line.item),
    };
    let own = own_total(lines);
    let n_differences = lines.iter().filter(|line| line.differs()).count();
    let sentence = match &own {
        None => "已按记录逐项算出；支部自评时只改认为不对的，写明依据。".to_owned(),
        Some(_) if n_differences == 0 => "自评与算出的一致。".to_owned(),
        Some(_) => format!("自评与算出的有 {n_differences} 项不一致。"),
    };
    let mut case = CaseView::new(&seen.work, visit.actor(), &seen.variables, visit.today(), &seen.base);
    let measures = item_views(&seen.work, "measure", visit.today());
    case.open_items.clear();
    case.closed_items.clear();
    let page = ReviewPage {
        layout: seen.layout(&visit),
        title: seen.name.clone(),
        sentence,
        is_scored: own.is_some(),
        items: lines.iter().map(item).collect(),
        counted: decimal(lines.iter().map(|line| line.counted).sum()),
        own: own.map_or_else(String::new, decimal),
        visits: visits(&seen.work),
        measures,
        opinion: text_of_last(&seen.work.acts, "opinion"),
        explain,
        case,
    };
    visit.page(&page)
}

/// What was heard, checked, seen and judged, oldest first.
fn visits(work: &CaseAtWork) -> Vec<VisitRow> {
    let part = |act: &Act, key: &str| act.fields.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let methods = work.acts.iter().filter(|act| act.fields.get("method").is_some());
    methods
        .map(|act| VisitRow {
            method: part(act, "method"),
            on: part(act, "done_on"),
            found: part(act, "found"),
            by: format!("{}（{}）", act.actor_name, act.post),
        })
        .collect()
}

fn text_of_last(acts: &[Act], key: &str) -> String {
    acts.iter().rev().find_map(|act| act.fields.get(key)?.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `GET /evaluations/{id}/organisations/{org}/review/actions/{action}`
pub(super) async fn show_step(visit: Visit, Path((id, organisation, action)): Path<(i64, OrgId, String)>) -> Answer {
    let seen = Seen::read(&visit, id, organisation).await?;
    let place = ActionPlace { visit: &visit, work: &seen.work, variables: &seen.variables, base: &seen.base, layout: seen.layout(&visit) };
    show_action(place, &action)
}

/// `POST /evaluations/{id}/organisations/{org}/review/actions/{action}`
pub(super) async fn do_step(visit: Visit, Path((id, organisation, action)): Path<(i64, OrgId, String)>, sent: Submitted) -> Answer {
    let seen = Seen::read(&visit, id, organisation).await?;
    let name = seen.work.action(&action).map(|action| action.name.clone()).unwrap_or_default();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &seen.base).await? {
        return Ok(visit.see(&answer, "这一步已经办过了，没有重复记录。"));
    }
    match review::act(&visit.app, &mut tx, visit.actor(), &seen.found.evaluation, seen.work.case.id, &action, sent.fields()).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &seen.base, &format!("已{name}。"))),
        Err(error) => {
            drop(tx);
            let place = ActionPlace { visit: &visit, work: &seen.work, variables: &seen.variables, base: &seen.base, layout: seen.layout(&visit) };
            show_again(place, &action, &sent, error)
        }
    }
}

/// `GET /evaluations/{id}/organisations/{org}/review/files/{file}`
pub(super) async fn file(visit: Visit, Path((id, organisation, file)): Path<(i64, OrgId, i64)>) -> Answer {
    let seen = Seen::read(&visit, id, organisation).await?;
    attached(&visit, &seen.work, file).await
}
