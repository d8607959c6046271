//! `/evaluations/simulation`: a draft scheme beside the scheme in force, for those who may open evaluations.
//!
//! The draft stands in the address, as what it changes and nothing else: a page can be loaded again and shown to a
//! colleague, and nothing is stored. The form itself is posted, because a scheme has more weights than an address should
//! carry; the answer to a sound form is the address. A scheme written in the scheme editor is tried by its number (`of`).

mod form;
mod moves;
mod reports;
mod sheets;

use std::collections::HashSet;
use std::sync::Arc;

use askama::Template;
use assessment::{Compiled, Draft, DraftPlace, DraftProblem, Simulation, SimulationSources, in_place_of, simulate, simulate_whole};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use policy::{Capability, Key, Pack, Period, Ratio, Scheme};
use store::{OrgId, Refusal, query};

use crate::evaluation::run;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{ListQuery, encoded};
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};
use crate::kept::Kept;
use crate::scheme_editor;

use super::Tab;
use form::{DraftForm, Typed};
use moves::MovesView;
use reports::{FairnessView, ItemsView};

const PATH: &str = "/evaluations/simulation";
/// On every page and in every file of a simulation.
pub(crate) const MARK: &str = "草案·仅供测算";
/// Simulations kept in memory at once: a few officers, each going back and forth between two drafts.
const KEPT_MAX: usize = 8;
/// Past years that are offered.
const YEARS_MAX: i16 = 5;

/// What a simulation is of: scheme, period, draft, who looks, on which day, by which pack.
type Asked = (Key, Period, String, String, jiff::civil::Date, String);

#[derive(Template)]
#[template(path = "pages/evaluation_simulation.html")]
struct SimulationPage {
    layout: Layout,
    sentence: String,
    /// What was put aside, and why.
    notice: Option<String>,
    /// Why nothing was computed.
    refused: Vec<String>,
    schemes: Vec<Choice>,
    periods: Vec<Choice>,
    /// The draft as text, kept by the forms.
    draft: String,
    /// The number of a draft from the scheme editor, kept by the forms.
    of: Option<i64>,
    changes: Vec<String>,
    tabs: Vec<Tab>,
    export: Option<String>,
    form: Option<DraftForm>,
    moves: Option<MovesView>,
    items: Option<ItemsView>,
    fairness: Option<FairnessView>,
}

/// What the address asks for.
struct Ask {
    pack: Arc<Pack>,
    key: Key,
    scheme: Scheme,
    period: Period,
    draft: Draft,
    /// The scheme as the draft has it.
    drafted: Scheme,
    view: View,
    notice: Option<String>,
    whole: Option<Whole>,
    /// Periods of which a result by the scheme was published, the newest first.
    published: Vec<Period>,
}

/// A scheme from the scheme editor, tried as a whole.
struct Whole {
    id: i64,
    name: String,
    n_saves: i64,
    /// The scheme beside which it is tried.
    beside: Key,
    scheme: Scheme,
}

impl Whole {
    /// The draft that an address names, if this person sees it and it can be read.
    async fn of(visit: &Visit, id: &str) -> Result<Self, Failure> {
        let Ok(id) = id.parse() else { return Err(Failure::NotFound) };
        let scope = scheme_editor::scope_of(visit.actor());
        let found = scheme_editor::visible(&visit.app, visit.app.store().reader(), &scope, id).await;
        let draft = found.map_err(|error| if error.is::<Refusal>() { Failure::NotFound } else { Failure::from(error) })?;
        let Some(scheme) = scheme_editor::as_scheme(&visit.app, &draft) else {
            return Err(Failure::Refused("这份草案里还有看不懂的数字，请先在“方案编制”里改好再测算。".to_owned()));
        };
        let pack = visit.pack();
        let beside = scheme_editor::scheme_before(&pack, &draft).map(|(key, scheme)| scheme.version_of.clone().unwrap_or_else(|| key.clone()));
        Ok(Self { id, n_saves: draft.n_saves, beside: beside.unwrap_or_default(), name: draft.name, scheme })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Form,
    Moves,
    Items,
    Fairness,
}

impl View {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Form, "form", "改方案"),
        (Self::Moves, "moves", "谁会动"),
        (Self::Items, "items", "各项作用"),
        (Self::Fairness, "fairness", "是否公平"),
    ];

    fn key(self) -> &'static str {
        Self::ALL.iter().find(|(view, ..)| *view == self).map_or("form", |(_, key, _)| key)
    }
}

