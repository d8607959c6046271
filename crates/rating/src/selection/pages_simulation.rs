//! `/selections/{key}/simulation`: a selection on today's records, for those who may open evaluations: how many could come forward,
//! what keeps how many out, and which these are.

use askama::Template;
use office::sheet::Value;
use policy::{Capability, Selection};
use store::OrgId;

use super::Openings;
use super::pages::{mark, selection_of, table};
use super::simulation::{Condition, Simulation, Tried, simulate};
use crate::evaluation::SIMULATION_MARK;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};

const LINES: ListSpec =
    ListSpec { sorts: &["name", "unit", "field"], default_sort: ("name", Direction::Asc), filters: &["condition", "field"], per: 50 };

/// Those to whom a line of the summary, or the list, is narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Meant,
    MayApply,
    Supported,
    Out(usize),
    Unknown(usize),
}

impl Group {
    fn key(self, simulation: &Simulation) -> String {
        match self {
            Self::Meant => "meant".to_owned(),
            Self::MayApply => "may_apply".to_owned(),
            Self::Supported => "supported".to_owned(),
            Self::Out(place) => format!("out.{}", simulation.conditions[place].key),
            Self::Unknown(place) => format!("unknown.{}", simulation.conditions[place].key),
        }
    }

    fn words(self, simulation: &Simulation) -> String {
        match self {
            Self::Meant => "面向的党组织".to_owned(),
            Self::MayApply => "现在能申报的".to_owned(),
            Self::Supported => "能申报，各项记录也都达到的".to_owned(),
            Self::Out(place) => out_words(&simulation.conditions[place]),
            Self::Unknown(place) => format!("{}：没有记录，由审核的人看", simulation.conditions[place].name),
        }
    }

    fn has(self, line: &Tried) -> bool {
        match self {
            Self::Meant => true,
            Self::MayApply => line.may_apply,
            Self::Supported => line.is_supported(),
            Self::Out(place) => line.out.contains(&place),
            Self::Unknown(place) => line.unknown.contains(&place),
        }
    }

    /// Whether the records say anything to it.
    fn is_recorded(self, simulation: &Simulation) -> bool {
        match self {
            Self::Out(place) | Self::Unknown(place) => simulation.conditions[place].is_recorded,
            Self::Meant | Self::MayApply | Self::Supported => true,
        }
    }

    /// All that have a line of their own.
    fn all(simulation: &Simulation) -> Vec<Self> {
        let mut groups = vec![Self::Meant, Self::MayApply, Self::Supported];
        for (place, condition) in simulation.conditions.iter().enumerate() {
            groups.push(Self::Out(place));
            if !condition.indicators().is_empty() {
                groups.push(Self::Unknown(place));
            }
        }
        groups
    }
}

/// Whom a condition keeps out.
fn out_words(condition: &Condition) -> String {
    if condition.indicators().is_empty() { condition.name.clone() } else { format!("{}：记录没有达到", condition.name) }
}

/// A line of the summary: how many, over all fields and in each.
struct SummaryLine {
    name: String,
    note: &'static str,
    total: Link,
    fields: Vec<Link>,
    is_current: bool,
}

