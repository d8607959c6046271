//! Clauses before a demand that belong to its span: they hold its subject, its object, or what its limit is about.

use crate::deliverable::names_paper;
use crate::group::{is_bare_number, only_finishes};
use crate::modality::{Tense, has_modal_yao, is_means, is_purpose, is_topic, tense};
use crate::numerals::is_numeric;
use crate::part::Part;
use crate::quantity::Quantity;
use crate::units::subject;
use crate::words::{ends_any, has_any, n_chars, starts_any};

/// A clause before the seed that holds its subject or its object.
pub(crate) fn leads(text: &str, before: &Part, seed: &Part, is_adjacent: bool) -> bool {
    if !is_adjacent || tense(before.text(text)) == Tense::Past {
        return false;
    }
    let (lead, spoken) = (before.text(text), seed.text(text));
    // 会议对三家单位提出批评，同意…的请示: said of itself.
    if starts_any(lead, &["会议", "同意", "原则同意"]) && ends_any(lead, &["批评", "肯定", "表扬", "请示", "汇报", "报告"]) {
        return false;
    }
    let acts = starts_any(lead, &["撤销", "撤并", "整合", "整顿", "调整", "取消", "消除", "合并", "清理", "关停"]);
    let has_own_topic = lead.starts_with('对') && spoken.starts_with('对');
    // 1万元以上的要报镇里审批，…: what is asked of them already.
    let is_asked_of = !lead.ends_with('的') && has_modal_yao(lead) && !has_modal_yao(spoken) && before.due.is_none();
    let tells_which = before.has_condition && !acts && !has_own_topic && !is_asked_of;
    if tells_which && !lead.ends_with('的') {
        return true;
    }
    // 各支部参加…，并联系2户: the subject stands in the clause that 并 goes on from.
    if spoken.starts_with('并') && !is_means(lead) && !is_purpose(lead) && n_chars(lead) <= 36 && (!subject(lead).is_empty() || n_chars(spoken) <= 24)
    {
        return true;
    }
    // 人选按程序确定，联审应在收到意见后10个工作日内完成: what is done by then has its own name.
    let is_named = only_finishes(seed, text)
        && seed.due.as_ref().is_some_and(|d| n_chars(&spoken[..d.start]) > if d.value.starts_with('P') && !is_nominal(lead) { 2 } else { 6 });
    if (only_finishes(seed, text) && !is_named || finishes_again(seed, lead, text) || is_bare_number(seed, text))
        && !lead.starts_with("通过")
        && !is_purpose(lead)
    {
        return true;
    }
    // 推荐材料一式三份，于6月5日前报…: what is handed in.
    if starts_any(seed.after_due(text), &["报", "交", "送", "上报", "提交", "反馈"]) && (names_paper(lead) || lead.ends_with('份')) {
        return true;
    }
    if is_topic(lead) && !before.is_deliverable && !has_any(lead, &["逐", "实行", "推行"]) {
        return true;
    }
    // 每个班子里，懂经营的至少要有一个: among whom.
    if starts_any(lead, &["每", "各"]) && ends_any(lead, &["里", "中"]) {
        return true;
    }
    // 社区接到诉求后，2个工作日内回应
    if lead.ends_with('后') && seed.due.as_ref().is_some_and(|d| d.value.starts_with('P')) {
        return true;
    }
    // 一个部门对一个村的检查，一年不超过1次: a period and a number say nothing without the clause before.
    if seed.frequency_stands()
        && n_chars(spoken) <= 11
        && starts_any(spoken, &["一年", "全年", "每年", "每月", "每季", "每半年", "每周"])
        && starts_any(
            spoken.trim_start_matches(['一', '全', '每', '半']).trim_start_matches(['年', '月', '季', '周', '度', '内']),
            &["不", "最多", "至少", "控制"],
        )
        && spoken.ends_with(['次', '场', '期'])
    {
        return !is_means(lead);
    }
    // 项目经理要列席会议，一个季度至少列席一次: the same verb again, with how often.
    if seed.frequency_stands() && n_chars(spoken) <= 12 && !subject(lead).is_empty() && !before.has_criterion() && repeats_verb(seed, spoken, lead) {
        return true;
    }
    // 办理意外伤害保险，保额不低于50万元: the size of what was just named.
    let is_size = n_chars(spoken) <= 11
        && ["额", "时长", "规模", "篇幅", "比例", "占比", "数量", "人数", "权重", "分值"]
            .iter()
            .any(|size| spoken.find(size).is_some_and(|at| n_chars(&spoken[..at]) <= 2));
    if is_size && !before.has_criterion() && !lead.starts_with("通过") && n_chars(lead) <= 30 {
        return true;
    }
    // 平均时间，不能少于20天; 10类乱象，7月10日前见底清零: what is spoken of, then what shall become of it.
    if is_nominal(lead) && !before.has_criterion() && is_comment(seed, text) {
        return true;
    }
    // A clause that opens with its modal has its subject before it.
    let is_bound = starts_any(spoken, &["应当", "必须", "须", "应", "限期", "最长", "但", "不得", "由", "原则上"])
        || spoken.strip_prefix("一般").is_some_and(|rest| starts_any(rest, &["不", "每", "应", "在", "为", "安排", "于", "由", "控制", "按", "要"]));
    // 11所缺书记的学校，须在7月底前…: how many it is about.
    let is_counted = lead.starts_with(is_numeric) && is_nominal(lead) && is_bound;
    // 将申请书、…等，交党委; 无档案的，建立档案; 负债率高于60%的，半年内…
    let is_case = ends_any(lead, &["等", "的"]) && !before.has_criterion()
        || lead.ends_with('的') && seed.due.as_ref().is_some_and(|d| d.start == 0 && d.value.starts_with('P'));
    if spoken.starts_with('但') || is_bound && !is_means(lead) || is_counted || is_case {
        return true;
    }
    // 时长要逐步赶上来，今年力争达到13小时: the target of what the clause before speaks of.
    let aims = ["力争达到", "争取达到", "要达到", "达到", "力争超过", "要超过", "确保达到", "不低于", "不少于", "不超过"];
    let is_rising = ["上来", "上去", "起来", "下来", "下去", "下降", "提升", "提高"].iter().any(|end| lead.ends_with(end));
    if is_rising && !before.has_criterion() && has_any(lead, &["要", "应", "须"]) && starts_any(seed.after_due(text), &aims) && n_chars(lead) <= 24
    {
        return true;
    }
    // 举办培训班，分三期培训126人: in how many parts.
    let is_parted = spoken.strip_prefix('分').is_some_and(|rest| rest.starts_with(is_numeric)) && !before.has_criterion();
    if is_parted && !is_means(lead) && !is_purpose(lead) && !subject(lead).is_empty() {
        return true;
    }
    // 举办研修班，时间不少于三天: the length of what was just named.
    let is_dependent = starts_any(spoken, &["时间", "时长", "为期", "会期", "历时", "实现", "力争", "其中", "确保在", "期限", "每次不", "每期不"])
        && !spoken.starts_with("其中：");
    is_dependent && !before.has_criterion() && !is_means(lead) && n_chars(lead) <= 30 && n_chars(spoken) <= 16
}

