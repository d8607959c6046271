//! `/organisations/{id}`: the facts of one organisation, its history, and who may do what.

use std::collections::HashSet;

use crate::http::path::Path;
use askama::Template;
use axum::extract::Query;
use jiff::civil::Date;
use policy::{Capability, OrganisationRole, Pack};
use store::{OrgId, Scope};

use super::flags::{FlagKind, flags};
use super::model::{POSTS, SINCE_UNKNOWN, post_name};
use super::past::{OrgOn, tree_on};
use super::read::{ChangeLine, HoldingLine, StateLine, Words, change_in_words, changes, day_in_words, history, holdings, names};
use super::tree::Counts;
use crate::directory::{DATUM, OrgNode};
use crate::http::failure::Failure;
use crate::http::layout::{Layout, Tone};
use crate::http::view::{Link, May, Standing, Status, TrailStep};
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/organisation_detail.html")]
struct OrganisationPage {
    layout: Layout,
    id: OrgId,
    name: String,
    /// 党支部 · 农村 · 隶属青石镇党委 · 编码.
    line: String,
    past: Option<String>,
    gone: Option<Status>,
    facts: Vec<(String, Vec<Link>)>,
    term: Option<(String, Status)>,
    flags: Vec<FlagLine>,
    committee: Vec<HoldingRow>,
    below: Vec<BelowRow>,
    trail: Vec<TrailStep>,
    /// What this person may do here, by how far it goes.
    may: Vec<MayGroup>,
    /// What others do: the acts of one reason together, and the reason.
    closed: Vec<(String, String)>,
}

/// Acts of one kind.
struct MayGroup {
    name: &'static str,
    /// The organisation is no more afterwards.
    is_end: bool,
    acts: Vec<(String, Link, String)>,
}

struct FlagLine {
    status: Status,
    why: String,
    explained: Option<String>,
    explain: Option<String>,
}

struct HoldingRow {
    post: String,
    name: String,
    href: Option<String>,
    since: String,
    telephone: String,
    source: String,
}

struct BelowRow {
    name: String,
    href: String,
    kind: String,
    secretary: String,
    members: u64,
}

impl OrganisationPage {
    fn warn() -> Tone {
        Tone::Warn
    }
}

/// On which day.
#[derive(Debug, serde::Deserialize)]
pub struct OnQuery {
    #[serde(default)]
    on: String,
}

/// `GET /organisations/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<OrgId>, Query(asked): Query<OnQuery>) -> Answer {
    let scope = visit.scope(Capability::ViewOrganisations);
    let today = visit.today();
    let on = asked.on.parse::<Date>().ok().filter(|on| *on < today);
    let node = visit.organisation(Capability::ViewOrganisations, id)?;
    let words = Words::of(&visit.pack());
    let (states, posts, decisions) = (history(&visit.app, id).await?, holdings(&visit.app, id).await?, changes(&visit.app, Some(id)).await?);
    let day = on.unwrap_or_else(|| node.until.and_then(|until| until.yesterday().ok()).unwrap_or(today));
    let state = states.iter().find(|state| state.from <= day && state.until.is_none_or(|until| until > day));
    let state = state.or(states.last()).ok_or(Failure::NotFound)?;
    let all_that_day = if on.is_some() { tree_on(&visit.app, &scope, day, None).await? } else { Vec::new() };
    let mut named: HashSet<OrgId> = decisions.iter().flat_map(|change| [Some(change.organisation), change.other]).flatten().collect();
    named.extend(states.iter().filter_map(|state| state.parent));
    let names = names(&visit.app, &named).await?;
    let is_now = on.is_none() && node.until.is_none();
    let flags = if is_now { flag_lines(&visit, &scope, id).await? } else { Vec::new() };
    let mut layout =
        visit.layout(state.name.clone()).crumb("基础信息", "/organisations").crumb("组织体系", "/organisations").crumb(state.name.clone(), "");
    if let Some(on) = on {
        layout.mark = Some(format!("历史 {on}"));
    }
    let superior = state.parent.and_then(|id| names.get(&id)).map(|name| format!(" · 隶属{name}")).unwrap_or_default();
    // The level of a branch says no more than its kind.
    let level = if super::read::role_of(&visit.pack(), &state.kind) == OrganisationRole::Committee {
        format!(" · {}", words.level(&state.level))
    } else {
        String::new()
    };
    let (may, closed) = grouped(if is_now { may(&visit, &node) } else { Vec::new() });
    let page = OrganisationPage {
        id,
        name: state.name.clone(),
        line: format!("{} · {}领域{level}{superior} · 编码 {}", words.kind(&state.kind), words.field(&state.field), node.code),
        past: past_sentence(on, &node, state),
        gone: node.until.filter(|_| on.is_none()).map(|until| Status::new(Standing::Excused, format!("{until} 撤销"))),
        facts: facts(&visit, &scope, &node, state, is_now, all_that_day.iter().find(|org| org.id == id)),
        term: is_now.then(|| term(&visit.pack(), &node, today)).flatten(),
        flags,
        committee: committee(&visit, id, &posts, day),
        below: if is_now { below(&visit, &scope, id, &words) } else { Vec::new() },
        trail: trail(&states, &posts, &decisions, id, &names, &words),
        may,
        closed,
        layout,
    };
    visit.page(&page)
}

