//! Results as files: the listing as asked, the whole result, one organisation's explanation; marked when the scheme is an example.

use crate::http::path::Path;
use assessment::{Evaluation, ItemResult, Row, decimal, explain, explain_total, plain};
use office::document::{Align, Block, Official, OfficialColumn, OfficialTable, write_official};
use office::sheet::{Column, ColumnKind, Table, Value};
use policy::{Capability, Ratio};
use store::OrgId;

use super::explain::{OneRow, evidence, not_reviewed, one_row};
use super::explain_data::filter_words;
use super::result::{Listing, cohort_name, star_word, unit_of};
use super::{shortened, version_words};
use crate::evaluation::access::{Opened, opened};
use crate::evaluation::brief::Brief;
use crate::evaluation::still_open::still_open;
use crate::evaluation::{self, KIND};
use crate::http::download;
use crate::http::list::{Export, ListQuery};
use crate::http::visit::{Answer, Visit};

fn text(heading: &str, width: f64) -> Column {
    Column::new(heading, ColumnKind::Text).wide(width)
}

fn decimals(heading: &str) -> Column {
    Column::new(heading, ColumnKind::Decimal { places: 2 })
}

/// Two decimals as the sheet keeps them.
pub(in crate::evaluation) fn two_places(value: Ratio) -> Value {
    let hundredths = (value * Ratio::from_integer(100) + Ratio::new(1, 2)).floor().to_integer();
    i64::try_from(hundredths).map_or(Value::Empty, |units| Value::Decimal { units, places: 2 })
}

fn micro(value: i64) -> Value {
    two_places(Ratio::new(i128::from(value), 1_000_000))
}

/// The name of the whole with what must be known at first sight.
fn title_of(found: &Opened) -> String {
    let state = if found.evaluation.published_at.is_some() { "" } else { "（征求意见稿）" };
    let mark = if found.evaluation.is_example { "【示例方案】" } else { "" };
    format!("{mark}{}{state}　指纹 {}", found.evaluation.name, shortened(&found.evaluation.fingerprint))
}

/// The rows of the page as they are asked for.
pub(super) fn listing(export: Export, visit: &Visit, found: &Opened, listing: &Listing, query: &ListQuery) -> Answer {
    let table = {
        let directory = visit.app.directory();
        let rows = listing.asked(&directory, found.evaluation.organisation, query);
        summary(visit, &directory, found, listing, &rows)
    };
    download::table(export, &found.evaluation.name, &table)
}

fn summary(visit: &Visit, directory: &crate::directory::Directory, found: &Opened, listing: &Listing, rows: &[&Brief]) -> Table {
    let pack = visit.pack();
    let columns = vec![
        Column::new("名次", ColumnKind::Integer),
        text("组织编码", 18.0),
        text("党支部", 34.0),
        text("单位", 14.0),
        text("领域", 10.0),
        text("同类分组", 20.0),
        Column::new("组内支部数", ColumnKind::Integer),
        decimals("得分"),
        decimals("评定后最高"),
        text("星级", 10.0),
        text("档次", 8.0),
        decimals("有依据的权重（%）"),
        text("说明", 40.0),
    ];
    let lines = rows.iter().map(|row| {
        let size = listing.head.cohorts.iter().find(|cohort| cohort.key == row.cohort).map_or(0, |cohort| cohort.size);
        vec![
            row.rank.map_or(Value::Empty, |rank| Value::Integer(i64::from(rank))),
            Value::text(row.code.clone()),
            Value::text(row.name.clone()),
            Value::text(unit_of(directory, found.evaluation.organisation, row.org).map(|(_, name)| name).unwrap_or_default()),
            Value::text(pack.fields.get(&row.field).map_or(row.field.clone(), |field| field.name.clone())),
            Value::text(cohort_name(directory, &row.cohort)),
            Value::Integer(i64::try_from(size).unwrap_or_default()),
            micro(row.score_micro),
            micro(row.score_to_micro),
            Value::text(row.star.map_or_else(|| row.words_without_star().to_owned(), |star| format!("{}星", star_word(star)))),
            Value::text(row.tier.as_ref().and_then(|key| listing.pack.tiers.get(key)).map(|tier| tier.name.clone()).unwrap_or_default()),
            two_places(Ratio::new(i128::from(row.evidenced_micro), 10_000)),
            Value::text(row.remark.clone()),
        ]
    });
    Table { name: "评定结果".into(), title: Some(title_of(found)), columns, rows: lines.collect() }
}

