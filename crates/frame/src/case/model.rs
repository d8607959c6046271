//! Which actions a case offers to whom, and why not. Pure: the day and the actor come in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Action, Capability, Lookup, Operand, Procedure, Ratio, Stage};
use serde_json::Value as Json;
use store::{Actor, Grant, OrgId};

use crate::directory::Directory;

/// A case as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    pub id: i64,
    pub procedure: String,
    pub pack_version: String,
    pub subject_kind: String,
    pub subject_id: i64,
    pub organisation: OrgId,
    pub issuer: Option<OrgId>,
    pub title: String,
    pub stage: String,
    pub stage_since: Date,
    pub due_on: Option<Date>,
    pub opened_at: String,
    pub closed_at: Option<String>,
    /// A mark that the product set: a copied plan.
    pub remark: Option<String>,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    pub id: i64,
    pub case_id: i64,
    pub stage: String,
    pub action: String,
    pub kind: String,
    pub to_stage: Option<String>,
    pub fields: Json,
    pub acted_by: Option<i64>,
    pub actor_name: String,
    pub post: String,
    /// Day of the act (UTC+8).
    pub on: Date,
}

/// Something opened in a case that another must close: a condition, a measure, a problem, an objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: i64,
    pub case_id: i64,
    pub kind: String,
    pub text: String,
    pub owner: Option<String>,
    pub due_on: Option<Date>,
    pub opened_in: i64,
    pub closed_in: Option<i64>,
}

/// Where the case's organisation stands: what actor rules are held against.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub organisation: OrgId,
    pub superior: Option<OrgId>,
    pub issuer: Option<OrgId>,
    /// Itself and all above with their levels.
    line: Vec<(OrgId, String)>,
    /// Levels of the organisations that the case's organisation stands above, for actors from below.
    below: BTreeMap<OrgId, String>,
}

impl Place {
    /// Reads it from the tree of today.
    #[must_use]
    pub fn of(directory: &Directory, case: &CaseFile) -> Self {
        let Some(org) = directory.org(case.organisation) else {
            return Self { organisation: case.organisation, issuer: case.issuer, ..Self::default() };
        };
        let line =
            std::iter::once(org.id).chain(org.superiors.iter().copied()).filter_map(|id| Some((id, directory.org(id)?.level.clone()))).collect();
        let below = if org.is_branch() { BTreeMap::new() } else { directory.subtree(org.id).map(|below| (below.id, below.level.clone())).collect() };
        Self { organisation: org.id, superior: org.parent, issuer: case.issuer, line, below }
    }

    /// Whether a grant stands where the rule wants the actor to stand.
    fn is_met_by(&self, at: &str, grant: &Grant) -> bool {
        if grant.set.everything {
            return true;
        }
        let Some(root) = grant.set.root else { return grant.set.named.contains(&self.organisation) && at == "self" };
        match at {
            "self" => root == self.organisation,
            "superior" => self.superior == Some(root),
            "issuer" => self.issuer == Some(root),
            level => self.line.iter().any(|(id, of)| *id == root && of == level) || self.below.get(&root).is_some_and(|of| of == level),
        }
    }
}

/// Names that conditions of this case may use beside the counts of its open items.
#[derive(Debug, Clone, Default)]
pub struct Variables(pub BTreeMap<String, i64>);

impl Variables {
    /// Adds one.
    #[must_use]
    pub fn with(mut self, name: &str, value: i64) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

/// An action of the present stage, and why it may not be done, if so.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    pub action: &'a Action,
    /// The sentence for whoever may not: who may, from when, what is missing.
    pub refused: Option<String>,
    /// Whether the actor stands in the right place at all; others see the step greyed with its sentence.
    pub is_mine: bool,
}

