//! An inspection says how units come to it, asks what can be met, and has nothing made for it; what is asked of units is known or permitted.

use num_traits::Zero;

use super::Checker;
use super::schemes::share;
use crate::{InspectionMode, PlanLineKind};

/// What a check may not ask for: it looks at what is there.
const MADE_FOR_IT: [&str; 7] = ["报送", "上报材料", "提供材料", "汇报材料", "印证材料", "照片", "视频"];

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, inspection) in &pack.inspections {
        let id = format!("inspection.{key}");
        share(checker, &id, "share_min", inspection.share_min);
        let is_crossed = inspection.mode == InspectionMode::Crossed;
        if is_crossed != inspection.crossed_at.is_some() {
            checker.error(&id, "crossed_at", "交叉检查（mode = \"crossed\"）要写明在哪一级回避（crossed_at），其他方式不写");
        }
        if inspection.mode != InspectionMode::Random && !inspection.share_min.is_zero() {
            checker.error(&id, "share_min", "只有随机抽取的写最低比例（share_min）");
        }
        if inspection.checklists.is_empty() {
            checker.error(&id, "checklists", "没有检查单，检查组到现场不知道看什么");
        }
        if inspection.problem_days == 0 {
            checker.error(&id, "problem_days", "整改至少给一天");
        }
        value_of(checker, &id, "source", "problem_source", &inspection.source);
    }
    for (key, column) in &pack.columns {
        if column.attribute.is_some() == column.measure.is_some() {
            checker.error(&format!("column.{key}"), "attribute", "栏目由组织信息（attribute）或者统计（measure）填写，写一个，只写一个");
        }
    }
    for (key, list) in &pack.permitted_lists {
        if list.fields.is_empty() {
            checker.error(&format!("permitted_list.{key}"), "fields", "清单管哪些领域（fields）至少写一个");
        }
    }
    for (key, list) in &pack.checklists {
        let id = format!("checklist.{key}");
        for (i, item) in list.items.iter().enumerate() {
            value_of(checker, &id, &format!("item.{i}.problem_type"), "problem_type", &item.problem_type);
            if list.items[..i].iter().any(|before| before.key == item.key) {
                checker.error(&id, &format!("item.{i}.key"), format!("“{}”写了两次，请改名或者合并", item.key));
            }
            let asked = [Some(&item.name), item.how.as_ref()].into_iter().flatten();
            if let Some(word) = asked.flat_map(|text| MADE_FOR_IT.iter().filter(|word| text.contains(**word))).next() {
                checker.error(&id, &format!("item.{i}"), format!("检查只看系统里的记录和现场，不得要求“{word}”，请改写"));
            }
        }
    }
    for (key, line) in pack.plan_lines.iter().filter(|(_, line)| line.kind != PlanLineKind::Inspection) {
        if line.number.is_some() || !line.months.is_empty() || line.units_max.is_some() {
            checker.error(&format!("plan_line.{key}"), "", "次数、月份、单位数（number、months、units_max）只写给督查");
        }
    }
    for (key, line) in pack.plan_lines.iter().filter(|(_, line)| line.preview && line.kind != PlanLineKind::Evaluation) {
        checker.error(&format!("plan_line.{key}"), "preview", format!("“{}”不是评定，预评（preview）只写给 kind = \"evaluation\"", line.name));
    }
    for (key, line) in &pack.plan_lines {
        for (i, month) in line.months.iter().enumerate().filter(|(_, month)| !(1..=12).contains(*month)) {
            checker.error(&format!("plan_line.{key}"), &format!("months.{i}"), format!("没有 {month} 月"));
        }
    }
}

/// Whether a list of codes has this value; a pack without the list says nothing.
fn value_of(checker: &mut Checker<'_>, id: &str, path: &str, list: &str, value: &str) {
    let pack = &checker.reading.pack;
    if let Some(codes) = pack.code_lists.get(list).filter(|codes| !codes.values.iter().any(|known| known == value)) {
        checker.error(id, path, format!("“{}”里没有“{value}”", codes.name));
    }
}