impl Ask {
    async fn read(visit: &Visit, whole: Option<Whole>, parameter: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let pack = visit.pack();
        // The scheme with a standard for each field first: it is the one that is weighed most.
        let first = pack.schemes.iter().find(|(_, scheme)| !scheme.standards.is_empty()).or_else(|| pack.schemes.iter().next());
        let named = whole.as_ref().map(|whole| whole.beside.clone()).or_else(|| parameter("scheme"));
        let wanted = named.and_then(|key| pack.schemes.get_key_value(&key)).filter(|(_, scheme)| scheme.version_of.is_none());
        let (key, named) = wanted.or(first).ok_or_else(|| Failure::Refused("制度包里没有评定方案，请先导入。".to_owned()))?;
        let today = visit.today();
        let is_offered = |period: &Period| period.from() <= today && period.year >= today.year() - YEARS_MAX;
        let period = parameter("period").and_then(|text| text.parse::<Period>().ok()).filter(is_offered);
        // What was published has its evidence; the year under way lacks what people have not judged yet.
        let published: Vec<Period> = published(visit, key).await?.into_iter().filter(is_offered).collect();
        let period = period.or(published.first().copied()).unwrap_or_else(|| Period::year(today.year()));
        // The version that judges the period; without one the computation says so.
        let scheme = pack.scheme_in(key, period.year).map_or(named, |(_, version)| version);
        let mut notice = None;
        let text = parameter("draft").filter(|_| whole.is_none()).unwrap_or_default();
        let read = text.parse::<Draft>().and_then(|draft| match draft.apply(&pack, scheme) {
            Ok(drafted) => Ok((draft, drafted)),
            Err(problems) => Err(problems.into_iter().map(|problem| problem.sentence).collect::<Vec<_>>().join("；")),
        });
        let (draft, drafted) = read.unwrap_or_else(|sentence| {
            notice = Some(format!("地址里的草案不能用在“{}”上：{sentence}。下面是现行方案。", scheme.name));
            (Draft::default(), scheme.clone())
        });
        let draft = draft.reduced(scheme);
        let view = parameter("view").and_then(|key| View::ALL.iter().find(|(_, known, _)| *known == key).map(|(view, ..)| *view));
        let view = view.unwrap_or(if draft.is_empty() && whole.is_none() { View::Form } else { View::Moves });
        let drafted = whole.as_ref().map_or(drafted, |whole| in_place_of(scheme, &whole.scheme));
        Ok(Self { key: key.clone(), scheme: scheme.clone(), period, draft, drafted, view, notice, whole, pack, published })
    }

    /// The address of one view of this draft.
    fn address(&self, view: View) -> String {
        let draft = match &self.whole {
            Some(whole) => format!("&of={}", whole.id),
            None if self.draft.is_empty() => String::new(),
            None => format!("&draft={}", encoded(&self.draft.to_string())),
        };
        format!("{PATH}?scheme={}&period={}{draft}&view={}", self.key, self.period, view.key())
    }

    /// What the draft changes, as sentences.
    fn changes(&self) -> Vec<String> {
        match &self.whole {
            Some(whole) => {
                let sentence = scheme_editor::compare(&self.pack, &self.scheme, &self.drafted).sentence();
                vec![format!("方案编制里的“{}”：{sentence}", whole.name)]
            }
            None => form::changes(&self.pack, &self.scheme, &self.draft),
        }
    }

