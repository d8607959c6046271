//! Every procedure can end, and ends only by someone other than its owner.

use std::collections::BTreeSet;

use super::Checker;
use crate::{Action, ActionKind, EACH_ORGANISATION, Effect, FormField, FormFieldKind, Procedure, Stage};

/// Where an actor's grant may be rooted beside the levels.
const RELATIONS: [&str; 7] = ["self", "superior", "committee", "issuer", "above_issuer", "reviewer", "served"];

pub(super) fn check(checker: &mut Checker<'_>) {
    for (key, procedure) in &checker.reading.pack.procedures {
        let id = format!("procedure.{key}");
        if procedure.stages.is_empty() {
            checker.error(&id, "", "程序没有环节，请写 [[….stage]]");
            continue;
        }
        doubles(checker, &id, procedure);
        targets(checker, &id, procedure);
        actors(checker, &id, procedure);
        ends(checker, &id, procedure);
        problems(checker, &id, procedure);
        each(checker, &id, procedure);
        forms(checker, &id, procedure);
    }
}

/// Each action with its path.
fn actions(procedure: &Procedure) -> impl Iterator<Item = (String, &Stage, &Action)> {
    procedure
        .stages
        .iter()
        .enumerate()
        .flat_map(|(s, stage)| stage.actions.iter().enumerate().map(move |(a, action)| (format!("stage.{s}.action.{a}"), stage, action)))
}

fn doubles(checker: &mut Checker<'_>, id: &str, procedure: &Procedure) {
    let mut stages = BTreeSet::new();
    for (s, stage) in procedure.stages.iter().enumerate() {
        if !stages.insert(stage.key.as_str()) {
            checker.error(id, &format!("stage.{s}.key"), format!("环节“{}”写了两次，请改名", stage.key));
        }
    }
    let mut seen = BTreeSet::new();
    for (path, _, action) in actions(procedure) {
        if !seen.insert(action.key.as_str()) {
            checker.error(id, &format!("{path}.key"), format!("动作“{}”写了两次；同一程序里动作不能同名，请改名", action.key));
        }
    }
}

fn targets(checker: &mut Checker<'_>, id: &str, procedure: &Procedure) {
    let stages: Vec<&str> = procedure.stages.iter().map(|stage| stage.key.as_str()).collect();
    let known: Vec<&str> = actions(procedure).map(|(_, _, action)| action.key.as_str()).collect();
    let mut naming: BTreeSet<String> =
        actions(procedure).flat_map(|(_, _, action)| action.fields.iter().filter_map(|field| naming(action, field))).collect();
    // Of a problem, its owner is named from the beginning.
    naming.extend((procedure.subject == PROBLEM).then(|| PROBLEM.to_owned()));
    for (path, _, action) in actions(procedure) {
        if let Some(to) = &action.to {
            checker.expect((id, &format!("{path}.to")), "环节", to, stages.iter().copied());
        }
        for (i, after) in action.after.iter().enumerate() {
            checker.expect((id, &format!("{path}.after.{i}")), "动作", after, known.iter().copied());
        }
        for (i, other) in action.not_by_actor_of.iter().enumerate() {
            checker.expect((id, &format!("{path}.not_by_actor_of.{i}")), "动作", other, known.iter().copied());
        }
        for (i, named) in action.not_by_named_in.iter().enumerate() {
            checker.expect((id, &format!("{path}.not_by_named_in.{i}")), "写明人员的栏目", named, naming.iter().map(String::as_str));
        }
    }
}

/// How [`Action::not_by_named_in`] calls a field that names persons.
fn naming(action: &Action, field: &FormField) -> Option<String> {
    match field.kind {
        FormFieldKind::Person => Some(format!("{}.{}", action.key, field.key)),
        FormFieldKind::Items => field.items.clone(),
        _ => None,
    }
}

fn actors(checker: &mut Checker<'_>, id: &str, procedure: &Procedure) {
    let levels = checker.keys("level");
    for (path, _, action) in actions(procedure) {
        let known = RELATIONS.into_iter().chain(levels.iter().copied());
        checker.expect((id, &format!("{path}.by.at")), "层级", &action.by.at, known);
        let closes = action.to.as_ref().is_some_and(|to| procedure.stages.iter().any(|stage| stage.closes && stage.key == *to));
        let accepts = action.kind == ActionKind::CloseOut || (closes && matches!(action.kind, ActionKind::Review | ActionKind::Approve));
        if accepts && action.by.at == "self" && action.not_by_actor_of.is_empty() {
            let message = "验收、销号不能由责任人自己作出：请写 not_by_actor_of，或者改由上级（by.at）作出";
            checker.error(id, &path, message);
        }
    }
}

/// The subject, and the kind of item, of procedures about problems.
const PROBLEM: &str = "problem";

