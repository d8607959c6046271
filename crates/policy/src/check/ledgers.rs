//! Ledgers can be filled in, what is read off them is there, and every line of a programme is reviewed.

use num_traits::Zero;

use super::Checker;
use super::schemes::share;
use crate::{FormField, FormFieldKind};

/// Fields that a row may have: what a case opens or closes has no place in a ledger.
const KINDS: [FormFieldKind; 6] =
    [FormFieldKind::Text, FormFieldKind::LongText, FormFieldKind::Date, FormFieldKind::Whole, FormFieldKind::Choice, FormFieldKind::YesNo];

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, ledger) in &pack.ledgers {
        let id = format!("ledger.{key}");
        let find = |key: &str| ledger.fields.iter().find(|field| field.key == key);
        if !find(&ledger.on).is_some_and(|field| field.kind == FormFieldKind::Date && field.required) {
            checker.error(&id, "on", format!("“{}”要是一个必填的日期栏（kind = \"date\", required = true）", ledger.on));
        }
        if let Some(quantity) = ledger.quantity.as_ref().filter(|key| !find(key).is_some_and(|field| field.kind == FormFieldKind::Whole)) {
            checker.error(&id, "quantity", format!("“{quantity}”要是一个整数栏（kind = \"whole\"）"));
        }
        for (i, field) in ledger.fields.iter().enumerate() {
            if !KINDS.contains(&field.kind) {
                checker.error(&id, &format!("field.{i}.kind"), "台账的栏目只能是文字、日期、整数、选项、是否");
            }
            if ledger.fields[..i].iter().any(|before| before.key == field.key) {
                checker.error(&id, &format!("field.{i}.key"), format!("“{}”写了两次，请改名", field.key));
            }
        }
    }
    for (key, balance) in &pack.balances {
        let id = format!("balance.{key}");
        share(checker, &id, "least", balance.least);
        if balance.least.is_zero() {
            checker.error(&id, "least", "提醒的界线（least）应大于 0，不然从不提醒");
        }
        let Some(ledger) = pack.ledgers.get(&balance.ledger) else { continue };
        let is_choice = |field: &FormField| field.kind == FormFieldKind::Choice && field.required;
        for (path, name) in [("input", &balance.input), ("element", &balance.element)] {
            if !ledger.fields.iter().any(|field| field.key == *name && is_choice(field)) {
                checker.error(&id, path, format!("台账“{}”里没有必填的选项栏“{name}”", ledger.name));
            }
        }
        if !ledger.about_below {
            checker.error(&id, "ledger", format!("台账“{}”要逐条写明是对哪个党组织的（about_below = true），才分得出领域", ledger.name));
        }
    }
}

/// Every line of a programme owns something, and the yearly review asks about each.
pub(super) fn programmes(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, programme) in &pack.programmes {
        let id = format!("programme.{key}");
        for (i, line) in programme.lines.iter().enumerate() {
            if line.mechanisms.is_empty() {
                checker.error(&id, &format!("line.{i}.mechanisms"), format!("“{}”下面没有机制，进展无从算起", line.name));
            }
        }
        let Some(procedure) = pack.procedures.get(&programme.procedure) else { continue };
        if procedure.subject != "programme" {
            checker.error(&id, "procedure", format!("程序“{}”不是工程的程序（subject = \"programme\"）", procedure.name));
        }
        let fields: Vec<_> = procedure.stages.iter().flat_map(|stage| &stage.actions).flat_map(|action| &action.fields).collect();
        for line in programme.lines.iter().filter(|line| !fields.iter().any(|field| field.key == line.key && field.required)) {
            checker.error(&id, "procedure", format!("年度评述里没有必填的“{}”（{}）一栏", line.key, line.name));
        }
    }
}
