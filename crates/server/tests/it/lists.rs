//! Lists of what the pack names, and the matrix: searched, narrowed, sorted, paged, exported; nonsense in an address does no harm.

use jiff::civil::{Date, date};
use server::ledger::{self, NewRow};
use server::matter::{self, NewMatter};
use server::project::{self, NewProject};

use crate::duties::texts;
use crate::evaluations::{actor, as_demo, fields};
use crate::visitor::Visitor;
use crate::world::{COUNTY, SCHOOL, SONGLIN, TOWN, World, morning, on_both};

on_both! {
    what_the_pack_names_is_narrowed_by_what_there_is_of_it,
    what_the_pack_names_is_narrowed_by_level,
    every_such_list_sorts_turns_and_goes_into_a_file,
    the_matrix_begins_with_whoever_has_most_to_do,
    nonsense_in_an_address_does_no_harm,
}

const DAY: Date = date(2026, 11, 22);
const KINDS: [&str; 5] = ["/projects", "/ledgers", "/matters", "/selections", "/programmes"];

/// What the rows of a list are called, in their order.
async fn names(visitor: &mut Visitor, path: &str) -> Vec<String> {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{path}");
    texts(&page, "table.list tbody td:first-child > a")
}

/// A row of a ledger, a slip, a project, an application and a review, one of each.
async fn begin_one_of_each(world: &mut World) {
    as_demo(world, DAY).await;
    let county = actor(&world.app, "xianwei", DAY).await;
    let mut tx = world.app.begin(&county, morning(DAY)).await.unwrap();
    let given = [("done_on", "2026-11-20"), ("input", "培训"), ("element", "队伍"), ("what", "培训支部书记")];
    let row = NewRow { ledger: "field_inputs".to_owned(), organisation: world.org(COUNTY), about: Some(world.org(SONGLIN)), fields: fields(&given) };
    ledger::enter(&world.app, &mut tx, &county, row).await.unwrap();
    let given = [("what", "四个支部没有记录"), ("standard", "补上说明"), ("owner", "组织委员"), ("due_on", "2026-11-25")];
    let slip = NewMatter {
        matter: "three_slips".to_owned(),
        kind: "problem_slip".to_owned(),
        organisation: world.org(TOWN),
        skipped: String::new(),
        permitted: String::new(),
        fields: fields(&given),
    };
    matter::open(&world.app, &mut tx, &county, slip).await.unwrap();
    world.commit(tx).await;
    let town = actor(&world.app, "zhenwei", DAY).await;
    let mut tx = world.app.begin(&town, morning(DAY)).await.unwrap();
    let new = NewProject {
        kind: "township_led_project".to_owned(),
        organisation: world.org(TOWN),
        name: "便民服务点建设".to_owned(),
        served: Some(world.org(SONGLIN)),
    };
    project::propose(&world.app, &mut tx, &town, new).await.unwrap();
    world.commit(tx).await;
    let review = [("unit", world.org(COUNTY).to_string())];
    let review = review.each_ref().map(|(name, value)| (*name, value.as_str()));
    world.visitor("xianwei").await.post("/programmes/five_projects/reviews", &review).await.is(axum::http::StatusCode::SEE_OTHER);
}

