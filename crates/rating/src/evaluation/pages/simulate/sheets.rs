//! A simulation as a workbook: the list as it is asked for, and the reports beside it. Every sheet says that it is a draft.

use assessment::{Compared, GroupReport};
use office::sheet::{Column, ColumnKind, Table, Value};

use super::moves::{asked, count_moves, field_name, moves_of};
use super::reports::{at_words, group_name, is_equal, item_place, items_asked, mean_words, places_words, position_words, share_words, spread_words};
use super::{MARK, Place, office};
use crate::evaluation::pages::result::{cohort_name, star_word, unit_of};
use crate::evaluation::pages::sheets::two_places;
use crate::http::download;
use crate::http::list::{Export, ListQuery};
use crate::http::visit::Answer;

fn text(heading: &str, width: f64) -> Column {
    Column::new(heading, ColumnKind::Text).wide(width)
}

fn whole(heading: &str) -> Column {
    Column::new(heading, ColumnKind::Integer)
}

fn decimals(heading: &str) -> Column {
    Column::new(heading, ColumnKind::Decimal { places: 2 })
}

fn count(n: usize) -> Value {
    Value::Integer(i64::try_from(n).unwrap_or_default())
}

/// What stands over every sheet: that it is a draft, of what, with which changes.
fn title(place: &Place<'_>) -> String {
    let example = if place.simulation.example { "【示例方案】" } else { "" };
    let changes = place.ask.changes();
    let changes = if changes.is_empty() { "没有改动".to_owned() } else { changes.join("，") };
    let until = place.simulation.closed_until.yesterday().map(|day| day.to_string()).unwrap_or_default();
    format!("【{MARK}】{example}{}，{}，数据到 {until}；草案：{changes}", place.simulation.name, place.simulation.period.label())
}

fn file_name(place: &Place<'_>, what: &str) -> String {
    format!("{MARK} {} {what}", place.simulation.name)
}

fn one_or_all(export: Export, place: &Place<'_>, what: &str, tables: &[Table]) -> Answer {
    match (export, tables) {
        (Export::Csv, [first, ..]) => download::table(export, &file_name(place, what), first),
        _ => download::workbook(&file_name(place, what), tables),
    }
}

/// Who moves, as asked, with everything else behind it.
pub(super) fn moves(export: Export, place: &Place<'_>, query: &ListQuery) -> Answer {
    let tables =
        [moves_table(place, query), matrix_table(place), items_table(place, &place.simulation.items.iter().collect::<Vec<_>>()), groups_table(place)];
    one_or_all(export, place, "变动名单", &tables)
}

/// The items as asked.
pub(super) fn items(export: Export, place: &Place<'_>, query: &ListQuery) -> Answer {
    one_or_all(export, place, "各项作用", &[items_table(place, &items_asked(place, query))])
}

/// The groups.
pub(super) fn fairness(export: Export, place: &Place<'_>) -> Answer {
    one_or_all(export, place, "是否公平", &[groups_table(place)])
}

fn star(star: Option<u8>) -> Value {
    Value::text(star.map_or_else(|| "没有星级".to_owned(), |star| format!("{}星", star_word(star))))
}

fn rank(rank: Option<u32>) -> Value {
    rank.map_or(Value::Empty, |rank| Value::Integer(i64::from(rank)))
}

fn moves_table(place: &Place<'_>, query: &ListQuery) -> Table {
    let directory = place.visit.app.directory();
    let home = office(place.visit);
    // A draft that changes nothing names nobody.
    let rows: Vec<&Compared> = if place.ask.is_same() { Vec::new() } else { asked(place, &directory, query) };
    let columns = vec![
        text("组织编码", 18.0),
        text("党支部", 34.0),
        text("单位", 14.0),
        text("领域", 10.0),
        whole("正式党员"),
        text("变动", 16.0),
        text("现行星级", 10.0),
        text("草案星级", 10.0),
        decimals("现行得分"),
        decimals("草案得分"),
        whole("现行组内名次"),
        whole("草案组内名次"),
        whole("组内支部数"),
        text("同类分组", 20.0),
    ];
    let lines = rows.iter().map(|row| {
        vec![
            Value::text(row.code.clone()),
            Value::text(row.name.clone()),
            Value::text(home.and_then(|home| unit_of(&directory, home, row.org)).map(|(_, name)| name).unwrap_or_default()),
            Value::text(field_name(place, &row.field)),
            Value::Integer(i64::from(row.n_members)),
            Value::text(moves_of(row).into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("，")),
            star(row.before.star),
            star(row.after.star),
            two_places(row.before.score),
            two_places(row.after.score),
            rank(row.before.rank),
            rank(row.after.rank),
            count(row.after.size),
            Value::text(cohort_name(&directory, &row.after.cohort)),
        ]
    });
    Table { name: "变动名单".into(), title: Some(title(place)), columns, rows: lines.collect() }
}

