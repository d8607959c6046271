//! A number with its unit as it is written: 3至5名, 三分之一, 15万元, and the words that compare it.

use crate::numerals::{Cursor, Numeral, is_numeric};
use crate::quantity::{Comparator, QuantityValue};
use crate::words::{Letters, n_chars, starts_any};

/// Value and unit; the flag says that the number was a plain Chinese 一, which is often no number at all.
pub(crate) fn amount(cursor: &mut Cursor) -> Option<(QuantityValue, String, bool)> {
    if cursor.eat("百分之百") || cursor.eat("百分百") {
        return Some((QuantityValue::Number(100.0), "%".into(), false));
    }
    if cursor.eat("百分之") {
        let n = cursor.numeral()?.value?;
        return Some((QuantityValue::Number(n), "%".into(), false));
    }
    if cursor.eat("一半") || cursor.eat("半数") {
        return Some((QuantityValue::Number(50.0), "%".into(), false));
    }
    for (word, unit) in [("半天", "天"), ("半小时", "小时"), ("半年", "年")] {
        if cursor.eat(word) {
            return Some((QuantityValue::Number(0.5), unit.into(), false));
        }
    }
    if let Some((from, to)) = round_about(cursor) {
        return Some((QuantityValue::Range(from, to), unit(cursor)?, false));
    }
    let first = cursor.numeral()?;
    if let Some(tenths) = first.value.filter(|n| first.is_chinese && *n < 10.0)
        && eat_tenths(cursor)
    {
        return Some((QuantityValue::Number(tenths * 10.0), "%".into(), false));
    }
    if let Some(text) = ratio(cursor, first) {
        return Some((QuantityValue::Text(text), "比例".into(), false));
    }
    let n_or_mask = |n: Numeral| n.value.map_or(QuantityValue::Text("X".into()), QuantityValue::Number);
    let mut value = n_or_mask(first);
    let mut second = *cursor;
    second.eat_any(&["%", "％"]);
    if let (Some(from), Some(_)) = (first.value, second.eat_any(&["至", "到", "-", "—", "－", "～", "~", "–"]))
        && let Some(Numeral { value: Some(to), .. }) = second.numeral()
    {
        value = QuantityValue::Range(from, to);
        *cursor = second;
    }
    cursor.eat(" ");
    cursor.eat_any(&["余", "多"]);
    let unit = match unit(cursor) {
        Some(unit) => unit,
        // 保存期限不少于30年: only a length that is bound counts in years.
        None if is_kept_for(cursor) => "年".to_string(),
        None => return None,
    };
    // ×届×次全会: a masked name, not a masked number.
    if first.value.is_none() && (unit == "次" || unit == "个" && cursor.text.contains('×')) {
        return None;
    }
    let is_chinese_one = first.is_chinese && value == QuantityValue::Number(1.0);
    Some((value, unit, is_chinese_one))
}

/// 一两个, 三五名: two digits side by side are a range.
fn round_about(cursor: &mut Cursor) -> Option<(f64, f64)> {
    let digit = |c: char| "一二三四五六七八九".find(c).map(|at| at / c.len_utf8() + 1).or((c == '两').then_some(2));
    let mut chars = cursor.rest().chars();
    let (from, to) = (digit(chars.next()?)?, digit(chars.next()?)?);
    let is_round = from < to && to <= from + 2 && !chars.next().is_some_and(is_numeric);
    if is_round {
        cursor.at += 2 * '一'.len_utf8();
    }
    is_round.then_some((from as f64, to as f64))
}

/// 九成, 七成以上: tenths of the whole, unlike 三成立 or 五成员.
fn eat_tenths(cursor: &mut Cursor) -> bool {
    let mut ahead = *cursor;
    let is_share = ahead.eat("成") && !starts_any(ahead.rest(), &["立", "员", "果", "为", "效", "功", "本", "熟", "长", "就", "份", "都", "不"]);
    if is_share {
        *cursor = ahead;
    }
    is_share
}

