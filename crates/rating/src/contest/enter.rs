//! Entering a contest: once in the period, by the unit itself, at the lowest round.

use policy::Capability;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::model::{Entry, Round};
use super::open::evidence_of;
use super::{ENTERING, SUBJECT, rows, rule, see};
use crate::app::App;

/// Characters that a presentation has at least.
const N_PRESENTATION_MIN: usize = 20;

/// An entry about to be made.
#[derive(Debug, Clone, Default)]
pub struct NewEntry {
    pub round: i64,
    pub organisation: OrgId,
    /// Who takes part.
    pub name: String,
    pub presentation: String,
}

/// The entry of an organisation in a period, whichever office holds the round.
pub(super) async fn entered_before<C: sea_orm::ConnectionTrait>(connection: &C, round: &Round, organisation: OrgId) -> anyhow::Result<Option<Entry>> {
    let found = rows::entries(
        connection,
        "e.organisation_id = $1 and e.entered_from_id is null and exists (select 1 from contest_round r join case_file f on f.id = r.case_id where r.id = e.round_id and r.contest = $2 and r.year_from = $3 and f.stage <> 'called_off')",
        vec![organisation.into(), round.contest.clone().into(), i64::from(round.years.0).into()],
    );
    Ok(found.await?.into_iter().next())
}

/// Enters a unit's officer or secretary: the evidence is taken from the records of the day.
///
/// # Errors
/// [`Refusal`] of anybody but the unit itself, a second time in the period, at a later round, once scoring began, or without a presentation.
pub async fn enter(app: &App, tx: &mut Tx, actor: &Actor, new: NewEntry) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    tx.lock("contest_round", new.round).await?;
    let round = rows::round(tx.connection(), new.round).await?;
    let not_found = || Refusal("没有找到您单位可以报名的比武。".to_owned());
    let round = round.filter(|_| see::stands_at(actor, Capability::EnterContests, new.organisation)).ok_or_else(not_found)?;
    let pack = app.policies_of(&round.pack_version).await?;
    let rule = rule(&pack, &round)?;
    let is_meant = {
        let directory = app.directory();
        directory.org(new.organisation).is_some_and(|org| org.superiors.contains(&round.organisation) && see::takes_part(rule, org))
    };
    if !is_meant {
        return Err(not_found().into());
    }
    if let Some(before) = entered_before(tx.connection(), &round, new.organisation).await? {
        let period =
            if round.years.0 == round.years.1 { format!("{} 年", round.years.0) } else { format!("{}—{} 年", round.years.0, round.years.1) };
        return refuse(format!("您单位 {period}已经由{}参加过，一期参加一次。", before.name));
    }
    if round.place_in(rule) != Some(0) {
        return refuse("这一轮由下一级比出来的参加，不另外报名。".to_owned());
    }
    if round.stage != ENTERING {
        return refuse("已经开始评分，不再报名。".to_owned());
    }
    if new.name.trim().is_empty() {
        return refuse("请写参赛人的姓名。".to_owned());
    }
    if new.presentation.trim().chars().count() < N_PRESENTATION_MIN {
        return refuse(format!("请写展示材料，至少 {N_PRESENTATION_MIN} 个字：做了什么、怎么做的、结果怎样。"));
    }
    let it = Entry {
        id: tx.next_id().await?,
        round: round.id,
        organisation: new.organisation,
        name: new.name.trim().to_owned(),
        presentation: new.presentation.trim().to_owned(),
        evidence: evidence_of(app, rule, new.organisation, tx.today()).await?,
        entered_by: tx.actor_id(),
        entered_on: tx.today(),
        entered_from: None,
        score: None,
        place: None,
        is_up: false,
        practice: String::new(),
    };
    rows::insert_entry(tx, &it).await?;
    tx.record("contest.enter", "contest_entry", it.id, Some(it.organisation), json!({ "round": round.id }));
    tx.changed(SUBJECT, round.id, Some(round.organisation));
    Ok(it.id)
}
