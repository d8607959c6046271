//! How much: a number with its unit and comparator, 全覆盖, 翻一番, 过半.

use serde::{Serialize, Serializer};

use crate::count::scan;
use crate::numerals::is_numeric;
use crate::words::{Letters, blot, brackets, has_any, n_chars, quotations};

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
    /// `>= 95 %`, `= 1-2 名`: comparator, value and unit with spaces between.
    pub fn words(&self) -> String {
        let sign = match self.comparator {
            Comparator::AtLeast => ">=",
            Comparator::AtMost => "<=",
            Comparator::Equal => "=",
        };
        let value = match &self.value {
            QuantityValue::Number(n) => n.to_string(),
            QuantityValue::Range(from, to) => format!("{from}-{to}"),
            QuantityValue::Text(text) => text.clone(),
        };
        format!("{sign} {value} {}", self.unit)
    }

    pub(crate) fn whole() -> Self {
        Self { comparator: Comparator::Equal, value: QuantityValue::Number(100.0), unit: "%".to_string() }
    }

    /// At least one of a kind of person.
    pub(crate) fn one_person() -> Self {
        Self { comparator: Comparator::AtLeast, value: QuantityValue::Number(1.0), unit: "名".to_string() }
    }

    /// A bare number of persons or things.
    pub(crate) fn is_count(&self) -> bool {
        self.comparator == Comparator::Equal && matches!(self.unit.as_str(), "个" | "名" | "人" | "家" | "件" | "项" | "份" | "篇" | "处")
    }

    pub(crate) fn times(n: f64) -> Self {
        Self { comparator: Comparator::Equal, value: QuantityValue::Number(n), unit: "倍".to_string() }
    }
}

/// A quantity at a place of a clause.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    pub quantity: Quantity,
    /// Says when something applies rather than what is to be reached (员工100人以上的大厦).
    pub is_condition: bool,
    /// A comparator stands before it.
    pub is_compared: bool,
    /// 各28名: the share of each.
    pub is_each: bool,
    /// 全部, 翻一番: a word rather than a number.
    pub is_word: bool,
    /// 为16个小区加装: whom the requirement serves.
    pub is_for: bool,
    /// 全覆盖督导: only the manner of what follows, if that has a number of its own.
    pub is_manner: bool,
}

impl Found {
    /// 9个 without a comparator.
    pub fn is_plain_count(&self) -> bool {
        !self.is_compared
            && self.quantity.comparator == Comparator::Equal
            && matches!(self.quantity.unit.as_str(), "个" | "家" | "名" | "处" | "所" | "户" | "份" | "件" | "项")
    }
}

/// All quantities of a clause in text order; `taken` are ranges read as dates or periods.
pub(crate) fn quantities(clause: &str, taken: &[std::ops::Range<usize>]) -> Vec<Found> {
    // Without a digit or a sweeping word there is nothing to find.
    if !clause.contains(|c: char| is_numeric(c) || matches!(c, 'X' | '×' | '百' | '全' | '无' | '不' | '应' | '清' | '翻' | '倍' | '半' | '过'))
    {
        return Vec::new();
    }
    let letters = Letters::of(clause);
    let mut hidden = quotations(clause);
    // 后进支部“清零”: the quoted word that closes the clause is what shall happen; “清零”行动 is a name.
    hidden.retain(|r| r.end < clause.len() || !has_any(&clause[r.clone()], &["清零", "全覆盖"]));
    hidden.extend(
        ["八项规定", "三会一课", "四个意识", "四个自信", "两个维护", "两个确立", "两张皮", "两层皮", "三重一大", "一岗双责"]
            .iter()
            .filter(|name| letters.may_hold(name))
            .flat_map(|name| clause.match_indices(name).map(|(at, n)| at..at + n.len())),
    );
    hidden.extend(taken.iter().cloned());
    let remarks = brackets(clause);
    hidden.extend(remarks.iter().cloned());
    let mut found = scan(&blot(clause, &hidden), clause);
    // 500平方米以上的服务中心2个: the measure describes what is counted.
    let counted_from = found.iter().filter(|f| !f.is_condition && !f.is_word).map(|f| f.start).max();
    for measure in &mut found {
        let describes = clause[measure.end..].starts_with('的') && clause[..measure.end].ends_with("以上");
        measure.is_condition |= describes && counted_from.is_some_and(|from| from > measure.end);
    }
    // 86个网格调整为102个: the number before the change only says of what.
    let recast = ["调整为", "优化为", "整合为", "合并为", "缩减为", "压减为", "归并为", "增加为", "扩充为"];
    if let Some(from) = recast.iter().filter_map(|word| clause.find(word).map(|at| at + word.len())).min()
        && found.iter().any(|f| f.start >= from && !f.is_condition && n_chars(&clause[from..f.start]) <= 4)
    {
        found.iter_mut().filter(|f| f.end <= from).for_each(|f| f.is_condition = true);
    }
    // 一名党员联系五到八户: one of whom, then how many.
    if let [first, second, ..] = found.as_mut_slice()
        && first.start == 0
        && first.quantity.value == QuantityValue::Number(1.0)
        && matches!(first.quantity.unit.as_str(), "名" | "个" | "人" | "家")
        && !second.is_condition
        && !second.is_word
        && !clause[first.end..second.start].contains(['、', '和', '与'])
    {
        first.is_condition = true;
    }
    // 分三期培训126人: in how many parts, where the number that is reached stands beside it.
    if found.iter().any(|f| !f.is_word && !f.is_condition && !f.is_manner) {
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
        u8::from(!f.is_for) * 16
            + u8::from(is_whole) * 8
            + u8::from(f.is_compared) * 4
            + u8::from(f.quantity.unit == "%") * 2
            + u8::from(f.is_each || matches!(f.quantity.unit.as_str(), "次" | "遍" | "轮"))
    })
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
        check("年收入30万元以上的村占比达到70%", ">= 70 %");
        check("30人以上企业组织覆盖率达到85%", ">= 85 %");
        check("超过300人的大厦", "-");
        check("至少培育1个年收入超过80万元的示范村", ">= 1 个");
        check("安排不少于300万元的帮扶资金", ">= 300 万元");
        check("按不低于总数8%的比例排队", ">= 8 %");
    }
}