    /// Whether nothing is changed, so that nobody is named.
    fn is_same(&self) -> bool {
        match self.whole {
            Some(_) => scheme_editor::compare(&self.pack, &self.scheme, &self.drafted).is_same(),
            None => self.draft.is_empty(),
        }
    }
}

/// `GET /evaluations/simulation`
pub(super) async fn show(visit: Visit) -> Answer {
    let pairs = crate::http::list::pairs(&visit.query);
    let parameter = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let whole = match parameter("of") {
        Some(id) => Some(Whole::of(&visit, &id).await?),
        None => None,
    };
    let ask = Ask::read(&visit, whole, parameter).await?;
    if let Some(whole) = ask.whole.as_ref().filter(|_| ask.view == View::Form) {
        return Ok(Redirect::to(&format!("/schemes/{}/edit", whole.id)).into_response());
    }
    if ask.view == View::Form {
        let form = DraftForm::of(&ask.pack, &ask.scheme, &Typed::of(&ask.drafted), &[]);
        return page(&visit, &ask, |page| page.form = Some(form)).await;
    }
    let simulation = match simulation(&visit, &ask).await {
        Ok(simulation) => simulation,
        Err(error) => {
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            return page(&visit, &ask, |page| page.refused = vec![refusal.0]).await;
        }
    };
    let place = Place { visit: &visit, ask: &ask, simulation: &simulation, rules: Rules::of(&visit, &ask) };
    match ask.view {
        View::Moves => {
            let query = ListQuery::parse(&moves::MOVES, PATH, Some(&visit.query));
            if let Some(export) = query.export {
                return sheets::moves(export, &place, &query);
            }
            let view = moves::view(&place, query);
            page(&visit, &ask, |page| {
                page.sentence = view.sentence.clone();
                page.export = Some(view.query.export_link(crate::http::list::Export::Xlsx));
                page.moves = Some(view);
            })
            .await
        }
        View::Items => {
            let query = ListQuery::parse(&reports::ITEMS, PATH, Some(&visit.query));
            if let Some(export) = query.export {
                return sheets::items(export, &place, &query);
            }
            let view = reports::items(&place, query);
            page(&visit, &ask, |page| {
                page.sentence = view.sentence.clone();
                page.export = Some(view.query.export_link(crate::http::list::Export::Xlsx));
                page.items = Some(view);
            })
            .await
        }
        View::Fairness | View::Form => {
            let query = ListQuery::parse(&reports::ITEMS, PATH, Some(&visit.query));
            if let Some(export) = query.export {
                return sheets::fairness(export, &place);
            }
            let view = reports::fairness(&place);
            page(&visit, &ask, |page| {
                page.sentence = view.sentence.clone();
                page.export = Some(query.export_link(crate::http::list::Export::Xlsx));
                page.fairness = Some(view);
            })
            .await
        }
    }
}

/// `POST /evaluations/simulation`: a sound form leads to its address; one that does not add up comes back with what to do.
pub(super) async fn draft(visit: Visit, sent: Submitted) -> Answer {
    let given = |name: &str| sent.filled(name).map(str::to_owned);
    let mut ask = Ask::read(&visit, None, |name| given(name).filter(|_| name == "scheme" || name == "period")).await?;
    let typed = Typed::sent(&ask.scheme, &sent);
    let (draft, mut problems) = typed.draft();
    if problems.is_empty() {
        let draft = draft.reduced(&ask.scheme);
        match draft.apply(&ask.pack, &ask.scheme) {
            Ok(_) if draft.is_empty() => {
                problems.push(DraftProblem {
                    place: DraftPlace::Whole, sentence: "草案和现行方案一样，请先改动分值、分数线或名额".to_owned()
                });
            }
            Ok(_) => {
                ask.draft = draft;
                return Ok(Redirect::to(&ask.address(View::Moves)).into_response());
            }
            Err(found) => problems = found,
        }
    }
    ask.view = View::Form;
    let form = DraftForm::of(&ask.pack, &ask.scheme, &typed, &problems);
    let mut response = page(&visit, &ask, |page| page.form = Some(form)).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Everything that the views of one simulation are made from.
struct Place<'a> {
    visit: &'a Visit,
    ask: &'a Ask,
    simulation: &'a Simulation,
    rules: Rules,
}

