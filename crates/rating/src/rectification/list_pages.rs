//! Pages of the yearly list. Each sees the organisations of their own scope; the whole is the county's and the city's.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect};
use office::document::{Align, Block, Official, OfficialColumn, OfficialTable};
use office::sheet::Value;
use policy::{Capability, Pack, Period, PlanLineKind, WeakListMode};
use store::Refusal;

use super::list::{self, Answer as Given, Candidate, Round};
use super::pages::text_table;
use super::rows;
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::case::{self, CaseAtWork, Variables};
use crate::evaluation;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const CANDIDATES: ListSpec = ListSpec { sorts: &["name", "answer"], default_sort: ("answer", Direction::Asc), filters: &["answer"], per: 50 };

const ROUNDS: ListSpec =
    ListSpec { sorts: &["name", "county", "opened"], default_sort: ("opened", Direction::Desc), filters: &["year", "state"], per: 50 };

struct RoundLine {
    name: String,
    href: String,
    county: String,
    opened_on: String,
    /// From which published result it was made.
    basis: String,
    progress: Status,
    numbers: String,
}

struct PlanLine {
    id: i64,
    name: String,
    note: String,
    is_open: bool,
    is_example: bool,
}

#[derive(Template)]
#[template(path = "pages/weak_rounds.html")]
struct RoundsPage {
    layout: Layout,
    query: ListQuery,
    years: Vec<Choice>,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rounds: Vec<RoundLine>,
    pager: Pager,
    plans: Vec<PlanLine>,
}

