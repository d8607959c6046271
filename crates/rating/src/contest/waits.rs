//! What waits for somebody beside the steps of a round: scores that a judge owes.

use jiff::civil::Date;
use store::Actor;

use super::{SCORING, rows};
use crate::app::App;
use crate::http::view::{Link, WaitingItem};

/// Rounds that somebody is to score.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let Some(person) = actor.person_id else { return Ok(Vec::new()) };
    let condition = format!(
        "c.stage = '{SCORING}' and exists (select 1 from contest_judge j where j.round_id = r.id and j.person_id = {person} and j.absent_reason = '' and exists (select 1 from contest_entry e where e.round_id = r.id and not exists (select 1 from contest_score s where s.entry_id = e.id and s.judge_id = j.id)))"
    );
    let rounds = rows::rounds(app.store().reader(), &condition, Vec::new()).await?;
    let item = |round: &super::Round| WaitingItem {
        icon: "trophy",
        title: round.title.clone(),
        note: format!("您是评委，{} 比", round.held_on),
        since: round.opened_on,
        over: i64::from((today - round.held_on).get_days()).max(0),
        act: Link::new("评分", format!("{}/score", round.address())),
    };
    Ok(rounds.iter().map(item).collect())
}
