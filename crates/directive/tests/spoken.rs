//! Turns of speech in minutes, speeches and rules: what tells, what asks, and who is asked.

mod common;

use common::check;
use expect_test::expect;

#[test]
fn what_is_told_opens_no_demand() {
    check("鹭溪村有个做法很好，他们把40名党员分到8个网格。", expect![[""]]);
    check("路子有三条，各村可以自己选。", expect![[""]]);
    check("截至2月底，两项覆盖率分别比去年底提高2个和1个百分点。", expect![[""]]);
}

#[test]
fn a_modal_ends_the_tale() {
    check(
        "但钱要花在刀刃上，单个项目不得超过80万元。",
        expect![[r#"
        单个项目不得超过80万元 | <= 80 万元
    "#]],
    );
    check(
        "后勤科提出方案，预算18万元，工期40天，经讨论，核定预算不超过16万元。",
        expect![[r#"
        核定预算不超过16万元 | <= 16 万元
    "#]],
    );
    check(
        "去年试行的讲堂要接着办，每两个月一讲。",
        expect![[r#"
        每两个月一讲 | 1次/2月
    "#]],
    );
    check(
        "会议通过了培训计划，同意安排经费12万元，全年办班5期。",
        expect![[r#"
        同意安排经费12万元 | = 12 万元
        全年办班5期 | 5次/年
    "#]],
    );
}

#[test]
fn what_comes_round_may_be_said_in_one_word() {
    check(
        "书记带头讲，一季度一讲；支委轮流讲，两个月一讲。",
        expect![[r#"
        一季度一讲 | 1次/季度
        两个月一讲 | 1次/2月
    "#]],
    );
    check(
        "科级干部一个月蹲点三天。",
        expect![[r#"
        科级干部一个月蹲点三天 | = 3 天 | /月
    "#]],
    );
    check(
        "每名机关党员一年办一件实事。",
        expect![[r#"
        每名机关党员一年办一件实事 | = 1 件 | /年 | 机关
    "#]],
    );
    check(
        "党员年服务不少于4次。",
        expect![[r#"
        党员年服务不少于4次 | >=4次/年
    "#]],
    );
}

#[test]
fn all_of_them_is_said_in_many_ways() {
    check(
        "支部书记一个都不能漏。",
        expect![[r#"
        支部书记一个都不能漏 | = 100 %
    "#]],
    );
    check(
        "设立机关纪委的单位应换尽换。",
        expect![[r#"
        设立机关纪委的单位应换尽换 | = 100 % | 机关
    "#]],
    );
    check(
        "三年内实现全员持证。",
        expect![[r#"
        三年内实现全员持证 | = 100 % | P3Y
    "#]],
    );
}

#[test]
fn days_and_terms() {
    check(
        "“七一”前后，各支部开展一次现场教学。",
        expect![[r#"
        “七一”前后，各支部开展一次现场教学 | = 1 次 | 2024-07-01
    "#]],
    );
    check(
        "志愿科五一前提交初稿。",
        expect![[r#"
        志愿科五一前提交初稿 | 2024-05-01
    "#]],
    );
    check(
        "机关党委本周五前核查清楚。",
        expect![[r#"
        机关党委本周五前核查清楚 | 本周五前 | 机关
    "#]],
    );
    check(
        "建“民情档案”，一户一档，两个月建完。",
        expect![[r#"
        一户一档，两个月建完 | P2M
    "#]],
    );
    check(
        "今年不仅要补上，还要往前赶，县财政再拿500万。",
        expect![[r#"
        县财政再拿500万 | = 500 万元
    "#]],
    );
    check(
        "项目建设周期一年。",
        expect![[r#"
        项目建设周期一年 | = 1 年
    "#]],
    );
    check(
        "会议纪要存档备查，保存三年以上。",
        expect![[r#"
        保存三年以上 | >= 3 年
    "#]],
    );
    check(
        "委员缺额两个月未补齐的扣2分。",
        expect![[r#"
        委员缺额两个月未补齐的扣2分 | P2M
    "#]],
    );
    check(
        "述职报告未按时（12月20日前）报送的扣1分。",
        expect![[r#"
        述职报告未按时（12月20日前）报送的扣1分 | 2024-12-20
    "#]],
    );
}

#[test]
fn a_month_of_its_own_and_what_comes_after() {
    check(
        "1月底前完成述职，2月组织新春走访慰问老党员，走访面不低于90%。",
        expect![[r#"
            1月底前完成述职 | 2024-01
            2月组织新春走访慰问老党员，走访面不低于90% | >= 90 % | 2024-02
        "#]],
    );
    check(
        "5月20日前报方案，以后每月5日前报进度。",
        expect![[r#"
            5月20日前报方案 | 2024-05-20
            以后每月5日前报进度 | XXXX-XX-05 | 1次/月
        "#]],
    );
    check(
        "县里准备用两年时间，把老旧场所改造一遍。",
        expect![[r#"
        县里准备用两年时间，把老旧场所改造一遍 | = 1 遍 | P2Y
    "#]],
    );
}

#[test]
fn which_ones_is_no_limit() {
    check(
        "能办的当场办，不能当场办的十个工作日内回复。",
        expect![[r#"
        能办的当场办，不能当场办的十个工作日内回复 | P10D
    "#]],
    );
    check("干部请假三天以上须报组织部批准。", expect![[""]]);
    check("启动中心二期建设。", expect![[""]]);
}

#[test]
fn a_span_reaches_to_what_it_speaks_of() {
    check(
        "服务时长要逐步赶上来，今年力争达到13小时。",
        expect![[r#"
        服务时长要逐步赶上来，今年力争达到13小时 | >= 13 小时 | 2024-12
    "#]],
    );
    check(
        "工委举办提升班，分三期培训126人。",
        expect![[r#"
        工委举办提升班，分三期培训126人 | = 126 人
    "#]],
    );
    check(
        "由纪检室对3名书记在一周内完成约谈。",
        expect![[r#"
        由纪检室对3名书记在一周内完成约谈 | = 3 名 | P1W
    "#]],
    );
}

#[test]
fn papers_and_posts_by_other_verbs() {
    check(
        "每次走访要在手册上留下记录。",
        expect![[r#"
        每次走访要在手册上留下记录
    "#]],
    );
    check(
        "农业局要牵头搞一个项目库。",
        expect![[r#"
        农业局要牵头搞一个项目库 | = 1 个 | 农村
    "#]],
    );
    check(
        "班子中没有持证社会工作者的扣2分。",
        expect![[r#"
        班子中没有持证社会工作者的扣2分 | >= 1 名
    "#]],
    );
}

/// Who is to act, by the reader's own words.
fn units(body: &str) -> Vec<Vec<String>> {
    let text = format!("关于做好有关工作的通知\n各党支部：\n{body}\n云栖县委组织部\n2024年2月1日\n");
    directive::read(&text).tasks.into_iter().map(|task| task.units).collect()
}

#[test]
fn who_leads_a_list_acts_in_it() {
    let found = units("这项工作由志愿科牵头，商务局、邮政局配合：一是今年新建驿站15处；二是成立行业党委。");
    assert_eq!(found, [["志愿科", "商务局", "邮政局"]; 2]);
}

#[test]
fn what_is_measured_does_not_act() {
    assert_eq!(units("50万元以上的村要占到三成。"), [Vec::<String>::new()]);
    assert_eq!(units("生产一线党员不少于发展总数的一半。"), [Vec::<String>::new()]);
    assert_eq!(units("有的支部只开了两次会，支部大会一季度最少一次。"), [Vec::<String>::new()]);
    assert_eq!(units("第一书记要蹲得下来，每周住村不少于四晚。"), [["第一书记"]]);
}

#[test]
fn whom_a_meeting_charges_acts() {
    assert_eq!(units("会议责成组织科会同派出所逐村研判，9月10日以前拿出预案。"), [["组织科", "派出所"]]);
    assert_eq!(units("对没有党员的企业，由所在镇（街道）选派1名指导员。"), [["所在镇（街道）"]]);
    assert_eq!(units("每个村民小组配备代办员2名。"), [["每个村民小组"]]);
    assert_eq!(units("党委办公室每月抽查一半的支部。"), [["党委办公室"]]);
}
