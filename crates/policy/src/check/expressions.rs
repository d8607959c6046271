//! Every expression knows its names and gives the type that is needed where it stands.

use std::collections::BTreeMap;

use super::Checker;
use crate::nearest::suggestion;
use crate::{Expression, Kind, Node, Operator, Procedure, Type};

/// Names with their types.
type Names = BTreeMap<String, Type>;

/// What a condition about an organisation may ask, with the table whose keys are the answers.
const TRAITS: [(&str, &str); 3] = [("field", "field"), ("kind", "organisation_kind"), ("level", "level")];

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    let measures: Names = checker.keys("measure").into_iter().map(|key| (key.to_owned(), Type::Number)).collect();
    let mut conditions = measures.clone();
    conditions.extend(TRAITS.map(|(name, _)| (name.to_owned(), Type::Text)));
    for (key, duty) in &pack.duties {
        let id = format!("duty.{key}");
        expression(checker, (&id, "applies_when"), duty.applies_when.as_ref(), Type::Truth, &conditions);
        otherwise(checker, &id, duty.applies_when.is_some(), duty.otherwise.is_some());
    }
    for (key, indicator) in &pack.indicators {
        let id = format!("indicator.{key}");
        expression(checker, (&id, "value"), indicator.value.as_ref(), Type::Number, &measures);
        expression(checker, (&id, "of"), indicator.of.as_ref(), Type::Number, &measures);
        expression(checker, (&id, "evidenced_when"), indicator.evidenced_when.as_ref(), Type::Truth, &measures);
        expression(checker, (&id, "applies_when"), indicator.applies_when.as_ref(), Type::Truth, &conditions);
        otherwise(checker, &id, indicator.applies_when.is_some(), indicator.otherwise.is_some());
        if indicator.of.is_some() && indicator.value.is_none() {
            checker.error(&id, "of", "有分母（of）而没有分子（value），请补上 value");
        }
    }
    for (key, matter) in &pack.matters {
        for (k, kind) in matter.kinds.iter().enumerate() {
            let (id, path) = (format!("matter.{key}"), format!("kind.{k}.proposed_when"));
            expression(checker, (&id, &path), kind.proposed_when.as_ref(), Type::Truth, &measures);
        }
    }
    let result: Names = ["star", "score"].map(|name| (name.to_owned(), Type::Number)).into();
    for (key, tier) in &pack.tiers {
        expression(checker, (&format!("tier.{key}"), "when"), Some(&tier.when), Type::Truth, &result);
    }
    for (key, procedure) in &pack.procedures {
        let mut names = case_variables(procedure);
        let matters = pack.matters.values().filter(|matter| matter.procedure == *key);
        names.extend(matters.flat_map(|matter| &matter.kinds).map(|kind| (format!("is_{}", kind.key), Type::Number)));
        for (s, stage) in procedure.stages.iter().enumerate() {
            for (a, action) in stage.actions.iter().enumerate() {
                let id = format!("procedure.{key}");
                let path = format!("stage.{s}.action.{a}.when");
                expression(checker, (&id, &path), action.when.as_ref(), Type::Truth, &names);
                for (f, field) in action.fields.iter().enumerate() {
                    let path = format!("stage.{s}.action.{a}.field.{f}.required_when");
                    expression(checker, (&id, &path), field.required_when.as_ref(), Type::Truth, &names);
                }
                if action.when.is_some() && action.refused.is_none() {
                    checker.error(&id, &path, "有条件（when）就请写明不满足时怎么说（refused）");
                }
            }
        }
    }
}

fn otherwise(checker: &mut Checker<'_>, id: &str, has_condition: bool, has_words: bool) {
    if has_condition && !has_words {
        checker.error(id, "applies_when", "有适用条件（applies_when）就请写明为什么不适用（otherwise）");
    }
}

