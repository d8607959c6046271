//! Selections (评选、创建): titles for which organisations, or families with their consent, come forward.
//!
//! For: 红旗党组织, 堡垒村, 模范机关 and whatever else a pack names: asked for, reviewed thing by thing, made public, given for
//! a time, looked at again, taken back.
//! In: an organisation, the acts of the pack's procedure. Out: a register of holders, cases that end by another's hand.
//! Does not know: which titles and steps there are, that is the pack's; residents: of a family only the name on the list is kept.

mod evidence;
mod pages;
mod pages_entry;
mod pages_simulation;
mod pairs;
mod rows;
mod simulation;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use policy::{Effect, Key, PlanLineKind, Selection, SelectionBar, SelectionOf};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Scope, Tx};

use crate::app::App;
use crate::case::{self, CaseFile, Done, NewCase, NewItem, Variables};
use crate::http::route::{Door, Needs, Routes};
use crate::http::visit::Visit;
use crate::notice;
use crate::rectification;

pub use rows::{Entry, Grade, Standing, find};

/// What a case of a selection is about.
pub const SUBJECT: &str = "selection";
/// The kind of case item that a dimension is.
pub const DIMENSION: &str = "dimension";
/// Characters that a family's name on the list has at most.
const N_HOLDER_MAX: usize = 20;

/// Routes of selections.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(policy::Capability::ViewSelections);
    routes
        .get("/selections", view, Door::Both, pages::show_all)
        .get("/selections/{key}", view, Door::Both, pages::show_one)
        .post("/selections/{key}", Needs::May(policy::Capability::ApplyForSelections), Door::Both, pages::apply)
        .get("/selections/{key}/simulation", Needs::May(policy::Capability::OpenEvaluations), Door::Inner, pages_simulation::show)
        .get("/selections/entries/{id}", view, Door::Both, pages_entry::show)
        .post("/selections/entries/{id}/pairs", Needs::May(policy::Capability::ReviewSelections), Door::Both, pages_entry::pair)
        .post("/selections/entries/{id}/pairs/{pair}/end", Needs::May(policy::Capability::ReviewSelections), Door::Both, pages_entry::end_pair)
        .get("/selections/entries/{id}/actions/{action}", view, Door::Both, pages_entry::show_action)
        .post("/selections/entries/{id}/actions/{action}", view, Door::Both, pages_entry::do_action)
        .get("/selections/entries/{id}/files/{file}", view, Door::Both, pages_entry::file)
}

/// The actions of a procedure by which somebody says what is fulfilled.
fn reviews_of(procedure: &policy::Procedure) -> impl Iterator<Item = &str> {
    let is_judging = |field: &policy::FormField| field.kind == policy::FormFieldKind::ClosesItems && field.items.as_deref() == Some(DIMENSION);
    let actions = procedure.stages.iter().flat_map(|stage| &stage.actions);
    actions.filter(move |action| action.fields.iter().any(is_judging)).map(|action| action.key.as_str())
}

/// Where somebody sees what is under way: those who come forward, and those who review.
#[must_use]
pub fn scope_of(actor: &Actor) -> Scope {
    actor.scope(policy::Capability::ApplyForSelections).union(actor.scope(policy::Capability::ReviewSelections))
}

/// Who comes forward.
#[derive(Debug, Clone)]
pub struct Application {
    pub selection: String,
    pub organisation: OrgId,
    /// The family's name as it is to stand on the list.
    pub holder: Option<String>,
    /// Whether the family has agreed.
    pub is_agreed: bool,
}

