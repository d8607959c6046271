//! Pages of the plan, of evaluations and of rankings.

mod charts;
mod consequences;
mod differences;
pub(super) mod explain;
mod explain_data;
mod explain_effects;
mod histogram;
mod judged;
pub(super) mod list;
mod plan;
pub(super) mod result;
mod reviews;
mod scheme;
pub(super) mod sheets;
mod simulate;
pub(super) mod targets;
mod tiers;

pub(crate) use simulate::MARK as SIMULATION_MARK;

use policy::Capability::{JudgeItems, ManagePlan, OpenEvaluations, ViewEvaluations};
use policy::{Cite, Pack};

use super::access::{Opened, may_change, opened, own_part};
use super::rows::StoredEvaluation;
use crate::case::pages::{ActionPlace, CaseView, show_action, show_again};
use crate::directory::Directory;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::route::{Door, Needs, Routes};
use crate::http::submitted::Submitted;
use crate::http::view::{Citation, Link};
use crate::http::visit::{Answer, Visit};

/// All of them.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let (view, open, judge, plan_) = (Needs::May(ViewEvaluations), Needs::May(OpenEvaluations), Needs::May(JudgeItems), Needs::May(ManagePlan));
    routes
        .get("/plan", plan_, Door::Inner, plan::show)
        .get("/plan/{year}/next", plan_, Door::Inner, plan::next)
        .post("/plan", plan_, Door::Inner, plan::file)
        .post("/plan/{id}/withdraw", plan_, Door::Inner, plan::withdraw)
        .post("/plan/{id}/open", open, Door::Inner, plan::open)
        .get("/evaluations", Needs::SignIn, Door::Both, list::show)
        .get("/evaluations/simulation", open, Door::Inner, simulate::show)
        .post("/evaluations/simulation", open, Door::Inner, simulate::draft)
        .get(targets::PATH, view, Door::Inner, targets::list)
        .get("/evaluations/targets/{id}", open, Door::Inner, targets::show)
        .post("/evaluations/targets/{id}", open, Door::Inner, targets::issue)
        .get("/evaluations/{id}", view, Door::Both, result::show)
        .post("/evaluations/{id}/calculate", open, Door::Inner, calculate)
        .post("/evaluations/{id}/waive", open, Door::Inner, result::waive_all)
        .get("/evaluations/{id}/actions/{action}", view, Door::Both, show_step)
        .post("/evaluations/{id}/actions/{action}", view, Door::Both, do_step)
        .get("/evaluations/{id}/files/{file}", view, Door::Both, file)
        .get("/evaluations/{id}/scheme", view, Door::Both, scheme::show)
        .get("/evaluations/{id}/differences", view, Door::Inner, differences::show)
        .get("/evaluations/{id}/tiers", view, Door::Inner, tiers::show)
        .get("/evaluations/{id}/charts", view, Door::Inner, charts::show)
        .get("/evaluations/{id}/reviews", view, Door::Both, reviews::show_all)
        .get("/evaluations/{id}/consequences", view, Door::Both, consequences::show)
        .post("/evaluations/{id}/consequences", open, Door::Inner, consequences::save)
        .get("/evaluations/{id}/exports", view, Door::Inner, consequences::exports)
        .post("/evaluations/{id}/exports", open, Door::Inner, consequences::issue)
        .get("/evaluations/{id}/exports/{version}", view, Door::Inner, consequences::one)
        .get("/evaluations/{id}/organisations/{org}/review", view, Door::Both, reviews::show)
        .get("/evaluations/{id}/organisations/{org}/review/actions/{action}", view, Door::Both, reviews::show_step)
        .post("/evaluations/{id}/organisations/{org}/review/actions/{action}", view, Door::Both, reviews::do_step)
        .get("/evaluations/{id}/organisations/{org}/review/files/{file}", view, Door::Both, reviews::file)
        .get("/evaluations/{id}/judged", judge, Door::Inner, judged::show)
        .post("/evaluations/{id}/judged", judge, Door::Inner, judged::save)
        .get("/evaluations/{id}/judged/template", judge, Door::Inner, judged::template)
        .post("/evaluations/{id}/judged/upload", judge, Door::Inner, judged::upload)
        .get("/evaluations/{id}/workbook", view, Door::Inner, sheets::whole_workbook)
        .get("/evaluations/{id}/document", view, Door::Inner, sheets::whole_document)
        .get("/evaluations/{id}/organisations/{org}", view, Door::Both, explain::show)
        .get("/evaluations/{id}/organisations/{org}/data", view, Door::Both, explain_data::show)
        .post("/evaluations/{id}/organisations/{org}/waive", open, Door::Inner, explain::waive)
        .get("/evaluations/{id}/organisations/{org}/workbook", view, Door::Both, sheets::one_workbook)
        .get("/evaluations/{id}/organisations/{org}/document", view, Door::Both, sheets::one_document)
        .with(super::ranking::pages::routes)
}

