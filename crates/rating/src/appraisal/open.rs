//! Opening a session on a filed line of the plan: one a year, office and kind; who reports orally is said then.

use std::collections::BTreeSet;

use jiff::civil::Date;
use policy::{Appraisal, Capability, PlanLineKind};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::model::Session;
use super::{REPORTING, SUBJECT, rows, see};
use crate::app::App;
use crate::case::{self, NewCase};
use crate::directory::{Directory, OrgNode};
use crate::notice::{self, To};
use frame::plan::{self, PlanEntry};

/// The kind of notice to those who report.
pub(super) const TOLD: &str = "appraisal.told";

/// A session about to be opened.
#[derive(Debug, Clone, Default)]
pub struct NewSession {
    pub plan_entry: i64,
    /// The office to which is reported: the line is its own, or was filed above it for all of its level.
    pub office: OrgId,
    /// Last day for the reports.
    pub due_on: Date,
    /// Whose secretaries report orally; the others report in writing.
    pub oral: Vec<OrgId>,
}

/// Whether a filed line is about a session of an office: its own line, or one filed above it, for offices of its level.
fn is_for(directory: &Directory, rule: &Appraisal, entry: &PlanEntry, office: OrgId) -> bool {
    let Some(org) = directory.org(office) else { return false };
    org.level == rule.by && !org.is_branch() && (entry.organisation == office || org.superiors.contains(&entry.organisation))
}

/// Filed lines on which somebody's offices may open a session in a year, each with the office, where none was opened yet.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn lines(app: &App, actor: &Actor, year: i16) -> anyhow::Result<Vec<(PlanEntry, OrgId)>> {
    let offices = see::places_of(actor, Capability::HoldAppraisals);
    let above: BTreeSet<OrgId> = {
        let directory = app.directory();
        let line = |id: &OrgId| directory.org(*id).map(|org| org.superiors.clone()).unwrap_or_default().into_iter().chain([*id]);
        offices.iter().flat_map(line).collect()
    };
    let reader = app.store().reader();
    let pack = app.pack();
    let mut found = Vec::new();
    for entry in plan::plan_entries(reader, &above.into_iter().collect::<Vec<_>>(), year).await? {
        let Some(rule) = pack.appraisals.get(&entry.of_key).filter(|_| entry.kind == PlanLineKind::Appraisal) else { continue };
        let opened = rows::sessions_on(reader, entry.id).await?;
        let directory = app.directory();
        let may = offices.iter().filter(|office| is_for(&directory, rule, &entry, **office) && !opened.iter().any(|it| it.organisation == **office));
        found.extend(may.map(|office| (entry.clone(), *office)));
    }
    Ok(found)
}

/// The organisations whose secretaries report to an office.
pub(super) fn units_of<'a>(directory: &'a Directory, office: OrgId, rule: &'a Appraisal) -> impl Iterator<Item = &'a OrgNode> {
    directory.subtree(office).filter(move |org| {
        let is_level = org.level == rule.about || (rule.about == "branch" && org.is_branch());
        is_level && org.id != office && org.until.is_none() && (rule.fields.is_empty() || rule.fields.contains(&org.field))
    })
}

/// Opens a session: a case, and a report that each secretary owes.
///
/// # Errors
/// [`Refusal`] without a filed line of the actor's own office, twice, before its day, or with a deadline that is over.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, new: NewSession) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    tx.lock("plan_entry", new.plan_entry).await?;
    let entry = plan::find(tx.connection(), new.plan_entry).await?;
    let pack = app.pack();
    let office = new.office;
    let entry = entry.filter(|it| {
        let rule = pack.appraisals.get(&it.of_key).filter(|_| it.kind == PlanLineKind::Appraisal);
        rule.is_some_and(|rule| is_for(&app.directory(), rule, it, office)) && see::stands_at(actor, Capability::HoldAppraisals, office)
    });
    let Some(entry) = entry else {
        return refuse("没有列入年度计划的述职评议不能开，请先在“年度计划”里报备。".to_owned());
    };
    if rows::sessions_on(tx.connection(), entry.id).await?.iter().any(|it| it.organisation == office) {
        return refuse(format!("“{}”已经开了，每级每年一次。", entry.name));
    }
    if tx.today() < entry.opens_on {
        return refuse(format!("按年度计划，{} 起才能开。", entry.opens_on));
    }
    if new.due_on < tx.today() {
        return refuse(format!("交报告的期限不能早于今天（{}）。", tx.today()));
    }
    let Some(rule) = pack.appraisals.get(&entry.of_key) else {
        return refuse("制度包里没有这项述职评议，请核对年度计划。".to_owned());
    };
    let (units, issuer) = {
        let directory = app.directory();
        let unit = |org: &OrgNode| (org.id, new.oral.contains(&org.id), org.secretary.clone().unwrap_or_default());
        let units: Vec<(OrgId, bool, String)> = units_of(&directory, office, rule).map(unit).collect();
        (units, directory.org(office).and_then(|org| org.parent).unwrap_or(office))
    };
    if units.is_empty() {
        return refuse("本级下面没有要述职的党组织。".to_owned());
    }
    if units.len() > records::ballot::N_SUBJECTS_MAX {
        let (n, most) = (units.len(), records::ballot::N_SUBJECTS_MAX);
        return refuse(format!(
            "本级下面有 {n} 个要述职的党组织，一张测评票最多列 {most} 个：请把下面的党总支、党委按层级分开组织述职，再由本级开。"
        ));
    }
    if new.oral.iter().any(|id| !units.iter().any(|(unit, ..)| unit == id)) {
        return refuse("选的口头述职里有不在本次述职范围的，请在列出的里面选。".to_owned());
    }
    let title = if entry.organisation == office { entry.name.clone() } else { format!("{}{}", app.directory().called(office), entry.name) };
    let id = tx.next_id().await?;
    let case = NewCase {
        procedure: rule.procedure.clone(),
        subject_kind: SUBJECT,
        subject_id: id,
        organisation: office,
        issuer: Some(issuer),
        title: title.clone(),
        due_on: Some(new.due_on),
        items: Vec::new(),
    };
    let case_id = case::open(app, tx, case).await?;
    let it = Session {
        id,
        appraisal: entry.of_key.clone(),
        pack_version: app.policies().version(),
        organisation: office,
        year: entry.period.year,
        title,
        plan_entry: entry.id,
        due_on: new.due_on,
        case_id,
        ballot_sitting: None,
        opened_on: tx.today(),
        published_on: None,
        closed_on: None,
        stage: REPORTING.to_owned(),
    };
    rows::insert(tx, &it, units.clone()).await?;
    tx.record("appraisal.open", "appraisal_session", id, Some(it.organisation), json!({ "appraisal": it.appraisal, "year": it.year }));
    tx.changed(SUBJECT, id, Some(it.organisation));
    for (unit, is_oral, _) in units {
        let way = if is_oral { "口头" } else { "书面" };
        let text = format!("“{}”请书记{way}述职，{} 前交述职报告", it.title, it.due_on);
        notice::send(tx, To::Organisation(unit), TOLD, &text, &it.address()).await?;
    }
    Ok(id)
}
