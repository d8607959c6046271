//! What somebody may enter as a problem: raw → checked, all that is wrong at once.

use jiff::civil::Date;
use policy::Pack;
use store::OrgId;

/// A problem that may be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RaiseForm {
    pub organisation: OrgId,
    pub source: String,
    pub kind: String,
    pub text: String,
    pub basis: String,
    /// Post and name of whoever is responsible.
    pub owner: String,
    pub due_on: Date,
    /// In whose place it is entered; empty: one's own.
    pub raiser: String,
    /// By which procedure it is put right; `None`: the usual one.
    pub procedure: Option<String>,
    /// What it was found in: a kind of record with its number.
    pub origin: Option<(String, i64)>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormProblem {
    pub field: &'static str,
    pub message: String,
}

/// Characters that a finding has at least: two words say nothing that could be put right.
const N_TEXT_MIN: usize = 6;
/// And at most; what is longer belongs into the evidence.
const N_TEXT_MAX: usize = 500;

/// What a form sends, before it is checked.
#[derive(Debug, Clone, Default)]
pub struct Raw<'a> {
    pub organisation: &'a str,
    pub source: &'a str,
    pub kind: &'a str,
    pub text: &'a str,
    pub basis: &'a str,
    pub owner: &'a str,
    pub due_on: &'a str,
    pub raiser: &'a str,
}

/// Checks a form on a day.
///
/// # Errors
/// Every field that is wrong, with what to do.
pub fn check(pack: &Pack, raw: &Raw<'_>, today: Date) -> Result<RaiseForm, Vec<FormProblem>> {
    let mut problems = Vec::new();
    let mut wrong = |field: &'static str, message: String| problems.push(FormProblem { field, message });
    let organisation = raw.organisation.parse().unwrap_or_default();
    if organisation == 0 {
        wrong("organisation", "请选问题在哪个党组织".to_owned());
    }
    if !super::sources(pack).iter().any(|known| known == raw.source) {
        wrong("source", "请选问题是怎么发现的".to_owned());
    }
    if !super::types(pack).iter().any(|known| known == raw.kind) {
        wrong("kind", "请选问题的类型，归不进去的选“其他”".to_owned());
    }
    let n = raw.text.chars().count();
    if n < N_TEXT_MIN {
        wrong("text", "请写清楚是什么事：哪次、哪人、差多少".to_owned());
    } else if n > N_TEXT_MAX {
        wrong("text", format!("请写在 {N_TEXT_MAX} 个字以内，现在 {n} 个字；一件事登记一个问题"));
    }
    if raw.owner.is_empty() {
        wrong("owner", "请写责任人的职务和姓名，没有责任人的不能登记".to_owned());
    }
    let due_on = raw.due_on.parse::<Date>();
    match &due_on {
        Err(_) => wrong("due_on", "请填整改时限，如 2026-12-31".to_owned()),
        Ok(day) if *day < today => wrong("due_on", format!("整改时限不能早于今天（{today}）")),
        Ok(_) => {}
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(RaiseForm {
        organisation,
        source: raw.source.to_owned(),
        kind: raw.kind.to_owned(),
        text: raw.text.to_owned(),
        basis: raw.basis.to_owned(),
        owner: raw.owner.to_owned(),
        due_on: due_on.unwrap_or(today),
        raiser: raw.raiser.to_owned(),
        procedure: None,
        origin: None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use policy::{Cite, CodeList};

    use super::*;

    fn pack() -> Pack {
        let list = |value: &str| CodeList {
            name: String::new(),
            values: vec![value.to_owned()],
            cite: Cite { doc: "example".to_owned(), clause: None, quote: None },
        };
        let mut pack = Pack::default();
        pack.code_lists.insert("problem_source".to_owned(), list("督查检查"));
        pack.code_lists.insert("problem_type".to_owned(), list("其他"));
        pack
    }

    #[test]
    fn everything_that_is_missing_is_said_at_once_and_the_day_itself_is_early_enough() {
        let today = date(2026, 6, 10);
        let wrong = check(&pack(), &Raw { due_on: "2026-06-09", ..Raw::default() }, today).unwrap_err();
        let fields: Vec<&str> = wrong.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["organisation", "source", "kind", "text", "owner", "due_on"]);
        let raw = Raw {
            organisation: "7",
            source: "督查检查",
            kind: "其他",
            text: "公开栏半年没有更新",
            owner: "支部书记 马正华",
            due_on: "2026-06-10",
            ..Raw::default()
        };
        assert_eq!(check(&pack(), &raw, today).map(|form| (form.organisation, form.due_on)), Ok((7, today)));
        let unknown = check(&pack(), &Raw { source: "听说", ..raw }, today).unwrap_err();
        assert_eq!(unknown.len(), 1);
    }
}