fn is_kept_for(cursor: &mut Cursor) -> bool {
    let before = cursor.text[..cursor.at].trim_end_matches(|c: char| is_numeric(c) || matches!(c, '至' | '到' | '-' | '—'));
    // 时间为2025年 is a date.
    let is_year = cursor.text[before.len()..cursor.at].chars().filter(char::is_ascii_digit).count() == 4;
    let is_bound =
        denied(before).is_some_and(|(.., gap)| gap == 0) || ["至少", "为"].iter().any(|word| before.ends_with(word)) || is_term(cursor, before);
    let is_bound = is_bound && !is_year;
    is_bound && has_length(before) && !cursor.rest().starts_with("年的") && cursor.eat("年")
}

/// 建设周期｜一年: how long a work takes, with no verb between. 任期五年 only says what a term is.
fn is_term(cursor: &Cursor, before: &str) -> bool {
    // 会议纪要保存三年以上
    let is_kept = ["保存", "保管", "留存"].iter().any(|verb| before.ends_with(verb));
    is_kept && !cursor.rest().starts_with("年的")
        || ["建设周期", "工期", "建设期", "施工期"].iter().any(|term| before.ends_with(term)) && cursor.rest() == "年"
}

/// 保存期限, 驻村时间: the clause speaks of how long something lasts.
fn has_length(before: &str) -> bool {
    ["期限", "时间", "时长", "期", "保存", "保管", "留存", "驻村", "任职", "服务"].iter().any(|word| before.contains(word))
}

/// `3:1`, `1/3`, 三分之一.
fn ratio(cursor: &mut Cursor, first: Numeral) -> Option<String> {
    let first = first.value?;
    let mut ahead = *cursor;
    if ahead.eat_any(&[":", "：", "∶"]).is_some() {
        let minutes_at = ahead.at;
        let second = ahead.numeral()?.value?;
        // 17:00 is a time of day, 1:200 and 2:1 are not.
        let is_clock = ahead.at - minutes_at == 2 && first >= 6.0 && second < 60.0;
        *cursor = if is_clock { *cursor } else { ahead };
        return (!is_clock).then(|| format!("{first}:{second}"));
    }
    let text = if ahead.eat("/") {
        format!("{first}/{}", ahead.numeral()?.value?)
    } else if ahead.eat("分之") {
        format!("{}/{first}", ahead.numeral()?.value?)
    } else {
        return None;
    };
    *cursor = ahead;
    Some(text)
}

/// Measure words, longer before shorter where one begins with the other. 类 批 面 级 分 are left out: they sort, date or grade.
const UNITS: [&str; 88] = [
    "%",
    "％",
    "个百分点",
    "个工作日",
    "工作日",
    "个学时",
    "学时",
    "个课时",
    "课时",
    "个小时",
    "小时",
    "个月",
    "分钟",
    "平方米",
    "厘米",
    "毫米",
    "平方公里",
    "公里",
    "人次",
    "人",
    "场次",
    "场",
    "次",
    "名",
    "个",
    "期",
    "支",
    "家",
    "处",
    "件",
    "项",
    "条",
    "篇",
    "份",
    "轮",
    "遍",
    "元",
    "倍",
    "户",
    "字",
    "天",
    "日",
    "周",
    "所",
    "座",
    "套",
    "对",
    "位",
    "张",
    "台",
    "辆",
    "亩",
    "间",
    "本",
    "册",
    "节",
    "堂",
    "回",
    "幅",
    "盏",
    "株",
    "吨",
    "例",
    "门",
    "米",
    "块",
    "岁",
    "批次",
    "班次",
    "户次",
    "批",
    "部",
    "集",
    "栋",
    "幢",
    "棵",
    "公顷",
    "公斤",
    "页",
    "枚",
    "学分",
    "趟",
    "组",
    "晚",
    "桌",
    "封",
    "课",
    "分",
];

