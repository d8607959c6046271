//! How much: a number with its unit and comparator, 全覆盖, 翻一番, 过半.

use serde::{Serialize, Serializer};

use crate::numerals::{Cursor, Numeral, is_numeric, numeral_at};
use crate::words::{blot, brackets, ends_any, has_any, n_chars, quotations, starts_any, tail};

/// How the value binds: `>=`, `<=` or `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Comparator {
    /// 不低于, 至少, 达到, 以上
    #[serde(rename = ">=")]
    AtLeast,
    /// 不超过, 以内
    #[serde(rename = "<=")]
    AtMost,
    /// A bare number, 左右, and every 100 %
    #[serde(rename = "=")]
    Equal,
}

/// A number, a range `[1, 2]`, or a text where arithmetic would lose the form (`2:1`, `1/3`, masked `X`).
#[derive(Clone, Debug, PartialEq)]
pub enum QuantityValue {
    /// 95, 0.5
    Number(f64),
    /// 1-2名, 三至五名
    Range(f64, f64),
    /// `2:1`, `1/3`, `X`
    Text(String),
}

impl Serialize for QuantityValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Whole numbers are written without a point, as people write them.
        let json = |n: f64| {
            if n.fract() == 0.0 { serde_json::json!(n as i64) } else { serde_json::json!(n) }
        };
        match self {
            Self::Number(n) => json(*n).serialize(serializer),
            Self::Range(from, to) => [json(*from), json(*to)].serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// A target, limit or count, in the unit the text uses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// How the value binds.
    pub comparator: Comparator,
    /// How much.
    pub value: QuantityValue,
    /// 次 名 % 学时 万元 比例 …
    pub unit: String,
}

impl Quantity {
    pub(crate) fn whole() -> Self {
        Self { comparator: Comparator::Equal, value: QuantityValue::Number(100.0), unit: "%".to_string() }
    }

    fn times(n: f64) -> Self {
        Self { comparator: Comparator::Equal, value: QuantityValue::Number(n), unit: "倍".to_string() }
    }
}

/// A quantity at a place of a clause.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    pub quantity: Quantity,
    /// Says when something applies rather than what is to be reached (入驻企业30家以上的楼宇).
    pub is_condition: bool,
    /// A comparator stands before it.
    pub is_compared: bool,
    /// 各28名: the share of each.
    pub is_each: bool,
    /// 全部, 翻一番: a word rather than a number.
    pub is_word: bool,
    /// 全覆盖督导: only the manner of what follows, if that has a number of its own.
    pub is_manner: bool,
}

/// All quantities of a clause in text order; `taken` are ranges read as dates or periods.
pub(crate) fn quantities(clause: &str, taken: &[std::ops::Range<usize>]) -> Vec<Found> {
    let mut hidden = quotations(clause);
    hidden.extend(
        ["八项规定", "三会一课", "四个意识", "四个自信", "两个维护", "两个确立", "三重一大", "一岗双责"]
            .iter()
            .flat_map(|name| clause.match_indices(name).map(|(at, n)| at..at + n.len())),
    );
    hidden.extend(taken.iter().cloned());
    let remarks = brackets(clause);
    hidden.extend(remarks.iter().cloned());
    let mut found = scan(&blot(clause, &hidden), clause);
    if found.iter().any(|f| !f.is_word && !f.is_condition) {
        found.retain(|f| !f.is_manner);
    }
    // A remark in brackets only speaks when the clause itself is silent.
    if found.is_empty() {
        for remark in remarks {
            let inner = remark.start..remark.end;
            let outside: Vec<_> = [0..inner.start, inner.end..clause.len()].into_iter().chain(taken.iter().cloned()).collect();
            found.extend(scan(&blot(clause, &outside), clause).into_iter().filter(|f| !f.is_compared && !f.is_condition));
        }
    }
    found
}

