//! Requirement or not: past achievements, problems, conditions, sanctions, means, hedges, preambles.

use crate::numerals::is_numeric;
use crate::words::{blot, brackets, ends_any, has_any, n_chars, starts_any};

/// 现将有关事项通知如下: the sentence that introduces the document.
pub(crate) fn is_preamble(sentence: &str) -> bool {
    // 为了解情况，经研究，决定开展一次…: why and on whose word the paper is written.
    let gives_reason =
        starts_any(sentence, &["为", "根据", "按照", "依据", "经", "针对"]) && has_any(sentence, &["决定", "定于", "现将", "现就", "现对"]);
    // 制定本办法, and not 制定本地区计划.
    let papers = ["方案", "办法", "细则", "意见", "规定", "制度", "规则", "条例", "计划", "要点", "清单", "通知", "规范", "措施", "标准"];
    let enacts = ["制定本", "制订本"].iter().any(|word| {
        sentence.split_once(word).is_some_and(|(_, paper)| {
            let kinds = ["实施", "工作", "行动", "管理", "暂行", "具体"];
            starts_any(kinds.iter().find_map(|kind| paper.strip_prefix(kind)).unwrap_or(paper), &papers)
        })
    });
    if gives_reason || enacts {
        return true;
    }
    has_any(
        sentence,
        &[
            "印发给你们",
            "转发给你们",
            "通知如下",
            "纪要如下",
            "要求如下",
            "部署如下",
            "方案如下",
            "意见如下",
            "议定如下",
            "事项如下",
            "计划如下",
            "安排如下",
            "制定如下",
            "特制定",
            "特制订",
            "结合实际，现就",
            "现决定",
            "经研究决定",
            "决定于",
            "提出如下",
        ],
    )
}

/// Headings under which the document looks back.
pub(crate) fn looks_back(head: &str) -> bool {
    n_chars(head) <= 40
        && has_any(
            head,
            &[
                "回顾",
                "主要成效",
                "取得的成绩",
                "肯定成绩",
                "取得成效",
                "工作成效",
                "存在的问题",
                "存在问题",
                "主要问题",
                "不足",
                "现状",
                "基本情况",
                "主要做法",
                "工作开展情况",
                "背景",
                "问题表现",
                "具体表现",
                "主要表现",
            ],
        )
        && !has_any(head, &["整改", "解决", "补齐", "针对", "扣"])
        && !head.match_indices("不足").any(|(at, word)| head[at + word.len()..].starts_with(is_numeric))
}

/// （二）申报条件: what follows says who qualifies.
pub(crate) fn names_conditions(head: &str) -> bool {
    let label = head.split(['。', '：', ':']).next().unwrap_or(head);
    n_chars(label) <= 10
        && ends_any(label, &["条件", "资格", "任职资格", "基本条件", "条件要求", "资格条件"])
        && !has_any(label, &["改善", "保障", "创造", "工作条件"])
}

/// What a clause says about the time it speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tense {
    /// Opens a look back that lasts until a clause looks ahead.
    OpensPast,
    /// Past by itself.
    Past,
    Ahead,
    Open,
}

/// Words that open a review of work done, which lasts for the paragraph.
pub(crate) fn opens_review(clause: &str) -> bool {
    starts_any(
        clause,
        &[
            "近年来",
            "一年来",
            "过去一年",
            "过去的一年",
            "今年以来",
            "去年以来",
            "总的看",
            "总的来看",
            "总体看",
            "总体来看",
            "总体上看",
            "回顾",
            "刚才",
            "经查",
            "经调查",
            "经核查",
            "调研发现",
            "检查发现",
            "督查发现",
            "半年来",
            "五年来",
            "几年来",
            "上半年来",
            "会议认为",
            "会议指出",
        ],
    ) || has_any(clause, &["还有差距", "存在差距", "仍存在", "还存在", "存在一些", "存在不少", "不容忽视", "还有不少问题"])
        || has_any(clause, &["清醒看到", "清醒认识", "应该看到", "应当看到", "要看到", "不少问题"])
        || blames(clause)
        || clause.ends_with("来看") && n_chars(clause) <= 30
}

