//! Makes a ranking: published ratings where there are some, today's records for the rest, judged components.

use std::collections::{BTreeMap, HashSet};

use assessment::{
    Compiled, CompositeRanking, CompositeSources, Evaluation, Outcome, Row, Subject, TracedItem, decimal, items_of, plain, rank_composite,
};
use jiff::civil::Date;
use policy::{Cite, Key, Over, Pack, Period, Ranking, Ratio};
use serde::{Deserialize, Serialize};
use store::{OrgId, Refusal, query};

use super::rows::BranchTrace;
use crate::app::App;
use crate::evaluation::rows as stored;
use crate::evaluation::run::{self, Rules};

/// What a ranking is made of, as it stood when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingHead {
    pub key: Key,
    pub name: String,
    /// Weights or values of it are invented for the demo: 示例方案.
    pub is_example: bool,
    pub period: Period,
    pub closed_until: Date,
    pub pack: String,
    pub level: Key,
    pub cite: Cite,
    pub components: Vec<ComponentHead>,
    /// Published results that it takes scores from.
    pub sources: Vec<SourceUsed>,
    /// Names of the fields, for items that only some organisations have.
    #[serde(default)]
    pub fields: BTreeMap<Key, String>,
}

impl RankingHead {
    /// 现场查看 is an item of several fields: 现场查看（农村）.
    #[must_use]
    pub fn item_name(&self, item: &TracedItem) -> String {
        match item.field.as_ref().map(|field| self.fields.get(field).unwrap_or(field)) {
            Some(field) => format!("{}（{field}）", item.name),
            None => item.name.clone(),
        }
    }
}

/// What the item's percentage is made of: 得 402.50 分，满分 480 分; of an indicator: 425 / 491.
pub(super) fn fraction_of(item: &TracedItem) -> String {
    match (item.earned, item.due) {
        (Some(earned), Some(due)) => format!("得 {} 分，满分 {} 分", decimal(earned), plain(due)),
        _ => format!("{} / {}", item.numerator, item.denominator),
    }
}

/// A component with its weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentHead {
    pub key: Key,
    pub name: String,
    pub weight: String,
    pub how: How,
    pub cite: Cite,
}

/// Where a component's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The mean score of the branches below under a scheme, by its name.
    MeanScore { scheme: Key, name: String },
    /// Indicators over all branches below, by their names.
    Indicators(Vec<String>),
    /// Indicators over the unit itself and the committees below it, by their names; with full marks where nothing was due.
    OfCommittees { names: Vec<String>, full_when_nothing_due: bool },
    /// 0 to 100, judged by people.
    Judged,
}

impl How {
    /// As a sentence's part.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::MeanScore { name, .. } => format!("取所辖党支部“{name}”得分的平均数"),
            Self::Indicators(names) => {
                format!("取所辖党支部{}完成率的平均数", names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("、"))
            }
            Self::OfCommittees { names, full_when_nothing_due } => format!(
                "取本级和下级党（工）委{}的平均数，没有的不计{}",
                names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("、"),
                if *full_when_nothing_due { "，都没有的按满分计" } else { "" }
            ),
            Self::Judged => "由考核组评定，0 到 100 分".to_owned(),
        }
    }
}

/// A published result that scores were taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceUsed {
    pub evaluation: i64,
    pub name: String,
    pub office: OrgId,
    pub fingerprint: String,
    pub n_rows: usize,
}

/// A fresh calculation.
pub(super) struct Calculated {
    pub head: RankingHead,
    pub ranking: CompositeRanking,
    pub traces: Vec<BranchTrace>,
}