/// What stands at the head of every page of one result.
#[derive(Debug, Clone)]
pub struct Head {
    pub base: String,
    pub name: String,
    pub office: String,
    pub is_organiser: bool,
    pub is_published: bool,
    /// Not decided yet, and this person's office organises it.
    pub may_change: bool,
    pub fingerprint: String,
    pub fingerprint_short: String,
    pub pack: String,
    /// Which version of the scheme judged: empty where a page does not say it.
    pub version: String,
    pub calculated_on: String,
    pub tabs: Vec<Tab>,
}

/// A place of one result.
#[derive(Debug, Clone)]
pub struct Tab {
    pub link: Link,
    pub is_current: bool,
}

impl Head {
    pub fn new(
        directory: &Directory,
        evaluation: &StoredEvaluation,
        is_organiser: bool,
        may_change: bool,
        base: String,
        places: &[(&str, &str)],
        current: &str,
    ) -> Self {
        let print = &evaluation.fingerprint;
        let tabs = places.iter().map(|(label, end)| Tab { link: Link::new(*label, format!("{base}{end}")), is_current: *end == current }).collect();
        Self {
            name: evaluation.name.clone(),
            office: directory.name_of(evaluation.organisation).to_owned(),
            is_organiser,
            is_published: evaluation.published_at.is_some(),
            may_change: may_change && is_organiser,
            fingerprint: print.clone(),
            fingerprint_short: shortened(print),
            pack: evaluation.pack_version.clone(),
            version: String::new(),
            calculated_on: evaluation.calculated_at.parse::<jiff::Timestamp>().map(|at| store::day_of(at).to_string()).unwrap_or_default(),
            tabs,
            base,
        }
    }
}

/// The version of the scheme by which a result was calculated: its name, the years it judges, its key in the packs.
pub(in crate::evaluation) fn version_words(pack: &policy::Pack, evaluation: &StoredEvaluation) -> String {
    let Some((key, scheme)) = pack.scheme_in(&evaluation.of_key, evaluation.period.year) else { return evaluation.of_key.clone() };
    let years = match (scheme.from_year, scheme.until_year) {
        (None, None) => String::new(),
        (Some(from), None) => format!("，{from} 年起"),
        (None, Some(until)) => format!("，{} 年及以前", until - 1),
        (Some(from), Some(until)) => format!("，{from} 年至 {} 年", until - 1),
    };
    format!("{}（{key}{years}）", scheme.name)
}

/// The first and last characters of a fingerprint, in fours.
pub fn shortened(print: &str) -> String {
    let part = |from: usize, n: usize| print.get(from..from + n).unwrap_or_default().to_owned();
    format!("{} {} {} … {} {}", part(0, 4), part(4, 4), part(8, 4), part(56, 4), part(60, 4))
}

impl Opened {
    /// The head of a page of this evaluation; `current` is the end of its address.
    pub fn head(&self, visit: &Visit, current: &str) -> Head {
        let mut places = vec![("结果", ""), ("先进中间后进", "/tiers"), ("图表", "/charts"), ("方案与出处", "/scheme")];
        if may_change(&self.work) && (self.sight.is_organiser || self.may_judge(visit)) {
            places.push(("评定项目", "/judged"));
        }
        let causes = |effect: policy::Effect| {
            self.work.procedure().is_some_and(|it| it.stages.iter().flat_map(|stage| &stage.actions).any(|action| action.effects.contains(&effect)))
        };
        if causes(policy::Effect::EvaluationOpenReviews) {
            places.push(("自评与考评", "/reviews"));
        }
        if self.evaluation.published_at.is_some() {
            places.push(("与今日数据", "/differences"));
            if causes(policy::Effect::EvaluationAcknowledge) {
                places.push(("结果运用", "/consequences"));
                if self.sight.is_whole {
                    places.push(("考核文件", "/exports"));
                }
            }
        }
        Head::new(&visit.app.directory(), &self.evaluation, self.sight.is_organiser, may_change(&self.work), self.base(), &places, current)
    }

