//! The form, one sheet at a time: what was typed is kept at every pause and checked at once, each message at its place.

use std::collections::HashMap;

use askama::Template;
use assessment::plain;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use policy::{OrganisationRole, Pack, Reading, source};
use store::Refusal;

mod views;

use self::views::Views;
use super::moment;
use crate::evaluation::star_word;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Choice;
use crate::http::visit::{Answer, Visit};
use crate::scheme_editor::check::{indicator_name, tabs};
use crate::scheme_editor::compare::tie_name;
use crate::scheme_editor::model::Kind;
use crate::scheme_editor::{Act, Draft, DraftEntry, Flaw, Sent, Tab};

/// What stands beside the form and comes anew at every pause of the typing.
struct Said {
    saw: i64,
    saved: String,
    sums: Vec<SumLine>,
    flaws: Vec<FlawLine>,
    /// Every place of the sheet where something can be wrong, with what is.
    spots: Vec<(String, String)>,
}

struct SumLine {
    name: String,
    parts: String,
    total: String,
    wanted: String,
    is_right: bool,
    go: String,
}

struct FlawLine {
    sheet: String,
    what: String,
    sentence: String,
    /// The button that opens its sheet; on this sheet its anchor is enough.
    go: String,
    anchor: String,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "parts/scheme_said.html")]
struct SaidPart {
    said: Said,
    /// Messages go to their places by themselves; the page as a whole has them there already.
    is_part: bool,
}

struct TabView {
    go: String,
    name: String,
    note: String,
    n_flaws: usize,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "pages/scheme_edit.html")]
struct EditPage {
    layout: Layout,
    id: i64,
    name: String,
    tab: String,
    shape: String,
    tabs: Vec<TabView>,
    said: Said,
    is_part: bool,
    at: HashMap<String, String>,
    basic: Option<BasicView>,
    items: Option<ItemsView>,
    stars: Option<StarsView>,
    vetoes: Option<VetoesView>,
    plan: Option<PlanView>,
}

impl EditPage {
    /// What is wrong at a place.
    fn error(&self, place: &str) -> &str {
        self.at.get(place).map_or("", String::as_str)
    }
}

/// `section.0.items.1` as part of an id.
fn anchor(path: &str) -> String {
    path.replace('.', "-")
}

struct BasicView {
    name: String,
    from_year: String,
    /// Choice and whether it is ticked.
    kinds: Vec<Choice>,
    is_example: bool,
    approved_by: String,
    document_number: String,
    valid_until: String,
    weights_locked_on: String,
    cite: CiteView,
    /// Fields that have no standard yet.
    fields: Vec<Choice>,
    has_standards: bool,
}

struct CiteView {
    path: String,
    docs: Vec<Choice>,
    clause: String,
    quote: String,
}

struct ItemsView {
    path: String,
    standard: Option<StandardView>,
    sections: Vec<SectionView>,
    /// Indicators that can be added, by the layer that brings them, from the lowest.
    picks: Vec<(String, Vec<Choice>)>,
}

struct StandardView {
    path: String,
    anchor: String,
    owner_place: String,
    owner: String,
    cite: CiteView,
    name: String,
}

struct SectionView {
    path: String,
    anchor: String,
    name: String,
    total: String,
    /// Asked before it is taken away with what it holds; empty: nothing to ask.
    confirm: String,
    items: Vec<ItemView>,
}

struct ItemView {
    path: String,
    anchor: String,
    name: String,
    /// 《…条例》第十六条，每月 ≥ 1 次.
    basis: String,
    href: String,
    unit: String,
    weight: String,
    /// What this scheme asks, and how the indicator's own target reads; `None`: it has none.
    target: Option<(String, String)>,
    scores: Vec<Choice>,
    score: String,
    missing: Vec<Choice>,
    is_bonus: bool,
    bands: Vec<BandView>,
    per_fault: String,
    floor: String,
    last_points: String,
    change: Option<ChangeView>,
    ballots: Vec<Choice>,
}

