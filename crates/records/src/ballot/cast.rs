//! Voting on devices (电子投票). A paper has a random key, no time and no number of a commit; that somebody has voted is kept
//! with his name, what he voted is not. Papers lie sealed while the box is open, a secret ballot's with the key of the box as well, and
//! all have the same length. When it closes they get new keys and are written again in the order of these, all in one transaction,
//! before anybody can read a count; the key of the box is destroyed then.

use policy::{Ballot, Votes};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::ballot_paper;
use store::{Actor, Keys, Refusal, Tx, execute, insert_all, query};

use super::boxes;
use super::count::{is_a_vote, said_options};
use super::rows::{self, Sitting};
use super::{SUBJECT, ballot_of};
use crate::app::App;
use crate::notice;

/// Digits of one vote on a sealed paper: all papers are equally long.
const N_DIGITS: usize = 6;
/// Stands so many times in the place of a vote that says nothing.
const NO_VOTE: &str = ".";
/// The place that is bound to a sealed paper, beside its key.
pub(super) const PLACE: &str = "ballot_paper.votes";

/// A key that says nothing.
pub(super) fn random_key() -> anyhow::Result<i64> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok((i64::from_le_bytes(bytes) & i64::MAX) | 1)
}

/// Votes as they are sealed; `None`: abstained, or void, which only paper can be.
pub(super) fn written(votes: &[Option<i64>]) -> String {
    let one = |vote: &Option<i64>| vote.map_or_else(|| NO_VOTE.repeat(N_DIGITS), |vote| format!("{vote:+0width$}", width = N_DIGITS));
    votes.iter().map(one).collect::<Vec<_>>().join(",")
}

pub(super) fn read(text: &str) -> anyhow::Result<Vec<Option<i64>>> {
    let one = |vote: &str| if vote.starts_with(NO_VOTE) { Ok(None) } else { Ok(Some(vote.trim_start_matches('+').parse()?)) };
    text.split(',').map(one).collect()
}

/// A paper that was unsealed.
pub(super) struct Paper {
    pub(super) group: String,
    /// Of named ballots only.
    pub(super) elector: Option<i64>,
    /// One for each subject, in their order.
    pub(super) votes: Vec<Option<i64>>,
}

/// All papers of a sitting, in the order of their keys.
pub(super) async fn papers<C: ConnectionTrait>(app: &App, connection: &C, keys: &Keys, sitting: i64) -> anyhow::Result<Vec<Paper>> {
    let sql = "select id, voter_group, elector_id, votes from ballot_paper where sitting_id = $1 order by id";
    let unsealed = |row: &QueryResult| -> anyhow::Result<Paper> {
        let id = row.try_get("", "id")?;
        let once = keys.unseal(PLACE, id, &row.try_get::<Vec<u8>>("", "votes")?)?;
        let votes = read(&boxes::unseal(app, sitting, id, once)?)?;
        Ok(Paper { group: row.try_get("", "voter_group")?, elector: row.try_get("", "elector_id")?, votes })
    };
    query(connection, sql, [sitting.into()]).await?.iter().map(unsealed).collect()
}

