//! Selections can be asked for, judged and given.

use std::collections::BTreeSet;

use super::Checker;
use crate::{Effect, SelectionOf};

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
        let known = checker.keys("level");
        checker.expect((&id, "reviewed_by"), "层级", &selection.reviewed_by, ["superior", "above_superior"].into_iter().chain(known.iter().copied()));
        for (i, target) in selection.target.iter().enumerate().filter(|(_, target)| target.is > 100) {
            checker.error(&id, &format!("target.{i}"), format!("目标 {}% 超过 100%", target.is));
        }
        let Some(procedure) = pack.procedures.get(&selection.procedure) else { continue };
        let effects: Vec<Effect> =
            procedure.stages.iter().flat_map(|stage| &stage.actions).flat_map(|action| action.effects.iter().copied()).collect();
        for (effect, word) in [(Effect::SelectionName, "selection.name（命名）"), (Effect::SelectionWithdraw, "selection.withdraw（撤销）")] {
            if !effects.contains(&effect) {
                checker.error(&id, "procedure", format!("程序“{}”没有一步写 {word}，称号给不出去或者收不回来", procedure.name));
            }
        }
    }
}
