//! Who sees what and when; and that nothing ranks anybody between the points of the plan.

use axum::http::StatusCode;
use policy::Capability;
use server::http::route::Needs;
use server::http::routes::table;

use super::{OPENS, act, half_a_year, opened, publish, row_address};
use crate::visitor::Visitor;
use crate::world::{BEIMEN, CITY, COUNTY, SCHOOL, SHANGHE, SONGLIN, TOWN, World, on_both};

on_both! {
    before_the_draft_only_the_organisers_see_it,
    those_concerned_see_their_own,
    what_is_out_of_reach_is_as_if_it_were_not,
    between_the_points_nothing_is_ranked,
}

async fn statuses(world: &World, address: &str) -> Vec<(&'static str, u16)> {
    let mut found = Vec::new();
    for login in ["shiwei", "xianwei", "zhenwei", "jiedao", "shuji", "shuji2", "beimen", "hangye"] {
        let mut visitor = world.visitor(login).await;
        found.push((login, visitor.get(address).await.status.as_u16()));
    }
    found
}

async fn before_the_draft_only_the_organisers_see_it(world: &mut World) {
    let id = opened(world).await;
    let hidden = [("shiwei", 404), ("xianwei", 200), ("zhenwei", 404), ("jiedao", 404), ("shuji", 404), ("shuji2", 404), ("beimen", 404), ("hangye", 404)];
    for address in [format!("/evaluations/{id}"), row_address(id, world.org(SONGLIN)), format!("/evaluations/{id}/tiers"), format!("/evaluations/{id}/scheme"), format!("/evaluations/{id}/workbook")] {
        assert_eq!(statuses(world, &address).await, hidden, "{address}");
    }
    let mut branch = world.visitor("shuji").await;
    branch.get("/evaluations").await.is(StatusCode::OK).says("还没有发给您的结果").hides("五星支部评定");
    let mut absent = world.visitor("shuji").await;
    let (there, not_there) = (branch.get(&format!("/evaluations/{id}")).await, absent.get("/evaluations/999999").await);
    assert_eq!((there.status, there.text()), (not_there.status, not_there.text()), "the same answer");
}

async fn those_concerned_see_their_own(world: &mut World) {
    let id = opened(world).await;
    act(world, id, "xianwei", OPENS, "send_draft", &[("note", "请核对")]).await.unwrap();
    let address = format!("/evaluations/{id}");
    let expected = [("shiwei", 404), ("xianwei", 200), ("zhenwei", 200), ("jiedao", 404), ("shuji", 200), ("shuji2", 200), ("beimen", 404), ("hangye", 200)];
    assert_eq!(statuses(world, &address).await, expected);
    let mut branch = world.visitor("shuji").await;
    branch.get(&address).await.says("松林村").hides("上河村").hides("青石中心学校");
    let mut line = world.visitor("hangye").await;
    line.get(&format!("{address}?cohort=all")).await.says("青石中心学校").hides("松林村");
    let mut town = world.visitor("zhenwei").await;
    town.get(&format!("{address}?cohort=all")).await.says("松林村").says("上河村").says("青石中心学校");
    publish(world, id).await;
    let mut city = world.visitor("shiwei").await;
    city.get(&format!("{address}?cohort=all")).await.is(StatusCode::OK).says("松林村").says("上河村");
    let mut branch = world.visitor("shuji").await;
    branch.get(&format!("{address}?cohort=all&q=%E6%9D%91")).await.says("松林村").hides("上河村");
    branch.get(&format!("{address}?cohort=all&export=csv")).await.hides("上河村").is(StatusCode::OK);
}

async fn what_is_out_of_reach_is_as_if_it_were_not(world: &mut World) {
    let id = opened(world).await;
    publish(world, id).await;
    let absent = world.visitor("shuji2").await.get(&row_address(id, 999_999)).await;
    for (login, code) in [("shuji2", SONGLIN), ("shuji", SHANGHE), ("shuji", SCHOOL), ("hangye", SONGLIN), ("beimen", SONGLIN)] {
        let mut visitor = world.visitor(login).await;
        for end in ["", "/document", "/workbook", "?item=theme_day"] {
            let seen = visitor.get(&format!("{}{end}", row_address(id, world.org(code)))).await;
            assert_eq!(seen.status, StatusCode::NOT_FOUND, "{login} {code} {end}");
            assert_eq!(seen.text(), absent.text(), "{login} {code} {end}");
        }
    }
    // A branch of another county is not in the result at all.
    let mut officer = world.visitor("xianwei").await;
    officer.get(&row_address(id, world.org(BEIMEN))).await.is(StatusCode::NOT_FOUND);
}

