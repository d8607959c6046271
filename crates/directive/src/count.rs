//! Finding the quantities of a clause: what is a count, what only a name, a list or a condition.

use crate::measure::{Compared, amount, bind, comparison};
use crate::numerals::{Cursor, is_numeric, numeral_at};
use crate::quantity::{Comparator, Found, Quantity, QuantityValue};
use crate::words::{ends_any, has_any, n_chars, starts_any, tail};

/// Reads `bare`, a clause with names, dates and brackets blotted out; `clause` is the same with everything in it.
pub(crate) fn scan(bare: &str, clause: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut next = 0;
    for (at, c) in bare.char_indices() {
        if at < next {
            continue;
        }
        let previous = found.last().map_or(0, |f: &Found| f.end);
        let is_number = is_numeric(c) || matches!(c, 'X' | '×' | '百') || starts_any(&bare[at..], &["半数", "半天", "半小时", "半年"]);
        let may_be_word = matches!(c, '过' | '全' | '覆' | '无' | '不' | '一' | '应' | '清' | '翻' | '倍');
        let read = if may_be_word { worded(bare, at) } else { None }.or_else(|| if is_number { counted(bare, clause, at, previous) } else { None });
        if let Some(one) = read {
            next = one.end;
            found.push(one);
        } else if is_numeric(c) {
            // The rest of a number that has no unit is not a number of its own.
            next = at + numeral_at(&bare[at..]).map_or(0, |n| n.len);
        }
    }
    found
}

/// Words that are a share or a multiple by themselves.
fn worded(bare: &str, at: usize) -> Option<Found> {
    let rest = &bare[at..];
    let whole = [
        "全覆盖",
        "全员参与",
        "全员参加",
        "全参与",
        "无遗漏",
        "不漏一",
        "全面覆盖",
        "一个不漏",
        "一人不漏",
        "一户不漏",
        "一村不漏",
        "全达标",
        "全员覆盖",
        "覆盖全员",
        "覆盖全体",
        "应建尽建率",
        "一个都不能漏",
        "一个都不能少",
        "一个也不能漏",
        "一个也不能少",
        "一个不能漏",
        "一个不能少",
        "一个不少",
        "一个不落",
        "一人不落",
        "一户不落",
        "一人都不能漏",
        "一户都不能漏",
        "一村都不能漏",
        "清零",
    ];
    let found = |len: usize, quantity| {
        let is_manner =
            rest.starts_with("全覆盖") && !rest[len..].is_empty() && !starts_any(&rest[len..], &["的", "、", "和", "等", "目标", "要求", "率"]);
        Some(Found {
            start: at,
            end: at + len,
            quantity,
            is_condition: false,
            is_compared: false,
            is_each: false,
            is_word: true,
            is_for: false,
            is_manner,
        })
    };
    if let Some(word) = whole.iter().find(|word| rest.starts_with(*word)) {
        let after = &rest[word.len()..];
        // 形成全员参与、共建共享的局面 describes a mood; “清零”行动 is a name.
        let is_mood = has_any(after, &["局面", "氛围", "格局", "机制", "行动", "工程"]) || bare[..at].ends_with("形成");
        return if is_mood { None } else { found(word.len(), Quantity::whole()) };
    }
    if let Some(after) = rest.strip_prefix("全部") {
        let is_adverb = !after.is_empty()
            && !starts_any(after, &["工作", "的", "精力", "力量", "内容", "过程", "心思", "费用", "由", "时间", "党员干部要", "责任"])
            && (!bare[..at].ends_with(['的', '是']) || bare[..at].ends_with('的') && starts_any(after, &SETTLING));
        return if is_adverb { found("全部".len(), Quantity::whole()) } else { None };
    }
    if let Some(after) = rest.strip_prefix("过半") {
        let half = Quantity { comparator: Comparator::AtLeast, value: QuantityValue::Number(50.0), unit: "%".to_string() };
        let is_target = after.is_empty() && ends_any(&bare[..at], &["比", "率", "例", "数", "要", "员", "到"]);
        return if is_target { found("过半".len(), half) } else { None };
    }
    // 实现全员持证: everyone, with what each shall have or do.
    let is_everyone = rest.strip_prefix("全员").is_some_and(|act| n_chars(act) == 2) && ends_any(&bare[..at], &["实现", "做到", "达到", "确保"]);
    if is_everyone || is_all_that_should(bare, at) {
        return found("应建尽建".len(), Quantity::whole());
    }
    let times = [("翻两番", 4.0), ("翻一番", 2.0), ("翻番", 2.0), ("倍增", 2.0)];
    let (word, n) = times.iter().find(|(word, _)| rest.starts_with(word))?;
    let is_name = starts_any(&rest[word.len()..], &["计划", "工程", "行动", "”"]);
    if is_name { None } else { found(word.len(), Quantity::times(*n)) }
}

