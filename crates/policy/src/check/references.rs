//! Everything that an entry refers to exists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Checker, leaves};
use crate::facts::{FLAGS, FactShape, fact_kinds};
use crate::{Entry, Expression, Key, Measure, PlanLine, PlanLineKind, WeakListMode};

/// Which values of an entry are keys of which table. `*` stands for one step of the path, `**` for any number.
pub(super) const REFERENCES: [(&str, &str); 97] = [
    ("**.cite.doc", "document"),
    ("workbook.*.columns.*.code_list", "code_list"),
    ("activity.*.also_satisfies.*", "activity"),
    ("activity.*.quorum", "setting"),
    ("activity.*.majority", "setting"),
    ("duty.*.activity", "activity"),
    ("duty.*.kinds.*", "organisation_kind"),
    ("duty.*.fields.*", "field"),
    ("indicator.*.duty", "duty"),
    ("scheme.*.kinds.*", "organisation_kind"),
    ("scheme.*.standard.*.field", "field"),
    ("scheme.*.**.items.*.indicator", "indicator"),
    ("scheme.*.**.items.*.ballot", "ballot"),
    ("ballot.*.procedure", "procedure"),
    ("scheme.*.version_of", "scheme"),
    ("scheme.*.veto.*.unless_met", "indicator"),
    ("scheme.*.cohort.under", "level"),
    ("scheme.*.cohort.pool_to.*", "level"),
    ("tier.*.scheme", "scheme"),
    ("tier.*.goal.level", "level"),
    ("weak_list.*.kinds.*", "organisation_kind"),
    ("weak_list.*.fields.*", "field"),
    ("weak_list.*.low_star.fields.*", "field"),
    ("weak_list.*.under", "level"),
    ("weak_list.*.scheme", "scheme"),
    ("weak_list.*.approval", "procedure"),
    ("weak_list.*.rectification", "procedure"),
    ("weak_list.*.condition.*.proposed_unless_met.*", "indicator"),
    ("consequence.*.scheme", "scheme"),
    ("consequence.*.fields.*", "field"),
    ("consequence.*.weak_list", "weak_list"),
    ("ranking.*.level", "level"),
    ("ranking.*.component.*.mean_score_of", "scheme"),
    ("ranking.*.component.*.indicators.*", "indicator"),
    ("selection.*.kinds.*", "organisation_kind"),
    ("selection.*.fields.*", "field"),
    ("selection.*.levels.*", "level"),
    ("selection.*.procedure", "procedure"),
    ("selection.*.outside.levels.*", "level"),
    ("selection.*.outside.procedure", "procedure"),
    ("selection.*.reviewed_at.*", "level"),
    ("selection.*.dimension.*.field", "field"),
    ("selection.*.dimension.*.indicators.*", "indicator"),
    ("ledger.*.levels.*", "level"),
    ("matter.*.procedure", "procedure"),
    ("matter.*.while_open", "procedure"),
    ("matter.*.extension_days_max", "setting"),
    ("matter.*.levels.*", "level"),
    ("matter.*.about.*", "level"),
    ("balance.*.ledger", "ledger"),
    ("balance.*.level", "level"),
    ("programme.*.level", "level"),
    ("programme.*.procedure", "procedure"),
    ("programme.*.line.*.mechanisms.*", "mechanism"),
    ("project.*.levels.*", "level"),
    ("project.*.procedure", "procedure"),
    ("project.*.opened_by.procedure", "procedure"),
    ("project.*.opened_by.fields.*", "field"),
    ("project.*.shared.by", "level"),
    ("inspection.*.level", "level"),
    ("inspection.*.fields.*", "field"),
    ("inspection.*.crossed_at", "level"),
    ("inspection.*.checklists.*", "checklist"),
    ("checklist.*.fields.*", "field"),
    ("checklist.*.item.*.indicator", "indicator"),
    ("visit_scope.*.by", "level"),
    ("visit_scope.*.level", "level"),
    ("visit_scope.*.fields.*", "field"),
    ("column.*.measure", "measure"),
    ("permitted_list.*.approved_at", "level"),
    ("permitted_list.*.fields.*", "field"),
    ("permitted_list.*.below", "level"),
    ("permitted_list.*.kinds", "code_list"),
    ("permitted_list.*.frequencies", "code_list"),
    ("principal_duty.*.levels.*", "level"),
    ("department.*.levels.*", "level"),
    ("department.*.roles.*", "role"),
    ("appraisal.*.by", "level"),
    ("appraisal.*.about", "level"),
    ("appraisal.*.fields.*", "field"),
    ("appraisal.*.procedure", "procedure"),
    ("appraisal.*.ballot", "ballot"),
    ("appraisal.*.indicators.*", "indicator"),
    ("appraisal.*.scheme", "scheme"),
    ("contest.*.level", "level"),
    ("contest.*.kinds.*", "organisation_kind"),
    ("contest.*.fields.*", "field"),
    ("contest.*.round.*.level", "level"),
    ("contest.*.indicators.*", "indicator"),
    ("contest.*.procedure", "procedure"),
    ("plan_line.*.level", "level"),
    ("plan_line.*.procedure", "procedure"),
    ("role.*.delegates.*", "role"),
    ("role.*.prepares.*", "role"),
    ("mechanism.*.users.*", "role"),
    // The remaining two lead to a table that the entry itself names.
    ("plan_line.*.of", "plan_line.kind"),
    ("mechanism.*.entries.*", "entry"),
];

