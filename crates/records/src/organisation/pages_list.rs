//! `/organisations`: the tree on any day, and the list of what it holds.

use std::collections::HashMap;

use crate::http::path::Path;
use askama::Template;
use axum::extract::Query;
use axum::http::Uri;
use axum::response::{Html, IntoResponse};
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::{OrgId, Scope};

use super::flags::{Flag, FlagKind, flags};
use super::model::SINCE_UNKNOWN;
use super::past::{OrgOn, tree_on};
use super::read::{Words, day_in_words, secretaries};
use super::tree::{Counts, PastTree, TreeNodes, TreeView};
use crate::directory::OrgNode;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::{Layout, Tone};
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Standing, Status, grouped};
use crate::http::visit::{Answer, Visit};

const LIST: ListSpec = ListSpec {
    sorts: &["code", "name", "members", "founded", "term"],
    default_sort: ("code", Direction::Asc),
    filters: &["on", "under", "town", "field", "kind", "level", "flag"],
    per: 20,
};

#[derive(Template)]
#[template(path = "pages/organisation_list.html")]
struct OrganisationListPage {
    layout: Layout,
    sentence: String,
    tree: TreeNodes,
    has_tree: bool,
    on: String,
    today: String,
    /// What differs between the day and today.
    past: Option<String>,
    query: ListQuery,
    /// The list of the same day and organisation without search and filters.
    clear: Option<String>,
    towns: Vec<Choice>,
    fields: Vec<Choice>,
    kinds: Vec<Choice>,
    levels: Vec<Choice>,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_export: bool,
    /// Where an organisation is put below the chosen one.
    found_below: Option<OrgId>,
    unbuilt: u64,
    words: Words,
}

impl OrganisationListPage {
    fn warn() -> Tone {
        Tone::Warn
    }
}

/// An organisation of the list, borrowed from the lists in memory or from a past day: thousands are looked at, twenty shown.
#[derive(Clone, Copy)]
struct Line<'a> {
    id: OrgId,
    code: &'a str,
    name: &'a str,
    pinyin: &'a str,
    kind: &'a str,
    field: &'a str,
    level: &'a str,
    superior_code: &'a str,
    secretary: &'a str,
    members: u64,
    founded: Date,
    elected: Option<Date>,
    term_until: Option<Date>,
    flags: &'a [Flag],
    is_in_town: bool,
    /// Whether its page can be opened.
    is_open: bool,
}

/// A row as it is shown.
struct Row {
    id: OrgId,
    href: Option<String>,
    code: String,
    name: String,
    /// Where it stands, when another on the page has the same name.
    place: String,
    kind: String,
    field: String,
    secretary: String,
    members: u64,
    term: String,
    marks: Vec<(Status, String)>,
}

impl Line<'_> {
    fn matches(&self, query: &ListQuery) -> bool {
        let is = |name: &str, value: &str| query.filter(name).is_none_or(|wanted| wanted == value);
        is("field", self.field)
            && is("kind", self.kind)
            && is("level", self.level)
            && self.is_in_town
            && (query.q.is_empty()
                || crate::pinyin::is_found(&query.q, self.name, self.pinyin)
                || self.code.eq_ignore_ascii_case(&query.q)
                || self.secretary == query.q)
    }

    fn has(&self, kind: FlagKind) -> bool {
        self.flags.iter().any(|flag| flag.kind == kind && flag.explained.is_none())
    }

    fn row(&self, on: Option<Date>) -> Row {
        let standing = |flag: &Flag| match (&flag.explained, flag.kind) {
            (Some(_), _) => Standing::Excused,
            (None, FlagKind::NoCommittee) => Standing::Unproved,
            _ => Standing::Overdue,
        };
        let on = on.map(|on| format!("?on={on}")).unwrap_or_default();
        Row {
            id: self.id,
            href: self.is_open.then(|| format!("/organisations/{}{on}", self.id)),
            code: self.code.to_owned(),
            name: self.name.to_owned(),
            place: String::new(),
            kind: self.kind.to_owned(),
            field: self.field.to_owned(),
            secretary: self.secretary.to_owned(),
            members: self.members,
            term: self.term_until.map_or_else(|| "—".to_owned(), |day| day.to_string()),
            marks: self.flags.iter().map(|flag| (Status::new(standing(flag), flag.kind.word()), flag.why.clone())).collect(),
        }
    }
}

/// What one day holds.
struct Found {
    rows: Vec<Row>,
    total: u64,
    chips: Vec<Chip>,
    /// All matching rows, when they were asked for as a file.
    file: Option<Table>,
    tree: TreeNodes,
    sentence: String,
    past: Option<String>,
    towns: Vec<Choice>,
}