/// `GET /evaluations/{id}/workbook`: everything the visitor sees, one line per organisation, and one per organisation and item.
pub(super) async fn whole_workbook(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let listing = Listing::read(&visit, &found).await?;
    let mut result = evaluation::result(visit.app.store().reader(), id).await?;
    let seen: std::collections::HashSet<OrgId> = listing.rows.iter().map(|row| row.org).collect();
    result.rows.retain(|row| seen.contains(&row.org));
    let first = {
        let directory = visit.app.directory();
        let rows: Vec<&Brief> = listing.rows.iter().collect();
        summary(&visit, &directory, &found, &listing, &rows)
    };
    let columns = vec![
        text("组织编码", 18.0),
        text("党支部", 34.0),
        text("部分", 12.0),
        text("项目", 26.0),
        Column::new("分子", ColumnKind::Integer),
        Column::new("分母", ColumnKind::Integer),
        text("结果", 10.0),
        decimals("得分"),
        decimals("分值"),
        text("缺的周期", 30.0),
    ];
    let lines = result.rows.iter().flat_map(|row| row.items.iter().map(|item| item_line(&result, row, item)));
    let second = Table { name: "逐项得分".into(), title: Some(title_of(&found)), columns, rows: lines.collect() };
    download::workbook(&found.evaluation.name, &[first, second])
}

fn item_line(result: &Evaluation, row: &Row, item: &ItemResult) -> Vec<Value> {
    let definition = result.definition(item);
    let missing: Vec<String> = item.missing.iter().map(ToString::to_string).collect();
    vec![
        Value::text(row.code.clone()),
        Value::text(row.name.clone()),
        Value::text(definition.section.clone()),
        Value::text(definition.name.clone()),
        Value::Integer(item.numerator),
        Value::Integer(item.denominator),
        Value::text(item.outcome.label()),
        item.points.map_or(Value::Empty, two_places),
        two_places(definition.weight),
        Value::text(missing.join("、")),
    ]
}

/// `GET /evaluations/{id}/organisations/{org}/workbook`
pub(super) async fn one_workbook(visit: Visit, Path((id, organisation)): Path<(i64, OrgId)>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let one = one_row(&visit, &found, organisation).await?;
    let columns = vec![
        text("部分", 12.0),
        text("项目", 28.0),
        Column::new("分子", ColumnKind::Integer),
        Column::new("分母", ColumnKind::Integer),
        text("结果", 10.0),
        decimals("得分"),
        decimals("分值"),
        text("说明", 50.0),
        text("出处", 46.0),
    ];
    let mut lines: Vec<Vec<Value>> = one.row.items.iter().map(|item| explained_line(&one, item)).collect();
    lines.push(vec![
        Value::text("总分"),
        Value::text(star_words(&one.row)),
        Value::Empty,
        Value::Empty,
        Value::Empty,
        two_places(one.row.score),
        two_places(Ratio::from_integer(100)),
        Value::text(explain_total(&one.head, &one.row).join("")),
        Value::Empty,
    ]);
    let table = Table { name: "得分说明".into(), title: Some(format!("{}：{}", one.row.name, title_of(&found))), columns, rows: lines };
    download::workbook(&format!("{} 得分说明", one.row.name), &[table])
}

fn star_words(row: &Row) -> String {
    row.star.map_or_else(|| row.words_without_star().to_owned(), |star| format!("{}星", star_word(star)))
}

fn explained_line(one: &OneRow, item: &ItemResult) -> Vec<Value> {
    let definition = one.head.definition(item);
    let told = explain(&one.head, &one.row, item);
    let source = policy::source(&one.pack, &definition.cite);
    vec![
        Value::text(definition.section.clone()),
        Value::text(definition.name.clone()),
        Value::Integer(item.numerator),
        Value::Integer(item.denominator),
        Value::text(item.outcome.label()),
        item.points.map_or(Value::Empty, two_places),
        two_places(definition.weight),
        Value::text(told.sentences.join("")),
        Value::text(format!("{}{}“{}”", source.document, source.clause.unwrap_or_default(), source.quote.unwrap_or_default())),
    ]
}

fn column(heading: &str, share: u32, align: Align) -> OfficialColumn {
    OfficialColumn { heading: heading.to_owned(), share, align }
}

/// What stands at the head of every page of a document of this result.
fn mark_of(found: &Opened) -> Option<String> {
    let draft = found.evaluation.published_at.is_none().then_some("征求意见稿");
    let parts: Vec<&str> = draft.into_iter().chain(found.evaluation.is_example.then_some("示例方案")).collect();
    (!parts.is_empty()).then(|| parts.join("　"))
}

