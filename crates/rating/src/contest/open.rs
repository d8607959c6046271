//! Holding a round: one for each office, contest and period; those who came up from the round before are in it.

use frame::plan::{self, PlanEntry};
use jiff::civil::Date;
use policy::{Capability, Contest, PlanLineKind};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::model::{Entry, Round};
use super::{ENTERING, SUBJECT, rows, see};
use crate::app::App;
use crate::case::{self, NewCase};
use crate::evidence;
use crate::notice::{self, To};

/// The kind of notice to units that may enter.
const OPENED: &str = "contest.opened";

/// A round about to be held.
#[derive(Debug, Clone, Default)]
pub struct NewRound {
    /// Key of the pack's contest.
    pub contest: String,
    pub organisation: OrgId,
    pub held_on: Date,
}

/// What the records say of a unit, for whoever judges.
pub(super) async fn evidence_of(app: &App, rule: &Contest, organisation: OrgId, on: Date) -> anyhow::Result<Vec<(String, String)>> {
    Ok(evidence::of(app, organisation, &rule.indicators, on).await?.into_iter().map(|it| (it.name.clone(), it.figure())).collect())
}

/// Holds a round.
///
/// # Errors
/// [`Refusal`] of anybody but an office of a level of the contest, without a filed line of the plan, twice in the period, or for a day that
/// is over.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, new: NewRound) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(rule) = pack.contests.get(&new.contest) else { return refuse("制度包里没有这项比武。".to_owned()) };
    if !see::stands_at(actor, Capability::HoldContests, new.organisation) {
        return refuse("没有找到举办比武的单位，请选您所在的单位。".to_owned());
    }
    let (level, issuer, title, units) = {
        let directory = app.directory();
        let Some(org) = directory.org(new.organisation) else {
            return refuse("没有找到举办比武的单位，请选您所在的单位。".to_owned());
        };
        let units: Vec<OrgId> = directory.subtree(org.id).filter(|it| it.id != org.id && see::takes_part(rule, it)).map(|it| it.id).collect();
        let title = format!("{}{}年{}", directory.called(org.id), new.held_on.year(), rule.name);
        (org.level.clone(), org.parent.unwrap_or(org.id), title, units)
    };
    let Some(at) = rule.rounds.iter().position(|round| round.level == level) else {
        return refuse(format!("“{}”不在您这一级比。", rule.name));
    };
    if new.held_on < tx.today() {
        return refuse(format!("比武的日期不能早于今天（{}）。", tx.today()));
    }
    if units.is_empty() {
        return refuse(format!("您单位下面没有参加“{}”的党组织。", rule.name));
    }
    let years = rule.period_of(new.held_on.year());
    if planned(app, tx, &new).await?.is_none() {
        return refuse(format!("{}年的年度计划里没有报备“{}”，不能举办；请先由市委组织部在“年度计划”里报备。", new.held_on.year(), rule.name));
    }
    // Held twice at once it is one round.
    tx.lock("organisation", new.organisation).await?;
    let same = rows::rounds(
        tx.connection(),
        "r.contest = $1 and r.organisation_id = $2 and r.year_from = $3 and c.stage <> 'called_off'",
        vec![new.contest.clone().into(), new.organisation.into(), i64::from(years.0).into()],
    );
    if let Some(before) = same.await?.first() {
        return refuse(format!("这一期已经举办了“{}”，一期一次。", before.title));
    }
    let id = tx.next_id().await?;
    let case = NewCase {
        procedure: rule.procedure.clone(),
        subject_kind: SUBJECT,
        subject_id: id,
        organisation: new.organisation,
        issuer: Some(issuer),
        title: title.clone(),
        due_on: Some(new.held_on),
        items: Vec::new(),
    };
    let case_id = case::open(app, tx, case).await?;
    let round = Round {
        id,
        contest: new.contest,
        pack_version: app.policies().version(),
        organisation: new.organisation,
        level,
        years,
        title,
        held_on: new.held_on,
        case_id,
        opened_on: tx.today(),
        published_on: None,
        stage: ENTERING.to_owned(),
    };
    rows::insert(tx, &round).await?;
    tx.record("contest.open", "contest_round", id, Some(round.organisation), json!({ "contest": round.contest }));
    tx.changed(SUBJECT, id, Some(round.organisation));
    bring_up(app, tx, rule, &round).await?;
    // Of later rounds nobody enters by himself.
    if at == 0 {
        for unit in units {
            let text = format!("“{}”可以报名，{} 比", round.title, round.held_on);
            notice::send(tx, To::Organisation(unit), OPENED, &text, &round.address()).await?;
        }
    }
    Ok(id)
}

/// The filed line of the plan on which a round is held: of its office or of one above, for the year of the day.
async fn planned(app: &App, tx: &Tx, new: &NewRound) -> anyhow::Result<Option<PlanEntry>> {
    let offices: Vec<OrgId> = {
        let directory = app.directory();
        directory.org(new.organisation).map(|org| org.superiors.iter().copied().chain([org.id]).collect()).unwrap_or_default()
    };
    let entries = plan::plan_entries(tx.connection(), &offices, new.held_on.year()).await?;
    Ok(entries.into_iter().find(|entry| entry.kind == PlanLineKind::Contest && entry.of_key == new.contest && entry.opens_on <= tx.today()))
}

/// Takes those who go up from published rounds of the level before, below the office and of the period, into a round that is not
/// being scored yet.
pub(super) async fn bring_up(app: &App, tx: &mut Tx, rule: &Contest, round: &Round) -> anyhow::Result<usize> {
    let Some(before) = round.place_in(rule).and_then(|at| at.checked_sub(1)).map(|at| rule.rounds[at].level.clone()) else { return Ok(0) };
    if round.stage != ENTERING {
        return Ok(0);
    }
    let came = rows::entries(
        tx.connection(),
        "e.is_up and exists (select 1 from contest_round r where r.id = e.round_id and r.contest = $1 and r.year_from = $2 and r.level = $3 and r.published_on is not null) and not exists (select 1 from contest_entry u join contest_round o on o.id = u.round_id join case_file f on f.id = o.case_id where u.entered_from_id = e.id and f.stage <> 'called_off')",
        vec![round.contest.clone().into(), i64::from(round.years.0).into(), before.into()],
    )
    .await?;
    let is_below = |it: &Entry| app.directory().org(it.organisation).is_some_and(|org| org.superiors.contains(&round.organisation));
    let came: Vec<Entry> = came.into_iter().filter(is_below).collect();
    for it in &came {
        let up = Entry {
            id: tx.next_id().await?,
            round: round.id,
            evidence: evidence_of(app, rule, it.organisation, tx.today()).await?,
            entered_by: None,
            entered_on: tx.today(),
            entered_from: Some(it.id),
            ..it.clone()
        };
        rows::insert_entry(tx, &up).await?;
        let text = format!("进入“{}”，{} 比", round.title, round.held_on);
        notice::send(tx, To::Organisation(it.organisation), OPENED, &text, &up.address()).await?;
    }
    Ok(came.len())
}