/// `GET /organisations`.
///
/// # Errors
/// [`Failure::NotFound`] for an organisation out of reach.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LIST, &uri);
    let scope = visit.scope(Capability::ViewOrganisations);
    let today = visit.today();
    let on = query.filter("on").and_then(|text| text.parse::<Date>().ok()).filter(|on| *on < today);
    let words = Words::of(&visit.pack());
    let under = query.filter("under").and_then(|text| text.parse::<OrgId>().ok());
    if query.export.is_some() && !visit.actor().may(Capability::Export) {
        return Err(Failure::Refused("您的岗位没有导出的权限，请联系本级管理员。".to_owned()));
    }
    let found = match on {
        None => of_today(&visit, &scope, &query, under, &words).await?,
        Some(on) => of_day(&visit, &scope, &query, under, &words, on).await?,
    };
    if let (Some(export), Some(table)) = (query.export, &found.file) {
        return download::table(export, &format!("党组织名册{}", on.unwrap_or(today)), table);
    }
    let mut layout = visit.layout("组织体系").crumb("基础信息", "/organisations").crumb("组织体系", "");
    if let Some(on) = on {
        layout.mark = Some(format!("历史 {on}"));
    }
    let may_manage = visit.scope(Capability::ManageOrganisations);
    let page = OrganisationListPage {
        layout,
        sentence: found.sentence,
        has_tree: found.tree.is_useful(),
        tree: found.tree,
        on: on.map(|on| on.to_string()).unwrap_or_default(),
        today: today.to_string(),
        past: found.past,
        clear: clear(&query),
        towns: found.towns,
        fields: query.choices("field", "全部", words.fields.iter().map(|(key, name)| (key, name))),
        kinds: query.choices("kind", "全部", words.kinds.iter()),
        levels: query.choices("level", "全部", words.levels.iter().map(|(key, name)| (key, name))),
        chips: found.chips,
        columns: columns(&query, on.is_some()),
        pager: Pager::new(&query, found.total, "个"),
        rows: found.rows,
        may_export: visit.actor().may(Capability::Export),
        found_below: if on.is_none() {
            under.filter(|id| visit.app.directory().visible(&may_manage, *id).is_some_and(|org| !org.is_branch()))
        } else {
            None
        },
        unbuilt: if on.is_none() { crate::unit::n_unbuilt(&visit).await? } else { 0 },
        query,
        words,
    };
    visit.page(&page)
}

fn clear(query: &ListQuery) -> Option<String> {
    let is_narrowed = !query.q.is_empty() || ["town", "field", "kind", "level", "flag"].iter().any(|name| query.filter(name).is_some());
    let kept: Vec<String> = ["on", "under"].iter().filter_map(|name| Some(format!("{name}={}", query.filter(name)?))).collect();
    is_narrowed.then(|| format!("/organisations?{}", kept.join("&")))
}

async fn of_today(visit: &Visit, scope: &Scope, query: &ListQuery, under: Option<OrgId>, words: &Words) -> Result<Found, Failure> {
    let flags = flags(&visit.app, scope, visit.today()).await?;
    let directory = visit.app.directory();
    if under.is_some_and(|id| !directory.is_visible(scope, id)) {
        return Err(Failure::NotFound);
    }
    let counts = Counts::of(&directory, scope);
    let town = query.filter("town").and_then(|text| text.parse::<OrgId>().ok());
    let is_under = |org: &OrgNode, id: Option<OrgId>| id.is_none_or(|id| org.id == id || org.superiors.contains(&id));
    let here: Vec<&OrgNode> = directory.all(scope).filter(|org| is_under(org, under)).collect();
    let lines: Vec<Line<'_>> = here
        .iter()
        .map(|org| Line {
            id: org.id,
            code: &org.code,
            name: &org.name,
            pinyin: &org.pinyin,
            kind: &org.kind,
            field: &org.field,
            level: &org.level,
            superior_code: org.parent.and_then(|id| directory.org(id)).map_or("", |org| org.code.as_str()),
            secretary: org.secretary.as_deref().unwrap_or_default(),
            members: counts.members(org),
            founded: org.founded_on,
            elected: org.elected_on,
            term_until: org.term_until,
            flags: flags.get(&org.id).map_or(&[], Vec::as_slice),
            is_in_town: is_under(org, town),
            is_open: true,
        })
        .collect();
    let towns: Vec<OrgId> = here.iter().filter(|org| org.level == "township").map(|org| org.id).collect();
    let towns: Vec<(String, String)> = towns.iter().map(ToString::to_string).zip(directory.told_apart(&towns)).collect();
    let n_branches = here.iter().filter(|org| org.is_branch()).count() as u64;
    let n_members: u64 = here.iter().map(|org| u64::from(org.n_members)).sum();
    let name = under.map(|id| format!("{}：", directory.name_of(id))).unwrap_or_default();
    let sentence = format!("{name}{} 个党组织，其中党支部 {} 个，党员 {} 名", grouped(here.len() as u64), grouped(n_branches), grouped(n_members));
    let tree = TreeView { directory: &directory, scope, list: "/organisations", current: under }.whole();
    let may_export = visit.scope(Capability::Export);
    let mut list = narrow(query, &lines, words, None, |id| directory.is_visible(&may_export, id));
    say_where(&mut list.rows, |id| directory.above(id));
    let towns = if (2..=80).contains(&towns.len()) { query.choices("town", "全部", towns) } else { Vec::new() };
    Ok(Found { tree, sentence, towns, ..list })
}