/// `GET /weak-lists`
///
/// # Errors
/// When the database cannot be read.
pub async fn show_rounds(visit: Visit, uri: Uri) -> Answer {
    let reader = visit.app.store().reader();
    let scope = visit.scope(Capability::ViewWeakLists);
    let rounds = rows::rounds(reader, &scope).await?;
    let progress = rows::progress(reader, &scope).await?;
    let plans = plans(&visit).await?;
    let pack = visit.pack();
    let query = ListQuery::from_uri(&ROUNDS, &uri);
    let mut years: Vec<String> = rounds.iter().map(|round| round.period.clone()).collect();
    years.sort_by(|a, b| b.cmp(a));
    years.dedup();
    let mut bases: HashMap<i64, String> = HashMap::new();
    for id in rounds.iter().filter_map(|round| round.evaluation) {
        if let Entry::Vacant(place) = bases.entry(id) {
            place.insert(basis_of(&visit, Some(id)).await?);
        }
    }
    let mut layout = visit.layout("年度排查名单").crumb("整顿销号", "/rectifications").crumb("年度排查名单", "");
    let is_example = |round: &Round| mark(&pack, &round.list_key, year_of(round)).is_some();
    layout.mark = (rounds.iter().any(is_example) || plans.iter().any(|plan| plan.is_example)).then(|| "示例方案".to_owned());
    let mut stages: Vec<(String, String)> = Vec::new();
    for stage in pack.weak_lists.values().filter_map(|list| pack.procedures.get(&list.approval)).flat_map(|procedure| &procedure.stages) {
        if !stages.iter().any(|(key, _)| *key == stage.key) {
            stages.push((stage.key.clone(), stage.name.clone()));
        }
    }
    let mut lines = round_lines(&visit, rounds, &progress, &bases, &stages, &query);
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let mut table = text_table("年度排查名单", &["名单", "县（市、区）", "开始", "依据的结果", "进度", "数量"]);
        let row = |line: RoundLine| [line.name, line.county, line.opened_on, line.basis, line.progress.word, line.numbers].map(Value::text).to_vec();
        table.rows.extend(lines.into_iter().map(row));
        return download::table(export, "年度排查名单", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let (from, n) = (usize::try_from(query.offset()).unwrap_or_default(), query.page_of(&lines).len());
    let period_label = |text: &str| text.parse::<Period>().map_or_else(|_| text.to_owned(), |period| period.label());
    let page = RoundsPage {
        layout,
        years: query.choices("year", "全部年份", years.iter().map(|year| (year.as_str(), period_label(year)))),
        states: query.choices("state", "全部进度", stages),
        columns: vec![
            query.column("名单", "name", false),
            query.column("县（市、区）", "county", false),
            query.column("开始", "opened", false),
            Column::plain("依据的结果"),
            Column::plain("进度"),
            Column::plain("数量"),
        ],
        pager: Pager::new(&query, total, "份"),
        rounds: lines.into_iter().skip(from).take(n).collect(),
        plans,
        query,
    };
    visit.page(&page)
}

/// The filed lines from which a list may be opened, now or later, with the result that each would be made from.
async fn plans(visit: &Visit) -> anyhow::Result<Vec<PlanLine>> {
    let reader = visit.app.store().reader();
    let pack = visit.pack();
    let offices: Vec<i64> = visit.actor().grants_with(Capability::ReviewWeakLists).filter_map(|grant| grant.set.root).collect();
    let mut plans = Vec::new();
    for year in [visit.today().year() - 1, visit.today().year()] {
        for entry in evaluation::plan_entries(reader, &offices, year).await? {
            let Some(rule) = pack.weak_lists.get(&entry.of_key).filter(|_| entry.kind == PlanLineKind::WeakList) else { continue };
            if evaluation::round_of(reader, entry.organisation, &entry.of_key, entry.period).await?.is_some() {
                continue;
            }
            let mut offices = vec![entry.organisation];
            offices.extend(visit.app.directory().org(entry.organisation).into_iter().flat_map(|org| org.superiors.iter().copied()));
            let basis = rows::published_over(reader, &rule.scheme, &offices, entry.period).await?;
            let is_open = entry.opens_on <= visit.today() && (basis.is_some() || rule.mode == WeakListMode::None);
            let from = match (&basis, rule.mode) {
                (Some(basis), _) => format!("依据已公布的{}", basis.name),
                (None, WeakListMode::Ratio) => format!("{}的评星结果还没有公布，公布以后才能开始", entry.period.label()),
                (None, WeakListMode::None) => "没有公布的评星结果，只按情形排查".to_owned(),
            };
            let note = if entry.opens_on <= visit.today() { from } else { format!("{} 起，{from}", entry.opens_on) };
            plans.push(PlanLine {
                id: entry.id,
                name: entry.name,
                note,
                is_open,
                is_example: mark(&pack, &entry.of_key, entry.period.year).is_some(),
            });
        }
    }
    Ok(plans)
}

/// 示例方案, where a list of a year stands on a scheme with invented values.
fn mark(pack: &Pack, list: &str, year: i16) -> Option<String> {
    evaluation::rests_on_example(pack, PlanLineKind::WeakList, &list.to_owned(), year).then(|| "示例方案".to_owned())
}

/// The year of a round.
fn year_of(round: &Round) -> i16 {
    round.period.parse::<Period>().map_or(0, |period| period.year)
}

/// The result that a list was made from, in words.
async fn basis_of(visit: &Visit, id: Option<i64>) -> anyhow::Result<String> {
    let Some(id) = id else { return Ok("没有公布的结果，只按情形".to_owned()) };
    Ok(evaluation::find(visit.app.store().reader(), id).await?.map(|kept| kept.name).unwrap_or_default())
}

/// The rounds that were asked for, in ascending order.
fn round_lines(
    visit: &Visit,
    rounds: Vec<Round>,
    progress: &HashMap<i64, rows::Progress>,
    bases: &HashMap<i64, String>,
    stages: &[(String, String)],
    query: &ListQuery,
) -> Vec<RoundLine> {
    let directory = visit.app.directory();
    let scope = visit.scope(Capability::ViewWeakLists);
    let of = |round: &Round| progress.get(&round.id).cloned().unwrap_or_default();
    let mut lines: Vec<RoundLine> = rounds
        .into_iter()
        .filter(|round| query.filter("year").is_none_or(|year| round.period == year))
        .filter(|round| query.filter("state").is_none_or(|state| of(round).stage == state))
        .map(|round| {
            let at = of(&round);
            let word = stages.iter().find(|(key, _)| *key == at.stage).map_or("", |(_, name)| name.as_str());
            let whose = if directory.is_visible(&scope, round.organisation) { "" } else { "您范围内" };
            let n_waiting = at.n_candidates - at.n_answered;
            let waiting = if n_waiting > 0 { format!("，待答复 {n_waiting} 个") } else { String::new() };
            RoundLine {
                href: format!("/weak-lists/{}", round.id),
                county: directory.name_of(round.organisation).to_owned(),
                opened_on: round.opened_on.to_string(),
                basis: round.evaluation.map_or_else(|| "没有公布的结果，只按情形".to_owned(), |id| bases.get(&id).cloned().unwrap_or_default()),
                progress: Status::new(if at.is_closed { Standing::Ok } else { Standing::Running }, word),
                numbers: format!("范围 {} 个{}；{whose}已列 {} 个{waiting}", round.n_base, floor_of(&round), at.n_listed),
                name: round.name,
            }
        })
        .filter(|line| query.q.is_empty() || line.name.contains(&query.q) || line.county.contains(&query.q))
        .collect();
    match query.sort {
        "name" => lines.sort_by_key(|line| crate::pinyin::key(&line.name)),
        "county" => lines.sort_by_key(|line| crate::pinyin::key(&line.county)),
        _ => lines.sort_by(|a, b| (&a.opened_on, &a.href).cmp(&(&b.opened_on, &b.href))),
    }
    lines
}

/// How many must be listed; where there is no floor (应整尽整), nothing.
fn floor_of(round: &Round) -> String {
    if round.n_floor == 0 { String::new() } else { format!("，至少列 {} 个", round.n_floor) }
}

/// `POST /weak-lists`
///
/// # Errors
/// Unexpected ones.
pub async fn open_round(visit: Visit, sent: Submitted) -> Answer {
    let mut tx = visit.begin().await?;
    match list::open_round(&visit.app, &mut tx, visit.actor(), sent.text("plan_entry").parse().unwrap_or_default()).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/weak-lists/{id}"), "已按公布的结果提出排查对象，请逐个填写意见。")),
        Err(error) => Ok(visit.refuse("/weak-lists", &error.downcast::<Refusal>()?.0)),
    }
}

