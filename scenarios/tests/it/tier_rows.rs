//! 先进、中间、后进: where a published result puts each branch, and what the city wants each county to reach.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, number_in, same_answer};

/// The published rating of the demo's first county.
fn published(visitor: &Visitor) -> Page {
    visitor.get("/evaluations").click("2026 年上半年")
}

#[test]
fn branch_tiers() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "branch_tiers", "各支部归入一类");
    let tiers = published(&county).click("先进中间后进");
    for (tier, duty) in [("先进", "示范带动"), ("中间", "对标提升"), ("后进", "整顿转化")] {
        tiers.sees(tier).sees(duty);
    }
    tiers.sees("扩大先进支部增量、提升中间支部水平、整顿后进支部");
    // The branch finds its tier beside its stars.
    let secretary = enter(&world, "shuji");
    let row = secretary.get(&published(&county).path).attribute("table.list tbody a", "href").expect("the own row");
    let text = secretary.get(&row).text();
    assert!(["先进", "中间", "后进", "暂不评定"].iter().any(|tier| text.contains(tier)), "{text}");
    // Numbers lead to names, and add up to what was rated.
    let numbers = tiers.texts_of(".tiers a.fig-v");
    assert_eq!(numbers.len(), 3);
    assert!(numbers.iter().any(|n| n != "0"), "{numbers:?}");

    // The city says, county by county and year by year, what they are to reach; the pack only proposes it.
    let city = enter(&world, "shiwei");
    let open = targets(&county, "year=2026&tier=advanced");
    assert_eq!((open.len(), open[0][5].as_str()), (1, "没有下达"), "{open:?}");
    let name = open[0][0].clone();
    let list = city.get("/evaluations").click("先进后进目标");
    let counties = targets(&city, "year=2027&tier=lagging");
    assert!(counties.len() > 1 && counties.iter().all(|row| row[3].contains("参考值：不高于6%")), "{counties:?}");
    assert_eq!(list.status, 200);
    let issuing = where_issued(&city, &name);
    let form = city.get(&issuing).form("form.pad[method=post]");
    assert_eq!((form.value("share.advanced"), form.value("share.lagging")), (Some("30"), Some("8")));
    let done =
        form.with("share.advanced", "100").with("share.lagging", "100").with("basis", "关于下达分类晋级目标的通知（云组发〔2026〕18号）").send();
    done.sees("已经下达");

    // The county finds it beside what its branches came to, and what is missing; so it does on the page of the result.
    let rows = targets(&county, "year=2026");
    let (first, last) = (&rows[0], &rows[1]);
    assert!(first[3].contains("不低于100%") && first[3].contains("云组发〔2026〕18号") && first[5].starts_with("差 "), "{rows:?}");
    assert!(last[3].contains("不高于100%") && last[4].contains('%') && last[5] == "达到", "{rows:?}");
    let n_rated: i64 = numbers.iter().map(|n| n.parse::<i64>().expect("a number")).sum();
    assert_eq!(number_in(&first[5]), n_rated - numbers[0].parse::<i64>().expect("a number"));
    published(&county).click("先进中间后进").sees("2026 年目标不低于100%").sees(&first[5]);
    county.get("/messages").sees("2026 年的目标已下达");
    // Issued anew, the new one holds; another year stays as it was.
    let form = city.get(&issuing).form("form.pad[method=post]");
    assert_eq!(form.value("share.advanced"), Some("100"));
    form.with("share.advanced", "0.5")
        .with("share.lagging", "")
        .with("basis", "关于调整分类晋级目标的通知（云组发〔2026〕31号）")
        .send()
        .sees("已经下达");
    let rows = targets(&county, "year=2026");
    assert!(rows[0][3].contains("不低于0.5%") && rows[1][3].contains("不高于100%"), "{rows:?}");
    assert!(targets(&county, "year=2028").iter().all(|row| row[5] == "没有下达"));
}

/// The targets that somebody sees: unit, year, tier, target, actual, gap.
fn targets(visitor: &Visitor, asked: &str) -> Vec<Vec<String>> {
    visitor.get(&format!("/evaluations/targets?{asked}")).rows_of("table.list tbody")
}

/// Where the city issues targets of 2026 to a county.
fn where_issued(city: &Visitor, county: &str) -> String {
    let list = city.get("/evaluations/targets?year=2026&tier=advanced");
    let at = list.rows_of("table.list tbody").iter().position(|row| row[0] == county).expect("the county's line");
    list.attributes("table.list tbody a[href*='/evaluations/targets/']", "href").swap_remove(at)
}

#[test]
fn branch_tiers__refuses_a_target_of_ones_own_and_numbers_that_cannot_be() {
    let world = World::copy();
    let (city, county) = (enter(&world, "shiwei"), enter(&world, "xianwei"));
    let name = targets(&county, "year=2026&tier=advanced")[0][0].clone();
    let address = where_issued(&city, &name).split('?').next().expect("an address").to_owned();
    let before = targets(&city, "");
    // The county sees its line and may not write it, nor may anybody below.
    assert!(!county.get("/evaluations/targets").has("table.list tbody a[href*='/evaluations/targets/']"));
    let fields = [("year", "2026"), ("share.advanced", "1"), ("basis", "本县自定")];
    county.get(&address).sees("本级不能自己定");
    let refused = county.post(&address, &fields);
    assert_ne!(refused.status, 200);
    refused.sees("本级不能自己定");
    for login in ["zhenwei", "shuji", "ducha", "dangyuan"] {
        assert_ne!(enter(&world, login).post(&address, &fields).status, 200, "{login}");
    }
    // Another county is as if it did not exist.
    let other = city.get("/evaluations/targets?year=2026&tier=advanced").attributes("table.list tbody a[href*='year=2026']", "href");
    let other = other
        .iter()
        .find(|href| !href.starts_with(&format!("{address}?")))
        .expect("another county")
        .split('?')
        .next()
        .expect("an address")
        .to_owned();
    same_answer(&county.get(&other), &county.get("/evaluations/targets/999999999"));
    // What cannot be, and what stands in no document.
    for (field, value, sentence) in [
        ("share.advanced", "120", "请填 0 到 100 之间的数"),
        ("share.advanced", "三成", "请填 0 到 100 之间的数"),
        ("basis", "", "请写下达的依据"),
        ("year", "2020", "2020 年的目标现在不能下达"),
    ] {
        let mut sent = vec![("year", "2026"), ("share.advanced", "30"), ("basis", "关于下达目标的通知")];
        sent.retain(|(name, _)| *name != field);
        sent.push((field, value));
        let page = city.post(&address, &sent);
        assert_eq!(page.status, 422, "{field} {value}");
        page.sees(sentence);
    }
    assert_eq!(targets(&city, ""), before);
}

#[test]
fn branch_tiers__refuses_tiers_out_of_reach_and_between_the_points_of_the_plan() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let tiers = published(&county).link("先进中间后进");
    for login in ["ducha", "dangyuan", "guanli"] {
        let answer = enter(&world, login).get(&tiers);
        assert_ne!(answer.status, 200, "{login}");
        answer.hides("示范带动");
    }
    same_answer(&county.get("/evaluations/999999999/tiers"), &county.get(&absent_below("/evaluations")));
    // No page between these points says who is ahead and who is behind.
    for page in ["/", "/organisations", "/duties", "/activities"] {
        for login in ["zhenwei", "shuji"] {
            enter(&world, login).get(page).hides("先进党支部").hides("后进党支部");
        }
    }
}