/// `2025 年度` without the spaces that a screen needs.
pub(in crate::evaluation) fn tight(text: &str) -> String {
    text.replace(' ', "")
}

/// A fingerprint as it is printed: in groups of eight, so that a line may end between them.
pub(in crate::evaluation) fn grouped(fingerprint: &str) -> String {
    fingerprint.as_bytes().chunks(8).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(" ")
}

/// `GET /evaluations/{id}/organisations/{org}/document`: the explanation as a sheet to be printed.
pub(super) async fn one_document(visit: Visit, Path((id, organisation)): Path<(i64, OrgId)>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let one = one_row(&visit, &found, organisation).await?;
    let total =
        explain_total(&one.head, &one.row).join("").replace(&one.row.cohort, &format!("“{}”", cohort_name(&visit.app.directory(), &one.row.cohort)));
    let verb = if found.evaluation.published_at.is_some() { "评为" } else { "拟评" };
    let verdict = one.row.star.map_or_else(|| one.row.words_without_star().to_owned(), |star| format!("{verb}{}星", star_word(star)));
    let mut blocks = vec![
        Block::Paragraph(tight(&format!(
            "{}，{verdict}，得分{}分。{total}{}",
            one.row.name,
            evaluation::printed_score(&one.row),
            not_reviewed(&found, organisation).unwrap_or_default()
        ))),
        Block::Heading1("各项得分".into()),
        Block::Table(OfficialTable {
            caption: None,
            columns: vec![
                column("部分", 3, Align::Center),
                column("项目", 7, Align::Left),
                column("完成", 3, Align::Center),
                column("得分", 2, Align::Right),
                column("分值", 2, Align::Right),
                column("结果", 3, Align::Center),
            ],
            rows: one.row.items.iter().map(|item| table_line(&one, item)).collect(),
        }),
    ];
    blocks.push(Block::Heading1("逐项说明".into()));
    for item in &one.row.items {
        let definition = one.head.definition(item);
        let told = explain(&one.head, &one.row, item);
        let source = policy::source(&one.pack, &definition.cite);
        blocks.push(Block::Heading2(definition.name.clone()));
        blocks.push(Block::Paragraph(tight(&told.sentences.join(""))));
        if let Some(words) = filter_words(&one.pack, &definition.indicator) {
            blocks.push(Block::Paragraph(format!("数的是：{}。", tight(&words))));
        }
        let (records, others) = evidence(&visit, &one, item).await?;
        if !records.is_empty() {
            let listed: Vec<String> = records.iter().map(|record| format!("{}{}（{}号）", record.on, record.kind, record.id)).collect();
            blocks.push(Block::Paragraph(format!("计入的记录{}条：{}。", listed.len(), listed.join("、"))));
        }
        if !others.is_empty() {
            let labels: Vec<&str> = others.iter().map(|link| link.label.as_str()).collect();
            blocks.push(Block::Paragraph(format!("依据：{}。", labels.join("、"))));
        }
        let quote = source.quote.map(|quote| format!("“{quote}”")).unwrap_or_default();
        blocks.push(Block::Paragraph(format!("出处：{}{}{quote}。", source.document, source.clause.unwrap_or_default())));
    }
    let open = still_open(&visit, &found, &one).await?;
    if !open.is_empty() {
        blocks.push(Block::Heading1("还可以做的".into()));
        blocks.push(Block::Paragraph("已经结束的周期不因补录改变。".into()));
        blocks.push(Block::Table(OfficialTable {
            caption: None,
            columns: vec![column("最后一天", 3, Align::Center), column("事项", 7, Align::Left), column("怎样办", 8, Align::Left)],
            rows: open
                .into_iter()
                .map(|open| vec![open.until.map_or_else(|| "—".to_owned(), |day| day.to_string()), tight(&open.what), tight(&open.how)])
                .collect(),
        }));
    }
    blocks.push(Block::Note(format!(
        "注：评定期间{}，数据截至{}。\n结果指纹（SM3）：{}\n方案版本：{}\n制度包：{}",
        tight(&found.evaluation.period.label()),
        found.evaluation.closed_until.yesterday().map(|day| day.to_string()).unwrap_or_default(),
        grouped(&found.evaluation.fingerprint),
        version_words(&one.pack, &found.evaluation),
        found.evaluation.pack_version
    )));
    let document = Official {
        title: format!("{}{}星级评定得分说明", one.row.name, tight(&found.evaluation.period.label())),
        mark: mark_of(&found),
        blocks,
        ..Official::default()
    };
    Ok(download::document(&format!("{} 得分说明", one.row.name), write_official(&document)))
}