/// 应换尽换, 应建尽建 at the end of a clause that names what: all that should be. A date with nothing else before it only finishes.
fn is_all_that_should(bare: &str, at: usize) -> bool {
    let mut chars = bare[at..].chars();
    let (Some('应'), Some(act), Some('尽'), Some(again), None) = (chars.next(), chars.next(), chars.next(), chars.next(), chars.next()) else {
        return false;
    };
    let named = bare[..at].trim_start_matches('\u{3000}');
    act == again && n_chars(named) >= 8 && !ends_any(named, &["做到", "实现", "确保", "坚持", "、", "力争"])
}

/// 不合格的全部摘牌: what is done with all of them.
const SETTLING: [&str; 22] = [
    "摘牌", "整改", "完成", "纳入", "销号", "建", "达", "清", "转", "落实", "取消", "关闭", "调整", "撤", "退出", "培训", "轮训", "到位", "录入",
    "实行", "配", "签",
];

/// A number with its unit.
fn counted(bare: &str, clause: &str, at: usize, previous: usize) -> Option<Found> {
    let before = &bare[previous..at];
    let mut cursor = Cursor::new(bare, at);
    let (value, unit, is_chinese_one) = amount(&mut cursor)?;
    let is_listed = before.strip_suffix('、').is_some_and(|b| b.ends_with(is_numeric));
    // 1人未达到学时的扣0.2分: each case of a shortfall.
    let is_case = before.trim().is_empty()
        && matches!(unit.as_str(), "人" | "名" | "个" | "项" | "次" | "处" | "例" | "条" | "家")
        && starts_any(&bare[cursor.at..], &["未", "不", "没"])
        && costs_points(clause);
    let is_number_name = is_listed
        || is_case
        || ends_any(
            before,
            &[
                "第",
                "连续",
                "后",
                "前",
                "逢",
                "×",
                ".",
                "一式",
                "末",
                "对照",
                "对标",
                "提前",
                "再过",
                "近",
                "这",
                "那",
                "上述",
                "第一个",
                "第二个",
                "第三个",
                "首个",
            ],
        )
        || before.ends_with('每')
        || has_any(tail(before, 6), &["每少", "每缺", "每降低", "每增加", "每发现", "每低", "每超", "每提高", "每下降", "每多", "加减"]);
    // 今天我讲四件事
    let announces = (has_any(tail(before, 4), &["讲", "强调", "谈", "商量", "说"]) || before.ends_with('是'))
        && starts_any(&bare[at + numeral_at(&bare[at..]).map_or(0, |n| n.len)..], &["件事", "点", "个问题", "条"]);
    // 二组至五组: which ones.
    // 二期建设, 三期工程: which one.
    let is_stage = unit == "期"
        && clause[at..].starts_with(|c: char| "一二三四五".contains(c))
        && starts_any(&bare[cursor.at..], &["建设", "工程", "项目", "改造", "扩建"]);
    let is_ordinal = is_stage || unit == "组" && (bare[cursor.at..].starts_with('至') || before.ends_with('至'));
    if is_number_name || is_ordinal || announces {
        return None;
    }
    let suffix = cursor.eat_any(&["及以上", "以上", "及以下", "以下", "以内", "之内", "左右", "上下"]).unwrap_or("");
    // 过一遍筛子 goes through something, 过半 and 过80% exceed it.
    let goes_through = is_chinese_one && before.ends_with('过') && comparison(before) == Some(Compared::Above);
    let compared = comparison(if goes_through { before.trim_end_matches('过') } else { before });
    // 会期半天 says how long something is, 不少于半天 asks for it.
    if value == QuantityValue::Number(0.5) && numeral_at(&bare[at..]).is_none() && compared.is_none() {
        return None;
    }
    let after = &bare[cursor.at..];
    if is_chinese_one
        && compared.is_none()
        && !stands_for_a_count(before, &unit, after)
        && !is_allotted(before, &unit)
        && !is_one_each(before, &unit, after)
    {
        return None;
    }
    // 两个阵地, 三个环节: small written numbers count only where something is made or allotted.
    let is_small = matches!(unit.as_str(), "个" | "项" | "大" | "批")
        && matches!(value, QuantityValue::Number(n) if (2.0..=12.0).contains(&n))
        && numeral_at(&bare[at..]).is_some_and(|n| n.is_chinese);
    // 两个商圈都要建…: all of them shall.
    let is_all = has_any(after, &["都要", "均要", "都须", "均须", "都应", "均应"]);
    if is_small && compared.is_none() && !is_all && !has_any(before, &MAKING) {
        return None;
    }
    if announces_a_list(&unit, after) || is_a_name(&value, &unit, compared.is_some(), suffix, after) {
        return None;
    }
    // 由每人600元提高到1000元: a rate, from now on that.
    let said = &clause[..at];
    let is_new_rate = unit.ends_with('元') && compared == Some(Compared::Reached) && said.contains(['从', '由']) && said.contains('元');
    let comparator = if is_new_rate && suffix.is_empty() {
        Comparator::Equal
    } else if is_eradicated(before, suffix, after) {
        Comparator::AtLeast
    } else if compared == Some(Compared::Above) && is_overrun(after, clause) {
        Comparator::AtMost
    } else {
        bind(compared, suffix, &value, &unit)
    };
    // 任期届满的23个党支部, and nothing is said to be done with them.
    let is_subject_only = before.ends_with('的')
        && matches!(unit.as_str(), "个" | "家" | "名" | "人" | "户" | "所" | "份" | "件" | "处" | "项" | "条")
        && compared.is_none()
        && suffix.is_empty()
        && n_chars(after) <= 6
        && !has_any(before, &MAKING)
        && !has_any(after, &["完成", "达", "实现", "建", "通过", "到位", "换届"]);
    // 派出的4个指导组要…, 各3人以下的支部应…: who is meant, with what they shall do after it.
    let acts = before.ends_with('的')
        && compared.is_none()
        && suffix.is_empty()
        && ["要", "应", "须", "负责"].iter().any(|modal| after.find(modal).is_some_and(|p| n_chars(&after[..p]) <= 8))
        && !has_any(after, &["完成", "达到", "实现", "建成", "全部"]);
    // 剩余3个村要挂图作战: whom a call is made on, unless they are to reach something.
    let opening = before.trim_start_matches(['这', '那']).trim_start_matches("剩余").trim_start_matches("剩下的").trim_start_matches("其余");
    let modal = ["要", "不要", "必须", "须"].iter().filter_map(|modal| after.find(modal)).min();
    let is_called_on = compared.is_none()
        && suffix.is_empty()
        && opening.trim().is_empty()
        && clause.trim_start_matches(['这', '那']).starts_with(|c: char| is_numeric(c) || matches!(c, '剩' | '其'))
        && !clause.starts_with("其中")
        && modal.is_some_and(|at| n_chars(&after[..at]) <= 10 && !has_any(after, &REACHING) && !after[at..].contains(is_numeric));
    // 全区9个街道: who there is.
    let is_roll = compared.is_none() && suffix.is_empty() && n_chars(after) <= 6 && bare[..at].starts_with('全') && n_chars(&bare[..at]) <= 2;
    // 126名教师每人联系…: each of whom.
    let is_each_of = compared.is_none()
        && ["每人", "每名", "人均"].iter().any(|each| after.find(each).is_some_and(|p| n_chars(&after[..p]) <= 10 && !after[..p].contains('、')));
    let is_condition = is_roll || is_called_on || is_each_of || acts || is_subject_only || conditional(before, compared, suffix, after, clause);
    let value = if unit == "%" && value == QuantityValue::Text("1/2".into()) { QuantityValue::Number(50.0) } else { value };
    let unit_of_parts = unit.clone();
    let quantity = Quantity { comparator, value, unit };
    Some(Found {
        start: at,
        end: cursor.at,
        quantity,
        is_condition,
        is_compared: compared.is_some() && !after.starts_with('的'),
        is_each: before.ends_with('各'),
        is_word: false,
        is_for: before.ends_with('为') && !ends_any(before, &["率为", "数为", "额为", "例为", "量为", "期为", "限为", "间为", "原则为"]),
        is_manner: before.ends_with('分') && matches!(unit_of_parts.as_str(), "期" | "批" | "组" | "片"),
    })
}