    /// Whether the visitor judges some of the organisations that stand below the organiser.
    fn may_judge(&self, visit: &Visit) -> bool {
        let scope = visit.scope(JudgeItems);
        let directory = visit.app.directory();
        visit.actor().may(JudgeItems)
            && directory.subtree(self.evaluation.organisation).any(|org| org.is_branch() && directory.is_visible(&scope, org.id))
    }

    pub fn base(&self) -> String {
        format!("/evaluations/{}", self.evaluation.id)
    }

    /// The frame of a page, marked when the scheme is an example.
    pub fn layout(&self, visit: &Visit, title: &str) -> Layout {
        let mut layout = visit.layout(title).crumb("考核评星", "/evaluations").crumb(self.evaluation.name.clone(), self.base());
        layout.mark = self.evaluation.is_example.then(|| "示例方案".to_owned());
        layout.period.label = self.evaluation.period.label();
        layout.period.href = "/evaluations".to_owned();
        layout
    }

    /// The publication as the visitor may see it.
    pub fn case(self, visit: &Visit) -> (CaseView, Self) {
        let base = self.base();
        let seen = if self.sight.is_organiser { self } else { Self { work: own_part(self.work, visit.actor()), ..self } };
        (CaseView::new(&seen.work, visit.actor(), &seen.variables, visit.today(), &base), seen)
    }
}

/// What an item asks for, as people write it: ≥ 1 次, ≥ 80%, 没有（0 个）.
pub(super) fn asked(item: &assessment::ItemDefinition) -> String {
    match item.target.as_str() {
        "≤ 0" => format!("没有（0 {}）", item.unit),
        share if share.ends_with('%') => format!(" {share}"),
        target => format!(" {target} {}", item.unit),
    }
    .trim_end()
    .to_owned()
}

/// Where a rule stands, as a quotation.
pub fn citation(pack: &Pack, cite: &Cite, reading: &str) -> Citation {
    let source = policy::source(pack, cite);
    Citation {
        quote: source.quote.clone().unwrap_or_default(),
        source: format!("{}{}", source.document, source.clause.as_deref().unwrap_or_default()),
        reading: reading.to_owned(),
        href: String::new(),
    }
}

/// `POST /evaluations/{id}/calculate`
async fn calculate(visit: Visit, crate::http::path::Path(id): crate::http::path::Path<i64>) -> Answer {
    let found = opened(&visit, id, super::KIND).await?;
    let mut tx = visit.begin().await?;
    match super::calculate(&visit.app, &mut tx, visit.actor(), id).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &found.base(), "已按今天的记录重新计算。")),
        Err(error) => Ok(visit.refuse(&found.base(), &error.downcast::<store::Refusal>()?.0)),
    }
}

/// `GET /evaluations/{id}/files/{file}`: of the acts that the visitor sees.
async fn file(visit: Visit, crate::http::path::Path((id, file)): crate::http::path::Path<(i64, i64)>) -> Answer {
    let (_, seen) = opened(&visit, id, super::KIND).await?.case(&visit);
    crate::case::pages::file(&visit, &seen.work, file).await
}

/// `GET /evaluations/{id}/actions/{action}`
async fn show_step(visit: Visit, crate::http::path::Path((id, action)): crate::http::path::Path<(i64, String)>) -> Answer {
    let found = opened(&visit, id, super::KIND).await?;
    step(&visit, found, &action, None)
}

/// `POST /evaluations/{id}/actions/{action}`
async fn do_step(visit: Visit, crate::http::path::Path((id, action)): crate::http::path::Path<(i64, String)>, sent: Submitted) -> Answer {
    let found = opened(&visit, id, super::KIND).await?;
    let base = found.base();
    let name = found.work.action(&action).map(|action| action.name.clone()).unwrap_or_default();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&answer, "这一步已经办过了，没有重复记录。"));
    }
    match super::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &base, &format!("已{name}。"))),
        Err(error) => {
            drop(tx);
            step(&visit, found, &action, Some((&sent, error)))
        }
    }
}

fn step(visit: &Visit, found: Opened, action: &str, failed: Option<(&Submitted, anyhow::Error)>) -> Answer {
    let base = found.base();
    let layout = found.layout(visit, &found.evaluation.name);
    let work = if found.sight.is_organiser { found.work } else { own_part(found.work, visit.actor()) };
    let place = ActionPlace { visit, work: &work, variables: &found.variables, base: &base, layout };
    match failed {
        None => show_action(place, action),
        Some((sent, error)) => show_again(place, action, sent, error),
    }
}

/// What somebody asked for is not there, or out of reach.
pub(super) fn not_found<T>(found: Option<T>) -> Result<T, Failure> {
    found.ok_or(Failure::NotFound)
}
