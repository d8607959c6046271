//! Inspections: only on the plan, drawn again the same, never by one's own, hidden as if they were not, no finding without an owner.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use server::inspection::{self, NewInspection, Part, Said, Target};
use server::{evaluation, problem, visit};
use store::query;

use crate::evaluations::{actor, give, refusal};
use crate::world::{BEIMEN, CITY, COUNTY, NANMEN, SCHOOL, SHANGHE, SONGLIN, STREET, TOWN, World, morning, on_both};

on_both! {
    nothing_is_opened_beside_the_plan,
    a_draw_is_the_same_again_and_what_is_set_aside_stays,
    a_public_number_is_named_before_it_is_known,
    a_number_that_never_came_gives_way_to_two_people,
    crossed_teams_never_meet_their_own,
    whoever_has_posts_in_two_counties_inspects_neither,
    units_are_added_to_what_is_under_way_and_the_cost_is_seen_first,
    what_is_hidden_is_as_if_it_were_not,
    no_finding_goes_without_an_owner_and_nothing_closes_before_it_is_verified,
    the_records_of_a_branch_have_its_decisions_and_who_was_there,
    a_visit_that_brought_nothing_is_its_visitors_alone,
}

const DAY: Date = date(2026, 11, 22);
const UNTIL: Date = date(2026, 12, 5);

