//! Who: the subject of the clause, the closing （责任单位：…）, the unit columns of a row.

use crate::words::{Letters, ends_any, n_chars, starts_any};

const ORGANISATIONS: [&str; 46] = [
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
    "党校",
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
];

const MODALS: [&str; 22] = [
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
];

/// The subject written at the head of a clause, split at 、 和.
pub(crate) fn subject(clause: &str) -> Vec<String> {
    let clause = clause.trim_start_matches(['请', '由', '按']);
    let letters = Letters::of(clause);
    let ends: Vec<usize> = MODALS.iter().filter(|m| letters.may_hold(m)).filter_map(|m| clause.find(m)).filter(|&at| at > 0).collect();
    let is_each = clause.starts_with('各') || clause.starts_with('每') && !starts_any(clause, &["每年", "每月", "每季", "每半", "每周", "每两"]);
    let candidates = ends.into_iter().chain(is_each.then_some(clause.len()));
    let mut best: Option<&str> = None;
    for end in candidates {
        let head = &clause[..end];
        if n_chars(head) <= 24
            && !head.contains(|c: char| c.is_ascii_digit())
            && ends_any(head, &ORGANISATIONS)
            && best.is_none_or(|b| head.len() < b.len())
        {
            best = Some(head);
        }
    }
    best.map(split).unwrap_or_default()
}

/// The units of a closing bracket or of a table cell, performers first in the order written.
pub(crate) fn listed(text: &str) -> Vec<String> {
    let inner = text.trim_matches(['（', '）', '(', ')']);
    let mut found = Vec::new();
    for part in inner.split(['：', ':', '，', ',', '；', ';', ' ']) {
        let is_label = starts_any(part, &["牵头", "责任", "配合", "协助", "落实", "主办", "承办", "联办", "参与"]) && n_chars(part) <= 6;
        if !is_label {
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
        if c == '、' && depth == 0 {
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