/// 有的单位…, 少数支部…: what some do wrong, whom no demand addresses.
fn blames(clause: &str) -> bool {
    starts_any(clause, &["有的", "有些", "少数", "个别", "一些地方", "一些单位", "一些党", "部分党", "部分单位", "部分地方"])
        && !has_modal_yao(clause)
        && !has_any(clause, &["应", "须", "允许", "可"])
}

/// The document reports on work done (现将…情况汇报如下) rather than asking for it.
pub(crate) fn is_report(opening: &str) -> bool {
    has_any(opening, &["汇报如下", "总结如下", "报告如下", "述职如下"])
}

/// 下一步, 今后: where a report turns to plans.
pub(crate) fn turns_ahead(sentence: &str) -> bool {
    has_any(sentence, &["下一步", "下步", "今后", "接下来", "工作打算", "工作计划", "努力方向", "整改措施", "工作思路"])
}

/// A modal 要, not the one in 重要, 主要, 需要 or 要求.
pub(crate) fn has_modal_yao(clause: &str) -> bool {
    clause.match_indices('要').any(|(at, _)| {
        !ends_any(&clause[..at], &["主", "重", "需", "纪", "概", "摘", "首", "必", "险", "提"])
            && !starts_any(&clause[at + '要'.len_utf8()..], &["求", "素", "点", "害", "件", "闻", "领", "义"])
    })
}

/// Past, ahead, or open.
pub(crate) fn tense(clause: &str) -> Tense {
    let opens_past = starts_any(
        clause,
        &[
            "近年来",
            "去年",
            "前年",
            "目前",
            "截至",
            "截止目前",
            "今年以来",
            "一年来",
            "几年来",
            "过去",
            "刚才",
            "此前",
            "以往",
            "前期",
            "近期以来",
            "长期以来",
            "多年来",
            "党的十八大以来",
            "当前",
            "但",
            "但是",
            "从检查",
            "从调研",
            "如今",
            "三年前",
            "两年前",
            "几年前",
            "那时",
            "当时",
            "眼下",
            "至今",
            "前不久",
            "前段时间",
            "上次",
            "上回",
            "上个月",
            "会议听取",
            "会议传达",
            "会议通报",
            "会议还通报",
            "一年下来",
            "几年下来",
            "算下来",
            "上学年",
            "上学期",
            "上季度",
            "上年度",
            "根据前期",
            "经前期",
            "经排查",
            "经摸排",
            "据统计",
        ],
    ) && !clause.starts_with("但不")
        || clause.ends_with("下来") && n_chars(clause) <= 6
        || sums_up(clause)
        || exists(clause)
        || is_first_months(clause)
        || is_recent_years(clause)
        || is_years_ago(clause)
        || tells_of_others(clause)
        || tells_what_was_put_forward(clause)
        || clause.find("目前").is_some_and(|at| n_chars(&clause[..at]) <= 4)
        || clause.contains("以来") && !clause.contains("以来的") && n_chars(clause) <= 14;
    if opens_past && !has_any(clause, &["必须", "应当", "不得"]) && !turns_to_demand(clause) {
        return Tense::OpensPast;
    }
    // （已经取消的不算数）: a remark tells nothing of the time.
    let plain = blot(clause, &brackets(clause));
    let clause = plain.as_str();
    let is_done = reports(clause)
        || clause.match_indices('已').any(|(at, _)| !is_attributive(&clause[at..]))
        || has_counted_result(clause)
        || tells_of_past_years(clause)
        || has_any(clause, &["主持召开", "主持会议"])
        || has_any(clause, &["完成了", "建成了", "举办了", "开展了", "取得了", "实现了", "建立了", "组织了", "形成了", "先后", "增长到", "荣获"])
        || clause.contains("累计") && !has_any(clause, &["内累计", "累计不", "每年累计", "累计达到", "不得", "不超过", "不足", "少于", "低于"])
        || (clause.contains("提高到") || clause.contains("上升到"))
            && ["由", "从"].iter().any(|from| clause.find(from).is_some_and(|at| clause[at + from.len()..].starts_with(is_numeric)));
    if is_done {
        return Tense::Past;
    }
    let is_ahead = has_modal_yao(clause)
        || has_any(clause, &["应当", "必须", "确保", "力争", "从今年起", "下一步", "接下来", "争取", "底前"])
        || has_any(clause, &["不少于", "不低于", "不得", "至少", "最少", "最多"])
        || starts_any(clause, &["请", "须", "会议要求", "会议强调", "会议决定", "会议明确", "会议议定", "会议确定", "会议同意"])
        || starts_any(clause, &["经讨论", "经研究", "经审议", "核定", "议定"])
        || starts_any(clause, &["同意", "原则同意", "责成", "会议责成", "会议原则同意", "会议一致同意", "要求"])
        || clause.starts_with('到') && !starts_any(clause, &["到位", "到会", "到场", "到岗", "到账", "到任"])
        || clause.starts_with('由') && has_any(clause, &["成立", "牵头", "负责", "组成"])
        || clause.starts_with('从') && !starts_any(clause, &["从业", "从事"])
        || starts_any(
            clause,
            &["今后", "往后", "以后", "下半年", "明年", "下学期", "下一阶段", "今年再", "今年还", "今年计划", "今年拟", "今年力争"],
        );
    if is_ahead { Tense::Ahead } else { Tense::Open }
}

