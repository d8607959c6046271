//! Reports of secretaries: on the plan only, late is late, last year's problems first, graded exactly, closed when everybody's problems
//! are in the ledger.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use policy::Period;
use server::account::{NewGrant, give_grant};
use server::appraisal::{self, CommentKind, Listed, NewReport, NewSession};
use server::organisation::{self, Decision, NewOrganisation};
use server::problem::{self, RaiseForm};
use server::{ballot, evaluation};
use store::query;

use crate::evaluations::{actor, as_demo, fields, refusal};
use crate::selections::file_selections;
use crate::world::{COUNTY, SCHOOL, SHANGHE, SONGLIN, TOWN, World, morning, on_both};

on_both! {
    nothing_is_opened_beside_the_plan,
    a_field_that_got_too_little_is_a_question_in_the_report,
    a_session_goes_from_reports_to_rows_of_the_ledger,
    others_see_what_the_pack_publishes,
    whoever_decides_on_honours_sees_open_problems_and_the_secretarys_grade,
    a_member_of_a_branch_runs_his_offices_session_and_its_secretary_does_not,
    what_is_said_again_is_the_problem_that_is_open,
    a_dissolved_unit_keeps_nobody_waiting,
    a_ballot_is_about_more_than_sixty_branches,
}

const DAY: Date = date(2026, 11, 22);
const DUE: Date = date(2026, 11, 25);
const LATER: Date = date(2026, 11, 30);

/// Does something in somebody's name on a day.
macro_rules! done {
    ($world:expr, $login:expr, $day:expr, $operation:path $(, $argument:expr)*) => {{
        let who = actor(&$world.app, $login, $day).await;
        let mut tx = $world.app.begin(&who, morning($day)).await.unwrap();
        let result = $operation(&$world.app, &mut tx, &who $(, $argument)*).await;
        if result.is_ok() {
            $world.commit(tx).await;
        }
        result
    }};
}

