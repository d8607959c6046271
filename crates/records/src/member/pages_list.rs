//! `/members`: the everyday list.

use std::sync::Arc;

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use serde_json::json;
use store::{OrgId, Scope};

use super::hours::{Year, parts};
use super::model::age_on;
use super::read::{Masked, Which, by_number, exemptions, masked, members_on, remarks, transfers};
use crate::directory::{Directory, MemberNode};
use crate::http::action::{ActionPage, Control, Form};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::{Layout, Tone};
use crate::http::list::{Column, Direction, Export, ListQuery, ListSpec, Pager};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Link, grouped};
use crate::http::visit::{Answer, Visit};
use crate::organisation::{PastTree, TreeNodes, TreeView, day_in_words, tree_on};

const LIST: ListSpec = ListSpec {
    sorts: &["org", "name", "age", "joined"],
    default_sort: ("org", Direction::Asc),
    filters: &["on", "under", "category", "status", "mark"],
    per: 20,
};

/// Marks that narrow the list, and their words.
const MARKS: [(&str, &str); 4] = [("mobile", "流动"), ("unverified", "待核验"), ("exempt", "免到待批"), ("transit", "转接途中")];

#[derive(Template)]
#[template(path = "pages/member_list.html")]
struct MemberListPage {
    layout: Layout,
    sentence: String,
    tree: TreeNodes,
    past: Option<String>,
    on: String,
    query: ListQuery,
    /// This page's own address.
    here: String,
    categories: Vec<Choice>,
    statuses: Vec<Choice>,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    has_organisation_column: bool,
    has_tree: bool,
    may_export: bool,
    may_export_all: bool,
    may_verify: bool,
    /// The branch that somebody new is put into.
    new_in: Option<OrgId>,
    n_waiting: usize,
}

struct Row {
    id: i64,
    name: String,
    href: Option<String>,
    sex: Arc<str>,
    age: String,
    masked: Masked,
    joined_on: String,
    category: Arc<str>,
    is_probationary: bool,
    organisation: String,
    remark: String,
    hours: Hours,
}

impl MemberListPage {
    fn warn() -> Tone {
        Tone::Warn
    }
}

/// What the marks are about, beside the lists in memory.
struct Marks {
    /// In ascending order, as is the next.
    exempt: Vec<i64>,
    transit: Vec<i64>,
}

impl Marks {
    fn has(&self, mark: &str, member: &MemberNode) -> bool {
        match mark {
            "mobile" => member.is_mobile,
            "unverified" => !member.is_verified,
            "exempt" => self.exempt.binary_search(&member.id).is_ok(),
            "transit" => self.transit.binary_search(&member.id).is_ok(),
            _ => true,
        }
    }

    /// How many of these carry a mark.
    fn count(&self, mark: &str, members: &[&MemberNode], sums: &Sums) -> usize {
        let few = match mark {
            "mobile" => return sums.n_mobile,
            "unverified" => return sums.n_unverified,
            "exempt" => &self.exempt,
            _ => &self.transit,
        };
        if few.is_empty() { 0 } else { members.iter().filter(|member| few.binary_search(&member.id).is_ok()).count() }
    }
}

/// A city is too long to be walked through once for each figure.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n_full: usize,
    n_mobile: usize,
    n_unverified: usize,
}

impl Sums {
    fn add(&mut self, member: &MemberNode) {
        self.n_full += usize::from(member.full_on.is_some());
        self.n_mobile += usize::from(member.is_mobile);
        self.n_unverified += usize::from(!member.is_verified);
    }
}

