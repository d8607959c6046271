//! Pages of programmes: all of them, one with its units and lines, one yearly review.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect};
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, Programme};
use store::OrgId;

use super::{Review, reviews};
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::case::{self, CaseAtWork, Variables};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::policies::{State, Usage};

const PROGRAMMES: ListSpec = ListSpec { sorts: &["name", "level"], default_sort: ("name", Direction::Asc), filters: &["level", "review"], per: 50 };
const UNITS: ListSpec = ListSpec { sorts: &["code", "name"], default_sort: ("code", Direction::Asc), filters: &["review"], per: 50 };
/// How far this year's reviews are.
const REVIEWS: [(&str, &str); 3] = [("none", "没有开始的"), ("open", "在办的"), ("closed", "年度办结的")];

/// Whether a unit with this review of the year is asked for.
fn is_reviewed_so(asked: &str, review: Option<&Review>) -> bool {
    match asked {
        "none" => review.is_none(),
        "open" => review.is_some_and(|review| !review.is_closed),
        "closed" => review.is_some_and(|review| review.is_closed),
        _ => true,
    }
}

struct ProgrammeLine {
    name: String,
    href: String,
    level: String,
    lines: String,
}

#[derive(Template)]
#[template(path = "pages/programmes.html")]
struct ProgrammesPage {
    layout: Layout,
    query: ListQuery,
    levels: Vec<Choice>,
    reviews: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<ProgrammeLine>,
    pager: Pager,
}

/// `GET /programmes`
///
/// # Errors
/// When the database cannot be read.
pub async fn all(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&PROGRAMMES, &uri);
    let pack = visit.pack();
    let level_of = |programme: &Programme| pack.levels.get(&programme.level);
    let this_year = i64::from(visit.today().year());
    let known = reviews(visit.app.store().reader(), None, None).await?;
    // What is asked of the reviews is asked of the units within reach.
    let mut units: BTreeMap<&str, Vec<OrgId>> = BTreeMap::new();
    if query.filter("review").is_some() {
        let directory = visit.app.directory();
        let scope = visit.scope(Capability::ManagePlan);
        for org in directory.all(&scope).filter(|org| !org.is_branch()) {
            for programme in pack.programmes.iter().filter(|(_, programme)| programme.level == org.level) {
                units.entry(programme.0.as_str()).or_default().push(org.id);
            }
        }
    }
    let is_reviewed = |key: &str, asked: &str| {
        let review_of = |id: &OrgId| known.iter().find(|it| it.programme == key && it.organisation == *id && it.year == this_year);
        units.get(key).is_some_and(|units| units.iter().any(|id| is_reviewed_so(asked, review_of(id))))
    };
    let mut found: Vec<(&String, &Programme)> = pack
        .programmes
        .iter()
        .filter(|(key, programme)| {
            programme.name.contains(&query.q)
                && query.is_of_level(std::slice::from_ref(&programme.level))
                && query.filter("review").is_none_or(|asked| is_reviewed(key, asked))
        })
        .collect();
    found.sort_by_cached_key(|(_, programme)| crate::pinyin::key(&programme.name));
    if query.sort == "level" {
        found.sort_by_key(|(_, programme)| level_of(programme).map(|level| level.order));
    }
    if query.dir == Direction::Desc {
        found.reverse();
    }
    let line = |(key, programme): (&String, &Programme)| ProgrammeLine {
        name: programme.name.clone(),
        href: format!("/programmes/{key}"),
        level: level_of(programme).map_or_else(String::new, |level| level.name.clone()),
        lines: programme.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>().join("、"),
    };
    let lines: Vec<ProgrammeLine> = found.into_iter().map(line).collect();
    if let Some(export) = query.export {
        let columns = ["工程", "实施层级", "各条线"].map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(40.0)).into_iter().collect();
        let rows = lines.iter().map(|line| [&line.name, &line.level, &line.lines].map(Value::text).to_vec()).collect();
        return download::table(export, "重点工程", &Table { name: "重点工程".to_owned(), title: None, columns, rows });
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let page = ProgrammesPage {
        layout: visit.layout("重点工程").crumb("重点工程", ""),
        levels: query.level_choices(&pack, pack.programmes.values().map(|programme| std::slice::from_ref(&programme.level))),
        reviews: query.choices("review", "全部工程", REVIEWS.map(|(key, words)| (key, format!("有{words}")))),
        columns: vec![query.column("工程", "name", false), query.column("实施层级", "level", false), Column::plain("各条线")],
        pager: Pager::new(&query, total, "项"),
        lines: query.paged(lines),
        query,
    };
    visit.page(&page)
}