/// What the conditions of a procedure may ask: `open_KINDs`, the number of open items of every kind that its forms
/// open; when results are published `n_objections_open`, and how many reviews and
/// consequences still wait; for lists of weak organisations how many are listed, how many
/// must be at least (`floor`), and how many proposed ones are neither listed nor explained (`n_unanswered`); of a problem,
/// whether it was raised for somebody outside (`has_outside_raiser`); of actions that
/// each has to do, `owed_KEY`, how many still owe it; of every action `done_KEY`, how often it was done, and `days_KEY`, on how many different days (by the day that its form gives; an action of
/// the same name at another stage is the same).
fn case_variables(procedure: &Procedure) -> Names {
    let fields = procedure.stages.iter().flat_map(|stage| &stage.actions).flat_map(|action| &action.fields);
    // The conditions for which an organisation was listed, and what a selection is judged by, are items from the beginning.
    let kinds = fields.filter_map(|field| field.items.as_deref()).chain(["condition", "dimension", "part"]);
    let own: &[&str] = match procedure.subject.as_str() {
        "weak_list" => &["n_listed", "n_unanswered", "floor"],
        // Of reviews: whether the filing of the whole result is acknowledged (1).
        "evaluation" => &["n_objections_open", "n_reviews_open", "own_reviews_open", "n_consequences_open", "is_filed"],
        "ranking" => &["n_objections_open"],
        // 1: the last published result is below what the selection asks for.
        "selection" => &["against_rule"],
        // Groups whose number of electors is not said, or not counted; electors who have not voted; 1: the count holds.
        "ballot" => &["n_groups_open", "n_tallies_open", "n_not_voted", "is_on_devices", "is_countable"],
        // 1: whoever raised it has no account, so that the answer is given to him in person.
        "problem" => &["has_outside_raiser"],
        // Open cases of the procedure that the matter stands beside, at its organisation; days until its deadline, 0 on the day, below
        // after it.
        "matter" => &["open_there", "due_in_days"],
        // 1: it was opened by something else; whom it serves has not spoken; what it came from is not struck off. Further: how much
        // of its quantity is left.
        "project" => &["is_automatic", "served_owed", "origin_open", "quantity_left"],
        // Reports not handed in, without a problem pointed out, without their problems in the ledger; 1: the ballot is confirmed.
        "appraisal" => &["n_reports_open", "n_comments_open", "n_lists_open", "is_voted"],
        // Who takes part; judges that are lacking; judges who have not scored everybody.
        "contest" => &["n_entries", "n_judges_lacking", "n_papers_open"],
        _ => &[],
    };
    let each = procedure.stages.iter().flat_map(|stage| &stage.actions).filter(|action| action.each.is_some());
    let owed = each.map(|action| format!("owed_{}", action.key));
    let done = procedure.stages.iter().flat_map(|stage| &stage.actions).map(|action| format!("done_{}", action.key));
    let days = procedure.stages.iter().flat_map(|stage| &stage.actions).map(|action| format!("days_{}", action.key));
    let names = kinds.map(|kind| format!("open_{kind}s")).chain(owed).chain(done).chain(days).chain(own.iter().map(|name| (*name).to_owned()));
    names.map(|name| (name, Type::Number)).collect()
}

fn expression(checker: &mut Checker<'_>, (entry, path): (&str, &str), expression: Option<&Expression>, wanted: Type, names: &Names) {
    let Some(expression) = expression else { return };
    match expression.check(&|name| names.get(name).copied()) {
        Ok(found) if found == wanted => {}
        Ok(found) => checker.error(entry, path, format!("“{}”得出的是{}，这里要的是{}", expression.text, found.label(), wanted.label())),
        Err(error) => match &error.unknown {
            Some(_) if checker.reading.is_incomplete => {}
            Some(name) => {
                let hint = suggestion(name, names.keys().map(String::as_str));
                checker.error(entry, path, format!("{error}{hint}"));
            }
            None => checker.error(entry, path, error.to_string()),
        },
    }
    expression.tree.walk(&mut |node| {
        for (name, text) in compared(node) {
            if let Some((_, table)) = TRAITS.iter().find(|(of, _)| *of == name) {
                checker.expect_key((entry, path), table, text);
            }
        }
    });
}

/// Names that this part compares with texts.
fn compared(node: &Node) -> Vec<(&str, &str)> {
    match &node.kind {
        Kind::Operation { operator: Operator::Equal | Operator::NotEqual, left, right } => match (&left.kind, &right.kind) {
            (Kind::Name(name), Kind::Text(text)) | (Kind::Text(text), Kind::Name(name)) => vec![(name, text)],
            _ => Vec::new(),
        },
        Kind::Among { value, list, .. } => match &value.kind {
            Kind::Name(name) => {
                list.iter().filter_map(|item| if let Kind::Text(text) = &item.kind { Some((name.as_str(), text.as_str())) } else { None }).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
