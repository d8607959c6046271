//! Recording on the page: late entries, returns, drafts, the roster of the day.

use jiff::civil::date;
use server::member;

use super::{mark, number, texts};
use crate::world::{SHANGHE, SONGLIN, World, new_member, on_both};

on_both! {
    a_late_entry_of_an_open_period_is_on_time,
    a_locked_period_needs_a_reason_and_consent,
    what_is_returned_counts_nothing_until_it_is_handed_in_again,
    nobody_reviews_his_own_record,
    a_draft_sent_twice_is_stored_once,
    the_roster_is_that_of_the_day,
    a_vote_needs_half_of_those_who_vote,
    all_problems_are_said_at_once,
    decisions_are_followed_until_done,
    changes_after_the_lock_leave_what_stood_before,
}

async fn a_late_entry_of_an_open_period_is_on_time(world: &mut World) {
    world.go_to(date(2026, 11, 8)).await;
    let songlin = world.org(SONGLIN);
    let mut branch = world.visitor("shuji").await;
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-10").await, "逾期 8 天");
    let seen =
        branch.post("/activities", &[("kind", "theme_day"), ("held_on", "2026-10-30"), ("topic", "防火"), ("form", "names"), ("hours", "2")]).await;
    branch.get(&seen.location).await.says("录入晚 9 天").says("按召开日期算在 2026 年 10 月");
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-10").await, "按时");
}

async fn a_locked_period_needs_a_reason_and_consent(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let mut branch = world.visitor("shuji").await;
    let form = [("kind", "theme_day"), ("held_on", "2026-09-15"), ("topic", "防火"), ("form", "names")];
    let day = branch.get(&format!("/activities/day?organisation={songlin}&kind=theme_day&held_on=2026-09-15")).await;
    assert!(day.body.contains("2026 年 9 月已于 10 月 10 日锁定") && day.body.contains("由中共青石镇委员会同意后才计入"), "{}", day.body);
    let refused = branch.post("/activities", &form).await;
    assert_eq!(refused.status, 422);
    refused.says("请写明为什么现在才录入");
    assert_eq!(world.count("select count(*) from activity").await, 0);

    let mut with_reason = form.to_vec();
    with_reason.push(("late_reason", "当时没有网络"));
    let seen = branch.post("/activities", &with_reason).await;
    branch.get(&seen.location).await.says("等上级同意，暂不计入").says("当时没有网络");
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-09").await, "未完成");

    let mut officer = world.visitor("zhenwei").await;
    officer.get("/").await.says("锁定以后补录，等您同意后计入");
    // It waits for whoever stands directly above, not for everybody above.
    world.visitor("xianwei").await.get("/").await.hides("等您同意后计入");
    officer.post(&format!("{}/consent", seen.location), &[]).await;
    officer.get(&seen.location).await;
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-09").await, "按时");
    let again = officer.post(&format!("{}/consent", seen.location), &[]).await;
    assert_eq!(again.status, 303);
    officer.get(&again.location).await.says("这条记录不在等待同意");

    // What the town's officer recorded himself waits for the other one there, and for the next one up.
    let mut own = [("organisation", songlin.to_string()), ("kind", "theme_day".to_owned()), ("held_on", "2026-08-12".to_owned())].to_vec();
    own.extend([("topic", "护林".to_owned()), ("form", "names".to_owned()), ("late_reason", "支部没有网络".to_owned())]);
    let fields: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    officer.post("/activities", &fields).await;
    officer.get("/waiting?kind=activities").await.says("没有符合条件的");
    for login in ["zhenwei2", "xianwei"] {
        world.visitor(login).await.get("/").await.says("锁定以后补录，等您同意后计入");
    }
}

async fn what_is_returned_counts_nothing_until_it_is_handed_in_again(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let mut branch = world.visitor("shuji").await;
    let seen = branch.post("/activities", &[("kind", "theme_day"), ("held_on", "2026-11-10"), ("topic", "学习"), ("form", "names")]).await;
    let record = seen.location;
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-11").await, "按时");
    let mut officer = world.visitor("zhenwei").await;
    let refused = officer.post(&format!("{record}/return"), &[("reason", " ")]).await;
    officer.get(&refused.location).await.says("请写明退回的原因");
    officer.post(&format!("{record}/return"), &[("reason", "主题没有写清楚")]).await;
    // Whoever wrote waits for his own write; after his next page it is there for everybody.
    officer.get("/").await;
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-11").await, "剩 8 天");
    branch.get("/").await.says("上级退回，改好以前不计入").says("11 月，还有 2 件要做");
    branch.get(&record).await.says("退回的原因：主题没有写清楚").says("改好重新交");
    // The branch cannot lift the return by itself otherwise.
    assert_eq!(branch.post(&format!("{record}/consent"), &[]).await.status, 404);
    branch.post(&format!("{record}/amend"), &[("held_on", "2026-11-10"), ("topic", "学习防火知识"), ("form", "names")]).await;
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-11").await, "按时");
    branch.get(&record).await.says("主题：学习 → 学习防火知识");
}