async fn filed(world: &World, login: &str, office: &str, line: &str) -> i64 {
    let who = actor(&world.app, login, DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    let id = evaluation::file_line(&world.app, &mut tx, &who, world.org(office), line, "督查计划", "常委会", None).await.unwrap();
    world.commit(tx).await;
    id
}

fn new(plan_entry: i64, title: &str, units: &[i64]) -> NewInspection {
    NewInspection {
        plan_entry,
        title: title.to_owned(),
        topic: "党务公开".to_owned(),
        from: DAY,
        until: UNTIL,
        units: units.to_vec(),
        n_wanted: 2,
        public_source: String::new(),
        is_apart: false,
    }
}

async fn opened(world: &World, login: &str, new: NewInspection) -> anyhow::Result<i64> {
    let who = actor(&world.app, login, DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await?;
    let id = inspection::open(&world.app, &mut tx, &who, new).await?;
    world.commit(tx).await;
    Ok(id)
}

/// Does something in somebody's name.
macro_rules! done {
    ($world:expr, $login:expr, $operation:path $(, $argument:expr)*) => {{
        let who = actor(&$world.app, $login, DAY).await;
        let mut tx = $world.app.begin(&who, morning(DAY)).await.unwrap();
        let result = $operation(&$world.app, &mut tx, &who $(, $argument)*).await;
        if result.is_ok() {
            $world.commit(tx).await;
        }
        result
    }};
}

async fn targets(world: &World, login: &str, id: i64) -> Vec<Target> {
    let who = actor(&world.app, login, DAY).await;
    inspection::find(world.app.store().reader(), &world.app, &who, id).await.unwrap().map(|sight| sight.targets).unwrap_or_default()
}

async fn teams(world: &World, login: &str, id: i64, all: &[(&str, &str)]) -> anyhow::Result<()> {
    for (name, member) in all {
        done!(world, login, inspection::form_team, id, name, &[(*member).to_owned()])?;
    }
    done!(world, login, inspection::assign, id)
}

async fn nothing_is_opened_beside_the_plan(world: &mut World) {
    assert!(refusal(opened(world, "xianwei", new(999, "没有计划", &[world.org(SONGLIN)])).await).contains("没有列入年度计划"));
    let line = filed(world, "xianwei", COUNTY, "county_special_check_2026").await;
    // Another's line, a unit of elsewhere, a day that is over.
    assert!(refusal(opened(world, "shiwei", new(line, "别人的计划", &[world.org(SONGLIN)])).await).contains("没有列入年度计划"));
    assert!(refusal(opened(world, "xianwei", new(line, "外县", &[world.org(BEIMEN)])).await).contains("不在这类督查范围内"));
    let before = NewInspection { from: date(2026, 11, 1), ..new(line, "补写", &[world.org(SONGLIN)]) };
    assert!(refusal(opened(world, "xianwei", before).await).contains("从今天"));
    opened(world, "xianwei", new(line, "第一次", &[world.org(SONGLIN)])).await.unwrap();
    // The same kind for the same unit in the quarter is merged, or said to be apart.
    let again = new(line, "第二次", &[world.org(SONGLIN), world.org(SHANGHE)]);
    assert!(refusal(opened(world, "xianwei", again.clone()).await).contains("本季度已经列入“第一次”"));
    opened(world, "xianwei", NewInspection { is_apart: true, ..again }).await.unwrap();
    for n in 0..2 {
        opened(world, "xianwei", NewInspection { is_apart: true, ..new(line, &format!("又一次 {n}"), &[world.org(SHANGHE)]) }).await.unwrap();
    }
    let fifth = NewInspection { is_apart: true, ..new(line, "第五次", &[world.org(SHANGHE)]) };
    assert!(refusal(opened(world, "xianwei", fifth).await).contains("计划开展 4 次"));
    // One line a year of a kind; a used one is not withdrawn.
    let who = actor(&world.app, "xianwei", DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    assert!(refusal(evaluation::withdraw_line(&mut tx, &who, line).await).contains("已经开展"));
}

async fn a_draw_is_the_same_again_and_what_is_set_aside_stays(world: &mut World) {
    give(world, "xianwei2", "李绍文", "county_organisation_officer", COUNTY, DAY).await;
    let line = filed(world, "xianwei", COUNTY, "county_random_research_2026").await;
    let id = opened(world, "xianwei", new(line, "随机调研", &[])).await.unwrap();
    let public = Part::Public { on: DAY, number: "0712".to_owned() };
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, public)).contains("没有写明的，由两个人"));
    assert!(!done!(world, "xianwei", inspection::give_seed, id, Part::Own("甲31".to_owned())).unwrap());
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, Part::Own("乙".to_owned()))).contains("另一个人"));
    assert!(done!(world, "xianwei2", inspection::give_seed, id, Part::Own("乙27".to_owned())).unwrap());
    let drawn = targets(world, "xianwei", id).await;
    let codes = [SONGLIN, SHANGHE, "P990101001003"].map(str::to_owned);
    let expected = inspection::draw::draw(&inspection::draw::Population::new(codes), "甲31+乙27", 2, |_| None);
    let names = |all: &[Target]| all.iter().filter(|target| target.is_in()).map(|target| target.organisation).collect::<Vec<_>>();
    assert_eq!(names(&drawn), expected.iter().map(|it| world.org(&it.code)).collect::<Vec<_>>());
    // One is set aside: it stays with its reason, and the third takes its place.
    assert!(refusal(done!(world, "xianwei", inspection::set_aside, id, drawn[0].id, "")).contains("请写清楚"));
    done!(world, "xianwei", inspection::set_aside, id, drawn[0].id, "上月刚整顿销号").unwrap();
    let after = targets(world, "xianwei", id).await;
    assert_eq!((after.len(), after[0].aside.as_deref(), names(&after).len()), (3, Some("上月刚整顿销号"), 2));
    // A whole draw set aside stays, too; another seed is given.
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, Part::Own("丙".to_owned()))).contains("已经抽取过"));
    let draw = drawn[0].draw.unwrap();
    done!(world, "xianwei", inspection::set_draw_aside, id, draw, "有人提前知道了种子").unwrap();
    assert!(names(&targets(world, "xianwei", id).await).is_empty());
    done!(world, "xianwei", inspection::give_seed, id, Part::Own("丙".to_owned())).unwrap();
    assert_eq!(world.count("select count(*) from inspection_draw where aside_reason is not null").await, 1);
    assert_eq!(world.count("select count(*) from inspection_draw").await, 2);
    // A branch of the county sees the population and its fingerprint; one of elsewhere sees nothing.
    world.visitor("shuji").await.get(&format!("/inspections/{id}")).await.is(StatusCode::OK).says("指纹").hides("丙");
    world.visitor("beimen").await.get(&format!("/inspections/{id}")).await.is(StatusCode::NOT_FOUND);
}

const LOTTERY: &str = "双色球 2026136 期";