/// How the tables are called.
const NAMES: [(&str, &str); 36] = [
    ("document", "文件"),
    ("setting", "参数"),
    ("organisation_kind", "党组织类别"),
    ("level", "层级"),
    ("field", "领域"),
    ("code_list", "代码表"),
    ("workbook", "表格"),
    ("activity", "活动"),
    ("duty", "责任"),
    ("measure", "计量"),
    ("indicator", "指标"),
    ("ballot", "测评"),
    ("scheme", "方案"),
    ("tier", "类别"),
    ("weak_list", "软弱涣散名单"),
    ("consequence", "结果运用"),
    ("ranking", "排名"),
    ("selection", "评选"),
    ("ledger", "台账"),
    ("matter", "督办事项"),
    ("balance", "均衡"),
    ("programme", "工程"),
    ("project", "项目"),
    ("inspection", "督查"),
    ("checklist", "检查单"),
    ("visit_scope", "走访范围"),
    ("column", "已知的栏目"),
    ("permitted_list", "准入清单"),
    ("principal_duty", "主体责任"),
    ("department", "部门"),
    ("appraisal", "述职评议"),
    ("contest", "比武"),
    ("plan_line", "计划项目"),
    ("procedure", "程序"),
    ("role", "岗位角色"),
    ("mechanism", "机制"),
];

/// What a table of a pack is called: 指标.
#[must_use]
pub fn table_name(table: &str) -> &str {
    NAMES.iter().find(|(name, _)| *name == table).map_or(table, |(_, words)| words)
}

/// What carries a mechanism, or what a procedure is about, beside the tables of the pack.
const PRIMITIVES: [&str; 24] = [
    "organisation",
    "member",
    "post",
    "unit",
    "place",
    "duty",
    "activity",
    "procedure",
    "plan",
    "task",
    "problem",
    "self_check",
    "fund",
    "indicator",
    "scheme",
    "evaluation",
    "ballot",
    "points",
    "pledge",
    "compact",
    "selection",
    "document",
    "notice",
    "duty_log",
];

/// What a row of a workbook can become.
const WORKBOOK_PRIMITIVES: [&str; 5] = ["organisation", "member", "activity", "village_income", "judged_value"];