const REACHING: [&str; 18] =
    ["完成", "清零", "销号", "达标", "建成", "到位", "办结", "转化", "摘帽", "全部", "换届", "达到", "实现", "退出", "消除", "见效", "结束", "验收"];

const MAKING: [&str; 19] =
    ["建", "设", "打造", "培育", "选树", "成立", "增", "完成", "配", "培养", "确定", "认领", "办", "每", "选", "联系", "创", "发展", "解决"];

/// 一 counts only with occasions, persons and papers, and not in 召开的一次会议 or 一项一项.
fn stands_for_a_count(before: &str, unit: &str, after: &str) -> bool {
    matches!(
        unit,
        "次" | "场"
            | "场次"
            | "轮"
            | "遍"
            | "名"
            | "份"
            | "篇"
            | "期"
            | "堂"
            | "回"
            | "趟"
            | "%"
            | "比例"
            | "倍"
            | "周"
            | "年"
            | "张"
            | "分钟"
            | "课"
            | "本"
            | "册"
    ) && !before.ends_with(['的', '是', '这', '那', '同', '某', '另', '又', '任', '凡'])
        && !(matches!(unit, "本" | "册") && after.ends_with('账') && !after.ends_with("台账"))
        && !(before.ends_with(['新', '上', '下']) && matches!(unit, "次" | "轮" | "期"))
        && !starts_any(after, &["次", "性", "名", "一", "场", "方面"])
        && !before.ends_with(unit)
}

