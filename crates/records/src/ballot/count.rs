//! The count: tallies of a group as they were read out, and what they come to.

use std::collections::BTreeMap;

use assessment::{GroupVotes, NotCounted, ballot_points};
use policy::{Ballot, Ratio, Votes};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::rows::{self, Sitting};
use super::{group_name, held_by};
use crate::app::App;

/// The tally of one group on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCount {
    pub group: String,
    pub n_issued: i64,
    pub n_collected: i64,
    /// For each subject: a number of the scale and how many papers say it.
    pub votes: Vec<(OrgId, Vec<(i64, i64)>)>,
}

/// Enters the tally of one group, in the place of an earlier one.
///
/// # Errors
/// [`Refusal`] out of reach, outside the voting stage, or for numbers that cannot be right together.
pub async fn enter_count(app: &App, tx: &mut Tx, actor: &Actor, id: i64, count: &GroupCount) -> anyhow::Result<()> {
    let (sitting, ballot) = held_by(app, tx, actor, id).await?;
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    if ballot.votes == Votes::Named {
        return refuse(format!("“{}”记名，请一人一张录入，票数由此算出。", ballot.name));
    }
    if sitting.is_on_devices || !sitting.is_voting {
        return refuse("现在不是录入票数的环节：纸质投票、投票开始以后、提交核定以前可以录入。".to_owned());
    }
    let name = group_name(&ballot, &count.group)?;
    let n_electors = rows::groups(tx.connection(), id).await?.iter().find(|it| it.key == count.group).map_or(0, |it| it.n_electors);
    if !(0..=n_electors).contains(&count.n_issued) {
        return refuse(format!("{name}发出 {} 张，多于应参加的 {n_electors} 人，请核对。", count.n_issued));
    }
    if !(0..=count.n_issued).contains(&count.n_collected) {
        return refuse(format!("{name}收回 {} 张，多于发出的 {} 张，请核对；收回多于发出的，这一次投票无效。", count.n_collected, count.n_issued));
    }
    let subjects = rows::subjects(tx.connection(), id).await?;
    for subject in &subjects {
        let votes = count.votes.iter().find(|(org, _)| *org == subject.organisation).map_or(&[][..], |(_, votes)| votes);
        let about = app.directory().name_of(subject.organisation).to_owned();
        if let Some((vote, _)) = votes.iter().find(|(vote, n)| *n < 0 || !is_a_vote(&ballot, *vote)) {
            return refuse(format!("{name}对{about}的票里有“{vote}”，不在{}里，请核对。", said_options(&ballot)));
        }
        let valid: i64 = votes.iter().map(|(_, n)| n).sum();
        if valid > count.n_collected {
            return refuse(format!("{name}对{about}的有效票合计 {valid} 张，多于收回的 {} 张，请核对。", count.n_collected));
        }
    }
    rows::set_count(tx, id, &subjects, count).await?;
    tx.record("ballot.enter_count", "ballot_sitting", id, Some(sitting.organisation), json!({ "group": count.group }));
    tx.changed("ballot", id, Some(sitting.organisation));
    Ok(())
}

/// How many papers say a number of a subject, by its place on them; a vote that says nothing is in none.
pub(super) fn tallies_of(papers: &[Vec<Option<i64>>]) -> BTreeMap<(usize, i64), i64> {
    let mut tallies = BTreeMap::new();
    for (at, vote) in papers.iter().flat_map(|votes| votes.iter().enumerate()) {
        if let Some(vote) = vote {
            *tallies.entry((at, *vote)).or_default() += 1;
        }
    }
    tallies
}

/// Whether a number is one that a paper may say.
pub(super) fn is_a_vote(ballot: &Ballot, vote: i64) -> bool {
    (ballot.scale.from..=ballot.scale.to).contains(&vote) && (ballot.options.is_empty() || ballot.options.iter().any(|it| it.vote == vote))
}

/// What a paper may say, in words.
pub(super) fn said_options(ballot: &Ballot) -> String {
    if ballot.options.is_empty() {
        return format!(" {} 到 {} 分", ballot.scale.from, ballot.scale.to);
    }
    ballot.options.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join("、")
}

/// Of every subject the share of all points, or why it is not counted.
pub(super) async fn counted<C: ConnectionTrait>(
    connection: &C,
    sitting: &Sitting,
    ballot: &Ballot,
) -> anyhow::Result<Vec<(OrgId, Result<Ratio, NotCounted>)>> {
    let groups = rows::groups(connection, sitting.id).await?;
    let tallies = rows::tallies(connection, sitting.id).await?;
    let subjects = rows::subjects(connection, sitting.id).await?;
    let votes_of = |subject: i64, group: &str| -> Vec<i64> {
        let own = tallies.iter().filter(|it| it.subject == subject && it.group == group);
        own.flat_map(|it| std::iter::repeat_n(it.vote, usize::try_from(it.n).unwrap_or_default())).collect()
    };
    let whole = Ratio::from_integer(1);
    Ok(subjects
        .into_iter()
        .map(|subject| {
            let of_group = |group: &rows::Group| GroupVotes {
                group: group.key.clone(),
                n_electors: usize::try_from(group.n_electors).unwrap_or_default(),
                votes: votes_of(subject.id, &group.key),
            };
            let votes: Vec<GroupVotes> = groups.iter().map(of_group).collect();
            (subject.organisation, ballot_points(ballot, &votes, whole))
        })
        .collect())
}

/// Keeps what every subject came to.
pub(super) async fn keep(tx: &mut Tx, sitting: &Sitting, ballot: &Ballot) -> anyhow::Result<()> {
    for (organisation, share) in counted(tx.connection(), sitting, ballot).await? {
        let share = share.map_err(|why| Refusal(format!("{why}。")))?;
        rows::keep_share(tx, sitting.id, organisation, share).await?;
    }
    rows::close(tx, sitting.id).await?;
    Ok(())
}
