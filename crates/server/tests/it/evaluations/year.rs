//! A year's rating on both databases: reviews by the branch and its superior, filing, what follows, signed files.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use server::evaluation::{self, Answer};
use server::problem::RaiseForm;

use super::{actor, as_demo, fields, half_a_year, refusal};
use crate::world::{COUNTY, SCHOOL, SHANGHE, SONGLIN, TOWN, World, morning, on_both};

on_both! {
    a_year_is_reviewed_filed_and_used,
    whoever_is_passed_over_is_named_with_a_reason,
    a_preview_is_used_for_nothing,
}

const LINE: &str = "five_star_2026";
const BEGINS: Date = date(2027, 1, 11);

async fn act(world: &World, id: i64, login: &str, day: Date, action: &str, given: &[(&str, &str)]) -> anyhow::Result<()> {
    super::act(world, id, login, day, action, given).await
}

/// One step of the review of 松林村.
async fn review(world: &World, id: i64, login: &str, day: Date, action: &str, given: &[(&str, &str)]) -> anyhow::Result<()> {
    review_of(world, id, SONGLIN, login, day, action, given).await
}

/// One step of the review of a branch.
async fn review_of(world: &World, id: i64, code: &str, login: &str, day: Date, action: &str, given: &[(&str, &str)]) -> anyhow::Result<()> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    let kept = evaluation::find(tx.connection(), id).await?.expect("it was opened");
    let cases = server::case::cases_of(tx.connection(), evaluation::REVIEW, id).await?;
    let case = cases.iter().find(|case| case.organisation == world.org(code)).expect("its review was opened");
    evaluation::act_on_review(&world.app, &mut tx, &who, &kept, case.id, action, &fields(given)).await?;
    world.commit(tx).await;
    Ok(())
}

/// A branch that sees it as the records do, visited four ways.
async fn reviewed(world: &World, id: i64, code: &str, login: &str) {
    review_of(world, id, code, login, BEGINS, "score_oneself", &[]).await.unwrap();
    for method in ["听", "查", "看", "评"] {
        review_of(world, id, code, "zhenwei", BEGINS, "record_visit", &[("method", method), ("done_on", "2027-01-11"), ("found", "有记录")])
            .await
            .unwrap();
    }
    review_of(world, id, code, "zhenwei", BEGINS, "conclude", &[("opinion", "达标")]).await.unwrap();
}

/// Opens the year's rating, every item without evidence waived, and sends it out.
async fn sent_out(world: &mut World) -> i64 {
    half_a_year(world).await;
    year_of(world).await
}

/// The same over what is recorded.
async fn year_of(world: &mut World) -> i64 {
    as_demo(world, BEGINS).await;
    let county = actor(&world.app, "xianwei", BEGINS).await;
    let mut tx = world.app.begin(&county, morning(BEGINS)).await.unwrap();
    let entry = evaluation::file_line(&world.app, &mut tx, &county, world.org(COUNTY), LINE, "督查检查考核计划", "县委常委会", None).await.unwrap();
    world.commit(tx).await;
    let mut tx = world.app.begin(&county, morning(BEGINS)).await.unwrap();
    let id = evaluation::open(&world.app, &mut tx, &county, entry).await.unwrap();
    world.commit(tx).await;
    let head = evaluation::result_head(world.app.store().reader(), id).await.unwrap();
    let mut lacking: Vec<String> = Vec::new();
    for row in evaluation::briefs(world.app.store().reader(), id).await.unwrap() {
        lacking.extend(row.lacking.iter().map(|item| head.items[usize::from(*item)].indicator.clone()));
    }
    lacking.sort_unstable();
    lacking.dedup();
    let mut officer = world.visitor("xianwei").await;
    for item in &lacking {
        officer.post(&format!("/evaluations/{id}/waive"), &[("item", item), ("reason", "这一年没有这项记录")]).await.is(StatusCode::SEE_OTHER);
    }
    officer.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    act(world, id, "xianwei", BEGINS, "send_draft", &[]).await.unwrap();
    id
}