/// Comes forward for a title: the case begins with everything it is judged by open.
///
/// # Errors
/// [`Refusal`]: not open, not in the filed plan of the year, out of reach, not meant for this organisation, barred, already under way or held, or without consent.
pub async fn apply(app: &App, tx: &mut Tx, actor: &Actor, given: Application) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(selection) = pack.selections.get(&given.selection) else { return refuse("制度包里没有这项评选。".to_owned()) };
    let org = app.directory().visible(&actor.scope(policy::Capability::ApplyForSelections), given.organisation).cloned();
    let Some(org) = org else { return refuse("没有找到这个党组织，请在您管的党组织里选。".to_owned()) };
    if !selection.is_open_to(&org.kind, &org.field, &org.level) {
        return refuse(format!("“{}”不面向{}这一类党组织。", selection.name, org.name));
    }
    let openings = Openings::read(app, tx.connection(), &[org.id], tx.today()).await?;
    if let Some(why) = openings.why_not(&given.selection, selection) {
        return refuse(why);
    }
    let holder = match selection.of {
        SelectionOf::Organisation => None,
        SelectionOf::Family => Some(family(&given)?),
    };
    if let Some(why) = barred(app, tx, selection, org.id).await? {
        return refuse(why);
    }
    let reviewer = {
        let directory = app.directory();
        // A committee below another of its level (社区党委在街道下面) is reviewed two steps up.
        let is_below_its_like = directory.org(org.parent.unwrap_or_default()).is_some_and(|parent| parent.level == org.level);
        let reviewed_by = selection.reviewed_at.get(&org.level).map_or(selection.reviewed_by.as_str(), String::as_str);
        let above = match if is_below_its_like { "above_superior" } else { reviewed_by } {
            _ if selection.is_outside(&org.level) => org.parent.or(Some(org.id)),
            "above_superior" => org.parent.and_then(|id| directory.org(id)).and_then(|superior| superior.parent),
            level => directory.at_level(org.id, level).map(|above| above.id).filter(|above| *above != org.id),
        };
        above.or(org.parent)
    };
    let Some(reviewer) = reviewer else { return refuse("最高一级的党组织向上级申报，不在本平台办理。".to_owned()) };
    let today = tx.today();
    let held = rows::of_organisation(tx.connection(), &given.selection, org.id).await?;
    if let Some(old) = held.iter().find(|old| old.holder == holder && old.keeps_out(today)) {
        return refuse(format!("{}已经{}，不用再申报。", old.name(&org.name), old.standing(today).words()));
    }
    let id = tx.next_id().await?;
    let title = format!("{}申报{}", holder.as_deref().unwrap_or(&org.name), selection.title);
    let dimension = |name: &str| NewItem { kind: DIMENSION.to_owned(), text: name.to_owned(), owner: None, due_on: None };
    let case = NewCase {
        procedure: selection.procedure_at(&org.level).clone(),
        subject_kind: SUBJECT,
        subject_id: id,
        organisation: org.id,
        issuer: Some(reviewer),
        title,
        due_on: None,
        items: selection.dimensions_of(&org.field).map(|it| dimension(&it.name)).collect(),
    };
    let case_id = case::open(app, tx, case).await?;
    rows::insert(tx, id, &given.selection, org.id, holder, case_id).await?;
    tx.record("selection.apply", "selection_entry", id, Some(org.id), json!({ "selection": given.selection }));
    Ok(id)
}

/// For what organisations may come forward today: what is in force and stands in the filed plan of the year.
pub(crate) struct Openings {
    today: Date,
    is_demo: bool,
    filed: BTreeSet<Key>,
    /// Those that the pack has for the year, with who is to file each.
    lines: BTreeMap<Key, String>,
}