/// 开展轮训，5月上旬前轮训完毕: the date says again what it is for.
fn finishes_again(part: &Part, lead: &str, text: &str) -> bool {
    let after = part.after_due(text).trim();
    let stem = ["完毕", "完成", "到位", "结束"].iter().find_map(|end| after.strip_suffix(end));
    let is_dated = part.due.as_ref().is_some_and(|d| d.is_strong) && part.quantity.is_none() && part.period.is_none();
    is_dated && stem.is_some_and(|stem| (2..=4).contains(&n_chars(stem)) && lead.contains(stem))
}

/// 从4月开始: where a length of time begins whose end is asked for.
pub(crate) fn is_start(clause: &str) -> bool {
    starts_any(clause, &["从", "自"]) && ends_any(clause, &["开始", "起", "启动"]) && n_chars(clause) <= 14
}

/// A clause with no verb that a demand could begin with: 检查事项, 处级干部每年调研的时间.
pub(crate) fn is_nominal(clause: &str) -> bool {
    const VERBS: [&str; 46] = [
        "加强",
        "深化",
        "推进",
        "推动",
        "完善",
        "健全",
        "落实",
        "抓好",
        "做好",
        "开展",
        "组织",
        "坚持",
        "强化",
        "提升",
        "提高",
        "优化",
        "规范",
        "严格",
        "压实",
        "创新",
        "拓展",
        "丰富",
        "建立",
        "建设",
        "制定",
        "发挥",
        "引导",
        "召开",
        "举办",
        "注重",
        "突出",
        "统筹",
        "整合",
        "把",
        "将",
        "让",
        "使",
        "确保",
        "实施",
        "按照",
        "根据",
        "结合",
        "紧盯",
        "实行",
        "作为",
        "按程序",
    ];
    n_chars(clause) <= 26
        && !starts_any(clause, &VERBS)
        && !clause.starts_with('对')
        && !is_means(clause)
        && !is_purpose(clause)
        && !has_any(clause, &["要", "应", "须", "不能", "不得", "进行", "开展", "负责"])
}

/// The clause goes on about what the one before named: a modal, a limit, or a date with a few words of what is done.
fn is_comment(seed: &Part, text: &str) -> bool {
    let (spoken, after) = (seed.text(text), seed.after_due(text));
    let is_dated = seed.due.as_ref().is_some_and(|d| d.is_strong && d.start == 0);
    let is_bound = starts_any(
        if is_dated { after } else { spoken },
        &["要", "按", "不能", "不得", "不要", "不可", "不应", "必须", "全部", "一律", "均", "都", "多的", "最多"],
    ) && !spoken.starts_with("要求")
        && subject(spoken).is_empty();
    let is_counted = seed.quantity.as_ref().is_some_and(|q| *q != Quantity::whole());
    let is_short = is_dated && !is_counted && n_chars(after) <= 7 && !after.starts_with(['，', '前']);
    let is_bare = seed.frequency_stands() && is_bare_number(seed, text) || starts_any(spoken, &["每个月不", "每月不", "每年不", "每季度不"]);
    is_bound || is_short || is_bare
}

/// Whether the verb between the seed's period and its number stands in the clause before it.
fn repeats_verb(seed: &Part, spoken: &str, lead: &str) -> bool {
    let Some(period) = seed.period.as_ref().filter(|period| period.start <= '在'.len_utf8()) else { return false };
    let said = spoken[period.end..].trim_start_matches(['要', '应', '须']).trim_start_matches("至少");
    let verb: String = said.chars().take(2).collect();
    said[verb.len()..].starts_with(is_numeric) && n_chars(&said[verb.len()..]) <= 3 && lead.contains(&verb)
}