/// How far a unit is with a line: mechanisms that have records, and how many records.
struct Progress {
    line: String,
    n_used: usize,
    n_mechanisms: usize,
    n_records: i64,
}

struct UnitLine {
    name: String,
    code: String,
    progress: Vec<Progress>,
    review: Option<(Link, Status)>,
    /// This year's review may be begun here.
    may_open: bool,
    id: OrgId,
}

/// A mechanism of a line, with where it stands and its records by unit.
struct MechanismLine {
    line: String,
    name: String,
    href: String,
    state: Status,
    records: String,
}

#[derive(Template)]
#[template(path = "pages/programme.html")]
struct ProgrammePage {
    layout: Layout,
    key: String,
    name: String,
    sentence: String,
    query: ListQuery,
    reviews: Vec<Choice>,
    columns: Vec<Column>,
    units: Vec<UnitLine>,
    pager: Pager,
    mechanisms: Vec<MechanismLine>,
    past: Vec<(Link, Status)>,
}

fn review_status(review: &Review) -> Status {
    if review.is_closed { Status::new(Standing::Ok, "年度办结") } else { Status::new(Standing::Running, "在办") }.plain()
}

fn programme_of<'a>(pack: &'a policy::Pack, key: &str) -> Result<&'a Programme, Failure> {
    pack.programmes.get(key).ok_or(Failure::NotFound)
}