impl Openings {
    /// Of the plans of some organisations and of those above them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read<C: ConnectionTrait>(app: &App, connection: &C, organisations: &[OrgId], today: Date) -> anyhow::Result<Self> {
        let lines = frame::plan::begun(connection, PlanLineKind::Selection, today).await?;
        let directory = app.directory();
        let is_above = |office: OrgId| {
            let under = |org: &OrgId| *org == office || directory.org(*org).is_some_and(|org| org.superiors.contains(&office));
            organisations.is_empty() || organisations.iter().any(under)
        };
        let filed = lines.into_iter().filter(|line| is_above(line.organisation)).map(|line| line.of_key).collect();
        let pack = app.pack();
        let of_year = pack.plan_lines.values().filter(|line| line.kind == PlanLineKind::Selection && line.period.year == today.year());
        let lines = of_year.map(|line| (line.of.clone(), line.owner.clone())).collect();
        Ok(Self { today, is_demo: app.settings().is_demo, filed, lines })
    }

    /// Of the plans that somebody comes forward or reviews under.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of(visit: &Visit) -> anyhow::Result<Self> {
        let places: Vec<OrgId> = scope_of(visit.actor()).roots().collect();
        Self::read(&visit.app, visit.app.store().reader(), &places, visit.today()).await
    }

    /// Why nobody may come forward for a title today; `None`: it is open. An example is open in the demo alone.
    pub fn why_not(&self, key: &str, selection: &Selection) -> Option<String> {
        let why = if selection.example && self.is_demo { selection.why_not_yet(self.today) } else { selection.why_not_open(self.today) };
        why.or_else(|| (!self.filed.contains(key)).then(|| self.unfiled(key, selection)))
    }

    fn unfiled(&self, key: &str, selection: &Selection) -> String {
        let (year, name) = (self.today.year(), &selection.name);
        match self.lines.get(key) {
            Some(owner) => format!("{year} 年的年度计划里没有报备“{name}”，不能申报；请先由{owner}在“年度计划”里报备。"),
            None => format!("制度包里没有 {year} 年“{name}”的计划项（plan_line），不能申报；请先在本市制度包里补上，再报备。"),
        }
    }
}

/// The name of a family that has agreed to stand on the list.
fn family(given: &Application) -> Result<String, Refusal> {
    let name = given.holder.as_deref().unwrap_or_default().trim();
    if name.is_empty() || name.chars().count() > N_HOLDER_MAX {
        return Err(Refusal(format!("请填上榜的家庭称呼，{N_HOLDER_MAX} 个字以内，如“李某某家庭”。")));
    }
    if name.chars().any(|c| c.is_ascii_digit()) {
        return Err(Refusal("家庭称呼里不要写证件号、电话、门牌号。".to_owned()));
    }
    if !given.is_agreed {
        return Err(Refusal("要先征得这户家庭同意，才能申报或者推荐。".to_owned()));
    }
    Ok(name.to_owned())
}

/// Why an organisation cannot come forward today, from its records.
async fn barred(app: &App, tx: &Tx, selection: &Selection, organisation: OrgId) -> anyhow::Result<Option<String>> {
    for bar in &selection.not_while {
        let why = match bar {
            SelectionBar::InRectification => rows::is_in_rectification(tx.connection(), organisation, rectification::PROCEDURE)
                .await?
                .then(|| "正在整顿，销号以前不能申报。".to_owned()),
            SelectionBar::Vetoed => {
                let last = rows::grades_in_use(tx.connection(), &app.pack(), organisation).await?.into_iter().next();
                last.filter(|last| last.is_vetoed)
                    .map(|last| format!("最近公布的“{}”里有一票否决，不能申报；下一次公布的结果里没有了再报。", last.name))
            }
        };
        if why.is_some() {
            return Ok(why);
        }
    }
    Ok(None)
}

/// Does one step of an application or of a title that is held. Who is barred meanwhile is not named.
///
/// # Errors
/// [`Refusal`] as the procedure says, or while the organisation is barred.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, entry: &Entry, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    let case = case::find(tx.connection(), entry.case_id).await?.ok_or_else(|| Refusal("没有找到这项申报。".to_owned()))?;
    let pack = app.policies_of(&case.pack_version).await?;
    let variables = variables(app, tx.connection(), pack.selections.get(&entry.selection), entry.organisation).await?;
    let done = case::act(app, tx, actor, case.id, action, fields, &variables).await?;
    rectification::mark_copied(app, tx, &case, action).await?;
    let Some(selection) = pack.selections.get(&entry.selection) else { return Ok(done) };
    for effect in &done.effects {
        carry_out(app, tx, selection, entry, &case, *effect, decided_on(app, selection, entry, fields)).await?;
    }
    if done.is_closed && selection.of == SelectionOf::Family {
        rows::forget_name(tx, entry, &format!("{}申报{}", rows::LEFT, selection.title)).await?;
    }
    Ok(done)
}