/// `GET /members`.
///
/// # Errors
/// [`Failure::NotFound`] for an organisation out of reach.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LIST, &uri);
    let today = visit.today();
    let on = query.filter("on").and_then(|text| text.parse::<Date>().ok()).filter(|on| *on < today);
    let scope = visit.scope(Capability::ViewMembers);
    let under = query.filter("under").and_then(|text| text.parse::<OrgId>().ok());
    let found = found(&visit, &scope, &query, under, on).await?;
    if let Some(export) = query.export {
        return export_masked(&visit, export, &found.rows, on.unwrap_or(today)).await;
    }
    let page_rows: Vec<&MemberNode> = found.rows.iter().collect();
    let rows = rows(&visit, &scope, &page_rows, on.unwrap_or(today)).await?;
    let (tree, name) = tree(&visit, &scope, under, on).await?;
    let mut layout = visit.layout("党员队伍").crumb("基础信息", "/organisations").crumb("党员队伍", "");
    if let Some(on) = on {
        layout.mark = Some(format!("历史 {on}"));
    }
    let new_in = {
        let directory = visit.app.directory();
        let branch = under.and_then(|id| directory.org(id)).filter(|org| org.is_branch());
        let may = visit.scope(Capability::ManageMembers);
        let only = directory.all(&may).filter(|org| org.is_branch()).take(2).map(|org| org.id).collect::<Vec<_>>();
        let new_in = match (branch, &only[..]) {
            (Some(org), _) if directory.is_visible(&may, org.id) => Some(org.id),
            (None, [only]) => Some(*only),
            _ => None,
        };
        new_in.filter(|_| on.is_none())
    };
    let page = MemberListPage {
        layout,
        sentence: format!("{name}{}", found.sentence),
        past: on.map(|on| format!("您在看 {}在册的党员，只能查阅。姓名、类别、状态按现在的登记显示。", day_in_words(on))),
        on: on.map(|on| on.to_string()).unwrap_or_default(),
        categories: query.choices("category", "全部", [("full", "正式党员"), ("probationary", "预备党员")]),
        statuses: query.choices("status", "在册", found.statuses.iter().map(|status| (status, status))),
        chips: found.chips,
        columns: columns(&query, !found.is_one_branch, today.year()),
        pager: Pager::new(&query, found.total, "名"),
        rows,
        has_organisation_column: !found.is_one_branch,
        has_tree: tree.is_useful(),
        tree,
        may_export: visit.actor().may(Capability::Export),
        may_export_all: on.is_none() && visit.actor().may(Capability::Export) && visit.actor().may(Capability::UnmaskMembers),
        may_verify: on.is_none() && visit.actor().may(Capability::VerifyMembers),
        new_in,
        here: query.page_link(query.page),
        n_waiting: if on.is_none() { n_waiting(&visit).await? } else { 0 },
        query,
    };
    visit.page(&page)
}

struct Found {
    /// Those of the page, or all of them for a file.
    rows: Vec<MemberNode>,
    total: u64,
    /// Whether they all belong to one branch.
    is_one_branch: bool,
    sentence: String,
    chips: Vec<Chip>,
    statuses: Vec<Arc<str>>,
}

/// Everybody who matches, sorted; with the figures above the list.
async fn found(visit: &Visit, scope: &Scope, query: &ListQuery, under: Option<OrgId>, on: Option<Date>) -> Result<Found, Failure> {
    let numbers = by_number(&visit.app, &query.q).await?;
    let marks = marks(visit).await?;
    let past = match on {
        Some(on) => Some(members_on(&visit.app, scope, under, on).await?),
        None => None,
    };
    let directory = visit.app.directory();
    if on.is_none() && under.is_some_and(|id| !directory.is_visible(scope, id)) {
        return Err(Failure::NotFound);
    }
    let all: Vec<&MemberNode> = match &past {
        Some(past) => past.iter().collect(),
        None => of_today(&directory, scope, under).collect(),
    };
    let mut sums = Sums::default();
    let mut statuses: Vec<Arc<str>> = Vec::new();
    let mut is_one_branch = true;
    for member in &all {
        sums.add(member);
        is_one_branch &= member.organisation == all[0].organisation;
        if !statuses.iter().any(|status| Arc::ptr_eq(status, &member.status)) && !statuses.contains(&member.status) {
            statuses.push(member.status.clone());
        }
    }
    statuses.sort();
    let sentence = format!(
        "{} 名，其中正式党员 {} 名，预备党员 {} 名，流动党员 {} 名",
        grouped(all.len() as u64),
        grouped(sums.n_full as u64),
        grouped((all.len() - sums.n_full) as u64),
        grouped(sums.n_mobile as u64)
    );
    let (category, status) = (query.filter("category"), query.filter("status"));
    let matches = |member: &&&MemberNode| {
        let is_found = query.q.is_empty()
            || numbers.as_ref().is_some_and(|ids| ids.contains(&member.id))
            || crate::pinyin::is_found(&query.q, &member.name, &member.pinyin);
        let in_category = match category {
            Some("full") => member.full_on.is_some(),
            Some("probationary") => member.full_on.is_none(),
            _ => true,
        };
        is_found && in_category && status.is_none_or(|status| status == &*member.status)
    };
    let is_narrowed = !query.q.is_empty() || category.is_some() || status.is_some();
    let narrowed: Vec<&MemberNode> = if is_narrowed {
        let narrowed: Vec<&MemberNode> = all.iter().filter(matches).copied().collect();
        sums = Sums::default();
        narrowed.iter().for_each(|member| sums.add(member));
        narrowed
    } else {
        all
    };
    let chips = MARKS
        .into_iter()
        .filter(|_| on.is_none())
        .filter_map(|(key, word)| {
            let n = marks.count(key, &narrowed, &sums) as u64;
            (n > 0 || query.filter("mark") == Some(key)).then(|| query.chip("mark", key, word, Some(n)))
        })
        .collect();
    let mut rows: Vec<&MemberNode> = match query.filter("mark") {
        Some(mark) => narrowed.into_iter().filter(|member| marks.has(mark, member)).collect(),
        None => narrowed,
    };
    sort(&mut rows, query);
    let total = rows.len() as u64;
    // In memory are hundreds of thousands: only what is shown is copied.
    let rows = if query.export.is_some() {
        rows.into_iter().cloned().collect()
    } else {
        query.page_of(&rows).iter().map(|member| (*member).clone()).collect()
    };
    Ok(Found { rows, total, is_one_branch, sentence, chips, statuses })
}

