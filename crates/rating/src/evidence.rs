//! What the records say about a unit: the same indicators by which stars are given, so that nothing is entered twice.

use assessment::{Compiled, Subject, roll_up};
use jiff::civil::Date;
use policy::{OrganisationRole, Period};
use store::OrgId;

use crate::app::App;

/// An indicator of a year up to a day, over the organisation or all branches below it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub key: String,
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

/// The figures of indicators, in the order asked for, of the year of a day until that day.
///
/// # Errors
/// When the records cannot be read.
pub(crate) async fn of(app: &App, organisation: OrgId, keys: &[String], on: Date) -> anyhow::Result<Vec<Said>> {
    let period = Period::year(on.year());
    let pack = app.pack();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let compiled = Compiled::of_indicators(&pack, keys, period.from()).map_err(|problems| anyhow::anyhow!("{}", problems.join("; ")))?;
    let subjects = app.figures().subjects(app, on).await?;
    let facts = app.figures().facts(app, on.year()).await?;
    let marks = app.figures().marks(app, on.year(), None).await?;
    let is_counted = |subject: &&Subject| {
        let is_branch = pack.organisation_kinds.get(&subject.kind).is_some_and(|kind| kind.role == OrganisationRole::Branch);
        is_branch && (subject.id == organisation || subject.superiors.iter().any(|above| above.id == organisation))
    };
    let counted: Vec<&Subject> = subjects.iter().filter(is_counted).collect();
    let rolled = roll_up(&compiled, &counted, &facts, &marks, period, on.tomorrow()?);
    let said = rolled.into_iter().map(|it| Said {
        key: it.key,
        name: it.name,
        numerator: it.numerator,
        denominator: it.denominator,
        n_not_evidenced: it.n_not_evidenced,
    });
    let mut said: Vec<Said> = said.collect();
    said.sort_by_key(|it| keys.iter().position(|key| *key == it.key));
    Ok(said)
}
