//! Tables written with tabs: which column is content, time or unit.

use std::ops::Range;

use crate::deadline::deadlines;
use crate::words::{ends_any, has_any, n_chars};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Content,
    /// How points are given or taken: read for the targets it states, never a task as a whole.
    Scoring,
    /// A bare target (≥95%) for what the cell before it names.
    Target,
    /// Names the row; content only where no other column is.
    Topic,
    Units,
    /// Persons who answer for the row, and offices that assess it.
    Overseer,
    Time,
    Other,
}

/// The columns of the table being read.
pub(crate) type Columns = Vec<Column>;

/// What a row says beside its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub topic: Option<Range<usize>>,
    pub time: Option<Range<usize>>,
    pub units: Vec<Range<usize>>,
    /// First and last byte of the content cell, for rows that are one task as a whole.
    pub content: Vec<Range<usize>>,
    /// Those of them that only state a target, with where the name of what is to reach it begins.
    pub targets: Vec<(Range<usize>, usize)>,
}

/// The first column of most tables.
pub(crate) const NUMBER_COLUMN: &str = "序号";

/// The columns for a row of another length: more cells are more content, fewer have lost those before the last.
pub(crate) fn stretched(columns: &[Column], n_cells: usize) -> Columns {
    let content = columns.iter().rposition(|&c| c == Column::Content).unwrap_or(0);
    let mut stretched = columns.to_vec();
    while stretched.len() < n_cells {
        stretched.insert(content, Column::Content);
    }
    while stretched.len() > n_cells && stretched.len() > 2 {
        stretched.remove(stretched.len() - 2);
    }
    stretched
}

/// The trimmed cells of a line.
pub(crate) fn cells(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = line.start;
    // A table may also be drawn with bars.
    let mark = if text[line.clone()].contains('\t') { '\t' } else { '|' };
    for cell in text[line].split(mark) {
        let inner = cell.trim();
        let from = start + (cell.len() - cell.trim_start().len());
        found.push(from..from + inner.len());
        start += cell.len() + 1;
    }
    found
}

/// The columns, if the cells are column names.
pub(crate) fn header(text: &str, cells: &[Range<usize>]) -> Option<Columns> {
    let names: Vec<&str> = cells.iter().map(|c| &text[c.clone()]).collect();
    let is_header = names.iter().filter(|n| !n.is_empty()).all(|n| n_chars(n) <= 14 && !n.contains(['。', '，', '；']))
        && !names.iter().any(|n| n.contains(|c: char| c.is_ascii_digit()))
        && names.iter().filter(|n| column(n) != Column::Other).count() >= (names.len() / 2).max(2);
    let is_header =
        is_header && names.iter().any(|n| has_any(n, &["内容", "任务", "要求", "措施", "标准", "事项", "项目", "指标", "举措", "目标", "工作"]));
    if !is_header {
        return None;
    }
    let mut columns: Columns = names.iter().map(|n| column(n)).collect();
    // 目标任务 beside 具体举措 names the row: what is asked stands in the later one.
    let is_detail = |name: &str| has_any(name, &["内容", "要求", "措施", "举措", "标准", "办法", "细则"]);
    // 预期目标 after 主要举措 says what is to come of them.
    if let Some(detail) = names.iter().position(|n| is_detail(n)) {
        for (column, name) in columns.iter_mut().zip(&names).take(detail) {
            if *column == Column::Content && !is_detail(name) && has_any(name, &["任务", "项目", "事项", "目标"]) {
                *column = Column::Topic;
            }
        }
    }
    if !columns.contains(&Column::Content) && !columns.contains(&Column::Target) {
        let topic = columns.iter().rposition(|&c| c == Column::Topic);
        if let Some(i) = topic {
            columns[i] = Column::Content;
        }
    }
    Some(columns)
}

fn column(name: &str) -> Column {
    if has_any(name, &["时限", "时间", "期限", "进度", "节点"]) {
        Column::Time
    } else if ends_any(name, &["领导", "责任人", "负责人", "联系人"]) || has_any(name, &["考核部门", "考核单位", "考评单位", "评分单位", "评分部门"])
    {
        Column::Overseer
    } else if has_any(name, &["牵头", "责任", "配合", "部门", "单位", "负责", "主体", "领导", "人员"]) {
        Column::Units
    } else if has_any(name, &["目标值", "指标值", "数量", "计划数", "任务数"]) {
        Column::Target
    } else if has_any(name, &["评分", "计分", "扣分", "得分", "评价", "考核方式", "考核办法", "考核标准"]) {
        Column::Scoring
    } else if has_any(name, &["内容", "要求", "措施", "举措", "标准", "办法", "目标", "指标", "要点", "细则"]) && !has_any(name, &["一级", "二级"])
    {
        Column::Content
    } else if has_any(name, &["任务", "项目", "事项", "工作", "类别", "名称", "一级", "二级", "专题"]) {
        Column::Topic
    } else {
        Column::Other
    }
}

/// The columns of a table without a header, from one row: the longest cell is the content.
pub(crate) fn guess(text: &str, cells: &[Range<usize>]) -> Columns {
    let longest = (0..cells.len()).max_by_key(|&i| cells[i].len());
    cells
        .iter()
        .enumerate()
        .map(|(i, cell)| {
            let content = &text[cell.clone()];
            if Some(i) == longest {
                Column::Content
            } else if !deadlines(content, None).is_empty() || ends_any(content, &["推进", "长期"]) {
                Column::Time
            } else if ends_any(content, &["部", "委", "办", "局", "室", "组", "会", "党委", "支部", "单位", "科", "中心", "厅", "街道", "镇", "乡"])
            {
                Column::Units
            } else {
                Column::Topic
            }
        })
        .collect()
}

/// The row and its content cells. A short row has lost its first, merged cells.
pub(crate) fn row(columns: &[Column], cells: &[Range<usize>]) -> (Row, Vec<Range<usize>>) {
    let missing = columns.len().saturating_sub(cells.len());
    let mut row = Row::default();
    let mut contents = Vec::new();
    let mut name_start = None;
    for (cell, column) in cells.iter().zip(&columns[missing..]) {
        if cell.is_empty() {
            continue;
        }
        match column {
            Column::Content => {
                row.content.push(cell.clone());
                contents.push(cell.clone());
            }
            Column::Scoring => contents.push(cell.clone()),
            Column::Target => {
                row.content.push(cell.clone());
                contents.push(cell.clone());
                row.targets.push((cell.clone(), name_start.unwrap_or(cell.start)));
            }
            Column::Topic => row.topic = Some(cell.clone()),
            Column::Units => row.units.push(cell.clone()),
            Column::Time => row.time = Some(cell.clone()),
            Column::Overseer | Column::Other => {}
        }
        name_start = Some(cell.start);
    }
    (row, contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_columns() {
        let text = "序号\t重点任务\t工作内容\t责任部门\t完成时限";
        let cells = cells(text, 0..text.len());
        let columns = header(text, &cells).expect("a header");
        assert_eq!(columns, [Column::Other, Column::Topic, Column::Content, Column::Units, Column::Time]);
    }

    #[test]
    fn guesses_without_a_header() {
        let text = "抓学习\t组织全体党员集中学习并撰写体会\t组织部\t6月底前";
        let cells = cells(text, 0..text.len());
        assert_eq!(guess(text, &cells), [Column::Topic, Column::Content, Column::Units, Column::Time]);
    }
}
