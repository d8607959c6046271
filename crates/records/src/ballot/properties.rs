//! What holds for any papers: they are counted right in whatever order they lie, and all look alike while they are sealed.

use std::collections::BTreeMap;

use assessment::{GroupVotes, ballot_points};
use policy::{Ballot, Ratio};
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::cast::{read, written};
use super::count::tallies_of;

const N_SUBJECTS: usize = 3;

type Papers = Vec<Vec<Option<i64>>>;

/// Papers with one vote from 0 to 100 per subject, or none, and the same papers in another order.
fn papers_twice() -> impl Strategy<Value = (Papers, Papers)> {
    let vote = prop_oneof![1 => Just(None), 9 => (0_i64..=100).prop_map(Some)];
    let papers = prop::collection::vec(prop::collection::vec(vote, N_SUBJECTS), 1..60);
    papers.prop_flat_map(|papers| (Just(papers.clone()), Just(papers).prop_shuffle()))
}

fn ballot() -> Ballot {
    let text = r#"
        name = "测评"
        votes = "secret"
        quorum = "0%"
        scale = { from = 0, to = 100 }
        group = [{ key = "members", name = "党员", weight = 60 }, { key = "people", name = "群众", weight = 40 }]
        cite = { doc = "example" }
    "#;
    toml_edit::de::from_str(text).expect("a ballot")
}

/// What a group said of a subject, as the count reads it from its tallies.
fn votes_of(tallies: &BTreeMap<(usize, i64), i64>, subject: usize) -> Vec<i64> {
    let own = tallies.iter().filter(|((at, _), _)| *at == subject);
    own.flat_map(|((_, vote), n)| std::iter::repeat_n(*vote, usize::try_from(*n).expect("a count"))).collect()
}

proptest! {
    #[test]
    fn papers_come_to_the_same_count_in_any_order((papers, otherwise) in papers_twice()) {
        let tallies = tallies_of(&papers);
        prop_assert_eq!(&tallies, &tallies_of(&otherwise));
        for at in 0..N_SUBJECTS {
            let said: Vec<i64> = papers.iter().filter_map(|paper| paper[at]).collect();
            for vote in 0..=100 {
                let n = said.iter().filter(|it| **it == vote).count();
                prop_assert_eq!(tallies.get(&(at, vote)).copied().unwrap_or_default(), i64::try_from(n).expect("a count"));
            }
            prop_assert_eq!(votes_of(&tallies, at).len(), said.len(), "nothing is counted twice and nothing is lost");
        }
    }

    #[test]
    fn the_points_are_the_weighted_means_whatever_the_order(
        (members, members_otherwise) in papers_twice(),
        (people, people_otherwise) in papers_twice(),
    ) {
        let points = |members: &[Vec<Option<i64>>], people: &[Vec<Option<i64>>], at: usize| {
            let group = |key: &str, papers: &[Vec<Option<i64>>]| GroupVotes {
                group: key.to_owned(),
                n_electors: papers.len(),
                votes: votes_of(&tallies_of(papers), at),
            };
            ballot_points(&ballot(), &[group("members", members), group("people", people)], Ratio::from_integer(10)).ok()
        };
        let mean = |papers: &[Vec<Option<i64>>], at: usize| {
            let said: Vec<i64> = papers.iter().filter_map(|paper| paper[at]).collect();
            (!said.is_empty()).then(|| Ratio::new(i128::from(said.iter().sum::<i64>()), 100 * said.len() as i128))
        };
        for at in 0..N_SUBJECTS {
            let expected = mean(&members, at).zip(mean(&people, at)).map(|(a, b)| a * Ratio::from_integer(6) + b * Ratio::from_integer(4));
            prop_assert_eq!(points(&members, &people, at), expected);
            prop_assert_eq!(points(&members_otherwise, &people_otherwise, at), expected);
        }
    }

    #[test]
    fn sealed_papers_are_equally_long_and_read_back((papers, _) in papers_twice(), some in subsequence((0_i64..=100).collect::<Vec<_>>(), N_SUBJECTS)) {
        let other: Vec<Option<i64>> = some.into_iter().map(Some).collect();
        for paper in &papers {
            prop_assert_eq!(&read(&written(paper)).expect("what was written"), paper);
            prop_assert_eq!(written(paper).len(), written(&other).len());
        }
    }
}