/// What a star, a rank or a comparison by name looks like.
fn comparisons(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for mark in ["★", "名次", "排第", "排名第", "暂不评定", "拟评"] {
        if text.contains(mark) {
            found.push(mark.to_owned());
        }
    }
    for (before, after) in [("第 ", " 名"), ("第", "名"), ("评为", "星")] {
        for rest in text.split(before).skip(1) {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if (!digits.is_empty() || before == "评为") && rest[digits.len()..].starts_with(after) {
                found.push(format!("{before}{digits}{after}"));
            }
        }
    }
    found
}

async fn between_the_points_nothing_is_ranked(world: &mut World) {
    half_a_year(world).await;
    let ids: Vec<(&str, String)> = [CITY, COUNTY, TOWN, SONGLIN, SHANGHE].iter().map(|code| (*code, world.org(code).to_string())).collect();
    let mut n_pages = 0;
    for login in ["shiwei", "xianwei", "zhenwei", "shuji", "dangyuan", "hangye", "ducha", "guanli"] {
        let mut visitor = world.visitor(login).await;
        n_pages += walk(world, &mut visitor, login, &ids, &[]).await;
    }
    assert!(n_pages > 40, "{n_pages} pages were seen");
    // With a published result it is the same everywhere but in the result itself.
    let id = opened_again(world).await;
    publish(world, id).await;
    for login in ["shiwei", "xianwei", "zhenwei", "shuji", "hangye"] {
        let mut visitor = world.visitor(login).await;
        // 整顿 works on published stars; it is open only to those who work on it.
        walk(world, &mut visitor, login, &ids, &["/evaluations", "/rankings", "/weak-lists"]).await;
    }
}

async fn opened_again(world: &mut World) -> i64 {
    super::as_demo(world, OPENS).await;
    let entry = super::file(world, OPENS).await;
    super::judge_everything(world, OPENS).await;
    super::open(world, entry).await
}

/// Opens every page of the route table that this person may open, for several organisations. Gives how many there were.
async fn walk(world: &World, visitor: &mut Visitor, login: &str, ids: &[(&str, String)], except: &[&str]) -> usize {
    let mut n = 0;
    for line in table(&world.app).iter().filter(|line| line.method == "GET" && !matches!(line.needs, Needs::Nothing)) {
        if except.iter().any(|start| line.path.starts_with(start)) || line.path.starts_with("/assets") {
            continue;
        }
        let addresses: Vec<String> = match line.path.matches('{').count() {
            0 => vec![line.path.to_owned()],
            1 => ids.iter().map(|(_, id)| filled(line.path, id)).collect(),
            _ => Vec::new(),
        };
        for address in addresses {
            let seen = visitor.get(&address).await;
            assert!(seen.status != StatusCode::INTERNAL_SERVER_ERROR, "{login} {address}");
            if seen.status == StatusCode::OK {
                n += 1;
                let found = comparisons(&seen.text());
                assert!(found.is_empty(), "{login} sees {found:?} on {address}: {}", seen.text());
            }
            if matches!(line.needs, Needs::May(Capability::ViewAudit)) {
                break;
            }
        }
    }
    n
}

fn filled(path: &str, value: &str) -> String {
    let (before, rest) = path.split_once('{').unwrap();
    let after = rest.split_once('}').unwrap().1;
    format!("{before}{value}{after}")
}

#[test]
fn comparisons_are_recognised() {
    assert_eq!(comparisons("同类 118 个中第 25 名"), ["第 25 名"]);
    assert_eq!(comparisons("评为星"), ["评为星"]);
    assert!(comparisons("第一书记 党支部星级评定 第 2 页 共 38 名").is_empty());
}
