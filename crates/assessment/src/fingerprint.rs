//! The fingerprint that freezes a published result.

use std::fmt::Write;

use sm3::{Digest, Sm3};

use crate::rank::CompositeRanking;
use crate::result::{Evaluation, Row};

/// SM3, in hexadecimal, over [`canonical_text`]. A later change of any figure gives another one.
#[must_use]
pub fn fingerprint(evaluation: &Evaluation) -> String {
    digest(&canonical_text(evaluation))
}

/// [`fingerprint`] of a ranking made under a version of the packs.
#[must_use]
pub fn ranking_fingerprint(ranking: &CompositeRanking, pack: &str) -> String {
    digest(&canonical_ranking_text(ranking, pack))
}

fn digest(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sm3::digest(text.as_bytes()) {
        write!(hex, "{byte:02x}").expect("writing to a string succeeds");
    }
    hex
}

/// A ranking line by line, exact, by code.
#[must_use]
pub fn canonical_ranking_text(ranking: &CompositeRanking, pack: &str) -> String {
    let mut text = String::new();
    let exact = |value: Option<policy::Ratio>| value.map_or_else(|| "-".to_owned(), |v| v.to_string());
    line(&mut text, &["ranking", &ranking.name, &ranking.period.to_string(), pack]);
    let mut rows: Vec<_> = ranking.rows.iter().collect();
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    for row in rows {
        line(&mut text, &["row", &row.code, &row.total.to_string(), &row.total_to.to_string(), &row.rank.to_string()]);
        for part in &row.components {
            line(&mut text, &["component", &part.key, &part.weight.to_string(), &exact(part.value), &part.points.to_string()]);
            for item in &part.items {
                line(&mut text, &["item", &item.key, &item.numerator.to_string(), &item.denominator.to_string(), &exact(item.value)]);
            }
        }
    }
    text
}

/// The result line by line, exact and in order: what the fingerprint is taken of.
/// Names and evidence ids are not in it: they differ between databases that hold the same records.
#[must_use]
pub fn canonical_text(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    line(&mut text, &["evaluation", &evaluation.scheme, &evaluation.period.to_string(), &evaluation.pack, &evaluation.closed_until.to_string()]);
    for item in &evaluation.items {
        line(&mut text, &["item", &item.key, &item.weight.to_string(), &item.target]);
    }
    for cohort in &evaluation.cohorts {
        line(&mut text, &["cohort", &cohort.key, &cohort.size.to_string()]);
        for quota in &cohort.quotas {
            line(&mut text, &["quota", &quota.star.to_string(), &quota.places.to_string(), &quota.n_awarded.to_string()]);
        }
    }
    for row in &evaluation.rows {
        row_lines(&mut text, evaluation, row);
    }
    text
}

fn row_lines(text: &mut String, evaluation: &Evaluation, row: &Row) {
    let or_none = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let (star, rank) = (or_none(row.star.map(u32::from)), or_none(row.rank));
    line(text, &["row", &row.code, &row.cohort, &row.score.to_string(), &row.score_to.to_string(), &row.evidenced_weight.to_string(), &star, &rank]);
    // Only where there is something to say: results from before stay what they were.
    if row.bonus != policy::Ratio::default() {
        line(text, &["bonus", &row.bonus.to_string()]);
    }
    for veto in row.vetoes.iter().filter(|veto| veto.star_at_most.is_none()) {
        line(text, &["disqualified", &veto.item]);
    }
    for item in &row.items {
        let points = item.points.map_or_else(|| "-".to_owned(), |p| p.to_string());
        let (numerator, denominator) = (item.numerator.to_string(), item.denominator.to_string());
        let key = &evaluation.definition(item).key;
        line(text, &["result", key, &numerator, &denominator, item.outcome.key(), &points, item.outcome.reason().unwrap_or_default()]);
    }
}

/// Tabs between, a line feed at the end; those within a text become spaces, so that no two results share a text.
fn line(text: &mut String, parts: &[&str]) {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            text.push('\t');
        }
        text.extend(part.chars().map(|c| if c == '\t' || c == '\n' { ' ' } else { c }));
    }
    text.push('\n');
}