fn matrix_table(place: &Place<'_>) -> Table {
    let counted = count_moves(place);
    let name = |star: Option<u8>| star.map_or_else(|| "没有星级".to_owned(), |star| format!("{}星", star_word(star)));
    let mut columns = vec![text("现行＼草案", 12.0)];
    columns.extend(counted.iter().map(|(to, _)| whole(&name(*to))));
    let lines = counted.iter().map(|(from, cells)| std::iter::once(Value::text(name(*from))).chain(cells.iter().map(|(_, n)| count(*n))).collect());
    Table { name: "星级转移".into(), title: Some(title(place)), columns, rows: lines.collect() }
}

fn items_table(place: &Place<'_>, items: &[&assessment::ItemReport]) -> Table {
    let step = share_words(place.rules.weight_step);
    let columns = vec![
        text("适用", 12.0),
        text("部分", 12.0),
        text("项目", 28.0),
        decimals("现行分值"),
        decimals("草案分值"),
        whole(&format!("上调 {step} 换星")),
        text("上调后名次平均动（位）", 14.0),
        whole(&format!("下调 {step} 换星")),
        text("下调后名次平均动（位）", 14.0),
        whole("计这一项的支部"),
        whole("得分一样的最大一组"),
        text("这一组", 16.0),
        text("平均得分率", 12.0),
        text("平均相差（百分点）", 12.0),
        text("提示", 14.0),
    ];
    let lines = items.iter().map(|item| {
        let usefulness = item.usefulness.as_ref();
        vec![
            Value::text(item_place(place, item)),
            Value::text(item.definition.section.clone()),
            Value::text(item.definition.name.clone()),
            two_places(item.weight_before),
            two_places(item.definition.weight),
            count(item.up.n_star),
            Value::text(places_words(&item.up)),
            count(item.down.n_star),
            Value::text(places_words(&item.down)),
            usefulness.map_or(Value::Empty, |u| count(u.n)),
            usefulness.map_or(Value::Empty, |u| count(u.n_equal)),
            usefulness.map_or(Value::Empty, |u| Value::text(at_words(u))),
            Value::text(mean_words(usefulness)),
            Value::text(spread_words(usefulness)),
            Value::text(if is_equal(place, item) { "分不出高低" } else { "" }),
        ]
    });
    Table { name: "各项作用".into(), title: Some(title(place)), columns, rows: lines.collect() }
}

fn groups_table(place: &Place<'_>) -> Table {
    let columns = vec![
        text("分法", 12.0),
        text("组", 22.0),
        whole("党支部"),
        whole("评出星级的"),
        text("现行平均位置", 14.0),
        text("草案平均位置", 14.0),
        whole("现行最高星级"),
        whole("草案最高星级"),
    ];
    let line = |how: &'static str, group: &GroupReport| {
        vec![
            Value::text(how),
            Value::text(group_name(place, group)),
            count(group.n),
            count(group.after.n_rated),
            Value::text(position_words(&group.before)),
            Value::text(position_words(&group.after)),
            count(group.before.n_top),
            count(group.after.n_top),
        ]
    };
    let by_field = place.simulation.by_field.iter().map(|group| line("领域", group));
    let by_size = place.simulation.by_size.iter().map(|group| line("支部大小", group));
    Table { name: "是否公平".into(), title: Some(title(place)), columns, rows: by_field.chain(by_size).collect() }
}