/// What the pack says about reading a simulation.
struct Rules {
    /// By which share of itself each weight is moved.
    weight_step: Ratio,
    /// From this share of equals on an item tells nobody apart.
    equal_share: Ratio,
    /// From this distance on, in shares of the whole row, a group is said to come off otherwise.
    position_gap: Ratio,
}

impl Rules {
    fn of(visit: &Visit, ask: &Ask) -> Self {
        let share = |key: &str, otherwise: Ratio| ask.pack.share(key, visit.today()).unwrap_or(otherwise);
        // Without the pack's word a weight stays where it is, only full agreement is agreement, and no gap is too wide.
        Self {
            weight_step: share("simulation_weight_step", Ratio::from_integer(0)),
            equal_share: share("simulation_equal_share", Ratio::from_integer(1)),
            position_gap: share("simulation_position_gap", Ratio::from_integer(1)),
        }
    }
}

/// The office in whose name the visitor simulates: the root of the grant to open evaluations.
fn office(visit: &Visit) -> Option<OrgId> {
    let root = visit.actor().grants_with(Capability::OpenEvaluations).find_map(|grant| grant.set.root);
    root.or_else(|| visit.home())
}

/// The simulation of a draft; kept while records stay as they are, so that pages of a list are not computed one by one.
async fn simulation(visit: &Visit, ask: &Ask) -> anyhow::Result<Arc<Simulation>> {
    let sets: Vec<String> = visit.actor().grants_with(Capability::OpenEvaluations).map(|grant| format!("{:?}", grant.set)).collect();
    let draft = ask.whole.as_ref().map_or_else(|| ask.draft.to_string(), |whole| format!("of {} {}", whole.id, whole.n_saves));
    let key: Asked = (ask.key.clone(), ask.period, draft, sets.join("|"), visit.today(), visit.app.policies().version());
    let kept = Kept::<Asked, Simulation>::of(&visit.app);
    let found = kept.get(key, |_| true, |_| compute(visit, ask)).await?;
    kept.keep_at_most(KEPT_MAX);
    Ok(found)
}

async fn compute(visit: &Visit, ask: &Ask) -> anyhow::Result<Simulation> {
    let app = &visit.app;
    let closed_until = ask.period.until().min(visit.today());
    let subjects = app.figures().subjects(app, run::last_day(ask.period, closed_until)?).await?;
    let compiled = Compiled::new(&ask.pack, &ask.key, ask.period.from()).map_err(|problems| Refusal(problems.join("；")))?;
    let mut years_back = compiled.years_back();
    if ask.whole.is_some() {
        // What is compared with earlier years may be new in the draft.
        let mut pack = Pack::clone(&ask.pack);
        let entry = pack.scheme_in(&ask.key, ask.period.year).map(|(entry, _)| entry.clone()).unwrap_or_default();
        pack.schemes.insert(entry, ask.drafted.clone());
        let drafted = Compiled::new(&pack, &ask.key, ask.period.from()).map_err(|problems| Refusal(problems.join("；")))?;
        years_back.extend(drafted.years_back());
        years_back.sort_unstable();
        years_back.dedup();
    }
    let facts = app.figures().facts_against(app, ask.period.year, &years_back).await?;
    let marks = app.figures().marks_of(app, ask.period, None).await?;
    let seen: HashSet<OrgId> = {
        let (scope, directory) = (visit.scope(Capability::OpenEvaluations), app.directory());
        subjects.iter().map(|subject| subject.id).filter(|id| directory.is_visible(&scope, *id)).collect()
    };
    let (pack, key, draft, period) = (ask.pack.clone(), ask.key.clone(), ask.draft.clone(), ask.period);
    let whole = ask.whole.as_ref().map(|whole| whole.scheme.clone());
    let weight_step = Rules::of(visit, ask).weight_step;
    tokio::task::spawn_blocking(move || {
        let sources = SimulationSources {
            pack: &pack,
            scheme: &key,
            draft: &draft,
            subjects: &subjects,
            facts: &facts,
            marks: &marks,
            period,
            closed_until,
            seen: &seen,
            weight_step,
        };
        let said = |problems: Vec<DraftProblem>| problems.into_iter().map(|problem| problem.sentence).collect::<Vec<_>>().join("；");
        let simulated = match &whole {
            Some(whole) => simulate_whole(&sources, whole),
            None => simulate(&sources),
        };
        simulated.map_err(|problems| Refusal(said(problems)).into())
    })
    .await?
}