/// `GET /programmes/{key}`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such programme.
pub async fn show(visit: Visit, Path(key): Path<String>, uri: Uri) -> Answer {
    let policies = visit.app.policies();
    let pack = visit.pack();
    let programme = programme_of(&pack, &key)?;
    let query = ListQuery::from_uri(&UNITS, &uri);
    let scope = visit.scope(Capability::ManagePlan);
    let this_year = i64::from(visit.today().year());
    let known = reviews(visit.app.store().reader(), Some(&key), None).await?;
    let review_of = |id: OrgId| known.iter().find(|review| review.organisation == id && review.year == this_year);
    let mut units: Vec<(String, OrgId, String)> = {
        let directory = visit.app.directory();
        let of_level = directory.all(&scope).filter(|org| org.level == programme.level && !org.is_branch() && org.name.contains(&query.q));
        let asked = of_level.filter(|org| query.filter("review").is_none_or(|asked| is_reviewed_so(asked, review_of(org.id))));
        asked.map(|org| (org.code.clone(), org.id, org.name.clone())).collect()
    };
    units.sort_unstable();
    if query.sort == "name" {
        units.sort_by_cached_key(|(.., name)| crate::pinyin::key(name));
    }
    if query.dir == Direction::Desc {
        units.reverse();
    }
    let mut lines = Vec::new();
    let mut by_mechanism: Vec<(String, Vec<(String, i64)>)> =
        programme.lines.iter().flat_map(|line| &line.mechanisms).map(|key| (key.clone(), Vec::new())).collect();
    for (code, id, name) in units {
        let usage = Usage::of_unit(&visit.app, id, visit.at).await?;
        let mut progress = Vec::new();
        for line in &programme.lines {
            let counts: Vec<i64> = line.mechanisms.iter().map(|key| pack.mechanisms.get(key).map_or(0, |it| usage.of_mechanism(&pack, it))).collect();
            for (key, n) in line.mechanisms.iter().zip(&counts) {
                if let Some((_, of)) = by_mechanism.iter_mut().find(|(known, _)| known == key) {
                    of.push((name.clone(), *n));
                }
            }
            progress.push(Progress {
                line: line.name.clone(),
                n_used: counts.iter().filter(|n| **n > 0).count(),
                n_mechanisms: counts.len(),
                n_records: counts.iter().sum(),
            });
        }
        let review = review_of(id);
        lines.push(UnitLine {
            may_open: review.is_none() && visit.actor().grants_with(Capability::ManagePlan).any(|grant| grant.set.root == Some(id)),
            review: review.map(|review| (Link::new(format!("{this_year} 年评述"), review.address()), review_status(review))),
            name,
            code,
            progress,
            id,
        });
    }
    if let Some(export) = query.export {
        return download::table(export, &programme.name, &table(programme, &lines));
    }
    let mechanisms = by_mechanism
        .iter()
        .filter_map(|(id, records)| {
            let mechanism = pack.mechanisms.get(id)?;
            let line = programme.lines.iter().find(|line| line.mechanisms.contains(id))?;
            let all: i64 = records.iter().map(|(_, n)| n).sum();
            Some(MechanismLine {
                line: line.name.clone(),
                name: mechanism.name.clone(),
                href: format!("/policies/mechanism.{id}"),
                state: State::of(&policies.reading, mechanism, all).status(),
                records: records.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join("，"),
            })
        })
        .collect();
    let total = lines.len() as u64;
    let query = query.within(total);
    let directory_name = |id: OrgId| visit.app.directory().name_of(id).to_owned();
    let past = known
        .iter()
        .filter(|review| review.year != this_year && visit.app.directory().is_visible(&scope, review.organisation))
        .map(|review| (Link::new(format!("{} {} 年评述", directory_name(review.organisation), review.year), review.address()), review_status(review)))
        .collect();
    let page = ProgrammePage {
        layout: visit.layout(programme.name.clone()).crumb("重点工程", "/programmes").crumb(programme.name.clone(), ""),
        name: programme.name.clone(),
        sentence: format!(
            "每条线下面有记录的机制几项、近 12 个月的记录几条，由各项机制的记录算出，不另填报；数字约十分钟更新一次，{this_year} 年评述逐条写"
        ),
        reviews: query.choices("review", "全部单位", REVIEWS),
        columns: std::iter::once(query.column("单位", "name", false))
            .chain(programme.lines.iter().map(|line| Column::number(line.name.clone())))
            .chain([Column::plain(format!("{this_year} 年评述"))])
            .collect(),
        pager: Pager::new(&query, total, "个"),
        units: query.paged(lines),
        mechanisms,
        past,
        key,
        query,
    };
    visit.page(&page)
}

fn table(programme: &Programme, units: &[UnitLine]) -> Table {
    let mut headings = vec!["组织编码".to_owned(), "单位".to_owned()];
    headings.extend(
        programme
            .lines
            .iter()
            .flat_map(|line| [format!("{}：有记录的机制", line.name), format!("{}：机制", line.name), format!("{}：记录", line.name)]),
    );
    headings.push("本年评述".to_owned());
    let columns = headings.into_iter().map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(18.0)).collect();
    let whole = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    let row = |unit: &UnitLine| {
        let mut cells = vec![Value::text(&unit.code), Value::text(&unit.name)];
        for progress in &unit.progress {
            cells.extend([whole(progress.n_used), whole(progress.n_mechanisms), Value::Integer(progress.n_records)]);
        }
        cells.push(Value::text(unit.review.as_ref().map_or("没有开始", |(_, status)| status.word.as_str())));
        cells
    };
    Table { name: "进展".to_owned(), title: None, columns, rows: units.iter().map(row).collect() }
}

