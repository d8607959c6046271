//! `/figures`: the table, its charts, its file; the whole question stands in the address.

use askama::Template;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Per, Period};
use serde_json::json;

use super::choices::{Offer, Printed, per_word};
use super::print::{Said, cells, drawn, heads, said};
use super::question::{Across, Answered, N_PICKS_MAX, Question, RowOf, TABLE, answer};
use super::saved::{Shared, View, views_of};
use super::small::{Multiple, multiples};
use crate::duty::pages::{fields, places};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{ListQuery, Pager, encoded, pairs};
use crate::http::view::{Chip, Choice, Link};
use crate::http::visit::{Answer, Visit};

/// Views named beside the page; the rest stands in their list.
const N_VIEWS_NEAR: usize = 6;

#[derive(Template)]
#[template(path = "pages/figures.html")]
struct FiguresPage {
    layout: Layout,
    query: ListQuery,
    title: String,
    sentence: String,
    places: Vec<Choice>,
    levels: Vec<Choice>,
    years: Vec<Choice>,
    across: Vec<Choice>,
    periods: Vec<Choice>,
    fields: Vec<Choice>,
    /// By heading: key, name, how it is counted, whether chosen.
    groups: Vec<Group>,
    n_picked: usize,
    n_picks_max: usize,
    /// Questions to begin with, for whoever has chosen nothing.
    begin: Vec<Link>,
    looks: Vec<Chip>,
    heads: Vec<Head>,
    orders: Vec<Choice>,
    rows: Vec<Row>,
    charts: Vec<Chart>,
    /// One small chart per organisation, when that is asked for.
    multiples: Vec<Multiple>,
    pager: Pager,
    views: Vec<View>,
    may_share_below: bool,
    /// What stands behind the question mark.
    question: String,
    notes: Vec<String>,
}

impl FiguresPage {
    fn is_chart(&self) -> bool {
        self.query.filter("show") == Some("chart")
    }

    fn is_each(&self) -> bool {
        self.query.filter("show") == Some("each")
    }
}

struct Group {
    heading: &'static str,
    offers: Vec<OfferView>,
}

struct OfferView {
    key: String,
    name: String,
    how: String,
    /// 比率 or 数量.
    word: &'static str,
    chosen: bool,
}

struct Head {
    name: String,
    note: String,
    without: String,
    columns: Vec<HeadColumn>,
}

struct HeadColumn {
    label: String,
    is_whole: bool,
}

struct Row {
    name: String,
    href: String,
    /// `all`, `own`, or nothing.
    class: &'static str,
    note: String,
    cells: Vec<Vec<CellView>>,
}

struct CellView {
    said: Said,
    href: String,
    speaks: String,
    is_whole: bool,
}