struct BandView {
    path: String,
    at_least: String,
    points: String,
    is_only: bool,
}

struct ChangeView {
    from: String,
    to: String,
    by: Vec<Choice>,
    years_back: String,
}

struct StarsView {
    stars: Vec<StarView>,
    below: Vec<Choice>,
    roundings: Vec<Choice>,
    below_includes: bool,
    evidenced: String,
    bonus_cap: String,
    weights_total: String,
    under: Vec<Choice>,
    pool_to: Vec<Choice>,
    pool_below: String,
    ties: Vec<TieView>,
    tie_picks: Vec<Choice>,
    may_add: bool,
}

struct StarView {
    path: String,
    anchor: String,
    name: String,
    at_least: String,
    quota: String,
    effect: String,
    is_last: bool,
}

struct TieView {
    path: String,
    anchor: String,
    choices: Vec<Choice>,
}

struct VetoesView {
    vetoes: Vec<VetoView>,
    picks: Vec<Choice>,
}

struct VetoView {
    path: String,
    anchor: String,
    items: Vec<Choice>,
    follows: Vec<Choice>,
    cite: CiteView,
}

struct PlanView {
    year: String,
    /// What the pack has for the year already.
    known: Vec<String>,
    lines: Vec<PlanLineView>,
}

struct PlanLineView {
    path: String,
    anchor: String,
    name: String,
    periods: Vec<Choice>,
    opens_on: String,
    levels: Vec<Choice>,
    owner: String,
    procedures: Vec<Choice>,
}

/// Ways of scoring in the officer's words.
const SCORES: [(&str, &str); 8] = [
    ("share_of_periods_met", "按达标期数的比例得分"),
    ("met", "达标得满分，否则 0 分"),
    ("proportional_to_target", "达标得满分，不达标按比例"),
    ("bands", "分档得分"),
    ("deduct", "发现一个扣几分"),
    ("rank_in_cohort", "按同组名次得分"),
    ("change_against_base", "按比往年的增减得分"),
    ("judged", "由人评定"),
];
const MISSING: [(&str, &str); 3] = [("open", "先空着，补齐依据再评"), ("leave_out", "不计这一项，其余折算"), ("zero", "记 0 分")];

fn choices<'a>(list: impl IntoIterator<Item = (&'a str, String)>, now: &str) -> Vec<Choice> {
    let mut found: Vec<Choice> = list.into_iter().map(|(value, label)| Choice { value: value.to_owned(), label, selected: value == now }).collect();
    // What the pack no longer has stays visible, or it would be changed by being looked at.
    if !now.is_empty() && !found.iter().any(|choice| choice.selected) {
        found.insert(0, Choice { value: now.to_owned(), label: format!("{now}（制度包里没有了）"), selected: true });
    }
    found
}

/// `GET /schemes/{id}/edit`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn edit(visit: Visit, Path(id): Path<i64>) -> Answer {
    let draft = super::draft_of(&visit, id).await?;
    let may_draft = visit.app.directory().is_visible(&visit.scope(policy::Capability::DraftSchemes), draft.organisation);
    if !may_draft || !draft.state.is_open() {
        return Ok(Redirect::to(&draft.address()).into_response());
    }
    let wanted = crate::http::list::pairs(&visit.query).into_iter().find(|(name, _)| name == "tab").map(|(_, value)| Tab::of(&value));
    let tab = wanted.filter(|tab| tabs(&draft.entry).contains(tab)).unwrap_or(Tab::Basic);
    page(&visit, &draft, &tab).await
}