async fn a_public_number_is_named_before_it_is_known(world: &mut World) {
    give(world, "xianwei2", "李绍文", "county_organisation_officer", COUNTY, DAY).await;
    let line = filed(world, "xianwei", COUNTY, "county_random_research_2026").await;
    let named = NewInspection { public_source: LOTTERY.to_owned(), ..new(line, "随机调研", &[]) };
    let id = opened(world, "xianwei", named).await.unwrap();
    let address = format!("/inspections/{id}");
    // Everybody in the population knows which number it will be before there is one.
    world.visitor("shuji").await.get(&address).await.says(LOTTERY);
    world.visitor("xianwei").await.get(&format!("{address}/seed")).await.says(LOTTERY).says("公布的号码");
    // Once named, nobody makes a seed himself, and no number of before or of the day is taken.
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, Part::Own("甲31".to_owned()))).contains(LOTTERY));
    let public = |on: Date| Part::Public { on, number: "03 11 19".to_owned() };
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, public(DAY))).contains("范围固定以后"));
    let day = DAY.tomorrow().unwrap();
    let who = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&who, morning(day)).await.unwrap();
    assert!(inspection::give_seed(&world.app, &mut tx, &who, id, public(day)).await.unwrap());
    world.commit(tx).await;
    let drawn = targets(world, "xianwei", id).await;
    let codes = [SONGLIN, SHANGHE, "P990101001003"].map(str::to_owned);
    let expected = inspection::draw::draw(&inspection::draw::Population::new(codes), "03 11 19", 2, |_| None);
    assert_eq!(drawn.iter().map(|it| it.organisation).collect::<Vec<_>>(), expected.iter().map(|it| world.org(&it.code)).collect::<Vec<_>>());
    // Set aside, the same number would give the same: two people give the next seed.
    done!(world, "xianwei", inspection::set_draw_aside, id, drawn[0].draw.unwrap(), "公布的号码抄错了一位").unwrap();
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, public(DAY))).contains("由两个人"));
    assert!(!done!(world, "xianwei", inspection::give_seed, id, Part::Own("甲".to_owned())).unwrap());
    assert!(done!(world, "xianwei2", inspection::give_seed, id, Part::Own("乙".to_owned())).unwrap());
}

async fn a_number_that_never_came_gives_way_to_two_people(world: &mut World) {
    give(world, "xianwei2", "李绍文", "county_organisation_officer", COUNTY, DAY).await;
    let line = filed(world, "xianwei", COUNTY, "county_random_research_2026").await;
    let named = NewInspection { public_source: LOTTERY.to_owned(), ..new(line, "随机调研", &[]) };
    let id = opened(world, "xianwei", named).await.unwrap();
    let address = format!("/inspections/{id}");
    let mut officer = world.visitor("xianwei").await;
    officer.get(&address).await.says("公开号码没有公布");
    officer.get(&format!("{address}/give-up-number")).await.is(StatusCode::OK).says(LOTTERY);
    assert!(refusal(done!(world, "xianwei", inspection::give_up_number, id, " ")).contains("为什么不能用"));
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, Part::Own("甲31".to_owned()))).contains(LOTTERY), "nothing changed");
    done!(world, "xianwei", inspection::give_up_number, id, "该期停开，没有公布").unwrap();
    // The branch reads who gave it up and why; the number counts no more, once, and two people give the seed.
    world.visitor("shuji").await.get(&address).await.says("该期停开，没有公布").says(LOTTERY);
    assert!(refusal(done!(world, "xianwei", inspection::give_up_number, id, "再放弃一次")).contains("不用放弃"));
    let public = Part::Public { on: DAY, number: "03 11 19".to_owned() };
    assert!(refusal(done!(world, "xianwei", inspection::give_seed, id, public)).contains("由两个人"));
    assert!(!done!(world, "xianwei", inspection::give_seed, id, Part::Own("甲".to_owned())).unwrap());
    assert!(done!(world, "xianwei2", inspection::give_seed, id, Part::Own("乙".to_owned())).unwrap());
    assert_eq!(targets(world, "xianwei", id).await.len(), 2);
    officer.get(&address).await.says("两个人各给一半").hides("/give-up-number");
}