struct CandidateLine {
    name: String,
    href: String,
    reasons: String,
    answer: Status,
    explanation: String,
}

#[derive(Template)]
#[template(path = "pages/weak_round.html")]
struct RoundPage {
    layout: Layout,
    title: String,
    fact: String,
    base: String,
    case: CaseView,
    query: ListQuery,
    answers: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<CandidateLine>,
    pager: Pager,
    organisation: Field,
    may_add: bool,
}

async fn seen_round(visit: &Visit, id: i64) -> Result<(Round, Vec<Candidate>), Failure> {
    let reader = visit.app.store().reader();
    let round = rows::find_round(reader, id).await?.ok_or(Failure::NotFound)?;
    let all = rows::candidates_of(reader, id).await?;
    let scope = visit.scope(Capability::ViewWeakLists);
    let cases = case::cases_of(reader, "weak_list", id).await?;
    let directory = visit.app.directory();
    let whole = cases.iter().any(|case| scope.has_case(case.id)) || directory.is_visible(&scope, round.organisation);
    let mine: Vec<Candidate> = all.into_iter().filter(|candidate| whole || directory.is_visible(&scope, candidate.organisation)).collect();
    // A township without a candidate still takes part in the self-check of its county.
    let takes_part = visit
        .actor()
        .grants_with(Capability::ProposeWeakLists)
        .filter_map(|g| g.set.root)
        .any(|root| directory.org(root).is_some_and(|org| org.superiors.contains(&round.organisation)));
    if whole || takes_part || !mine.is_empty() { Ok((round, mine)) } else { Err(Failure::NotFound) }
}

fn answer_of(candidate: &Candidate) -> Status {
    match candidate.is_listed {
        Some(true) => Status::new(Standing::Running, "列入"),
        Some(false) => Status::new(Standing::Excused, "不列入").plain(),
        None => Status::new(Standing::Soon, "待答复"),
    }
}