/// A drawing of what all together come to, with its figures as a table.
struct Chart {
    name: String,
    option: String,
    speaks: String,
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// `GET /figures`.
pub(super) async fn show(visit: Visit) -> Answer {
    let question = Question::read(&visit, &TABLE, "/figures")?;
    let answered = if question.picks.is_empty() { None } else { Some(answer(&visit, &question, question.query.export.is_some()).await?) };
    let name = format!("{} {} 年统计", question.name, question.year);
    if let (Some(export), Some(answered)) = (question.query.export, &answered) {
        return download::table(export, &name, &sheet(&visit, &question, answered, &name));
    }
    let views = views_of(&visit.app, visit.actor(), visit.home()).await?;
    let rows = answered.as_ref().map(|answered| table_rows(&question, answered)).unwrap_or_default();
    let n_rows = answered.as_ref().map_or(0, |answered| {
        let is_left_out = answered.rows.iter().any(|row| row.is_top) && !rows.iter().any(|row| row.class == "own");
        answered.n_rows as u64 - u64::from(is_left_out)
    });
    let query = question.query.clone().within(n_rows);
    let each = answered.as_ref().filter(|_| query.filter("show") == Some("each")).map(|answered| multiples(&question, answered));
    let (multiples, more) = each.unwrap_or_default();
    let page = FiguresPage {
        layout: visit.layout("统计查询").crumb("基础信息", "/organisations").crumb("统计查询", ""),
        title: if question.picks.is_empty() { "统计查询".to_owned() } else { name },
        sentence: sentence(&question, answered.as_ref()),
        places: places(&visit, &question.scope, question.top.as_ref()),
        levels: levels(&question),
        years: years(&question),
        across: Across::ALL
            .map(|(across, key, label)| Choice { value: key.to_owned(), label: label.to_owned(), selected: across == question.across })
            .into(),
        periods: periods(&question),
        fields: fields(&visit, &query),
        groups: groups(&question),
        n_picked: question.picks.len(),
        n_picks_max: N_PICKS_MAX,
        begin: begin(&question),
        looks: vec![
            query.chip("show", "", "看表", None),
            query.chip("show", "chart", "看合计的图", None),
            query.chip("show", "each", "看各组织的图", None),
        ],
        heads: answered.as_ref().map(|answered| table_heads(&question, answered)).unwrap_or_default(),
        orders: [("code", "按组织编码"), ("name", "按名称")]
            .map(|(key, label)| Choice { value: key.to_owned(), label: label.to_owned(), selected: query.sort == key })
            .into(),
        rows,
        charts: answered.as_ref().filter(|_| query.filter("show") == Some("chart")).map(|answered| charts(&question, answered)).unwrap_or_default(),
        multiples,
        pager: Pager::new(&query, n_rows, "行"),
        views: views.into_iter().take(N_VIEWS_NEAR).collect(),
        may_share_below: Shared::Below.is_open_to(visit.actor()),
        question: query.page_link(1).split_once('?').map(|(_, question)| question.to_owned()).unwrap_or_default(),
        notes: more.into_iter().chain(notes(&question)).collect(),
        query,
    };
    visit.page(&page)
}

fn sentence(question: &Question, answered: Option<&Answered>) -> String {
    let Some(answered) = answered else {
        return "任选要看的数，按组织、期间、领域排成表；每个数都能点开看是哪些记录。".to_owned();
    };
    let on = question.today.min(Period::year(question.year).last_day());
    format!(
        "截至 {on}，按当天的组织树和已入账的记录现算，{} 个党组织计入；每个数都能点开。",
        crate::http::view::grouped(answered.n_organisations as u64)
    )
}

fn notes(question: &Question) -> Vec<String> {
    let mut notes = vec!["比率和不重复的人数在每一级都从记录重新计算，不是下级数的平均。按组织编码排列，不排名次。".to_owned()];
    if question.picks.iter().any(|offer| offer.printed == Printed::Share) {
        notes.push("比率下面是分子/分母；没有导入完整记录的期间单列“待佐证”，不算没有做到，也不在分母里；没有结束的期间不计。".to_owned());
    }
    let longer = |offer: &&Offer| match (question.across, offer.per) {
        (Across::Periods(across), Some(per)) => across.months() < per.months(),
        (Across::Fields, Some(per)) => question.period.per.months() < per.months(),
        _ => false,
    };
    notes.extend(
        question.picks.iter().filter(longer).map(|offer| format!("“{}”按{}计，比它短的期间里没有数。", offer.name, offer.per.map_or("", per_word))),
    );
    notes
}

fn levels(question: &Question) -> Vec<Choice> {
    let below = question.top.as_ref().and_then(|top| question.pack.levels.get(&top.level)).map_or(0, |level| level.order);
    let mut levels: Vec<_> = question.pack.levels.iter().filter(|(_, level)| level.order > below).collect();
    levels.sort_by_key(|(_, level)| level.order);
    let first = Choice { value: String::new(), label: "下一级".to_owned(), selected: question.level.is_none() };
    let rest = levels.into_iter().map(|(key, level)| Choice {
        value: key.clone(),
        label: level.name.clone(),
        selected: question.level.as_ref() == Some(key),
    });
    std::iter::once(first).chain(rest).collect()
}

fn years(question: &Question) -> Vec<Choice> {
    let now = question.today.year();
    (0..4)
        .map(|back| now - back)
        .map(|year| Choice { value: year.to_string(), label: format!("{year} 年"), selected: year == question.year })
        .collect()
}

/// Of a table by fields: which period it is about.
fn periods(question: &Question) -> Vec<Choice> {
    if question.across != Across::Fields {
        return Vec::new();
    }
    let year = Period::year(question.year);
    let parts = [Per::Year, Per::HalfYear, Per::Quarter, Per::Month].into_iter().flat_map(|per| year.parts(per));
    parts
        .filter(|period| period.from() <= question.today)
        .map(|period| Choice { value: period.to_string(), label: super::short(period), selected: period == question.period })
        .collect()
}

fn groups(question: &Question) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for offer in &question.offers {
        let view = OfferView {
            key: offer.key.clone(),
            name: offer.name.clone(),
            how: offer.how.clone(),
            word: if offer.printed == Printed::Share { "比率" } else { "数量" },
            chosen: question.picks.iter().any(|pick| pick.key == offer.key),
        };
        match groups.last_mut().filter(|group| group.heading == offer.heading()) {
            Some(group) => group.offers.push(view),
            None => groups.push(Group { heading: offer.heading(), offers: vec![view] }),
        }
    }
    groups
}