/// Her first post is in one county, the second in another: both count, whichever was given first, and whether she inspects by it.
async fn whoever_has_posts_in_two_counties_inspects_neither(world: &mut World) {
    give(world, "liangdi", "普丽华", "county_organisation_officer", COUNTY, DAY).await;
    give(world, "liangdi", "普丽华", "leading_official", crate::world::OTHER_COUNTY, DAY).await;
    give(world, "shenhe", "木春华", "city_organisation_officer", CITY, DAY).await;
    let line = filed(world, "shiwei", CITY, "city_crossed_check_2026").await;
    for (n, unit) in [TOWN, STREET].into_iter().enumerate() {
        let crossed = NewInspection { is_apart: true, ..new(line, &format!("交叉检查{n}"), &[world.org(unit)]) };
        let Ok(id) = opened(world, "shiwei", crossed).await else { continue };
        let refused = refusal(teams(world, "shiwei", id, &[("一组", "liangdi")]).await);
        assert!(refused.contains("县"), "{unit}: {refused}");
        // Beside somebody of the city, the unit falls to the other team.
        teams(world, "shiwei", id, &[("二组", "shenhe")]).await.unwrap();
        let team = format!(
            "select count(*) from inspection_target t join inspection_team g on g.id = t.team_id where t.inspection_id = {id} and g.name = '二组'"
        );
        assert_eq!(world.count(&team).await, 1, "{unit}");
    }
    assert!(world.count("select count(*) from inspection").await >= 1);
}

async fn units_are_added_to_what_is_under_way_and_the_cost_is_seen_first(world: &mut World) {
    let line = filed(world, "xianwei", COUNTY, "county_special_check_2026").await;
    let id = opened(world, "xianwei", new(line, "第一次", &[world.org(SONGLIN)])).await.unwrap();
    let (songlin, shanghe) = (world.org(SONGLIN).to_string(), world.org(SHANGHE).to_string());
    let address = format!("/inspections/new?line={line}");
    let both =
        [("title", "第二次"), ("topic", "党务公开"), ("from", "2026-11-22"), ("until", "2026-12-05"), ("units", &songlin), ("units", &shanghe)];
    let mut county = world.visitor("xianwei").await;
    let merge = id.to_string();
    let page = county.post(&address, &both).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    let page = page.says("本季度同类督查已经列入").says("并入“第一次”");
    assert!(page.body.contains(&format!("value=\"{merge}\"")), "{}", page.body);
    let both: Vec<(&str, &str)> = both.into_iter().chain([("merge", merge.as_str())]).collect();
    let twice: Vec<(&str, &str)> = both.iter().copied().chain([("apart", "1")]).collect();
    county.post(&address, &twice).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("请只选一样");
    // What the one more takes is seen first; nothing is written before.
    county.post(&address, &both).await.is(StatusCode::OK).says("1 个单位，共 7 项").says("本月已经在办");
    assert_eq!(targets(world, "xianwei", id).await.len(), 1);
    let cost = format!("1-{}", world.app.pack().whole("burden_minutes_check", DAY).unwrap() * 7);
    let seen: Vec<(&str, &str)> = both.into_iter().chain([("cost", cost.as_str())]).collect();
    let sent = county.post(&address, &seen).await.is(StatusCode::SEE_OTHER);
    assert!(sent.location.starts_with(&format!("/inspections/{id}")), "{}", sent.location);
    let units: Vec<i64> = targets(world, "xianwei", id).await.iter().map(|target| target.organisation).collect();
    assert_eq!(units, [world.org(SONGLIN), world.org(SHANGHE)]);
    assert_eq!(world.count("select count(*) from inspection").await, 1, "no second one");
    world.visitor("shuji2").await.get("/messages").await.says("第一次");
    // Nobody adds to another's, to one of elsewhere, or to a random one.
    assert!(done!(world, "shiwei", inspection::add_units, id, &[world.org(SCHOOL)]).is_err());
    assert!(refusal(done!(world, "xianwei", inspection::add_units, id, &[world.org(BEIMEN)])).contains("不在这类督查范围内"));
    assert_eq!(done!(world, "xianwei", inspection::add_units, id, &[world.org(SHANGHE)]).unwrap(), 0);
    let random = filed(world, "xianwei", COUNTY, "county_random_research_2026").await;
    let drawn = opened(world, "xianwei", new(random, "随机调研", &[])).await.unwrap();
    assert!(refusal(done!(world, "xianwei", inspection::add_units, drawn, &[world.org(SHANGHE)])).contains("不另外加"));
    // Of a draw, what is to be expected: two of three, beside what they have open on average.
    let random = [("title", "再抽"), ("from", "2026-11-22"), ("until", "2026-12-05"), ("n_wanted", "2")];
    let who = actor(&world.app, "xianwei", DAY).await;
    let lines = inspection::lines(&world.app, &who, 2026).await.unwrap();
    let line = lines.iter().find(|line| line.entry.of_key == "random_research").unwrap();
    let cost = inspection::cost_of(world.app.store().reader(), &world.app, line, &[], 2, DAY).await.unwrap();
    let each = world.app.pack().whole("burden_minutes_check", DAY).unwrap() * 7;
    // 松林村 and 上河村 are to be checked already: two of the three units have it open, a draw of two meets 4/3 of them.
    assert_eq!((cost.n_units, cost.minutes, cost.open_minutes), (2, each * 2, each * 2 * 2 / 3));
    let mut county = world.visitor("xianwei").await;
    let page = county.post(&format!("/inspections/new?line={}", line.entry.id), &random).await;
    page.says("按范围内的平均数估算").says("看过占用的时间");
}