async fn what_the_pack_names_is_narrowed_by_what_there_is_of_it(world: &mut World) {
    begin_one_of_each(world).await;
    let mut county = world.visitor("xianwei").await;
    let pack = world.app.pack();
    let (slips, led) = (&pack.matters["three_slips"].name, &pack.projects["township_led_project"].name);
    let (inputs, programme) = (&pack.ledgers["field_inputs"].name, &pack.programmes["five_projects"].name);
    for (path, found, other) in [
        ("/projects?state=", "doing", "none"),
        ("/matters?state=", "open", "none"),
        ("/ledgers?state=", "written", "empty"),
        ("/programmes?review=", "open", "closed"),
    ] {
        let name = match found {
            "doing" => led,
            "written" => inputs,
            _ if path.starts_with("/matters") => slips,
            _ => programme,
        };
        assert_eq!(names(&mut county, &format!("{path}{found}")).await, [name.as_str()], "{path}{found}");
        let rest = names(&mut county, &format!("{path}{other}")).await;
        assert!(!rest.contains(name), "{path}{other}: {rest:?}");
        let all = names(&mut county, path.split('?').next().unwrap()).await.len();
        assert_eq!(rest.len(), if path.starts_with("/programmes") { 0 } else { all - 1 }, "{path}: each is in one of both");
    }
    assert!(names(&mut county, "/projects?state=over").await.is_empty());
    // The other county of the city has not begun its review.
    let mut city = world.visitor("shiwei").await;
    assert_eq!(names(&mut city, "/programmes?review=none").await, [programme.as_str()]);
    city.get("/programmes/five_projects?review=open").await.says("中共青屏县委员会").hides("映江区委员会</td>");
    city.get("/programmes/five_projects?review=none").await.says("中共映江区委员会").hides("<td>中共青屏县委员会");
    // Who keeps it, who opens it.
    assert_eq!(names(&mut county, "/ledgers?state=kept").await, [inputs.as_str()]);
    let mut branch = world.visitor("shuji").await;
    assert!(names(&mut branch, "/ledgers?state=kept").await.is_empty());
    assert!(names(&mut county, "/matters?mine=opens").await.contains(slips));
    assert!(names(&mut branch, "/matters?mine=opens").await.is_empty());
}

async fn what_the_pack_names_is_narrowed_by_level(world: &mut World) {
    as_demo(world, DAY).await;
    crate::selections::file_selections(world, DAY).await;
    let pack = world.app.pack();
    let mut officer = world.visitor("zhenwei").await;
    let counted = |levels: &[policy::Key], level: &str| levels.is_empty() || levels.iter().any(|of| of == level);
    for level in ["county", "township"] {
        let n = pack.projects.values().filter(|kind| counted(&kind.levels, level)).count();
        assert!(n < pack.projects.len(), "{level} leaves some out");
        assert_eq!(names(&mut officer, &format!("/projects?level={level}")).await.len(), n, "{level}");
    }
    let n = pack.selections.values().filter(|it| counted(&it.levels, "line")).count();
    assert!(n < pack.selections.len());
    assert_eq!(names(&mut officer, "/selections?level=line").await.len(), n);
    assert!(names(&mut officer, "/ledgers?level=branch").await.is_empty());
    assert_eq!(names(&mut officer, "/ledgers?level=township").await.len(), 1);
    assert!(names(&mut world.visitor("shiwei").await, "/programmes?level=township").await.is_empty());
    // What one may come forward for oneself.
    let mut branch = world.visitor("shuji").await;
    let own = names(&mut branch, "/selections?mine=apply").await;
    assert!(!own.is_empty() && own.len() < pack.selections.len(), "{own:?}");
    assert!(names(&mut world.visitor("dangyuan").await, "/selections?mine=apply").await.is_empty());
}

async fn every_such_list_sorts_turns_and_goes_into_a_file(world: &mut World) {
    begin_one_of_each(world).await;
    let mut city = world.visitor("shiwei").await;
    for path in KINDS {
        let all = names(&mut city, path).await;
        let mut turned = names(&mut city, &format!("{path}?dir=desc")).await;
        turned.reverse();
        assert_eq!(turned, all, "{path}");
        let page = city.get(path).await;
        let sorts = texts(&page, "table.list thead th a").len();
        assert!(sorts >= 2, "{path} sorts by {sorts} columns");
        city.get(path).await.says(&format!("共 {} ", all.len()));
        let file = city.get(&format!("{path}?export=csv")).await;
        assert_eq!(file.body.trim_end().lines().count(), all.len() + 1, "{path}: {}", file.body);
        assert!(names(&mut city, &format!("{path}?q=没有这个名字")).await.is_empty());
    }
    let mut county = world.visitor("xianwei").await;
    let pack = world.app.pack();
    for (path, name) in [
        ("/matters?sort=open&dir=desc", &pack.matters["three_slips"].name),
        ("/projects?sort=doing&dir=desc", &pack.projects["township_led_project"].name),
    ] {
        assert_eq!(&names(&mut county, path).await[0], name, "{path}");
    }
}