/// One question for each kind of record: its rates, or else its counts.
fn begin(question: &Question) -> Vec<Link> {
    if !question.picks.is_empty() {
        return Vec::new();
    }
    let mut links: Vec<Link> = Vec::new();
    for group in question.offers.chunk_by(|a, b| a.source == b.source) {
        let rates: Vec<&Offer> = group.iter().filter(|offer| offer.printed == Printed::Share).take(4).collect();
        let picks: Vec<&Offer> = if rates.is_empty() { group.iter().take(4).collect() } else { rates };
        let yearly = picks.iter().any(|offer| offer.per == Some(Per::Year));
        let picks: Vec<String> = picks.iter().map(|offer| format!("pick={}", encoded(&offer.key))).collect();
        let cols = if yearly { "cols=year&" } else { "" };
        links.push(Link::new(format!("{}概况", group[0].heading()), format!("/figures?{cols}{}", picks.join("&"))));
    }
    links
}

fn table_heads(question: &Question, answered: &Answered) -> Vec<Head> {
    let head = |offer: &Offer| Head {
        name: offer.name.clone(),
        note: if offer.printed == Printed::Share { offer.how.clone() } else { offer.unit.clone() },
        without: asked_again(&question.query, |name, value| name == "pick" && value == offer.key, None),
        columns: answered.columns.iter().map(|column| HeadColumn { label: column.label.clone(), is_whole: column.is_whole }).collect(),
    };
    question.picks.iter().map(head).collect()
}

/// The same question from its first page, with some parts of it changed.
fn asked_again(query: &ListQuery, goes: impl Fn(&str, &str) -> bool, more: Option<(&str, String)>) -> String {
    let all = query.page_link(1);
    let kept = pairs(all.split_once('?').map_or("", |(_, rest)| rest)).into_iter().filter(|(name, value)| !goes(name, value));
    let parts = kept.chain(more.map(|(name, value)| (name.to_owned(), value))).map(|(name, value)| format!("{name}={}", encoded(&value)));
    format!("/figures?{}", parts.collect::<Vec<_>>().join("&"))
}

fn table_rows(question: &Question, answered: &Answered) -> Vec<Row> {
    let all =
        Row { name: "合计".to_owned(), href: String::new(), class: "all", note: question.name.clone(), cells: cells_of(question, answered, None) };
    let rows = answered.rows.iter().enumerate().map(|(at, row)| Row {
        name: if row.is_top { "本级".to_owned() } else { row.name.clone() },
        href: href_of(question, row),
        class: if row.is_top { "own" } else { "" },
        note: if row.is_top { row.name.clone() } else { String::new() },
        cells: cells_of(question, answered, Some((at, row))),
    });
    // An office that records nothing itself needs no row of its own.
    let says_something = |row: &Row| row.class != "own" || row.cells.iter().flatten().any(|cell| !cell.said.is_nothing);
    std::iter::once(all).chain(rows.filter(says_something)).collect()
}

/// One level down; an organisation with nothing below it opens itself.
pub(super) fn href_of(question: &Question, row: &RowOf) -> String {
    match row.id {
        Some(id) if row.opens && row.stands => {
            asked_again(&question.query, |name, _| ["organisation", "level", "q"].contains(&name), Some(("organisation", id.to_string())))
        }
        Some(id) => format!("/organisations/{id}"),
        None => String::new(),
    }
}

fn cells_of(question: &Question, answered: &Answered, row: Option<(usize, &RowOf)>) -> Vec<Vec<CellView>> {
    let name = row.map_or("合计", |(_, row)| row.name.as_str());
    let of = |(pick, offer): (usize, &Offer)| -> Vec<CellView> {
        let cell = |(at, column): (usize, &super::question::ColumnOf)| {
            let figure = answered.figure(row.map(|(at, _)| at), at, pick);
            let said = if column.is_coming { Said { is_nothing: true, ..Said::default() } } else { said(figure, offer) };
            let speaks =
                format!("{name}，{}，{}，{}{}", offer.name, column.label, said.text, if said.note.is_empty() { "" } else { "，" }) + &said.note;
            let is_open = !column.is_coming && figure.is_some() && !(said.is_nothing && said.note.is_empty());
            let href = if is_open { behind(question, row.map(|(_, row)| row), column, offer) } else { String::new() };
            CellView { said, href, speaks, is_whole: column.is_whole }
        };
        answered.columns.iter().enumerate().map(cell).collect()
    };
    question.picks.iter().enumerate().map(of).collect()
}