pub(super) async fn compute(app: &App, key: &str, organiser: OrgId, period: Period, closed_until: Date) -> anyhow::Result<Calculated> {
    let rules = Rules::in_force(app);
    let rule = rules.pack.rankings.get(key).cloned().ok_or_else(|| Refusal("制度包里没有这个排名办法。".to_owned()))?;
    let all = run::subjects(app, period, closed_until).await?;
    let subjects: Vec<Subject> = all.iter().filter(|s| s.id == organiser || s.superiors.iter().any(|above| above.id == organiser)).cloned().collect();
    let mut evaluations = Vec::new();
    let mut sources = Vec::new();
    for scheme in rule.components.iter().filter_map(|component| component.mean_score_of.as_ref()) {
        let mut evaluation = run::compute_under(app, &rules, scheme, period, closed_until, Some(organiser)).await?;
        put_published_in(app, &mut evaluation, &mut sources).await?;
        evaluations.push(evaluation);
    }
    let judged = judged_values(app, key, period).await?;
    let facts = app.figures().facts(app, period.year).await?;
    let marks = app.figures().marks_of(app, period, None).await?;
    let head = head_of(&rules, key, &rule, period, closed_until, sources);
    tokio::task::spawn_blocking(move || {
        let refs: Vec<&Evaluation> = evaluations.iter().collect();
        let sources = CompositeSources {
            pack: &rules.pack,
            subjects: &subjects,
            facts: &facts,
            marks: &marks,
            evaluations: &refs,
            judged: &judged,
            period,
            closed_until,
        };
        let ranking = rank_composite(&rule, &sources).map_err(|problems| Refusal(problems.join("；")))?;
        let traces = traces(&rule, &sources)?;
        Ok(Calculated { head, ranking, traces })
    })
    .await?
}

fn head_of(rules: &Rules, key: &str, rule: &Ranking, period: Period, closed_until: Date, sources: Vec<SourceUsed>) -> RankingHead {
    let pack: &Pack = &rules.pack;
    let is_example = rule.cite.is_example()
        || rule.components.iter().any(|c| {
            c.cite.is_example() || c.mean_score_of.as_ref().and_then(|s| pack.scheme_in(s, period.year)).is_some_and(|(_, scheme)| scheme.example)
        });
    let components = rule.components.iter().map(|component| ComponentHead {
        key: component.key.clone(),
        name: component.name.clone(),
        weight: plain(component.weight),
        how: match &component.mean_score_of {
            Some(scheme) => How::MeanScore {
                scheme: scheme.clone(),
                name: pack.scheme_in(scheme, period.year).map_or_else(|| scheme.clone(), |(_, s)| s.name.clone()),
            },
            None if component.indicators.is_empty() => How::Judged,
            None => {
                let name = |key: &Key| pack.indicators.get(key).map_or_else(|| key.clone(), |indicator| indicator.name.clone());
                let names = component.indicators.iter().map(name).collect();
                match component.over {
                    Over::Branches => How::Indicators(names),
                    Over::Committees => How::OfCommittees { names, full_when_nothing_due: component.full_when_nothing_due },
                }
            }
        },
        cite: component.cite.clone(),
    });
    RankingHead {
        key: key.to_owned(),
        name: rule.name.clone(),
        is_example,
        period,
        closed_until,
        pack: rules.version.clone(),
        level: rule.level.clone(),
        cite: rule.cite.clone(),
        components: components.collect(),
        sources,
        fields: pack.fields.iter().map(|(key, field)| (key.clone(), field.name.clone())).collect(),
    }
}

/// Rows of published results of the same scheme and period take the place of fresh ones: what was published counts.
async fn put_published_in(app: &App, evaluation: &mut Evaluation, sources: &mut Vec<SourceUsed>) -> anyhow::Result<()> {
    for kept in stored::published_of(app.store().reader(), &evaluation.scheme, evaluation.period).await? {
        let published = stored::result(app.store().reader(), kept.id).await?;
        let number_of: Vec<Option<u16>> = published
            .items
            .iter()
            .map(|item| {
                evaluation.items.iter().position(|other| other.key == item.key && other.field == item.field).and_then(|i| u16::try_from(i).ok())
            })
            .collect();
        let mut n_rows = 0;
        for row in &published.rows {
            let Ok(at) = evaluation.rows.binary_search_by(|other| other.code.cmp(&row.code)) else { continue };
            let items = row
                .items
                .iter()
                .filter_map(|item| Some(assessment::ItemResult { item: number_of[usize::from(item.item)]?, ..item.clone() }))
                .collect();
            evaluation.rows[at] = Row { items, ..row.clone() };
            n_rows += 1;
        }
        if n_rows > 0 {
            sources.push(SourceUsed { evaluation: kept.id, name: kept.name, office: kept.organisation, fingerprint: kept.fingerprint, n_rows });
        }
    }
    Ok(())
}

