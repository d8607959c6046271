//! Draft, objections answered by others, decision, publication; and what stays as it was published.

use assessment::fingerprint;
use axum::http::StatusCode;
use jiff::civil::date;
use server::evaluation;

use super::{OPENS, act, actor, as_demo, file, give, half_a_year, judge_everything, open, opened, publish, refusal, row_address};
use crate::world::{COUNTY, SHANGHE, SONGLIN, World, morning, on_both};

on_both! {
    it_says_why_it_cannot_be_published,
    an_example_is_published_in_the_demo_only,
    objections_are_answered_by_somebody_else,
    a_published_result_stays_and_the_difference_is_shown,
    a_decided_result_goes_back_before_it_is_calculated_anew,
    the_same_records_give_the_same_fingerprint,
}

async fn it_says_why_it_cannot_be_published(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    let id = open(world, entry).await;
    let (tx, _) = world.tx(OPENS).await;
    let sentence = evaluation::why_not_publish(&world.app, &tx, id).await.unwrap().expect("it lacks evidence");
    assert!(
        sentence.starts_with("还有 3 个党组织依据不足") && sentence.contains("现场查看（3 个）") && sentence.contains("群众满意度（3 个）"),
        "{sentence}"
    );
    drop(tx);
    let mut county = world.visitor("xianwei").await;
    county.get(&format!("/evaluations/{id}?cohort=all")).await.is(StatusCode::OK).says("不能公布").says("群众满意度（3 个）");
    judge_everything(world, OPENS).await;
    county.get(&format!("/evaluations/{id}")).await.says("重新计算后才计入");
    county.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    let (tx, _) = world.tx(OPENS).await;
    assert_eq!(evaluation::why_not_publish(&world.app, &tx, id).await.unwrap(), None);
}