/// The quantity a clause is about: a compared one before a bare one, a target before a condition, 全部 before a count.
pub(crate) fn principal(found: &[Found]) -> Option<&Found> {
    found.iter().filter(|f| !f.is_condition).rev().max_by_key(|f| {
        let is_whole = f.quantity == Quantity::whole();
        u8::from(is_whole) * 8 + u8::from(f.is_compared) * 4 + u8::from(f.quantity.unit == "%") * 2 + u8::from(f.is_each)
    })
}

fn scan(bare: &str, clause: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut next = 0;
    for (at, c) in bare.char_indices() {
        if at < next {
            continue;
        }
        let previous = found.last().map_or(0, |f: &Found| f.end);
        let is_number = is_numeric(c) || matches!(c, 'X' | '×' | '百') || bare[at..].starts_with("半数");
        let read = worded(bare, at).or_else(|| if is_number { counted(bare, clause, at, previous) } else { None });
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
        "应建尽建率",
        "清零",
    ];
    let found = |len: usize, quantity| {
        let is_manner =
            rest.starts_with("全覆盖") && !rest[len..].is_empty() && !starts_any(&rest[len..], &["的", "、", "和", "等", "目标", "要求", "率"]);
        Some(Found { start: at, end: at + len, quantity, is_condition: false, is_compared: false, is_each: false, is_word: true, is_manner })
    };
    if let Some(word) = whole.iter().find(|word| rest.starts_with(*word)) {
        let after = &rest[word.len()..];
        // 形成全员参与、共建共享的局面 describes a mood; “清零”行动 is a name.
        let is_mood = has_any(after, &["局面", "氛围", "格局", "机制", "行动", "工程"]) || bare[..at].ends_with("形成");
        return if is_mood { None } else { found(word.len(), Quantity::whole()) };
    }
    if rest.starts_with("全部") {
        let after = &rest["全部".len()..];
        let is_adverb = !after.is_empty()
            && !starts_any(after, &["工作", "的", "精力", "力量", "内容", "过程", "心思", "费用", "由", "时间", "党员干部要", "责任"])
            && !bare[..at].ends_with(['的', '是']);
        return if is_adverb { found("全部".len(), Quantity::whole()) } else { None };
    }
    let times = [("翻两番", 4.0), ("翻一番", 2.0), ("翻番", 2.0), ("倍增", 2.0)];
    let (word, n) = times.iter().find(|(word, _)| rest.starts_with(word))?;
    let is_name = starts_any(&rest[word.len()..], &["计划", "工程", "行动", "”"]);
    if is_name { None } else { found(word.len(), Quantity::times(*n)) }
}

/// A number with its unit.
fn counted(bare: &str, clause: &str, at: usize, previous: usize) -> Option<Found> {
    let before = &bare[previous..at];
    let mut cursor = Cursor::new(bare, at);
    let (value, unit, is_chinese_one) = amount(&mut cursor)?;
    let is_listed = before.strip_suffix('、').is_some_and(|b| b.ends_with(is_numeric));
    let is_number_name = is_listed
        || ends_any(before, &["第", "连续", "后", "前", "逢", "×", "."])
        || before.ends_with('每')
        || has_any(tail(before, 6), &["每少", "每缺", "每降低", "每增加", "每发现", "每低", "每超", "每提高", "每下降", "每多", "加减"]);
    if is_number_name {
        return None;
    }
    let suffix = cursor.eat_any(&["及以上", "以上", "及以下", "以下", "以内", "之内", "左右", "上下"]).unwrap_or("");
    let compared = comparison(before);
    let after = &bare[cursor.at..];
    if is_chinese_one && compared.is_none() && !stands_for_a_count(before, &unit, after) {
        return None;
    }
    // 两个阵地, 三个环节: small written numbers count only where something is made or allotted.
    let is_small = starts_any(&bare[at..], &["两个", "三个", "四个", "两项", "三项", "四项"]);
    if is_small && compared.is_none() && !has_any(before, &MAKING) {
        return None;
    }
    if announces_a_list(&unit, after) || is_a_name(&value, &unit, compared.is_some(), suffix, after) {
        return None;
    }
    let comparator = if is_eradicated(before, suffix, after) { Comparator::AtLeast } else { bind(compared, suffix, &value, &unit) };
    // 任期届满的23个党支部, and nothing is said to be done with them.
    let is_subject_only = before.ends_with('的')
        && matches!(unit.as_str(), "个" | "家" | "名" | "人" | "户" | "所")
        && compared.is_none()
        && suffix.is_empty()
        && n_chars(after) <= 6
        && !has_any(before, &MAKING)
        && !has_any(after, &["完成", "达", "实现", "建", "通过", "到位", "换届"]);
    let is_condition = is_subject_only || conditional(before, compared, suffix, after, clause);
    let value = if unit == "%" && value == QuantityValue::Text("1/2".into()) { QuantityValue::Number(50.0) } else { value };
    let quantity = Quantity { comparator, value, unit };
    Some(Found {
        start: at,
        end: cursor.at,
        quantity,
        is_condition,
        is_compared: compared.is_some() && !after.starts_with('的'),
        is_each: before.ends_with('各'),
        is_word: false,
        is_manner: false,
    })
}

