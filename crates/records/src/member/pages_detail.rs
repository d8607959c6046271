//! `/members/{id}`: one record, where each date is from, and who may do what. `/me`: one's own.

use std::collections::{HashMap, HashSet};

use crate::http::path::Path;
use askama::Template;
use jiff::civil::Date;
use policy::{Capability, Per, Period};
use store::OrgId;

use super::entries::{Register, of_member};
use super::hours::{Year, parts};
use super::model::{affiliation_reason, age_on};
use super::pages_entries::{EntryRow, established};
use super::pages_list::Hours;
use super::read::{BelongsLine, ExemptionLine, Record, TransferLine, Which, belongs, exemptions, record, remarks, sources, transfers};
use crate::activity::{AbsenceKind, Part};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::view::{Link, May, Standing, Status, TrailStep};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/member_detail.html")]
struct MemberPage {
    layout: Layout,
    id: i64,
    name: String,
    line: String,
    status: Option<Status>,
    verified: Status,
    organisation: Link,
    lines: Vec<FactLine>,
    /// Where every field is from, when it is the same for all.
    source: Option<String>,
    may_unmask: bool,
    year: YearPanel,
    /// What is established of honours and points.
    established: String,
    /// Honours and points, each with its document.
    rows: Vec<EntryRow>,
    transfer: Option<TransferPanel>,
    exemptions: Vec<ExemptionRow>,
    trail: Vec<TrailStep>,
    may: Vec<May>,
    may_verify: bool,
}

/// A field of the record with where it is from.
struct FactLine {
    label: &'static str,
    value: String,
    source: String,
}

/// Hours and attendance of this year.
pub(super) struct YearPanel {
    pub year: i16,
    pub hours: Hours,
    pub attendance: String,
    pub rows: Vec<PartRow>,
}

/// One activity of the year.
pub(super) struct PartRow {
    pub on: String,
    pub kind: String,
    pub topic: String,
    pub href: String,
    /// Only what is remarkable: whoever was there was there.
    pub absence: Option<Status>,
    pub hours: String,
}

struct TransferPanel {
    sentence: String,
    status: Status,
    href: &'static str,
}

struct ExemptionRow {
    id: i64,
    days: String,
    reason: String,
    status: Status,
    may_decide: bool,
    may_end: bool,
}

/// `GET /members/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let scope = visit.scope(Capability::ViewMembers);
    let it = record(&visit.app, Some(&scope), id).await?.ok_or(Failure::NotFound)?;
    let (stays, from, moves, exempt) = (
        belongs(&visit.app, id).await?,
        sources(&visit.app, id).await?,
        transfers(&visit.app, Which::Of(id)).await?,
        exemptions(&visit.app, Some(id)).await?,
    );
    let node = visit.app.directory().member(&scope, id).cloned();
    let posts = match &node {
        Some(node) => remarks(&visit.app, &[node], visit.today()).await?.remove(&id),
        None => None,
    };
    let names = names(&visit, &stays, &moves).await?;
    let year = year_panel(&visit, id, &stays).await?;
    let entered = of_member(&visit.app, id, &[Register::Honour, Register::Points]).await?;
    let name_of = |org: OrgId| names.get(&org).cloned().unwrap_or_else(|| "—".to_owned());
    let reaches = |capability: Capability| visit.app.directory().is_visible(&visit.scope(capability), it.organisation);
    let (is_here, is_own) = (it.left_on.is_none(), own_member(&visit).await? == Some(id));
    let lines = lines(&it, &from, visit.today());
    let source = lines.first().map(|line| line.source.clone()).filter(|source| lines.iter().all(|line| line.source == *source));
    let page = MemberPage {
        layout: visit.layout(it.name.clone()).crumb("基础信息", "/organisations").crumb("党员队伍", "/members").crumb(it.name.clone(), ""),
        id,
        name: it.name.clone(),
        line: [Some(it.category.clone()), posts, Some(it.sex.clone())]
            .into_iter()
            .flatten()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        status: it.left_on.map(|day| Status::new(Standing::Excused, format!("{day} {}", it.status))),
        verified: match (&it.verified_on, &it.verified_by) {
            (Some(on), by) => Status::new(Standing::Ok, format!("{on} {}核验", by.clone().unwrap_or_default())).plain(),
            _ => Status::new(Standing::Unproved, "待上级核验"),
        },
        organisation: Link::new(name_of(it.organisation), format!("/organisations/{}", it.organisation)),
        lines,
        source,
        may_unmask: is_here && reaches(Capability::UnmaskMembers),
        established: established(&entered, visit.today().year()),
        rows: entered.iter().map(|entry| EntryRow::of(&visit, entry, is_here && !is_own && reaches(Capability::VerifyMembers))).collect(),
        year,
        transfer: moves.iter().find(|line| line.is_waiting()).map(|line| TransferPanel {
            sentence: format!("{} 由“{}”转往“{}”，原因：{}", line.asked_on, name_of(line.from), name_of(line.to), line.reason),
            status: Status::by_days_left(i64::from((line.due_on - visit.today()).get_days()), visit.pack().soon_days(visit.today())),
            href: "/transfers",
        }),
        exemptions: exempt
            .iter()
            .map(|line| exemption_row(&visit, line, reaches(Capability::VerifyMembers), reaches(Capability::ManageMembers)))
            .collect(),
        trail: trail(&it, &stays, &names),
        may: if is_here { may(&visit, &it, moves.iter().any(TransferLine::is_waiting)) } else { Vec::new() },
        may_verify: is_here && it.verified_on.is_none() && reaches(Capability::VerifyMembers),
    };
    visit.page(&page)
}