async fn page(visit: &Visit, ask: &Ask, fill: impl FnOnce(&mut SimulationPage)) -> Answer {
    let mut layout = visit.layout("方案模拟").crumb("考核评星", "/evaluations").crumb("方案模拟", "");
    layout.mark = Some(if ask.scheme.example { format!("{MARK}　示例方案") } else { MARK.to_owned() });
    let schemes = ask
        .pack
        .schemes
        .iter()
        .filter(|(key, scheme)| if ask.whole.is_some() { **key == ask.key } else { scheme.version_of.is_none() })
        .map(|(key, scheme)| choice(key, &scheme.name, *key == ask.key));
    let mut page = SimulationPage {
        layout,
        sentence: "改动分值、分数线或名额，先看会怎样，再定方案。".to_owned(),
        notice: ask.notice.clone(),
        refused: Vec::new(),
        schemes: schemes.collect(),
        periods: periods(visit, ask).await?,
        draft: ask.draft.to_string(),
        of: ask.whole.as_ref().map(|whole| whole.id),
        changes: ask.changes(),
        tabs: View::ALL.iter().map(|(view, _, label)| Tab { link: Link::new(*label, ask.address(*view)), is_current: *view == ask.view }).collect(),
        export: None,
        form: None,
        moves: None,
        items: None,
        fairness: None,
    };
    fill(&mut page);
    visit.page(&page)
}

fn choice(value: &str, label: &str, selected: bool) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), selected }
}

/// Periods of which a result by a scheme was published, the newest first; of two that end together, the longer one.
async fn published(visit: &Visit, scheme: &str) -> anyhow::Result<Vec<Period>> {
    let sql = "select distinct period from evaluation where of_key = $1 and kind = 'evaluation' and published_at is not null";
    let rows = query(visit.app.store().reader(), sql, [scheme.into()]).await?;
    let read = |text: String| text.parse::<Period>().map_err(|error| anyhow::anyhow!(error));
    let mut found: Vec<Period> = rows.iter().map(|row| read(row.try_get_by_index(0)?)).collect::<anyhow::Result<_>>()?;
    found.sort_by_key(|period| std::cmp::Reverse((period.until(), std::cmp::Reverse(period.from()))));
    Ok(found)
}

/// What was published, this year so far, and past years of which there are records.
async fn periods(visit: &Visit, ask: &Ask) -> anyhow::Result<Vec<Choice>> {
    let now = ask.period;
    let year = visit.today().year();
    let rows = query(visit.app.store().reader(), "select min(day) from event", []).await?;
    let first: Option<String> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    let first = first.and_then(|day| day.get(..4)?.parse::<i16>().ok()).unwrap_or(year).clamp(year - YEARS_MAX, year);
    let mut all = ask.published.clone();
    all.extend((first..=year).rev().map(Period::year).filter(|period| !ask.published.contains(period)));
    if !all.contains(&now) {
        all.push(now);
    }
    let label = |period: &Period| match period {
        _ if ask.published.contains(period) => format!("{}（已公布）", period.label()),
        _ if *period == Period::year(year) => format!("{}（到今天）", period.label()),
        _ => period.label(),
    };
    Ok(all.iter().map(|period| choice(&period.to_string(), &label(period), *period == now)).collect())
}