struct Line {
    name: Link,
    unit: String,
    field: String,
    why: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/selection_simulation.html")]
struct SimulationPage {
    layout: Layout,
    back: String,
    sentence: String,
    standing: String,
    fields: Vec<String>,
    summary: Vec<SummaryLine>,
    query: ListQuery,
    conditions: Vec<Choice>,
    field_choices: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<Line>,
    pager: Pager,
}

/// `GET /selections/{key}/simulation`
///
/// # Errors
/// When the pack has no such selection, or records cannot be read.
pub async fn show(visit: Visit, Path(key): Path<String>) -> Answer {
    let pack = visit.pack();
    let selection = selection_of(&pack, &key)?;
    let scope = visit.scope(Capability::OpenEvaluations);
    let simulation = simulate(&visit.app, &scope, &key, selection, visit.today()).await?;
    let path = format!("/selections/{key}/simulation");
    let query = ListQuery::parse(&LINES, &path, Some(&visit.query));
    let groups = Group::all(&simulation);
    let group = query.filter("condition").and_then(|word| groups.iter().copied().find(|group| group.key(&simulation) == word));
    let group = group.unwrap_or(Group::MayApply);
    let mut fields: Vec<(&str, &str)> = pack
        .fields
        .iter()
        .map(|(key, field)| (key.as_str(), field.name.as_str()))
        .filter(|(key, _)| simulation.lines.iter().any(|line| line.field == *key))
        .collect();
    fields.sort_by_cached_key(|(_, name)| crate::pinyin::key(name));
    let mut shown: Vec<&Tried> = simulation.lines.iter().filter(|line| group.has(line)).collect();
    shown.retain(|line| query.filter("field").is_none_or(|field| line.field == field));
    let mut lines: Vec<Line> = shown.into_iter().map(|line| self::line(&visit, &simulation, line)).collect();
    lines.retain(|line| line.name.label.contains(&query.q) || line.unit.contains(&query.q));
    match query.sort {
        "unit" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.unit)),
        "field" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.field)),
        _ => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.name.label)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let mut out = table(&selection.title, &["名称", "上级党组织", "领域", "还差什么"]);
        out.title = Some(format!("【{}】{}：{}，数据到 {}", marked(selection), selection.name, group.words(&simulation), visit.today()));
        let row = |line: Line| [line.name.label, line.unit, line.field, line.why.join("；")].map(Value::text).to_vec();
        out.rows.extend(lines.into_iter().map(row));
        return download::table(export, &format!("{SIMULATION_MARK} {}", selection.name), &out);
    }
    let openings = Openings::of(&visit).await?;
    let total = lines.len() as u64;
    let query = query.within(total);
    let back = format!("/selections/{key}");
    let mut layout = visit.layout("评选模拟").crumb("评选创建", "/selections").crumb(selection.name.clone(), back.clone()).crumb("模拟", "");
    layout.mark = Some(marked(selection));
    let n = |group: Group| simulation.lines.iter().filter(|line| group.has(line)).count();
    let page = SimulationPage {
        layout,
        back,
        sentence: format!(
            "“{}”按今天的记录：面向 {} 个，现在能申报 {} 个，其中各项记录都达到的 {} 个。",
            selection.name,
            n(Group::Meant),
            n(Group::MayApply),
            n(Group::Supported)
        ),
        standing: openings.why_not(&key, selection).unwrap_or_else(|| "现在已经开放申报；改条件以前可以在这里先看看。".to_owned()),
        summary: groups.iter().map(|it| summary(&simulation, *it, &fields, &path, *it == group)).collect(),
        conditions: query.choices(
            "condition",
            "现在能申报的",
            groups.iter().filter(|group| group.is_recorded(&simulation)).map(|group| (group.key(&simulation), group.words(&simulation))),
        ),
        field_choices: query.choices("field", "全部领域", fields.iter().copied()),
        fields: fields.iter().map(|(_, name)| (*name).to_owned()).collect(),
        columns: vec![
            query.column("党组织", "name", false),
            query.column("上级党组织", "unit", false),
            query.column("领域", "field", false),
            Column::plain("还差什么"),
        ],
        pager: Pager::new(&query, total, "个"),
        lines: query.paged(lines),
        query,
    };
    visit.page(&page)
}

/// What stands on the page and in the file.
fn marked(selection: &Selection) -> String {
    match mark(selection).filter(|_| selection.example) {
        Some(mark) => format!("{SIMULATION_MARK}　{mark}"),
        None => SIMULATION_MARK.to_owned(),
    }
}

fn summary(simulation: &Simulation, group: Group, fields: &[(&str, &str)], path: &str, is_current: bool) -> SummaryLine {
    let of = |field: Option<&str>| simulation.lines.iter().filter(|line| field.is_none_or(|field| line.field == field) && group.has(line)).count();
    let asked_of = |field: &str| match group {
        Group::Out(place) | Group::Unknown(place) => simulation.conditions[place].field.as_deref().is_none_or(|only| only == field),
        _ => true,
    };
    let condition = match group {
        Group::Out(place) | Group::Unknown(place) => Some(&simulation.conditions[place]),
        _ => None,
    };
    let is_recorded = group.is_recorded(simulation);
    let key = group.key(simulation);
    let link = |n: usize, field: Option<&str>| {
        let narrowed = field.map_or_else(String::new, |field| format!("&field={field}"));
        Link::new(
            if is_recorded { n.to_string() } else { "—".to_owned() },
            if n > 0 { format!("{path}?condition={key}{narrowed}") } else { String::new() },
        )
    };
    SummaryLine {
        name: group.words(simulation),
        note: match condition {
            Some(condition) if !condition.is_recorded => "没有对应的记录，由审核的人听、查、看、评",
            Some(condition) if condition.is_bar => "不能申报",
            _ => "",
        },
        total: link(of(None), None),
        fields: fields.iter().map(|(field, _)| if asked_of(field) { link(of(Some(field)), Some(field)) } else { Link::new("", "") }).collect(),
        is_current,
    }
}

fn line(visit: &Visit, simulation: &Simulation, tried: &Tried) -> Line {
    let directory = visit.app.directory();
    let id: OrgId = tried.organisation;
    let parent = directory.org(id).and_then(|org| org.parent);
    let out = tried.out.iter().map(|place| Group::Out(*place).words(simulation));
    let unknown = tried.unknown.iter().map(|place| Group::Unknown(*place).words(simulation));
    Line {
        name: visit.link(directory.name_of(id), format!("/organisations/{id}")),
        unit: parent.map_or_else(String::new, |id| directory.name_of(id).to_owned()),
        field: visit.pack().fields.get(&tried.field).map_or_else(|| tried.field.clone(), |field| field.name.clone()),
        why: out.chain(unknown).collect(),
    }
}
