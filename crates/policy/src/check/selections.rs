//! Selections can be asked for, judged and given.

use std::collections::BTreeSet;

use super::Checker;
use crate::{Effect, Selection, SelectionOf};

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, selection) in &pack.selections {
        let id = format!("selection.{key}");
        let mut seen = BTreeSet::new();
        for (i, dimension) in selection.dimensions.iter().enumerate() {
            if !seen.insert(dimension.key.as_str()) {
                checker.error(&id, &format!("dimension.{i}.key"), format!("“{}”写了两次，请改名", dimension.key));
            }
            let outside = dimension.field.as_ref().filter(|field| !selection.fields.is_empty() && !selection.fields.contains(field));
            if let Some(field) = outside {
                checker.error(&id, &format!("dimension.{i}.field"), format!("领域“{field}”不在本项评选的范围（fields）里，请加入或者删去"));
            }
            if selection.of == SelectionOf::Family && !dimension.indicators.is_empty() {
                checker.error(&id, &format!("dimension.{i}.indicators"), "家庭不作计分，请删去 indicators");
            }
        }
        if selection.helps.is_some() && selection.of == SelectionOf::Family {
            checker.error(&id, "helps", "家庭不结对帮带，请删去 helps");
        }
        if selection.valid_months == 0 {
            checker.error(&id, "valid_months", "有效期至少 1 个月");
        }
        authority(checker, &id, selection);
        let known = checker.keys("level");
        checker.expect((&id, "reviewed_by"), "层级", &selection.reviewed_by, ["superior", "above_superior"].into_iter().chain(known.iter().copied()));
        for (i, target) in selection.target.iter().enumerate().filter(|(_, target)| target.is > 100) {
            checker.error(&id, &format!("target.{i}"), format!("目标 {}% 超过 100%", target.is));
        }
        for level in selection.reviewed_at.keys().filter(|level| !known.contains(level.as_str())) {
            checker.error(&id, &format!("reviewed_at.{level}"), format!("没有名为 {level} 的层级（level）"));
        }
        for level in selection.outside.iter().flat_map(|outside| &outside.levels) {
            if !selection.levels.is_empty() && !selection.levels.contains(level) {
                checker.error(&id, "outside.levels", format!("“{level}”不在本项评选面向的层级（levels）里，请加入或者删去"));
            }
        }
        let outside = selection.outside.as_ref().map(|outside| ("outside.procedure", &outside.procedure));
        for (path, key) in std::iter::once(("procedure", &selection.procedure)).chain(outside) {
            let Some(procedure) = pack.procedures.get(key) else { continue };
            let effects: Vec<Effect> =
                procedure.stages.iter().flat_map(|stage| &stage.actions).flat_map(|action| action.effects.iter().copied()).collect();
            for (effect, word) in [(Effect::SelectionName, "selection.name（命名）"), (Effect::SelectionWithdraw, "selection.withdraw（撤销）")]
            {
                if !effects.contains(&effect) {
                    checker.error(&id, path, format!("程序“{}”没有一步写 {word}，称号给不出去或者收不回来", procedure.name));
                }
            }
        }
    }
}

/// A selection that is neither an example nor a draft names its approval: it is open to whoever it is meant for.
fn authority(checker: &mut Checker<'_>, id: &str, selection: &Selection) {
    if selection.example && selection.draft {
        checker.error(id, "draft", "示例（example）和草案（draft）只写一项：已经有依据、还没有批准的写 draft，编来演示的写 example");
    }
    if selection.example || selection.draft {
        return;
    }
    let lacking = selection.authority().lacking();
    if !lacking.is_empty() {
        let message = format!(
            "{}没有写明{}，不能对党组织开放申报；请补上，还没有批准的写 draft = true（只能模拟）",
            selection.authority().called(),
            lacking.join("、")
        );
        checker.error(id, "", message);
    }
    let begins = selection.from_year.and_then(|year| jiff::civil::Date::new(year, 1, 1).ok());
    if let (Some(begins), Some(until)) = (begins, selection.valid_until)
        && until <= begins
    {
        checker.error(id, "valid_until", format!("批准到 {until} 为止，而从 {begins} 起才开展，没有一天可以申报；请改正"));
    }
}
