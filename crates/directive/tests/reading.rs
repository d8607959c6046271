//! Sentences in, tasks out: what each recogniser hears, and what is no task.

mod common;

use common::{check, lines, text};
use expect_test::{Expect, expect};

#[test]
fn a_date_alone_leads_the_clause_after_it() {
    check(
        "6月底前，各支部完成党员信息核对。",
        expect![[r#"
        6月底前，各支部完成党员信息核对 | 2024-06
    "#]],
    );
    check(
        "各支部于3月15日17:00前报送名单。",
        expect![[r#"
        各支部于3月15日17:00前报送名单 | 2024-03-15
    "#]],
    );
    check(
        "3月底前：确定人选，报党委备案。",
        expect![[r#"
        3月底前：确定人选 | 2024-03
    "#]],
    );
    check(
        "11月上旬，召开总结会。",
        expect![[r#"
        11月上旬，召开总结会 | 2024-11-10
    "#]],
    );
}

#[test]
fn a_date_is_lent_within_its_sentence_only() {
    check(
        "9月底前覆盖率达到90%，达标率达到80%。每个支部配备1名委员。",
        expect![[r#"
        9月底前覆盖率达到90% | >= 90 % | 2024-09
        达标率达到80% | >= 80 % | 2024-09
        每个支部配备1名委员 | = 1 名
    "#]],
    );
    check(
        "收到申请后，应当在10个工作日内答复。",
        expect![[r#"
        收到申请后，应当在10个工作日内答复 | P10D
    "#]],
    );
    check(
        "力争用两年时间建成示范支部30个。",
        expect![[r#"
        力争用两年时间建成示范支部30个 | = 30 个 | P2Y
    "#]],
    );
    check(
        "在支部大会召开之前完成自评。",
        expect![[r#"
        在支部大会召开之前完成自评 | 支部大会召开前
    "#]],
    );
}

#[test]
fn a_month_long_past_means_next_year() {
    let text = "关于述职评议的通知\n各支部：\n1月15日前完成述职。12月底前报送名单。\n云栖县委组织部\n2024年11月28日\n";
    expect![[r#"
        1月15日前完成述职 | 2025-01-15
        12月底前报送名单 | 2024-12
    "#]]
    .assert_eq(&lines(&directive::read(text)));
}

#[test]
fn how_often_and_how_much_per_period() {
    check(
        "支部每季度上一次党课。",
        expect![[r#"
        支部每季度上一次党课 | 1次/季度
    "#]],
    );
    check(
        "书记每年讲党课不少于2次，党员每年学习不少于40学时。",
        expect![[r#"
        书记每年讲党课不少于2次 | >=2次/年
        党员每年学习不少于40学时 | >= 40 学时 | /年
    "#]],
    );
    check(
        "全年发展党员20名。",
        expect![[r#"
        全年发展党员20名 | = 20 名 | /年
    "#]],
    );
    check(
        "每月10日前交纳党费。",
        expect![[r#"
        每月10日前交纳党费 | XXXX-XX-10 | 1次/月
    "#]],
    );
    check(
        "建立走访台账，逐月更新。",
        expect![[r#"
        建立走访台账，逐月更新 | 1次/月
    "#]],
    );
    check(
        "每季度末月25日前报送进展。",
        expect![[r#"
        每季度末月25日前报送进展 | XXXX-XX-25 | 1次/季度
    "#]],
    );
    check(
        "全年实地研学不少于10次，其中跨县研学不少于3次。",
        expect![[r#"
            全年实地研学不少于10次 | >=10次/年
            其中跨县研学不少于3次 | >=3次/年
        "#]],
    );
}

#[test]
fn numbers_with_their_comparators() {
    check(
        "优秀比例不超过三分之一。",
        expect![[r#"
        优秀比例不超过三分之一 | <= 1/3 比例
    "#]],
    );
    check(
        "每个支部配备1-2名干事。",
        expect![[r#"
        每个支部配备1-2名干事 | = [1,2] 名
    "#]],
    );
    check(
        "到会人数必须超过应到会人数的半数。",
        expect![[r#"
        到会人数必须超过应到会人数的半数 | >= 50 %
    "#]],
    );
    check(
        "谈心谈话做到全覆盖。",
        expect![[r#"
        谈心谈话做到全覆盖 | = 100 %
    "#]],
    );
    check(
        "党员志愿者人数翻一番。",
        expect![[r#"
        党员志愿者人数翻一番 | = 2 倍
    "#]],
    );
    check(
        "新建活动室X个。",
        expect![[r#"
        新建活动室X个 | = X 个
    "#]],
    );
}

#[test]
fn an_enumeration_is_cut_between_numbers() {
    check(
        "设立示范岗20个、责任区8个。",
        expect![[r#"
        设立示范岗20个 | = 20 个
        责任区8个 | = 8 个
    "#]],
    );
    check(
        "选树先进支部10个和优秀党员50名。",
        expect![[r#"
            选树先进支部10个 | = 10 个
            优秀党员50名 | = 50 名
        "#]],
    );
    check(
        "诉求24小时内响应、3日内办结。",
        expect![[r#"
        诉求24小时内响应 | PT24H
        3日内办结 | P3D
    "#]],
    );
    check(
        "成立宣讲团、服务队，做到全员参与。",
        expect![[r#"
        成立宣讲团、服务队
        做到全员参与 | = 100 %
    "#]],
    );
}

#[test]
fn conditions_tell_which_ones() {
    check(
        "50人以上企业党组织覆盖率达到90%。",
        expect![[r#"
        50人以上企业党组织覆盖率达到90% | >= 90 %
    "#]],
    );
    check(
        "面积低于200平方米的活动场所要于8月底前完成扩建。",
        expect![[r#"
        面积低于200平方米的活动场所要于8月底前完成扩建 | 2024-08
    "#]],
    );
    check("得票达到80%以上的，方可当选。", expect![[r#""#]]);
    check("对连续两次缺席的，取消评优资格。", expect![[r#""#]]);
}

#[test]
fn named_deliverables() {
    check(
        "逐项制定整改方案。",
        expect![[r#"
        逐项制定整改方案
    "#]],
    );
    check(
        "成立工作专班，下设办公室。",
        expect![[r#"
        成立工作专班
        下设办公室
    "#]],
    );
    check(
        "将学习情况在《党员手册》上做好记录。",
        expect![[r#"
        将学习情况在《党员手册》上做好记录
    "#]],
    );
    check(
        "把党建经费纳入财政预算。",
        expect![[r#"
        把党建经费纳入财政预算
    "#]],
    );
    check(
        "结合实际制定“责任清单”“问题清单”。",
        expect![[r#"
        结合实际制定“责任清单”“问题清单”
    "#]],
    );
    check(
        "制定实施细则，4月20日前报组织部备案。",
        expect![[r#"
        制定实施细则，4月20日前报组织部备案 | 2024-04-20
    "#]],
    );
}

#[test]
fn fields_come_from_the_clause_or_the_heading() {
    check(
        "一、推进农村党建\n1.选派驻点干部30名。\n二、推进两新党建\n1.选派指导员20名。",
        expect![[r#"
        选派驻点干部30名 | = 30 名 | 农村
        选派指导员20名 | = 20 名 | 两新
    "#]],
    );
    check(
        "各乡镇（街道）每年开展1次评议。",
        expect![[r#"
        各乡镇（街道）每年开展1次评议 | 1次/年
    "#]],
    );
    check(
        "机关党员每人联系2户居民。",
        expect![[r#"
        机关党员每人联系2户居民 | = 2 户 | 机关
    "#]],
    );
}

#[test]
fn headings_speak_only_where_their_body_is_silent() {
    check(
        "一、组织一次专题学习\n6月底前，每个支部组织1次专题学习。",
        expect![[r#"
        6月底前，每个支部组织1次专题学习 | = 1 次 | 2024-06
    "#]],
    );
    check(
        "一、开展一次大走访\n走进群众，倾听呼声。",
        expect![[r#"
        开展一次大走访 | = 1 次
    "#]],
    );
    check(
        "（一）自查阶段（3月—4月）。各支部列出问题清单。",
        expect![[r#"
        各支部列出问题清单 | 2024-04
    "#]],
    );
}

#[test]
fn deductions_state_their_targets() {
    check(
        "组织生活会少于2次的，扣5分。",
        expect![[r#"
        组织生活会少于2次的 | >= 2 次
    "#]],
    );
    check(
        "未建立党员档案的扣3分，每少1份扣1分。",
        expect![[r#"
        未建立党员档案的扣3分
    "#]],
    );
    check(
        "超过3个月未补选的扣2分。",
        expect![[r#"
        超过3个月未补选的扣2分 | P3M
    "#]],
    );
    check("受到市级表彰的加2分。", expect![[r#""#]]);
}

#[test]
fn the_past_is_no_task() {
    check("近年来，全县累计建成服务站80个，覆盖率达到95%。", expect![[r#""#]]);
    check("去年，我们培训党员3000人次，新建活动室12个。", expect![[r#""#]]);
    check("目前仍有16个支部未按期换届。", expect![[r#""#]]);
    check("组织力明显增强，先后举办培训班6期。", expect![[r#""#]]);
}

#[test]
fn exhortation_and_abstraction_are_no_tasks() {
    check("各级党组织要切实担起主体责任，形成齐抓共管的格局。", expect![[r#""#]]);
    check("健全长效机制，完善工作制度，打造党建品牌。", expect![[r#""#]]);
    check("定期研究党建工作，及时上报有关信息。", expect![[r#""#]]);
    check("鼓励有条件的社区探索建立共建联盟。", expect![[r#""#]]);
    check("坚决做到“两个维护”，落实好“三会一课”。", expect![[r#""#]]);
    check("开展“百名书记进千家”活动。", expect![[r#""#]]);
    check("重点查找5个方面的差距，抓好3个环节。", expect![[r#""#]]);
    check("通过设立党员示范岗、组建服务队等方式，引导党员发挥作用。", expect![[r#""#]]);
    check("严格清单管理，抓好方案落实。", expect![[r#""#]]);
    check("从2024年3月起施行。", expect![[r#""#]]);
}

#[test]
fn a_report_asks_for_nothing_until_it_turns_ahead() {
    let text = "关于党建工作情况的报告\n县委：\n现将工作情况报告如下。\n一、工作情况\n培训党员200名，每月召开例会1次。\n二、下一步打算\n年底前建成服务站5个。\n2024年8月1日\n";
    expect![[r#"
        年底前建成服务站5个 | = 5 个 | 2024-12
    "#]]
    .assert_eq(&lines(&directive::read(text)));
}

#[test]
fn rows_take_time_and_units_from_their_cells() {
    let text = "云栖水务公司2024年党建任务表\n序号\t任务\t工作内容\t责任部门\t完成时限\n1\t建强支部\t星级支部占比提高到40%以上，薄弱支部全部转化\t组织部\t9月底前\n2\t建好阵地\t完成泵站活动室改造\t后勤部、工会\t8月底前\n3\t抓好慰问\t走访慰问困难党员\t工会\t持续推进\n";
    let read = directive::read(text);
    expect![[r#"
        星级支部占比提高到40%以上 | >= 40 % | 2024-09
        薄弱支部全部转化 | = 100 % | 2024-09
        完成泵站活动室改造 | 2024-08
    "#]]
    .assert_eq(&lines(&read));
    assert_eq!(read.tasks[0].units, ["组织部"]);
    assert_eq!(read.tasks[2].units, ["后勤部", "工会"]);
}

#[test]
fn a_target_cell_takes_its_name_from_the_cell_before() {
    let text = "云栖水务公司2024年责任书\n序号\t指标名称\t目标值\t分值\n1\t党员轮训率\t≥98%\t10\n2\t师徒结对比例\t1:3以上\t5\n";
    expect![[r#"
        党员轮训率	≥98% | >= 98 %
        师徒结对比例	1:3以上 | >= 1:3 比例
    "#]]
    .assert_eq(&lines(&directive::read(text)));
}

#[test]
fn units_are_the_subject_then_the_closing_bracket() {
    let text = "关于测试的方案\n一、任务\n（一）建强队伍。县委党校每年举办培训班2期。（牵头单位：组织部，责任单位：各镇、各街道）\n2024年1月5日\n";
    assert_eq!(directive::read(text).tasks[0].units, ["县委党校", "组织部", "各镇", "各街道"]);
}

#[test]
fn offsets_count_characters() {
    let text = "关于测试的通知\n各支部：\n请于6月底前报送１份名单。\n";
    let read = directive::read(text);
    let task = &read.tasks[0];
    let span: String = text.chars().skip(task.start).take(task.end - task.start).collect();
    assert_eq!(span, task.span);
    assert_eq!(task.action, "报送１份名单");
}

/// 全市 says how far a demand reaches. What to do is neither that nor how much.
#[test]
fn how_far_is_no_unit_and_how_much_no_action() {
    let check = |body: &str, expected: Expect| {
        let notice = format!("关于做好有关工作的通知\n各党支部：\n{body}\n云栖市委组织部\n2026年2月1日\n");
        let told = |task: &directive::Task| {
            let quantity = serde_json::to_value(&task.quantity).expect("a quantity is plain JSON");
            let quantity = format!("{} {} {}", text(&quantity["comparator"]), text(&quantity["value"]), text(&quantity["unit"]));
            format!("{} | {} | {quantity} | {}\n", task.action, task.units.join("、"), task.deadline.as_deref().unwrap_or_default())
        };
        expected.assert_eq(&directive::read(&notice).tasks.iter().map(told).collect::<String>());
    };
    check(
        "2026年11月底前，全市创建规范化示范支部不少于40个。",
        expect![[r#"
        创建规范化示范支部 |  | >= 40 个 | 2026-11
    "#]],
    );
    check(
        "10月底前，全县新建党员服务站不超过12处。",
        expect![[r#"
        新建党员服务站 |  | <= 12 处 | 2026-10
    "#]],
    );
    check(
        "各县区组建党员服务队不少于30支。",
        expect![[r#"
        组建党员服务队 | 各县区 | >= 30 支 | 
    "#]],
    );
    check(
        "全市各级党组织年内打造示范点200个。",
        expect![[r#"
        打造示范点200个 | 全市各级党组织 | = 200 个 | 2026-12
    "#]],
    );
    check(
        "年底前，全市新增年收入超过10万元的村不少于80个。",
        expect![[r#"
        新增年收入超过10万元的村 |  | >= 80 个 | 2026-12
    "#]],
    );
    check(
        "6月底前，党员培训时间不少于3天，组织党员轮训比例不低于90%。",
        expect![[r#"
        党员培训时间不少于3天 |  | >= 3 天 | 2026-06
        组织党员轮训比例不低于90% |  | >= 90 % | 2026-06
    "#]],
    );
}

#[test]
fn odd_texts_do_no_harm() {
    for text in ["", "\n\n", "。，；", "（（（", "1", "一、", "\t\t\t", "每", "100%", "第", "“", "至少至少至少"] {
        assert!(directive::read(text).tasks.len() <= 1, "{text:?}");
    }
}

#[test]
fn the_json_is_that_of_the_guideline() {
    let read = directive::read("关于测试的通知\n各支部：\n每个支部配备1-2名干事。\n2024年1月5日\n");
    let json = serde_json::to_string(&read).expect("a directive is plain JSON");
    expect![[r#"{"schema":"directive-tasks/1","doc_scope":"综合","doc_year":2024,"tasks":[{"id":"t01","start":13,"end":25,"span":"每个支部配备1-2名干事","action":"配备1-2名干事","units":["每个支部"],"quantity":{"comparator":"=","value":[1,2],"unit":"名"},"deadline":null,"frequency":null,"scope":"综合"}]}"#]].assert_eq(&json);
}

#[test]
fn steps_of_a_scale_rewards_and_conditions_ask_for_nothing() {
    check("年收入达到20万元得15分，10万元至20万元得10分，10万元以下不得分。", expect![[r#""#]]);
    check("对成效突出的乡镇给予5万元奖励。", expect![[r#""#]]);
    check("到会人数超过应到会人数的五分之四，方可开会。", expect![[r#""#]]);
    check("（二）申报条件。支部书记任职满1年，党员人数不少于7人。", expect![[r#""#]]);
    check("听了六个单位的发言，新建了12处驿站。", expect![[r#""#]]);
    check("三年未发展党员的村有15个。", expect![[r#""#]]);
}

#[test]
fn limits_in_other_words() {
    check(
        "换届提前6个月发出提醒函。",
        expect![[r#"
            换届提前6个月发出提醒函 | 提前6个月
        "#]],
    );
    check(
        "利用一年半时间完成活动室改造。",
        expect![[r#"
            利用一年半时间完成活动室改造 | P18M
        "#]],
    );
    check(
        "4—6月开展集中走访。",
        expect![[r#"
            4—6月开展集中走访 | 2024-06
        "#]],
    );
    check(
        "到“十五五”末实现阵地达标。",
        expect![[r#"
            到“十五五”末实现阵地达标 | 2030-12
        "#]],
    );
    check(
        "举办培训班2期，9月底前完成。",
        expect![[r#"
            举办培训班2期，9月底前完成 | = 2 期 | 2024-09
        "#]],
    );
}

#[test]
fn what_goes_on_without_a_subject_goes_on_in_the_same_period() {
    check(
        "党员每年集中学习不少于32学时，书记不少于56学时，至少参加1次集中培训。",
        expect![[r#"
            党员每年集中学习不少于32学时 | >= 32 学时 | /年
            书记不少于56学时 | >= 56 学时 | /年
            至少参加1次集中培训 | >=1次/年
        "#]],
    );
}

#[test]
fn a_closing_may_carry_the_time() {
    check(
        "一、任务\n1.选树示范。选树示范支部50个。〔牵头单位：组织部；完成时限：11月底〕\n2.抓好培训。举办培训班3期。\n责任单位：县委党校\n完成时限：10月底前\n",
        expect![[r#"
            选树示范支部50个 | = 50 个 | 2024-11
            举办培训班3期 | = 3 期 | 2024-10
        "#]],
    );
}

#[test]
fn a_table_may_be_drawn_with_bars_and_a_numbered_line_may_hold_a_tab() {
    check(
        "| 重点任务 | 工作内容 | 完成时限 |\n|---|---|---|\n| 建强支部 | 星级支部占比提高到40% | 9月底前 |\n",
        expect![[r#"
            星级支部占比提高到40% | >= 40 % | 2024-09
        "#]],
    );
    check(
        "一、\t总体目标\n1.\t组建宣讲队伍，开展宣讲40场。\n",
        expect![[r#"
            组建宣讲队伍
            开展宣讲40场 | = 40 场
        "#]],
    );
}

#[test]
fn a_house_of_one_kind_speaks_for_all_it_writes_to() {
    let text = "云麓学院党委关于发展党员的通知\n各二级学院、机关各支部：\n每个支部至少培养1名入党积极分子。\n云麓学院党委\n2024年3月1日\n";
    assert_eq!(directive::read(text).doc_scope, directive::Scope::School);
}

#[test]
fn what_was_done_and_what_there_is_ask_for_nothing() {
    check("一季度共接待来访26批58人次，比去年同期下降13%。", expect![[""]]);
    check("有9个乡镇三月份没有开过一次例会，三个园区加起来有企业340家，从业人员五千多人。", expect![[""]]);
    check("前两个月人均服务仅为3.1小时，在社区报到的党员共2280名。", expect![[""]]);
    check("“大党委”不能一年开一次会、照一张相就完事，我在三月底的例会上要一项一项问。", expect![[""]]);
}

#[test]
fn a_look_back_ends_where_a_limit_is_still_to_come() {
    check(
        "上年度立项12个课题，已结题5个，剩下7个在今年年底以前全部结题。",
        expect![[r#"
        剩下7个在今年年底以前全部结题 | = 100 % | 2024-12
    "#]],
    );
}

#[test]
fn a_period_alone_leads_the_clause_after_it() {
    check(
        "每个月第二个星期三，有关部门到园区现场接单。",
        expect![[r#"
        每个月第二个星期三，有关部门到园区现场接单 | 1次/月 | 两新
    "#]],
    );
    check(
        "服务清单逢周五更新。",
        expect![[r#"
        服务清单逢周五更新 | 1次/周
    "#]],
    );
    check(
        "满意度测评由一年一评改为半年一评。",
        expect![[r#"
        满意度测评由一年一评改为半年一评 | 1次/半年
    "#]],
    );
}

#[test]
fn limits_stand_behind_whoever_acts() {
    check(
        "教育工委暑假前组织一次检查。",
        expect![[r#"
        教育工委暑假前组织一次检查 | = 1 次 | 暑假前
    "#]],
    );
    check(
        "各村在腊月二十八前召开1场座谈会。",
        expect![[r#"
        各村在腊月二十八前召开1场座谈会 | = 1 场 | 腊月二十八前 | 农村
    "#]],
    );
    check(
        "各支部撰写1篇心得，党员完成课程20学时，均于3月20日前完成。",
        expect![[r#"
        各支部撰写1篇心得 | = 1 篇 | 2024-03-20
        党员完成课程20学时，均于3月20日前完成 | = 20 学时 | 2024-03-20
    "#]],
    );
    check(
        "每个议题汇报时间控制在10分钟以内。",
        expect![[r#"
        每个议题汇报时间控制在10分钟以内 | <= 10 分钟
    "#]],
    );
}

#[test]
fn a_number_of_each_is_told_from_whom_it_binds() {
    check(
        "一名党员联系五到八户。",
        expect![[r#"
        一名党员联系五到八户 | = [5,8] 户
    "#]],
    );
    check(
        "组织30家社会组织与15个村结对。",
        expect![[r#"
        组织30家社会组织与15个村结对 | = 30 家
    "#]],
    );
    check(
        "大专以上学历、35岁以下党员占比分别不低于60%和70%。",
        expect![[r#"
        大专以上学历、35岁以下党员占比分别不低于60%和70% | >= 60 %
    "#]],
    );
}
