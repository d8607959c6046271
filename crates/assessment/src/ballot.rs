//! Counts a ballot (测评): votes as whole numbers → points, exact; or why there is nothing to count.

use std::fmt;

use policy::{Ballot, Key, Ratio};

use crate::exact::{add, divide, multiply, whole};

/// What one group of electors did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupVotes {
    /// Key of the ballot's group.
    pub group: Key,
    /// How many may vote.
    pub n_electors: usize,
    /// One number of the ballot's scale for each who voted, in any order.
    pub votes: Vec<i64>,
}

/// Why a ballot gives no points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotCounted {
    QuorumNotReached {
        present: usize,
        needed: usize,
        electors: usize,
    },
    /// After dropping the highest and the lowest nothing is left of a group.
    TooFewVotes {
        group: String,
        n: usize,
        needed: usize,
    },
    MoreVotesThanElectors {
        group: String,
        votes: usize,
        electors: usize,
    },
    OffScale {
        group: String,
        vote: i64,
        from: i64,
        to: i64,
    },
    TooLarge,
}

impl fmt::Display for NotCounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuorumNotReached { present, needed, electors } => {
                write!(f, "应参加测评 {electors} 人，实际 {present} 人，不到规定的 {needed} 人，结果不计，请重新组织")
            }
            Self::TooFewVotes { group, n, needed } => write!(f, "{group}只有 {n} 票，去掉最高和最低后没有可算的，至少要 {needed} 票"),
            Self::MoreVotesThanElectors { group, votes, electors } => write!(f, "{group}有 {votes} 票，多于应参加的 {electors} 人，请核对"),
            Self::OffScale { group, vote, from, to } => write!(f, "{group}有一票是 {vote} 分，不在 {from} 到 {to} 分之间，请核对"),
            Self::TooLarge => f.write_str(crate::part::TOO_LARGE),
        }
    }
}

/// Points out of `weight`: the mean of each group without its `trim` highest and `trim` lowest votes, placed on the scale, times
/// the group's weight. The quorum is a share of all electors together and includes its figure. In which order votes come changes nothing.
///
/// # Errors
/// [`NotCounted`] when too few voted, or what was handed in cannot be right.
///
/// ```
/// # use assessment::{GroupVotes, ballot_points};
/// # use policy::{Ballot, Ratio};
/// let ballot: Ballot = toml_edit::de::from_str(r#"
///     name = "群众测评"
///     votes = "secret"
///     quorum = "50%"
///     trim = 1
///     scale = { from = 0, to = 100 }
///     group = [{ key = "members", name = "党员", weight = 60 }, { key = "people", name = "群众", weight = 40 }]
///     cite = { doc = "example" }
/// "#).unwrap();
/// let votes = |group: &str, votes: &[i64]| GroupVotes { group: group.into(), n_electors: 6, votes: votes.to_vec() };
/// let groups = [votes("members", &[0, 80, 90, 100]), votes("people", &[50, 50, 50])];
/// // 85 of the members, 50 of the people: 0.6 × 85 + 0.4 × 50 = 71 percent of ten points.
/// assert_eq!(ballot_points(&ballot, &groups, Ratio::from_integer(10)), Ok(Ratio::new(71, 10)));
/// assert!(ballot_points(&ballot, &[votes("members", &[90; 6]), votes("people", &[])], Ratio::from_integer(10)).is_err());
/// ```
pub fn ballot_points(ballot: &Ballot, groups: &[GroupVotes], weight: Ratio) -> Result<Ratio, NotCounted> {
    let of = |key: &str| groups.iter().find(|group| group.group == key);
    for rule in &ballot.groups {
        of(&rule.key).map_or(Ok(()), |group| is_plausible(ballot, &rule.name, group))?;
    }
    let handed_in = || ballot.groups.iter().filter_map(|rule| of(&rule.key));
    let (present, electors) = handed_in().fold((0, 0), |(n, of), group| (n + group.votes.len(), of + group.n_electors));
    let needed = crate::exact::ceil_of(ballot.quorum, electors);
    if electors == 0 || present < needed {
        return Err(NotCounted::QuorumNotReached { present, needed, electors });
    }
    let mut share = whole(0);
    let mut weights = whole(0);
    for rule in &ballot.groups {
        let mean = trimmed_mean(ballot, &rule.name, of(&rule.key).map_or(&[], |group| &group.votes))?;
        let part = multiply(mean, rule.weight).and_then(|part| add(share, part));
        (share, weights) = part.zip(add(weights, rule.weight)).ok_or(NotCounted::TooLarge)?;
    }
    divide(share, weights).and_then(|share| multiply(share, weight)).ok_or(NotCounted::TooLarge)
}

fn is_plausible(ballot: &Ballot, name: &str, group: &GroupVotes) -> Result<(), NotCounted> {
    let (from, to) = (ballot.scale.from, ballot.scale.to);
    if group.votes.len() > group.n_electors {
        return Err(NotCounted::MoreVotesThanElectors { group: name.to_owned(), votes: group.votes.len(), electors: group.n_electors });
    }
    match group.votes.iter().find(|vote| !(from..=to).contains(vote)) {
        Some(&vote) => Err(NotCounted::OffScale { group: name.to_owned(), vote, from, to }),
        None => Ok(()),
    }
}

/// 0 to 1: where the mean of the votes that count lies on the scale.
fn trimmed_mean(ballot: &Ballot, name: &str, votes: &[i64]) -> Result<Ratio, NotCounted> {
    let dropped = ballot.trim as usize;
    let needed = 2 * dropped + 1;
    if votes.len() < needed {
        return Err(NotCounted::TooFewVotes { group: name.to_owned(), n: votes.len(), needed });
    }
    let mut votes = votes.to_vec();
    votes.sort_unstable();
    let counted = &votes[dropped..votes.len() - dropped];
    let above: i128 = counted.iter().map(|vote| i128::from(*vote) - i128::from(ballot.scale.from)).sum();
    let width = i128::from(ballot.scale.to) - i128::from(ballot.scale.from);
    let below = (counted.len() as i128).checked_mul(width).filter(|below| *below > 0).ok_or(NotCounted::TooLarge)?;
    Ok(Ratio::new(above, below))
}