fn past_sentence(on: Option<Date>, node: &OrgNode, state: &StateLine) -> Option<String> {
    if let Some(on) = on {
        let since = if state.from <= on { String::new() } else { "，那一天它还没有建立，下面是最早的情况".to_owned() };
        return Some(format!("您在看 {}的情况，只能查阅{since}。", day_in_words(on)));
    }
    node.until.map(|until| format!("这个党组织已在 {}撤销，下面是撤销前的情况，只能查阅。", day_in_words(until)))
}

fn facts(visit: &Visit, scope: &Scope, node: &OrgNode, state: &StateLine, is_now: bool, then: Option<&OrgOn>) -> Vec<(String, Vec<Link>)> {
    let plain = |text: String| vec![Link::new(text, "")];
    let mut facts = Vec::new();
    let founded = if node.founded_on <= SINCE_UNKNOWN { "没有登记".to_owned() } else { node.founded_on.to_string() };
    facts.push(("建立日期".to_owned(), plain(founded)));
    let members = format!("/members?under={}", node.id);
    if is_now {
        let directory = visit.app.directory();
        let n_members = Counts::of(&directory, scope).members(node);
        let mut links = vec![visit.link(format!("{n_members} 名"), members.clone())];
        if node.is_branch() {
            links.push(visit.link(format!("正式 {} 名", node.n_full), format!("{members}&category=full")));
            links.push(visit.link(format!("流动 {} 名", node.n_mobile), format!("{members}&mark=mobile")));
        }
        facts.push(("党员".to_owned(), links));
        if !node.is_branch() && !scope.is_narrowed() {
            facts.push((
                "下设".to_owned(),
                vec![Link::new(format!("{} 个党支部", node.n_branches_below), format!("/organisations?under={}", node.id))],
            ));
        }
        facts.push(("启用日期".to_owned(), plain(go_live_in_words(visit, node))));
        if node.is_branch() {
            let theme = node.theme_day.map_or_else(|| "没有固定".to_owned(), |day| format!("每月 {day} 日"));
            facts.push(("主题党日".to_owned(), plain(theme)));
            // For whoever inspects here: what is in the product, in one file.
            let records = format!("/records/{}", node.id);
            if directory.is_visible(&visit.scope(Capability::ConductInspections), node.id) && visit.opens(&records) {
                facts.push(("检查用".to_owned(), vec![Link::new("本年记录一份", records)]));
            }
        }
    } else if let Some(then) = then {
        let n = if scope.is_narrowed() { then.n_members } else { then.n_members_below };
        facts.push(("党员".to_owned(), plain(format!("{n} 名"))));
    }
    if let Some(until) = node.until.filter(|_| node.is_branch() && !visit.scope(Capability::ViewActivities).is_empty()) {
        let of_year = |page: &str| format!("/{page}?organisation={}&year={}", node.id, until.year());
        facts.push(("撤销前".to_owned(), vec![Link::new("责任矩阵", of_year("duties")), Link::new("组织生活", of_year("activities"))]));
    }
    if let Some(region) = &state.region_code {
        facts.push(("行政区划代码".to_owned(), plain(region.clone())));
    }
    if let (Some(longitude), Some(latitude)) = (&state.longitude, &state.latitude) {
        facts.push(("位置".to_owned(), plain(format!("东经 {longitude}°，北纬 {latitude}°（{DATUM}）"))));
    }
    facts.push(("来源".to_owned(), plain(state.source.clone())));
    facts
}

fn go_live_in_words(visit: &Visit, node: &OrgNode) -> String {
    if let Some(day) = node.go_live_on {
        return format!("{day} 起在本系统记录");
    }
    visit.pack().text("go_live_on", visit.today()).map_or_else(|| "没有设定".to_owned(), |day| format!("{day}（默认，没有单独设定）"))
}

fn term(pack: &Pack, node: &OrgNode, today: Date) -> Option<(String, Status)> {
    let (elected, until) = (node.elected_on?, node.term_until?);
    let days = (until - today).get_days();
    let last = until.yesterday().unwrap_or(until);
    Some((format!("{elected} 至 {last}"), Status::by_days_left(i64::from(days), pack.whole("term_soon_days", today).unwrap_or_default())))
}