async fn names(visit: &Visit, stays: &[BelongsLine], moves: &[TransferLine]) -> anyhow::Result<HashMap<OrgId, String>> {
    let ids: HashSet<OrgId> = stays.iter().map(|line| line.organisation).chain(moves.iter().flat_map(|line| [line.from, line.to])).collect();
    crate::organisation::names(&visit.app, &ids).await
}

/// The year so far, from the branches that the member belonged to in it.
pub(super) async fn year_panel(visit: &Visit, id: i64, stays: &[BelongsLine]) -> anyhow::Result<YearPanel> {
    let year = visit.today().year();
    let (from, until) = super::hours::days_of(year);
    let organisations: Vec<OrgId> =
        stays.iter().filter(|stay| stay.from < until && stay.until.is_none_or(|end| end > from)).map(|stay| stay.organisation).collect();
    let own = parts(&visit.app, &organisations, year).await?.remove(&id);
    let sums = own.as_ref().map(|parts| Year::of(parts));
    let target = visit.pack().whole("training_hours_year", visit.today());
    let attendance = match sums {
        None => "今年还没有逐人记录的活动".to_owned(),
        Some(sums) if sums.n_leave > 0 => format!("应到 {} 次，实到 {} 次，请假、免到 {} 次", sums.n_due, sums.n_present, sums.n_leave),
        Some(sums) => format!("应到 {} 次，实到 {} 次", sums.n_due, sums.n_present),
    };
    let pack = visit.pack();
    let row = |part: &Part| PartRow {
        on: part.held_on.to_string(),
        kind: pack.activities.get(&part.kind).map_or_else(|| part.kind.clone(), |kind| kind.short.clone()),
        topic: part.topic.clone(),
        href: format!("/activities/{}", part.activity_id),
        absence: part.absence.map(|absence| match absence {
            AbsenceKind::Leave => Status::new(Standing::Excused, "请假").plain(),
            AbsenceKind::Exempt => Status::new(Standing::Excused, "免到").plain(),
            AbsenceKind::Absent => Status::new(Standing::Overdue, "未到").plain(),
        }),
        hours: if part.minutes == 0 { "—".to_owned() } else { Year { minutes: part.minutes, ..Year::default() }.hours() },
    };
    Ok(YearPanel { year, hours: Hours::of(sums, target), attendance, rows: own.iter().flatten().rev().map(row).collect() })
}

fn lines(it: &Record, from: &HashMap<String, (String, String)>, today: Date) -> Vec<FactLine> {
    let source = |field: &str| from.get(field).map_or_else(|| it.source.clone(), |(source, on)| format!("{source}（{on} 更新）"));
    let day = |day: Option<Date>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
    let line = |label, field: &str, value| FactLine { label, value, source: source(field) };
    vec![
        line("身份证号", "id_number", it.masked.id_number.clone()),
        line("手机号", "telephone", if it.masked.telephone.is_empty() { "—".to_owned() } else { it.masked.telephone.clone() }),
        line("出生日期", "born_on", it.born_on.map_or_else(|| "—".to_owned(), |born| format!("{born}，{} 岁", age_on(born, today)))),
        line("民族", "ethnicity", it.ethnicity.clone()),
        line("学历", "education", text(&it.education)),
        line("入党日期", "joined_on", day(it.joined_on)),
        line("转正日期", "full_on", day(it.full_on)),
        line("工作岗位", "occupation", text(&it.occupation)),
        line("党籍状态", "status", it.status.clone()),
    ]
}

