//! A directive beside an earlier one: what is new, dropped, tightened, loosened.

use askama::Template;
use axum::http::Uri;
use directive::{AttributeChange, Change};
use policy::Capability;

use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Chip, Choice, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::model::Directive;
use crate::task::{directives, see, store as rows};

const PAIRS: ListSpec = ListSpec { sorts: &["text"], default_sort: ("text", Direction::Asc), filters: &["with", "change"], per: 50 };

/// What became of one demand.
struct Row {
    key: &'static str,
    status: Status,
    earlier: String,
    later: String,
    /// 数量：不少于 90% → 不少于 95%.
    what: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/task_directive_compare.html")]
struct ComparePage<'a> {
    layout: Layout,
    title: String,
    sentence: String,
    others: Vec<Choice>,
    query: ListQuery,
    changes: Vec<Chip>,
    columns: Vec<Column>,
    rows: &'a [Row],
    pager: Pager,
    has_other: bool,
}

/// `GET /tasks/directives/{id}/compare`.
///
/// # Errors
/// [`Failure::NotFound`] when either document is not one's own.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&PAIRS, &uri);
    let reader = visit.app.store().reader();
    let directive = directives::find(reader, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let places = see::places_of(visit.actor(), Capability::IssueTasks);
    let mut others: Vec<Directive> = rows::directives_of(reader, &places)
        .await?
        .into_iter()
        .map(|(other, _)| other)
        .filter(|other| other.id != id && other.issuer.is_acted_for_by(visit.actor(), Capability::IssueTasks))
        .collect();
    // The latest first; those of the same day in the order they were taken in.
    others.sort_by_key(|other| std::cmp::Reverse((day_of(other), other.id)));
    let chosen = query.filter("with").and_then(|with| with.parse::<i64>().ok());
    // The list knows no texts: the one that was chosen is read with its own.
    let other = match chosen {
        Some(with) if others.iter().any(|other| other.id == with) => directives::find(reader, visit.actor(), with).await?,
        Some(_) => return Err(Failure::NotFound),
        None => None,
    };
    let all = match &other {
        // Whichever is older stands on the left.
        Some(other) if day_of(other) <= day_of(&directive) => compared(other.text.clone(), directive.text.clone()).await?,
        Some(other) => compared(directive.text.clone(), other.text.clone()).await?,
        None => Vec::new(),
    };
    let count = |key: &str| all.iter().filter(|row| row.key == key).count() as u64;
    let mut chips = vec![query.chip("change", "", "全部", Some(all.len() as u64))];
    chips.extend(KINDS.iter().map(|(key, _, word)| query.chip("change", key, *word, Some(count(key)))));
    let title = directive.title.clone();
    let base = format!("/tasks/directives/{id}");
    let shown: Vec<Row> = {
        let is_wanted = |row: &Row| query.filter("change").is_none_or(|key| row.key == key);
        let holds = |row: &Row| query.q.is_empty() || row.earlier.contains(&query.q) || row.later.contains(&query.q);
        let mut shown: Vec<Row> = all.into_iter().filter(|row| is_wanted(row) && holds(row)).collect();
        if query.dir == Direction::Desc {
            shown.reverse();
        }
        shown
    };
    let sentence = match &other {
        None => "选一份往年的文件来比较".to_owned(),
        Some(other) => format!("和《{}》比较", other.title),
    };
    if let (Some(export), Some(_)) = (query.export, &other) {
        return download::table(export, "文件比较", &table(&shown));
    }
    let query = query.within(shown.len() as u64);
    let page = ComparePage {
        layout: visit
            .layout("与往年文件比较")
            .crumb("部署任务", "/tasks")
            .crumb("部署的文件", "/tasks/directives")
            .crumb(title.clone(), base)
            .crumb("比较", ""),
        title,
        sentence,
        others: query.choices("with", "选一份往年的文件", others.iter().map(|it| (it.id.to_string(), label(it)))),
        changes: chips,
        columns: vec![query.column("变化", "text", false), Column::plain("原来的要求"), Column::plain("现在的要求"), Column::plain("变了什么")],
        rows: query.page_of(&shown),
        pager: Pager::new(&query, shown.len() as u64, "条"),
        has_other: other.is_some(),
        query: query.clone(),
    };
    visit.page(&page)
}

fn day_of(directive: &Directive) -> jiff::civil::Date {
    directive.issued_on.unwrap_or(directive.created_on)
}

fn label(directive: &Directive) -> String {
    let title: String = directive.title.chars().take(40).collect();
    format!("{title}（{}）", day_of(directive))
}

/// How a demand can have changed: the filter's key, the mark, the word.
const KINDS: [(&str, Standing, &str); 6] = [
    ("new", Standing::Running, "新增"),
    ("tightened", Standing::Soon, "收紧"),
    ("altered", Standing::Far, "调整"),
    ("loosened", Standing::Late, "放宽"),
    ("same", Standing::Ok, "未变"),
    ("dropped", Standing::Excused, "不再要求"),
];