/// 每个单元一户: one for each, without a verb.
fn is_one_each(before: &str, unit: &str, after: &str) -> bool {
    let each = before.rsplit_once('每').map_or("", |(_, each)| each);
    after.is_empty()
        && each.starts_with(['个', '户', '支', '家', '村'])
        && (2..=5).contains(&n_chars(each))
        && !matches!(unit, "次" | "年" | "月" | "周")
}

/// 每个小区设一处: one for each, as the object of a verb of making.
fn is_allotted(before: &str, unit: &str) -> bool {
    const VERBS: [&str; 25] = [
        "培育", "选树", "包", "带", "帮", "结对", "设", "建", "建立", "建成", "打造", "配", "配备", "安排", "确定", "选派", "推荐", "联系", "包联",
        "认领", "报", "办", "领办", "解决", "搞",
    ];
    matches!(unit, "处" | "个" | "支" | "家" | "件" | "块" | "座" | "套" | "间" | "户" | "所")
        && (before.contains(['每', '各', '要', '须']) || before.contains("一人"))
        && ends_any(before, &VERBS)
}

/// 5个方面, 三个环节 announce a list and ask for nothing.
fn announces_a_list(unit: &str, after: &str) -> bool {
    const HEADS: [&str; 38] = [
        "方面", "阶段", "步骤", "环节", "等次", "要素", "领域", "维度", "层面", "层次", "维护", "确立", "意识", "自信", "原则", "关键", "坚持", "字",
        "问题", "大类", "类别", "专题", "板块", "目标", "转变", "务必", "结合", "到位", "必须", "带头", "基本", "统一", "体系", "一批", "一流",
        "聚焦", "更加", "指标",
    ];
    matches!(unit, "个" | "项") && starts_any(after.trim_start_matches("重点"), &HEADS)
}

/// 15分钟服务圈, 24小时开放: a measure standing before a noun names the thing.
fn is_a_name(value: &QuantityValue, unit: &str, is_compared: bool, suffix: &str, after: &str) -> bool {
    let is_bare = !is_compared && suffix.is_empty();
    let names_a_span = is_bare
        && matches!(unit, "分钟" | "小时" | "日" | "周" | "公里" | "米" | "天" | "个月")
        && !(after.is_empty() || starts_any(after, &["的", "）", ")", "、", "集中", "脱产", "专题"]));
    let is_once_for_all = unit == "次" && after.starts_with('性');
    let is_two_and_one = *value == QuantityValue::Number(3.0) && after.starts_with("一课");
    names_a_span || is_once_for_all || is_two_and_one
}