/// `POST /schemes/{id}/edit`: keeps one sheet. At a pause of the typing the answer is what is said beside it; at a button it is
/// the sheet anew, at the row that the button was about.
///
/// # Errors
/// [`Failure::NotFound`] out of reach; a refusal stands on the draft's page.
pub async fn save(visit: Visit, Path(id): Path<i64>, headers: HeaderMap, form: Submitted) -> Answer {
    let draft = super::draft_of(&visit, id).await?;
    let is_pause = headers.contains_key("hx-request");
    let tab = Tab::of(form.text("tab"));
    // A pause only keeps: a button is pressed by a request of its own.
    let act = if is_pause { Act::Keep } else { Act::of(form.text("do")) };
    let picked = match &act {
        Act::Add(path) => form.text(&format!("pick.{path}")).to_owned(),
        _ => String::new(),
    };
    let values = |path: &str| form.all(path).to_vec();
    let sent = Sent {
        tab: tab.clone(),
        saw: form.text("saw").parse().unwrap_or(-1),
        shape: form.text("shape"),
        act: act.clone(),
        picked: &picked,
        values: &values,
    };
    let mut tx = visit.begin().await?;
    let (draft, next) = match crate::scheme_editor::save(&visit.app, &mut tx, visit.actor(), draft.id, sent).await {
        Ok(saved) => saved,
        Err(error) => {
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            if is_pause {
                return Err(Failure::Refused(refusal.0));
            }
            return Ok(visit.refuse(&draft.address(), &refusal.0));
        }
    };
    tx.commit().await?;
    if is_pause {
        let flaws = crate::scheme_editor::flaws(&visit.app, visit.app.store().reader(), &draft, visit.today()).await?;
        let said = said(&visit.pack(), &draft, &tab, &flaws);
        return visit.page(&SaidPart { said, is_part: true });
    }
    let address = match (act, next) {
        (Act::Go(tab), _) => format!("/schemes/{id}/edit?tab={}", tab.word()),
        (Act::Add(path), Some(row)) if path == "standard" => {
            format!("/schemes/{id}/edit?tab={}", Tab::Field(draft.entry.text(&format!("{row}.field")).to_owned()).word())
        }
        (Act::Drop(path), _) if path.starts_with("standard.") && path.matches('.').count() == 1 => format!("/schemes/{id}/edit?tab=common"),
        (_, Some(row)) => format!("/schemes/{id}/edit?tab={}#i-{}", tab.word(), anchor(&row)),
        (_, None) if form.text("do") == "finish" => draft.address(),
        (_, None) => format!("/schemes/{id}/edit?tab={}", tab.word()),
    };
    Ok(Redirect::to(&address).into_response())
}

fn tab_name(pack: &Pack, tab: &Tab) -> String {
    match tab {
        Tab::Basic => "基本情况".to_owned(),
        Tab::Common => "共同项目".to_owned(),
        Tab::Field(key) => pack.fields.get(key).map_or(key.as_str(), |field| &field.name).to_owned(),
        Tab::Stars => "星级名额".to_owned(),
        Tab::Vetoes => "一票否决".to_owned(),
        Tab::Plan => "年度计划".to_owned(),
    }
}

fn said(pack: &Pack, draft: &Draft, tab: &Tab, flaws: &[Flaw]) -> Said {
    let at = by_place(flaws, tab);
    let spots = spots(&draft.entry, tab).into_iter().map(|place| {
        let sentence = at.get(&place).cloned().unwrap_or_default();
        (anchor(&place), sentence)
    });
    let sums = draft.entry.sums().into_iter().map(|sum| SumLine {
        name: if sum.field.is_empty() { "各项".to_owned() } else { tab_name(pack, &Tab::Field(sum.field.clone())) },
        parts: if sum.field.is_empty() { String::new() } else { format!("{} + {}", plain(sum.common), plain(sum.own)) },
        total: plain(sum.total()),
        wanted: plain(sum.wanted),
        is_right: sum.is_right(),
        go: format!("go:{}", sum.tab.word()),
    });
    let line = |flaw: &Flaw| FlawLine {
        sheet: tab_name(pack, &flaw.tab),
        what: flaw.what.clone(),
        sentence: flaw.sentence.clone(),
        go: format!("go:{}", flaw.tab.word()),
        anchor: anchor(&flaw.place),
        is_here: flaw.tab == *tab,
    };
    Said { saw: draft.n_saves, saved: moment(&draft.saved_at), sums: sums.collect(), spots: spots.collect(), flaws: flaws.iter().map(line).collect() }
}

