//! Which actions a case offers to whom, and why not. Pure: the day and the actor come in.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;
use policy::{
    Action, ActionKind, EACH_ORGANISATION, Expression, FormField, FormFieldKind, Lookup, Operand, OrganisationRole, Procedure, Ratio, Stage,
};
use serde_json::Value as Json;
use store::{Actor, Grant, OrgId};

use super::scores::{ScoreLine, is_asked};
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
    pub opened_by: Option<i64>,
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
    /// Where the grant stood by which it was done.
    pub organisation: Option<OrgId>,
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

impl Item {
    /// Whether this name stands in what was written of its owners.
    #[must_use]
    pub fn is_owned_by(&self, name: &str) -> bool {
        self.owner.as_deref().is_some_and(|owner| is_named(owner, name))
    }
}

/// Whether a name stands anywhere in a free text of posts and names, with or without spaces (`组织委员罗桂贵`, `李　明`). A name that is
/// part of a longer one counts too: it is cheaper to ask somebody else than to let one slip through. Of names of a single
/// character only a part that stands by itself counts.
#[must_use]
pub fn is_named(text: &str, own: &str) -> bool {
    let unspaced = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let own = unspaced(own);
    match own.chars().count() {
        0 => false,
        1 => text.split(|c: char| c.is_whitespace() || "、，,；;".contains(c)).any(|name| name == own),
        _ => unspaced(text).contains(&own),
    }
}

/// Where the case's organisation stands: what actor rules are held against.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub organisation: OrgId,
    /// Its field: a post narrowed to other fields does not stand here. Tasks pass by lines of fields of their own.
    field: Option<String>,
    pub superior: Option<OrgId>,
    /// The next superior that is a committee: general branches have no office of their own.
    committee: Option<OrgId>,
    pub issuer: Option<OrgId>,
    above_issuer: Vec<OrgId>,
    /// Itself and all above with their levels.
    line: Vec<(OrgId, String)>,
    /// By level that the procedure speaks of: the organisations that the case's stands above, for actors from below.
    below: Vec<(String, HashSet<OrgId>)>,
    /// The offices among them that each owe an action, with level and name.
    offices: Vec<(OrgId, String, String)>,
}

impl Place {
    /// Reads it from the tree of today, as far as the procedure speaks of it.
    #[must_use]
    pub fn of(directory: &Directory, case: &CaseFile, procedure: &Procedure) -> Self {
        let Some(org) = directory.org(case.organisation) else {
            return Self { organisation: case.organisation, issuer: case.issuer, ..Self::default() };
        };
        let line =
            std::iter::once(org.id).chain(org.superiors.iter().copied()).filter_map(|id| Some((id, directory.org(id)?.level.clone()))).collect();
        let above_issuer = case.issuer.and_then(|id| directory.org(id)).map(|issuer| issuer.superiors.clone()).unwrap_or_default();
        let is_committee = |id: &OrgId| directory.org(*id).is_some_and(|above| above.role == OrganisationRole::Committee);
        let committee = org.superiors.iter().copied().find(is_committee);
        let field = (procedure.subject != "task").then(|| org.field.clone());
        let mut place =
            Self { organisation: org.id, field, superior: org.parent, committee, issuer: case.issuer, above_issuer, line, ..Self::default() };
        if !org.is_branch() {
            let actions = || procedure.stages.iter().flat_map(|stage| &stage.actions);
            let spoken_of: BTreeSet<&str> = actions().map(|action| action.by.at.as_str()).collect();
            place.below = spoken_of.into_iter().map(|level| (level.to_owned(), HashSet::new())).collect();
            let owed_by: BTreeSet<&str> =
                actions().filter(|action| action.each.as_deref() == Some(EACH_ORGANISATION)).map(|action| action.by.at.as_str()).collect();
            for under in directory.subtree(org.id).filter(|under| under.id != org.id) {
                if let Some((_, ids)) = place.below.iter_mut().find(|(level, _)| *level == under.level) {
                    ids.insert(under.id);
                }
                if owed_by.contains(under.level.as_str()) && !under.is_branch() {
                    place.offices.push((under.id, under.level.clone(), under.name.clone()));
                }
            }
            place.offices.sort_unstable();
        }
        place
    }

