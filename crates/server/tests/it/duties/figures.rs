//! The same figure is the same on the matrix, the list, the file and the desk, before and after a record.

use jiff::civil::date;

use super::texts;
use crate::visitor::Visitor;
use crate::world::{SCHOOL, SHANGHE, SONGLIN, World, on_both};

on_both! { counts_of_the_matrix_are_counts_of_the_list, a_record_moves_every_figure_at_once, long_lists_go_on_by_day }

/// The chips of a page: word and count.
fn chips(seen: &crate::visitor::Seen) -> Vec<(String, usize)> {
    texts(seen, ".chips .chip")
        .iter()
        .filter_map(|text| text.rsplit_once(' '))
        .filter_map(|(word, n)| Some((word.to_owned(), n.parse().ok()?)))
        .collect()
}

/// How many rows the list behind a state has, by its pager and by its file.
async fn listed(visitor: &mut Visitor, state: &str) -> (usize, usize) {
    let page = visitor.get(&format!("/duties/items?state={state}")).await;
    let foot = texts(&page, ".table-foot span").into_iter().next().unwrap_or_default();
    let by_pager = foot.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default();
    let file = visitor.get(&format!("/duties/items?state={state}&export=csv")).await;
    (by_pager, file.body.lines().count() - 1)
}

async fn counts_of_the_matrix_are_counts_of_the_list(world: &mut World) {
    let mut records = Vec::new();
    for month in 1..=10 {
        records.push(world.held(SONGLIN, "theme_day", date(2026, month, 10)));
        if month % 2 == 0 {
            records.push(world.held(SHANGHE, "theme_day", date(2026, month, 12)));
            records.push(world.held(SONGLIN, "branch_committee_meeting", date(2026, month, 5)));
        }
    }
    world.record(records).await;
    let states = [("待办", "due"), ("临期", "soon"), ("未完成", "missed"), ("按时", "ok"), ("未到期", "future")];
    for login in ["zhenwei", "xianwei", "shiwei", "hangye", "ducha", "shuji"] {
        let mut visitor = world.visitor(login).await;
        let matrix = visitor.get("/duties").await;
        let chips = chips(&matrix);
        for (word, state) in states {
            let n = chips.iter().find(|(of, _)| of.trim_start_matches(|c: char| c.is_whitespace()) == word).map_or(0, |(_, n)| *n);
            let (by_pager, by_file) = listed(&mut visitor, state).await;
            assert_eq!((by_pager, by_file), (n, n), "{login} {word}: {chips:?}");
        }
        // The menu counts what is soon and overdue; the desk's figure leads to the same list.
        let menu: usize = texts(&matrix, ".app-nav a[href='/duties'] em").first().map_or(0, |n| n.parse().unwrap());
        if login != "shuji" {
            assert_eq!(menu, listed(&mut visitor, "soon").await.0 + listed(&mut visitor, "overdue").await.0, "{login}");
        }
    }
}

async fn a_record_moves_every_figure_at_once(world: &mut World) {
    let mut officer = world.visitor("zhenwei").await;
    let before = listed(&mut officer, "due").await.0;
    let head = |seen: &crate::visitor::Seen| texts(seen, ".page-head p").join("");
    let was = head(&officer.get("/duties").await);
    world.visitor("shuji").await.post("/activities", &[("kind", "theme_day"), ("held_on", "2026-11-20"), ("topic", "学习"), ("form", "names")]).await;
    assert_eq!(listed(&mut officer, "due").await.0, before - 1);
    let is = head(&officer.get("/duties").await);
    assert_ne!(was, is);
    assert!(is.contains("本期已办 1"), "{is}");
    officer.get("/").await.says(&format!("本期还有 {} 件没有办", before - 1));
    // By another county's officer nothing is seen of it.
    let mut other = world.visitor("jiedao").await;
    assert!(!head(&other.get("/duties").await).contains("本期已办"));
}

async fn long_lists_go_on_by_day(world: &mut World) {
    let records = (1..=28)
        .flat_map(|day| {
            [world.held(SONGLIN, "heart_to_heart_talk", date(2026, 10, day)), world.held(SCHOOL, "heart_to_heart_talk", date(2026, 10, day))]
        })
        .collect();
    world.record(records).await;
    let mut officer = world.visitor("zhenwei").await;
    let first = officer.get("/activities?per=20").await;
    assert_eq!(texts(&first, "tbody tr").len(), 20);
    let first = first.says("共 56 条");
    let next = super::attributes(&first, "a[rel=next]", "href");
    let second = officer.get(&next[0]).await;
    assert_eq!(texts(&second, "tbody tr").len(), 20);
    assert_ne!(texts(&first, "tbody tr"), texts(&second, "tbody tr"));
    let found = officer.get("/activities?q=松林&period=2026-10").await;
    assert_eq!(texts(&found, "tbody tr").len(), 28);
    let none = officer.get("/activities?q=没有这样的主题").await;
    none.says("没有符合条件的记录");
    assert_eq!(officer.get("/activities?export=csv").await.body.lines().count(), 57);
}