async fn crossed_teams_never_meet_their_own(world: &mut World) {
    give(world, "lingxian", "杨志明", "county_organisation_officer", crate::world::OTHER_COUNTY, DAY).await;
    give(world, "shenhe", "木春华", "city_organisation_officer", CITY, DAY).await;
    let line = filed(world, "shiwei", CITY, "city_crossed_check_2026").await;
    let id = opened(world, "shiwei", new(line, "交叉检查", &[world.org(TOWN), world.org(STREET)])).await.unwrap();
    assert!(refusal(done!(world, "shiwei", inspection::assign, id)).contains("还没有检查组"));
    let two = teams(world, "shiwei", id, &[("一组", "xianwei"), ("二组", "lingxian")]).await;
    assert!(refusal(two).contains("避不开两个县互查"));
    assert!(targets(world, "shiwei", id).await.iter().all(|target| target.team.is_none()));
    teams(world, "shiwei", id, &[("市里", "shenhe")]).await.unwrap();
    // Of each team's units none is of its own county.
    for (login, own) in [("xianwei", TOWN), ("lingxian", STREET)] {
        let who = actor(&world.app, login, DAY).await;
        let sight = inspection::find(world.app.store().reader(), &world.app, &who, id).await.unwrap().unwrap();
        assert!(sight.targets.iter().filter(|target| sight.inspects(target)).all(|target| target.organisation != world.org(own)), "{login}");
    }
}

/// Everything that somebody of the inspected side can ask for, as text.
async fn everything(world: &World, login: &str) -> String {
    let mut visitor = world.visitor(login).await;
    let mut all = String::new();
    for page in [
        "/",
        "/inspections",
        "/inspections?export=csv",
        "/inspections?mode=unannounced",
        "/inspections/coverage",
        "/inspections/coverage?export=csv",
        "/messages",
        "/waiting",
        "/waiting?export=csv",
        "/problems?state=all",
        "/problems?state=all&export=csv",
        "/search?q=%E6%9A%97%E8%AE%BF",
        "/policies?q=supervision_inspection",
        "/audit",
        "/audit?export=csv",
    ] {
        all.push_str(&visitor.get(page).await.body);
    }
    all
}

