//! Organisations, members and villages enter the registry.

use jiff::civil::{Date, date};
use server::app::{App, Settings};
use server::member::NewMember;
use server::organisation::{Decision, NewHolding, NewOrganisation, Outcome, Part, Remainder};
use server::policies::Policies;
use server::unit::{NewIncome, NewVillage};
use server::{member, organisation, unit};
use store::{Actor, Store, Tx, query};

const TODAY: Date = date(2026, 11, 22);

struct City {
    app: App,
    _dir: tempfile::TempDir,
}

async fn city() -> City {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("jishi.sqlite").display());
    let store = Store::open(&url, dir.path()).await.unwrap();
    let app = App::new(store, Policies::embedded().unwrap(), Settings::default()).await.unwrap();
    City { app, _dir: dir }
}

async fn begin(app: &App) -> Tx {
    app.begin(&Actor::console(TODAY), "2026-11-22T01:00:00Z".parse().unwrap()).await.unwrap()
}

fn organisation(code: &str, name: &str, kind: &str, superior: &str) -> NewOrganisation {
    NewOrganisation {
        code: code.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        superior_code: (!superior.is_empty()).then(|| superior.to_owned()),
        field: "rural".to_owned(),
        founded_on: Some(date(1998, 5, 1)),
        secretary: Some("马春和".to_owned()),
        telephone: Some("19900001931".to_owned()),
        elected_on: Some(date(2021, 4, 7)),
        term_years: Some(5),
        region_code: Some(code.trim_start_matches('P').to_owned()),
        source: "党组织基本信息.xlsx".to_owned(),
        ..NewOrganisation::default()
    }
}

fn id_number(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let text = format!("99010119800101{n:03}");
    let sum: u32 = text.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{text}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize])
}

fn member(n: u32, branch: i64) -> NewMember {
    NewMember {
        name: format!("马小{n}"),
        sex: "女".to_owned(),
        ethnicity: "汉族".to_owned(),
        id_number: id_number(n),
        born_on: Some(date(1980, 1, 1)),
        joined_on: Some(date(2010, 7, 1)),
        full_on: Some(date(2011, 7, 1)),
        category: "正式党员".to_owned(),
        branch,
        telephone: Some("19906926933".to_owned()),
        status: "正常".to_owned(),
        source: "党员基本信息.xlsx".to_owned(),
        ..NewMember::default()
    }
}

