//! Crossed inspections (交叉检查): no team inspects the county it comes from, no two counties inspect one another, and the work is
//! shared evenly. Solved exactly: a minimum-cost flow, branched where two counties meet; where there is no way, the constraint is named.

/// A team and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub name: String,
    /// County of everybody in it: several where people come from several.
    pub from: Vec<i64>,
}

/// A county that is inspected, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub county: i64,
    /// Counties whose teams inspected it last time: another is better.
    pub before: Vec<i64>,
}

/// Why there is no assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    NoTeam,
    /// Somebody can only be inspected by people of his own.
    OwnCounty,
    /// The rest is possible, but teams would have to bear unequal shares.
    Balance,
    /// Only by pairs of counties that inspect one another.
    MutualPairs,
}

impl Blocked {
    /// What is said, and what can be done.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoTeam => "还没有检查组，请先编组。",
            Self::OwnCounty => "有的县（市、区）只剩本县的人可以去查：检查组不得检查本县，请换人或者增加检查组。",
            Self::Balance => "避开本县以后，各组查的县数分不匀（相差超过一个）：请调整编组。",
            Self::MutualPairs => "避不开两个县互查：请增加一个检查组，或者从市里抽人编组。",
        }
    }
}

/// Which team (by its place in `teams`) inspects each target, in the order of `targets`.
///
/// # Errors
/// The constraint that cannot be kept.
pub fn assign(teams: &[Team], targets: &[Target]) -> Result<Vec<usize>, Blocked> {
    if teams.is_empty() {
        return if targets.is_empty() { Ok(Vec::new()) } else { Err(Blocked::NoTeam) };
    }
    let cost = |team: usize, target: usize| {
        let (team, target) = (&teams[team], &targets[target]);
        let is_own = team.from.contains(&target.county);
        (!is_own).then(|| i64::from(team.from.iter().any(|county| target.before.contains(county))))
    };
    let costs: Vec<Vec<Option<i64>>> = (0..teams.len()).map(|i| (0..targets.len()).map(|j| cost(i, j)).collect()).collect();
    if (0..targets.len()).any(|j| costs.iter().all(|row| row[j].is_none())) {
        return Err(Blocked::OwnCounty);
    }
    if flow(&costs).is_none() {
        return Err(Blocked::Balance);
    }
    let mut best = None;
    branch(teams, targets, costs, &mut best);
    best.map(|(_, found)| found).ok_or(Blocked::MutualPairs)
}

/// Two targets whose counties inspect one another under an assignment.
fn mutual(teams: &[Team], targets: &[Target], found: &[usize]) -> Option<(usize, usize)> {
    let inspects = |j: usize, county: i64| teams[found[j]].from.contains(&county);
    (0..targets.len())
        .flat_map(|a| (a + 1..targets.len()).map(move |b| (a, b)))
        .find(|(a, b)| inspects(*a, targets[*b].county) && inspects(*b, targets[*a].county))
}

/// The best assignment without mutual pairs: of a pair that meets, one of the two ways is given up.
fn branch(teams: &[Team], targets: &[Target], costs: Vec<Vec<Option<i64>>>, best: &mut Option<(i64, Vec<usize>)>) {
    let Some((cost, found)) = flow(&costs) else { return };
    if best.as_ref().is_some_and(|(least, _)| cost >= *least) {
        return;
    }
    let Some((a, b)) = mutual(teams, targets, &found) else {
        *best = Some((cost, found));
        return;
    };
    for target in [a, b] {
        let mut without = costs.clone();
        without[found[target]][target] = None;
        branch(teams, targets, without, best);
    }
}

/// An edge of the network.
struct Edge {
    to: usize,
    room: i64,
    cost: i64,
}

/// The cheapest way in which each target has one team and no team has more than one target above another; `None`: there is none.
fn flow(costs: &[Vec<Option<i64>>]) -> Option<(i64, Vec<usize>)> {
    let (n_teams, n_targets) = (costs.len(), costs[0].len());
    let (least, rest) = (i64::try_from(n_targets / n_teams).ok()?, n_targets % n_teams);
    // Filling every team's least share is worth more than any cost.
    let worth = i64::try_from(n_targets).ok()? * 10 + 10;
    let (source, sink) = (n_teams + n_targets, n_teams + n_targets + 1);
    let mut edges: Vec<Edge> = Vec::new();
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); sink + 1];
    let mut link = |from: usize, to: usize, room: i64, cost: i64| {
        out[from].push(edges.len());
        edges.push(Edge { to, room, cost });
        out[to].push(edges.len());
        edges.push(Edge { to: from, room: 0, cost: -cost });
    };
    for (team, row) in costs.iter().enumerate() {
        link(source, team, least, -worth);
        link(source, team, i64::from(rest > 0), 0);
        for (target, cost) in row.iter().enumerate() {
            if let Some(cost) = cost {
                link(team, n_teams + target, 1, *cost);
            }
        }
    }
    for target in 0..n_targets {
        link(n_teams + target, sink, 1, 0);
    }
    let mut total = 0;
    for _ in 0..n_targets {
        total += push(&mut edges, &out, source, sink)?;
    }
    let n_least = least * i64::try_from(n_teams).ok()?;
    // The shares are even when every least one was filled.
    let is_even =
        (0..n_teams).all(|team| out[source].iter().any(|e| edges[*e].to == team && edges[*e].cost < 0 && edges[*e].room == 0) || least == 0);
    if !is_even {
        return None;
    }
    let team_of =
        |target: usize| (0..n_teams).find(|team| out[*team].iter().any(|e| edges[*e].to == n_teams + target && edges[*e].room == 0 && e % 2 == 0));
    let found: Option<Vec<usize>> = (0..n_targets).map(team_of).collect();
    Some((total + n_least * worth, found?))
}