/// 但钱要花在刀刃上, 去年试行的讲堂要接着办: a modal after a word that only joins, or after what was described by its past.
fn turns_to_demand(clause: &str) -> bool {
    let described =
        || starts_any(clause, &["去年", "前年", "前期", "上年度", "上学期"]) && clause.find('的').is_some_and(|at| has_modal_yao(&clause[at..]));
    clause.starts_with('但') && has_modal_yao(clause) || described()
}

/// 他们把党员分到网格: what others did, told as an example.
fn tells_of_others(clause: &str) -> bool {
    starts_any(clause, &["他们把", "他们将", "他们用", "他们从", "他们在", "他们靠", "人家"])
        && !has_modal_yao(clause)
        && !has_any(clause, &["应", "须", "不能", "不得"])
}

/// 后勤科提出方案: what follows was put before the meeting, not decided by it.
fn tells_what_was_put_forward(clause: &str) -> bool {
    let is_told =
        ends_any(clause, &["提出", "汇报", "反映", "通报"]) && !has_any(clause, &["会议", "要", "应", "每", "一", "半", "季", "月", "年", "次"]);
    is_told && (4..=10).contains(&n_chars(clause)) && !has_modal_yao(clause)
        || ends_any(clause, &["提出方案", "提出申请", "提出建议", "作了说明", "作了汇报", "提交了方案"])
            && n_chars(clause) <= 14
            && !has_modal_yao(clause)
}

/// 一年前, 五个月前: when the tale is set.
fn is_years_ago(clause: &str) -> bool {
    let rest = clause.trim_start_matches(is_numeric);
    rest.len() < clause.len() && starts_any(rest, &["年前", "个月前", "天前"]) && n_chars(clause) <= 6
}

/// 近三年, 近5年: a look back over years.
fn is_recent_years(clause: &str) -> bool {
    let years = clause.strip_prefix('近').map(|rest| rest.trim_start_matches(|c: char| is_numeric(c) || matches!(c, '几' | '些')));
    years.is_some_and(|rest| rest.starts_with(['年', '两']) && !has_any(clause, &["内", "必须"]))
}

/// 反馈了意见, 召开了大会: 了 after a verb tells what was done, unless the clause binds.
fn reports(clause: &str) -> bool {
    const OTHER_WORDS: [&str; 6] = ["为", "除", "罢", "算", "得", "不"];
    let tells = clause.match_indices('了').any(|(at, word)| {
        let after = &clause[at + word.len()..];
        !after.is_empty() && !starts_any(after, &["解", "结", "然", "的", "一", "，"]) && !ends_any(&clause[..at], &OTHER_WORDS)
    });
    tells && !has_modal_yao(clause) && !has_any(clause, &["应", "须", "请", "确保", "力争", "把", "将", "避免", "防止", "扣"])
}