async fn filed(world: &World, line: &str) -> i64 {
    let who = actor(&world.app, "xianwei", DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    let id = evaluation::file_line(&world.app, &mut tx, &who, world.org(COUNTY), line, "年度计划", "常委会", None).await.unwrap();
    world.commit(tx).await;
    id
}

async fn opened(world: &World) -> i64 {
    let line = filed(world, "branch_secretaries_2026").await;
    let new = NewSession { plan_entry: line, office: world.org(TOWN), due_on: DUE, oral: vec![world.org(SONGLIN)] };
    done!(world, "zhenwei", DAY, appraisal::open, new).unwrap()
}

fn written(report: i64, text: &str) -> NewReport {
    let sections = ["work", "problems", "next"].map(|key| (key.to_owned(), format!("{text}：支部带着党员把三件事办到了底，村民看得见。")));
    NewReport { report, sections: sections.into(), ..NewReport::default() }
}

async fn report_of(world: &World, session: i64, code: &str) -> appraisal::Report {
    let all = appraisal::reports_of(world.app.store().reader(), session).await.unwrap();
    all.into_iter().find(|it| it.organisation == world.org(code)).unwrap()
}

async fn nothing_is_opened_beside_the_plan(world: &mut World) {
    let (town, songlin) = (world.org(TOWN), world.org(SONGLIN));
    let new = |plan_entry: i64| NewSession { plan_entry, office: town, due_on: DUE, oral: vec![songlin] };
    assert!(refusal(done!(world, "zhenwei", DAY, appraisal::open, new(999))).contains("没有列入年度计划"));
    let line = filed(world, "branch_secretaries_2026").await;
    // Another office's line, another's unit, a day that is over; then once, and not twice.
    assert!(refusal(done!(world, "jiedao", DAY, appraisal::open, new(line))).contains("没有列入年度计划"));
    let wrong = NewSession { oral: vec![world.org(crate::world::BEIMEN)], ..new(line) };
    assert!(refusal(done!(world, "zhenwei", DAY, appraisal::open, wrong)).contains("不在本次述职范围"));
    let over = NewSession { due_on: date(2026, 11, 1), ..new(line) };
    assert!(refusal(done!(world, "zhenwei", DAY, appraisal::open, over)).contains("不能早于今天"));
    done!(world, "zhenwei", DAY, appraisal::open, new(line)).unwrap();
    assert!(refusal(done!(world, "zhenwei", DAY, appraisal::open, new(line))).contains("每级每年一次"));
    let who = actor(&world.app, "xianwei", DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    assert!(refusal(evaluation::withdraw_line(&mut tx, &who, line).await).contains("已经开了"));
}

/// Votes of the two groups on paper about the three branches, confirmed by the county.
async fn voted(world: &World, sitting: i64, good: &[(&str, i64)]) {
    for group in ["leaders", "delegates"] {
        done!(world, "zhenwei", LATER, ballot::set_electors, sitting, group, 10).unwrap();
    }
    step(world, "zhenwei", sitting, "begin", &[("monitors", "甲、乙")]).await;
    for group in ["leaders", "delegates"] {
        // So many say 好, the others 较好.
        let votes = good.iter().map(|(code, n)| (world.org(code), vec![(3, *n), (2, 10 - n)])).collect();
        let count = ballot::GroupCount { group: group.to_owned(), n_issued: 10, n_collected: 10, votes };
        done!(world, "zhenwei", LATER, ballot::enter_count, sitting, &count).unwrap();
    }
    step(world, "zhenwei", sitting, "hand_in_count", &[]).await;
    step(world, "xianwei", sitting, "confirm_count", &[("basis", "核对了计票单")]).await;
}

async fn step(world: &World, login: &str, sitting: i64, action: &str, given: &[(&str, &str)]) {
    let it = ballot::find(world.app.store().reader(), sitting).await.unwrap().unwrap();
    done!(world, login, LATER, ballot::act, &it, action, &fields(given)).unwrap();
}

/// From reports to grades; the session.
async fn graded(world: &World) -> i64 {
    let session = opened(world).await;
    for (code, login) in [(SONGLIN, "shuji"), (SHANGHE, "shuji2")] {
        let report = report_of(world, session, code).await.id;
        done!(world, login, DAY, appraisal::hand_in, written(report, "今年")).unwrap();
    }
    let early = refusal(done!(world, "zhenwei", DAY, appraisal::act, session, "begin_comments", &fields(&[])));
    assert!(early.contains("没有交述职报告") && early.contains("青石中心学校党支部") && !early.contains("松林村"), "{early}");
    crate::evaluations::give(world, "xuexiao", "李校长", "branch_secretary", SCHOOL, DAY).await;
    let school = report_of(world, session, SCHOOL).await.id;
    assert!(refusal(done!(world, "shuji", LATER, appraisal::hand_in, written(school, "代写"))).contains("没有找到"));
    done!(world, "xuexiao", LATER, appraisal::hand_in, written(school, "今年")).unwrap();
    assert!(report_of(world, session, SCHOOL).await.is_late && !report_of(world, session, SONGLIN).await.is_late);
    done!(world, "zhenwei", LATER, appraisal::act, session, "begin_comments", &fields(&[])).unwrap();
    for code in [SONGLIN, SHANGHE] {
        let report = report_of(world, session, code).await.id;
        done!(world, "zhenwei", LATER, appraisal::comment, report, CommentKind::Problem, "党员学习不经常，有两个月没有记录").unwrap();
    }
    let open = refusal(done!(world, "zhenwei", LATER, appraisal::act, session, "begin_voting", &fields(&[])));
    assert!(open.contains("青石中心学校党支部"), "{open}");
    done!(world, "zhenwei", LATER, appraisal::comment, school, CommentKind::Problem, "青年教师入党的少，培养不早").unwrap();
    done!(world, "zhenwei", LATER, appraisal::act, session, "begin_voting", &fields(&[])).unwrap();
    assert!(refusal(done!(world, "zhenwei", LATER, appraisal::call_ballot, session, true)).contains("没有允许电子投票的依据"));
    let sitting = done!(world, "zhenwei", LATER, appraisal::call_ballot, session, false).unwrap();
    assert!(refusal(done!(world, "zhenwei", LATER, appraisal::call_ballot, session, false)).contains("已经组织"));
    let unvoted = refusal(done!(world, "zhenwei", LATER, appraisal::act, session, "grade", &fields(&[("basis", "党委会")])));
    assert!(unvoted.contains("测评还没有核定"), "{unvoted}");
    voted(world, sitting, &[(SONGLIN, 9), (SHANGHE, 7), (SCHOOL, 4)]).await;
    done!(world, "zhenwei", LATER, appraisal::act, session, "grade", &fields(&[("basis", "党委会")])).unwrap();
    session
}

async fn a_session_goes_from_reports_to_rows_of_the_ledger(world: &mut World) {
    let session = graded(world).await;
    // No evaluation of the year was published: the ballot alone counts. (9 × 3 + 1 × 2) / 30, of a hundred.
    let songlin = report_of(world, session, SONGLIN).await;
    assert_eq!((songlin.points, songlin.grade.as_str()), (Some(policy::Ratio::new(290, 3)), "好"));
    assert_eq!(report_of(world, session, SCHOOL).await.grade, "较好");
    assert_eq!(world.count("select count(*) from event where kind like 'appraisal.%'").await, 0, "a draft is no fact");
    done!(world, "zhenwei", LATER, appraisal::act, session, "publish", &fields(&[("approver", "党委书记 周敏")])).unwrap();
    assert_eq!(world.count("select cast(sum(quantity) as bigint) from event where kind = 'appraisal.branch_secretaries'").await, 9667 + 9000 + 8000);
    assert_eq!(world.count("select count(*) from event where kind = 'appraisal.branch_secretaries.late'").await, 1);
    let open = refusal(done!(world, "zhenwei", LATER, appraisal::act, session, "close", &fields(&[])));
    assert!(open.contains("松林村党支部") && open.contains("上河村党支部"), "{open}");
    for code in [SONGLIN, SHANGHE, SCHOOL] {
        let report = report_of(world, session, code).await.id;
        let comments = appraisal::comments_of(world.app.store().reader(), session).await.unwrap();
        let list: Vec<Listed> = comments
            .iter()
            .filter(|it| it.report == report)
            .map(|it| Listed { comment: it.id, owner: "支部书记".to_owned(), due_on: date(2027, 2, 1) })
            .collect();
        assert!(refusal(done!(world, "zhenwei", LATER, appraisal::file_list, report, Vec::new())).contains("还差"));
        let bare = list.iter().map(|it| Listed { owner: String::new(), ..it.clone() }).collect();
        assert!(refusal(done!(world, "zhenwei", LATER, appraisal::file_list, report, bare)).contains("责任人"));
        assert_eq!(done!(world, "zhenwei", LATER, appraisal::file_list, report, list).unwrap().len(), 1);
    }
    done!(world, "zhenwei", LATER, appraisal::act, session, "close", &fields(&[])).unwrap();
    assert_eq!(world.count("select count(*) from problem where origin = 'appraisal' and source = '述职点评'").await, 3);
    let rows = query(world.app.store().reader(), "select closed_on from appraisal_session where id = $1", [session.into()]).await.unwrap();
    assert_eq!(rows[0].try_get_by_index::<Option<String>>(0).unwrap().as_deref(), Some("2026-11-30"));
    // Next year's report begins with them, and is not taken without an answer to each.
    let next = appraisal::Session { year: 2027, ..appraisal::session(world.app.store().reader(), session).await.unwrap().unwrap() };
    let given = appraisal::previous(world.app.store().reader(), &next, world.org(SONGLIN), date(2027, 11, 1)).await.unwrap();
    assert_eq!(given.iter().map(|it| it.state.as_str()).collect::<Vec<_>>(), ["整改中，已逾期"]);
}

async fn others_see_what_the_pack_publishes(world: &mut World) {
    let session = graded(world).await;
    let (own, other) = (report_of(world, session, SONGLIN).await, report_of(world, session, SHANGHE).await);
    world.go_to(LATER).await;
    let page = |it: &appraisal::Report| format!("/appraisals/reports/{}", it.id);
    let mut secretary = world.visitor("shuji").await;
    secretary.get(&page(&own)).await.is(StatusCode::OK).says("党员学习不经常").hides("96.67");
    secretary.get(&page(&other)).await.is(StatusCode::NOT_FOUND);
    secretary.get(&format!("/appraisals/{session}")).await.is(StatusCode::OK).says("松林村党支部").hides("上河村党支部");
    // What the ballot came to is told with the grade, not by the ballot's own page.
    let sitting = appraisal::session(world.app.store().reader(), session).await.unwrap().unwrap().ballot_sitting.unwrap();
    secretary.get(&format!("/ballots/{sitting}")).await.is(StatusCode::NOT_FOUND);
    world.visitor("zhenwei").await.get(&page(&own)).await.is(StatusCode::OK).says("96.67");
    for login in ["jiedao", "beimen", "dangyuan"] {
        let mut visitor = world.visitor(login).await;
        assert_ne!(visitor.get(&format!("/appraisals/{session}")).await.status, StatusCode::OK, "{login}");
    }
    done!(world, "zhenwei", LATER, appraisal::act, session, "publish", &fields(&[("approver", "党委书记")])).unwrap();
    let mut secretary = world.visitor("shuji").await;
    secretary.get(&page(&own)).await.is(StatusCode::OK).says("96.67");
    secretary.get(&format!("/ballots/{sitting}")).await.is(StatusCode::OK);
    // Of others the pack publishes grade and comments, not the report.
    secretary.get(&page(&other)).await.is(StatusCode::OK).says("90.00").says("不公开").hides("把三件事办到了底");
    secretary.get(&format!("{}/document", page(&other))).await.is(StatusCode::NOT_FOUND);
    secretary.get(&format!("{}/document", page(&own))).await.is(StatusCode::OK);
}

async fn whoever_decides_on_honours_sees_open_problems_and_the_secretarys_grade(world: &mut World) {
    let session = graded(world).await;
    let form = |code: &str, text: &str| RaiseForm {
        organisation: world.org(code),
        source: "督查检查".to_owned(),
        kind: "其他".to_owned(),
        text: text.to_owned(),
        basis: "十月会议记录".to_owned(),
        owner: "支部书记".to_owned(),
        due_on: date(2026, 12, 20),
        raiser: String::new(),
        procedure: None,
        origin: None,
    };
    let (own, other) = (form(SONGLIN, "十月没有召开支委会"), form(SHANGHE, "公开栏半年没有更新"));
    done!(world, "zhenwei", LATER, problem::raise, own).unwrap();
    done!(world, "zhenwei", LATER, problem::raise, other).unwrap();
    as_demo(world, LATER).await;
    file_selections(world, LATER).await;
    let songlin = world.org(SONGLIN).to_string();
    let mut secretary = world.visitor("shuji").await;
    let path = secretary.post("/selections/honours", &[("organisation", songlin.as_str())]).await.is(StatusCode::SEE_OTHER).location;
    let mut county = world.visitor("xianwei").await;
    let list = format!("/problems?unit={songlin}");
    let page = county.get(&path).await.is(StatusCode::OK).says("没有销号的问题 1 个").hides("年书记述职评议（");
    assert!(page.body.contains(&list), "the number leads to the list");
    county.get(&list).await.says("只列松林村党支部的").says("十月没有召开支委会").hides("公开栏半年没有更新");
    done!(world, "zhenwei", LATER, appraisal::act, session, "publish", &fields(&[("approver", "党委书记")])).unwrap();
    let report = report_of(world, session, SONGLIN).await;
    let page = world.visitor("xianwei").await.get(&path).await.says("2026 年书记述职评议（").says("好，96.67 分");
    assert!(page.body.contains(&format!("/appraisals/reports/{}", report.id)));
}

async fn a_member_of_a_branch_runs_his_offices_session_and_its_secretary_does_not(world: &mut World) {
    let session = opened(world).await;
    let report = report_of(world, session, SONGLIN).await.id;
    done!(world, "shuji", DAY, appraisal::hand_in, written(report, "今年")).unwrap();
    crate::evaluations::give(world, "zhenwei", "李红梅", "member", SONGLIN, DAY).await;
    done!(world, "zhenwei", DAY, appraisal::give_back, report, "写得太简单").unwrap();
    done!(world, "shuji", DAY, appraisal::hand_in, written(report, "今年")).unwrap();
    // A post at the branch, also one that names the branch in a list, makes it his own unit.
    let (mut tx, console) = world.tx(DAY).await;
    let rows = query(tx.connection(), "select id from person where login = 'zhenwei'", []).await.unwrap();
    let grant = NewGrant {
        person_id: rows[0].try_get_by_index(0).unwrap(),
        role: "branch_secretary".to_owned(),
        post: "代管两个支部".to_owned(),
        root: None,
        fields: Vec::new(),
        named: vec![world.org(SONGLIN), world.org(SHANGHE)],
        from: DAY,
        until: None,
        is_acting: false,
    };
    give_grant(&world.app, &mut tx, &console, grant).await.unwrap();
    world.commit(tx).await;
    assert!(refusal(done!(world, "zhenwei", DAY, appraisal::give_back, report, "写得太简单")).contains("您自己单位的述职"));
}

async fn what_is_said_again_is_the_problem_that_is_open(world: &mut World) {
    let session = graded(world).await;
    done!(world, "zhenwei", LATER, appraisal::act, session, "publish", &fields(&[("approver", "党委书记 周敏")])).unwrap();
    let form = RaiseForm {
        organisation: world.org(SONGLIN),
        source: "述职点评".to_owned(),
        kind: "其他".to_owned(),
        text: "党员学习不经常，有两个月没有记录".to_owned(),
        owner: "支部书记 马正华".to_owned(),
        due_on: date(2027, 1, 10),
        ..RaiseForm::default()
    };
    let open = done!(world, "zhenwei", LATER, problem::raise, form).unwrap();
    let report = report_of(world, session, SONGLIN).await.id;
    let comments = appraisal::comments_of(world.app.store().reader(), session).await.unwrap();
    let list: Vec<Listed> = comments
        .iter()
        .filter(|it| it.report == report)
        .map(|it| Listed { comment: it.id, owner: "支部书记".to_owned(), due_on: date(2027, 2, 1) })
        .collect();
    assert_eq!(done!(world, "zhenwei", LATER, appraisal::file_list, report, list).unwrap(), [open]);
    assert_eq!(world.count("select count(*) from problem").await, 1);
    let comments = appraisal::comments_of(world.app.store().reader(), session).await.unwrap();
    assert_eq!(comments.iter().filter(|it| it.report == report).map(|it| it.problem).collect::<Vec<_>>(), [Some(open)]);
}

/// Branches without members below the town.
async fn branches(world: &World, n: usize) -> Vec<i64> {
    let codes: Vec<String> = (0..n).map(|n| format!("P990101001{:03}", 100 + n)).collect();
    let (mut tx, console) = world.tx(DAY).await;
    let roster = codes.iter().enumerate().map(|(n, code)| NewOrganisation {
        code: code.clone(),
        name: format!("第{}村党支部", n + 1),
        kind: "branch".to_owned(),
        superior_code: Some(TOWN.to_owned()),
        field: "rural".to_owned(),
        founded_on: Some(date(1998, 5, 1)),
        source: "党组织基本信息.xlsx".to_owned(),
        ..NewOrganisation::default()
    });
    organisation::create_all(&world.app, &mut tx, &console, roster.collect()).await.unwrap();
    world.commit(tx).await;
    codes.iter().map(|code| world.org(code)).collect()
}

async fn a_dissolved_unit_keeps_nobody_waiting(world: &mut World) {
    let gone = branches(world, 1).await[0];
    crate::evaluations::give(world, "xuexiao", "李校长", "branch_secretary", SCHOOL, DAY).await;
    let session = opened(world).await;
    for (code, login) in [(SONGLIN, "shuji"), (SHANGHE, "shuji2"), (SCHOOL, "xuexiao")] {
        let report = report_of(world, session, code).await.id;
        done!(world, login, DAY, appraisal::hand_in, written(report, "今年")).unwrap();
    }
    let open = refusal(done!(world, "zhenwei", DAY, appraisal::act, session, "begin_comments", &fields(&[])));
    assert!(open.contains("第1村党支部"), "{open}");
    let (mut tx, console) = world.tx(DAY).await;
    let decision = Decision { on: DAY, reason: "青组发〔2026〕3 号".to_owned() };
    organisation::dissolve(&world.app, &mut tx, &console, gone, &decision).await.unwrap();
    world.commit(tx).await;
    done!(world, "zhenwei", DAY, appraisal::act, session, "begin_comments", &fields(&[])).unwrap();
    for code in [SONGLIN, SHANGHE, SCHOOL] {
        let report = report_of(world, session, code).await.id;
        done!(world, "zhenwei", LATER, appraisal::comment, report, CommentKind::Problem, "党员学习不经常，有两个月没有记录").unwrap();
    }
    done!(world, "zhenwei", LATER, appraisal::act, session, "begin_voting", &fields(&[])).unwrap();
    let sitting = done!(world, "zhenwei", LATER, appraisal::call_ballot, session, false).unwrap();
    voted(world, sitting, &[(SONGLIN, 9), (SHANGHE, 7), (SCHOOL, 4)]).await;
    done!(world, "zhenwei", LATER, appraisal::act, session, "grade", &fields(&[("basis", "党委会")])).unwrap();
    done!(world, "zhenwei", LATER, appraisal::act, session, "publish", &fields(&[("approver", "党委书记 周敏")])).unwrap();
    let open = refusal(done!(world, "zhenwei", LATER, appraisal::act, session, "close", &fields(&[])));
    assert!(!open.contains("第1村党支部"), "{open}");
}

async fn a_ballot_is_about_more_than_sixty_branches(world: &mut World) {
    let subjects = branches(world, 61).await;
    let new = ballot::NewSitting {
        ballot: "branch_report".to_owned(),
        organisation: world.org(TOWN),
        subjects,
        period: Period::year(2026),
        held_on: DAY,
        is_on_devices: false,
    };
    let sitting = done!(world, "zhenwei", DAY, ballot::hold, new).unwrap();
    assert_eq!(ballot::subjects(world.app.store().reader(), sitting).await.unwrap().len(), 61);
}

async fn a_field_that_got_too_little_is_a_question_in_the_report(world: &mut World) {
    world.go_to(DAY).await;
    let keeper = world.org(COUNTY).to_string();
    let mut county = world.visitor("xianwei").await;
    for n in 1..=4 {
        let (about, what) = (world.org(SONGLIN).to_string(), format!("第 {n} 次指导"));
        let row = [
            ("keeper", keeper.as_str()),
            ("about", about.as_str()),
            ("input", "走访指导"),
            ("element", "队伍"),
            ("done_on", "2026-11-01"),
            ("what", what.as_str()),
        ];
        county.post("/ledgers/field_inputs/new", &row).await.is(StatusCode::SEE_OTHER);
    }
    let line =
        done!(world, "shiwei", DAY, evaluation::file_line, world.org(crate::world::CITY), "county_secretaries_2026", "年度计划", "常委会", None)
            .unwrap();
    let new = NewSession { plan_entry: line, office: world.org(crate::world::CITY), due_on: DUE, oral: Vec::new() };
    let session = done!(world, "shiwei", DAY, appraisal::open, new).unwrap();
    let it = report_of(world, session, COUNTY).await;
    let write = format!("{}/write", it.address());
    // The schools got nothing: the figures stand in the form, and without an answer nothing is handed in.
    let page = county.get(&write).await.is(StatusCode::OK).says("投入不均衡的领域").says("“队伍”上 0 次，占 0%");
    let school = page
        .body
        .split("name=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|name| name.starts_with("balance_") && name.ends_with("_school"));
    let school = school.expect("a question about schools").to_owned();
    let refused = refusal(done!(world, "xianwei", DAY, appraisal::hand_in, written(it.id, "今年")));
    assert!(refused.contains("投入为什么不足"), "{refused}");
    let asked: Vec<String> = page
        .body
        .split("name=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| name.starts_with("balance_"))
        .map(str::to_owned)
        .collect();
    let text = "支部带着党员把三件事办到了底，村民看得见，件件有记录";
    let mut sent: Vec<(&str, &str)> = ["work", "problems", "next"].iter().map(|key| (*key, text)).collect();
    sent.extend(asked.iter().map(|name| (name.as_str(), if *name == school { "明年每季到学校一次" } else { "下一步补上" })));
    county.post(&write, &sent).await.is(StatusCode::SEE_OTHER);
    // The city reads question, figures and answer as they were on the day, also when the schools got their part since.
    let about = world.org(SCHOOL).to_string();
    let row = [
        ("keeper", keeper.as_str()),
        ("about", about.as_str()),
        ("input", "走访指导"),
        ("element", "队伍"),
        ("done_on", "2026-11-20"),
        ("what", "给教师党员上课"),
    ];
    county.post("/ledgers/field_inputs/new", &row).await.is(StatusCode::SEE_OTHER);
    let mut city = world.visitor("shiwei").await;
    city.get(&it.address()).await.is(StatusCode::OK).says("投入不均衡的领域").says("“队伍”上 0 次，占 0%").says("明年每季到学校一次");
    let document = office::document::read_text(&city.bytes(&format!("{}/document", it.address())).await).unwrap();
    assert!(document.contains("明年每季到学校一次"), "{document}");
}
