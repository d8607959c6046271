//! The kinds of fact that the product derives from its records: a closed list, the same for packs, server and engine.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Pack;

/// Whether facts of a kind happen on a day or hold from a day until another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactShape {
    Event,
    Span,
}

/// A kind of fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactKind {
    pub shape: FactShape,
    /// What one of it is, in words: 支部党员大会的实到人数.
    pub means: String,
    /// Unit of the quantity: 次, 人, 分钟, 分 (fen); events without a quantity of their own count 1.
    pub unit: &'static str,
}

/// Flags that an event may carry.
pub const FLAGS: [(&str, &str); 6] = [
    ("late", "补开上一周期的"),
    ("verified", "经上级核实的"),
    ("returned", "被退回的"),
    ("accepted", "经上级同意补开的"),
    ("imported", "从表导入的"),
    ("without_names", "只有人数没有名单的"),
];

/// Facts that do not depend on a pack.
const FIXED: [(&str, FactShape, &str, &str); 25] = [
    ("member.all", FactShape::Span, "在册党员", "人"),
    ("member.full", FactShape::Span, "正式党员", "人"),
    ("member.probationary", FactShape::Span, "预备党员", "人"),
    ("member.mobile", FactShape::Span, "流动党员", "人"),
    ("organisation.committee", FactShape::Span, "登记在册的支部委员会", "个"),
    ("organisation.secretary", FactShape::Span, "在任的书记", "人"),
    ("organisation.term_overdue", FactShape::Span, "届满未换届的任期", "个"),
    ("organisation.group", FactShape::Span, "党小组", "个"),
    ("coverage.activity", FactShape::Span, "活动记录已经录入", "个"),
    ("coverage.village_income", FactShape::Span, "村级收入已经录入", "个"),
    ("coverage.member", FactShape::Span, "党员名册已经录入", "个"),
    ("coverage.organisation", FactShape::Span, "组织名册已经录入", "个"),
    ("village.operating_income", FactShape::Event, "村集体经营性收入", "分（金额）"),
    ("village.total_income", FactShape::Event, "村集体总收入", "分（金额）"),
    ("task.fulfilled", FactShape::Event, "核验通过的任务", "项"),
    ("task.late", FactShape::Event, "逾期办结的任务", "项"),
    ("task.due", FactShape::Event, "到期的任务", "项"),
    ("task.on_time", FactShape::Event, "到期的任务中按时反馈的", "项"),
    ("task.overdue", FactShape::Span, "过了时限还没有办结的任务", "项"),
    ("committee.party_building_meeting", FactShape::Event, "党委专题研究党建的会议", "次"),
    ("problem.opened", FactShape::Event, "登记的问题", "个"),
    ("problem.closed", FactShape::Event, "销号的问题", "个"),
    ("problem.late", FactShape::Event, "逾期销号的问题", "个"),
    ("table.typed", FactShape::Event, "一次性报表里自己填的栏目", "项"),
    ("problem.recurred", FactShape::Event, "销号以后又发生的问题", "个"),
];

/// Every kind of fact that may occur under this pack, by name: the fixed ones, four for each kind of activity
/// (`activity.KEY`, `.eligible`, `.present`, `.minutes`) with its `coverage.activity.KEY`, `ledger.KEY` for each ledger, four for each
/// matter (`matter.KEY`, `.closed`, `.late`, `.returned`, `.extended`), two for each appraisal (`appraisal.KEY`, in hundredths of a point, `.late`), one
/// for each contest (`contest.KEY`), three for each kind of project (`project.KEY`, `.approved`, `.late`), and
/// `judged.KEY` (in hundredths of a point) for each indicator that people judge.
#[must_use]
pub fn fact_kinds(pack: &Pack) -> BTreeMap<String, FactKind> {
    let kind = |shape, means: String, unit| FactKind { shape, means, unit };
    let mut kinds: BTreeMap<String, FactKind> =
        FIXED.iter().map(|(name, shape, means, unit)| ((*name).to_owned(), kind(*shape, (*means).to_owned(), *unit))).collect();
    for (key, activity) in &pack.activities {
        let name = &activity.name;
        let own = [
            ("", name.clone(), "次"),
            (".eligible", format!("{name}的应到人数"), "人"),
            (".present", format!("{name}的实到人数"), "人"),
            (".minutes", format!("{name}的学时"), "分钟"),
        ];
        for (part, means, unit) in own {
            kinds.insert(format!("activity.{key}{part}"), kind(FactShape::Event, means, unit));
        }
        kinds.insert(format!("coverage.activity.{key}"), kind(FactShape::Span, format!("{name}的记录已经录入"), "个"));
    }
    for (key, ledger) in &pack.ledgers {
        let quantity = ledger.quantity.as_ref().and_then(|key| ledger.fields.iter().find(|field| field.key == *key));
        let means = quantity.map_or_else(|| ledger.name.clone(), |field| format!("{}：{}", ledger.name, field.name));
        kinds.insert(format!("ledger.{key}"), kind(FactShape::Event, means, if quantity.is_some() { "" } else { "条" }));
    }
    for (key, matter) in &pack.matters {
        let name = &matter.name;
        let own = [
            ("", name.clone()),
            (".closed", format!("办结的{name}")),
            (".late", format!("逾期的{name}")),
            (".returned", format!("退回重办的{name}")),
            (".extended", format!("延期的{name}")),
        ];
        for (part, means) in own {
            kinds.insert(format!("matter.{key}{part}"), kind(FactShape::Event, means, "件"));
        }
    }
    for (key, appraisal) in &pack.appraisals {
        kinds.insert(format!("appraisal.{key}"), kind(FactShape::Event, format!("{}的得分", appraisal.name), "百分之一分"));
        kinds.insert(format!("appraisal.{key}.late"), kind(FactShape::Event, format!("{}中迟交的述职报告", appraisal.name), "份"));
    }
    for (key, contest) in &pack.contests {
        kinds.insert(format!("contest.{key}"), kind(FactShape::Event, format!("参加{}", contest.name), "次"));
    }
    for (key, project) in &pack.projects {
        let name = &project.name;
        for (part, means) in [("", format!("验收的{name}")), (".approved", format!("批准的{name}")), (".late", format!("逾期验收的{name}"))]
        {
            kinds.insert(format!("project.{key}{part}"), kind(FactShape::Event, means, "个"));
        }
    }
    for (key, indicator) in &pack.indicators {
        if indicator.value.is_none() {
            kinds.insert(format!("judged.{key}"), kind(FactShape::Event, format!("“{}”的评定得分", indicator.name), "百分之一分"));
        }
    }
    kinds
}