fn exemption_row(visit: &Visit, line: &ExemptionLine, may_decide: bool, may_end: bool) -> ExemptionRow {
    let today = visit.today();
    let is_over = line.until.is_some_and(|until| until <= today);
    let is_waiting = !line.is_approved && !line.is_declined;
    let status = match (line.is_declined, line.is_approved, is_over) {
        (true, ..) => Status::new(Standing::Missed, format!("没有同意：{}", line.decision_reason.clone().unwrap_or_default())).plain(),
        (_, true, true) => Status::new(Standing::Future, "已结束").plain(),
        (_, true, false) => Status::new(Standing::Excused, "已批准免到"),
        _ => Status::new(Standing::Soon, "等上级批准"),
    };
    ExemptionRow {
        id: line.id,
        days: format!("{} 至 {}", line.from, line.until.map_or_else(|| "长期".to_owned(), |day| day.to_string())),
        reason: line.reason.clone(),
        status,
        may_decide: may_decide && is_waiting && line.listed_by != visit.actor().person_id,
        may_end: may_end && line.is_approved && !is_over,
    }
}

fn trail(it: &Record, stays: &[BelongsLine], names: &HashMap<OrgId, String>) -> Vec<TrailStep> {
    let mut steps = Vec::new();
    if let Some(day) = it.left_on {
        steps.push(TrailStep {
            on: day.to_string(),
            text: format!("登记离开：{}", it.status),
            note: it.left_reason.clone().unwrap_or_default(),
            files: Vec::new(),
            is_turn: true,
        });
    }
    for (i, stay) in stays.iter().enumerate() {
        let name = names.get(&stay.organisation).map_or("—", String::as_str);
        steps.push(TrailStep {
            on: stay.from.to_string(),
            text: format!("在“{name}”，{}", affiliation_reason(&stay.reason)),
            note: format!("来源：{}", stay.source),
            files: Vec::new(),
            is_turn: i == 0 && it.left_on.is_none(),
        });
    }
    if let Some(day) = it.full_on {
        steps.push(TrailStep { on: day.to_string(), text: "转为正式党员".to_owned(), note: String::new(), files: Vec::new(), is_turn: false });
    }
    if let Some(day) = it.joined_on {
        steps.push(TrailStep { on: day.to_string(), text: "入党".to_owned(), note: String::new(), files: Vec::new(), is_turn: false });
    }
    steps.sort_by(|a, b| b.on.cmp(&a.on));
    steps
}

fn may(visit: &Visit, it: &Record, is_in_transit: bool) -> Vec<May> {
    let directory = visit.app.directory();
    let reaches = |capability: Capability| directory.is_visible(&visit.scope(capability), it.organisation);
    let line = |label: &str, is_allowed: bool, action: &str, verb: &str, yes: &str, no: &str| May {
        label: label.to_owned(),
        why: if is_allowed { yes.to_owned() } else { no.to_owned() },
        link: Some(Link::new(verb, format!("/members/{}/{action}", it.id))).filter(|link| is_allowed && visit.opens(&link.href)),
    };
    let manages = reaches(Capability::ManageMembers);
    let mut list = vec![
        line("改记录", manages, "edit", "更正", "改后由上级重新核验", "由党支部或者乡镇（街道）组织委员更正"),
        line(
            "组织关系",
            reaches(Capability::TransferMembers) && !is_in_transit,
            "transfer",
            "转出",
            "接收方确认以前，仍在本支部",
            if is_in_transit { "正在转接途中，等接收方答复" } else { "由党支部办理" },
        ),
        line("免到", manages, "exempt", "列入", "年老体弱、因病，上级批准后不计应到", "由党支部列入，上级批准"),
    ];
    list.push(line("荣誉、积分、处分", manages, "entries", "登记", "照文件登记，由上级核实", "由党支部登记"));
    let sees = manages || reaches(Capability::VerifyMembers);
    list.push(line("纪律处分", sees, "discipline", "查看", "每次查看都记入审计", "只有本人、党支部和上级组织委员查看"));
    list.push(if it.is_mobile {
        line("流动登记", manages, "back", "登记返回", "返回以后不再算流动党员", "由党支部登记")
    } else {
        line("流动登记", manages, "mobile", "登记外出", "组织关系不变，写明去向", "由党支部登记")
    });
    list.push(line(
        "登记离开",
        reaches(Capability::VerifyMembers),
        "leave",
        "登记",
        "出党、死亡、转出市外；记录保留，不删除",
        "由乡镇（街道）以上登记",
    ));
    list
}

#[derive(Template)]
#[template(path = "pages/member_me.html")]
struct MePage {
    layout: Layout,
    name: String,
    line: String,
    post: String,
    /// When one meets next, and about what.
    next: String,
    year: Option<YearPanel>,
    lines: Vec<(String, String)>,
    id: i64,
    established: String,
    rows: Vec<EntryRow>,
    transfer: Option<(String, Status)>,
}

