//! Projects are approved and accepted by somebody else, and show what their forms ask.

use std::collections::BTreeSet;

use super::Checker;
use crate::{Action, Effect, FormField, FormFieldKind, Procedure, Project};

/// The word by which a step falls to the organisation that a project serves.
const SERVED: &str = "served";

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, project) in &pack.projects {
        let id = format!("project.{key}");
        let known = checker.keys("level");
        checker.expect((&id, "decided_by"), "层级", &project.decided_by, ["superior"].into_iter().chain(known.iter().copied()));
        if project.good.iter().any(|grade| !project.grades.contains(grade)) {
            checker.error(&id, "good", "列为经验的等次（good）要在等次（grades）里");
        }
        let mut seen = BTreeSet::new();
        for (i, part) in project.parts.iter().enumerate() {
            if !seen.insert(part.key.as_str()) {
                checker.error(&id, &format!("part.{i}.key"), format!("“{}”写了两次，请改名", part.key));
            }
        }
        if let Some(sharing) = &project.shared
            && project.levels.is_empty()
        {
            checker.error(&id, "levels", format!("由上面定、分到各单位的“{}”，请写明分到哪一级（levels）", sharing.word));
        }
        let Some(procedure) = pack.procedures.get(&project.procedure) else { continue };
        if procedure.subject != "project" {
            checker.error(&id, "procedure", format!("程序“{}”不是项目的程序（subject = \"project\"）", procedure.name));
            continue;
        }
        asked(checker, &id, project, procedure);
        ends(checker, &id, project, procedure);
    }
    of_projects_only(checker);
}

fn actions(procedure: &Procedure) -> impl Iterator<Item = &Action> {
    procedure.stages.iter().flat_map(|stage| &stage.actions)
}

/// What the project reads from forms is asked there.
fn asked(checker: &mut Checker<'_>, id: &str, project: &Project, procedure: &Procedure) {
    let fields: Vec<&FormField> = actions(procedure).flat_map(|action| &action.fields).collect();
    let is_whole = |key: &str| fields.iter().any(|field| field.key == key && field.kind == FormFieldKind::Whole);
    for (i, column) in project.columns.iter().enumerate() {
        checker.expect((id, &format!("columns.{i}")), "栏目", column, fields.iter().map(|field| field.key.as_str()));
    }
    for (i, figure) in project.figures.iter().enumerate().filter(|(_, figure)| !is_whole(figure)) {
        checker.error(id, &format!("figures.{i}"), format!("程序“{}”里没有整数栏“{figure}”", procedure.name));
    }
    if let Some(count) = project.shared.as_ref().and_then(|sharing| sharing.count.as_ref()).filter(|count| !is_whole(count)) {
        checker.error(id, "shared.count", format!("程序“{}”里没有整数栏“{count}”", procedure.name));
    }
    if !project.grades.is_empty() && !fields.iter().any(|field| field.key == "grade" && field.kind == FormFieldKind::Choice && field.required) {
        checker.error(id, "grades", format!("程序“{}”里没有必填的选项栏 grade，等次评不出来", procedure.name));
    }
    if project.served != actions(procedure).any(|action| action.by.at == SERVED) {
        checker.error(id, "served", "有受益单位的项目（served = true），程序里要有一步由受益单位（by.at = \"served\"）来办；没有的都不写");
    }
    let delivered: Vec<&str> = project.parts.iter().filter(|part| part.deliverable.is_some()).map(|part| part.name.as_str()).collect();
    let offered = project.handed_over_in.as_ref().map(|key| fields.iter().find(|field| field.key == *key && field.kind == FormFieldKind::Choice));
    match offered {
        None if !delivered.is_empty() => {
            checker.error(id, "part", "必做项写了成果（deliverable），请写 handed_over_in：程序里哪一栏选交的是哪一项");
        }
        Some(None) => checker.error(id, "handed_over_in", format!("程序“{}”里没有这个选项栏", procedure.name)),
        Some(Some(field)) => {
            if let Some(missing) = delivered.iter().find(|name| !field.choices.iter().any(|choice| choice == *name)) {
                checker.error(id, "handed_over_in", format!("程序“{}”的“{}”里没有“{missing}”这一项，交不了它的成果", procedure.name, field.name));
            }
        }
        None => {}
    }
    let closes_parts = fields.iter().any(|field| field.kind == FormFieldKind::ClosesItems && field.items.as_deref() == Some("part"));
    if !project.parts.is_empty() && !closes_parts {
        checker.error(id, "part", format!("程序“{}”没有一步验收必做项（closes_items, items = \"part\"）", procedure.name));
    }
}

/// It can be accepted, and never by whoever carries it.
fn ends(checker: &mut Checker<'_>, id: &str, project: &Project, procedure: &Procedure) {
    let has = |effect: Effect| actions(procedure).any(|action| action.effects.contains(&effect));
    if !has(Effect::ProjectAccept) {
        checker.error(id, "procedure", format!("程序“{}”没有一步写 project.accept（验收）", procedure.name));
    }
    if project.shared.is_none() && !has(Effect::ProjectApprove) {
        checker.error(id, "procedure", format!("程序“{}”没有一步写 project.approve（批准）", procedure.name));
    }
    let own: Vec<&str> = actions(procedure).filter(|action| action.by.at == "self").map(|action| action.key.as_str()).collect();
    for action in actions(procedure).filter(|action| action.effects.contains(&Effect::ProjectAccept)) {
        if action.by.at == "self" {
            checker.error(id, "procedure", format!("“{}”不能由承担项目的党组织自己办，请改由审批单位（issuer）办", action.name));
        }
        if let Some(missing) = own.iter().find(|key| !action.not_by_actor_of.iter().any(|other| other == *key)) {
            checker.error(id, "procedure", format!("承担项目的人不能“{}”：请在 not_by_actor_of 里写上“{missing}”", action.name));
        }
    }
}

/// A step that falls to whom something serves only stands where something is served.
fn of_projects_only(checker: &mut Checker<'_>) {
    for (key, procedure) in checker.reading.pack.procedures.iter().filter(|(_, procedure)| procedure.subject != "project") {
        if let Some(action) = actions(procedure).find(|action| action.by.at == SERVED) {
            checker.error(&format!("procedure.{key}"), "", format!("“{}”写由受益单位（served）来办，只有项目的程序可以这样写", action.name));
        }
    }
}
