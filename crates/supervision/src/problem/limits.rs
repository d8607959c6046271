//! How long each step of putting right may take, by the pack: for those who owe measures as for those who verify.

use jiff::Span;
use jiff::civil::Date;
use policy::Pack;

use super::model::Problem;
use super::procedures;

/// The steps with a limit of their own; a step without one has the problem's date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits(Vec<Limit>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Limit {
    procedure: String,
    stage: String,
    name: String,
    days_max: i64,
    /// Days after the limit at which the next superior hears of it.
    escalates_after: Option<i64>,
}

/// A step that takes longer than it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverStep<'a> {
    pub name: &'a str,
    pub days: i64,
}

impl Limits {
    /// Those of a pack.
    #[must_use]
    pub fn of(pack: &Pack) -> Self {
        let stages = procedures(pack).flat_map(|(key, procedure)| procedure.stages.iter().map(move |stage| (key, stage)));
        let limit = |(procedure, stage): (&str, &policy::Stage)| {
            Some(Limit {
                procedure: procedure.to_owned(),
                stage: stage.key.clone(),
                name: stage.name.clone(),
                days_max: i64::from(stage.days_max.filter(|_| !stage.closes)?),
                escalates_after: stage.escalates_after_days.map(i64::from),
            })
        };
        Self(stages.filter_map(limit).collect())
    }

    /// The step at which a problem stands, when it takes too long on a day.
    #[must_use]
    pub fn over(&self, it: &Problem, on: Date) -> Option<OverStep<'_>> {
        let step = it.step.as_ref().filter(|_| it.closed_on.is_none() && it.is_own)?;
        let limit = self.0.iter().find(|limit| limit.procedure == step.procedure && limit.stage == step.stage)?;
        let days = i64::from((on - step.since).get_days()) - limit.days_max;
        (days > 0).then_some(OverStep { name: &limit.name, days })
    }

    /// The same as a condition over `p`.
    #[must_use]
    pub fn over_sql(&self, on: Date) -> String {
        Self::any(self.0.iter().map(|limit| limit.began(on, limit.days_max + 1)).collect())
    }

    /// Over for so long that it comes up to the next superior, as a condition over `p`.
    #[must_use]
    pub fn escalated_sql(&self, on: Date) -> String {
        let come_up = |limit: &Limit| Some(limit.began(on, limit.days_max + limit.escalates_after?.max(1)));
        Self::any(self.0.iter().filter_map(come_up).collect())
    }

    fn any(parts: Vec<String>) -> String {
        if parts.is_empty() {
            return "false".to_owned();
        }
        format!("(p.is_own and exists (select 1 from case_file lc where lc.id = p.case_id and ({})))", parts.join(" or "))
    }
}

impl Limit {
    /// At this step since a day at least so many days before `on`.
    fn began(&self, on: Date, days: i64) -> String {
        let day = on.checked_sub(Span::new().days(days)).unwrap_or(Date::MIN);
        format!("(lc.procedure = '{}' and lc.stage = '{}' and lc.stage_since <= '{day}')", self.procedure, self.stage)
    }
}
