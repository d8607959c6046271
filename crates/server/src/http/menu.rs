//! The main menu: which entries a role sees, in the pack's order; at most seven for a branch, the rest under 更多.

use policy::Pack;
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

/// Menu and phone tabs of somebody, with the current place marked.
#[must_use]
pub fn for_actor(actor: &Actor, pack: &Pack, path: &str) -> (Vec<MenuGroup>, Vec<MenuItem>) {
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
    let mut groups: Vec<MenuGroup> = Vec::new();
    for (key, icon, label, href, heading) in PLACES {
        if !keys.contains(key) {
            continue;
        }
        let mut item = MenuItem::new(icon, *label, *href);
        item.current = is_current(path, href);
        match groups.last_mut().filter(|group| group.name == *heading) {
            Some(group) => group.items.push(item),
            None => groups.push(MenuGroup { name: (*heading).to_owned(), items: vec![item] }),
        }
    }
    let mut tabs: Vec<MenuItem> = keys
        .iter()
        .filter_map(|key| PLACES.iter().find(|place| place.0 == *key))
        .take(3)
        .map(|(_, icon, label, href, _)| MenuItem { current: is_current(path, href), ..MenuItem::new(icon, *label, *href) })
        .collect();
    tabs.push(MenuItem { current: path == "/me", ..MenuItem::new("user", "我的", "/me") });
    (groups, tabs)
}

fn is_current(path: &str, href: &str) -> bool {
    if href == "/" { path == "/" } else { path == href || path.starts_with(&format!("{href}/")) }
}
