//! `/schemes`: drafts of schemes, a new one, one with what it changes and what may be done with it.

mod edit;
mod sheets;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::Refusal;

use super::compare::{self, Comparison};
use super::{Draft, DraftAct, Flaw, NewDraft, State, acts, as_scheme, rows, scheme_before, scope_of, why_not_review};
use crate::http::action::Form;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link, Standing, Status, TrailStep};
use crate::http::visit::{Answer, Visit};

pub use edit::{edit, save};
pub use sheets::{sheet, toml};

const DRAFTS: ListSpec =
    ListSpec { sorts: &["saved", "name", "year", "state", "office"], default_sort: ("saved", Direction::Desc), filters: &["state", "year"], per: 20 };

/// A day and a time of day as pages show them, of a stored instant.
fn moment(at: &str) -> String {
    at.parse::<jiff::Timestamp>()
        .map_or_else(|_| String::new(), |at| jiff::tz::Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
}

fn status(state: State) -> Status {
    let standing = match state {
        State::Draft => Standing::Running,
        State::Submitted => Standing::Soon,
        State::Returned => Standing::Overdue,
        State::InForce => Standing::Ok,
        State::Replaced | State::Withdrawn | State::Dropped => Standing::Excused,
    };
    Status::new(standing, state.words()).plain()
}

struct DraftLine {
    name: String,
    href: String,
    base: String,
    office: String,
    year: i16,
    state: State,
    status: Status,
    saved: String,
    /// The folder of packs has this version itself: the draft does not count.
    is_aside: bool,
}

#[derive(Template)]
#[template(path = "pages/scheme_list.html")]
struct ListPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    states: Vec<Choice>,
    years: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<DraftLine>,
    pager: Pager,
    may_draft: bool,
}

/// `GET /schemes`.
///
/// # Errors
/// [`Failure::NotFound`] for whoever neither writes nor reviews schemes.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let scope = scope_of(visit.actor());
    if scope.is_empty() {
        return Err(Failure::NotFound);
    }
    let asked = ListQuery::from_uri(&DRAFTS, &uri);
    let pack = visit.pack();
    let policies = visit.app.policies();
    let drafts: Vec<Draft> = {
        let all = rows::all(visit.app.store().reader()).await?;
        let directory = visit.app.directory();
        all.into_iter().filter(|draft| directory.is_visible(&scope, draft.organisation)).collect()
    };
    let line = |draft: &Draft| DraftLine {
        href: draft.address(),
        base: pack.schemes.get(&draft.base_key).map_or_else(|| draft.base_key.clone(), |scheme| scheme.name.clone()),
        office: visit.app.directory().name_of(draft.organisation).to_owned(),
        year: draft.from_year,
        state: draft.state,
        status: status(draft.state),
        saved: moment(&draft.saved_at),
        is_aside: draft.state == State::InForce && policies.laid_aside.contains(&format!("scheme.{}", draft.scheme_key)),
        name: draft.name.clone(),
    };
    let mut lines: Vec<DraftLine> = drafts.iter().map(line).collect();
    let n_of = |state: State| lines.iter().filter(|line| line.state == state).count();
    let sentence = match (lines.len(), n_of(State::Submitted)) {
        (0, _) => "从现行方案复制一份，改成明年的；改好送审，另一位同志审核采用后，到起用的年份就按它评定。".to_owned(),
        (n, 0) => format!("共 {n} 份，起草中 {} 份，已采用 {} 份。", n_of(State::Draft) + n_of(State::Returned), n_of(State::InForce)),
        (n, waiting) => {
            format!("共 {n} 份，{waiting} 份等审核，起草中 {} 份，已采用 {} 份。", n_of(State::Draft) + n_of(State::Returned), n_of(State::InForce))
        }
    };
    let mut years: Vec<i16> = lines.iter().map(|line| line.year).collect();
    years.sort_unstable();
    years.dedup();
    let q = asked.q.clone();
    lines.retain(|line| {
        (line.name.contains(&q) || line.base.contains(&q) || line.office.contains(&q))
            && asked.filter("state").is_none_or(|state| line.state.key() == state)
            && asked.filter("year").is_none_or(|year| line.year.to_string() == year)
    });
    match asked.sort {
        "name" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.name)),
        "office" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.office)),
        "year" => lines.sort_by_key(|line| line.year),
        "state" => lines.sort_by_key(|line| line.state),
        _ => lines.sort_by(|a, b| a.saved.cmp(&b.saved)),
    }
    if asked.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = asked.export {
        return download::table(export, "方案编制", &table(&lines));
    }
    let total = lines.len() as u64;
    let query = asked.within(total);
    let n_before = usize::try_from(query.offset()).unwrap_or_default();
    let page = ListPage {
        layout: visit.layout("方案编制").crumb("方案编制", ""),
        sentence,
        states: query.choices("state", "全部状态", State::ALL.map(|(_, key, words)| (key, words))),
        years: query.choices("year", "全部年份", years.iter().map(|year| (year.to_string(), format!("{year} 年")))),
        columns: vec![
            query.column("方案", "name", false),
            query.column("起用", "year", true),
            query.column("状态", "state", false),
            query.column("起草单位", "office", false),
            query.column("最近改动", "saved", false),
        ],
        pager: Pager::new(&query, total, "份"),
        lines: lines.into_iter().skip(n_before).take(query.per as usize).collect(),
        may_draft: visit.actor().may(Capability::DraftSchemes),
        query,
    };
    visit.page(&page)
}