async fn flag_lines(visit: &Visit, scope: &Scope, id: OrgId) -> anyhow::Result<Vec<FlagLine>> {
    let found = flags(&visit.app, scope, visit.today()).await?.remove(&id).unwrap_or_default();
    let directory = visit.app.directory();
    let may_manage = visit.scope(Capability::ManageOrganisations);
    let is_above = directory.org(id).and_then(|org| org.parent).is_some_and(|parent| directory.is_visible(&may_manage, parent));
    Ok(found
        .into_iter()
        .map(|flag| FlagLine {
            status: Status::new(
                if flag.explained.is_some() {
                    Standing::Excused
                } else if flag.kind == FlagKind::NoCommittee {
                    Standing::Unproved
                } else {
                    Standing::Overdue
                },
                flag.kind.word(),
            ),
            explain: (is_above && flag.explained.is_none()).then(|| format!("/organisations/{id}/explain?flag={}", flag.kind.key())),
            why: flag.why,
            explained: flag.explained,
        })
        .collect())
}

/// Those in post on a day, the secretary first.
fn committee(visit: &Visit, id: OrgId, posts: &[HoldingLine], day: Date) -> Vec<HoldingRow> {
    let mut rows: Vec<&HoldingLine> = posts.iter().filter(|row| row.from <= day && row.until.is_none_or(|until| until > day)).collect();
    rows.sort_by_key(|row| POSTS.iter().position(|(post, _)| *post == row.post));
    rows.into_iter().map(|row| holding_row(visit, id, row)).collect()
}

fn holding_row(visit: &Visit, id: OrgId, row: &HoldingLine) -> HoldingRow {
    let directory = visit.app.directory();
    // A roster names the secretary without a number: whoever alone has the name in this branch is meant.
    let mut same = directory.members_of(id).filter(|member| member.name == row.name).map(|member| member.id);
    let meant = row.member_id.or_else(|| same.next().filter(|_| same.next().is_none()));
    let seen = meant.filter(|member| directory.member(&visit.scope(Capability::ViewMembers), *member).is_some());
    HoldingRow {
        post: post_name(&row.post).to_owned(),
        name: row.name.clone(),
        href: seen.map(|member| format!("/members/{member}")),
        since: if row.from <= SINCE_UNKNOWN { "—".to_owned() } else { row.from.to_string() },
        telephone: row.telephone.clone().unwrap_or_else(|| "—".to_owned()),
        source: row.source.clone(),
    }
}

fn below(visit: &Visit, scope: &Scope, id: OrgId, words: &Words) -> Vec<BelowRow> {
    let directory = visit.app.directory();
    let counts = Counts::of(&directory, scope);
    directory
        .children(id)
        .filter(|org| directory.is_visible(scope, org.id))
        .map(|org| BelowRow {
            name: org.name.clone(),
            href: format!("/organisations/{}", org.id),
            kind: words.kind(&org.kind).to_owned(),
            secretary: org.secretary.clone().unwrap_or_else(|| "—".to_owned()),
            members: counts.members(org),
        })
        .collect()
}

/// Everything that happened to it, newest first.
fn trail(
    states: &[StateLine],
    posts: &[HoldingLine],
    decisions: &[ChangeLine],
    id: OrgId,
    names: &std::collections::HashMap<OrgId, String>,
    words: &Words,
) -> Vec<TrailStep> {
    let mut steps: Vec<(Date, TrailStep)> = Vec::new();
    let mut add = |on: Date, text: String, note: String, is_turn: bool| {
        let shown = if on <= SINCE_UNKNOWN { "建立日期不详".to_owned() } else { on.to_string() };
        steps.push((on, TrailStep { on: shown, text, note, files: Vec::new(), is_turn }));
    };
    for decision in decisions {
        add(decision.on, change_in_words(decision, id, names), decision.reason.clone(), true);
    }
    for (i, state) in states.iter().enumerate() {
        let is_decided = decisions.iter().any(|decision| decision.on == state.from);
        match i.checked_sub(1).map(|before| &states[before]) {
            None => add(state.from, format!("设立“{}”", state.name), format!("来源：{}", state.source), false),
            Some(_) if is_decided => {}
            Some(before) => add(state.from, differences(before, state, names, words), format!("来源：{}", state.source), false),
        }
    }
    for row in posts.iter().filter(|row| row.from > SINCE_UNKNOWN) {
        add(row.from, format!("{}任{}", row.name, post_name(&row.post)), format!("来源：{}", row.source), false);
        if let Some(until) = row.until {
            add(until, format!("{}不再任{}", row.name, post_name(&row.post)), String::new(), false);
        }
    }
    steps.sort_by_key(|step| std::cmp::Reverse(step.0));
    if let Some((_, first)) = steps.first_mut() {
        first.is_turn = true;
    }
    steps.into_iter().map(|(_, step)| step).collect()
}