/// Hands in a paper: one vote per subject, in their order.
///
/// # Errors
/// [`Refusal`] for whoever is no elector or has voted, outside the voting stage, or for votes that the ballot does not know.
pub async fn vote(app: &App, tx: &mut Tx, actor: &Actor, id: i64, votes: &[i64]) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    // Two browsers of one person wait for each other here.
    tx.lock("ballot_sitting", id).await?;
    let sitting = rows::find(tx.connection(), id).await?.filter(|sitting| sitting.is_on_devices);
    let electors = rows::electors(tx.connection(), id).await?;
    let own = electors.iter().find(|elector| Some(elector.person) == actor.person_id);
    let (Some(sitting), Some(elector)) = (sitting, own) else { return refuse("没有找到要您参加的投票。".to_owned()) };
    if !sitting.is_voting {
        return refuse("现在不能投票：还没有开始，或者已经封箱。".to_owned());
    }
    if elector.has_voted {
        return refuse("您已经投过票，每人只投一次。".to_owned());
    }
    let ballot = ballot_of(app, &sitting).await?;
    let n_subjects = rows::subjects(tx.connection(), id).await?.len();
    if votes.len() != n_subjects || votes.iter().any(|vote| !is_a_vote(&ballot, *vote)) {
        return refuse(format!("请对每一个都选好：{}。", said_options(&ballot)));
    }
    execute(tx.connection(), "update ballot_elector set has_voted = $2 where id = $1", [elector.id.into(), true.into()]).await?;
    let key = random_key()?;
    let mut said = written(&votes.iter().copied().map(Some).collect::<Vec<_>>());
    if ballot.votes == Votes::Secret {
        let key_of_box = boxes::key_of(app, id, boxes::n_papers(tx.connection(), id).await?)?;
        said = boxes::seal(&key_of_box, key, &said);
    }
    let paper = ballot_paper::ActiveModel {
        id: Set(key),
        sitting_id: Set(id),
        voter_group: Set(elector.group.clone()),
        elector_id: Set((ballot.votes == Votes::Named).then_some(elector.id)),
        votes: Set(tx.keys().seal(PLACE, key, &said)),
    };
    insert_all::<ballot_paper::Entity, _, _>(tx.connection(), vec![paper]).await?;
    // That somebody voted, never what: no key of a paper, no votes.
    tx.record("ballot.vote", "ballot_sitting", id, Some(sitting.organisation), json!(null));
    tx.changed("ballot", id, Some(sitting.organisation));
    notice::settle(tx, notice::To::Person(elector.person), SUBJECT, &format!("{}/vote", sitting.address())).await?;
    Ok(())
}

/// Closes the box: as many papers as electors who voted, new keys, written in their order, counted.
///
/// # Errors
/// [`Refusal`] when papers and voters are not equally many; when the database refuses.
pub async fn close_box(app: &App, tx: &mut Tx, sitting: &Sitting, ballot: &Ballot) -> anyhow::Result<()> {
    let electors = rows::electors(tx.connection(), sitting.id).await?;
    let mut papers = Vec::new();
    for paper in self::papers(app, tx.connection(), tx.keys(), sitting.id).await? {
        papers.push((random_key()?, paper));
    }
    papers.sort_unstable_by_key(|(key, _)| *key);
    for group in &ballot.groups {
        let n_papers = papers.iter().filter(|(_, paper)| paper.group == group.key).count();
        let n_voted = electors.iter().filter(|it| it.group == group.key && it.has_voted).count();
        if n_papers != n_voted {
            return Err(
                Refusal(format!("{}投票 {n_voted} 人，票 {n_papers} 张，对不上，不能封箱；请作废重投，并请管理员核对审计。", group.name)).into()
            );
        }
    }
    let subjects = rows::subjects(tx.connection(), sitting.id).await?;
    for group in &ballot.groups {
        let own = papers.iter().filter(|(_, paper)| paper.group == group.key);
        let votes: Vec<Vec<Option<i64>>> = own.map(|(_, paper)| paper.votes.clone()).collect();
        let n_issued = i64::try_from(votes.len()).unwrap_or(i64::MAX);
        rows::set_tallies_of_papers(tx, sitting.id, &subjects, &group.key, n_issued, &votes).await?;
    }
    execute(tx.connection(), "delete from ballot_paper where sitting_id = $1", [sitting.id.into()]).await?;
    let again = papers.into_iter().map(|(key, paper)| ballot_paper::ActiveModel {
        id: Set(key),
        sitting_id: Set(sitting.id),
        votes: Set(tx.keys().seal(PLACE, key, &written(&paper.votes))),
        voter_group: Set(paper.group),
        elector_id: Set(paper.elector),
    });
    insert_all::<ballot_paper::Entity, _, _>(tx.connection(), again.collect()).await?;
    tx.record("ballot.close_box", "ballot_sitting", sitting.id, Some(sitting.organisation), json!(null));
    Ok(())
}