async fn nobody_reviews_his_own_record(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let mut officer = world.visitor("zhenwei").await;
    let form = [
        ("organisation", songlin.to_string()),
        ("kind", "theme_day".to_owned()),
        ("held_on", "2026-09-15".to_owned()),
        ("topic", "代记".to_owned()),
        ("form", "names".to_owned()),
        ("late_reason", "支部书记住院".to_owned()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let seen = officer.post("/activities", &form).await;
    let page = officer.get(&seen.location).await;
    assert!(texts(&page, "form[action$='/consent']").is_empty(), "no button for one's own");
    page.says("自己录入的记录要由上级的另一位同志审核");
    let refused = officer.post(&format!("{}/consent", seen.location), &[]).await;
    officer.get(&refused.location).await.says("自己录入的记录要由别人审核");
    assert_eq!(mark(&mut officer, songlin, "theme_day", "2026-09").await, "未完成");
    let mut other = world.visitor("zhenwei2").await;
    other.post(&format!("{}/consent", seen.location), &[]).await;
    // His next page waits until this process has followed what he wrote; from then on everybody sees it.
    other.get(&seen.location).await;
    assert_eq!(mark(&mut officer, songlin, "theme_day", "2026-09").await, "按时");
}

async fn a_draft_sent_twice_is_stored_once(world: &mut World) {
    let mut branch = world.visitor("shuji").await;
    let form = [("kind", "theme_day"), ("held_on", "2026-11-10"), ("topic", "学习"), ("form", "names"), ("draft_key", "0123456789abcdef")];
    let first = branch.post("/activities", &form).await;
    let second = branch.post("/activities", &form).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303));
    assert_eq!(first.location, second.location);
    assert_eq!(world.count("select count(*) from activity").await, 1);
    // The key is this person's own: another's is another draft.
    let other = world.visitor("shuji2").await.post("/activities", &form).await;
    assert_ne!(other.location, first.location);
    // Without the key the same day and topic are not recorded a second time either.
    assert_eq!(branch.post("/activities", &form[..4]).await.location, first.location);
    let mut other_hours = form[..4].to_vec();
    other_hours.push(("hours", "3"));
    let again = branch.post("/activities", &other_hours).await;
    assert_eq!(again.status, 422);
    again.says("这一天、同一主题的记录已经有了");
    assert_eq!(world.count("select count(*) from activity").await, 2);
}

async fn the_roster_is_that_of_the_day(world: &mut World) {
    let (songlin, shanghe) = (world.org(SONGLIN), world.org(SHANGHE));
    // The tenth of Songlin moved to Shanghe on 1 November.
    let (mut tx, console) = world.tx(date(2026, 11, 2)).await;
    let moved = new_member(9, shanghe, None, 9);
    member::update_all(&world.app, &mut tx, &console, vec![moved], date(2026, 11, 1))
        .await
        .unwrap()
        .into_iter()
        .for_each(|answer| _ = answer.unwrap());
    world.commit(tx).await;
    let mut branch = world.visitor("shuji").await;
    let due = async |branch: &mut crate::visitor::Visitor, day: &str| {
        let seen = branch.get(&format!("/activities/day?organisation={songlin}&kind=theme_day&held_on={day}")).await;
        texts(&seen, "details.person summary")
    };
    let (october, november) = (due(&mut branch, "2026-10-31").await, due(&mut branch, "2026-11-01").await);
    assert_eq!((october.len(), november.len()), (10, 9));
    let gone: Vec<&String> = october.iter().filter(|name| !november.contains(name)).collect();
    assert_eq!(gone.len(), 1);
    // The committee is asked for a committee meeting.
    let committee = branch.get(&format!("/activities/day?organisation={songlin}&kind=branch_committee_meeting&held_on=2026-11-10")).await;
    assert_eq!(texts(&committee, "details.person summary").len(), 3);

    // Leave leaves the denominator, absence does not.
    let ids: Vec<i64> = world.app.directory().members_of(songlin).map(|member| member.id).collect();
    let marks = [(format!("who-{}", ids[0]), "leave|病假"), (format!("who-{}", ids[1]), "absent")];
    let mut form = vec![("kind", "theme_day"), ("held_on", "2026-11-10"), ("topic", "学习"), ("form", "names"), ("n_guests", "2")];
    form.extend(marks.iter().map(|(name, mark)| (name.as_str(), *mark)));
    let seen = branch.post("/activities", &form).await;
    branch.get(&seen.location).await.says("应到 8 人，实到 7 人").says("请假 1 人；缺席 1 人").says("列席 2 人（另计）").says("病假");
    // An inspector sees how many, not who.
    let mut inspector = world.visitor("ducha").await;
    inspector.get(&seen.location).await.says("请假 1 人").hides("病假").says("名单由支部和上级组织部门掌握");
    // Nobody exempts himself.
    let exempt = format!("who-{}", ids[2]);
    let refused = branch
        .post("/activities", &[("kind", "general_meeting"), ("held_on", "2026-11-11"), ("topic", "大会"), ("form", "names"), (&exempt, "exempt|")])
        .await;
    assert_eq!(refused.status, 422);
    refused.says("没有经上级批准免于参加");
}