/// `GET /weak-lists/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_round(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let (round, mut candidates) = seen_round(&visit, id).await?;
    let work = CaseAtWork::read(&visit.app, round.case_id).await?.ok_or(Failure::NotFound)?;
    let everything = rows::candidates_of(visit.app.store().reader(), id).await?;
    let variables = list::variables_of(&everything, &round, &visit.pack());
    let base = format!("/weak-lists/{id}");
    let query = ListQuery::from_uri(&CANDIDATES, &uri);
    let count = |test: fn(&Candidate) -> bool| candidates.iter().filter(|c| test(c)).count();
    let (n_listed, n_open) = (count(|c| c.is_listed == Some(true)), count(|c| c.is_listed.is_none()));
    {
        let directory = visit.app.directory();
        let state = |c: &Candidate| c.is_listed.map_or("open", |listed| if listed { "listed" } else { "not" });
        candidates.retain(|c| {
            query.filter("answer").is_none_or(|wanted| wanted == state(c))
                && (query.q.is_empty() || directory.name_of(c.organisation).contains(&query.q))
        });
        match query.sort {
            "name" => candidates.sort_by_key(|c| directory.org(c.organisation).map_or(String::new(), |org| org.pinyin.clone())),
            _ => candidates.sort_by_key(|c| (c.is_listed.is_some(), c.id)),
        }
    }
    if query.dir == Direction::Desc {
        candidates.reverse();
    }
    let pack = visit.pack();
    let conditions = |c: &Candidate| -> Vec<String> {
        let rule = pack.weak_lists.get(&round.list_key);
        c.conditions
            .iter()
            .filter_map(|key| rule?.conditions.iter().find(|condition| condition.key == *key).map(|condition| condition.name.clone()))
            .collect()
    };
    if let Some(export) = query.export {
        let mut table = text_table(&round.name, &["党组织编码", "党组织", "提示", "情形", "意见", "事实或理由"]);
        let directory = visit.app.directory();
        for c in &candidates {
            let code = directory.org(c.organisation).map_or(String::new(), |org| org.code.clone());
            let name = directory.name_of(c.organisation).to_owned();
            let explanation = c.explanation.clone().unwrap_or_default();
            table.rows.push([code, name, c.reasons.join("；"), conditions(c).join("；"), answer_of(c).word, explanation].map(Value::text).to_vec());
        }
        drop(directory);
        return download::table(export, &round.name, &table);
    }
    let total = candidates.len() as u64;
    let query = query.within(total);
    let lines = {
        let directory = visit.app.directory();
        query
            .page_of(&candidates)
            .iter()
            .map(|c| CandidateLine {
                name: directory.name_of(c.organisation).to_owned(),
                href: format!("{base}/candidates/{}", c.id),
                reasons: if c.reasons.is_empty() { "人工提出".to_owned() } else { c.reasons.join("；") },
                answer: answer_of(c),
                explanation: c.explanation.clone().unwrap_or_default(),
            })
            .collect()
    };
    let missing = round.n_floor - i64::try_from(n_listed).unwrap_or_default();
    let title = match (n_open, missing) {
        (0, ..=0) => format!("{n_listed} 个列入，都有了意见"),
        (0, more) => format!("还差 {more} 个才到下限"),
        (n, _) => format!("还有 {n} 个没有填写意见"),
    };
    let mut layout =
        visit.layout(round.name.clone()).crumb("整顿销号", "/rectifications").crumb("年度排查名单", "/weak-lists").crumb(round.name.clone(), "");
    layout.mark = mark(&pack, &round.list_key, year_of(&round));
    let basis = basis_of(&visit, round.evaluation).await?;
    let page = RoundPage {
        layout,
        title,
        fact: format!("{} · 依据：{basis} · 范围 {} 个党组织{} · 已列 {n_listed} 个", round.name, round.n_base, floor_of(&round)),
        case: CaseView::new(&work, visit.actor(), &variables, visit.today(), &base),
        answers: query.choices("answer", "全部意见", [("open", "待答复"), ("listed", "列入"), ("not", "不列入")]),
        columns: vec![
            query.column("党组织", "name", false),
            Column::plain("提示的理由"),
            query.column("意见", "answer", false),
            Column::plain("事实或理由"),
        ],
        pager: Pager::new(&query, total, "个"),
        organisation: Field::new("organisation", "补充提出", ""),
        may_add: work.case.stage == "self_check" || work.case.stage == "county_review",
        base,
        lines,
        query,
    };
    visit.page(&page)
}

/// `POST /weak-lists/{id}/candidates`
///
/// # Errors
/// Unexpected ones.
pub async fn add_candidate(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (round, _) = seen_round(&visit, id).await?;
    let base = format!("/weak-lists/{id}");
    let mut tx = visit.begin().await?;
    match list::add_candidate(&visit.app, &mut tx, visit.actor(), &round, sent.text("organisation").parse().unwrap_or_default()).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &base, "已加入排查范围，请填写意见。")),
        Err(error) => Ok(visit.refuse(&base, &error.downcast::<Refusal>()?.0)),
    }
}