fn table(lines: &[DraftLine]) -> Table {
    let heads = [("方案", 40.0), ("从哪个方案复制", 32.0), ("起用年份", 10.0), ("状态", 12.0), ("起草单位", 28.0), ("最近改动", 18.0)];
    let columns = heads.iter().map(|(heading, width)| SheetColumn::new(*heading, ColumnKind::Text).wide(*width)).collect();
    let row = |line: &DraftLine| {
        let year = line.year.to_string();
        [&line.name, &line.base, &year, &line.status.word, &line.office, &line.saved].map(|text| Value::text(text.clone())).to_vec()
    };
    Table { name: "方案编制".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() }
}

#[derive(Template)]
#[template(path = "pages/scheme_new.html")]
struct NewPage {
    layout: Layout,
    problems: Vec<String>,
    bases: Vec<Choice>,
    name: String,
    year: String,
    is_other: bool,
    without_items: bool,
}

/// `GET /schemes/new`.
///
/// # Errors
/// When the template fails.
pub async fn show_new(visit: Visit) -> Answer {
    let year = visit.today().year() + 1;
    let wanted = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "base").map(|(_, value)| value);
    let form = Form::prefilled([("year", year.to_string()), ("base", wanted.unwrap_or_default())]);
    new_page(&visit, &form, Vec::new())
}

fn new_page(visit: &Visit, form: &Form, problems: Vec<String>) -> Answer {
    let pack = visit.pack();
    let chosen = form.text("base");
    let usual = pack.schemes.iter().find(|(_, scheme)| !scheme.standards.is_empty()).map_or("", |(key, _)| key.as_str());
    let now = if chosen.is_empty() { usual } else { chosen };
    let year = |scheme: &policy::Scheme| match (scheme.from_year, scheme.until_year) {
        (Some(from), _) => format!("（{from} 年起）"),
        (None, Some(until)) => format!("（{} 年及以前）", until - 1),
        (None, None) => String::new(),
    };
    let bases = pack.schemes.iter().map(|(key, scheme)| Choice {
        value: key.clone(),
        label: format!("{}{}", scheme.name, year(scheme)),
        selected: key == now,
    });
    let is_bad = !problems.is_empty();
    let page = NewPage {
        layout: visit.layout("起草方案").crumb("方案编制", "/schemes").crumb("起草方案", ""),
        problems,
        bases: bases.collect(),
        name: form.text("name").to_owned(),
        year: form.text("year").to_owned(),
        is_other: form.text("purpose") == "other",
        without_items: !form.text("without_items").is_empty(),
    };
    let response = visit.page(&page)?;
    Ok(if is_bad { axum::response::IntoResponse::into_response((axum::http::StatusCode::UNPROCESSABLE_ENTITY, response)) } else { response })
}

/// `POST /schemes/new`.
///
/// # Errors
/// Unexpected ones; a refusal stands on the page.
pub async fn begin(visit: Visit, sent: Submitted) -> Answer {
    let form = Form::new(sent);
    let new = NewDraft {
        base: form.text("base").to_owned(),
        name: form.text("name").to_owned(),
        from_year: form.text("year").parse().unwrap_or_default(),
        is_version: form.text("purpose") != "other",
        without_items: !form.text("without_items").is_empty(),
    };
    let mut tx = visit.begin().await?;
    match super::begin(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/schemes/{id}/edit"), "已复制成草案。边改边保存，改好再送审。")),
        Err(error) => new_page(&visit, &form, vec![error.downcast::<Refusal>()?.0]),
    }
}

