//! The main menu: which entries a role sees, in the pack's order; at most seven for a branch, the rest under 更多.

use policy::{Capability, Pack};
use store::Actor;

use crate::http::layout::{MenuGroup, MenuItem};

/// A place of the menu.
struct Place {
    /// Key of the pack.
    key: &'static str,
    icon: &'static str,
    label: &'static str,
    href: &'static str,
    heading: &'static str,
    /// Any of these opens it; none named: everybody.
    opens: &'static [Capability],
}

const fn place(
    key: &'static str,
    icon: &'static str,
    label: &'static str,
    href: &'static str,
    heading: &'static str,
    opens: &'static [Capability],
) -> Place {
    Place { key, icon, label, href, heading, opens }
}

const PLACES: &[Place] = &[
    place("desk", "home", "工作台", "/", "", &[]),
    place("tasks", "checklist", "部署任务", "/tasks", "部署落实", &[Capability::ViewTasks]),
    place("matrix", "calendar-check", "责任矩阵", "/duties", "部署落实", &[Capability::ViewActivities]),
    place("activities", "notes", "组织生活", "/activities", "部署落实", &[Capability::ViewActivities]),
    place("projects", "layout-kanban", "项目推进", "/projects", "部署落实", &[Capability::ViewProjects]),
    place("tables", "table", "报表", "/tables", "部署落实", &[Capability::ViewTables]),
    place("responsibility", "user-check", "责任落实", "/responsibility", "部署落实", &[Capability::ViewResponsibility]),
    place(
        "departments",
        "building-community",
        "部门合力",
        "/departments",
        "部署落实",
        &[Capability::ViewResponsibility, Capability::WorkForDepartment],
    ),
    place("duty_logs", "book", "书记纪实", "/duty-logs", "部署落实", &[Capability::ViewResponsibility]),
    place("ledgers", "notes", "台账", "/ledgers", "部署落实", &[Capability::ViewLedgers]),
    place("weak_lists", "tool", "整顿销号", "/rectifications", "督查整改", RECTIFICATION),
    place("inspections", "search", "督查检查", "/inspections", "督查整改", &[Capability::ViewInspections]),
    place("visits", "map-pin", "走访调研", "/visits", "督查整改", &[Capability::ViewVisits]),
    place("problems", "message-report", "问题台账", "/problems", "督查整改", &[Capability::ViewProblems, Capability::RaiseProblems]),
    place("matters", "clipboard-check", "督办事项", "/matters", "督查整改", MATTERS),
    place("plan", "calendar", "年度计划", "/plan", "考核运用", &[Capability::ManagePlan]),
    place("evaluations", "stars", "考核评星", "/evaluations", "考核运用", &[Capability::ViewEvaluations]),
    place("schemes", "list-details", "方案编制", "/schemes", "考核运用", &[Capability::DraftSchemes, Capability::AcceptSchemes]),
    place("rankings", "trophy", "综合排名", "/rankings", "考核运用", &[Capability::ManagePlan, Capability::PublishEvaluations]),
    place("appraisals", "microphone", "述职评议", "/appraisals", "考核运用", &[Capability::ViewAppraisals]),
    place("contests", "trophy", "擂台比武", "/contests", "考核运用", &[Capability::ViewContests]),
    place("selections", "flag", "评选创建", "/selections", "考核运用", &[Capability::ViewSelections]),
    place("ballots", "checkbox", "民主测评", "/ballots", "考核运用", &[Capability::HoldBallots, Capability::ViewEvaluations]),
    place("programmes", "building-community", "重点工程", "/programmes", "考核运用", &[Capability::ManagePlan]),
    place("organisations", "sitemap", "组织体系", "/organisations", "基础信息", &[Capability::ViewOrganisations]),
    place("members", "users", "党员队伍", "/members", "基础信息", &[Capability::ViewMembers]),
    place("transfers", "transfer", "关系转接", "/transfers", "基础信息", &[Capability::TransferMembers]),
    place("villages", "building-community", "村级经济", "/villages", "基础信息", &[Capability::ViewUnits]),
    place("figures", "table", "统计查询", "/figures", "基础信息", &[Capability::ViewActivities]),
    place("imports", "file-import", "导入导出", "/imports", "基础信息", &[Capability::Import]),
    place("policies", "book", "制度规则", "/policies", "制度系统", &[Capability::ViewPolicies]),
    place("audit", "shield-check", "审计", "/audit", "制度系统", &[Capability::ViewAudit]),
    place("grants", "user-check", "用户授权", "/accounts", "制度系统", &[Capability::ManageGrants]),
    place("suggestions", "message", "意见建议", "/suggestions", "制度系统", &[Capability::GiveSuggestions]),
];

/// Whoever works on rectifications, at any step.
const RECTIFICATION: &[Capability] =
    &[Capability::ViewWeakLists, Capability::WorkOnRectification, Capability::AcceptRectification, Capability::ApproveRectification];

/// Whoever opens, answers or decides some matter of the pack.
const MATTERS: &[Capability] = &[Capability::ViewTasks, Capability::HoldAccountable, Capability::TakeReferrals];

/// Entries that a branch has at most; the rest stands under 更多.
const N_BRANCH: usize = 7;

/// Where a menu key of the pack leads: label and address.
#[must_use]
pub fn place_of(key: &str) -> Option<(&'static str, &'static str)> {
    PLACES.iter().find(|place| place.key == key).map(|place| (place.label, place.href))
}