/// 从三年前负债到去年盈利: the years that are told of are over, unless they are only what a target is measured by.
fn tells_of_past_years(clause: &str) -> bool {
    let tells = ["去年", "前年", "年前负", "那年"].iter().any(|word| {
        clause.match_indices(word).any(|(at, _)| {
            let is_measure = ends_any(&clause[..at], &["比", "较", "同", "与", "在", "按", "以"]);
            !is_measure && !starts_any(&clause[at + word.len()..], &["基础", "的基础", "同期", "水平", "的水平"])
        })
    });
    tells && !has_modal_yao(clause) && !has_any(clause, &["应当", "必须", "确保", "力争", "底前", "不低于", "不少于"])
}

/// 听了六个单位的发言, 新建了12处: 了 before a number reports, unless the clause asks for it (要培养了2名…).
fn has_counted_result(clause: &str) -> bool {
    // 讲过三遍, and not 超过三遍.
    let has_been = clause.match_indices('过').any(|(at, word)| {
        clause[at + word.len()..].starts_with(is_numeric) && clause.ends_with('了') && !ends_any(&clause[..at], &["超", "通", "经", "不", "突"])
    });
    let has_done = clause.match_indices('了').any(|(at, word)| clause[at + word.len()..].starts_with(is_numeric));
    (has_done || has_been) && !has_modal_yao(clause)
}

/// 已销号的村 and 已建成示范点… describe which ones.
fn is_attributive(from_done: &str) -> bool {
    from_done.chars().take(12).any(|c| c == '的') && !from_done.chars().take(2).any(|c| c == '经')
}

/// The sentence states a deduction, so that its shortfalls are targets.
pub(crate) fn is_penalty(sentence: &str) -> bool {
    has_any(sentence, &["扣分", "不得分", "不计分"])
        || sentence.match_indices('扣').any(|(at, _)| {
            let after = &sentence[at + '扣'.len_utf8()..];
            after.starts_with(is_numeric) && after.chars().take(6).any(|c| c == '分')
        })
}

/// The sentence grants points.
pub(crate) fn is_bonus(sentence: &str) -> bool {
    sentence.match_indices('加').any(|(at, _)| {
        let after = &sentence[at + '加'.len_utf8()..];
        after.starts_with(is_numeric) && after.chars().take(5).any(|c| c == '分') || after.starts_with("分")
    }) || sentence.match_indices('奖').any(|(at, _)| {
        let after = &sentence[at + '奖'.len_utf8()..];
        after.starts_with(is_numeric) && after.chars().take(5).any(|c| c == '分')
    })
}

/// 达到20万元得15分, 优秀得满分: a step of a scale, which grades what was reached and asks for nothing.
pub(crate) fn is_grade(clause: &str) -> bool {
    clause.contains("即可得分")
        || ["得", "计", "记", "积"].iter().any(|verb| {
            clause.match_indices(verb).any(|(at, _)| {
                let after = &clause[at + verb.len()..];
                after.starts_with(is_numeric) && after.chars().take(6).any(|c| c == '分') || starts_any(after, &["满分", "基本分", "该项分"])
            })
        })
}

/// 给予5000元奖励: what is handed out for merit.
pub(crate) fn is_reward(clause: &str) -> bool {
    let is_given = has_any(clause, &["给予", "予以", "发放", "颁发", "一次性奖"]);
    let is_sum = clause.match_indices("奖励").any(|(at, word)| clause[at + word.len()..].starts_with(is_numeric));
    clause.contains('元') && (has_any(clause, &["奖励", "奖金", "奖补"]) && is_given || is_sum || clause.contains("一次性奖"))
}

/// 方可…, 视为…: the clause before it said under which condition.
pub(crate) fn makes_conditional(clause: &str) -> bool {
    starts_any(clause, &["方可", "方能", "方为", "始得", "才能", "才可", "即可", "即为", "视为", "可视为", "始为"])
}

/// 抽查2份记录, 电话回访50户: what the assessors do, not the assessed.
pub(crate) fn is_check(clause: &str) -> bool {
    let clause =
        clause.trim_start_matches("通过").trim_start_matches("采取").trim_start_matches("随机").trim_start_matches("现场").trim_start_matches("实地");
    starts_any(
        clause,
        &["抽查", "抽取", "抽样", "查阅", "查看", "查验", "核查", "访谈", "走访", "电话", "回访", "问卷", "测评", "询问", "提问", "暗访"],
    )
}

