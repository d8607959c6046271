//! The main menu: which entries a role sees, in the pack's order; at most seven for a branch, the rest under 更多.

use policy::{Capability, Pack};
use store::Actor;

use crate::http::layout::{MenuGroup, MenuItem};

/// Key of the pack, icon, label, address, heading.
const PLACES: &[(&str, &str, &str, &str, &str)] = &[
    ("desk", "home", "工作台", "/", ""),
    ("tasks", "checklist", "部署任务", "/tasks", "部署落实"),
    ("matrix", "calendar-check", "责任矩阵", "/duties", "部署落实"),
    ("activities", "notes", "组织生活", "/activities", "部署落实"),
    ("weak_lists", "tool", "整顿销号", "/rectifications", "督查整改"),
    ("plan", "calendar", "年度计划", "/plan", "考核运用"),
    ("evaluations", "stars", "考核评星", "/evaluations", "考核运用"),
    ("rankings", "trophy", "综合排名", "/rankings", "考核运用"),
    ("organisations", "sitemap", "组织体系", "/organisations", "基础信息"),
    ("members", "users", "党员队伍", "/members", "基础信息"),
    ("villages", "building-community", "村级经济", "/villages", "基础信息"),
    ("imports", "file-import", "导入导出", "/imports", "基础信息"),
    ("policies", "book", "制度规则", "/policies", "制度系统"),
    ("audit", "shield-check", "审计", "/audit", "制度系统"),
    ("grants", "user-check", "用户授权", "/accounts", "制度系统"),
    ("suggestions", "message", "意见建议", "/suggestions", "制度系统"),
];

/// Where a menu key of the pack leads: label and address.
#[must_use]
pub fn place_of(key: &str) -> Option<(&'static str, &'static str)> {
    PLACES.iter().find(|place| place.0 == key).map(|place| (place.2, place.3))
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
        keys = PLACES.iter().map(|place| place.0).collect();
    }
    let waiting = |key: &str| counts.iter().find(|(of, _)| *of == key).map(|(_, n)| *n);
    let mut groups: Vec<MenuGroup> = Vec::new();
    for (key, icon, label, href, heading) in PLACES {
        if !keys.contains(key) {
            continue;
        }
        let mut item = MenuItem::new(icon, *label, *href);
        item.current = is_current(path, href);
        item.count = waiting(key);
        match groups.last_mut().filter(|group| group.name == *heading) {
            Some(group) => group.items.push(item),
            None => groups.push(MenuGroup { name: (*heading).to_owned(), items: vec![item] }),
        }
    }
    let mut tabs = if is_secretary(actor) { secretary_tabs(path) } else { first_tabs(&keys, path, waiting) };
    tabs.push(MenuItem { current: path == "/me", ..MenuItem::new("user", "我的", "/me") });
    (groups, tabs)
}

fn first_tabs(keys: &[&str], path: &str, waiting: impl Fn(&str) -> Option<u32>) -> Vec<MenuItem> {
    let places = keys.iter().filter_map(|key| PLACES.iter().find(|place| place.0 == *key));
    let tab = |(key, icon, label, href, _): &(&str, &'static str, &str, &str, &str)| MenuItem {
        current: is_current(path, href),
        count: waiting(key),
        ..MenuItem::new(icon, *label, *href)
    };
    places.take(3).map(tab).collect()
}

/// Whoever records for a branch and supervises none: what is due, and recording it, are at the thumb.
fn is_secretary(actor: &Actor) -> bool {
    actor.may(Capability::RecordActivities) && !actor.may(Capability::SuperviseActivities)
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
