//! What follows from a result can follow: it concerns somebody, and some procedure of the scheme draws it.

use super::Checker;
use crate::{ConsequenceKind, Effect, PlanLineKind, Procedure};

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    let draws = |procedure: &Procedure| {
        procedure.stages.iter().flat_map(|stage| &stage.actions).any(|action| action.effects.contains(&Effect::EvaluationAcknowledge))
    };
    for (key, consequence) in &pack.consequences {
        let id = format!("consequence.{key}");
        let stars = (consequence.star_at_least, consequence.below_star);
        if (consequence.kind == ConsequenceKind::Export) != (stars == (None, None)) {
            checker.error(&id, "kind", "写给谁：star_at_least、below_star 至少写一个；kind = \"export\" 是整份结果的，两个都不写");
        }
        if let (Some(least), Some(most)) = stars
            && least > most
        {
            checker.error(&id, "star_at_least", format!("星级从 {least} 到 {most}，没有党组织符合，请改正"));
        }
        if (consequence.kind == ConsequenceKind::WeakList) != consequence.weak_list.is_some() {
            checker.error(&id, "weak_list", "kind = \"weak_list\" 与名单（weak_list）要一起写");
        }
        let hundred = crate::Ratio::from_integer(100);
        if consequence.weight.is_some_and(|weight| weight <= crate::Ratio::from_integer(0) || weight > hundred) {
            checker.error(&id, "weight", "权重要大于 0、不超过 100");
        }
        let mut lines = pack.plan_lines.values().filter(|line| line.kind == PlanLineKind::Evaluation && line.of == consequence.scheme);
        let is_drawn = lines.any(|line| line.procedure.as_ref().and_then(|key| pack.procedures.get(key)).is_some_and(draws));
        if !is_drawn {
            let message =
                "没有一项计划（plan_line）的程序（procedure）会在备案确认后办它：请给这个方案的计划写上程序，程序里有一步写 evaluation.acknowledge";
            checker.error(&id, "scheme", message);
        }
    }
}