fn of_today<'a>(directory: &'a Directory, scope: &'a Scope, under: Option<OrgId>) -> Box<dyn Iterator<Item = &'a MemberNode> + 'a> {
    match under {
        Some(id) => Box::new(directory.subtree(id).filter(|org| directory.is_visible(scope, org.id)).flat_map(|org| directory.members_of(org.id))),
        None => Box::new(directory.members(scope)),
    }
}

fn sort(rows: &mut [&MemberNode], query: &ListQuery) {
    // The lists in memory come by organisation in the order of the tree, and by pinyin in each.
    match query.sort {
        "name" => rows.sort_by(|a, b| (&a.pinyin, a.id).cmp(&(&b.pinyin, b.id))),
        // The older, the earlier born.
        "age" => rows.sort_by(|a, b| {
            (a.born_on.is_none(), std::cmp::Reverse(a.born_on), a.id).cmp(&(b.born_on.is_none(), std::cmp::Reverse(b.born_on), b.id))
        }),
        "joined" => rows.sort_by_key(|row| (row.joined_on.is_none(), row.joined_on, row.id)),
        _ => {}
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
}

async fn marks(visit: &Visit) -> anyhow::Result<Marks> {
    let mut exempt: Vec<i64> = exemptions(&visit.app, None).await?.into_iter().map(|line| line.member).collect();
    let mut transit: Vec<i64> = transfers(&visit.app, Which::Waiting).await?.into_iter().map(|line| line.member).collect();
    exempt.sort_unstable();
    transit.sort_unstable();
    Ok(Marks { exempt, transit })
}

async fn n_waiting(visit: &Visit) -> anyhow::Result<usize> {
    let scope = visit.scope(Capability::TransferMembers);
    let open = transfers(&visit.app, Which::Waiting).await?;
    let directory = visit.app.directory();
    Ok(open.iter().filter(|line| directory.is_visible(&scope, line.to)).count())
}

async fn tree(visit: &Visit, scope: &Scope, under: Option<OrgId>, on: Option<Date>) -> anyhow::Result<(TreeNodes, String)> {
    let all = match on {
        Some(on) => tree_on(&visit.app, scope, on, None).await?,
        None => Vec::new(),
    };
    let directory = visit.app.directory();
    let then = under.and_then(|id| all.iter().find(|org| org.id == id)).map(|org| org.name.clone());
    let name = then.or_else(|| under.map(|id| directory.name_of(id).to_owned())).map(|name| format!("{name}：")).unwrap_or_default();
    let tree = match on {
        Some(on) => PastTree::new(&all, &directory, "/members", under, on.to_string()).whole(),
        None => TreeView { directory: &directory, scope, list: "/members", current: under }.whole(),
    };
    Ok((tree, name))
}

async fn rows(visit: &Visit, scope: &Scope, members: &[&MemberNode], on: Date) -> anyhow::Result<Vec<Row>> {
    let ids: Vec<i64> = members.iter().map(|member| member.id).collect();
    let mut masked = masked(&visit.app, &ids).await?;
    let mut remarks = remarks(&visit.app, members, on).await?;
    let mut organisations: Vec<OrgId> = members.iter().map(|member| member.organisation).collect();
    organisations.sort_unstable();
    organisations.dedup();
    let parts = parts(&visit.app, &organisations, on.year()).await?;
    let target = visit.pack().whole("training_hours_year", on);
    let directory = visit.app.directory();
    Ok(members
        .iter()
        .map(|member| Row {
            id: member.id,
            name: member.name.clone(),
            href: directory.member(scope, member.id).map(|_| format!("/members/{}", member.id)),
            sex: member.sex.clone(),
            age: member.born_on.map_or_else(|| "—".to_owned(), |born| age_on(born, on).to_string()),
            masked: masked.remove(&member.id).unwrap_or_default(),
            joined_on: member.joined_on.map_or_else(|| "—".to_owned(), |day| day.to_string()),
            category: member.category.clone(),
            is_probationary: member.full_on.is_none(),
            organisation: directory.name_of(member.organisation).to_owned(),
            remark: remarks.remove(&member.id).unwrap_or_default(),
            hours: Hours::of(parts.get(&member.id).map(|parts| Year::of(parts)), target),
        })
        .collect())
}

/// 26 / 32: quiet until it is reached; a dash where no record names anybody.
#[derive(Debug, Clone)]
pub(super) struct Hours {
    pub text: String,
    pub is_reached: bool,
}

impl Hours {
    pub(super) fn of(year: Option<Year>, target: Option<i64>) -> Self {
        let Some(year) = year else { return Self { text: "—".to_owned(), is_reached: false } };
        let of = target.map(|target| format!(" / {target}")).unwrap_or_default();
        Self { text: format!("{}{of}", year.hours()), is_reached: target.is_some_and(|target| year.minutes >= target * 60) }
    }
}

fn columns(query: &ListQuery, with_organisation: bool, year: i16) -> Vec<Column> {
    let mut columns = vec![
        query.column("姓名", "name", false),
        Column::plain("性别"),
        query.column("年龄", "age", true),
        Column::plain("身份证号"),
        query.column("入党时间", "joined", false),
        Column::plain("类别"),
    ];
    if with_organisation {
        columns.push(query.column("党支部", "org", false));
    }
    columns.push(Column::plain("职务、去向"));
    columns.push(Column::plain(format!("{year} 年学时")));
    columns
}

/// The list as a file; numbers stay masked, and no column says what the list does not.
async fn export_masked(visit: &Visit, export: Export, rows: &[MemberNode], on: Date) -> Answer {
    let scope = visit.scope(Capability::Export);
    if !visit.actor().may(Capability::Export) {
        return Err(Failure::Refused("您的岗位没有导出的权限，请联系本级管理员。".to_owned()));
    }
    let may: Vec<&MemberNode> = {
        let directory = visit.app.directory();
        rows.iter().filter(|member| directory.is_visible(&scope, member.organisation)).collect()
    };
    let masked = masked(&visit.app, &may.iter().map(|member| member.id).collect::<Vec<_>>()).await?;
    let directory = visit.app.directory();
    let text = |heading: &str| SheetColumn::new(heading, ColumnKind::Text);
    let day = |day: Option<Date>| day.map_or(Value::Empty, |day| Value::Date { year: day.year(), month: day.month(), day: day.day() });
    let table = Table {
        name: "党员名册".to_owned(),
        title: None,
        columns: vec![
            text("姓名"),
            text("性别"),
            SheetColumn::new("年龄", ColumnKind::Integer),
            text("身份证号（隐去）").wide(22.0),
            text("手机号（隐去）").wide(16.0),
            SheetColumn::new("入党日期", ColumnKind::Date),
            SheetColumn::new("转正日期", ColumnKind::Date),
            text("人员类别"),
            text("所在党支部").wide(32.0),
            text("学历"),
            text("工作岗位"),
            text("党籍状态"),
            text("是否流动党员"),
        ],
        rows: may
            .iter()
            .map(|member| {
                let numbers = masked.get(&member.id).cloned().unwrap_or_default();
                vec![
                    Value::text(&member.name),
                    Value::text(&*member.sex),
                    member.born_on.map_or(Value::Empty, |born| Value::Integer(i64::from(age_on(born, on)))),
                    Value::text(numbers.id_number),
                    Value::text(numbers.telephone),
                    day(member.joined_on),
                    day(member.full_on),
                    Value::text(&*member.category),
                    Value::text(directory.name_of(member.organisation)),
                    Value::text(member.education.as_deref().unwrap_or_default()),
                    Value::text(member.occupation.as_deref().unwrap_or_default()),
                    Value::text(&*member.status),
                    Value::text(if member.is_mobile { "是" } else { "否" }),
                ]
            })
            .collect(),
    };
    drop(directory);
    download::table(export, &format!("党员名册{on}"), &table)
}

/// `POST /members/selected`: what is done with the ticked rows.
///
/// # Errors
/// Refusals, with the sentence.
pub async fn selected(visit: Visit, sent: Submitted) -> Answer {
    let form = Form::new(sent);
    let ids = form.ids("id");
    let back = if form.text("back").starts_with("/members") { form.text("back").to_owned() } else { "/members".to_owned() };
    if ids.is_empty() {
        return Ok(visit.refuse(&back, "没有选中党员。"));
    }
    if form.text("do") == "export" {
        let scope = visit.scope(Capability::ViewMembers);
        let rows: Vec<MemberNode> = {
            let directory = visit.app.directory();
            ids.iter().filter_map(|id| directory.member(&scope, *id)).cloned().collect()
        };
        return export_masked(&visit, Export::Xlsx, &rows, visit.today()).await;
    }
    let mut tx = visit.begin().await?;
    let n_done = super::verify_all(&mut tx, visit.actor(), &ids).await?.len();
    if n_done == 0 {
        return Ok(visit.refuse(&back, "没有核验：自己登记或者修改的记录要由别人核验。"));
    }
    let rest = if ids.len() > n_done {
        format!("另有 {} 名没有核验：自己登记或者修改的要由别人核验。", ids.len() - n_done)
    } else {
        String::new()
    };
    Ok(visit.done(tx.commit().await?, &back, &format!("已核验 {n_done} 名。{rest}")))
}

/// `GET /members/national_form`: the form that asks what the full numbers are for.
///
/// # Errors
/// When the template fails.
pub async fn national_form(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LIST, &uri);
    let form = Form::prefilled([("under", query.filter("under").unwrap_or_default().to_owned())]);
    national_page(&visit, &form).answer(&visit)
}