/// The year's rating over what is recorded, published with every unit passed over by name; the day of it.
pub async fn published_year(world: &mut World) -> (i64, Date) {
    let year = year_of(world).await;
    let missing: Vec<String> = [SONGLIN, SHANGHE, SCHOOL, TOWN].iter().map(|code| world.org(code).to_string()).collect();
    let given: Vec<(&str, &str)> = missing.iter().flat_map(|unit| [("missing.unit", unit.as_str()), ("missing.reason", "示例")]).collect();
    act(world, year, "xianwei", BEGINS, "publicise", &[&given[..], &[("scope", "公开栏")]].concat()).await.unwrap();
    let later = date(2027, 1, 18);
    as_demo(world, later).await;
    act(world, year, "xianwei", later, "decide", &[("meeting", "部务会"), ("decided_on", "2027-01-18")]).await.unwrap();
    act(world, year, "xianwei", later, "publish", &[("scope", "各乡镇")]).await.unwrap();
    (year, later)
}

async fn a_year_is_reviewed_filed_and_used(world: &mut World) {
    let id = sent_out(world).await;
    // The branch changes one item and says why; its superior visits it four ways, explains the difference, sets a measure.
    let item = ("scores.item", "secretary_in_post");
    let early = refusal(review(world, id, "zhenwei", BEGINS, "conclude", &[("opinion", "好")]).await);
    assert!(early.contains("现在不在这一步"), "{early}");
    assert!(refusal(review(world, id, "shuji", BEGINS, "score_oneself", &[item, ("scores.own", "0.25")]).await).contains("请写依据"));
    review(world, id, "shuji", BEGINS, "score_oneself", &[item, ("scores.own", "0.25"), ("scores.evidence", "换届空缺")]).await.unwrap();
    for method in ["听", "查", "看", "评"] {
        let visit = [("method", method), ("done_on", "2027-01-11"), ("found", "有记录")];
        review(world, id, "zhenwei", BEGINS, "record_visit", &visit).await.unwrap();
    }
    let opinion = [("opinion", "达标"), ("measures.text", "补选支委"), ("measures.owner", "马正华"), ("measures.due_on", "2027-03-01")];
    assert!(refusal(review(world, id, "zhenwei", BEGINS, "conclude", &opinion).await).contains("请说明"));
    let explained: Vec<(&str, &str)> =
        [("differences.item", "secretary_in_post"), ("differences.text", "按任职记录计")].into_iter().chain(opinion).collect();
    review(world, id, "zhenwei", BEGINS, "conclude", &explained).await.unwrap();

    // A level confirms only when what stands below it is done.
    let confirmed = act(world, id, "zhenwei", BEGINS, "confirm_reviews", &[("statement", "都考评了")]).await;
    assert!(refusal(confirmed).contains("所属党支部还有没有自评或者考评的"));
    // The branch reads what it still has to do: its measure, and its problem in the ledger, each with its day and its place.
    let problem = {
        let who = actor(&world.app, "xianwei", BEGINS).await;
        let mut tx = world.app.begin(&who, morning(BEGINS)).await.unwrap();
        let form = RaiseForm {
            organisation: world.org(SONGLIN),
            source: "督查检查".to_owned(),
            kind: "其他".to_owned(),
            text: "党费台账没有签字".to_owned(),
            basis: "十月台账".to_owned(),
            owner: "支部书记 马正华".to_owned(),
            due_on: date(2027, 2, 20),
            raiser: String::new(),
            procedure: None,
            origin: None,
        };
        let problem = server::problem::raise(&world.app, &mut tx, &who, form).await.unwrap();
        world.commit(tx).await;
        problem
    };
    let mut secretary = world.visitor("shuji").await;
    let own = format!("/evaluations/{id}/organisations/{}", world.org(SONGLIN));
    let page = secretary.get(&own).await.is(StatusCode::OK);
    page.says("考评的措施没有办结：补选支委").says("2027-03-01");
    let page = secretary.get(&own).await.is(StatusCode::OK).says("问题没有销号：党费台账没有签字").says("2027-02-20");
    let open = page.body.split("id=\"still-open\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap_or_default().to_owned();
    assert!(open.contains(&format!("href=\"{own}/review\"")) && open.contains(&format!("href=\"/problems/{problem}\"")), "{open}");

    // No notice while anybody is passed over in a lump; then all are reviewed, the township confirms, and nothing more is asked.
    let lump = [("scope", "公开栏"), ("missing", "其余两个下周补齐")];
    let passed_over = refusal(act(world, id, "xianwei", BEGINS, "publicise", &lump).await);
    assert!(passed_over.contains("逐个写明原因") && passed_over.contains("上河村党支部（没有考评完）"), "{passed_over}");
    assert!(passed_over.contains("没有确认所属党支部考评完成") && !passed_over.contains("松林村"), "{passed_over}");
    super::give(world, "xuexiao", "李校长", "branch_secretary", SCHOOL, BEGINS).await;
    reviewed(world, id, SHANGHE, "shuji2").await;
    let one_open = refusal(act(world, id, "zhenwei", BEGINS, "confirm_reviews", &[("statement", "都考评了")]).await);
    assert!(one_open.contains("所属党支部还有没有自评或者考评的"), "{one_open}");
    reviewed(world, id, SCHOOL, "xuexiao").await;
    let unconfirmed = refusal(act(world, id, "xianwei", BEGINS, "publicise", &lump).await);
    assert!(unconfirmed.contains("没有确认所属党支部考评完成") && !unconfirmed.contains("没有考评完"), "{unconfirmed}");
    act(world, id, "zhenwei", BEGINS, "confirm_reviews", &[("statement", "都考评了")]).await.unwrap();
    act(world, id, "xianwei", BEGINS, "publicise", &[("scope", "公开栏")]).await.unwrap();
    // Published, filed, and acknowledged by the city alone.
    let later = date(2027, 1, 18);
    as_demo(world, later).await;
    act(world, id, "xianwei", later, "decide", &[("meeting", "部务会"), ("decided_on", "2027-01-18")]).await.unwrap();
    act(world, id, "xianwei", later, "publish", &[("scope", "各乡镇")]).await.unwrap();
    let issue = async |world: &World| {
        let county = actor(&world.app, "xianwei", later).await;
        let mut tx = world.app.begin(&county, morning(later)).await.unwrap();
        let issued = evaluation::issue_export(&world.app, &mut tx, &county, id).await;
        if issued.is_ok() {
            world.commit(tx).await;
        }
        issued
    };
    assert!(refusal(issue(world).await).contains("还没有经上级确认备案"));
    act(world, id, "xianwei", later, "file", &[]).await.unwrap();
    assert!(act(world, id, "xianwei", later, "acknowledge", &[]).await.is_err(), "whoever files does not acknowledge");
    act(world, id, "shiwei", later, "acknowledge", &[]).await.unwrap();
    // A review with an open measure stays open until its superior has confirmed it.
    assert!(refusal(review(world, id, "zhenwei", later, "enter_ledger", &[]).await).contains("措施没有全部办结"));

    // What follows: each is done or waived, and only then the year closes.
    assert!(refusal(act(world, id, "xianwei", later, "close_year", &[]).await).contains("还有结果运用没有办"));
    assert_eq!(issue(world).await.unwrap(), 1);
    assert_eq!(issue(world).await.unwrap(), 2, "each export is a version of its own");
    let open: Vec<i64> = {
        let sql = "select c.id from consequence c where c.evaluation_id = $1 and c.organisation_id is not null and c.done_on is null order by c.id";
        let rows = store::query(world.app.store().reader(), sql, [id.into()]).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    };
    let answer = async |world: &World, given: Answer| {
        let county = actor(&world.app, "xianwei", later).await;
        let mut tx = world.app.begin(&county, morning(later)).await.unwrap();
        let answered = evaluation::answer_consequences(&world.app, &mut tx, &county, id, &open, &given).await;
        if answered.is_ok() {
            world.commit(tx).await;
        }
        answered
    };
    if !open.is_empty() {
        let waived = |note: &str| Answer { is_waived: true, note: note.to_owned(), ..Answer::default() };
        assert_eq!(refusal(answer(world, waived(" ")).await), "不办的要写明理由。");
        assert_eq!(answer(world, waived("今年不安排")).await.unwrap(), open.len());
        assert!(refusal(answer(world, waived("再说一次")).await).contains("已经办过"));
    }
    act(world, id, "xianwei", later, "close_year", &[]).await.unwrap();

    // The file says whose it is; a changed letter shows.
    let mut city = world.visitor("shiwei").await;
    let file = city.get(&format!("/evaluations/{id}/exports/2")).await.is(StatusCode::OK).body;
    let told = evaluation::verify_export(file.as_bytes(), None).unwrap();
    assert!(told.contains("第 2 版"), "{told}");
    assert!(evaluation::verify_export(file.replacen("five_star", "five_stax", 1).as_bytes(), None).unwrap_err().contains("改动过"));
    assert!(evaluation::verify_export(file.as_bytes(), Some("04aa")).unwrap_err().contains("不是所给的公钥"));
    // A township sees its own reviews, not the files for those who assess leaders.
    let mut town = world.visitor("zhenwei").await;
    town.get(&format!("/evaluations/{id}/reviews")).await.is(StatusCode::OK).says("松林村").says("1 项");
    town.get(&format!("/evaluations/{id}/exports")).await.is(StatusCode::NOT_FOUND);
    town.get(&format!("/evaluations/{id}/charts")).await.is(StatusCode::OK).says("五个基本");
}

async fn whoever_is_passed_over_is_named_with_a_reason(world: &mut World) {
    let id = sent_out(world).await;
    let units: Vec<String> = [SONGLIN, SHANGHE, SCHOOL, TOWN].iter().map(|code| world.org(code).to_string()).collect();
    let said = |reasons: [&'static str; 4]| -> Vec<(&str, &str)> {
        let each = units.iter().zip(reasons).flat_map(|(unit, reason)| [("missing.unit", unit.as_str()), ("missing.reason", reason)]);
        [("scope", "公开栏")].into_iter().chain(each).collect()
    };
    let refused = refusal(act(world, id, "xianwei", BEGINS, "publicise", &said(["书记住院", " ", "校舍搬迁", "换届"])).await);
    assert!(refused.contains("上河村党支部") && !refused.contains("松林村"), "{refused}");
    act(world, id, "xianwei", BEGINS, "publicise", &said(["书记住院", "班子刚换届", "校舍搬迁", "等支部补齐"])).await.unwrap();
    // Printed in the result and its document, and on the branch's own page; another branch reads its own alone.
    let mut officer = world.visitor("xianwei").await;
    let base = format!("/evaluations/{id}");
    officer.get(&base).await.is(StatusCode::OK).says("没有考评完或者没有确认就公示的 4 个").says("上河村党支部（没有考评完）：班子刚换届");
    let document = office::document::read_text(&officer.bytes(&format!("{base}/document")).await).unwrap();
    assert!(document.contains("没有考评完、没有确认就公示的") && document.contains("校舍搬迁") && document.contains("等支部补齐"), "{document}");
    let mut secretary = world.visitor("shuji").await;
    let own = format!("{base}/organisations/{}", world.org(SONGLIN));
    secretary.get(&own).await.is(StatusCode::OK).says("没有考评完就公示，原因：书记住院").hides("班子刚换届");
    // Taken back and sent out again, everybody is asked for anew.
    act(world, id, "xianwei", BEGINS, "withdraw", &[("reason", "漏算一项")]).await.unwrap();
    act(world, id, "xianwei", BEGINS, "send_draft", &[]).await.unwrap();
    assert!(refusal(act(world, id, "xianwei", BEGINS, "publicise", &[("scope", "公开栏")]).await).contains("逐个写明原因"));
}

/// Puts a branch forward for a title of the year; the county's page of it.
async fn nominated(world: &World) -> String {
    let mut secretary = world.visitor("shuji").await;
    let organisation = world.org(SONGLIN).to_string();
    secretary.post("/selections/honours", &[("organisation", organisation.as_str())]).await.is(StatusCode::SEE_OTHER).location
}

async fn a_preview_is_used_for_nothing(world: &mut World) {
    let preview = super::opened(world).await;
    super::publish(world, preview).await;
    let songlin = world.org(SONGLIN);
    let star = format!("select star from evaluation_row where evaluation_id = {preview} and organisation_id = {songlin}");
    assert!(world.count(&star).await >= 3, "by the preview it would be eligible");
    crate::selections::file_selections(world, date(2026, 7, 11)).await;
    let entry = nominated(world).await;
    let mut county = world.visitor("xianwei").await;
    county.get(&entry).await.is(StatusCode::OK).says("年中预评，不作依据").says("按规则不符合资格");

    // The year's own result decides, whatever the text of its period sorts after.
    let (year, later) = published_year(world).await;
    for (star, is_eligible) in [(2, false), (4, true)] {
        let (mut tx, _) = world.tx(later).await;
        let sql = "update evaluation_row set star = $1 where evaluation_id = $2 and organisation_id = $3";
        store::execute(tx.connection(), sql, [star.into(), year.into(), songlin.into()]).await.unwrap();
        tx.changed("evaluation", year, None);
        world.commit(tx).await;
        let page = world.visitor("xianwei").await.get(&entry).await.is(StatusCode::OK);
        assert_eq!(!page.body.contains("按规则不符合资格"), is_eligible, "{star}: {}", page.body);
        let (of_year, of_half) = (page.body.find("（2026 年）"), page.body.find("（2026 年上半年）"));
        assert!(of_year.is_some() && of_year < of_half, "the year's result stands first");
    }
}