/// 收入8万元以下的村全部清零: what is below the amount shall be no more.
fn is_eradicated(before: &str, suffix: &str, after: &str) -> bool {
    matches!(suffix, "以下" | "及以下")
        && (has_any(after, &["消除", "清零", "清除"]) || has_any(before, &["消除", "清除"]) && after.starts_with('的'))
}

fn costs_points(clause: &str) -> bool {
    clause.contains('扣') || has_any(clause, &["不得分", "不计分"])
}

/// 面积占比超过30%的扣2分: the limit whose overrun costs points.
fn is_overrun(after: &str, clause: &str) -> bool {
    costs_points(clause) && (after.starts_with('扣') || starts_any(after, &["的扣", "的每", "的酌情", "的不"])) || after == "的"
}

/// 8万元以下的村, 超过300人的大厦, 30人以上企业: the amount tells which ones are meant.
fn conditional(before: &str, compared: Option<Compared>, suffix: &str, after: &str, clause: &str) -> bool {
    let is_bound = !suffix.is_empty() && suffix != "左右" || matches!(compared, Some(Compared::Above | Compared::Below | Compared::Reached));
    let attributed = after.strip_prefix('的');
    // 请假三天以上须报组织部批准: from which amount on someone has to be asked.
    let asks_leave = starts_any(after, &["须", "应", "要", "必须", "由", "报", "需", "的须", "的应", "的要", "的由", "的报", "的需"])
        && has_any(after, &["批准", "审批", "同意", "请示", "研究", "审议", "备案", "决定"]);
    if !suffix.is_empty() && asks_leave {
        return true;
    }
    // 党员不足3人且长期不活动的支部: a shortfall within a description, unless it costs points.
    if compared == Some(Compared::Below) && suffix.is_empty() && !clause.ends_with('的') && !costs_points(clause) && after.contains('的') {
        return true;
    }
    let is_standard = attributed.is_some_and(|noun| starts_any(noun, &["标准", "比例", "要求", "目标", "额度", "幅度", "规模"]));
    if !is_bound || is_standard {
        return false;
    }
    if is_eradicated(before, suffix, after) {
        return false;
    }
    // 全市80%以上的村建成…: so many of them shall, unless it is the case a consequence applies to.
    let is_share = matches!(suffix, "以上" | "及以上") && clause[..clause.len() - after.len()].trim_end_matches(suffix).ends_with(['%', '％']);
    if is_share
        && attributed.is_some_and(|rest| {
            has_any(rest, &["建成", "达到", "实现", "完成", "达标", "建立", "配备", "创建", "参加", "纳入", "培训", "成为", "有"])
        })
        && !clause.ends_with('的')
    {
        return false;
    }
    // 有3名以上党员的站点, 50人以上、100人以下的支部
    let goes_on = after.strip_prefix(['、', '至']).is_some_and(|rest| rest.starts_with(is_numeric) && rest.contains("下的"));
    if !suffix.is_empty() && (before.trim() == "有" && after.contains('的') || goes_on) {
        return true;
    }
    // 党员7人以上未设…的, 3人以上7人以下的支部
    if !suffix.is_empty() && (after.starts_with('未') || after.starts_with(is_numeric) && after.contains("的")) {
        return true;
    }
    // 对失去联系6个月以上、…的党员
    if matches!(suffix, "以上" | "及以上")
        && (clause.starts_with(['对', '在', '凡']) && after.contains('的') || clause[..clause.len() - after.len()].ends_with("月以上"))
    {
        return true;
    }
    let is_given = ends_any(
        before.trim_end_matches("不少于").trim_end_matches("不低于").trim_end_matches("不超过").trim_end_matches("至少"),
        &[
            "安排", "给予", "投入", "拨付", "列支", "设立", "提供", "建设", "打造", "培育", "培养", "每处", "每村", "每人", "每年", "配备", "召开",
            "开展", "组织", "撰写",
        ],
    );
    match attributed {
        // …的 at the end of a clause is judged with the sentence: a case, or a shortfall that costs points.
        Some("") => false,
        Some(rest) if starts_any(rest, &["每", "扣", "一律", "酌情", "不得分", "不计分"]) => false,
        Some(_) => !is_given,
        // 员工100人以上或者… continues the description.
        None => starts_any(after, &["或者从业", "或从业"]),
    }
}