async fn an_example_is_published_in_the_demo_only(world: &mut World) {
    // Opened in the demo, for it is opened nowhere else; what runs on the same data elsewhere does not publish it either.
    let id = opened(world).await;
    act(world, id, "xianwei", OPENS, "send_draft", &[]).await.unwrap();
    let later = date(2026, 7, 16);
    world.go_to(later).await;
    act(world, id, "xianwei", later, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-16")]).await.unwrap();
    let refused = refusal(act(world, id, "xianwei", later, "publish", &[("scope", "各乡镇")]).await);
    assert!(refused.starts_with("这是示例方案"), "{refused}");
    assert_eq!(world.count("select count(*) from evaluation where published_at is not null").await, 0);
    as_demo(world, later).await;
    act(world, id, "xianwei", later, "publish", &[("scope", "各乡镇")]).await.unwrap();
    assert_eq!(world.count("select count(*) from evaluation where published_at is not null").await, 1);
}

async fn objections_are_answered_by_somebody_else(world: &mut World) {
    let id = opened(world).await;
    // The county's officer is a branch's secretary too; a second officer is there.
    give(world, "xianwei", "赵永平", "branch_secretary", SONGLIN, OPENS).await;
    give(world, "xianwei2", "李国良", "county_organisation_officer", COUNTY, OPENS).await;
    let objection = [("objections.text", "主题党日应为 6 个月"), ("objections.text", "")];
    assert_eq!(refusal(act(world, id, "shuji", OPENS, "object", &objection).await), "现在不在这一步，请刷新看最新的进展。");
    act(world, id, "xianwei", OPENS, "send_draft", &[]).await.unwrap();
    assert_eq!(refusal(act(world, id, "zhenwei", OPENS, "object", &objection).await), "由被评定的党支部提出。");
    assert_eq!(refusal(act(world, id, "shuji", OPENS, "object", &[("objections.text", " ")]).await), "请填“意见”");
    act(world, id, "xianwei", OPENS, "object", &objection).await.unwrap();
    assert_eq!(world.count("select count(*) from case_item where kind = 'objection' and closed_in is null").await, 1);
    let item = world.count("select id from case_item where kind = 'objection'").await.to_string();
    let answer = [("answered", item.as_str()), ("outcome", "维持"), ("reply", "核对过记录")];
    let own = refusal(act(world, id, "xianwei", OPENS, "answer", &answer).await);
    assert!(own.starts_with("您办过“提出意见”，这一步要由别人来办"), "{own}");
    assert_eq!(refusal(act(world, id, "shuji2", OPENS, "answer", &answer).await), "由组织评定的组织部门答复。");
    let early = refusal(act(world, id, "xianwei2", OPENS, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-11")]).await);
    assert_eq!(early, "至少间隔 5 天，7 月 16 日起可以办。");
    let later = date(2026, 7, 17);
    as_demo(world, later).await;
    let unanswered = refusal(act(world, id, "xianwei2", later, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-17")]).await);
    assert_eq!(unanswered, "还有意见没有答复，答复后才能决定。");
    act(world, id, "xianwei2", later, "answer", &answer).await.unwrap();
    act(world, id, "xianwei2", later, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-17")]).await.unwrap();
    assert!(refusal(act(world, id, "xianwei", later, "publish", &[("scope", "各乡镇")]).await).starts_with("您办过“提出意见”"));
    assert_eq!(refusal(act(world, id, "xianwei2", later, "publish", &[]).await), "请填“公布范围”");
    act(world, id, "xianwei2", later, "publish", &[("scope", "各乡镇"), ("number", "青组通〔2026〕9号"), ("issued_on", "2026-07-17")]).await.unwrap();
    // Another branch reads neither the objection nor its answer.
    let mut other = world.visitor("shuji2").await;
    other.get(&format!("/evaluations/{id}")).await.is(StatusCode::OK).hides("主题党日应为 6 个月").hides("核对过记录");
    let mut officer = world.visitor("xianwei2").await;
    officer.get(&format!("/evaluations/{id}")).await.is(StatusCode::OK).says("主题党日应为 6 个月").says("核对过记录");
}

async fn a_published_result_stays_and_the_difference_is_shown(world: &mut World) {
    let id = opened(world).await;
    let day = publish(world, id).await;
    let before = evaluation::result(world.app.store().reader(), id).await.unwrap();
    let kept = evaluation::find(world.app.store().reader(), id).await.unwrap().unwrap();
    assert_eq!(fingerprint(&before), kept.fingerprint);
    // 上河村 hands in what it had held in February: the record counts from now on, the result does not move.
    let late = server::activity::NewActivity {
        entered_on: day,
        late_reason: Some("纸质记录漏录".to_owned()),
        ..world.held(SHANGHE, "theme_day", date(2026, 2, 15))
    };
    let records = world.record(vec![late]).await;
    let town = actor(&world.app, "zhenwei", day).await;
    let mut tx = world.app.begin(&town, morning(day)).await.unwrap();
    server::activity::consent(&world.app, &mut tx, &town, records[0]).await.unwrap();
    world.commit(tx).await;
    assert_eq!(evaluation::result(world.app.store().reader(), id).await.unwrap(), before);
    let county = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    assert_eq!(refusal(evaluation::calculate(&world.app, &mut tx, &county, id).await), "已经研究决定，不能重算；确要重算请先撤回。");
    drop(tx);
    let mut branch = world.visitor("shuji2").await;
    let page = branch.get(&row_address(id, world.org(SHANGHE))).await.is(StatusCode::OK);
    page.says("后来的数据与结果不同").says("按月开展主题党日：公布时 4 / 6").says("现在 5 / 6");
    let mut songlin = world.visitor("shuji").await;
    songlin.get(&row_address(id, world.org(SONGLIN))).await.is(StatusCode::OK).hides("后来的数据与结果不同");
    let mut officer = world.visitor("xianwei").await;
    officer.get(&format!("/evaluations/{id}/differences")).await.is(StatusCode::OK).says("1 个党支部后来的记录与公布的结果不同").says("上河村");
}

async fn a_decided_result_goes_back_before_it_is_calculated_anew(world: &mut World) {
    let id = opened(world).await;
    act(world, id, "xianwei", OPENS, "send_draft", &[]).await.unwrap();
    let later = date(2026, 7, 16);
    as_demo(world, later).await;
    act(world, id, "xianwei", later, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-16")]).await.unwrap();
    let mut officer = world.visitor("xianwei").await;
    officer.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/evaluations/{id}")).await.says("已经研究决定，不能重算");
    officer.get(&format!("/evaluations/{id}/judged")).await.is(StatusCode::FORBIDDEN).says("已经研究决定");
    act(world, id, "xianwei", later, "reopen", &[("reason", "漏算一个支部")]).await.unwrap();
    // The draft was taken back: those concerned see nothing until it is sent again.
    let mut branch = world.visitor("shuji").await;
    branch.get(&format!("/evaluations/{id}")).await.is(StatusCode::NOT_FOUND);
    officer.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("/evaluations/{id}")).await.says("已按今天的记录重新计算");
    assert_eq!(refusal(act(world, id, "xianwei", later, "decide", &[]).await), "现在不在这一步，请刷新看最新的进展。");
}

async fn the_same_records_give_the_same_fingerprint(world: &mut World) {
    let id = opened(world).await;
    let first = evaluation::find(world.app.store().reader(), id).await.unwrap().unwrap();
    let county = actor(&world.app, "xianwei", OPENS).await;
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    evaluation::calculate(&world.app, &mut tx, &county, id).await.unwrap();
    world.commit(tx).await;
    let again = evaluation::find(world.app.store().reader(), id).await.unwrap().unwrap();
    assert_eq!(first.fingerprint, again.fingerprint);
    let stored = evaluation::result(world.app.store().reader(), id).await.unwrap();
    assert_eq!(fingerprint(&stored), again.fingerprint);
    // What the lists show is what the rows say.
    for brief in evaluation::briefs(world.app.store().reader(), id).await.unwrap() {
        let row = stored.row(&brief.code).unwrap();
        assert_eq!((brief.score(), brief.star, brief.rank, &brief.cohort), (assessment::decimal(row.score), row.star, row.rank, &row.cohort));
    }
    let mut officer = world.visitor("xianwei").await;
    let print: String = first.fingerprint.chars().take(4).collect();
    officer.get(&format!("/evaluations/{id}")).await.says(&print);
    // The page prints the ends of it; the whole stands behind them.
    let page = officer.get(&row_address(id, world.org(SONGLIN))).await.says(&print);
    assert!(page.body.contains(&first.fingerprint));
}
