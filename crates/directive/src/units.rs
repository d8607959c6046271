//! Who: the subject of the clause, the closing （责任单位：…）, the unit columns of a row.

use crate::words::{Letters, ends_any, n_chars, starts_any};

const ORGANISATIONS: [&str; 59] = [
    "党委",
    "党组",
    "党支部",
    "支部",
    "党总支",
    "党组织",
    "党工委",
    "工委",
    "委员会",
    "组织部",
    "宣传部",
    "统战部",
    "部门",
    "单位",
    "乡镇",
    "街道",
    "街镇",
    "社区",
    "书记",
    "委员",
    "党员",
    "党员教师",
    "领导小组",
    "专班",
    "小组",
    "办公室",
    "局",
    "财政",
    "领导",
    "干部",
    "县区",
    "村",
    "镇",
    "乡",
    "企业",
    "学员",
    "中心",
    "党（工）委",
    "（党组）",
    "班子",
    "教师",
    "候选人",
    "成员",
    "机关",
    "责任人",
    "组",
    "常委会",
    "党校",
    "工会",
    "团委",
    "网格员",
    "督查室",
    "工作部",
    "社工部",
    "党委会",
    "党组会",
    "纪委",
    "妇联",
    "卫生院",
];

/// What a predicate begins with: modals, periods, and the verbs that directives give to offices.
const PREDICATES: [&str; 71] = [
    "应当",
    "必须",
    "要",
    "须",
    "请",
    "每年",
    "每月",
    "每季度",
    "每半年",
    "每周",
    "每两",
    "一般",
    "于",
    "在",
    "将",
    "至少",
    "全年",
    "对",
    "牵头",
    "会同",
    "召开",
    "负责",
    "都要",
    "均要",
    "都须",
    "应",
    "把",
    "派出",
    "选派",
    "组织",
    "开展",
    "建立",
    "制定",
    "完成",
    "举办",
    "配备",
    "联系",
    "走访",
    "带队",
    "带头",
    "提交",
    "报送",
    "安排",
    "落实",
    "打造",
    "建设",
    "设立",
    "认真",
    "做好",
    "拿出",
    "按",
    "结合",
    "不少于",
    "一年",
    "年内",
    "不得",
    "成立",
    "到",
    "每学",
    "每人",
    "上半年",
    "下半年",
    "创建",
    "撰写",
    "听取",
    "储备",
    "力争",
    "确保",
    "汇总",
    "每学期",
    "全部",
];

/// What each of many may be told to do.
const EACH_DOES: [&str; 13] = ["设", "建", "配", "成立", "选", "要", "须", "应", "至少", "不少于", "每", "创", "报"];

/// Prepositions: what follows is no subject.
const PREPOSITIONS: [&str; 15] = ["对", "把", "将", "从", "在", "为", "向", "以", "与", "按", "逐", "通过", "针对", "结合", "围绕"];

/// The subject written at the head of a clause, split at 、 和 会同.
pub(crate) fn subject(clause: &str) -> Vec<String> {
    let clause = clause.trim_start_matches(['请', '由', ' ', '\u{3000}']).trim_start_matches("原则上").trim_start_matches("年内");
    if starts_any(clause, &PREPOSITIONS) {
        return Vec::new();
    }
    let letters = Letters::of(clause);
    let ends = PREDICATES.iter().filter(|m| letters.may_hold(m)).flat_map(|m| clause.match_indices(m)).map(|(at, _)| at).filter(|&at| at > 0);
    let is_each = clause.starts_with('各')
        || clause.starts_with('每')
            && !starts_any(clause, &["每年", "每月", "每季", "每半", "每周", "每两", "每个月", "每个季", "每学", "每个学", "每天", "每日"]);
    let whole = is_each.then_some(clause.len());
    let mut heads: Vec<&str> = ends.chain(whole).map(|end| &clause[..end]).filter(|head| names_office(head)).collect();
    // 每个小区设一处: whoever 每 and 各 name, office or not.
    let verb =
        EACH_DOES.iter().flat_map(|verb| clause.match_indices(verb).map(|(at, _)| at)).filter(|at| (2..=8).contains(&n_chars(&clause[..*at]))).min();
    heads.extend(verb.filter(|_| is_each).map(|at| &clause[..at]));
    let found = heads.into_iter().min_by_key(|head| head.len()).and_then(from_each);
    let joined = found.and_then(|head| Some((head, clause[clause.find(head)? + head.len()..].strip_prefix("会同")?)));
    match joined {
        Some((head, rest)) => performers(head).into_iter().chain(named_first(rest)).collect(),
        None => found.map(performers).unwrap_or_default(),
    }
}

