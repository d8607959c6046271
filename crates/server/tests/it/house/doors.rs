//! The outer door knows only what is marked for both; and the table of routes, checked in as text.

use std::fmt::Write as _;
use std::path::Path;

use axum::http::StatusCode;
use server::http::route::{Door, Needs};

use super::{PASSWORD, house};
use crate::visitor::Visitor;

#[tokio::test]
async fn the_outer_door_knows_only_its_own_routes_and_sessions() {
    let house = house().await;
    let mut outside = Visitor::new(&house.app, Some(Door::Both));
    outside.sign_in("xian1", PASSWORD).await.is(StatusCode::SEE_OTHER);
    for path in ["/accounts", "/audit", "/policies", "/imports"] {
        outside.get(path).await.is(StatusCode::NOT_FOUND);
    }
    let page = outside.get("/suggestions").await.is(StatusCode::OK);
    page.hides("href=\"/accounts\"").hides("href=\"/audit\"");
    outside.get("/me/security").await.is(StatusCode::OK).says("外网（手机）");
    // A session opened outside is nothing inside, and the other way round.
    let mut inside = Visitor::new(&house.app, None);
    inside.cookies.clone_from(&outside.cookies);
    inside.get("/accounts").await.is(StatusCode::SEE_OTHER);
    let own = house.visit("xian1").await;
    outside.cookies.clone_from(&own.cookies);
    outside.get("/suggestions").await.is(StatusCode::SEE_OTHER);
}

/// Route × role × relation × door. A role is listed where it has the capability; on which organisations is the relation that its
/// grant gives (its own subtree, narrowed to fields, named, one case), and the operation checks it.
#[tokio::test]
async fn the_table_of_routes_is_the_one_checked_in() {
    let house = house().await;
    let pack = house.app.pack();
    let mut text = String::from(
        "# 谁从哪个门能走到哪里。由测试生成：UPDATE=1 cargo test -p server --test it table_of_routes\n# 路径 | 门 | 要有的权限 | 有这项权限的角色（看得到的范围：各自授权里的组织）\n",
    );
    let mut lines: Vec<String> = server::http::routes::table(&house.app)
        .iter()
        .map(|line| {
            let door = if line.door == Door::Both { "内外" } else { "内" };
            let (needs, roles) = match line.needs {
                Needs::Nothing => ("无".to_owned(), "任何人".to_owned()),
                Needs::SignIn => ("登录".to_owned(), "全部角色".to_owned()),
                Needs::May(capability) => {
                    let roles: Vec<&str> =
                        pack.roles.iter().filter(|(_, role)| role.capabilities.contains(&capability)).map(|(key, _)| key.as_str()).collect();
                    (
                        serde_json::to_value(capability).unwrap().as_str().unwrap().to_owned(),
                        if roles.is_empty() { "（没有角色有）".to_owned() } else { roles.join(" ") },
                    )
                }
            };
            format!("{:<4} {} | {door} | {needs} | {roles}", line.method, line.path)
        })
        .collect();
    lines.sort_by(|a, b| a[5..].cmp(&b[5..]));
    for line in &lines {
        writeln!(text, "{line}").unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("routes.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let changed: Vec<&str> = text
        .lines()
        .filter(|line| !kept.lines().any(|old| old == *line))
        .chain(kept.lines().filter(|old| !text.lines().any(|line| line == *old)))
        .collect();
    assert!(
        kept == text,
        "routes.txt is stale; run UPDATE=1 cargo test -p server --test it table_of_routes, and read the difference:\n{}",
        changed.join("\n")
    );
}