#[derive(Template)]
#[template(path = "pages/scheme_show.html")]
struct ShowPage {
    layout: Layout,
    id: i64,
    name: String,
    fact: String,
    status: Status,
    /// What the state means, and what comes next.
    sentence: String,
    flaws: Vec<FlawLine>,
    /// The scheme beside which it stands; empty: there is none.
    beside: String,
    comparison: Option<Comparison>,
    /// The other way of looking at it: everything, or what changes only.
    other_view: Option<Link>,
    rules: Vec<String>,
    /// What it brings into the yearly plan.
    plan: Vec<String>,
    trail: Vec<TrailStep>,
    simulation: Option<Link>,
    may_edit: bool,
    may_submit: bool,
    may_take_back: bool,
    may_review: bool,
    /// It is in force, and this person may take it out again.
    may_withdraw: bool,
    /// Why this person cannot review what waits for review, or take out what is in force.
    why_not: String,
    is_open: bool,
}

/// Something wrong, with the sheet where it is put right.
struct FlawLine {
    what: String,
    sentence: String,
    href: String,
}

impl FlawLine {
    fn of(id: i64, flaw: &Flaw) -> Self {
        let anchor = format!("i-{}", flaw.place.replace('.', "-"));
        Self { what: flaw.what.clone(), sentence: flaw.sentence.clone(), href: format!("/schemes/{id}/edit?tab={}#{anchor}", flaw.tab.word()) }
    }
}

/// What the acts of a draft are called.
fn act_words(action: &str) -> &'static str {
    match action {
        "begin" => "起草",
        "edit" => "修改",
        "submit" => "送审",
        "take_back" => "收回",
        "return" => "退回",
        "accept" => "审核采用",
        "withdraw" => "停用",
        _ => "作废",
    }
}

fn trail(acts: &[DraftAct]) -> Vec<TrailStep> {
    let step = |act: &DraftAct| TrailStep {
        on: moment(&act.at),
        text: format!("{}（{}）{}", act.name, act.post, act_words(&act.action)),
        note: act.note.clone(),
        files: Vec::new(),
        is_turn: matches!(act.action.as_str(), "accept" | "return" | "withdraw"),
    };
    acts.iter().rev().map(step).collect()
}

/// A draft for this visitor.
async fn draft_of(visit: &Visit, id: i64) -> Result<Draft, Failure> {
    super::visible(&visit.app, visit.app.store().reader(), &scope_of(visit.actor()), id).await.map_err(|error| {
        match error.downcast_ref::<Refusal>() {
            Some(_) => Failure::NotFound,
            None => Failure::from(error),
        }
    })
}