/// `POST /programmes/{key}/reviews`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such programme; a refusal leads back.
pub async fn open(visit: Visit, Path(key): Path<String>, sent: Submitted) -> Answer {
    programme_of(&visit.pack(), &key)?;
    let mut tx = visit.begin().await?;
    match super::open_review(&visit.app, &mut tx, visit.actor(), &key, sent.text("unit").parse().unwrap_or_default()).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/programmes/reviews/{id}"), "已开始，请逐条写评述。")),
        Err(error) => Ok(visit.refuse(&format!("/programmes/{key}"), &error.downcast::<store::Refusal>()?.0)),
    }
}

/// A step with what was written: its name, by whom, the fields.
type Report = (String, String, Vec<(String, String)>);

#[derive(Template)]
#[template(path = "pages/programme_review.html")]
struct ReviewPage {
    layout: Layout,
    title: String,
    about: Link,
    case: CaseView,
    reports: Vec<Report>,
}

async fn seen(visit: &Visit, id: i64) -> Result<(Review, CaseAtWork), Failure> {
    let review = reviews(visit.app.store().reader(), None, Some(id)).await?.pop().ok_or(Failure::NotFound)?;
    if !visit.app.directory().is_visible(&visit.scope(Capability::ManagePlan), review.organisation) {
        return Err(Failure::NotFound);
    }
    let work = CaseAtWork::read(&visit.app, review.case_id).await?.ok_or(Failure::NotFound)?;
    Ok((review, work))
}

fn layout(visit: &Visit, review: &Review, work: &CaseAtWork) -> Layout {
    let name = work.pack.programmes.get(&review.programme).map_or(review.programme.clone(), |programme| programme.name.clone());
    visit.layout(work.case.title.clone()).crumb("重点工程", "/programmes").crumb(name, format!("/programmes/{}", review.programme))
}

/// `GET /programmes/reviews/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn review(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (review, work) = seen(&visit, id).await?;
    let report = |act: &case::Act| {
        let name = work.action(&act.action).map_or(act.action.clone(), |action| action.name.clone());
        (name, format!("{} · {}（{}）", act.on, act.actor_name, act.post), case::printed(work.action(&act.action), &act.fields))
    };
    let name = work.pack.programmes.get(&review.programme).map_or(review.programme.clone(), |programme| programme.name.clone());
    let page = ReviewPage {
        layout: layout(&visit, &review, &work).crumb(work.case.title.clone(), ""),
        title: work.case.title.clone(),
        about: Link::new(format!("{name}的进展"), format!("/programmes/{}", review.programme)),
        case: CaseView::new(&work, visit.actor(), &Variables::default(), visit.today(), &review.address()),
        reports: work.acts.iter().rev().map(report).filter(|(.., lines)| !lines.is_empty()).collect(),
    };
    visit.page(&page)
}

/// `GET /programmes/reviews/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach, or when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (review, work) = seen(&visit, id).await?;
    let base = review.address();
    let layout = layout(&visit, &review, &work).crumb(work.case.title.clone(), base.clone());
    show_form(ActionPlace { visit: &visit, work: &work, variables: &Variables::default(), base: &base, layout }, &action)
}

/// `POST /programmes/reviews/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (review, work) = seen(&visit, id).await?;
    let base = review.address();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    match super::act(&visit.app, &mut tx, visit.actor(), &review, &action, sent.fields()).await {
        Ok(_) => {
            let name = work.action(&action).map_or(String::new(), |action| action.name.clone());
            Ok(visit.done(tx.commit().await?, &base, &format!("已{name}。")))
        }
        Err(error) => {
            drop(tx);
            let layout = layout(&visit, &review, &work).crumb(work.case.title.clone(), base.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &Variables::default(), base: &base, layout }, &action, &sent, error)
        }
    }
}
