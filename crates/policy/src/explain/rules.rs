//! What duties, indicators, activities, settings and mechanisms say.

use super::{title, words};
use crate::{Activity, Document, Duty, Expression, Indicator, Mechanism, Pack, Reading, Role, Roster, Setting, SettingValue, Workbook, table_name};

pub(super) fn duty(pack: &Pack, duty: &Duty) -> Vec<String> {
    let kinds = words::names(&pack.organisation_kinds, &duty.kinds, |kind| &kind.name);
    let fields = match duty.fields.as_slice() {
        [] => String::new(),
        fields => format!("（{}领域）", words::names(&pack.fields, fields, |field| &field.name)),
    };
    let activity = pack.activities.get(&duty.activity).map_or(duty.activity.as_str(), |activity| &activity.name);
    let mut said = Vec::new();
    for times in &duty.times {
        said.push(format!("自{}起，{kinds}{fields}{}开展“{activity}”不少于{}次。", words::day(times.from), duty.per.label(), times.is));
    }
    let also: Vec<&str> =
        pack.activities.values().filter(|other| other.also_satisfies.contains(&duty.activity)).map(|other| other.name.as_str()).collect();
    if !also.is_empty() {
        said.push(format!("“{}”也算。", also.join("”“")));
    }
    applies(pack, duty.applies_when.as_ref(), duty.otherwise.as_deref(), &mut said);
    said.push(format!("经上级同意补开的，每次按{}次计。", words::number(duty.late_counts)));
    said
}

fn applies(pack: &Pack, when: Option<&Expression>, otherwise: Option<&str>, said: &mut Vec<String>) {
    if let Some(when) = when {
        said.push(format!("只在满足条件时适用：{}。", words::expression(pack, when)));
        if let Some(otherwise) = otherwise {
            said.push(format!("不适用的写明：{otherwise}。"));
        }
    }
}

pub(super) fn indicator(pack: &Pack, indicator: &Indicator) -> Vec<String> {
    let mut said = Vec::new();
    match (&indicator.value, &indicator.of) {
        (None, _) => said.push(format!("{}由人评定一次，写明依据。", indicator.per.label())),
        (Some(value), None) => said.push(format!("{}看一次：{}。", indicator.per.label(), words::expression(pack, value))),
        (Some(value), Some(of)) => {
            said.push(format!(
                "{}看一次比例：分子是{}，分母是{}。",
                indicator.per.label(),
                words::expression(pack, value),
                words::expression(pack, of)
            ));
        }
    }
    for target in &indicator.target {
        // A share needs no unit behind it.
        let unit = if target.is.value.is_integer() { indicator.unit.as_str() } else { "" };
        said.push(format!("自{}起，目标是{} {unit}", words::day(target.from), target.is).trim_end().to_owned() + "。");
    }
    applies(pack, indicator.applies_when.as_ref(), indicator.otherwise.as_deref(), &mut said);
    if let Some(when) = &indicator.evidenced_when {
        said.push(format!("有下面的依据才下结论，否则为“无依据”：{}。", words::expression(pack, when)));
    }
    if let Some(duty) = indicator.duty.as_ref().and_then(|key| pack.duties.get(key)) {
        said.push(format!("责任“{}”的免除和启用日期同样适用。", duty.name));
    }
    said.extend(indicator.reading.clone());
    said
}

pub(super) fn activity(pack: &Pack, activity: &Activity) -> Vec<String> {
    let who = |roster: Roster| match roster {
        Roster::AllMembers => "全体党员",
        Roster::VotingMembers => "有表决权的党员",
        Roster::Committee => "支部委员会委员",
        Roster::Group => "党小组的党员",
        Roster::None => "由记录人填写",
    };
    let mut said = vec![format!("应到人员：{}。", who(activity.roster))];
    if let Some(voters) = activity.voters {
        said.push(format!("参加表决的是{}，请假、免于参加的也算在内。", who(voters)));
    }
    for setting in [&activity.quorum, &activity.majority].into_iter().flatten().filter_map(|key| pack.settings.get(key)) {
        if let Some(SettingValue::Text(share)) = setting.value.last().map(|value| &value.is) {
            said.push(format!("{} {share}。", setting.name));
        }
    }
    if activity.counts_training_hours {
        said.push("时长计入学时。".to_owned());
    }
    if !activity.contents.is_empty() {
        said.push(format!("可选内容：{}。", activity.contents.join("、")));
    }
    if !activity.aliases.is_empty() {
        said.push(format!("表中写作“{}”的也是它。", activity.aliases.join("”“")));
    }
    if !activity.also_satisfies.is_empty() {
        said.push(format!("同时算作：{}。", words::names(&pack.activities, &activity.also_satisfies, |other| &other.name)));
    }
    said
}

pub(super) fn setting(setting: &Setting) -> Vec<String> {
    let unit = setting.unit.as_deref().unwrap_or_default();
    let one = |value: &SettingValue| match value {
        SettingValue::Whole(n) => format!("{n}{unit}"),
        SettingValue::Truth(truth) => (if *truth { "是" } else { "否" }).to_owned(),
        SettingValue::Text(text) => format!("{text}{unit}"),
    };
    setting.value.iter().map(|value| format!("自{}起：{}。", words::day(value.from), one(&value.is))).collect()
}

pub(super) fn document(document: &Document) -> Vec<String> {
    document.issued_on.iter().map(|day| format!("{}印发。", words::day(*day))).collect()
}

pub(super) fn workbook(workbook: &Workbook) -> Vec<String> {
    let (required, other): (Vec<_>, Vec<_>) = workbook.columns.iter().partition(|column| column.required);
    let list = |columns: Vec<&crate::WorkbookColumn>| columns.iter().map(|column| column.heading.clone()).collect::<Vec<_>>().join("、");
    vec![format!("必填的列：{}。", list(required)), format!("可有可无的列：{}。", list(other))]
}

pub(super) fn role(pack: &Pack, role: &Role) -> Vec<String> {
    let mut said = vec![format!("共有{}项权限。", role.capabilities.len())];
    if !role.delegates.is_empty() {
        said.push(format!("可以在自己的范围内授予：{}。", words::names(&pack.roles, &role.delegates, |role| &role.name)));
    }
    if !role.prepares.is_empty() {
        let names = words::names(&pack.roles, &role.prepares, |role| &role.name);
        said.push(format!("可以在自己的范围内拟授：{names}；经有权授予的人确认才生效。"));
    }
    said
}

pub(super) fn mechanism(reading: &Reading, mechanism: &Mechanism) -> Vec<String> {
    let mut said = vec![format!("属于“{}”。", mechanism.group)];
    match &mechanism.primitive {
        None => said.push("尚未由系统承载。".to_owned()),
        Some(_) => {
            let entries: Vec<String> = mechanism.entries.iter().map(|entry| named(reading, entry)).collect();
            said.push(format!("由这些规则承载：{}。", entries.join("；")));
        }
    }
    if !mechanism.users.is_empty() {
        said.push(format!("使用的人：{}。", words::names(&reading.pack.roles, &mechanism.users, |role| &role.name)));
    }
    said.extend(mechanism.closes_when.as_ref().map(|when| format!("办结的标志：{when}。")));
    said
}

/// 责任“按月开展主题党日”.
fn named(reading: &Reading, entry: &str) -> String {
    let table = entry.split_once('.').map_or("", |(table, _)| table);
    format!("{}“{}”", table_name(table), title(reading, entry))
}
