//! Named ballots on paper (记名的纸质票): for each elector of the list the counter enters what his paper says. Tallies follow from
//! these papers and are typed in nowhere; the superior confirms them like any other. A secret ballot has no such door.

use std::collections::BTreeSet;

use policy::{Ballot, Votes};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::ballot_paper;
use store::{Actor, OrgId, Refusal, Tx, execute, insert_all};

use super::cast::{PLACE, random_key, written};
use super::count::{is_a_vote, said_options};
use super::rows::{self, Sitting};
use super::{group_name, held_by};
use crate::app::App;

/// What one elector's paper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPaper {
    /// The elector, as the list of the sitting has him.
    pub elector: i64,
    /// For every subject a number of the scale; `None`: abstained, or void.
    pub votes: Vec<(OrgId, Option<i64>)>,
}

/// Whether those who may vote are listed by name: on devices always, on paper when the ballot is named.
pub(super) fn lists_electors(sitting: &Sitting, ballot: &Ballot) -> bool {
    sitting.is_on_devices || ballot.votes == Votes::Named
}

/// Enters the papers of one group, in the place of those entered before, and counts them.
///
/// # Errors
/// [`Refusal`] out of reach, of a secret ballot, outside the voting stage, for somebody who is not on the group's list, for a second
/// paper of one elector, or for votes that the ballot does not know.
pub async fn enter_papers(app: &App, tx: &mut Tx, actor: &Actor, id: i64, group: &str, n_issued: i64, papers: &[NamedPaper]) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    // Two counters of one sitting wait for each other here.
    tx.lock("ballot_sitting", id).await?;
    let (sitting, ballot) = held_by(app, tx, actor, id).await?;
    let name = group_name(&ballot, group)?;
    if ballot.votes == Votes::Secret {
        return refuse(format!("“{}”不记名，只按类录入票数，不能记到人。", ballot.name));
    }
    if sitting.is_on_devices || !sitting.is_voting {
        return refuse("现在不是录入票的环节：纸质投票、投票开始以后、提交核定以前可以录入。".to_owned());
    }
    let electors = rows::electors(tx.connection(), id).await?;
    let own: Vec<&rows::Elector> = electors.iter().filter(|it| it.group == group).collect();
    let subjects = rows::subjects(tx.connection(), id).await?;
    let mut known = BTreeSet::new();
    let mut votes_of = Vec::with_capacity(papers.len());
    for paper in papers {
        let Some(elector) = own.iter().find(|it| it.id == paper.elector) else {
            return refuse(format!("录的票里有人不在{name}的名单上，请只录名单上的人；名单错了的作废重办。"));
        };
        if !known.insert(paper.elector) {
            return refuse(format!("{}的票录了两次，每人只有一张票，请核对。", elector.name));
        }
        let mut votes = Vec::with_capacity(subjects.len());
        for subject in &subjects {
            let mut said = paper.votes.iter().filter(|(org, _)| *org == subject.organisation);
            let about = app.directory().name_of(subject.organisation).to_owned();
            let (Some((_, vote)), None) = (said.next(), said.next()) else {
                return refuse(format!("{}的票对{about}没有录，或者录了两次；弃权的、填错的选“弃权或者无效”。", elector.name));
            };
            if let Some(vote) = vote.filter(|vote| !is_a_vote(&ballot, *vote)) {
                return refuse(format!("{}对{about}的票里有“{vote}”，不在{}里，请核对。", elector.name, said_options(&ballot)));
            }
            votes.push(*vote);
        }
        if paper.votes.len() > subjects.len() {
            return refuse(format!("{}的票里有不是这次测评的党组织，请核对。", elector.name));
        }
        votes_of.push((paper.elector, votes));
    }
    let (n_electors, n_papers) = (count_of(own.len()), count_of(papers.len()));
    if !(n_papers..=n_electors).contains(&n_issued) {
        return refuse(format!("{name}发出 {n_issued} 张，应在收回的 {n_papers} 张和名单上的 {n_electors} 人之间，请核对。"));
    }
    execute(tx.connection(), "delete from ballot_paper where sitting_id = $1 and voter_group = $2", [id.into(), group.into()]).await?;
    for elector in own {
        let values = [elector.id.into(), known.contains(&elector.id).into()];
        execute(tx.connection(), "update ballot_elector set has_voted = $2 where id = $1", values).await?;
    }
    let mut sealed = Vec::with_capacity(votes_of.len());
    for (elector, votes) in &votes_of {
        let key = random_key()?;
        sealed.push(ballot_paper::ActiveModel {
            id: Set(key),
            sitting_id: Set(id),
            voter_group: Set(group.to_owned()),
            elector_id: Set(Some(*elector)),
            votes: Set(tx.keys().seal(PLACE, key, &written(votes))),
        });
    }
    insert_all::<ballot_paper::Entity, _, _>(tx.connection(), sealed).await?;
    let votes: Vec<Vec<Option<i64>>> = votes_of.into_iter().map(|(_, votes)| votes).collect();
    rows::set_tallies_of_papers(tx, id, &subjects, group, n_issued, &votes).await?;
    tx.record("ballot.enter_papers", "ballot_sitting", id, Some(sitting.organisation), json!({ "group": group }));
    tx.changed("ballot", id, Some(sitting.organisation));
    Ok(())
}

fn count_of(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Whether it may be read who voted what: of a named ballot, and on devices only when the box is closed.
fn is_open(sitting: &Sitting, ballot: &Ballot) -> bool {
    ballot.votes == Votes::Named && !sitting.is_preparing && !(sitting.is_on_devices && sitting.is_voting)
}

/// Who voted what in a named ballot: elector and one vote per subject, in their order. Nothing of a secret one, or of a box not yet closed.
pub(super) async fn who_voted_what<C: sea_orm::ConnectionTrait>(
    app: &App,
    connection: &C,
    sitting: &Sitting,
    ballot: &Ballot,
) -> anyhow::Result<Vec<(i64, Vec<Option<i64>>)>> {
    if !is_open(sitting, ballot) {
        return Ok(Vec::new());
    }
    let papers = super::cast::papers(app, connection, &app.store().keys, sitting.id).await?;
    Ok(papers.into_iter().filter_map(|paper| Some((paper.elector?, paper.votes))).collect())
}