async fn counted(app: &App, sql: &str) -> i64 {
    query(app.store().reader(), sql, []).await.unwrap()[0].try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn rosters_enter_once_and_again() {
    let City { app, _dir } = &city().await;
    let console = Actor::console(TODAY);
    let mut tx = begin(app).await;
    // Branches before their superiors: the order of rows says nothing.
    let roster = vec![
        organisation("P990101001001", "松林村党支部", "branch", "P990101001"),
        organisation("P9901", "中共云岭市委员会", "committee", ""),
        organisation("P990101", "中共青屏县委员会", "committee", "P9901"),
        organisation("P990101001", "中共青石镇委员会", "committee", "P990101"),
    ];
    let orgs = organisation::create_all(app, &mut tx, &console, roster.clone()).await.unwrap();
    let branch = orgs[0];
    let members = (1..=9).map(|n| member(n, branch)).chain([member(3, branch), member(11, orgs[1])]).collect::<Vec<_>>();
    let answers = member::create_all(app, &mut tx, &console, members.clone()).await.unwrap();
    let refused: Vec<String> = answers.iter().filter_map(|answer| answer.as_ref().err()).map(ToString::to_string).collect();
    assert_eq!(refused, ["马小3：这一批里有两条记录用了同一个公民身份号码，只收第一条。", "马小11：没有找到所在党支部，请核对支部编码。"]);
    let again = organisation::create_all(app, &mut tx, &console, vec![roster[0].clone()]).await.unwrap_err();
    assert_eq!(again.to_string(), "组织编码 P990101001001 已经有了，编码不能重复。");
}

#[tokio::test]
async fn the_same_roster_again_changes_nothing_and_a_different_one_opens_spans() {
    let City { app, _dir } = &city().await;
    let console = Actor::console(TODAY);
    let mut tx = begin(app).await;
    let roster = vec![
        organisation("P990101001001", "松林村党支部", "branch", "P990101001"),
        organisation("P990101001002", "上河村党支部", "branch", "P990101001"),
        organisation("P9901", "中共云岭市委员会", "committee", ""),
        organisation("P990101", "中共青屏县委员会", "committee", "P9901"),
        organisation("P990101001", "中共青石镇委员会", "committee", "P990101"),
    ];
    let orgs = organisation::create_all(app, &mut tx, &console, roster.clone()).await.unwrap();
    let members: Vec<NewMember> = (1..=9).map(|n| member(n, orgs[0])).collect();
    let answers = member::create_all(app, &mut tx, &console, members.clone()).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    unit::upsert_villages(app, &mut tx, &console, vec![NewVillage { code: "990101001001".to_owned(), name: "松林村".to_owned() }]).await.unwrap();
    let income = NewIncome {
        village_code: "990101001001".to_owned(),
        year: 2025,
        operating_fen: 2_284_000,
        total_fen: Some(4_788_000),
        source: "村级集体经济.xlsx".to_owned(),
    };
    assert_eq!(unit::set_income(app, &mut tx, &console, income.clone()).await.unwrap(), Outcome::Created);
    assert_eq!(unit::set_income(app, &mut tx, &console, income.clone()).await.unwrap(), Outcome::Unchanged);
    organisation::set_committee(
        app,
        &mut tx,
        &console,
        orgs[0],
        vec![NewHolding { post: "committee_member".to_owned(), name: "段学军".to_owned(), ..NewHolding::default() }],
        date(2021, 4, 7),
        "换届选举结果",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counted(app, "select count(*) from organisation_path where depth = 3").await, 2);
    assert_eq!(counted(app, "select count(*) from organisation_state where level = 'township' and recorded_in = 1").await, 1);
    assert_eq!(counted(app, "select count(*) from span where kind = 'member.full'").await, 9);
    assert_eq!(counted(app, "select count(*) from span where kind = 'organisation.committee'").await, 1);
    assert_eq!(counted(app, "select count(*) from span where kind = 'organisation.term_overdue' and from_on = '2026-04-07'").await, 5);
    assert_eq!(counted(app, "select quantity from event where kind = 'village.operating_income' and day = '2025-12-31'").await, 2_284_000);

    let mut tx = begin(app).await;
    let outcomes = organisation::put_all(app, &mut tx, &console, roster.clone(), TODAY).await.unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Unchanged), "{outcomes:?}");
    let again = member::put_all(app, &mut tx, &console, members.clone(), TODAY).await.unwrap();
    assert!(again.iter().all(|answer| matches!(answer, Ok((_, Outcome::Unchanged)))), "{again:?}");
    let mut moved = members[0].clone();
    moved.branch = orgs[1];
    moved.telephone = Some("19906920000".to_owned());
    let answer = member::update_all(app, &mut tx, &console, vec![moved], date(2026, 11, 1)).await.unwrap();
    assert!(matches!(answer[0], Ok((_, Outcome::Updated))), "{answer:?}");
    let mut renamed = roster[0].clone();
    renamed.name = "青松村党支部".to_owned();
    renamed.secretary = Some("段学军".to_owned());
    renamed.elected_on = Some(date(2026, 10, 8));
    let answer = organisation::update_all(app, &mut tx, &console, vec![renamed], date(2026, 11, 1)).await.unwrap();
    assert_eq!(answer[0].1, Outcome::Updated);
    tx.commit().await.unwrap();
    assert_eq!(counted(app, "select count(*) from organisation_state where superseded_in = 2").await, 1);
    assert_eq!(counted(app, "select count(*) from organisation_state where superseded_in is null").await, 6);
    assert_eq!(counted(app, "select count(*) from affiliation where superseded_in is null and until_on is null").await, 9);
    assert_eq!(counted(app, "select count(*) from span where kind = 'member.all' and until_on = '2026-11-01'").await, 1);
    assert_eq!(counted(app, "select count(*) from span where kind = 'organisation.term_overdue' and until_on = '2026-10-08'").await, 1);
    assert_eq!(counted(app, "select count(*) from span where kind = 'organisation.secretary' and from_on = '2026-10-08'").await, 1);
}