/// 没有35岁以下干部的扣分, 无女性委员的扣分: a kind of person of whom there should be one.
pub(crate) fn lacks_person(clause: &str) -> bool {
    const PERSONS: [&str; 12] = ["干部", "委员", "成员", "党员", "书记", "组织员", "网格员", "联络员", "指导员", "人员", "工作者", "积极分子"];
    let kind = ["没有", "无"].iter().find_map(|word| Some(clause.split_once(word)?.1)).unwrap_or_default();
    let kind = kind.split('扣').next().unwrap_or(kind).trim_end_matches('的');
    // 无专职副书记: a post that is to be set up.
    ends_any(kind, &PERSONS) && n_chars(kind) <= 16 && !kind.starts_with("专职")
}

/// Within a deduction: the clause names a shortfall.
pub(crate) fn is_shortfall(clause: &str) -> bool {
    has_any(clause, &["未", "少于", "低于", "不足", "不到", "没有", "达不到", "缺少", "不满", "小于"])
        || starts_any(clause, &["无", "缺"]) && !clause.chars().nth(1).is_some_and(is_numeric)
}

/// …的，: which ones are meant, eligibility, or the case a sanction applies to.
pub(crate) fn is_condition(clause: &str) -> bool {
    is_reached_case(clause)
        || has_passed(clause)
        || clause.contains("天以上") && ends_any(clause, &["批", "批准", "审批", "备案"])
        || (clause.ends_with('的') || clause.ends_with('者') && !ends_any(clause, &["工作者", "志愿者", "劳动者"])) && !clause.starts_with("其中")
        || clause.starts_with('占') && n_chars(clause) <= 7 && !has_any(clause, &["以上", "不", "达"])
        || has_any(clause, &["成绩占", "表现占", "得分占", "分值占", "各占"])
        || has_any(clause, &["方可", "才能", "才可", "不宜", "不予", "可享受", "可申请", "可予", "周岁", "年满", "党龄满"])
            && !has_any(clause, &["不低于", "不少于"])
}

/// 不低于80分方可进入下一步: the mark that opens the way.
fn has_passed(clause: &str) -> bool {
    let at = |words: &[&str]| words.iter().filter_map(|word| clause.find(word)).min();
    at(&["方可", "方能", "才能", "才可"]).is_some_and(|gate| at(&["不低于", "不少于", "达到", "超过"]).is_some_and(|mark| mark < gate))
}

/// 结余达到2%时不再安排: the case in which something is done.
fn is_reached_case(clause: &str) -> bool {
    ["%时", "％时", "元时", "名时", "人时", "个时"].iter().any(|case| {
        let before = clause.split_once(case).map(|(before, _)| before);
        before.is_some_and(|before| before.ends_with(is_numeric) && has_any(before, &["达到", "超过", "低于", "不足", "少于", "降到", "满"]))
    })
}

/// The consequence for those who fall behind.
pub(crate) fn is_sanction(clause: &str) -> bool {
    // （已经取消的不算数） is a remark.
    let plain = blot(clause, &brackets(clause));
    let clause = plain.as_str();
    has_any(
        clause,
        &[
            "约谈",
            "问责",
            "通报批评",
            "追究",
            "取消",
            "免职",
            "处分",
            "一票否决",
            "予以通报",
            "除名",
            "停止党籍",
            "评先",
            "不得评优",
            "不得参评",
            "不得推荐",
            "核减",
            "扣减",
        ],
    ) || has_any(clause, &["一次的", "1次的"]) && has_any(clause, &["记", "罚", "通报", "约谈"])
        || starts_any(clause, &["每少", "每缺", "每降低", "每低", "每发现", "每增加", "每超"])
}

/// Unbinding verbs: without a number or a limit they ask for nothing.
pub(crate) fn is_hedged(clause: &str) -> bool {
    starts_any(
        clause,
        &["鼓励", "支持", "探索", "可", "有条件", "根据需要", "倡导", "提倡", "引导和鼓励", "积极探索", "也可", "视情", "适时", "逐步探索"],
    ) || has_any(
        clause,
        &["可以", "的可与", "的可单独", "的可参照", "可采取", "可采用", "可通过", "可根据", "要探索", "探索建立", "探索推行", "根据工作需要"],
    )
}

