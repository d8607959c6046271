//! Rounds, entries, judges; how scores become places. Pure, exact: in which order papers come changes nothing.

use jiff::civil::Date;
use policy::{Contest, Ratio, TieBreak};
use store::{OrgId, PersonId};

/// One round of a contest, held by an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    pub id: i64,
    /// Key of `[contest.KEY]`.
    pub contest: String,
    pub pack_version: String,
    pub organisation: OrgId,
    /// Level of the round.
    pub level: String,
    /// First and last year of the period.
    pub years: (i16, i16),
    pub title: String,
    pub held_on: Date,
    pub case_id: i64,
    pub opened_on: Date,
    pub published_on: Option<Date>,
    /// Key of the stage at which its case stands.
    pub stage: String,
}

impl Round {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/contests/{}", self.id)
    }

    /// Nobody scores any more: scores may be read by the office.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        ![super::ENTERING, super::SCORING, super::CALLED_OFF].contains(&self.stage.as_str())
    }

    /// Which round of the contest it is, from the lowest.
    #[must_use]
    pub fn place_in(&self, rule: &Contest) -> Option<usize> {
        rule.rounds.iter().position(|round| round.level == self.level)
    }
}

/// Somebody who takes part in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub round: i64,
    pub organisation: OrgId,
    pub name: String,
    pub presentation: String,
    /// What the records said of the unit on the day: name and figure.
    pub evidence: Vec<(String, String)>,
    pub entered_by: Option<PersonId>,
    pub entered_on: Date,
    /// The entry of the round before by which it came up.
    pub entered_from: Option<i64>,
    pub score: Option<Ratio>,
    pub place: Option<i64>,
    pub is_up: bool,
    /// What is worth copying; empty: nothing was noted.
    pub practice: String,
}

impl Entry {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/contests/entries/{}", self.id)
    }
}

/// A judge of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judge {
    pub id: i64,
    pub round: i64,
    pub person: PersonId,
    pub name: String,
    pub login: String,
    /// Posts on the day of naming.
    pub unit: String,
    /// Empty: present.
    pub absent_reason: String,
}

impl Judge {
    #[must_use]
    pub fn is_absent(&self) -> bool {
        !self.absent_reason.is_empty()
    }
}

/// What a judge gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    pub entry: i64,
    pub judge: i64,
    pub points: i64,
    pub remark: String,
}

/// All scores that count for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    pub entry: i64,
    pub points: Vec<i64>,
}

/// What an entry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub entry: i64,
    pub score: Ratio,
    /// Equal ones have the same place, and the next after them leaves as many out: 1, 1, 3.
    pub place: i64,
}

/// The mean without so many highest and as many lowest; nothing when none is left.
#[must_use]
pub fn trimmed_mean(points: &[i64], trim: usize) -> Option<Ratio> {
    if points.len() <= 2 * trim {
        return None;
    }
    let mut points = points.to_vec();
    points.sort_unstable();
    let counted = &points[trim..points.len() - trim];
    let sum: i128 = counted.iter().map(|n| i128::from(*n)).sum();
    Some(Ratio::new(sum, i128::try_from(counted.len()).ok()?))
}

/// What decides between two entries, the more the better, in order: the score, then the pack's ties.
fn merits(paper: &Paper, trim: usize, ties: &[TieBreak]) -> Option<Vec<Ratio>> {
    let whole = |n: Option<&i64>| n.map(|n| Ratio::from_integer(i128::from(*n)));
    let tie = |tie: &TieBreak| match tie {
        TieBreak::MeanOfAll => trimmed_mean(&paper.points, 0),
        TieBreak::Lowest => whole(paper.points.iter().min()),
        TieBreak::Highest => whole(paper.points.iter().max()),
    };
    std::iter::once(trimmed_mean(&paper.points, trim)).chain(ties.iter().map(tie)).collect()
}

/// Places of all entries, the best first; equal in everything: the same place, in the order of their numbers. Nothing when somebody
/// has too few scores.
#[must_use]
pub fn placed(papers: &[Paper], trim: usize, ties: &[TieBreak]) -> Option<Vec<Placed>> {
    let mut all: Vec<(Vec<Ratio>, i64)> = Vec::with_capacity(papers.len());
    for paper in papers {
        all.push((merits(paper, trim, ties)?, paper.entry));
    }
    all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut placed: Vec<Placed> = Vec::with_capacity(all.len());
    for (i, (merits, entry)) in all.iter().enumerate() {
        let place = match placed.last() {
            Some(before) if all[i - 1].0 == *merits => before.place,
            _ => i64::try_from(i + 1).ok()?,
        };
        placed.push(Placed { entry: *entry, score: *merits.first()?, place });
    }
    Some(placed)
}