/// A problem is never closed by whoever owns it or worked on it, on no path.
fn problems(checker: &mut Checker<'_>, id: &str, procedure: &Procedure) {
    let own: Vec<&str> = actions(procedure).filter(|(_, _, action)| action.by.at == "self").map(|(_, _, action)| action.key.as_str()).collect();
    for (path, _, action) in actions(procedure) {
        if !action.effects.iter().any(|effect| matches!(effect, Effect::ProblemClose | Effect::ProblemDismiss)) {
            continue;
        }
        if action.by.at == "self" {
            checker.error(id, &format!("{path}.by.at"), "问题不能由整改单位自己销号或者撤销，请改由交办单位（issuer）作出");
        }
        if let Some(missing) = own.iter().find(|key| **key != action.key && !action.not_by_actor_of.iter().any(|other| other == *key)) {
            checker.error(id, &path, format!("办过整改的人不能销号：请在 not_by_actor_of 里写上“{missing}”"));
        }
        if !action.not_by_named_in.iter().any(|named| named == PROBLEM) {
            checker.error(id, &path, "问题的责任人不能销号：请写 not_by_named_in = [\"problem\"]");
        }
    }
}

/// A closing stage can be reached from every stage, every stage from the first one, and none is a dead end.
fn ends(checker: &mut Checker<'_>, id: &str, procedure: &Procedure) {
    if !procedure.stages.iter().any(|stage| stage.closes) {
        checker.error(id, "", "程序没有结束的环节，请给最后的环节写 closes = true");
        return;
    }
    let from_first = procedure.stages.first().map(|stage| reachable(procedure, stage)).unwrap_or_default();
    for (s, stage) in procedure.stages.iter().enumerate() {
        let path = format!("stage.{s}");
        if !from_first.contains(stage.key.as_str()) {
            checker.error(id, &path, format!("环节“{}”到不了：没有动作通向它（to = \"{}\"）", stage.name, stage.key));
        }
        if stage.closes {
            continue;
        }
        let reached = reachable(procedure, stage);
        if reached.len() == 1 {
            checker.error(id, &path, format!("环节“{}”出不去：请给它的动作写 to，或者写 closes = true", stage.name));
        } else if !procedure.stages.iter().any(|end| end.closes && reached.contains(end.key.as_str())) {
            checker.error(id, &path, format!("从环节“{}”到不了结束的环节", stage.name));
        }
    }
}

/// Keys of the stages that a case may come to from `start`, itself included.
fn reachable<'p>(procedure: &'p Procedure, start: &'p Stage) -> BTreeSet<&'p str> {
    let mut reached = BTreeSet::from([start.key.as_str()]);
    let mut open = vec![start.key.as_str()];
    while let Some(from) = open.pop() {
        let actions = procedure.stages.iter().filter(|stage| stage.key == from).flat_map(|stage| &stage.actions);
        for to in actions.filter_map(|action| action.to.as_deref()) {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}

/// What each owes is owed by somebody: organisations of a level, or the choices of a field.
fn each(checker: &mut Checker<'_>, id: &str, procedure: &Procedure) {
    let levels = checker.keys("level");
    for (path, _, action) in actions(procedure) {
        let Some(each) = &action.each else { continue };
        let path = format!("{path}.each");
        if each == EACH_ORGANISATION {
            if !levels.contains(&action.by.at.as_str()) {
                checker.error(id, &path, "each = \"organisation\" 时，by.at 要写层级：这一级的每个组织各办一次");
            }
            continue;
        }
        let known = action.fields.iter().filter(|field| field.kind == FormFieldKind::Choice).map(|field| field.key.as_str());
        checker.expect((id, &path), "可选的栏目", each, known.chain([EACH_ORGANISATION]));
    }
}

fn forms(checker: &mut Checker<'_>, id: &str, procedure: &Procedure) {
    for (path, stage, action) in actions(procedure) {
        let mut seen = BTreeSet::new();
        for (i, field) in action.fields.iter().enumerate() {
            let path = format!("{path}.field.{i}");
            if !seen.insert(field.key.as_str()) {
                checker.error(id, &path, format!("栏目“{}”写了两次，请改名", field.key));
            }
            let wants_items = matches!(field.kind, FormFieldKind::Items | FormFieldKind::ClosesItems);
            if wants_items != field.items.is_some() {
                checker.error(id, &path, "kind = \"items\" 或 \"closes_items\" 与 items（事项的种类）要一起写");
            }
            if field.kind == FormFieldKind::Exemptions && !stage.actions.iter().any(|other| other.each.is_some()) {
                checker.error(id, &path, "kind = \"exemptions\" 是逐个说明谁没有办的：同一环节要有一步写明每个都办一次（each）");
            }
            if (field.kind == FormFieldKind::Choice) == field.choices.is_empty() {
                checker.error(id, &path, "kind = \"choice\" 与可选的值（choices）要一起写");
            }
            if (field.kind != FormFieldKind::Date && field.past) || (field.kind != FormFieldKind::Whole && (field.least, field.most) != (None, None))
            {
                checker.error(id, &path, "past 只用于 kind = \"date\"，least 和 most 只用于 kind = \"whole\"");
            }
        }
    }
}