/// What the steps of a selection may ask beside its items: whether the last published result is below what is asked for.
pub(crate) async fn variables<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    selection: Option<&Selection>,
    organisation: OrgId,
) -> anyhow::Result<Variables> {
    let Some(least) = selection.and_then(|selection| selection.star_min) else { return Ok(Variables::default().with("against_rule", 0)) };
    let grades = rows::grades_in_use(connection, &app.pack(), organisation).await?;
    let is_eligible = grades.first().is_some_and(|grade| grade.star.is_some_and(|star| star >= least));
    Ok(Variables::default().with("against_rule", i64::from(!is_eligible)))
}

/// The day on which a body beyond the platform gave the title; `None`: it is given here and today.
fn decided_on(app: &App, selection: &Selection, entry: &Entry, fields: &BTreeMap<String, Vec<String>>) -> Option<Date> {
    let is_outside = app.directory().org(entry.organisation).is_some_and(|org| selection.is_outside(&org.level));
    fields.get("decided_on").filter(|_| is_outside)?.first()?.parse().ok()
}

async fn carry_out(
    app: &App,
    tx: &mut Tx,
    selection: &Selection,
    entry: &Entry,
    case: &CaseFile,
    effect: Effect,
    decided_on: Option<Date>,
) -> anyhow::Result<()> {
    let today = decided_on.unwrap_or_else(|| tx.today());
    let until = |from: Date| from.checked_add(jiff::Span::new().months(i64::from(selection.valid_months)));
    match effect {
        Effect::SelectionName => {
            if let Some(why) = barred(app, tx, selection, entry.organisation).await? {
                return Err(Refusal(format!("现在不能命名：{why}")).into());
            }
            rows::name(tx, entry.id, today, until(today)?).await?;
            tx.record("selection.name", "selection_entry", entry.id, Some(entry.organisation), json!({ "until": until(today)?.to_string() }));
            tell(tx, entry, &format!("已命名为“{}”，有效到 {}。", selection.title, until(today)?)).await?;
        }
        Effect::SelectionConfirm => {
            if let Some(why) = pairs::lacking(tx, selection, entry).await? {
                return Err(Refusal(why).into());
            }
            rows::name(tx, entry.id, entry.named_on.unwrap_or(today), until(today)?).await?;
            tx.record("selection.confirm", "selection_entry", entry.id, Some(entry.organisation), json!({ "until": until(today)?.to_string() }));
        }
        Effect::SelectionWithdraw => {
            rows::withdraw(tx, entry.id, today).await?;
            tx.record("selection.withdraw", "selection_entry", entry.id, Some(entry.organisation), json!(null));
            tell(tx, entry, &format!("“{}”称号已经撤销，理由写在办理记录里。", selection.title)).await?;
        }
        Effect::NoticeOrganisation => tell(tx, entry, &format!("{}有新进展", case.title)).await?,
        Effect::NoticeSuperior => {
            let superior = app.directory().org(entry.organisation).and_then(|org| org.parent);
            if let Some(superior) = superior {
                notice::send(tx, notice::To::Organisation(superior), SUBJECT, &format!("{}有新进展", case.title), &entry.address()).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

async fn tell(tx: &mut Tx, entry: &Entry, text: &str) -> anyhow::Result<()> {
    notice::send(tx, notice::To::Organisation(entry.organisation), SUBJECT, text, &entry.address()).await?;
    Ok(())
}