/// Whether a judge whose posts stand at `places` comes from an entrant's side: its unit, what is below it, or what is above it within
/// the round. `line`: the unit and what stands above it, below the host. `above`: what stands above each place.
#[must_use]
pub fn is_partial(places: &[(OrgId, Vec<OrgId>)], unit: OrgId, line: &[OrgId]) -> bool {
    places.iter().any(|(place, above)| line.contains(place) || above.contains(&unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of numbers that is the same each time.
    fn next(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    fn invented(state: &mut u64) -> Vec<Paper> {
        let (n_entries, n_judges) = (2 + next(state) % 6, 3 + next(state) % 6);
        // Few different points: ties are common.
        (0..n_entries).map(|entry| Paper { entry: entry as i64, points: (0..n_judges).map(|_| 80 + (next(state) % 4) as i64).collect() }).collect()
    }

    /// The same by striking out one highest and one lowest after the other.
    fn plain(points: &[i64], trim: usize) -> Option<Ratio> {
        let mut left = points.to_vec();
        for _ in 0..trim {
            let highest = left.iter().enumerate().max_by_key(|(_, n)| **n)?.0;
            left.remove(highest);
            let lowest = left.iter().enumerate().min_by_key(|(_, n)| **n)?.0;
            left.remove(lowest);
        }
        let n = left.len() as i128;
        (n > 0).then(|| Ratio::new(left.iter().map(|n| i128::from(*n)).sum(), n))
    }

    #[test]
    fn a_trimmed_mean_is_what_striking_out_gives() {
        let mut state = 0x9E37_79B9_7F4A_7C15;
        for _ in 0..5_000 {
            let n = (next(&mut state) % 12) as usize;
            let points: Vec<i64> = (0..n).map(|_| (next(&mut state) % 101) as i64).collect();
            for trim in 0..3 {
                assert_eq!(trimmed_mean(&points, trim), plain(&points, trim), "{points:?} without {trim}");
            }
        }
        assert_eq!(trimmed_mean(&[90, 95, 100, 60, 91], 1), Some(Ratio::from_integer(92)));
        assert_eq!(trimmed_mean(&[90, 95], 1), None);
    }

    #[test]
    fn the_order_of_papers_changes_nothing() {
        let ties = [TieBreak::MeanOfAll, TieBreak::Lowest];
        let mut state = 0xD1B5_4A32_D192_ED03;
        for _ in 0..2_000 {
            let papers = invented(&mut state);
            let before = placed(&papers, 1, &ties).unwrap();
            let mut mixed = papers.clone();
            for i in (1..mixed.len()).rev() {
                mixed.swap(i, (next(&mut state) % (i as u64 + 1)) as usize);
            }
            for paper in &mut mixed {
                let by = (next(&mut state) % paper.points.len() as u64) as usize;
                paper.points.rotate_left(by);
            }
            assert_eq!(placed(&mixed, 1, &ties), Some(before));
        }
    }

    #[test]
    fn places_follow_merits_and_equal_ones_share_a_place() {
        let ties = [TieBreak::MeanOfAll, TieBreak::Lowest];
        let mut state = 0xA076_1D64_78BD_642F;
        for _ in 0..2_000 {
            let papers = invented(&mut state);
            let found = placed(&papers, 1, &ties).unwrap();
            let merits_of = |entry: i64| merits(papers.iter().find(|paper| paper.entry == entry).unwrap(), 1, &ties).unwrap();
            for it in &found {
                let better = papers.iter().filter(|other| merits_of(other.entry) > merits_of(it.entry)).count();
                assert_eq!(it.place, better as i64 + 1);
            }
        }
        let paper = |entry, points: &[i64]| Paper { entry, points: points.to_vec() };
        // Both 90 after trimming; the mean of all decides, then nothing does.
        let found = placed(&[paper(1, &[80, 90, 100]), paper(2, &[85, 90, 100]), paper(3, &[80, 90, 100])], 1, &[TieBreak::MeanOfAll]).unwrap();
        assert_eq!(found.iter().map(|it| (it.entry, it.place)).collect::<Vec<_>>(), [(2, 1), (1, 2), (3, 2)]);
        assert_eq!(placed(&[paper(1, &[90, 90])], 1, &[]), None);
    }

    #[test]
    fn a_judge_of_the_unit_its_villages_or_its_line_is_partial() {
        // City 1 holds; county 2, township 3, village 4; another county 5 with township 6.
        let line = [3, 2];
        let place = |id: OrgId, above: &[OrgId]| vec![(id, above.to_vec())];
        assert!(is_partial(&place(3, &[2, 1]), 3, &line));
        assert!(is_partial(&place(2, &[1]), 3, &line));
        assert!(is_partial(&place(4, &[3, 2, 1]), 3, &line));
        assert!(!is_partial(&place(1, &[]), 3, &line), "the host judges all alike");
        assert!(!is_partial(&place(6, &[5, 1]), 3, &line));
    }
}