async fn of_day(visit: &Visit, scope: &Scope, query: &ListQuery, under: Option<OrgId>, words: &Words, on: Date) -> Result<Found, Failure> {
    let all = tree_on(&visit.app, scope, on, None).await?;
    if under.is_some_and(|id| !all.iter().any(|org| org.id == id)) {
        return Err(Failure::NotFound);
    }
    let here: Vec<&OrgOn> = all.iter().filter(|org| under.is_none_or(|id| org.id == id || org.superiors.contains(&id))).collect();
    let secretaries = secretaries(&visit.app, &here.iter().map(|org| org.id).collect::<Vec<_>>(), on).await?;
    let by_id: HashMap<OrgId, &OrgOn> = all.iter().map(|org| (org.id, org)).collect();
    let directory = visit.app.directory();
    let lines: Vec<Line<'_>> = here
        .iter()
        .map(|org| Line {
            id: org.id,
            code: &org.code,
            name: &org.name,
            pinyin: &org.pinyin,
            kind: &org.kind,
            field: &org.field,
            level: &org.level,
            superior_code: org.parent.and_then(|id| by_id.get(&id)).map_or("", |org| org.code.as_str()),
            secretary: secretaries.get(&org.id).map_or("", String::as_str),
            members: u64::from(if scope.is_narrowed() { org.n_members } else { org.n_members_below }),
            founded: org.from,
            elected: None,
            term_until: None,
            flags: &[],
            is_in_town: true,
            is_open: directory.is_visible(scope, org.id) || directory.org(org.id).is_none(),
        })
        .collect();
    let n_gone = all.iter().filter(|org| directory.org(org.id).is_none()).count();
    let n_renamed = all.iter().filter(|org| directory.org(org.id).is_some_and(|now| now.name != org.name)).count();
    let n_new = directory.all(scope).filter(|org| !by_id.contains_key(&org.id)).count();
    let n_members: u64 = here.iter().map(|org| u64::from(org.n_members)).sum();
    let n_now = directory.all(scope).filter(|org| under.is_none_or(|id| org.id == id || org.superiors.contains(&id))).count();
    let sentence = format!("当日 {} 个党组织、{} 名党员；现在 {} 个", grouped(here.len() as u64), grouped(n_members), grouped(n_now as u64));
    let past = format!("您在看 {}的组织，只能查阅。此后撤销 {n_gone} 个、新设 {n_new} 个、更名 {n_renamed} 个", day_in_words(on));
    let tree = PastTree::new(&all, &directory, "/organisations", under, on.to_string()).whole();
    let may_export = visit.scope(Capability::Export);
    let list = narrow(query, &lines, words, Some(on), |id| directory.is_visible(&may_export, id) || directory.org(id).is_none());
    Ok(Found { tree, sentence, past: Some(past), ..list })
}

/// Names that repeat on a page say where each stands.
fn say_where(rows: &mut [Row], above: impl Fn(OrgId) -> String) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for row in rows.iter() {
        *seen.entry(row.name.clone()).or_default() += 1;
    }
    for row in rows.iter_mut().filter(|row| seen[&row.name] > 1) {
        row.place = above(row.id);
    }
}