fn unit(cursor: &mut Cursor) -> Option<String> {
    let scale = cursor.eat_any(&["千万", "百万", "万", "亿", "百", "千"]).unwrap_or("");
    cursor.eat_any(&["余", "多"]);
    // 收入过20万: money, where the clause is about it.
    let is_money = matches!(scale, "万" | "亿") && cursor.rest().is_empty();
    if is_money && ["收入", "资金", "经费", "产值", "投资", "财政", "补助"].iter().any(|word| cursor.text.contains(word)) {
        return Some(format!("{scale}元"));
    }
    let unit = cursor.eat_any(&UNITS)?;
    let is_word = [
        "人才", "名单", "名额", "条件", "条例", "期间", "家庭", "家长", "处级", "项目", "场所", "天然", "组织", "组长", "组员", "组建", "组成",
        "组团", "组合", "组工", "部门", "部分", "部署", "部队", "集体", "集中", "集团", "批评", "批准", "批示", "批复", "批办", "条线", "节点",
        "节约", "本级", "本地", "本人", "本市", "本县", "本区", "本村", "对照", "对标", "对象", "支部", "支持", "位置", "台账", "周边", "周期",
        "门类", "例会",
    ]
    .iter()
    .any(|word| word.starts_with(unit) && word[unit.len()..].chars().next() == cursor.rest().chars().next() && *word != unit);
    if is_word {
        return None;
    }
    // An age is always a condition; points are a target only where they are set as one.
    if unit == "岁" || unit == "分" && !is_set_mark(cursor) {
        return None;
    }
    let unit = match unit {
        "％" => "%",
        "个学时" => "学时",
        "个课时" => "课时",
        "个小时" => "小时",
        other => other,
    };
    Some(format!("{scale}{unit}"))
}

/// 满意度达到95分, and not 扣5分 or 得分90分以上.
fn is_set_mark(cursor: &Cursor) -> bool {
    let before = cursor.text[..cursor.at].trim_end_matches("分").trim_end_matches(|c: char| is_numeric(c) || c == '.');
    let is_bound = ["不低于", "不少于", "达到", "达", "保持在", "稳定在", "提高到"].iter().any(|word| before.ends_with(word));
    let rest = cursor.rest().strip_prefix("以上").filter(|_| before.contains("满意度")).unwrap_or(cursor.rest());
    is_bound && !rest.starts_with(['的', '以', '钟', '之']) && !["扣", "得分", "计分", "加"].iter().any(|word| before.contains(word))
}

/// A comparator word, and whether it was one that speaks of a floor.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Compared {
    Floor,
    Ceiling,
    /// 达到, 突破: a target as a predicate, a case before 的.
    Reached,
    /// 超过, 低于: a target as a predicate, a condition before a noun.
    Above,
    Below,
    Kept,
    /// 降到, 压减至: not more than that.
    Lowered,
}

/// 至少打造…2个 may stand far from its number; 达到, 超过 stand close.
pub(crate) fn comparison(before: &str) -> Option<Compared> {
    const FAR: [(&str, Compared); 7] = [
        ("必须超过", Compared::Floor),
        ("应当超过", Compared::Floor),
        ("至少", Compared::Floor),
        ("最少", Compared::Floor),
        ("最多", Compared::Ceiling),
        ("至多", Compared::Ceiling),
        ("控制在", Compared::Kept),
    ];
    const NEAR: [(&str, Compared); 24] = [
        ("达到", Compared::Reached),
        ("达", Compared::Reached),
        ("≥", Compared::Floor),
        ("突破", Compared::Reached),
        ("保持在", Compared::Reached),
        ("稳定在", Compared::Reached),
        ("＞", Compared::Above),
        (">", Compared::Above),
        ("＜", Compared::Ceiling),
        ("<", Compared::Ceiling),
        ("超过", Compared::Above),
        ("高于", Compared::Above),
        ("大于", Compared::Above),
        ("多于", Compared::Above),
        ("过", Compared::Above),
        ("满", Compared::Above),
        ("低于", Compared::Below),
        ("少于", Compared::Below),
        ("小于", Compared::Below),
        ("不足", Compared::Below),
        ("不到", Compared::Below),
        ("不满", Compared::Below),
        ("未达", Compared::Below),
        ("≤", Compared::Ceiling),
    ];
    let letters = Letters::of(before);
    let near = NEAR.iter().filter(|(word, _)| letters.may_hold(word)).find(|(word, _)| {
        // 届满的11个 and 经过2轮 are no comparisons; one-character words must touch the number.
        let reach = if n_chars(word) == 1 { 0 } else { 4 };
        before.rfind(word).is_some_and(|at| {
            // 低于在职党员总数1%: the whole that the share is of may stand between.
            let reach = if reach > 0 && before.ends_with(['数', '额', '量', '的']) { 14 } else { reach };
            // 通过, 届满, 到达 and the like are other words than 过, 满, 达.
            let is_other = n_chars(word) == 1 && before[..at].ends_with(['通', '经', '抵', '届', '圆', '超', '到']);
            // 低于60分的4家: the word compares another number.
            let is_other = is_other || before[at + word.len()..].contains(is_numeric);
            n_chars(before[at + word.len()..].trim()) <= reach && !is_other && !before[..at].ends_with(['不', '得'])
        })
    });
    let far = FAR
        .iter()
        .filter(|(word, _)| letters.may_hold(word))
        .filter_map(|(word, kind)| before.rfind(word).map(|at| (at, *kind, n_chars(&before[at + word.len()..]))))
        .chain(denied(before))
        .max_by_key(|(at, ..)| *at);
    match (near, far) {
        (Some((word, _)), Some((at, kind, _))) if before[at..].contains(word) && before[at..].len() < word.len() + 8 => Some(kind),
        (Some((_, kind)), _) => Some(*kind),
        (None, _) if moved(before).is_some() => moved(before),
        (None, Some((_, kind, gap))) if gap <= 24 => Some(kind),
        _ => None,
    }
}