async fn what_is_hidden_is_as_if_it_were_not(world: &mut World) {
    give(world, "shenhe", "木春华", "inspector", CITY, DAY).await;
    let inspected = ["xianwei", "zhenwei", "shuji", "guanli2"];
    give(world, "guanli2", "段国华", "administrator", COUNTY, DAY).await;
    let before: Vec<usize> = {
        let mut sizes = Vec::new();
        for login in inspected {
            sizes.push(everything(world, login).await.matches("inspections/").count());
        }
        sizes
    };
    let line = filed(world, "shiwei", CITY, "city_unannounced_2026").await;
    let id = opened(world, "shiwei", new(line, "夜里去的暗访", &[world.org(SONGLIN), world.org(SHANGHE)])).await.unwrap();
    teams(world, "shiwei", id, &[("暗访组", "shenhe")]).await.unwrap();
    let units = targets(world, "shenhe", id).await;
    let addresses = [format!("/inspections/{id}"), format!("/inspections/{id}/units/{}", units[0].id), format!("/inspections/{id}/population")];
    for (login, n) in inspected.into_iter().zip(before) {
        let seen = everything(world, login).await;
        assert!(!seen.contains("夜里去的暗访"), "{login}");
        assert_eq!(seen.matches("inspections/").count(), n, "{login}: a link more");
        let mut visitor = world.visitor(login).await;
        for address in &addresses {
            let (there, absent) = (visitor.get(address).await, visitor.get("/inspections/999999999").await);
            assert_eq!((there.status, there.text()), (absent.status, absent.text()), "{login} {address}");
        }
    }
    // Opened on site at one unit, that unit and those above it know of it; the other does not.
    let songlin = units.iter().find(|target| target.organisation == world.org(SONGLIN)).unwrap();
    done!(world, "shenhe", inspection::open_check, id, songlin.id).unwrap();
    world.visitor("shuji").await.get(&addresses[0]).await.is(StatusCode::OK).says("夜里去的暗访").hides("上河村");
    world.visitor("shuji2").await.get(&addresses[0]).await.is(StatusCode::NOT_FOUND);
    assert!(!everything(world, "shuji2").await.contains("夜里去的暗访"));
    done!(world, "shenhe", inspection::hand_in, id, songlin.id, &said("openness", "支部书记 马正华")).unwrap();
    for login in ["xianwei", "zhenwei", "shuji"] {
        let seen = everything(world, login).await;
        assert!(!seen.contains(FOUND), "{login}");
        let mut visitor = world.visitor(login).await;
        visitor.get(&addresses[0]).await.hides(FOUND);
        visitor.get(&format!("/inspections/{id}/units/{}", songlin.id)).await.hides(FOUND);
    }
    assert_eq!(world.count("select count(*) from problem").await, 0, "nothing stands in the ledger before the report");
    let other = units.iter().find(|target| target.organisation == world.org(SHANGHE)).unwrap();
    done!(world, "shiwei", inspection::set_aside, id, other.id, "道路中断").unwrap();
    done!(world, "shiwei", inspection::report, id).unwrap();
    world.visitor("shuji").await.get(&addresses[0]).await.says(FOUND);
    assert!(everything(world, "shuji").await.contains(FOUND));
    assert!(!everything(world, "shuji2").await.contains("夜里去的暗访"), "what was set aside stays unknown to it");
}

const FOUND: &str = "公开栏贴的还是去年的";

/// Everything is met but one item.
fn said(not_met: &str, owner: &str) -> Vec<Said> {
    let keys = ["theme_day", "general_meeting", "branch_committee_meeting", "secretary_in_post", "venue", "openness", "service"];
    let one = |key: &str| {
        let is_met = key != not_met;
        Said {
            item: key.to_owned(),
            verdict: if is_met { "met" } else { "not_met" }.to_owned(),
            note: if is_met { String::new() } else { FOUND.to_owned() },
            owner: owner.to_owned(),
            due_on: "2026-12-20".to_owned(),
            problem_type: String::new(),
        }
    };
    keys.iter().map(|key| one(key)).collect()
}