struct ConditionChoice {
    key: String,
    name: String,
    quote: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/weak_candidate.html")]
struct CandidatePage {
    layout: Layout,
    name: String,
    organisation: Link,
    reasons: Vec<String>,
    conditions: Vec<ConditionChoice>,
    is_listed: Option<bool>,
    explanation: Field,
    address: String,
    /// Why no opinion can be given now.
    refused: Option<String>,
    /// From which published result the reasons were taken.
    basis: String,
    result: Option<Link>,
}

impl CandidatePage {
    fn has_conditions(&self) -> bool {
        self.conditions.iter().any(|condition| condition.is_chosen)
    }
}

/// `GET /weak-lists/{id}/candidates/{candidate}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show_candidate(visit: Visit, Path((id, candidate)): Path<(i64, i64)>) -> Answer {
    let (round, candidates) = seen_round(&visit, id).await?;
    let candidate = candidates.into_iter().find(|c| c.id == candidate).ok_or(Failure::NotFound)?;
    let pack = visit.pack();
    let rule = pack.weak_lists.get(&round.list_key).ok_or(Failure::NotFound)?;
    let name = visit.app.directory().name_of(candidate.organisation).to_owned();
    let base = format!("/weak-lists/{id}");
    let mut layout = visit.layout(name.clone()).crumb("年度排查名单", "/weak-lists").crumb(round.name.clone(), base.clone()).crumb(name.clone(), "");
    layout.mark = mark(&pack, &round.list_key, year_of(&round));
    let case = crate::case::find(visit.app.store().reader(), round.case_id).await?.ok_or(Failure::NotFound)?;
    let page = CandidatePage {
        layout,
        refused: list::may_answer(&visit.app, visit.actor(), &case, &candidate).err().map(|refusal| refusal.0),
        basis: basis_of(&visit, round.evaluation).await?,
        organisation: Link::new(name.clone(), format!("/organisations/{}", candidate.organisation)),
        reasons: candidate.reasons.clone(),
        conditions: rule
            .conditions
            .iter()
            .map(|c| ConditionChoice {
                key: c.key.clone(),
                name: c.name.clone(),
                quote: c.cite.quote.clone().filter(|quote| *quote != c.name).unwrap_or_default(),
                is_chosen: candidate.conditions.contains(&c.key),
            })
            .collect(),
        is_listed: candidate.is_listed,
        explanation: Field::new("explanation", "事实，或者不列入的理由", candidate.explanation.clone().unwrap_or_default())
            .hint("写哪一条、什么事、什么时候；不写案情，不写个人隐私"),
        address: format!("{base}/candidates/{}", candidate.id),
        result: round.evaluation.map(|id| Link::new("看评星说明", format!("/evaluations/{id}/organisations/{}", candidate.organisation))),
        name,
    };
    visit.page(&page)
}

/// `POST /weak-lists/{id}/candidates/{candidate}`
///
/// # Errors
/// Unexpected ones.
pub async fn answer(visit: Visit, Path((id, candidate)): Path<(i64, i64)>, sent: Submitted) -> Answer {
    let (round, candidates) = seen_round(&visit, id).await?;
    let candidate = candidates.into_iter().find(|c| c.id == candidate).ok_or(Failure::NotFound)?;
    let base = format!("/weak-lists/{id}");
    let here = format!("{base}/candidates/{}", candidate.id);
    let is_listed = match sent.text("is_listed") {
        "yes" => true,
        "no" => false,
        _ => return Ok(visit.refuse(&here, "请选列入或者不列入。")),
    };
    let given = Given { is_listed, conditions: sent.all("conditions").to_vec(), explanation: sent.text("explanation").to_owned() };
    let mut tx = visit.begin().await?;
    match list::answer(&visit.app, &mut tx, visit.actor(), &round, &candidate, given).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &base, "意见已填写。")),
        Err(error) => Ok(visit.refuse(&here, &error.downcast::<Refusal>()?.0)),
    }
}

/// `GET /weak-lists/{id}/files/{file}`
///
/// # Errors
/// [`Failure::NotFound`] when it is attached to no act of the list.
pub async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let (round, _) = seen_round(&visit, id).await?;
    let (work, _) = list_work(&visit, &round).await?;
    crate::case::pages::file(&visit, &work, file).await
}

/// `GET /weak-lists/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_list_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (round, _) = seen_round(&visit, id).await?;
    let (work, variables) = list_work(&visit, &round).await?;
    let base = format!("/weak-lists/{id}");
    let layout = visit.layout("").crumb("年度排查名单", "/weak-lists").crumb(round.name.clone(), base.clone());
    show_form(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action)
}