/// 提高到, 压减至: the change whose end the number is.
fn moved(before: &str) -> Option<Compared> {
    const RISES: [&str; 11] = ["提高", "提升", "增加", "扩大", "增长", "上升", "扩充", "拓展", "增", "升", "延长"];
    const FALLS: [&str; 9] = ["压缩", "压减", "降低", "下降", "缩短", "减少", "精简", "降", "减"];
    let at = ["到", "至"].iter().filter_map(|end| before.rfind(end)).max()?;
    let is_close = n_chars(before[at + '到'.len_utf8()..].trim()) <= 4;
    let verb = &before[..at];
    let ends = |stems: &[&str]| stems.iter().any(|stem| verb.ends_with(stem));
    if !is_close {
        None
    } else if ends(&RISES) {
        Some(Compared::Reached)
    } else {
        ends(&FALLS).then_some(Compared::Lowered)
    }
}

/// 不低于, 不得少于, 不应超过: whatever is denied turns round; where it stands, what it means, how far the number is.
fn denied(before: &str) -> Option<(usize, Compared, usize)> {
    const FALLS_SHORT: [&str; 3] = ["低于", "少于", "小于"];
    const GOES_BEYOND: [&str; 5] = ["突破", "超过", "高于", "多于", "大于"];
    const DENIALS: [&str; 10] = ["不", "不得", "不能", "不应", "不可", "不宜", "不准", "不要", "严禁", "禁止"];
    let words = FALLS_SHORT.iter().map(|word| (*word, Compared::Floor)).chain(GOES_BEYOND.iter().map(|word| (*word, Compared::Ceiling)));
    words
        .filter_map(|(word, kind)| {
            let at = before.rfind(word)?;
            let denial = DENIALS.iter().find(|denial| before[..at].ends_with(*denial))?;
            Some((at - denial.len(), kind, n_chars(&before[at + word.len()..])))
        })
        .max_by_key(|(at, ..)| *at)
}

/// The comparator that word and suffix together mean.
pub(crate) fn bind(compared: Option<Compared>, suffix: &str, value: &QuantityValue, unit: &str) -> Comparator {
    if unit == "%" && *value == QuantityValue::Number(100.0) {
        return Comparator::Equal;
    }
    match (suffix, compared) {
        ("左右" | "上下", _) => Comparator::Equal,
        ("以内" | "之内" | "以下" | "及以下", _) => Comparator::AtMost,
        ("以上" | "及以上", _) => Comparator::AtLeast,
        // A number to stay above, or one whose shortfall is punished (少于2次的扣分).
        (_, Some(Compared::Floor | Compared::Reached | Compared::Above | Compared::Below)) => Comparator::AtLeast,
        (_, Some(Compared::Ceiling | Compared::Kept | Compared::Lowered)) => Comparator::AtMost,
        _ => Comparator::Equal,
    }
}