/// `POST /members/national_form`: the national form with numbers in full and 民族; who took it, and for what, is in the audit.
///
/// # Errors
/// [`Failure::NotFound`] for an organisation out of reach; refusals come back in the form.
pub async fn export_national_form(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent);
    let reason = form.required("reason", "请写明用途，会记入审计");
    if !form.is_right() {
        return national_page(&visit, &form).answer(&visit);
    }
    let under = form.text("under").parse::<OrgId>().ok();
    let ids: Vec<i64> = {
        let directory = visit.app.directory();
        let (view, unmask, export) = (visit.scope(Capability::ViewMembers), visit.scope(Capability::UnmaskMembers), visit.scope(Capability::Export));
        if under.is_some_and(|id| !directory.is_visible(&view, id)) {
            return Err(Failure::NotFound);
        }
        of_today(&directory, &view, under)
            .filter(|member| directory.is_visible(&unmask, member.organisation) && directory.is_visible(&export, member.organisation))
            .map(|member| member.id)
            .collect()
    };
    let mut tx = visit.begin().await?;
    let table = super::national::table(&visit.app, &tx, &ids).await?;
    let at = under.or_else(|| visit.home());
    let reason: String = reason.chars().take(100).collect();
    tx.record("member.export_national_form", "organisation", at.unwrap_or_default(), at, json!({ "n": ids.len(), "reason": reason }));
    tx.commit().await?;
    download::table(Export::Xlsx, "党员基本信息", &table)
}

fn national_page(visit: &Visit, form: &Form) -> ActionPage {
    let layout = visit.layout("导出全国采集表").crumb("党员队伍", "/members").crumb("导出全国采集表", "");
    let under = form.text("under").parse::<OrgId>().ok();
    let name = under.map(|id| visit.app.directory().name_of(id).to_owned()).unwrap_or_default();
    ActionPage::new(layout, "导出全国采集表", "含完整身份证号、手机号和民族，只为向全国党员管理信息系统报送", Link::new("先不办", "/members"))
        .with(Control::Choose(form.field("under", "哪个党组织").hint("留空为您的全部范围").optional(), name, "/api/organisations"))
        .with(Control::Text(form.field("reason", "用途").hint("例如：2026 年度党内统计报送")))
        .button("导出")
        .note("谁、什么时候、为什么导出了多少人，都记入审计。")
        .note("平时用的名册请在列表上导出，号码是隐去的。")
}