/// Name and what is left to do of each row of the matrix.
async fn left(visitor: &mut Visitor, path: &str) -> Vec<(String, u32)> {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{path}");
    let n = texts(&page, ".mx tbody td.todo").into_iter().map(|text| text.parse().unwrap_or(0));
    texts(&page, ".mx tbody th.org").into_iter().zip(n).collect()
}

async fn the_matrix_begins_with_whoever_has_most_to_do(world: &mut World) {
    world.go_to(DAY).await;
    let held = |branch: &str, until: i8| (1..=until).map(|month| world.held(branch, "theme_day", date(2026, month, 10))).collect::<Vec<_>>();
    let records = [held(SONGLIN, 10), held(SCHOOL, 4)].concat();
    world.record(records).await;
    let mut officer = world.visitor("zhenwei").await;
    let by_code = left(&mut officer, "/duties").await;
    assert_eq!(by_code.len(), 3);
    let most_first = left(&mut officer, "/duties?sort=open&dir=desc").await;
    assert_eq!((by_code[2].0.as_str(), most_first[0].0.as_str()), ("青石中心学校党支部", "青石中心学校党支部"), "{most_first:?}");
    assert!(most_first.is_sorted_by(|a, b| a.1 >= b.1) && most_first[0].1 > most_first[2].1, "{most_first:?}");
    let mut least_first = left(&mut officer, "/duties?sort=open").await;
    least_first.reverse();
    assert_eq!(least_first, most_first);
    let mut by_name = left(&mut officer, "/duties?sort=name&dir=desc").await;
    by_name.reverse();
    assert_eq!(by_name, left(&mut officer, "/duties?sort=name").await);
    assert_ne!(by_name, most_first);
    // What is left is what the list of items has: still to do, overdue, missed.
    for (name, n) in by_code {
        let listed = async |visitor: &mut Visitor, state: &str| {
            visitor.get(&format!("/duties/items?q={name}&state={state}&export=csv")).await.body.trim_end().lines().count() - 1
        };
        let counted = listed(&mut officer, "due").await + listed(&mut officer, "overdue").await + listed(&mut officer, "missed").await;
        assert_eq!(counted, n as usize, "{name}");
    }
    // Items by duty: each duty stands together, in the order of the pack.
    let page = officer.get("/duties/items?state=missed&sort=duty&per=200").await;
    let mut duties = texts(&page, "table.list tbody td a");
    let n_rows = duties.len();
    duties.dedup();
    let mut once = duties.clone();
    once.sort();
    once.dedup();
    assert!(n_rows > duties.len() && duties.len() > 1 && duties.len() == once.len(), "{duties:?}");
}

async fn nonsense_in_an_address_does_no_harm(world: &mut World) {
    as_demo(world, DAY).await;
    let mut city = world.visitor("shiwei").await;
    for path in KINDS.into_iter().chain(["/duties", "/duties/items", "/themes", "/ledgers/field_inputs", "/programmes/five_projects"]) {
        for nonsense in
            ["sort=password&dir=up", "page=zwei&per=drei", "page=999999&per=20", "state=%F0%9F%92&level=%25&mine=1&review=1&year=x", "q=%25%27%22"]
        {
            let page = city.get(&format!("{path}?{nonsense}")).await;
            assert_eq!(page.status, 200, "{path}?{nonsense}");
        }
    }
}