pub(super) fn check(checker: &mut Checker<'_>) {
    for (id, entry) in &checker.reading.entries {
        leaves(&entry.value, "", &mut |path, value| {
            let Value::String(word) = value else { return };
            match target_of(id, path) {
                None => {}
                Some("document") if word == "example" => {}
                Some("plan_line.kind") => {}
                Some("entry") => entry_named(checker, id, path, word),
                Some(table) => checker.expect_key((id, path), table, word),
            }
        });
    }
    plan_lines(checker);
    measures(checker);
    others(checker);
}

/// `duty.theme_day`: a table and a key.
fn entry_named(checker: &mut Checker<'_>, id: &str, path: &str, word: &str) {
    let Some((table, key)) = word.split_once('.') else {
        checker.error(id, path, format!("“{word}”请写成 表.条目，如 duty.theme_day"));
        return;
    };
    if !NAMES.iter().any(|(name, _)| *name == table) {
        checker.expect((id, path), "表", table, NAMES.iter().map(|(name, _)| *name));
        return;
    }
    checker.expect_key((id, path), table, key);
}

fn plan_lines(checker: &mut Checker<'_>) {
    for (key, line) in &checker.reading.pack.plan_lines {
        let table = match line.kind {
            PlanLineKind::Evaluation => "scheme",
            PlanLineKind::Ranking => "ranking",
            PlanLineKind::WeakList => "weak_list",
            PlanLineKind::Inspection => "inspection",
            PlanLineKind::Appraisal => "appraisal",
            PlanLineKind::Contest => "contest",
            PlanLineKind::Selection => "selection",
        };
        let id = format!("plan_line.{key}");
        checker.expect_key((&id, "of"), table, &line.of);
        if line.kind == PlanLineKind::WeakList {
            has_its_rating(checker, &id, line);
        }
    }
}

/// A list by ratio is made from the published rating of its own period: without a line for that it could never be begun.
fn has_its_rating(checker: &mut Checker<'_>, id: &str, line: &PlanLine) {
    let pack = &checker.reading.pack;
    let Some(list) = pack.weak_lists.get(&line.of).filter(|list| list.mode == WeakListMode::Ratio) else { return };
    let is_its = |other: &PlanLine| other.kind == PlanLineKind::Evaluation && other.of == list.scheme && other.period == line.period;
    if !pack.plan_lines.values().any(is_its) {
        let message = format!("这份名单按“{}”在 {} 的公布结果倒排，年度计划里没有这一次评定，请先写一行 plan_line", list.scheme, line.period);
        checker.error(id, "period", message);
    }
}

fn measures(checker: &mut Checker<'_>) {
    let kinds = fact_kinds(&checker.reading.pack);
    for (key, measure) in &checker.reading.pack.measures {
        let id = format!("measure.{key}");
        let given = sources(measure);
        if given.len() != 1 {
            checker.error(&id, "", "count、sum、distinct、active 中请正好写一项，且不为空");
        }
        for (source, words) in given {
            let shape = if source == "active" { FactShape::Span } else { FactShape::Event };
            for (i, word) in words.iter().enumerate() {
                let path = format!("{source}.{i}");
                match kinds.get(word) {
                    Some(kind) if kind.shape == shape => {}
                    Some(_) if shape == FactShape::Event => checker.error(&id, &path, format!("“{word}”是一段时间内的状态，请改用 active")),
                    Some(_) => checker.error(&id, &path, format!("“{word}”是某一天发生的事，请改用 count、sum 或 distinct")),
                    None => checker.expect((&id, &path), "事实种类", word, kinds.keys().map(String::as_str)),
                }
            }
        }
        for flag in measure.flags.keys() {
            checker.expect((&id, &format!("where.{flag}")), "标记", flag, FLAGS.iter().map(|(name, _)| *name));
        }
    }
    for (key, indicator) in &checker.reading.pack.indicators {
        if let Some(coverage) = &indicator.covered_by {
            let known = kinds.keys().filter_map(|kind| kind.strip_prefix("coverage."));
            checker.expect((&format!("indicator.{key}"), "covered_by"), "录入范围", coverage, known);
        }
    }
}