fn table_line(one: &OneRow, item: &ItemResult) -> Vec<String> {
    let definition = one.head.definition(item);
    vec![
        definition.section.clone(),
        definition.name.clone(),
        if item.denominator > 0 { format!("{}/{}", item.numerator, item.denominator) } else { "—".to_owned() },
        item.points.map_or_else(|| "—".to_owned(), decimal),
        plain(definition.weight),
        item.outcome.label().to_owned(),
    ]
}

/// `GET /evaluations/{id}/document`: the whole result by cohort.
pub(super) async fn whole_document(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let listing = Listing::read(&visit, &found).await?;
    let mut blocks = Vec::new();
    let (office, is_whole) = {
        let directory = visit.app.directory();
        let office = found.evaluation.organisation;
        (directory.name_of(office).to_owned(), directory.is_visible(&visit.scope(Capability::ViewEvaluations), office))
    };
    let n_unrated = listing.rows.iter().filter(|row| row.is_unrated()).count();
    blocks.push(Block::Paragraph(format!(
        "按照年度考核计划，{office}组织了{}党支部星级评定，{}{}个党支部{}。现将结果列后。",
        tight(&found.evaluation.period.label()),
        // Whoever sees a part only is not told that it is all.
        if is_whole { "共" } else { "以下只列本岗位范围内的" },
        listing.rows.len(),
        if n_unrated > 0 { format!("，其中{n_unrated}个依据不足、暂不评定") } else { String::new() }
    )));
    {
        let directory = visit.app.directory();
        for cohort in &listing.head.cohorts {
            let rows: Vec<&Brief> = listing.rows.iter().filter(|row| row.cohort == cohort.key).collect();
            if rows.is_empty() {
                continue;
            }
            blocks.push(Block::Heading1(tight(&cohort_name(&directory, &cohort.key).replace('·', "，"))));
            let quota = cohort.quotas.first().map_or_else(String::new, |quota| {
                let edge = quota.edge_score.map_or_else(String::new, |score| format!("，最后一名{}分", decimal(score)));
                format!("，{}星名额{}个，实评{}个{edge}", star_word(quota.star), quota.places, quota.n_awarded)
            });
            blocks.push(Block::Paragraph(format!("同类{}个{quota}。", cohort.size)));
            blocks.push(Block::Table(OfficialTable {
                caption: None,
                columns: vec![
                    column("名次", 2, Align::Center),
                    column("党支部", 9, Align::Left),
                    column("得分", 3, Align::Right),
                    column("星级", 3, Align::Center),
                    column("档次", 2, Align::Center),
                ],
                rows: rows
                    .iter()
                    .map(|row| {
                        vec![
                            row.rank.map_or_else(|| "—".to_owned(), |rank| rank.to_string()),
                            row.name.clone(),
                            row.score(),
                            row.star.map_or_else(|| row.words_without_star().to_owned(), |star| format!("{}星", star_word(star))),
                            row.tier.as_ref().and_then(|key| listing.pack.tiers.get(key)).map_or_else(|| "—".to_owned(), |tier| tier.name.clone()),
                        ]
                    })
                    .collect(),
            }));
        }
    }
    let exempted = super::result::exempted_seen(&found, &listing);
    if !exempted.is_empty() {
        blocks.push(Block::Heading1("没有考评完、没有确认就公示的".into()));
        blocks.push(Block::Table(OfficialTable {
            caption: None,
            columns: vec![column("党组织", 8, Align::Left), column("原因", 10, Align::Left)],
            rows: exempted.into_iter().map(|it| vec![it.name, tight(&it.reason)]).collect(),
        }));
    }
    blocks.push(Block::Note(format!(
        "结果指纹（SM3）：{}\n方案版本：{}\n制度包：{}",
        grouped(&found.evaluation.fingerprint),
        version_words(&listing.pack, &found.evaluation),
        found.evaluation.pack_version
    )));
    let document = Official {
        title: format!("{}党支部星级评定结果", tight(&found.evaluation.period.label())),
        mark: mark_of(&found),
        blocks,
        ..Official::default()
    };
    Ok(download::document(&found.evaluation.name, write_official(&document)))
}