/// A city with a county, two townships, three villages' branches, nine members in the first.
async fn small_city(app: &App) -> (Vec<i64>, Vec<i64>) {
    let console = Actor::console(TODAY);
    let mut tx = begin(app).await;
    let roster = vec![
        organisation("P9901", "中共云岭市委员会", "committee", ""),
        organisation("P990101", "中共青屏县委员会", "committee", "P9901"),
        organisation("P990101001", "中共青石镇委员会", "committee", "P990101"),
        organisation("P990101002", "中共柳湾镇委员会", "committee", "P990101"),
        organisation("P990101001001", "松林村党支部", "branch", "P990101001"),
        organisation("P990101001002", "上河村党支部", "branch", "P990101001"),
        organisation("P990101002001", "龙潭村党支部", "branch", "P990101002"),
    ];
    let orgs = organisation::create_all(app, &mut tx, &console, roster).await.unwrap();
    let list = (1..=9).map(|n| member(n, orgs[4])).chain((10..=12).map(|n| member(n, orgs[5]))).collect();
    let members = member::create_all(app, &mut tx, &console, list).await.unwrap().into_iter().map(Result::unwrap).collect();
    tx.commit().await.unwrap();
    server::follow::catch_up(app).await.unwrap();
    (orgs, members)
}

fn decision(on: Date) -> Decision {
    Decision { on, reason: "青组发〔2026〕3 号".to_owned() }
}

/// The tree as lines: depth, name, members.
async fn tree(app: &App, on: Date, known_at: Option<i64>) -> Vec<String> {
    let scope = Actor::console(TODAY).scope(policy::Capability::ViewOrganisations);
    let all = organisation::tree_on(app, &scope, on, known_at).await.unwrap();
    all.iter().map(|org| format!("{}{} {}", "·".repeat(org.superiors.len()), org.name, org.n_members)).collect()
}

/// Every member of now and of any day in between belongs to exactly one branch.
async fn nobody_is_in_none_or_two(app: &App) {
    for day in ["2011-07-01", "2026-02-28", "2026-03-01", "2026-05-31", "2026-06-01", "2026-09-01", "2026-11-22"] {
        let sql = format!(
            "select count(*) from (select m.id from member m left join affiliation a on a.member_id = m.id and a.superseded_in is null and a.from_on <= '{day}' and (a.until_on is null or a.until_on > '{day}') group by m.id having count(a.id) <> 1) as odd"
        );
        assert_eq!(counted(app, &sql).await, 0, "{day}");
    }
}