const MAKING: [&str; 19] =
    ["建", "设", "打造", "培育", "选树", "成立", "增", "完成", "配", "培养", "确定", "认领", "办", "每", "选", "联系", "创", "发展", "解决"];

/// Value and unit; the flag says that the number was a plain Chinese 一, which is often no number at all.
fn amount(cursor: &mut Cursor) -> Option<(QuantityValue, String, bool)> {
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
    let first = cursor.numeral()?;
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
    let unit = unit(cursor)?;
    // ×届×次全会: a masked name, not a masked number.
    if first.value.is_none() && (unit == "次" || unit == "个" && cursor.text.contains('×')) {
        return None;
    }
    let is_chinese_one = first.is_chinese && value == QuantityValue::Number(1.0);
    Some((value, unit, is_chinese_one))
}

/// `3:1`, `1/3`, 三分之一.
fn ratio(cursor: &mut Cursor, first: Numeral) -> Option<String> {
    let first = first.value?;
    let mut ahead = *cursor;
    if ahead.eat_any(&[":", "：", "∶"]).is_some() {
        let second = ahead.numeral()?.value?;
        // 17:00 is a time of day.
        let is_clock = ahead.text[..ahead.at].ends_with("00") || second >= 15.0;
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
const UNITS: [&str; 64] = [
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
    "株",
    "吨",
    "例",
    "门",
    "米",
    "块",
    "岁",
];

fn unit(cursor: &mut Cursor) -> Option<String> {
    let scale = cursor.eat_any(&["千万", "百万", "万", "亿", "百", "千"]).unwrap_or("");
    cursor.eat_any(&["余", "多"]);
    let unit = cursor.eat_any(&UNITS)?;
    let is_word = ["人才", "名单", "名额", "条件", "条例", "期间", "家庭", "家长", "处级", "项目", "场所", "天然"]
        .iter()
        .any(|word| word.starts_with(unit) && word[unit.len()..].chars().next() == cursor.rest().chars().next() && *word != unit);
    if is_word {
        return None;
    }
    // An age is always a condition.
    if unit == "岁" {
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

/// A comparator word, and whether it was one that speaks of a floor.
#[derive(Clone, Copy, PartialEq)]
enum Compared {
    Floor,
    Ceiling,
    /// 达到, 突破: a target as a predicate, a case before 的.
    Reached,
    /// 超过, 低于: a target as a predicate, a condition before a noun.
    Above,
    Below,
    Kept,
}

/// 至少打造…2个 may stand far from its number; 达到, 超过 stand close.
fn comparison(before: &str) -> Option<Compared> {
    const FAR: [(&str, Compared); 21] = [
        ("必须超过", Compared::Floor),
        ("应当超过", Compared::Floor),
        ("不低于", Compared::Floor),
        ("不少于", Compared::Floor),
        ("不得低于", Compared::Floor),
        ("不得少于", Compared::Floor),
        ("不能低于", Compared::Floor),
        ("不能少于", Compared::Floor),
        ("不应少于", Compared::Floor),
        ("不应低于", Compared::Floor),
        ("不小于", Compared::Floor),
        ("至少", Compared::Floor),
        ("最少", Compared::Floor),
        ("不得超过", Compared::Ceiling),
        ("不能超过", Compared::Ceiling),
        ("不超过", Compared::Ceiling),
        ("不高于", Compared::Ceiling),
        ("不得高于", Compared::Ceiling),
        ("不多于", Compared::Ceiling),
        ("最多", Compared::Ceiling),
        ("控制在", Compared::Kept),
    ];
    const NEAR: [(&str, Compared); 18] = [
        ("达到", Compared::Reached),
        ("达", Compared::Reached),
        ("≥", Compared::Floor),
        ("突破", Compared::Reached),
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
    let near = NEAR.iter().find(|(word, _)| {
        // 届满的11个 and 经过2轮 are no comparisons; one-character words must touch the number.
        let reach = if n_chars(word) == 1 { 0 } else { 4 };
        before.rfind(word).is_some_and(|at| {
            n_chars(before[at + word.len()..].trim()) <= reach && !before[..at].ends_with(['不', '得', '通', '经', '抵', '届', '圆', '超', '到'])
        })
    });
    let far = FAR
        .iter()
        .filter_map(|(word, kind)| before.rfind(word).map(|at| (at, *kind, n_chars(&before[at + word.len()..]))))
        .max_by_key(|(at, ..)| *at);
    match (near, far) {
        (Some((word, _)), Some((at, kind, _))) if before[at..].contains(word) && before[at..].len() < word.len() + 8 => Some(kind),
        (Some((_, kind)), _) => Some(*kind),
        (None, Some((_, kind, gap))) if gap <= 24 => Some(kind),
        _ => None,
    }
}

fn bind(compared: Option<Compared>, suffix: &str, value: &QuantityValue, unit: &str) -> Comparator {
    if unit == "%" && *value == QuantityValue::Number(100.0) {
        return Comparator::Equal;
    }
    match (suffix, compared) {
        ("左右" | "上下", _) => Comparator::Equal,
        ("以内" | "之内" | "以下" | "及以下", _) => Comparator::AtMost,
        ("以上" | "及以上", _) => Comparator::AtLeast,
        // A number to stay above, or one whose shortfall is punished (少于2次的扣分).
        (_, Some(Compared::Floor | Compared::Reached | Compared::Above | Compared::Below)) => Comparator::AtLeast,
        (_, Some(Compared::Ceiling | Compared::Kept)) => Comparator::AtMost,
        _ => Comparator::Equal,
    }
}

/// 一 counts only with occasions, persons and papers, and not in 召开的一次会议 or 一项一项.
fn stands_for_a_count(before: &str, unit: &str, after: &str) -> bool {
    matches!(unit, "次" | "场" | "场次" | "轮" | "遍" | "名" | "份" | "篇" | "期" | "堂" | "回" | "%" | "比例" | "倍" | "周" | "张" | "分钟")
        && !before.ends_with(['的', '是', '这', '那', '同', '某', '另', '又', '任', '凡'])
        && !starts_any(after, &["次", "性", "名", "一", "场", "方面"])
        && !before.ends_with(unit)
}

/// 5个方面, 三个环节 announce a list and ask for nothing.
fn announces_a_list(unit: &str, after: &str) -> bool {
    const HEADS: [&str; 30] = [
        "方面", "阶段", "步骤", "环节", "等次", "要素", "领域", "维度", "层面", "层次", "维护", "确立", "意识", "自信", "原则", "关键", "坚持", "字",
        "问题", "大类", "类别", "专题", "板块", "目标", "转变", "务必", "结合", "到位", "必须", "带头",
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

/// 收入5万元以下的村基本消除: what is below the amount shall be no more.
fn is_eradicated(before: &str, suffix: &str, after: &str) -> bool {
    matches!(suffix, "以下" | "及以下")
        && (has_any(after, &["消除", "清零", "清除"]) || has_any(before, &["消除", "清除"]) && after.starts_with('的'))
}

/// 5万元以下的村, 超过500人的楼宇, 50人以上非公企业: the amount tells which ones are meant.
fn conditional(before: &str, compared: Option<Compared>, suffix: &str, after: &str, clause: &str) -> bool {
    let is_bound = !suffix.is_empty() && suffix != "左右" || matches!(compared, Some(Compared::Above | Compared::Below | Compared::Reached));
    let attributed = after.strip_prefix('的');
    let is_standard = attributed.is_some_and(|noun| starts_any(noun, &["标准", "比例", "要求", "目标", "额度", "幅度", "规模"]));
    if !is_bound || is_standard {
        return false;
    }
    if is_eradicated(before, suffix, after) {
        return false;
    }
    // 对失去联系6个月以上、…的党员
    if matches!(suffix, "以上" | "及以上")
        && (clause.starts_with('对') && after.contains('的') || clause[..clause.len() - after.len()].ends_with("月以上"))
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
        Some(rest) if starts_any(rest, &["每", "扣", "一律", "酌情"]) => false,
        Some(_) => !is_given,
        // 入驻企业30家以上或者… continues the description.
        None => starts_any(after, &["或者从业", "或从业"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clause: &str, expected: &str) {
        let found = quantities(clause, &[]);
        let text = principal(&found).map_or("-".to_string(), |f| serde_json::to_string(&f.quantity).expect("a quantity is plain JSON"));
        let text = text.replace(['"', '{', '}'], "").replace("comparator:", "").replace(",value:", " ").replace(",unit:", " ");
        assert_eq!(text, expected, "{clause}");
    }

    #[test]
    fn reads_targets() {
        check("覆盖率不低于95%", ">= 95 %");
        check("每个支部至少认领2个项目", ">= 2 个");
        check("人数不超过总数的1/3", "<= 1/3 比例");
        check("配备1-2名干事", "= [1,2] 名");
        check("配备三至五名专职人员", "= [3,5] 名");
        check("差额比例为2:1", "= 2:1 比例");
        check("压缩到三分之一以内", "<= 1/3 比例");
        check("开展一次调研", "= 1 次");
        check("发展党员30名左右", "= 30 名");
        check("建成率达到100%", "= 100 %");
        check("培训15万名人才", "= 15 万名");
        check("女性不低于一半", ">= 50 %");
        check("收入翻一番", "= 2 倍");
        check("占比控制在5%以内", "<= 5 %");
        check("公示期不少于五个工作日", ">= 5 个工作日");
    }

    #[test]
    fn reads_sweeping_words() {
        check("谈心谈话全覆盖", "= 100 %");
        check("12个站点全部完成改造", "= 100 %");
        check("形成全员参与的局面", "-");
        check("党的全部工作", "-");
    }

    #[test]
    fn leaves_names_and_lists() {
        check("开展“百名书记讲党课”活动", "-");
        check("落实三会一课", "-");
        check("查找5个方面差距", "-");
        check("配强第一书记", "-");
        check("构建15分钟服务圈", "-");
        check("一件一件抓落实", "-");
        check("每降低1个百分点扣2分", "-");
    }

    #[test]
    fn prefers_the_target_to_the_condition() {
        check("年收入10万元以上的村占比达到80%", ">= 80 %");
        check("50人以上企业组织覆盖率达到95%", ">= 95 %");
        check("超过500人的楼宇", "-");
        check("至少打造1个年收入超过50万元的强村", ">= 1 个");
        check("安排不少于600万元的扶持资金", ">= 600 万元");
        check("按不低于总数5%的比例倒排", ">= 5 %");
    }
}