fn status(key: &'static str) -> (&'static str, Status) {
    let (_, standing, word) = KINDS.iter().find(|(known, ..)| *known == key).unwrap_or(&KINDS[2]);
    (key, Status::new(*standing, *word))
}

/// Both texts are read anew: what officers corrected belongs to the tasks, not to the documents.
async fn compared(earlier: String, later: String) -> anyhow::Result<Vec<Row>> {
    let read = move || {
        let (earlier, later) = (directive::read(&earlier), directive::read(&later));
        let found = directive::compare(&earlier, &later);
        // In the order of the later document, what was dropped at the end.
        let mut rows: Vec<(usize, Row)> = Vec::new();
        for pair in &found.pairs {
            let (key, status) = status(match pair.change {
                Change::Same => "same",
                Change::Tightened => "tightened",
                Change::Loosened => "loosened",
                Change::Altered => "altered",
            });
            let what = pair.attributes.iter().map(words).collect();
            let (earlier, later) = (earlier.tasks[pair.earlier].span.clone(), later.tasks[pair.later].span.clone());
            rows.push((pair.later, Row { key, status, earlier, later, what }));
        }
        for &i in &found.new {
            let (key, status) = status("new");
            rows.push((i, Row { key, status, earlier: String::new(), later: later.tasks[i].span.clone(), what: Vec::new() }));
        }
        rows.sort_by_key(|(place, _)| *place);
        let mut rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
        for &i in &found.dropped {
            let (key, status) = status("dropped");
            rows.push(Row { key, status, earlier: earlier.tasks[i].span.clone(), later: String::new(), what: Vec::new() });
        }
        rows
    };
    Ok(tokio::task::spawn_blocking(read).await?)
}

/// 数量：不少于 90% → 不少于 95%.
fn words(change: &AttributeChange) -> String {
    let name = match change.attribute {
        directive::Attribute::Quantity => "数量",
        directive::Attribute::Deadline => "时限",
        directive::Attribute::Frequency => "频次",
    };
    let said = |value: &Option<String>| value.as_deref().map_or("没有写".to_owned(), plain);
    format!("{name}：{} → {}", said(&change.earlier), said(&change.later))
}

/// The reader's notation in words: `>= 95 %` is 不少于 95%, `P3M` 3 个月内, `1次/季度` 每季度 1 次.
fn plain(value: &str) -> String {
    if let Some(rest) = value.strip_prefix('P') {
        let rest = rest.trim_start_matches('T');
        let n: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let unit = match rest.chars().last() {
            Some('Y') => "年",
            Some('M') => "个月",
            Some('W') => "周",
            Some('H') => "小时",
            _ => "天",
        };
        return format!("{n} {unit}内");
    }
    if let Some(period) = value.strip_prefix('/') {
        return format!("每{period}");
    }
    if let Some((times, period)) = value.split_once("次/") {
        let (bound, times) = bound(times);
        return format!("每{period}{bound} {times} 次").replace("  ", " ");
    }
    let (bound, rest) = bound(value);
    let text = rest.trim().replacen("XXXX-XX", "每月", 1).replacen("XXXX", "每年", 1).replace(" %", "%");
    if bound.is_empty() { text } else { format!("{bound} {text}") }
}

fn bound(text: &str) -> (&'static str, &str) {
    [(">=", "不少于"), ("<=", "不超过"), ("=", "")].iter().find_map(|(sign, word)| Some((*word, text.strip_prefix(sign)?))).unwrap_or(("", text))
}

fn table(rows: &[Row]) -> office::sheet::Table {
    use office::sheet::{Column, ColumnKind, Table, Value};
    Table {
        name: "文件比较".to_owned(),
        title: None,
        columns: vec![
            Column::new("变化", ColumnKind::Text),
            Column::new("原来的要求", ColumnKind::Text).wide(50.0),
            Column::new("现在的要求", ColumnKind::Text).wide(50.0),
            Column::new("变了什么", ColumnKind::Text).wide(40.0),
        ],
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    Value::text(row.status.word.clone()),
                    Value::text(row.earlier.clone()),
                    Value::text(row.later.clone()),
                    Value::text(row.what.join("；")),
                ]
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn values_are_said_in_words() {
        let said = [">= 95 %", "<= 1500 元", "= 3 期", "P3M", "1次/季度", ">=2次/年", "/年", "XXXX-04", "XXXX-XX-25", "2026-06"].map(plain);
        assert_eq!(
            said,
            ["不少于 95%", "不超过 1500 元", "3 期", "3 个月内", "每季度 1 次", "每年不少于 2 次", "每年", "每年-04", "每月-25", "2026-06"]
        );
    }
}