async fn no_finding_goes_without_an_owner_and_nothing_closes_before_it_is_verified(world: &mut World) {
    give(world, "dangdi", "罗家林", "inspector", COUNTY, DAY).await;
    let line = filed(world, "xianwei", COUNTY, "county_special_check_2026").await;
    let id = opened(world, "xianwei", new(line, "专项检查", &[world.org(SONGLIN)])).await.unwrap();
    teams(world, "xianwei", id, &[("一组", "dangdi")]).await.unwrap();
    let unit = targets(world, "dangdi", id).await[0].id;
    assert!(refusal(done!(world, "dangdi", inspection::hand_in, id, unit, &said("venue", "书记"))).contains("先到现场"));
    assert!(refusal(done!(world, "xianwei", inspection::open_check, id, unit)).contains("检查组"));
    done!(world, "dangdi", inspection::open_check, id, unit).unwrap();
    // Each way of leaving something out.
    let whole = said("venue", "书记 马正华");
    for (n, change) in (0..5).flat_map(|n| [1, 2, 3].map(|change| (n, change))) {
        let mut short = whole.clone();
        match change {
            1 => short[4].owner.clear(),
            2 => short[4].due_on = ["", "2026-11-21"][n % 2].to_owned(),
            _ => _ = short.remove(n),
        }
        assert!(done!(world, "dangdi", inspection::hand_in, id, unit, &short).is_err(), "{n} {change}");
    }
    assert_eq!(world.count("select count(*) from inspection_result").await, 0);
    done!(world, "dangdi", inspection::hand_in, id, unit, &whole).unwrap();
    assert_eq!(world.count("select count(*) from inspection_result where verdict = 'not_met' and (owner = '' or problem_id is null)").await, 0);
    assert!(done!(world, "dangdi", inspection::hand_in, id, unit, &whole).is_err(), "twice");
    assert!(refusal(done!(world, "xianwei", inspection::close, id)).contains("先发出督查报告"));
    // Product and site, by item and unit, for whoever sees the whole county; its line in the log leads to the check.
    let coverage = world.visitor("shiwei").await.get("/inspections/coverage").await.says("系统与现场，按检查项目").says("松林村党支部");
    assert!(coverage.text().contains("主题党日按月开展，与系统里的记录一致") && coverage.body.contains("%）"), "{}", coverage.text());
    let own = world.visitor("shuji").await.get("/inspections/coverage").await.is(StatusCode::OK).says("松林村党支部");
    let line = own.text();
    let county = line.split("系统与现场不一致").nth(1).and_then(|rest| rest.split("系统与现场，").next()).unwrap_or_default();
    assert!(!county.contains('%'), "a branch has no rate of the county: {county}");
    world.visitor("hangye").await.get("/inspections/coverage").await.hides("松林村党支部");
    let accounts = query(world.app.store().reader(), "select id from person where login = 'dangdi'", []).await.unwrap();
    let secretary = frame::duty_log::Secretary {
        organisation: world.org(COUNTY),
        name: "罗家林".to_owned(),
        accounts: vec![accounts[0].try_get_by_index(0).unwrap()],
        from: date(2026, 1, 1),
        until: None,
    };
    let logged = inspection::logged(world.app.store().reader(), &secretary, 2026).await.unwrap();
    assert_eq!(logged.len(), 1);
    world.visitor("dangdi").await.get(&logged[0].1.link).await.is(StatusCode::OK).says("专项检查");
    done!(world, "xianwei", inspection::report, id).unwrap();
    assert!(refusal(done!(world, "xianwei", inspection::close, id)).contains("还有 1 个没有核验销号"));
    let rows = query(world.app.store().reader(), "select id from problem", []).await.unwrap();
    let number: i64 = rows[0].try_get_by_index(0).unwrap();
    let fields = crate::evaluations::fields;
    done!(world, "shuji", problem::act, number, "set_measures", &fields(&[("cause", "没人管"), ("measure", "排班开门")])).unwrap();
    done!(world, "shuji", problem::act, number, "hand_in", &fields(&[("result", "开门了"), ("evidence", "排班")])).unwrap();
    done!(world, "xianwei", problem::act, number, "verify", &fields(&[("basis", "去看了"), ("answer", "开门了")])).unwrap();
    done!(world, "xianwei", inspection::close, id).unwrap();
    let mut city = world.visitor("shiwei").await;
    city.get(&format!("/inspections/{id}")).await.says("已办结").says("已销号");
    let coverage = city.get("/inspections/coverage").await.says("青屏").body;
    assert!(coverage.contains("mode=targeted"), "{coverage}");
}