/// Sends one more along the cheapest way and says what it costs; `None`: there is no way.
fn push(edges: &mut [Edge], out: &[Vec<usize>], source: usize, sink: usize) -> Option<i64> {
    let mut least: Vec<Option<i64>> = vec![None; out.len()];
    let mut by: Vec<usize> = vec![usize::MAX; out.len()];
    least[source] = Some(0);
    // As often as there are places at most: no way back is cheaper than standing still.
    for _ in 0..out.len() {
        let mut is_changed = false;
        for (from, leaving) in out.iter().enumerate() {
            let Some(here) = least[from] else { continue };
            for e in leaving.iter().copied().filter(|e| edges[*e].room > 0) {
                let there = here + edges[e].cost;
                if least[edges[e].to].is_none_or(|known| there < known) {
                    least[edges[e].to] = Some(there);
                    by[edges[e].to] = e;
                    is_changed = true;
                }
            }
        }
        if !is_changed {
            break;
        }
    }
    let cost = least[sink]?;
    let mut at = sink;
    while at != source {
        let e = by[at];
        edges[e].room -= 1;
        // Edges come in pairs: one way and back.
        edges[e ^ 1].room += 1;
        at = edges[e ^ 1].to;
    }
    Some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(from: &[i64]) -> Team {
        Team { name: String::new(), from: from.to_vec() }
    }

    fn target(county: i64, before: &[i64]) -> Target {
        Target { county, before: before.to_vec() }
    }

    fn keeps(teams: &[Team], targets: &[Target], found: &[usize]) -> bool {
        let n_of = |i: usize| found.iter().filter(|team| **team == i).count();
        let shares: Vec<usize> = (0..teams.len()).map(n_of).collect();
        let is_even = shares.iter().max().copied().unwrap_or_default() - shares.iter().min().copied().unwrap_or_default() <= 1;
        is_even && (0..targets.len()).all(|j| !teams[found[j]].from.contains(&targets[j].county)) && mutual(teams, targets, found).is_none()
    }

    fn cost(teams: &[Team], targets: &[Target], found: &[usize]) -> usize {
        (0..targets.len()).filter(|j| teams[found[*j]].from.iter().any(|county| targets[*j].before.contains(county))).count()
    }

    /// Every assignment tried.
    fn by_hand(teams: &[Team], targets: &[Target]) -> Option<usize> {
        let n = teams.len().pow(u32::try_from(targets.len()).expect("few"));
        let nth = |mut at: usize| {
            let mut found = Vec::new();
            for _ in targets {
                found.push(at % teams.len());
                at /= teams.len();
            }
            found
        };
        (0..n).map(nth).filter(|found| keeps(teams, targets, found)).map(|found| cost(teams, targets, &found)).min()
    }

    #[test]
    fn three_go_round_and_two_cannot() {
        let teams = [team(&[1]), team(&[2]), team(&[3])];
        let targets = [target(1, &[]), target(2, &[]), target(3, &[])];
        let found = assign(&teams, &targets).expect("they go round");
        assert!(keeps(&teams, &targets, &found), "{found:?}");
        assert_eq!(assign(&teams[..2], &targets[..2]), Err(Blocked::MutualPairs));
        assert_eq!(assign(&[], &targets), Err(Blocked::NoTeam));
        assert_eq!(assign(&[team(&[1, 2])], &targets[..1]), Err(Blocked::OwnCounty));
        // One team may go nowhere but to the third, where it cannot carry its share.
        let uneven = [team(&[1, 2, 4]), team(&[9])];
        let four = [target(1, &[]), target(2, &[]), target(4, &[]), target(3, &[])];
        assert_eq!(assign(&uneven, &four), Err(Blocked::Balance));
        assert!(Blocked::MutualPairs.words().contains("互查"));
    }

    #[test]
    fn whoever_came_last_time_does_not_come_again_where_it_can_be_helped() {
        let teams = [team(&[1]), team(&[2]), team(&[3])];
        // Last time 1 inspected 2, 2 inspected 3, 3 inspected 1.
        let targets = [target(1, &[3]), target(2, &[1]), target(3, &[2])];
        let found = assign(&teams, &targets).expect("the other way round");
        assert_eq!((cost(&teams, &targets, &found), found), (0, vec![1, 2, 0]));
    }

    /// Against every assignment tried, over many small cities: never a constraint broken, never a better one missed, and
    /// where none is found there is none.
    #[test]
    fn never_breaks_a_constraint_and_misses_nothing() {
        let mut state = 1_u64;
        let mut below = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % n
        };
        let (mut n_found, mut n_none) = (0, 0);
        for _ in 0..600 {
            let (n_teams, n_targets) = (1 + below(4), 1 + below(5));
            let county = |n: usize| i64::try_from(n).expect("small");
            let teams: Vec<Team> = (0..n_teams).map(|_| team(&(0..=below(2)).map(|_| county(below(6))).collect::<Vec<_>>())).collect();
            let targets: Vec<Target> = (0..n_targets).map(|j| target(county(j), &[county(below(6))])).collect();
            match (assign(&teams, &targets), by_hand(&teams, &targets)) {
                (Ok(found), Some(least)) => {
                    assert!(keeps(&teams, &targets, &found), "{teams:?} {targets:?} {found:?}");
                    assert_eq!(cost(&teams, &targets, &found), least, "{teams:?} {targets:?} {found:?}");
                    n_found += 1;
                }
                (Err(_), None) => n_none += 1,
                (ours, theirs) => panic!("{teams:?} {targets:?}: {ours:?} but by hand {theirs:?}"),
            }
        }
        assert!(n_found > 100 && n_none > 100, "{n_found} found, {n_none} without");
    }
}