/// 通过…, 依托…: how, not what.
pub(crate) fn is_means(clause: &str) -> bool {
    let clause = clause.trim_start_matches('并');
    starts_any(
        clause,
        &["通过", "依托", "采取", "采用", "借助", "坚持", "发挥", "运用", "如", "以", "围绕", "聚焦", "为", "防止", "避免", "推动形成", "充分发挥"],
    ) && !has_any(clause, &["为单位", "要", "应当", "须"])
}

/// 引导党员…, 不断增强…: the purpose that closes a 通过… sentence.
pub(crate) fn is_purpose(clause: &str) -> bool {
    starts_any(clause, &["引导", "促使", "推动", "不断", "增强", "让", "使", "激励", "提升", "营造", "实现", "聚力", "切实"])
}

/// 是…, 这是…: a statement about what something is.
pub(crate) fn is_statement(clause: &str) -> bool {
    ends_any(clause, &["强调", "指出", "表示", "认为", "什么", "怎么办", "怎么干", "怎么抓"])
        || starts_any(clause, &["是", "就是", "这是", "也是", "既是", "更是", "不是", "随信附", "随文附", "所需"])
        || is_speaker(clause)
        || clause.contains("适用于") && clause.starts_with('本')
        || is_forbidden_manner(clause)
        || has_any(clause, &["我要亲自", "只剩", "还剩", "停留在", "还停在"])
        || says_what_counted_are(clause)
        || has_any(clause, &["的一次会", "的一次重", "的一次历", "是指", "负责同志担任", "称为"])
        || has_any(clause, &["讲话", "范文", "同志们"])
        || is_count_of_state(clause)
        || is_average(clause)
        || is_since(clause)
        || clause.contains("就要") && ends_any(clause, &["换届", "开始", "到了", "来了", "届满", "到期"])
        || starts_any(clause, &["不要等", "不能等", "别等"])
        || has_any(clause, &["对象为", "对象是", "范围为"])
        || approves(clause)
        || ends_in_total(clause)
        || starts_any(clause, &["比去年多", "比上年多", "比去年少", "比上年少", "较去年多", "较上年多"])
        || is_parted(clause)
        || ends_any(clause, &["不轻", "很重", "繁重", "艰巨", "重大", "之年", "关键年", "时间紧", "任务重", "事情多"])
        || announces_ways(clause)
        || clause.contains("是今年")
        || clause.contains("是全")
}

/// 路子有三条, 原因有两个: how many things are going to be named.
fn announces_ways(clause: &str) -> bool {
    let Some((named, counted)) = clause.split_once('有') else { return false };
    let unit = counted.trim_start_matches(is_numeric);
    let is_person = ends_any(named, &["每", "各", "都", "要", "须", "应", "没", "村", "社区", "支部", "镇", "中", "里", "少"]);
    (2..=4).contains(&n_chars(named)) && unit.len() < counted.len() && matches!(unit, "条" | "点" | "个" | "个方面" | "方面") && !is_person
}

/// 我在例会上要一项项问: what the speaker will do himself, unlike 我们, 我市.
fn is_speaker(clause: &str) -> bool {
    const OURS: [&str; 22] =
        ["们", "省", "市", "县", "区", "旗", "州", "镇", "乡", "街", "村", "社", "校", "院", "局", "厅", "司", "部", "国", "公司", "集团", "系"];
    clause.strip_prefix('我').is_some_and(|rest| !starts_any(rest, &OURS))
}

/// 不能一年开一次会, 照一张相就完事: how a thing is not to be done. 不能少于8个 sets a limit.
fn is_forbidden_manner(clause: &str) -> bool {
    const LIMITS: [&str; 13] = ["超", "少于", "低于", "多于", "高于", "大于", "小于", "晚于", "迟于", "不", "没有", "再", "漏"];
    // 不能当场办的十个工作日内回复: the denial only says which ones.
    let says_which = |rest: &str| rest.split_once('的').is_some_and(|(_, act)| act.contains(is_numeric));
    let forbids =
        ["不能", "不要", "不搞"].iter().filter_map(|word| clause.split_once(word)).any(|(_, rest)| !has_any(rest, &LIMITS) && !says_which(rest));
    forbids || ends_any(clause, &["就完事", "了事", "就算完", "就不管了"])
}