/// Under which name a component's judged values are kept.
pub(super) fn judged_key(ranking: &str, component: &str) -> String {
    format!("{ranking}.{component}")
}

async fn judged_values(app: &App, ranking: &str, period: Period) -> anyhow::Result<BTreeMap<(i64, Key), Ratio>> {
    let prefix = judged_key(ranking, "");
    let rows = query(
        app.store().reader(),
        "select organisation_id, indicator, hundredths from judged_value where period = $1 and superseded_at is null and indicator like $2 order by id",
        [period.to_string().into(), format!("{prefix}%").into()],
    )
    .await?;
    let mut values = BTreeMap::new();
    for row in rows {
        let indicator: String = row.try_get_by_index(1)?;
        if let Some(component) = indicator.strip_prefix(&prefix) {
            let hundredths: i64 = row.try_get_by_index(2)?;
            values.insert((row.try_get_by_index(0)?, component.to_owned()), Ratio::new(i128::from(hundredths), 100));
        }
    }
    Ok(values)
}

/// What every branch below the ranked units gives to the ranking, and where a committee fell short, for the way down.
fn traces(rule: &Ranking, sources: &CompositeSources<'_>) -> anyhow::Result<Vec<BranchTrace>> {
    let mut compiled = Vec::new();
    for component in rule.components.iter().filter(|component| !component.indicators.is_empty()) {
        let made =
            Compiled::of_indicators(sources.pack, &component.indicators, sources.period.from()).map_err(|problems| Refusal(problems.join("；")))?;
        compiled.push((component.key.clone(), component.over, made));
    }
    let scored: Vec<(&Key, &Evaluation)> = rule
        .components
        .iter()
        .filter_map(|c| Some((&c.key, *sources.evaluations.iter().find(|e| Some(&e.scheme) == c.mean_score_of.as_ref())?)))
        .collect();
    let units: HashSet<&str> = sources.subjects.iter().filter(|s| s.level == rule.level).map(|s| s.code.as_str()).collect();
    let is_branch = |s: &Subject| sources.pack.organisation_kinds.get(&s.kind).is_some_and(|kind| kind.role == policy::OrganisationRole::Branch);
    let mut traces = Vec::new();
    for subject in sources.subjects {
        // A ranked unit has its own row: what it fell short of stands there.
        if units.contains(subject.code.as_str()) {
            continue;
        }
        let Some(unit) = subject.superiors.iter().map(|above| above.code.as_str()).find(|code| units.contains(code)) else { continue };
        let own = if is_branch(subject) { Over::Branches } else { Over::Committees };
        let mut trace = BranchTrace::new(subject, unit);
        for (component, evaluation) in &scored {
            if let Some(row) = evaluation.row(&subject.code) {
                trace.take_score(component, evaluation, row);
            }
        }
        for (component, _, made) in compiled.iter().filter(|(_, over, _)| *over == own) {
            for item in items_of(made, subject, sources.facts, sources.marks, sources.period, sources.closed_until) {
                let key = &made.items()[usize::from(item.item)].key;
                match item.outcome {
                    Outcome::NotMet => trace.not_met.push((component.clone(), key.clone(), format!("{} / {}", item.numerator, item.denominator))),
                    Outcome::NotEvidenced(_) if own == Over::Branches => trace.lacking.push((component.clone(), key.clone())),
                    _ => {}
                }
            }
        }
        // A committee has something to show only where it fell short.
        if own == Over::Branches || !trace.not_met.is_empty() {
            traces.push(trace);
        }
    }
    Ok(traces)
}