/// The sources that a measure gives, by their key.
pub(crate) fn sources(measure: &Measure) -> Vec<(&'static str, &[Key])> {
    let all: [(&'static str, &[Key]); 4] =
        [("count", &measure.count), ("sum", &measure.sum), ("distinct", &measure.distinct), ("active", &measure.active)];
    all.into_iter().filter(|(_, kinds)| !kinds.is_empty()).collect()
}

fn others(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    let primitives: Vec<&str> = PRIMITIVES.into_iter().chain(NAMES.iter().map(|(name, _)| *name)).collect();
    for (key, mechanism) in &pack.mechanisms {
        if let Some(primitive) = &mechanism.primitive {
            checker.expect((&format!("mechanism.{key}"), "primitive"), "承载方式", primitive, primitives.iter().copied());
        }
    }
    for (key, procedure) in &pack.procedures {
        checker.expect((&format!("procedure.{key}"), "subject"), "程序对象", &procedure.subject, primitives.iter().copied());
    }
    for (key, workbook) in &pack.workbooks {
        checker.expect((&format!("workbook.{key}"), "primitive"), "表格用途", &workbook.primitive, WORKBOOK_PRIMITIVES);
    }
}

/// Who refers to whom, by a key or inside an expression: the users of each entry.
pub(crate) fn users(entries: &BTreeMap<String, Entry>) -> BTreeMap<String, BTreeSet<String>> {
    const EXPRESSIONS: [&str; 4] = ["value", "of", "applies_when", "evidenced_when"];
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (user, entry) in entries {
        let mut add = |table: &str, key: &str| {
            let id = format!("{table}.{key}");
            if id != *user && entries.contains_key(&id) {
                users.entry(id).or_default().insert(user.clone());
            }
        };
        leaves(&entry.value, "", &mut |path, value| {
            let Value::String(word) = value else { return };
            match target_of(user, path) {
                Some("entry") => word.split_once('.').into_iter().for_each(|(table, key)| add(table, key)),
                Some("plan_line.kind") => add(plan_table(&entry.value), word),
                Some(table) => add(table, word),
                None if EXPRESSIONS.contains(&path) && matches!(entry.table.as_str(), "duty" | "indicator") => {
                    let expression: Result<Expression, _> = word.parse();
                    expression.iter().flat_map(Expression::names).for_each(|name| add("measure", name));
                }
                None if entry.table == "measure" => {
                    word.strip_prefix("activity.").into_iter().for_each(|rest| add("activity", rest.split('.').next().unwrap_or_default()))
                }
                None => {}
            }
        });
    }
    users
}

/// The table that a plan line's `of` leads to.
fn plan_table(line: &Value) -> &str {
    match line["kind"].as_str() {
        Some("evaluation") => "scheme",
        Some(other) => other,
        None => "",
    }
}

/// The table whose keys stand at this path of an entry, if any: `indicator` for `scheme.five_star` and `section.0.items.1.indicator`.
fn target_of(entry: &str, path: &str) -> Option<&'static str> {
    let steps: Vec<&str> = entry.split('.').chain(path.split('.')).collect();
    REFERENCES.iter().find(|(pattern, _)| fits(pattern, &steps)).map(|(_, table)| *table)
}

/// Whether a path fits a pattern, step by step.
pub(super) fn fits(pattern: &str, path: &[&str]) -> bool {
    let (step, rest) = pattern.split_once('.').map_or((pattern, None), |(step, rest)| (step, Some(rest)));
    if step == "**" {
        return rest.is_none_or(|rest| (0..path.len()).any(|n| fits(rest, &path[n..])));
    }
    let Some((own, below)) = path.split_first() else { return false };
    (step == "*" || step == *own) && rest.map_or(below.is_empty(), |rest| fits(rest, below))
}