#[tokio::test]
async fn any_past_day_stays_as_it_was_through_move_split_and_merger() {
    let City { app, _dir } = &city().await;
    let console = Actor::console(TODAY);
    let (orgs, members) = small_city(app).await;
    let (township, other, pine, upper, dragon) = (orgs[2], orgs[3], orgs[4], orgs[5], orgs[6]);
    let mut tx = begin(app).await;
    organisation::move_to(app, &mut tx, &console, upper, other, &decision(date(2026, 3, 1))).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = begin(app).await;
    let part = Part { new: organisation("P990101001003", "松林村第二党支部", "branch", ""), members: members[..4].to_vec() };
    let parts = organisation::split(app, &mut tx, &console, pine, vec![part], Remainder::Stays, &decision(date(2026, 6, 1))).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = begin(app).await;
    organisation::merge(app, &mut tx, &console, upper, dragon, &decision(date(2026, 9, 1))).await.unwrap();
    organisation::rename(app, &mut tx, &console, dragon, "龙潭社区党支部", &decision(date(2026, 9, 1))).await.unwrap();
    tx.commit().await.unwrap();

    let head = ["中共云岭市委员会 0", "·中共青屏县委员会 0", "··中共青石镇委员会 0"];
    let lines = |rest: &[&str]| head.iter().chain(rest).map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        tree(app, date(2026, 2, 28), None).await,
        lines(&["···松林村党支部 9", "···上河村党支部 3", "··中共柳湾镇委员会 0", "···龙潭村党支部 0"])
    );
    assert_eq!(
        tree(app, date(2026, 3, 1), None).await,
        lines(&["···松林村党支部 9", "··中共柳湾镇委员会 0", "···上河村党支部 3", "···龙潭村党支部 0"])
    );
    assert_eq!(
        tree(app, date(2026, 6, 1), None).await,
        lines(&["···松林村党支部 5", "···松林村第二党支部 4", "··中共柳湾镇委员会 0", "···上河村党支部 3", "···龙潭村党支部 0"])
    );
    let now = lines(&["···松林村党支部 5", "···松林村第二党支部 4", "··中共柳湾镇委员会 0", "···龙潭社区党支部 3"]);
    assert_eq!(tree(app, TODAY, None).await, now);
    // What the first commit knew of today: nothing of all this.
    assert_eq!(tree(app, TODAY, Some(1)).await, tree(app, date(2026, 2, 28), None).await);
    nobody_is_in_none_or_two(app).await;
    // Scope follows the paths, which follow the spans.
    let below = |id: i64, on: &str| {
        format!("select count(*) from organisation_path where ancestor_id = {id} and from_on <= '{on}' and (until_on is null or until_on > '{on}')")
    };
    assert_eq!(counted(app, &below(township, "2026-02-28")).await, 3);
    assert_eq!(counted(app, &below(township, "2026-11-22")).await, 3);
    assert_eq!(counted(app, &below(other, "2026-11-22")).await, 2);
    assert_eq!(
        counted(app, &format!("select count(*) from span where kind = 'member.full' and organisation_id = {} and until_on is null", parts[0])).await,
        4
    );
    assert_eq!(
        counted(app, &format!("select count(*) from span where organisation_id = {upper} and (until_on is null or until_on > '2026-09-01')")).await,
        0
    );
    assert_eq!(counted(app, "select count(*) from organisation_change where recorded_in > 0").await, 4);
}

#[tokio::test]
async fn decisions_that_cannot_be_are_refused() {
    let City { app, _dir } = &city().await;
    let console = Actor::console(TODAY);
    let (orgs, members) = small_city(app).await;
    let mut tx = begin(app).await;
    let refused = |result: anyhow::Result<()>| result.unwrap_err().to_string();
    let may = decision(date(2026, 3, 1));
    assert_eq!(refused(organisation::move_to(app, &mut tx, &console, orgs[1], orgs[2], &may).await), "不能隶属于自己或者自己的下级。");
    assert!(refused(organisation::move_to(app, &mut tx, &console, orgs[4], orgs[5], &may).await).starts_with("上级的类别不对"));
    assert!(refused(organisation::dissolve(app, &mut tx, &console, orgs[4], &may).await).starts_with("还有 9 名党员、0 个下级党组织没有新的去处"));
    assert!(
        refused(organisation::rename(app, &mut tx, &console, orgs[4], "青松村党支部", &decision(date(2027, 1, 1))).await)
            .starts_with("生效日期不能晚于今天")
    );
    assert!(
        refused(organisation::rename(app, &mut tx, &console, orgs[4], "青松村党支部", &decision(date(1990, 1, 1))).await)
            .starts_with("生效日期不能早于 1998-05-01")
    );
    assert!(
        refused(organisation::rename(app, &mut tx, &console, orgs[4], "青松村党支部", &Decision { on: TODAY, reason: " ".to_owned() }).await)
            .starts_with("请写明依据和理由")
    );
    let part = |members: Vec<i64>| vec![Part { new: organisation("P990101001003", "松林村第二党支部", "branch", ""), members }];
    let split = organisation::split(app, &mut tx, &console, orgs[4], part(vec![members[9]]), Remainder::Stays, &may).await;
    assert!(split.unwrap_err().to_string().starts_with("拆分要列出新设的党组织"), "a member of another branch");
    let split = organisation::split(app, &mut tx, &console, orgs[4], part(members[..2].to_vec()), Remainder::Dissolved, &may).await;
    assert!(split.unwrap_err().to_string().contains("还有 7 名党员"));
    organisation::dissolve(app, &mut tx, &console, orgs[6], &may).await.unwrap();
    assert_eq!(refused(organisation::dissolve(app, &mut tx, &console, orgs[6], &may).await), "这个党组织已经撤销。");
}
