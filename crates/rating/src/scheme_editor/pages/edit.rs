//! The form, one sheet at a time: what was typed is kept at every pause and checked at once, each message at its place.

use std::collections::HashMap;

use askama::Template;
use assessment::plain;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use policy::{OrganisationRole, Pack, Reading, source};
use store::Refusal;

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
    };
    visit.page(&page)
}

struct Views<'a> {
    pack: &'a Pack,
    reading: &'a Reading,
    entry: &'a DraftEntry,
}

impl Views<'_> {
    fn cite(&self, at: &str) -> CiteView {
        let path = format!("{at}cite");
        let now = self.entry.text(&format!("{path}.doc"));
        let docs = self.pack.documents.iter().map(|(key, document)| (key.as_str(), document.short.clone().unwrap_or_else(|| document.name.clone())));
        CiteView {
            docs: choices(docs.chain([("example", "示例（没有文件）".to_owned())]), now),
            clause: self.entry.text(&format!("{path}.clause")).to_owned(),
            quote: self.entry.text(&format!("{path}.quote")).to_owned(),
            path,
        }
    }

    fn basic(&self) -> BasicView {
        let entry = self.entry;
        let chosen = entry.keys("kinds");
        // Those that are rated are branches; others only where the scheme names them already.
        let is_offered = |key: &str, kind: &policy::OrganisationKind| kind.role == OrganisationRole::Branch || chosen.iter().any(|own| own == key);
        let kinds = self.pack.organisation_kinds.iter().filter(|(key, kind)| is_offered(key, kind)).map(|(key, kind)| Choice {
            value: key.clone(),
            label: kind.name.clone(),
            selected: chosen.contains(key),
        });
        let own: Vec<String> = entry.standards().into_iter().map(|(_, field)| field).collect();
        let mut fields: Vec<_> = self.pack.fields.iter().filter(|(key, _)| !own.contains(key)).collect();
        fields.sort_by_key(|(_, field)| field.order);
        BasicView {
            name: entry.text("name").to_owned(),
            from_year: entry.shown("from_year", Kind::Number),
            kinds: kinds.collect(),
            is_example: entry.is("example", false),
            approved_by: entry.text("approved_by").to_owned(),
            document_number: entry.text("document_number").to_owned(),
            valid_until: entry.text("valid_until").to_owned(),
            weights_locked_on: entry.text("weights_locked_on").to_owned(),
            cite: self.cite(""),
            has_standards: !own.is_empty(),
            fields: fields.into_iter().map(|(key, field)| Choice { value: key.clone(), label: field.name.clone(), selected: false }).collect(),
        }
    }

    fn items(&self, tab: &Tab) -> Option<ItemsView> {
        let entry = self.entry;
        let path = entry.sections_of(tab)?;
        let standard = path.strip_suffix(".section").map(|standard| StandardView {
            owner: entry.text(&format!("{standard}.owner")).to_owned(),
            cite: self.cite(&format!("{standard}.")),
            name: tab_name(self.pack, tab),
            anchor: anchor(standard),
            owner_place: format!("{standard}.owner"),
            path: standard.to_owned(),
        });
        let sections = (0..entry.n(&path)).map(|s| {
            let section = format!("{path}.{s}");
            let items: Vec<String> = (0..entry.n(&format!("{section}.items"))).map(|i| format!("{section}.items.{i}")).collect();
            let due = items.iter().filter(|item| !entry.is(&format!("{item}.bonus"), false));
            let total = due
                .filter_map(|item| entry.number(&format!("{item}.weight")))
                .fold(policy::Ratio::from_integer(0), |sum, weight| num_traits::CheckedAdd::checked_add(&sum, &weight).unwrap_or(sum));
            let name = entry.text(&format!("{section}.name")).to_owned();
            SectionView {
                anchor: anchor(&section),
                confirm: if items.is_empty() { String::new() } else { format!("删去“{name}”和里面的 {} 项？", items.len()) },
                name,
                total: plain(total),
                items: items.iter().map(|item| self.item(item)).collect(),
                path: section,
            }
        });
        let mut used = entry.items_in("section");
        if *tab != Tab::Common {
            used.extend(entry.items_in(&path));
        }
        let used: Vec<&str> = used.iter().map(|item| entry.text(&format!("{item}.indicator"))).collect();
        Some(ItemsView { sections: sections.collect(), picks: self.picks(&used), standard, path })
    }

    /// Indicators that can be added, by layer and name, each with its clause.
    fn picks(&self, used: &[&str]) -> Vec<(String, Vec<Choice>)> {
        let of_layer = |layer: &policy::LayerInfo| {
            let is_of = |key: &str| self.reading.entries.get(&format!("indicator.{key}")).is_some_and(|entry| entry.layer == layer.id);
            let own =
                self.pack.indicators.iter().filter(|(key, indicator)| is_of(key) && indicator.pending.is_none() && !used.contains(&key.as_str()));
            let mut picks: Vec<Choice> = own
                .map(|(key, indicator)| {
                    let source = source(self.pack, &indicator.cite);
                    // Whatever rests on no document says so in its own short word.
                    let basis = if indicator.cite.is_example() {
                        "示例".to_owned()
                    } else {
                        format!("{}{}", source.document, source.clause.unwrap_or_default())
                    };
                    Choice { value: key.clone(), label: format!("{}（{basis}）", indicator.name), selected: false }
                })
                .collect();
            picks.sort_by_cached_key(|choice| crate::pinyin::key(&choice.label));
            (layer.title.clone(), picks)
        };
        self.reading.layers.iter().map(of_layer).filter(|(_, picks)| !picks.is_empty()).collect()
    }

    fn item(&self, path: &str) -> ItemView {
        let entry = self.entry;
        let at = |key: &str| format!("{path}.{key}");
        let key = entry.text(&at("indicator"));
        let indicator = self.pack.indicators.get(key);
        let score = entry.text(&at("score")).to_owned();
        let is_judged = indicator.is_none_or(|indicator| indicator.value.is_none());
        let offered = SCORES.iter().filter(|(word, _)| indicator.is_none() || (*word == "judged") == is_judged);
        let basis = indicator.map_or_else(String::new, |indicator| {
            let source = source(self.pack, &indicator.cite);
            let target = indicator.target.last().map_or_else(String::new, |target| {
                let unit = if target.is.value.is_integer() { format!(" {}", indicator.unit) } else { String::new() };
                format!("　目标：{} {}{unit}", indicator.per.label(), target.is)
            });
            let document = if indicator.cite.is_example() { "示例".to_owned() } else { source.document };
            format!("{document}{}{target}", source.clause.unwrap_or_default())
        });
        let n_bands = entry.n(&at("bands"));
        let ballots = self.pack.ballots.iter().map(|(key, ballot)| (key.as_str(), format!("按“{}”的结果", ballot.name)));
        ItemView {
            anchor: anchor(path),
            name: indicator_name(self.pack, key),
            basis,
            href: if self.reading.entries.contains_key(&format!("indicator.{key}")) { format!("/policies/indicator.{key}") } else { String::new() },
            unit: indicator.map_or_else(String::new, |indicator| indicator.unit.clone()),
            weight: entry.shown(&at("weight"), Kind::Number),
            scores: choices(offered.map(|(word, label)| (*word, (*label).to_owned())), &score),
            missing: choices(
                MISSING.iter().map(|(word, label)| (*word, (*label).to_owned())),
                match entry.text(&at("when_not_evidenced")) {
                    "" => "open",
                    other => other,
                },
            ),
            is_bonus: entry.is(&at("bonus"), false),
            bands: (0..n_bands)
                .map(|b| BandView {
                    path: at(&format!("bands.{b}")),
                    at_least: entry.shown(&at(&format!("bands.{b}.at_least")), Kind::Number),
                    points: entry.shown(&at(&format!("bands.{b}.points")), Kind::Number),
                    is_only: n_bands == 1,
                })
                .collect(),
            per_fault: entry.shown(&at("per_fault"), Kind::Number),
            floor: entry.shown(&at("floor"), Kind::Number),
            last_points: entry.shown(&at("last_points"), Kind::Number),
            change: (score == "change_against_base").then(|| ChangeView {
                from: entry.shown(&at("change.from"), Kind::Number),
                to: entry.shown(&at("change.to"), Kind::Number),
                by: choices(
                    [("difference", "增减多少".to_owned()), ("share", "增减百分之几".to_owned())],
                    match entry.text(&at("change.as")) {
                        "" => "difference",
                        other => other,
                    },
                ),
                years_back: entry.shown(&at("change.years_back"), Kind::Number),
            }),
            ballots: if self.pack.ballots.is_empty() {
                Vec::new()
            } else {
                choices(std::iter::once(("", "评定人直接打分".to_owned())).chain(ballots), entry.text(&at("ballot")))
            },
            score,
            path: path.to_owned(),
        }
    }

    fn stars(&self) -> StarsView {
        let entry = self.entry;
        let n = entry.n("star");
        let star = |i: usize| entry.number(&format!("star.{i}.star")).and_then(|star| u8::try_from(star.to_integer()).ok()).unwrap_or_default();
        let lowest = (0..n).map(star).min().unwrap_or(1);
        let below = entry.shown("star_below", Kind::Number);
        let stars = (0..n).map(|i| {
            let path = format!("star.{i}");
            StarView {
                anchor: anchor(&path),
                name: format!("{}星", star_word(star(i))),
                at_least: entry.shown(&format!("{path}.at_least"), Kind::Number),
                quota: entry.shown(&format!("{path}.quota"), Kind::OptionalPercent),
                is_last: i + 1 == n && n > 1,
                path,
            }
        });
        let mut levels: Vec<_> = self.pack.levels.iter().collect();
        levels.sort_by_key(|(_, level)| level.order);
        let pooled = entry.keys("cohort.pool_to");
        // From the nearest level up to the highest: that is the order in which cohorts are put together.
        let under = self.pack.levels.get(entry.text("cohort.under")).map_or(u8::MAX, |level| level.order);
        let is_above = |key: &String, level: &policy::Level| level.order < under || pooled.contains(key);
        let pool_to = levels.iter().rev().filter(|(key, level)| is_above(key, level)).map(|(key, level)| Choice {
            value: (*key).clone(),
            label: level.name.clone(),
            selected: pooled.contains(key),
        });
        let items: Vec<String> = {
            let mut seen: Vec<String> = Vec::new();
            for item in entry.items() {
                let key = entry.text(&format!("{item}.indicator")).to_owned();
                if !seen.contains(&key) {
                    seen.push(key);
                }
            }
            seen
        };
        let ties: Vec<String> = items.iter().flat_map(|item| [format!("{item}.share"), format!("{item}.numerator")]).collect();
        let tie_choices = |now: &str| choices(ties.iter().map(|tie| (tie.as_str(), tie_name(self.pack, tie))), now);
        let words = ["零星", "一星", "二星", "三星", "四星"];
        let roundings = [("down", "舍去小数"), ("nearest", "四舍五入"), ("up", "进一取整")];
        let own = entry.keys("ties");
        StarsView {
            stars: stars.collect(),
            below: choices(
                ["0", "1", "2", "3", "4"]
                    .into_iter()
                    .zip(words)
                    .skip(1)
                    .take(usize::from(lowest.max(2)) - 1)
                    .map(|(value, word)| (value, word.to_owned())),
                &below,
            ),
            roundings: choices(
                roundings.map(|(word, label)| (word, label.to_owned())),
                match entry.text("quota_rounding") {
                    "" => "down",
                    other => other,
                },
            ),
            below_includes: entry.is("below_includes", true),
            evidenced: entry.shown("evidenced_weight_min", Kind::Percent),
            bonus_cap: entry.shown("bonus_cap", Kind::Number),
            weights_total: entry.shown("weights_total", Kind::Number),
            under: choices(levels.iter().map(|(key, level)| (key.as_str(), level.name.clone())), entry.text("cohort.under")),
            pool_to: pool_to.collect(),
            pool_below: entry.shown("cohort.pool_below", Kind::Number),
            ties: (0..entry.n("ties"))
                .map(|i| {
                    let path = format!("ties.{i}");
                    TieView { choices: tie_choices(entry.text(&path)), anchor: anchor(&path), path }
                })
                .collect(),
            tie_picks: ties
                .iter()
                .filter(|tie| !own.contains(tie))
                .map(|tie| Choice { value: tie.clone(), label: tie_name(self.pack, tie), selected: false })
                .collect(),
            may_add: lowest > 1 && n > 0,
        }
    }

    fn vetoes(&self) -> VetoesView {
        let entry = self.entry;
        let mut items: Vec<(String, String)> = Vec::new();
        for item in entry.items() {
            let key = entry.text(&format!("{item}.indicator")).to_owned();
            if !items.iter().any(|(other, _)| *other == key) {
                let name = indicator_name(self.pack, &key);
                items.push((key, name));
            }
        }
        let item_choices = |now: &str| choices(items.iter().map(|(key, name)| (key.as_str(), name.clone())), now);
        let vetoes = (0..entry.n("veto")).map(|i| {
            let path = format!("veto.{i}");
            let follows = entry.shown(&format!("{path}.star_at_most"), Kind::Number);
            let follows = if entry.is(&format!("{path}.disqualify"), false) { "disqualify" } else { follows.as_str() };
            let stars = [("4", "最高四星"), ("3", "最高三星"), ("2", "最高二星"), ("1", "最高一星"), ("disqualify", "不予评星、不排名次")];
            VetoView {
                items: item_choices(entry.text(&format!("{path}.unless_met"))),
                follows: choices(stars.map(|(value, label)| (value, label.to_owned())), follows),
                cite: self.cite(&format!("{path}.")),
                anchor: anchor(&path),
                path,
            }
        });
        VetoesView {
            vetoes: vetoes.collect(),
            picks: items.iter().map(|(key, name)| Choice { value: key.clone(), label: name.clone(), selected: false }).collect(),
        }
    }
}