/// 一季度共接待来访26批: a sum of what was done, which asks for nothing.
fn sums_up(clause: &str) -> bool {
    const OPEN: [&str; 12] = ["应", "须", "不少于", "不低于", "至少", "确保", "力争", "计划", "拟", "将", "前", "内"];
    const OTHER_WORDS: [&str; 11] = ["同", "建", "驻", "享", "治", "商", "创", "青", "产", "富", "性"];
    let binds = has_modal_yao(clause) || has_any(clause, &OPEN);
    !binds
        && clause.match_indices('共').any(|(at, word)| {
            let after = &clause[at + word.len()..];
            let counts_soon = after.find(is_numeric).is_some_and(|n| (2..=8).contains(&n_chars(&after[..n])));
            counts_soon && !starts_any(after, &OTHER_WORDS) && !ends_any(&clause[..at], &["公", "总"])
        })
}

/// 前8个月人均服务3.1小时: the part of the year that is over.
fn is_first_months(clause: &str) -> bool {
    clause
        .trim_start_matches("今年")
        .strip_prefix('前')
        .is_some_and(|rest| rest.trim_start_matches(is_numeric).starts_with("个月") && rest.starts_with(is_numeric))
}

/// 平均每人联系29家, 人均仅为3.1小时: how it is, where nothing is set.
fn is_average(clause: &str) -> bool {
    const SET: [&str; 14] = ["达到", "不", "至少", "以上", "以内", "以下", "缩短", "控制", "提高", "提升", "压", "降", "确保", "力争"];
    has_any(clause, &["仅为", "只有", "仅占", "只占"]) && clause.contains(is_numeric) && !has_modal_yao(clause)
        || clause.contains("平均") && !has_any(clause, &SET)
}

/// 开学两周, 运行半年: how long ago something began.
fn is_since(clause: &str) -> bool {
    ["开学", "开局", "运行", "成立", "上任", "到任"].iter().any(|begun| {
        clause.split_once(begun).is_some_and(|(_, rest)| {
            let unit = rest.trim_start_matches(|c: char| is_numeric(c) || c == '半');
            unit.len() < rest.len() && matches!(unit, "周" | "天" | "年" | "个月" | "多年" | "多天")
        })
    })
}

/// 合计200名: the sum of the lines above.
fn ends_in_total(clause: &str) -> bool {
    let sum = ["合计", "总计", "小计"].iter().find_map(|word| clause.strip_prefix(word));
    sum.is_some_and(|rest| rest.starts_with(is_numeric) && n_chars(rest) <= 6)
}

/// 同意第二季度考核结果: what was laid before the meeting and found good.
fn approves(clause: &str) -> bool {
    starts_any(clause.trim_start_matches("会议"), &["同意", "原则同意", "一致同意", "审议通过", "原则通过"])
        && ends_any(clause, &["结果", "意见", "建议", "汇报", "报告", "请示"])
        && !has_any(clause, &["前", "报送", "印发", "形成"])
}

/// 分动员、实施、总结三个阶段进行: into what the work is divided.
fn is_parted(clause: &str) -> bool {
    clause.strip_prefix('分').is_some_and(|parts| has_any(parts, &["个阶段", "个步骤", "个环节", "阶段进行", "步走"]))
}

/// 有9个乡镇三月份没有开过会: there are such and such. 有3名以上党员的站点 are meant by what they have.
fn exists(clause: &str) -> bool {
    const BINDING: [&str; 6] = ["以上", "以下", "条件", "应", "须", "必"];
    let counted = clause.trim_start_matches(['还', '又', '也']).strip_prefix('有').filter(|rest| rest.starts_with(is_numeric));
    counted.is_some_and(|rest| !has_modal_yao(rest) && !has_any(rest, &BINDING) && !rest.ends_with('的'))
}

/// 12个小区是当前的难点: the number belongs to what is spoken of.
fn says_what_counted_are(clause: &str) -> bool {
    let Some((counted, said)) = clause.split_once('是') else { return false };
    counted.starts_with(is_numeric) && !ends_any(counted, &["要", "目标", "但", "凡", "还", "也"]) && !said.contains(is_numeric)
}