/// One file has what was decided and who was there, and the page of the branch leads whoever inspects to it.
async fn the_records_of_a_branch_have_its_decisions_and_who_was_there(world: &mut World) {
    let members = query(
        world.app.store().reader(),
        "select m.id, m.name from member m join affiliation a on a.member_id = m.id where a.organisation_id = $1 order by m.id",
        [world.org(SONGLIN).into()],
    );
    let members = members.await.unwrap();
    let (away, name): (i64, String) = (members[0].try_get_by_index(0).unwrap(), members[0].try_get_by_index(1).unwrap());
    let absence = server::activity::Absence { member_id: away, kind: server::activity::AbsenceKind::Leave, reason: "外出务工".to_owned() };
    let decision = server::activity::Decision {
        text: "十二月前修好活动室屋顶".to_owned(),
        owner: "马正华".to_owned(),
        due_on: Some(date(2026, 12, 20)),
        n_for: None,
    };
    let held = server::activity::NewActivity {
        attendance: server::activity::Attendance::Names { absences: vec![absence], n_guests: 0 },
        decisions: vec![decision],
        ..world.held(SONGLIN, "general_meeting", date(2026, 11, 12))
    };
    world.record(vec![held]).await;
    let (page, records) = (format!("/organisations/{}", world.org(SONGLIN)), format!("/records/{}", world.org(SONGLIN)));
    for (login, leads) in [("xianwei", true), ("shiwei", true), ("zhenwei", true), ("jiedao", false), ("shuji", false)] {
        let mut visitor = world.visitor(login).await;
        let shown = visitor.get(&page).await.body.contains(&records);
        assert_eq!(shown, visitor.get(&records).await.status == StatusCode::OK, "{login}");
        assert_eq!(shown, leads, "{login}");
    }
    let bytes = world.visitor("xianwei").await.bytes(&records).await;
    let sheets = office::sheet::read_workbook(&bytes, &office::sheet::Limits::default()).unwrap();
    let text = |name: &str| format!("{:?}", sheets.iter().find(|sheet| sheet.name == name).unwrap_or_else(|| panic!("no sheet {name}")).rows);
    assert!(text("决议").contains("十二月前修好活动室屋顶") && text("决议").contains("2026-12-20"));
    let there = text("到会");
    assert_eq!((there.matches("请假").count(), there.matches("到会\"").count() > 3), (1, true), "{there}");
    assert!(there.contains(&name));
}

async fn a_visit_that_brought_nothing_is_its_visitors_alone(world: &mut World) {
    let visited = |code: &str, advice: &str| visit::NewVisit {
        organisation: world.org(code),
        visited_on: DAY,
        advice: advice.to_owned(),
        ..visit::NewVisit::default()
    };
    done!(world, "zhenwei", visit::tag, world.org(SHANGHE), "地处偏远", "山高路远").unwrap();
    assert!(refusal(done!(world, "shuji2", visit::tag, world.org(SHANGHE), "党建薄弱", "自己标自己")).contains("上级"));
    let empty = done!(world, "zhenwei", visit::record, visited(SONGLIN, "")).unwrap();
    let told = done!(world, "zhenwei", visit::record, visited(SONGLIN, "把账公开")).unwrap();
    assert!(refusal(done!(world, "zhenwei", visit::record, visited(NANMEN, "外镇的"))).contains("没有找到"));
    assert_eq!(world.count(&format!("select n_first_left from research_visit where id = {told}")).await, 1, "a tagged place comes first");
    let mut town = world.visitor("zhenwei").await;
    town.get("/visits").await.says("只有您自己看得到").says("应先走访的地方没有去");
    for login in ["xianwei", "shuji", "zhenwei2"] {
        let mut visitor = world.visitor(login).await;
        visitor.get("/visits").await.is(StatusCode::OK).hides("只有您自己看得到");
        visitor.get(&format!("/visits/{empty}")).await.is(StatusCode::NOT_FOUND);
        visitor.get(&format!("/visits/{told}")).await.is(StatusCode::OK).says("把账公开");
    }
}