async fn a_vote_needs_half_of_those_who_vote(world: &mut World) {
    // Ten members, one of them on probation: nine vote, five must come, five must be in favour.
    let songlin = world.org(SONGLIN);
    let ids: Vec<i64> = {
        let directory = world.app.directory();
        let (mut full, mut probationary): (Vec<_>, Vec<_>) = directory.members_of(songlin).partition(|member| member.full_on.is_some());
        full.append(&mut probationary);
        full.iter().map(|member| member.id).collect()
    };
    let mut branch = world.visitor("shuji").await;
    let day = branch.get(&format!("/activities/day?organisation={songlin}&kind=general_meeting&held_on=2026-11-11")).await;
    assert_eq!(texts(&day, "p.record-note"), ["有表决权的党员 9 人（请假、免于参加的也算在内）：到会满 5 人才能表决，赞成满 5 人为通过。"]);
    let away = |n: usize, mark: &'static str| ids.iter().take(n).map(|id| (format!("who-{id}"), mark)).collect::<Vec<_>>();
    let meeting = async |branch: &mut crate::visitor::Visitor, marks: Vec<(String, &str)>, more: &[(&str, &str)]| {
        let mut form = vec![("kind", "general_meeting"), ("held_on", "2026-11-11"), ("topic", "讨论"), ("form", "names")];
        form.extend(marks.iter().map(|(name, mark)| (name.as_str(), *mark)));
        form.extend_from_slice(more);
        branch.post("/activities", &form).await
    };
    let decided = [("decision", "修缮活动室"), ("decision_owner", ""), ("decision_due", ""), ("decision_for", "4")];
    // Leave does not take anybody out of those who vote, and the member on probation does not help.
    let refused = meeting(&mut branch, away(5, "leave|外出务工"), &decided).await;
    assert_eq!(refused.status, 422);
    refused.says("到会有表决权的党员 4 人，不到 5 人（共 9 人，请假的也算在内），不能表决");
    let refused = meeting(&mut branch, away(4, "leave|外出务工"), &decided).await;
    refused.says("“修缮活动室”赞成 4 人，没有超过有表决权的党员 9 人的规定比例（要 5 人），没有通过");
    let too_many = [("decision", "修缮活动室"), ("decision_owner", ""), ("decision_due", ""), ("decision_for", "6")];
    meeting(&mut branch, away(4, "absent"), &too_many).await.says("赞成 6 人，多于到会的有表决权的党员 5 人");
    assert_eq!(world.count("select count(*) from activity").await, 0);
    let passed = [("decision", "修缮活动室"), ("decision_owner", ""), ("decision_due", ""), ("decision_for", "5")];
    let kept = meeting(&mut branch, away(4, "leave|外出务工"), &passed).await;
    let mut town = world.visitor("zhenwei").await;
    let seen = town.get(&kept.location).await;
    seen.says("应到 6 人，实到 6 人").says("到会 5 人，至少要 5 人，可以表决").says("赞成 5 人，通过");
    // A meeting that decides nothing may be smaller; a committee without half of itself is none.
    let small = branch
        .post(
            "/activities",
            &[("kind", "general_meeting"), ("held_on", "2026-11-12"), ("topic", "通报"), ("form", "names")]
                .into_iter()
                .chain(away(5, "absent").iter().map(|(name, mark)| (name.as_str(), *mark)))
                .collect::<Vec<_>>(),
        )
        .await;
    town.get(&small.location).await.says("到会 4 人，至少要 5 人，不能表决");
    let asked = branch.get(&format!("/activities/day?organisation={songlin}&kind=branch_committee_meeting&held_on=2026-11-10")).await;
    let committee: Vec<String> = super::attributes(&asked, "details.person input[value=absent]", "name");
    assert_eq!(texts(&asked, "p.record-note"), ["委员 3 人（请假的也算在内）：到会满 2 人才能开会。"]);
    let mut form = vec![("kind", "branch_committee_meeting"), ("held_on", "2026-11-10"), ("topic", "研究"), ("form", "names")];
    form.extend(committee.iter().take(2).map(|name| (name.as_str(), "absent")));
    let refused = branch.post("/activities", &form).await;
    assert_eq!(refused.status, 422);
    refused.says("到会委员 1 人，不到 2 人（共 3 人），会议不能召开");
}