async fn list_work(visit: &Visit, round: &Round) -> Result<(CaseAtWork, Variables), Failure> {
    let work = CaseAtWork::read(&visit.app, round.case_id).await?.ok_or(Failure::NotFound)?;
    let everything = rows::candidates_of(visit.app.store().reader(), round.id).await?;
    Ok((work, list::variables_of(&everything, round, &visit.pack())))
}

/// `POST /weak-lists/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_list_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (round, _) = seen_round(&visit, id).await?;
    let base = format!("/weak-lists/{id}");
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    match super::act_on_list(&visit.app, &mut tx, visit.actor(), &round, &action, sent.fields()).await {
        Ok(_) => {
            let (work, _) = list_work(&visit, &round).await?;
            let name = work.action(&action).map_or("办好", |action| &action.name);
            Ok(visit.done(tx.commit().await?, &base, &format!("已{name}。")))
        }
        Err(error) => {
            drop(tx);
            let (work, variables) = list_work(&visit, &round).await?;
            let layout = visit.layout("").crumb("年度排查名单", "/weak-lists").crumb(round.name.clone(), base.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action, &sent, error)
        }
    }
}

/// What stands for the condition of an organisation that was listed without one.
fn why_without_condition(rule: &policy::WeakList, candidate: &Candidate) -> &'static str {
    if rule.mode == WeakListMode::Ratio && !candidate.reasons.is_empty() { "按得分倒排列入" } else { "排查中提出" }
}

/// `GET /weak-lists/{id}/register`: the register as a draft for signing (送审稿).
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn register(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (round, candidates) = seen_round(&visit, id).await?;
    let pack = visit.pack();
    let rule = pack.weak_lists.get(&round.list_key).ok_or(Failure::NotFound)?;
    let (county, is_whole, lines) = {
        let directory = visit.app.directory();
        let is_whole = directory.is_visible(&visit.scope(Capability::ViewWeakLists), round.organisation);
        let mut lines = Vec::new();
        for (n, c) in candidates.iter().filter(|c| c.is_listed == Some(true)).enumerate() {
            let conditions: Vec<&str> = c
                .conditions
                .iter()
                .filter_map(|key| rule.conditions.iter().find(|condition| condition.key == *key))
                .map(|condition| condition.name.as_str())
                .collect();
            lines.push(vec![
                (n + 1).to_string(),
                directory.name_of(c.organisation).to_owned(),
                if conditions.is_empty() { why_without_condition(rule, c).to_owned() } else { conditions.join("；") },
                c.explanation.clone().unwrap_or_default(),
            ]);
        }
        (directory.name_of(round.organisation).to_owned(), is_whole, lines)
    };
    let columns = [("序号", 1), ("党组织", 4), ("情形", 4), ("事实", 7)]
        .map(|(heading, share)| OfficialColumn { heading: heading.to_owned(), share, align: Align::Left })
        .to_vec();
    let is_example = mark(&pack, &round.list_key, year_of(&round)).is_some();
    let basis = match round.evaluation {
        Some(_) => format!("依据已公布的{}，", basis_of(&visit, round.evaluation).await?),
        None => String::new(),
    };
    let floor = match rule.mode {
        WeakListMode::Ratio => format!("按规定至少列入 {} 个，", round.n_floor),
        WeakListMode::None => "应整尽整，".to_owned(),
    };
    // Whoever sees a part only gets an excerpt: nothing in the county's name, and no total that is not one.
    let listed = if is_whole { format!("拟列入 {} 个", lines.len()) } else { format!("以下只列本岗位范围内的 {} 个", lines.len()) };
    let official = Official {
        title: format!("{}登记册{}", round.name, if is_whole { "" } else { "（摘录）" }),
        mark: Some(if is_example { "送审稿　示例方案" } else { "送审稿" }.to_owned()),
        blocks: vec![
            Block::Paragraph(format!("{basis}本次排查范围 {} 个党组织，{floor}{listed}。", round.n_base)),
            Block::Table(OfficialTable { caption: None, columns, rows: lines }),
        ],
        signed_by: is_whole.then_some(county),
        ..Official::default()
    };
    let bytes = office::document::write_official(&official);
    Ok(download::document(&format!("{}登记册", round.name), bytes))
}