    /// Whether a grant stands where the rule wants the actor to stand.
    fn is_met_by(&self, at: &str, grant: &Grant) -> bool {
        if grant.set.everything {
            return true;
        }
        let Some(root) = grant.set.root else { return grant.set.named.contains(&self.organisation) && at == "self" };
        let is_of_field = grant.set.fields.is_empty() || self.field.as_ref().is_none_or(|own| grant.set.fields.contains(own));
        if !is_of_field {
            return false;
        }
        match at {
            "self" => root == self.organisation,
            "superior" => self.superior == Some(root),
            "committee" => self.committee == Some(root),
            "issuer" => self.issuer == Some(root),
            "above_issuer" => self.above_issuer.contains(&root),
            // A decision of the topmost office is reviewed there, by somebody else.
            "reviewer" if self.above_issuer.is_empty() => self.issuer == Some(root),
            "reviewer" => self.above_issuer.contains(&root),
            level => {
                self.line.iter().any(|(id, of)| *id == root && of == level) || self.below.iter().any(|(of, ids)| of == level && ids.contains(&root))
            }
        }
    }
}

/// What a case's conditions and forms take from the thing it is about.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    numbers: BTreeMap<String, i64>,
    choices: BTreeMap<String, Vec<String>>,
    /// Organisations of the thing's own to which steps fall, by the word of the pack's actor rules.
    places: BTreeMap<String, OrgId>,
    scores: Vec<ScoreLine>,
    /// What the thing itself still waits for, beside the steps of its own case: key and name.
    missing: Vec<(String, String)>,
    /// For whoever only asks what may wait for somebody: conditions over unknown names are taken to hold.
    is_guess: bool,
}

impl Variables {
    /// Adds one.
    #[must_use]
    pub fn with(mut self, name: &str, value: i64) -> Self {
        self.numbers.insert(name.to_owned(), value);
        self
    }

    /// Whether a name has this value.
    #[must_use]
    pub fn is(&self, name: &str, value: i64) -> bool {
        self.numbers.get(name) == Some(&value)
    }

    /// Puts these choices of a field in the place of the pack's.
    #[must_use]
    pub fn choosing(mut self, field: &str, choices: Vec<String>) -> Self {
        self.choices.insert(field.to_owned(), choices);
        self
    }

    /// Lets steps at this word (`served`) fall to an organisation.
    #[must_use]
    pub fn standing_at(mut self, word: &str, organisation: OrgId) -> Self {
        self.places.insert(word.to_owned(), organisation);
        self
    }

    /// The items of the result that the case is about.
    #[must_use]
    pub fn scored(mut self, scores: Vec<ScoreLine>) -> Self {
        self.scores = scores;
        self
    }

    /// The items of the result that the case is about.
    #[must_use]
    pub fn scores(&self) -> &[ScoreLine] {
        &self.scores
    }

    /// What the thing itself still waits for: key, and name with what is missing.
    #[must_use]
    pub fn missing(mut self, missing: Vec<(String, String)>) -> Self {
        self.missing = missing;
        self
    }

    /// Without knowing the thing: conditions over its names are taken to hold.
    #[must_use]
    pub fn unknown() -> Self {
        Self { is_guess: true, ..Self::default() }
    }
}

/// A case as somebody finds it on a day: everything that decides what may be done.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    pub procedure: &'a Procedure,
    pub case: &'a CaseFile,
    pub acts: &'a [Act],
    pub items: &'a [Item],
    pub place: &'a Place,
    pub variables: &'a Variables,
    pub actor: &'a Actor,
    pub on: Date,
}

/// An action of the present stage, and why it may not be done, if so.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    pub action: &'a Action,
    /// The sentence for whoever may not: who may, from when, what is missing.
    pub refused: Option<String>,
    /// Whether the actor stands in the right place at all; others see the step greyed with its sentence.
    pub is_mine: bool,
    /// Whether this is what the case waits for from this actor now.
    pub is_awaited: bool,
}