async fn all_problems_are_said_at_once(world: &mut World) {
    let mut branch = world.visitor("shuji").await;
    let seen = branch
        .post(
            "/activities",
            &[("kind", "theme_day"), ("held_on", "2026-11-30"), ("topic", ""), ("hours", "两小时"), ("form", "names"), ("content", "打牌")],
        )
        .await;
    assert_eq!(seen.status, 422);
    assert_eq!(texts(&seen, "[role=alert]").len(), 4, "{}", seen.text());
    seen.says("2026-11-30 还没有到").says("请写主题").says("学时请填数字").says("有一项内容不在清单里");
    assert_eq!(branch.post("/activities", &[("kind", "tea_party"), ("held_on", "2026-11-10"), ("topic", "x")]).await.status, 404);
}

async fn decisions_are_followed_until_done(world: &mut World) {
    let mut branch = world.visitor("shuji").await;
    let seen = branch
        .post(
            "/activities",
            &[
                ("kind", "branch_committee_meeting"),
                ("held_on", "2026-11-10"),
                ("topic", "研究"),
                ("form", "names"),
                ("decision", "修好活动室的门"),
                ("decision_owner", "普自明"),
                ("decision_due", "2026-11-25"),
                ("decision", ""),
                ("decision_owner", ""),
                ("decision_due", ""),
            ],
        )
        .await;
    branch.get("/").await.says("修好活动室的门").says("普自明 负责，11 月 25 日前办结");
    let id = world.count("select id from decision").await;
    let refused = branch.post(&format!("/activities/decisions/{id}"), &[("activity", &number(&seen.location).to_string()), ("note", "")]).await;
    branch.get(&refused.location).await.says("请用一句话写明怎么办的");
    branch.post(&format!("/activities/decisions/{id}"), &[("activity", &number(&seen.location).to_string()), ("note", "已修好，花了 80 元")]).await;
    branch.get(&seen.location).await.says("11 月 22 日办结").says("已修好，花了 80 元");
    branch.get("/").await.hides("修好活动室的门");
    assert_eq!(world.visitor("shuji2").await.post(&format!("/activities/decisions/{id}"), &[("note", "x")]).await.status, 404);
}

async fn changes_after_the_lock_leave_what_stood_before(world: &mut World) {
    let ids = world.record(vec![world.held(SONGLIN, "theme_day", date(2026, 10, 10))]).await;
    let mut branch = world.visitor("shuji").await;
    let address = format!("/activities/{}/amend", ids[0]);
    branch.get(&address).await.says("修改原因");
    let form = [("held_on", "2026-10-12"), ("topic", "10 月学习"), ("form", "names")];
    let refused = branch.post(&address, &form).await;
    assert_eq!(refused.status, 422);
    refused.says("已经锁定，修改要写明原因");
    let mut with_reason = form.to_vec();
    with_reason.push(("reason", "日期记错了"));
    branch.post(&address, &with_reason).await;
    branch.get(&format!("/activities/{}", ids[0])).await.says("召开日期：2026-10-10 → 2026-10-12").says("原因：日期记错了");
    // Into a period that is locked, it is as if it were entered today.
    with_reason[0].1 = "2026-08-12";
    let refused = branch.post(&address, &with_reason).await;
    refused.says("这一期已经锁定，或者是补办");
}