/// 三年未发展党员的村有15个, 全县现有支部620个: what there is, not what shall be.
pub(crate) fn is_count_of_state(clause: &str) -> bool {
    let binds = has_modal_yao(clause) || has_any(clause, &["应", "须", "至少", "不少于", "不低于", "确保", "力争", "都有", "实现", "达到", "底前"]);
    // 全市共有中心（站）1732个: the number closes what there is.
    let sums_up =
        has_any(clause, &["共有", "现有", "设有", "登记有"]) && clause.trim_end_matches(|c: char| !is_numeric(c)).len() + 12 >= clause.len();
    let counts = sums_up
        || ["现有", "共有", "仍有", "还有", "尚有", "的有", "村有", "部有", "中有", "点有", "只有", "仅有", "家有", "业有", "员仅", "部仅"]
            .iter()
            .any(|word| clause.match_indices(word).any(|(at, _)| clause[at + word.len()..].starts_with(is_numeric)));
    // 应换届的有12个: how many there are of those that are due.
    let is_due_sum =
        clause.rsplit_once("的有").is_some_and(|(_, sum)| sum.starts_with(is_numeric) && n_chars(sum.trim_start_matches(is_numeric)) <= 1);
    is_due_sum && !has_modal_yao(clause) || (counts || closes_in_what_there_is(clause) || closes_in_sum(clause)) && !binds
}

/// 在街道报到的党员共2280名: those described, and their sum.
fn closes_in_sum(clause: &str) -> bool {
    let Some((described, sum)) = clause.rsplit_once('共') else { return false };
    let unit = sum.trim_start_matches(|c: char| is_numeric(c) || matches!(c, '.' | '万' | '余' | '多'));
    described.contains('的') && sum.starts_with(is_numeric) && n_chars(unit) <= 2 && !has_any(described, &["计划", "全年", "拟", "发展", "新建"])
}

/// 加起来有企业340家, 在册的有党员87名: a noun and its number after 有 close what there is.
fn closes_in_what_there_is(clause: &str) -> bool {
    let is_amount = |c: char| is_numeric(c) || matches!(c, '.' | '多' | '余' | '万');
    let is_each = has_any(clause, &["每", "各", "都", "均"]);
    !is_each
        && clause.match_indices('有').any(|(at, word)| {
            let (before, after) = (&clause[..at], &clause[at + word.len()..]);
            let noun = after.find(is_numeric).map(|n| (n_chars(&after[..n]), after[n..].trim_start_matches(is_amount)));
            let closes = noun.is_some_and(|(n, unit)| (1..=6).contains(&n) && n_chars(unit) <= 2);
            closes && ends_any(before, &["起来", "现", "共", "册", "记", "计", "里", "前"])
        })
}

/// The clause only says who: 由…牵头, 县委组织部, 各支部.
pub(crate) fn is_subject(clause: &str) -> bool {
    ends_any(clause, &["牵头", "牵头负责", "具体负责", "配合", "协同", "参与"]) && n_chars(clause) <= 24
        || n_chars(clause) <= 14
            && ends_any(
                clause,
                &[
                    "支部",
                    "党委",
                    "党总支",
                    "党组",
                    "部门",
                    "单位",
                    "乡镇",
                    "街道",
                    "书记",
                    "组织部",
                    "委员会",
                    "党组织",
                    "党员",
                    "社区",
                    "镇",
                    "局",
                    "办",
                    "工委",
                    "领导小组",
                    "干部",
                    "县区",
                    "同志",
                ],
            )
            && !has_any(
                clause,
                &[
                    "要", "把", "将", "对", "成立", "建", "配", "强", "培", "发展", "选", "设在", "以前", "之前", "发到", "送到", "下发", "走到",
                    "给", "反馈", "结果", "上报", "报送",
                ],
            )
}

/// 对…，针对…: whom the requirement that follows is about. 对优秀的优先列为… says already what becomes of them.
pub(crate) fn is_topic(clause: &str) -> bool {
    if clause.split_once('的').is_some_and(|(_, act)| has_any(act, &["优先", "列为", "给予", "予以"])) {
        return false;
    }
    starts_any(clause, &["对", "针对", "凡"]) && n_chars(clause) <= 40 && !starts_any(clause, &["对标", "对照", "对接"])
}