/// `GET /me`: one's own record only, whatever one's posts reach.
///
/// # Errors
/// When the database cannot be read.
pub async fn me(visit: Visit) -> Answer {
    let own = own_member(&visit).await?;
    let it = match own {
        Some(id) => record(&visit.app, None, id).await?,
        None => None,
    };
    let mut layout = visit.layout("我的");
    layout.crumbs.clear();
    let post = visit.actor().post_line();
    let Some(it) = it else {
        return visit.page(&MePage {
            layout,
            name: visit.actor().name.clone(),
            line: String::new(),
            post,
            next: String::new(),
            year: None,
            lines: Vec::new(),
            id: 0,
            established: String::new(),
            rows: Vec::new(),
            transfer: None,
        });
    };
    let (stays, moves) = (belongs(&visit.app, it.id).await?, transfers(&visit.app, Which::Of(it.id)).await?);
    let names = names(&visit, &stays, &moves).await?;
    let name_of = |org: OrgId| names.get(&org).cloned().unwrap_or_else(|| "—".to_owned());
    let day = |day: Option<Date>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
    let standing = it.joined_on.map(|joined| format!("{} 年", age_on(joined, visit.today()))).unwrap_or_default();
    let year = year_panel(&visit, it.id, &stays).await?;
    let next = next_theme_day(&visit, &it, &year).await?;
    let entered = of_member(&visit.app, it.id, &[Register::Honour, Register::Points]).await?;
    let page = MePage {
        layout,
        name: it.name.clone(),
        line: format!("{} · {}", it.category, name_of(it.organisation)),
        post,
        next,
        year: Some(year),
        id: it.id,
        established: established(&entered, visit.today().year()),
        rows: entered.iter().map(|entry| EntryRow::of(&visit, entry, false)).collect(),
        lines: vec![
            ("入党日期".to_owned(), day(it.joined_on)),
            ("转正日期".to_owned(), day(it.full_on)),
            ("党龄".to_owned(), standing),
            ("身份证号".to_owned(), it.masked.id_number.clone()),
            ("手机号".to_owned(), it.masked.telephone.clone()),
        ],
        transfer: moves.first().map(|line| {
            let (from, to) = (name_of(line.from), name_of(line.to));
            if line.is_waiting() {
                (
                    format!("从“{from}”转往“{to}”，等接收方确认；确认以前仍在原支部"),
                    Status::by_days_left(i64::from((line.due_on - visit.today()).get_days()), visit.pack().soon_days(visit.today())),
                )
            } else {
                let (standing, word) = if line.state == "received" { (Standing::Ok, "已接收") } else { (Standing::Excused, "已退回") };
                (format!("从“{from}”转往“{to}”"), Status::new(standing, format!("{} {word}", day(line.decided_on))))
            }
        }),
    };
    visit.page(&page)
}

/// When the branch meets next on its theme day, what the month is about, and whether this member is expected.
async fn next_theme_day(visit: &Visit, it: &Record, year: &YearPanel) -> anyhow::Result<String> {
    let pack = visit.pack();
    let Some((_, kind)) = crate::duty::theme_kind(&pack) else { return Ok(String::new()) };
    let today = visit.today();
    let fixed = match visit.app.directory().org(it.organisation) {
        Some(org) if org.is_branch() && it.left_on.is_none() => org.theme_day,
        _ => return Ok(String::new()),
    };
    let this_month = Period::containing(today, Per::Month);
    let is_held = year.rows.iter().any(|row| row.kind == kind.short && row.on.starts_with(&this_month.to_string()));
    let is_past = fixed.is_some_and(|day| day < i64::from(today.day()));
    let month = if is_held || is_past { this_month.next() } else { this_month };
    let day = fixed.map_or_else(String::new, |day| format!(" {day} 日"));
    let theme = crate::duty::theme_for(&visit.app, it.organisation, month).await?;
    let about = theme.map_or_else(|| "主题还没有定".to_owned(), |theme| theme.title);
    let exempt = exemptions(&visit.app, Some(it.id)).await?;
    let is_exempt = exempt.iter().any(|line| line.is_approved && line.from <= today && line.until.is_none_or(|until| until > today));
    let expected = if is_exempt { "。您已批准免到，可以不参加" } else { "" };
    Ok(format!("下一次{}：{} 月{day}，{about}{expected}。", kind.short, month.ordinal))
}

/// The member behind the account, where there is one.
///
/// # Errors
/// When the database cannot be read.
pub async fn own_member(visit: &Visit) -> anyhow::Result<Option<i64>> {
    let rows = store::query(visit.app.store().reader(), "select member_id from person where id = $1", [visit.actor().person_id.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.flatten())
}
