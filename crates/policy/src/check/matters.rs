//! Matters can be opened, numbered and ended.

use super::Checker;
use crate::{FormFieldKind, MatterKind};

/// Fields that are asked for when a matter is opened: what a case opens or closes has no place there.
const KINDS: [FormFieldKind; 7] = [
    FormFieldKind::Text,
    FormFieldKind::LongText,
    FormFieldKind::Date,
    FormFieldKind::Whole,
    FormFieldKind::Choice,
    FormFieldKind::YesNo,
    FormFieldKind::Person,
];
/// What a number is made of.
const PARTS: [&str; 3] = ["{kind}", "{year}", "{n}"];
/// Names of the form that are not the pack's.
const TAKEN: [&str; 4] = ["organisation", "kind", "skipped", "permitted"];

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, matter) in &pack.matters {
        let id = format!("matter.{key}");
        let find = |key: &str| matter.fields.iter().find(|field| field.key == key);
        if !find(&matter.title).is_some_and(|field| field.required && matches!(field.kind, FormFieldKind::Text | FormFieldKind::LongText)) {
            checker.error(&id, "title", format!("“{}”要是一个必填的文字栏", matter.title));
        }
        if let Some(due) = matter.due.as_ref().filter(|due| !find(due).is_some_and(|it| it.kind == FormFieldKind::Date && it.required)) {
            checker.error(&id, "due", format!("“{due}”要是一个必填的日期栏（kind = \"date\", required = true）"));
        }
        for (i, field) in matter.fields.iter().enumerate() {
            let path = format!("field.{i}");
            if !KINDS.contains(&field.kind) {
                checker.error(&id, &format!("{path}.kind"), "这里的栏目只能是文字、日期、整数、选项、是否、人员");
            }
            if TAKEN.contains(&field.key.as_str()) || matter.fields[..i].iter().any(|before| before.key == field.key) {
                checker.error(&id, &format!("{path}.key"), format!("“{}”已经用了，请改名", field.key));
            }
            if (field.kind == FormFieldKind::Choice) == field.choices.is_empty() {
                checker.error(&id, &path, "kind = \"choice\" 与可选的值（choices）要一起写");
            }
        }
        if let Some(number) = matter.number.as_ref().filter(|number| !PARTS.iter().skip(1).all(|part| number.contains(part))) {
            checker.error(&id, "number", format!("“{number}”里要有 {{year}}（年）和 {{n}}（序号），不然会重号"));
        }
        let beside = matter.while_open.as_ref().and_then(|key| pack.procedures.get(key));
        let stages: Vec<&str> = beside.into_iter().flat_map(|procedure| &procedure.stages).map(|stage| stage.key.as_str()).collect();
        for (i, stage) in matter.over_at.iter().enumerate() {
            checker.expect((&id, &format!("over_at.{i}")), "环节", stage, stages.iter().copied());
        }
        kinds(checker, &id, &matter.kinds);
        let own: Vec<&str> =
            pack.procedures.get(&matter.procedure).into_iter().flat_map(|procedure| &procedure.stages).map(|stage| stage.key.as_str()).collect();
        for (i, kind) in matter.kinds.iter().enumerate() {
            for (j, stage) in kind.untold_at.iter().enumerate() {
                checker.expect((&id, &format!("kind.{i}.untold_at.{j}")), "环节", stage, own.iter().copied());
            }
        }
        if let Some(procedure) = pack.procedures.get(&matter.procedure).filter(|procedure| procedure.subject != "matter") {
            checker.error(&id, "procedure", format!("程序“{}”不是督办事项的程序（subject = \"matter\"）", procedure.name));
        }
    }
}

fn kinds(checker: &mut Checker<'_>, id: &str, kinds: &[MatterKind]) {
    for (i, kind) in kinds.iter().enumerate() {
        if kinds[..i].iter().any(|before| before.key == kind.key) {
            checker.error(id, &format!("kind.{i}.key"), format!("“{}”写了两次，请改名", kind.key));
        }
        // Upwards only: so a ladder has no circle.
        if let Some(follows) = kind.follows.as_ref().filter(|follows| !kinds[..i].iter().any(|before| before.key == **follows)) {
            checker.error(id, &format!("kind.{i}.follows"), format!("“{follows}”要是写在前面的一种"));
        }
    }
}
