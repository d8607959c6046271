//! What the records say to a dimension: the same indicators by which stars are given, so that nothing is entered twice.

use std::collections::BTreeMap;

use assessment::{Compiled, Subject, roll_up};
use policy::{Dimension, OrganisationRole, Period};
use store::OrgId;

use crate::app::App;

/// An indicator of this year up to today, over the organisation or all branches below it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub name: String,
    pub numerator: i64,
    pub denominator: i64,
    pub n_not_evidenced: usize,
}

impl Said {
    /// `11 / 12`, or that nothing is recorded.
    pub fn figure(&self) -> String {
        match (self.denominator, self.n_not_evidenced) {
            (0, 0) => "没有到期，或者不适用".to_owned(),
            (0, _) => "没有记录".to_owned(),
            (of, 0) => format!("{} / {of}", self.numerator),
            (of, n) => format!("{} / {of}，{n} 个没有记录", self.numerator),
        }
    }
}

/// The figures of the dimensions' indicators, by indicator.
///
/// # Errors
/// When the records cannot be read.
pub(super) async fn of(app: &App, organisation: OrgId, dimensions: &[&Dimension]) -> anyhow::Result<BTreeMap<String, Said>> {
    let mut keys: Vec<String> = dimensions.iter().flat_map(|dimension| dimension.indicators.iter().cloned()).collect();
    keys.sort_unstable();
    keys.dedup();
    let today = store::day_of(app.now());
    let period = Period::year(today.year());
    let pack = app.pack();
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let compiled = Compiled::of_indicators(&pack, &keys, period.from()).map_err(|problems| anyhow::anyhow!("{}", problems.join("; ")))?;
    let subjects = app.figures().subjects(app, today).await?;
    let facts = app.figures().facts(app, today.year()).await?;
    let marks = app.figures().marks(app, today.year(), None).await?;
    let is_counted = |subject: &&Subject| {
        let is_branch = pack.organisation_kinds.get(&subject.kind).is_some_and(|kind| kind.role == OrganisationRole::Branch);
        is_branch && (subject.id == organisation || subject.superiors.iter().any(|above| above.id == organisation))
    };
    let counted: Vec<&Subject> = subjects.iter().filter(is_counted).collect();
    let rolled = roll_up(&compiled, &counted, &facts, &marks, period, today.tomorrow()?);
    let said = rolled
        .into_iter()
        .map(|it| (it.key, Said { name: it.name, numerator: it.numerator, denominator: it.denominator, n_not_evidenced: it.n_not_evidenced }));
    Ok(said.collect())
}