fn differences(before: &StateLine, after: &StateLine, names: &std::collections::HashMap<OrgId, String>, words: &Words) -> String {
    let mut parts = Vec::new();
    if before.name != after.name {
        parts.push(format!("更名为“{}”", after.name));
    }
    if before.kind != after.kind {
        parts.push(format!("类别由{}改为{}", words.kind(&before.kind), words.kind(&after.kind)));
    }
    if before.field != after.field {
        parts.push(format!("领域由{}改为{}", words.field(&before.field), words.field(&after.field)));
    }
    if before.parent != after.parent {
        parts.push(format!("隶属“{}”", after.parent.and_then(|id| names.get(&id)).map_or("—", String::as_str)));
    }
    if parts.is_empty() {
        parts.push("更正登记".to_owned());
    }
    parts.join("，")
}

/// Acts after which an organisation is no more, and those that change what it is; the rest is everyday work.
const ENDS: [&str; 2] = ["合并", "撤销"];
const CHANGES: [&str; 3] = ["更名", "隶属关系", "拆分"];

fn grouped(all: Vec<May>) -> (Vec<MayGroup>, Vec<(String, String)>) {
    let group = |name, is_end| MayGroup { name, is_end, acts: Vec::new() };
    let mut groups = vec![group("日常", false), group("变更", false), group("终止", true)];
    let mut closed: Vec<(String, String)> = Vec::new();
    for it in all {
        let at = if ENDS.contains(&it.label.as_str()) { 2 } else { usize::from(CHANGES.contains(&it.label.as_str())) };
        match (it.link, closed.iter_mut().find(|(_, why)| *why == it.why)) {
            (Some(link), _) => groups[at].acts.push((it.label, link, it.why)),
            (None, Some((labels, _))) => {
                labels.push('、');
                labels.push_str(&it.label);
            }
            (None, None) => closed.push((it.label, it.why)),
        }
    }
    groups.retain(|group| !group.acts.is_empty());
    (groups, closed)
}

/// What may be done with it, and who may do the rest.
fn may(visit: &Visit, node: &OrgNode) -> Vec<May> {
    let directory = visit.app.directory();
    let reaches = |capability: Capability, id: OrgId| directory.is_visible(&visit.scope(capability), id);
    let is_above = node.parent.is_some_and(|parent| reaches(Capability::ManageOrganisations, parent));
    let above = node.parent.map_or("上级", |id| directory.name_of(id));
    let line = |label: &str, is_allowed: bool, action: &str, verb: &str, yes: &str, no: String| May {
        label: label.to_owned(),
        why: if is_allowed { yes.to_owned() } else { no },
        link: is_allowed.then(|| Link::new(verb, format!("/organisations/{}/{action}", node.id))),
    };
    let by_superior = || format!("由{above}或者再上一级办理");
    let mut list = vec![
        line(
            "班子",
            reaches(Capability::ManageOrganisations, node.id) || reaches(Capability::ManageMembers, node.id),
            "committee",
            "登记",
            "换届、补选以后登记，从生效那天起算",
            "由本支部或者上级登记".to_owned(),
        ),
        line(
            "位置",
            reaches(Capability::ManageOrganisations, node.id),
            "place",
            "填写",
            "经度和纬度，导出的表可以接到地图上",
            "由管组织的岗位填写".to_owned(),
        ),
        line("更名", is_above, "rename", "更名", "从生效那天起用新名，以前的名称照旧可查", by_superior()),
        line("隶属关系", is_above, "move", "调整", "连同下级一起调整", by_superior()),
        line("合并", is_above, "merge", "并入", "党员和没有办完的事随转", by_superior()),
    ];
    if node.role == OrganisationRole::Branch {
        list.push(line("拆分", is_above, "split", "拆分", "选出转到新支部的党员", by_superior()));
    }
    list.push(line("撤销", is_above, "dissolve", "撤销", "党员和下级都有去处以后才能撤销", by_superior()));
    let goes_live = reaches(Capability::DirectActivities, node.id);
    list.push(line(
        "启用日期",
        goes_live,
        "go_live",
        "设定",
        if node.is_branch() { "从这一天起按时记录" } else { "连同下级一次设定" },
        "由乡镇（街道）以上党组织设定".to_owned(),
    ));
    if node.role == OrganisationRole::Branch {
        let may_set = reaches(Capability::RecordActivities, node.id) || reaches(Capability::DirectActivities, node.id);
        list.push(line("主题党日", may_set, "theme_day", "固定", "每月相对固定 1 天", "由支部自己定".to_owned()));
    }
    if !node.is_branch() && node.role != OrganisationRole::Group {
        list.push(line(
            "下级组织",
            reaches(Capability::ManageOrganisations, node.id),
            "found",
            "登记",
            "新设的党组织登记在它下面",
            "由管组织的岗位登记".to_owned(),
        ));
    }
    list
}