/// Addresses of places that somebody cannot open.
#[must_use]
pub fn closed_to(actor: &Actor) -> Vec<&'static str> {
    let is_open = |place: &Place| {
        // Published rankings are read by more people than those for whom the menu has a place.
        let reads = place.key == "rankings" && actor.may(Capability::ViewEvaluations);
        reads || place.opens.is_empty() || place.opens.iter().any(|capability| actor.may(*capability))
    };
    PLACES.iter().filter(|place| !is_open(place)).map(|place| place.href).collect()
}

/// Menu and phone tabs of somebody, with the current place marked and what waits in each place (`counts`, by key).
#[must_use]
pub fn for_actor(actor: &Actor, pack: &Pack, path: &str, counts: &[(&'static str, u32)]) -> (Vec<MenuGroup>, Vec<MenuItem>) {
    let mut keys: Vec<&str> = Vec::new();
    for grant in &actor.grants {
        for key in pack.roles.get(&grant.role).into_iter().flat_map(|role| &role.menu) {
            if !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
    }
    if actor.grants.iter().any(|grant| grant.set.everything) {
        keys = PLACES.iter().map(|place| place.key).collect();
    }
    let waiting = |key: &str| counts.iter().find(|(of, _)| *of == key).map(|(_, n)| *n);
    let opens = |place: &Place| place.opens.is_empty() || place.opens.iter().any(|capability| actor.may(*capability));
    let open: Vec<&Place> = PLACES.iter().filter(|place| keys.contains(&place.key) || opens(place)).collect();
    let first = if is_secretary(actor) { nearest(&keys, &open, waiting) } else { keys.clone() };
    let item = |place: &Place| MenuItem {
        current: is_current(path, place.href),
        count: waiting(place.key),
        ..MenuItem::new(place.icon, place.label, place.href)
    };
    let mut groups: Vec<MenuGroup> = Vec::new();
    for place in open.iter().filter(|place| first.contains(&place.key)) {
        match groups.last_mut().filter(|group| group.name == place.heading) {
            Some(group) => group.items.push(item(place)),
            None => groups.push(MenuGroup { name: place.heading.to_owned(), items: vec![item(place)], is_more: false }),
        }
    }
    let rest: Vec<MenuItem> = open.iter().filter(|place| !first.contains(&place.key)).map(|place| item(place)).collect();
    if !rest.is_empty() {
        groups.push(MenuGroup { name: "更多".to_owned(), items: rest, is_more: true });
    }
    let mut tabs = if is_secretary(actor) { secretary_tabs(path) } else { first_tabs(&keys, path, waiting) };
    let own = |href: &str| MenuItem { current: ["/me", href].contains(&path), ..MenuItem::new("user", "我的", href) };
    match tabs.iter_mut().find(|tab| tab.href == "/").filter(|_| is_only_member(actor)) {
        Some(first) => *first = own("/"),
        None => tabs.push(own("/me")),
    }
    (groups, tabs)
}

/// The entries of a branch: the desk, where something is due or waits, then the pack's order; a place that only has something
/// when something waits stands back while nothing does.
fn nearest<'a>(keys: &[&str], open: &[&'a Place], waiting: impl Fn(&str) -> Option<u32>) -> Vec<&'a str> {
    let order = |place: &&Place| {
        let n = waiting(place.key);
        let among = keys.iter().position(|key| *key == place.key).unwrap_or(usize::MAX);
        match n {
            _ if place.key == "desk" => (0, 0),
            Some(1..) => (1, among),
            Some(0) => (3, among),
            None if among < usize::MAX => (2, among),
            None => (4, among),
        }
    };
    let mut places: Vec<&Place> = open.to_vec();
    places.sort_by_key(order);
    places.into_iter().take(N_BRANCH).map(|place| place.key).collect()
}

fn first_tabs(keys: &[&str], path: &str, waiting: impl Fn(&str) -> Option<u32>) -> Vec<MenuItem> {
    let places = keys.iter().filter_map(|key| PLACES.iter().find(|place| place.key == *key));
    let tab = |place: &Place| MenuItem {
        current: is_current(path, place.href),
        count: waiting(place.key),
        ..MenuItem::new(place.icon, place.label, place.href)
    };
    places.take(3).map(tab).collect()
}

/// Whoever records for a branch and supervises none: what is due, and recording it, are at the thumb.
fn is_secretary(actor: &Actor) -> bool {
    actor.may(Capability::RecordActivities) && !actor.may(Capability::SuperviseActivities)
}

/// Whoever has only their own record to look at: the desk is their own page.
fn is_only_member(actor: &Actor) -> bool {
    actor.may(Capability::ViewOwnItems) && !actor.may(Capability::ViewActivities)
}

fn secretary_tabs(path: &str) -> Vec<MenuItem> {
    let is_new = path == "/activities/new";
    let tab = |icon, label: &str, href: &str, current| MenuItem { current, ..MenuItem::new(icon, label, href) };
    vec![
        tab("calendar-check", "本月", "/", path == "/"),
        tab("circle-plus", "记一次", "/activities/new", is_new),
        tab("notes", "组织生活", "/activities", is_current(path, "/activities") && !is_new),
    ]
}

fn is_current(path: &str, href: &str) -> bool {
    if href == "/" { path == "/" } else { path == href || path.starts_with(&format!("{href}/")) }
}