/// Searches, filters, sorts, and takes the page, or everything for a file.
fn narrow(query: &ListQuery, lines: &[Line<'_>], words: &Words, on: Option<Date>, may_export: impl Fn(OrgId) -> bool) -> Found {
    let narrowed: Vec<Line<'_>> = lines.iter().filter(|line| line.matches(query)).copied().collect();
    let chips = FlagKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let n = narrowed.iter().filter(|line| line.has(kind)).count() as u64;
            (n > 0 || query.filter("flag") == Some(kind.key())).then(|| query.chip("flag", kind.key(), kind.word(), Some(n)))
        })
        .collect();
    let flag = query.filter("flag").and_then(FlagKind::of);
    let mut chosen: Vec<Line<'_>> = narrowed.into_iter().filter(|line| flag.is_none_or(|kind| line.has(kind))).collect();
    sort(&mut chosen, query);
    let total = chosen.len() as u64;
    let file = query.export.map(|_| {
        chosen.retain(|line| may_export(line.id));
        sheet(&chosen, words)
    });
    let rows = query.page_of(&chosen).iter().map(|line| line.row(on)).collect();
    Found { rows, total, chips, file, tree: TreeNodes::default(), sentence: String::new(), past: None, towns: Vec::new() }
}

fn sort(lines: &mut [Line<'_>], query: &ListQuery) {
    // Lines come in the order of the tree, which is what sorting by code means.
    match query.sort {
        "name" => lines.sort_by_key(|line| (line.pinyin, line.code)),
        "members" => lines.sort_by_key(|line| (line.members, line.code)),
        "founded" => lines.sort_by_key(|line| (line.founded, line.code)),
        "term" => lines.sort_by_key(|line| (line.term_until.is_none(), line.term_until, line.code)),
        _ => {}
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
}

fn columns(query: &ListQuery, is_past: bool) -> Vec<Column> {
    let mut columns = vec![
        query.column("名称", "name", false),
        query.column("编码", "code", false),
        Column::plain("类别"),
        Column::plain("领域"),
        Column::plain("书记"),
        query.column("党员", "members", true),
    ];
    if !is_past {
        columns.push(query.column("任期届满", "term", false));
        columns.push(Column::plain("提示"));
    }
    columns
}

fn sheet(lines: &[Line<'_>], words: &Words) -> Table {
    let text = |heading: &str| SheetColumn::new(heading, ColumnKind::Text);
    let date = |heading: &str| SheetColumn::new(heading, ColumnKind::Date);
    let day = |day: Option<Date>| {
        day.filter(|day| *day > SINCE_UNKNOWN).map_or(Value::Empty, |day| Value::Date { year: day.year(), month: day.month(), day: day.day() })
    };
    let row = |line: &Line<'_>| {
        vec![
            Value::text(line.code),
            Value::text(line.name),
            Value::text(words.kind(line.kind)),
            Value::text(line.superior_code),
            Value::text(words.field(line.field)),
            Value::text(words.level(line.level)),
            day(Some(line.founded)),
            Value::text(line.secretary),
            day(line.elected),
            day(line.term_until),
            Value::Integer(i64::try_from(line.members).unwrap_or_default()),
            Value::text(line.flags.iter().map(|flag| flag.kind.word()).collect::<Vec<_>>().join("、")),
        ]
    };
    Table {
        name: "党组织".to_owned(),
        title: None,
        columns: vec![
            text("组织编码").wide(20.0),
            text("党组织全称").wide(36.0),
            text("党组织类别"),
            text("上级党组织编码").wide(20.0),
            text("所属领域"),
            text("层级"),
            date("建立日期"),
            text("书记姓名"),
            date("最近换届日期"),
            date("任期届满"),
            SheetColumn::new("党员", ColumnKind::Integer),
            text("提示").wide(24.0),
        ],
        rows: lines.iter().map(row).collect(),
    }
}

/// What the tree asks for when a branch of it is opened.
#[derive(Debug, serde::Deserialize)]
pub struct BelowQuery {
    #[serde(default)]
    list: String,
    #[serde(default)]
    on: String,
}

/// `GET /organisations/tree/{id}`: the entries directly below one organisation.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn below(visit: Visit, Path(id): Path<OrgId>, Query(asked): Query<BelowQuery>) -> Answer {
    let list = if asked.list == "members" { "/members" } else { "/organisations" };
    let capability = if list == "/members" { Capability::ViewMembers } else { Capability::ViewOrganisations };
    let scope = visit.scope(capability);
    let nodes = match asked.on.parse::<Date>() {
        Ok(on) => {
            let all = tree_on(&visit.app, &scope, on, None).await?;
            let directory = visit.app.directory();
            PastTree::new(&all, &directory, list, None, on.to_string()).below(id)
        }
        Err(_) => {
            let directory = visit.app.directory();
            TreeView { directory: &directory, scope: &scope, list, current: None }.below(id)
        }
    };
    Ok(Html(nodes.ok_or(Failure::NotFound)?.render()?).into_response())
}