/// `GET /schemes/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let draft = draft_of(&visit, id).await?;
    let reader = visit.app.store().reader();
    let acts = acts(reader, draft.id).await?;
    // What is decided is not checked again: its year may have begun since.
    let is_undecided = draft.state.is_open() || draft.state == State::Submitted;
    let flaws = if is_undecided { super::flaws(&visit.app, reader, &draft, visit.today()).await? } else { Vec::new() };
    let pack = visit.pack();
    let scheme = as_scheme(&visit.app, &draft);
    let before = scheme_before(&pack, &draft);
    let own = scheme.as_ref();
    let mut comparison = own.zip(before).map(|(own, (_, before))| compare::compare(&pack, before, own));
    let is_all = crate::http::list::pairs(&visit.query).iter().any(|(name, _)| name == "all");
    let other_view = comparison.as_mut().filter(|comparison| comparison.n_changes() > 0).map(|comparison| {
        if is_all {
            return Link::new("只看变动的", draft.address());
        }
        let n = comparison.keep_changes();
        Link::new(format!("看全部 {n} 项"), format!("{}?all=1", draft.address()))
    });
    let may_draft = {
        let scope = visit.scope(Capability::DraftSchemes);
        visit.app.directory().is_visible(&scope, draft.organisation)
    };
    let why_not = why_not_review(&visit.app, visit.actor(), &draft, &acts);
    let why_stays = super::why_not_withdraw(&visit.app, reader, visit.actor(), &draft).await?;
    let reviews = visit.actor().may(Capability::AcceptSchemes);
    let year = draft.from_year;
    let is_aside = visit.app.policies().laid_aside.contains(&format!("scheme.{}", draft.scheme_key));
    let sentence = match draft.state {
        State::Draft | State::Returned if flaws.is_empty() => "检查通过，可以送审。送审以前可以先测算，看看谁会变动。".to_owned(),
        State::Draft | State::Returned => format!("还有 {} 处要改，改好才能送审。", flaws.len()),
        State::Submitted => "等另一位有审核权限的同志审核。采用以后写进制度包，起草的人不能自己采用。".to_owned(),
        State::InForce if is_aside => "制度包目录里已经有同名的方案，以目录里的为准，这一份不起作用。".to_owned(),
        State::InForce if year > visit.today().year() => format!("已经采用，从 {year} 年起按它评定；{year} 年以前仍按原来的方案。"),
        State::InForce => format!("已经采用，{year} 年起按它评定。要改，另起一稿；开评以后的年份不再改。"),
        State::Replaced => "同一年份后来又采用了新稿，这一份不再起作用，留作记录。".to_owned(),
        State::Withdrawn => "已经停用，还没有开评的年份按它之前的一版评定；已经公布的结果仍是当时的版本。".to_owned(),
        State::Dropped => "已经作废，留作记录。".to_owned(),
    };
    let mut layout = visit.layout(draft.name.clone()).crumb("方案编制", "/schemes").crumb(draft.name.clone(), "");
    layout.mark = draft.entry.is("example", false).then(|| "示例方案".to_owned());
    let office = visit.app.directory().name_of(draft.organisation).to_owned();
    let page = ShowPage {
        layout,
        id: draft.id,
        fact: format!("{office}起草　{year} 年起用　最近改动 {}", moment(&draft.saved_at)),
        status: status(draft.state),
        sentence,
        flaws: flaws.iter().map(|flaw| FlawLine::of(draft.id, flaw)).collect(),
        beside: before.map_or_else(String::new, |(_, scheme)| scheme.name.clone()),
        comparison,
        other_view,
        rules: own.map(|own| compare::rules(&pack, own)).unwrap_or_default(),
        plan: super::plan::words(&draft.entry),
        trail: trail(&acts),
        simulation: own
            .filter(|_| visit.actor().may(Capability::OpenEvaluations))
            .map(|_| Link::new("测算", format!("/evaluations/simulation?of={}&view=moves", draft.id))),
        may_edit: may_draft && draft.state.is_open(),
        may_submit: may_draft && draft.state.is_open() && flaws.is_empty(),
        may_take_back: may_draft && draft.state == State::Submitted,
        may_review: reviews && why_not.is_none(),
        may_withdraw: reviews && why_stays.is_none(),
        why_not: match draft.state {
            State::Submitted => why_not.unwrap_or_default(),
            State::InForce if reviews => why_stays.unwrap_or_default(),
            _ => String::new(),
        },
        is_open: draft.state.is_open(),
        name: draft.name,
    };
    visit.page(&page)
}

/// Does one act and goes back to the draft.
macro_rules! act {
    ($(#[$doc:meta])* $name:ident, $done:literal, |$app:ident, $tx:ident, $actor:ident, $id:ident, $note:ident| $act:expr) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Failure::NotFound`] out of reach; a refusal stands on the draft's page.
        pub async fn $name(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
            let draft = draft_of(&visit, id).await?;
            let mut tx = visit.begin().await?;
            let done = {
                let ($app, $tx, $actor, $id, $note) = (&visit.app, &mut tx, visit.actor(), draft.id, sent.text("note"));
                $act.await
            };
            match visit.or_back(&draft.address(), done)? {
                Ok(()) => Ok(visit.done(tx.commit().await?, &draft.address(), $done)),
                Err(refused) => Ok(refused),
            }
        }
    };
}

act! {
    /// `POST /schemes/{id}/submit`
    submit, "已送审，审核的同志会收到消息。", |app, tx, actor, id, note| super::submit(app, tx, actor, id, note)
}
act! {
    /// `POST /schemes/{id}/take-back`
    take_back, "已收回，可以接着改。", |app, tx, actor, id, _note| super::take_back(app, tx, actor, id)
}
act! {
    /// `POST /schemes/{id}/drop`
    drop_draft, "已作废，留作记录。", |app, tx, actor, id, _note| super::drop_draft(app, tx, actor, id)
}
act! {
    /// `POST /schemes/{id}/return`
    give_back, "已退回，起草的同志会收到理由。", |app, tx, actor, id, note| super::give_back(app, tx, actor, id, note)
}
act! {
    /// `POST /schemes/{id}/accept`
    accept, "已采用，写进了制度包。", |app, tx, actor, id, note| super::accept(app, tx, actor, id, note)
}
act! {
    /// `POST /schemes/{id}/withdraw`
    withdraw, "已停用，还没有开评的年份按它之前的一版评定。", |app, tx, actor, id, note| super::withdraw(app, tx, actor, id, note)
}