/// Every action of the present stage as it looks to this actor on this day.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "the whole situation decides")]
pub fn offers<'a>(
    procedure: &'a Procedure,
    case: &CaseFile,
    acts: &[Act],
    items: &[Item],
    actor: &Actor,
    place: &Place,
    variables: &Variables,
    on: Date,
) -> Vec<Offer<'a>> {
    let Some(stage) = procedure.stages.iter().find(|stage| stage.key == case.stage) else { return Vec::new() };
    stage
        .actions
        .iter()
        .map(|action| {
            let is_mine = stands(action.by.capability, &action.by.at, actor, place);
            let refused =
                if is_mine { why_not(procedure, action, case, acts, items, actor, variables, on) } else { Some(format!("{}。", action.by.who)) };
            Offer { action, refused, is_mine }
        })
        .collect()
}

fn stands(capability: Capability, at: &str, actor: &Actor, place: &Place) -> bool {
    actor.grants_with(capability).any(|grant| place.is_met_by(at, grant))
}

#[expect(clippy::too_many_arguments, reason = "the whole situation decides")]
fn why_not(
    procedure: &Procedure,
    action: &Action,
    case: &CaseFile,
    acts: &[Act],
    items: &[Item],
    actor: &Actor,
    variables: &Variables,
    on: Date,
) -> Option<String> {
    let name_of =
        |key: &str| procedure.stages.iter().flat_map(|stage| &stage.actions).find(|a| a.key == key).map_or(key.to_owned(), |a| a.name.clone());
    let mine: Vec<&Act> = acts.iter().filter(|act| act.acted_by.is_some() && act.acted_by == actor.person_id).collect();
    if let Some(key) = action.not_by_actor_of.iter().find(|key| mine.iter().any(|act| act.action == **key)) {
        return Some(format!("您办过“{}”，这一步要由别人来办：{}。", name_of(key), action.by.who));
    }
    if let Some(key) = action.after.iter().find(|key| !acts.iter().any(|act| act.action == **key)) {
        return Some(format!("要先办“{}”。", name_of(key)));
    }
    if let Some(days) = action.days_min {
        let since = last_of(action, acts).unwrap_or(case.stage_since);
        let earliest = since.checked_add(jiff::Span::new().days(i64::from(days))).unwrap_or(since);
        if on < earliest {
            return Some(format!("至少间隔 {days} 天，{} 月 {} 日起可以办。", earliest.month(), earliest.day()));
        }
    }
    if let Some(when) = &action.when {
        let lookup = CaseNames { case, items, variables, on };
        if when.evaluate(&lookup) != Ok(Operand::Truth(true)) {
            return Some(action.refused.clone().map_or_else(|| "条件还不具备。".to_owned(), |sentence| format!("{sentence}。")));
        }
    }
    None
}

/// The last act that the minimum interval counts from: those named in `after`, or this action itself when it repeats.
fn last_of(action: &Action, acts: &[Act]) -> Option<Date> {
    let repeats = action.to.is_none();
    acts.iter().filter(|act| action.after.contains(&act.action) || (repeats && act.action == action.key)).map(|act| act.on).max()
}

struct CaseNames<'a> {
    case: &'a CaseFile,
    items: &'a [Item],
    variables: &'a Variables,
    on: Date,
}

impl Lookup for CaseNames<'_> {
    fn operand(&self, name: &str) -> Option<Operand> {
        let open =
            |kind: &str| i128::try_from(self.items.iter().filter(|item| item.kind == kind && item.closed_in.is_none()).count()).unwrap_or(i128::MAX);
        let number = match name {
            "open_measures" => open("measure"),
            "open_conditions" => open("condition"),
            "open_problems" => open("problem"),
            "n_objections_open" => open("objection"),
            "days_in_stage" => i128::from((self.on - self.case.stage_since).get_days()),
            other => i128::from(*self.variables.0.get(other)?),
        };
        Some(Operand::Number(Ratio::from_integer(number)))
    }
}

/// The last day of the present stage: the stage's own limit, or the case's deadline.
#[must_use]
pub fn deadline(stage: &Stage, case: &CaseFile) -> Option<Date> {
    if stage.closes {
        return None;
    }
    match stage.days_max {
        Some(days) => case.stage_since.checked_add(jiff::Span::new().days(i64::from(days))).ok(),
        None => case.due_on,
    }
}