/// The records behind a figure; of what has no organisation of its own there is no page.
pub(super) fn behind(question: &Question, row: Option<&RowOf>, column: &super::question::ColumnOf, offer: &Offer) -> String {
    let top = question.top.as_ref().map(|top| top.id);
    let id = match row {
        None => top,
        Some(row) if !row.stands => return String::new(),
        Some(row) => row.id,
    };
    let mut parts: Vec<String> = id.map(|id| format!("organisation={id}")).into_iter().collect();
    parts.push(format!("period={}", column.period));
    parts.extend(column.field.as_ref().or(question.field.as_ref()).map(|field| format!("field={field}")));
    parts.push(format!("pick={}", encoded(&offer.key)));
    // A figure alone in its row is its own, even where others stand below.
    if row.is_some_and(|row| row.is_top) {
        parts.push("own=1".to_owned());
    }
    format!("/figures/records?{}", parts.join("&"))
}

/// One drawing for each figure: what all within reach come to, by column. Organisations are not drawn against each other.
fn charts(question: &Question, answered: &Answered) -> Vec<Chart> {
    question.picks.iter().enumerate().filter_map(|(pick, offer)| chart(question, answered, pick, offer)).collect()
}

fn chart(question: &Question, answered: &Answered, pick: usize, offer: &Offer) -> Option<Chart> {
    let shown = |(_, column): &(usize, &super::question::ColumnOf)| !column.is_coming && (!column.is_whole || answered.columns.len() == 1);
    let points: Vec<_> = answered.columns.iter().enumerate().filter(shown).collect();
    let figures: Vec<_> = points.iter().map(|(at, column)| (column, answered.figure(None, *at, pick))).collect();
    let is_share = offer.printed == Printed::Share;
    let is_line = is_share && question.across != Across::Fields && figures.len() > 1;
    let data: Vec<serde_json::Value> = figures
        .iter()
        .map(|(column, figure)| match drawn(*figure, offer) {
            Some(value) => json!({ "value": value, "href": behind(question, None, column, offer) }),
            None => json!(null),
        })
        .collect();
    let (at, last) = figures.iter().rev().find(|(_, figure)| drawn(*figure, offer).is_some())?;
    let label = if is_share { "{c}%" } else { "{c}" };
    let mut value_axis = json!({ "type": "value", "min": 0 });
    if is_share {
        value_axis["axisLabel"] = json!({ "formatter": "{value}%" });
        value_axis["max"] = json!(100);
    }
    let mut series = json!({ "data": data, "label": { "show": true, "position": "top", "formatter": label } });
    series["type"] = json!(if is_line { "line" } else { "bar" });
    Some(Chart {
        name: offer.name.clone(),
        speaks: format!("{} {}{}：{}", question.name, at.label, offer.name, said(*last, offer).text),
        option: json!({
            "grid": { "left": 8, "right": 24, "top": 28, "bottom": 4, "containLabel": true },
            "xAxis": { "type": "category", "data": figures.iter().map(|(column, _)| &column.label).collect::<Vec<_>>() },
            "yAxis": value_axis,
            "series": [series],
        })
        .to_string(),
        heads: vec![if question.across == Across::Fields { "领域" } else { "期间" }.to_owned(), "数".to_owned(), "构成".to_owned()],
        rows: figures
            .iter()
            .map(|(column, figure)| {
                let said = said(*figure, offer);
                vec![column.label.clone(), said.text, said.note]
            })
            .collect(),
    })
}

fn sheet(visit: &Visit, question: &Question, answered: &Answered, name: &str) -> Table {
    let mut columns = vec![
        SheetColumn::new("组织编码", ColumnKind::Text).wide(20.0),
        SheetColumn::new("党组织", ColumnKind::Text).wide(36.0),
        SheetColumn::new("层级", ColumnKind::Text),
    ];
    for offer in &question.picks {
        columns.extend(answered.columns.iter().flat_map(|column| heads(offer, &column.label)));
    }
    let level = |key: &str| visit.pack().levels.get(key).map_or_else(String::new, |level| level.name.clone());
    let figures = |row: Option<usize>| -> Vec<Value> {
        let of = |(pick, offer): (usize, &Offer)| -> Vec<Value> {
            let coming = |at: usize| answered.figure(row, at, pick).filter(|_| !answered.columns[at].is_coming);
            (0..answered.columns.len()).flat_map(|at| cells(coming(at), offer)).collect()
        };
        question.picks.iter().enumerate().flat_map(of).collect()
    };
    let all: Vec<Value> = [Value::Empty, Value::text(format!("{}合计", question.name)), Value::Empty].into_iter().chain(figures(None)).collect();
    let rows = answered.rows.iter().enumerate().map(|(at, row)| -> Vec<Value> {
        let name = if row.is_top { format!("{}（本级）", row.name) } else { row.name.clone() };
        [Value::text(&row.code), Value::text(name), Value::text(level(&row.level))].into_iter().chain(figures(Some(at))).collect()
    });
    let rows = std::iter::once(all).chain(rows).collect();
    Table { name: "统计查询".to_owned(), title: Some(format!("{name}（{}）", question.today)), columns, rows }
}