/// What is wrong on one sheet, by place; several at one place stand in one sentence.
fn by_place(flaws: &[Flaw], tab: &Tab) -> HashMap<String, String> {
    let mut at: HashMap<String, String> = HashMap::new();
    for flaw in flaws.iter().filter(|flaw| flaw.tab == *tab) {
        let place = match flaw.place.as_str() {
            "until_year" | "version_of" | "ends_earlier" => "from_year",
            other => other,
        };
        let said = at.entry(place.to_owned()).or_default();
        if !said.is_empty() {
            said.push('；');
        }
        said.push_str(&flaw.sentence);
    }
    at
}

/// The places of a sheet at which something can be said.
fn spots(entry: &DraftEntry, tab: &Tab) -> Vec<String> {
    let rows = |list: &str| (0..entry.n(list)).map(|i| format!("{list}.{i}")).collect::<Vec<_>>();
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    match tab {
        Tab::Basic => named(&["name", "from_year", "kinds", "approved_by", "document_number", "valid_until", "weights_locked_on", "cite"]),
        Tab::Common | Tab::Field(_) => {
            let Some(sections) = entry.sections_of(tab) else { return Vec::new() };
            let owner = sections.strip_suffix(".section").map(|standard| format!("{standard}.owner"));
            named(&["sum"]).into_iter().chain(owner).chain(rows(&sections)).chain(entry.items_in(&sections)).collect()
        }
        Tab::Stars => [
            named(&["star", "star_below", "quota_rounding", "evidenced_weight_min", "bonus_cap", "weights_total", "cohort", "ties"]),
            rows("star"),
            rows("ties"),
        ]
        .concat(),
        Tab::Vetoes => rows("veto"),
        Tab::Plan => rows(crate::scheme_editor::plan::LINES),
    }
}

async fn page(visit: &Visit, draft: &Draft, tab: &Tab) -> Answer {
    let policies = visit.app.policies();
    let (pack, reading, entry) = (&policies.pack, &policies.reading, &draft.entry);
    let flaws = crate::scheme_editor::flaws(&visit.app, visit.app.store().reader(), draft, visit.today()).await?;
    let sums = entry.sums();
    let note = |of: &Tab| match of {
        Tab::Common => sums.first().map_or_else(String::new, |sum| format!("{} 分", plain(sum.common))),
        Tab::Field(_) => sums.iter().find(|sum| sum.tab == *of).map_or_else(String::new, |sum| format!("{} 分", plain(sum.own))),
        Tab::Vetoes => format!("{} 条", entry.n("veto")),
        Tab::Plan => format!("{} 项", entry.n(crate::scheme_editor::plan::LINES)),
        Tab::Basic | Tab::Stars => String::new(),
    };
    let tab_views = tabs(entry).into_iter().map(|of| TabView {
        go: format!("go:{}", of.word()),
        name: tab_name(pack, &of),
        note: note(&of),
        n_flaws: flaws.iter().filter(|flaw| flaw.tab == of).count(),
        is_current: of == *tab,
    });
    let view = Views { pack, reading, entry };
    let mut layout =
        visit.layout(format!("编制：{}", draft.name)).crumb("方案编制", "/schemes").crumb(draft.name.clone(), draft.address()).crumb("编制", "");
    layout.mark = entry.is("example", false).then(|| "示例方案".to_owned());
    let page = EditPage {
        layout,
        id: draft.id,
        name: draft.name.clone(),
        tab: tab.word(),
        shape: entry.shape(tab),
        tabs: tab_views.collect(),
        said: said(pack, draft, tab, &flaws),
        is_part: false,
        at: by_place(&flaws, tab),
        basic: (*tab == Tab::Basic).then(|| view.basic()),
        items: view.items(tab),
        stars: (*tab == Tab::Stars).then(|| view.stars()),
        vetoes: (*tab == Tab::Vetoes).then(|| view.vetoes()),
        plan: (*tab == Tab::Plan).then(|| view.plan()),
    };
    visit.page(&page)
}