fn names_office(head: &str) -> bool {
    n_chars(head) <= 24 && !head.contains(|c: char| c.is_ascii_digit()) && ends_any(head, &ORGANISATIONS)
}

/// 市委组织部、市民政局每季度…: the offices that the words after 会同 begin with.
fn named_first(rest: &str) -> Vec<String> {
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
    let names = ends.map(|end| &rest[..end]).filter(|head| n_chars(head) <= 40 && ends_any(head, &ORGANISATIONS));
    let whole = names.take_while(|head| split(head).iter().all(|name| n_chars(name) <= 14)).last();
    whole.map(performers).unwrap_or_default()
}

/// 以上工作请各支部: the office begins with 各; 运转经费每村 names none.
fn from_each(head: &str) -> Option<&str> {
    let each = head.rfind("请各").map(|at| at + '请'.len_utf8());
    let inner = head.find('每').filter(|at| *at > 0);
    match (each, inner) {
        (Some(at), _) => Some(&head[at..]),
        (None, Some(at)) => ends_any(&head[..at], &["上", "中", "内"]).then_some(&head[at..]),
        (None, None) => Some(head),
    }
}

/// 组织部会同民政局, 党委和党支部: each an office of its own.
fn performers(head: &str) -> Vec<String> {
    const JOINTS: [&str; 5] = ["会同", "或者", "和", "与", "及"];
    let cut = JOINTS.iter().find_map(|joint| {
        let at = head.find(joint)?;
        (ends_any(&head[..at], &ORGANISATIONS) && ends_any(&head[at + joint.len()..], &ORGANISATIONS)).then_some((at, joint.len()))
    });
    match cut {
        Some((at, len)) => split(&head[..at]).into_iter().chain(performers(&head[at + len..])).collect(),
        None => split(head),
    }
}

/// The units of a closing bracket or of a table cell, performers first in the order written.
pub(crate) fn listed(text: &str) -> Vec<String> {
    let inner = text.trim_matches(['（', '）', '(', ')']);
    let mut found = Vec::new();
    let mut names_persons = false;
    for part in inner.split(['：', ':', '，', ',', '；', ';', ' ', '\u{3000}']) {
        if ends_any(part, &["时限", "期限", "时间"]) {
            break;
        }
        let is_label = starts_any(part, &["牵头", "责任", "配合", "协助", "落实", "主办", "承办", "联办", "参与"]) && n_chars(part) <= 6;
        // 责任领导：…, 责任人：… name persons, not units.
        if is_label {
            names_persons = ends_any(part, &["领导", "责任人"]);
        } else if !names_persons {
            found.extend(split(part));
        }
    }
    found
}

fn split(text: &str) -> Vec<String> {
    // A 、 within a bracket belongs to the name.
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth -= 1,
            _ => {}
        }
        // 市、县党委: the first is no office without the second.
        let is_whole = parts.last().is_some_and(|last| n_chars(last) > 1);
        if c == '、' && depth == 0 && is_whole {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.into_iter().map(|p| p.trim().to_string()).filter(|p| !p.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_who() {
        assert_eq!(subject("各支部应当开展"), ["各支部"]);
        assert_eq!(subject("县委组织部、县委党校每年举办"), ["县委组织部", "县委党校"]);
        assert_eq!(subject("逐村制定方案"), Vec::<String>::new());
        assert_eq!(listed("（牵头单位：组织部，责任单位：各镇、各街道）"), ["组织部", "各镇", "各街道"]);
    }
}