impl<'a> Situation<'a> {
    fn stage(&self) -> Option<&'a Stage> {
        self.procedure.stages.iter().find(|stage| stage.key == self.case.stage)
    }

    /// Every action of the present stage.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer<'a>> {
        let Some(stage) = self.stage() else { return Vec::new() };
        let offer = |action: &'a Action| {
            let is_mine = self.stands(action).next().is_some();
            let refused = if is_mine { self.why_not(action) } else { Some(format!("{}。", action.by.who)) };
            let is_awaited = is_mine && refused.is_none() && self.is_awaited(action);
            Offer { action, refused, is_mine, is_awaited }
        };
        stage.actions.iter().map(offer).collect()
    }

    /// The grants by which the actor stands where the rule wants him. One over a single case stands there for every step
    /// of that case that its capabilities reach, and in no other case.
    fn stands(&self, action: &Action) -> impl Iterator<Item = &'a Grant> {
        let (place, case) = (self.place, self.case.id);
        let at = action.by.at.clone();
        let own = self.variables.places.get(&at).copied();
        let stands = move |grant: &Grant| match own {
            Some(own) => grant.set.everything || grant.set.root == Some(own) || grant.set.named.contains(&own),
            None => place.is_met_by(&at, grant),
        };
        let is_met = move |grant: &&Grant| grant.set.case_id.map_or_else(|| stands(grant), |only| only == case);
        self.actor.grants_with(action.by.capability).filter(is_met)
    }

    /// For which organisation the actor would do it.
    #[must_use]
    pub fn organisation_of(&self, action: &Action) -> Option<OrgId> {
        self.stands(action).find_map(|grant| grant.set.root)
    }

    /// A step that brings the case on, that each owes, that closes what is open, or that comes again and again. What sends
    /// back or reopens waits for nobody.
    fn is_awaited(&self, action: &Action) -> bool {
        if action.each.is_some() {
            let mine = self.organisation_of(action).map(|id| id.to_string());
            return self.owed(action).iter().any(|(key, _)| action.each.as_deref() != Some(EACH_ORGANISATION) || Some(key) == mine.as_ref());
        }
        let is_open = |kind: &str| self.items.iter().any(|item| item.kind == kind && item.closed_in.is_none());
        let closes = |field: &FormField| field.kind == FormFieldKind::ClosesItems && field.items.as_deref().is_some_and(is_open);
        let moves_on = action.to.is_some() && !action.kind.is_backward();
        let comes_again = action.to.is_none() && action.days_min.is_some() && action.kind != ActionKind::Urge;
        let is_own_work = action.kind == ActionKind::Report && action.by.at == "self";
        moves_on || comes_again || is_own_work || action.fields.iter().any(closes)
    }

    /// Who still owes an action that each has to do: key and name.
    #[must_use]
    pub fn owed(&self, action: &Action) -> Vec<(String, String)> {
        let Some(each) = action.each.as_deref() else { return Vec::new() };
        let turn = self.acts.iter().filter(|act| act.to_stage.as_ref() == Some(&self.case.stage)).map(|act| act.id).max().unwrap_or_default();
        let done: Vec<&Act> = self.acts.iter().filter(|act| act.id > turn && act.action == action.key).collect();
        if each == EACH_ORGANISATION {
            let of_level = self.place.offices.iter().filter(|(_, level, _)| *level == action.by.at);
            let open = of_level.filter(|(id, ..)| !done.iter().any(|act| act.organisation == Some(*id)));
            return open.map(|(id, _, name)| (id.to_string(), name.clone())).collect();
        }
        let Some(field) = action.fields.iter().find(|field| field.key == each) else { return Vec::new() };
        let is_done = |choice: &String| done.iter().any(|act| act.fields.get(each).and_then(Json::as_str) == Some(choice.as_str()));
        self.choices_of(field).iter().filter(|choice| !is_done(choice)).map(|choice| (choice.clone(), choice.clone())).collect()
    }

    /// Who is missing at the present stage, each with what he has not done: what the thing waits for, then who owes a step of it.
    #[must_use]
    pub fn missing(&self) -> Vec<(String, String)> {
        let actions = self.stage().into_iter().flat_map(|stage| &stage.actions);
        let owed = actions.flat_map(|action| self.owed(action).into_iter().map(|(key, name)| (key, format!("{name}（没有{}）", action.name))));
        self.variables.missing.iter().cloned().chain(owed).collect()
    }

    fn choices_of(&self, field: &'a FormField) -> &'a [String] {
        self.variables.choices.get(&field.key).unwrap_or(&field.choices)
    }

    /// The fields of an action as they are asked now.
    #[must_use]
    pub fn fields_of(&self, action: &'a Action) -> Vec<FormField> {
        let asked = action.fields.iter().filter_map(|field| {
            let is_wanted = field.required_when.as_ref().is_none_or(|when| self.holds(when))
                && is_asked(field, &self.variables.scores)
                && (field.kind != FormFieldKind::Exemptions || !self.missing().is_empty());
            is_wanted.then(|| FormField {
                required: field.required || field.required_when.is_some(),
                choices: self.choices_of(field).to_vec(),
                ..field.clone()
            })
        });
        asked.collect()
    }

    fn holds(&self, condition: &Expression) -> bool {
        match condition.evaluate(&CaseNames(self)) {
            Ok(value) => value == Operand::Truth(true),
            Err(_) => self.variables.is_guess,
        }
    }

    fn why_not(&self, action: &Action) -> Option<String> {
        let Self { procedure, case, acts, actor, on, .. } = *self;
        let name_of =
            |key: &str| procedure.stages.iter().flat_map(|stage| &stage.actions).find(|a| a.key == key).map_or(key.to_owned(), |a| a.name.clone());
        let mine: Vec<&Act> = acts.iter().filter(|act| act.acted_by.is_some() && act.acted_by == actor.person_id).collect();
        if let Some(key) = action.not_by_actor_of.iter().find(|key| mine.iter().any(|act| act.action == **key)) {
            return Some(format!("您办过“{}”，这一步要由别人来办：{}。", name_of(key), action.by.who));
        }
        if action.not_by_opener && case.opened_by.is_some() && case.opened_by == actor.person_id {
            return Some(format!("这件事是您提出的，这一步要由别人来办：{}。", action.by.who));
        }
        if let Some(as_what) = action.not_by_named_in.iter().find_map(|place| self.named_in(place)) {
            return Some(format!("{}写明{as_what}是{}，这一步要由别人来办：{}。只是同名的，也请换一位办理。", case.title, actor.name, action.by.who));
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
        if let Some(field) = action.fields.iter().find(|field| self.has_nothing_to_close(field)) {
            return Some(format!("没有可以选的“{}”了。", field.name));
        }
        let when = action.when.as_ref().filter(|when| !self.holds(when))?;
        let sentence = action.refused.clone().map_or_else(|| "条件还不具备。".to_owned(), |sentence| format!("{sentence}。"));
        Some(format!("{sentence}{}", self.named_owing(when)))
    }

    /// As what the actor's name stands in a place of [`Action::not_by_named_in`]; the last form counts, earlier ones are replaced.
    fn named_in(&self, place: &str) -> Option<String> {
        let own = self.actor.name.as_str();
        let Some((action, field)) = place.split_once('.') else {
            let is_mine = |item: &&Item| item.kind == place && item.is_owned_by(own);
            return self.items.iter().find(is_mine).map(|item| format!("“{}”的责任人", item.text));
        };
        let last = self.acts.iter().rev().find(|act| act.action == action)?;
        let name =
            self.procedure.stages.iter().flat_map(|stage| &stage.actions).find(|it| it.key == action)?.fields.iter().find(|it| it.key == field)?;
        last.fields.get(field)?.as_str().filter(|text| is_named(text, own)).map(|_| name.name.clone())
    }

    /// A form that asks which open items are closed can only be filled while there are some.
    fn has_nothing_to_close(&self, field: &FormField) -> bool {
        let is_open = |item: &Item| Some(&item.kind) == field.items.as_ref() && item.closed_in.is_none();
        field.kind == FormFieldKind::ClosesItems && field.required && !self.items.iter().any(is_open)
    }

    /// On how many different days something was done: by the day that the form gives as past, else the day of the act. An action of
    /// the same name at another stage is the same thing.
    fn days_of(&self, key: &str) -> usize {
        let actions = || self.procedure.stages.iter().flat_map(|stage| &stage.actions);
        let Some(named) = actions().find(|action| action.key == key) else { return 0 };
        let day = |act: &Act| {
            let action = actions().find(|action| action.key == act.action).filter(|action| action.name == named.name)?;
            let field = action.fields.iter().find(|field| field.kind == FormFieldKind::Date && field.past);
            let given = field.and_then(|field| act.fields.get(&field.key)?.as_str()?.parse().ok());
            Some(given.unwrap_or(act.on))
        };
        self.acts.iter().filter_map(day).collect::<BTreeSet<Date>>().len()
    }

    /// Who it is that a condition over `owed_…` waits for.
    fn named_owing(&self, when: &Expression) -> String {
        let names = when.names();
        let actions = self.stage().into_iter().flat_map(|stage| &stage.actions);
        let owing: Vec<String> = actions
            .filter(|action| names.iter().any(|name| name.strip_prefix(OWED) == Some(action.key.as_str())))
            .flat_map(|action| self.owed(action))
            .map(|(_, name)| name)
            .collect();
        match owing.len() {
            0 => String::new(),
            n if n > N_NAMED => format!("还差 {}等 {n} 个。", owing[..N_NAMED].join("、")),
            _ => format!("还差 {}。", owing.join("、")),
        }
    }
}

/// Prefix of the names by which conditions count who still owes an action.
const OWED: &str = "owed_";
/// Prefix of the names by which conditions count how often an action was done.
const DONE: &str = "done_";
/// Prefix of the names by which conditions count on how many days an action was done; and how long the stage lasts.
const DAYS: &str = "days_";
const IN_STAGE: &str = "days_in_stage";
/// Names listed of those who owe something.
pub(super) const N_NAMED: usize = 6;

/// The last act that the minimum interval counts from: those named in `after`, or this action itself when it repeats.
fn last_of(action: &Action, acts: &[Act]) -> Option<Date> {
    let repeats = action.to.is_none();
    acts.iter().filter(|act| action.after.contains(&act.action) || (repeats && act.action == action.key)).map(|act| act.on).max()
}

struct CaseNames<'a>(&'a Situation<'a>);

impl Lookup for CaseNames<'_> {
    fn operand(&self, name: &str) -> Option<Operand> {
        let at = self.0;
        let number = |n: usize| i128::try_from(n).unwrap_or(i128::MAX);
        let open = |kind: &str| number(at.items.iter().filter(|item| item.kind == kind && item.closed_in.is_none()).count());
        let number = match name {
            "n_objections_open" => open("objection"),
            other if other.starts_with(DONE) => number(at.acts.iter().filter(|act| act.action == other[DONE.len()..]).count()),
            other if other.starts_with(DAYS) && other != IN_STAGE => number(at.days_of(&other[DAYS.len()..])),
            IN_STAGE => i128::from((at.on - at.case.stage_since).get_days()),
            // `open_measures`: as the check of packs calls the open items of a kind.
            other => match (other.strip_prefix(OWED), other.strip_prefix("open_").and_then(|rest| rest.strip_suffix('s'))) {
                (Some(key), _) => {
                    let action = at.procedure.stages.iter().flat_map(|stage| &stage.actions).find(|action| action.key == key)?;
                    number(at.owed(action).len())
                }
                (None, Some(kind)) => open(kind),
                (None, None) => i128::from(*at.variables.numbers.get(other)?),
            },
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

/// Whether something was handed in after the day that was in force then. `acts`: day, whether it handed in, the new day if it moved one.
#[must_use]
pub fn was_late(due_on: Date, acts: &[(Date, bool, Option<Date>)]) -> bool {
    let mut due = due_on;
    let mut late = false;
    for (day, hands_in, moved_to) in acts {
        late |= *hands_in && *day > due;
        due = moved_to.unwrap_or(due);
    }
    late
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn a_name_stands_in_a_text_however_it_was_written() {
        for text in ["罗桂贵", "组织委员罗桂贵", "组织委员 罗桂贵", "马正华、罗桂贵（组织委员）", "罗 桂\u{3000}贵", "罗桂贵同志"]
        {
            assert!(is_named(text, "罗桂贵"), "{text}");
        }
        assert!(is_named("支部书记李　明", "李明") && is_named("李明华", "李明"), "part of a longer name: somebody else is asked");
        assert!(!is_named("组织委员罗桂", "罗桂贵") && !is_named("组织委员", "") && !is_named("组织委员", " "));
        assert!(is_named("周 敏", "敏") && !is_named("周敏", "敏"), "a single character only by itself");
    }
}
