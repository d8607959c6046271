//! Wrong ballots, ledgers and programmes, each with its place.

use expect_test::expect;

use super::tests::checked;

#[test]
fn ledgers_can_be_filled_in_and_balances_read_off() {
    checked(
        &[
            ("on = \"done_on\"", "on = \"input\""),
            ("quantity = \"n_people\"", "quantity = \"element\""),
            ("about_below = true", "about_below = false"),
            ("input = \"input\"\nelement", "input = \"n_people\"\nelement"),
            ("least = \"1/2\"", "least = 0"),
        ],
        expect![[r#"
            413:1 错误：“input”要是一个必填的日期栏（kind = "date", required = true）
            414:1 错误：“element”要是一个整数栏（kind = "whole"）
            425:1 错误：台账“投入台账”要逐条写明是对哪个党组织的（about_below = true），才分得出领域
            426:1 错误：台账“投入台账”里没有必填的选项栏“n_people”
            429:1 错误：提醒的界线（least）应大于 0，不然从不提醒
        "#]],
    );
}

#[test]
fn a_ballot_is_held_by_the_steps_of_its_procedure() {
    checked(
        &[
            ("effects = [\"ballot.count\"]", "effects = []"),
            ("effects = [\"ballot.close_box\"]", "effects = []"),
            ("key = \"preparing\"\nname = \"准备\"", "key = \"before\"\nname = \"准备\""),
        ],
        expect![[r#"
            373:1 错误：程序“测评”没有一步写 ballot.close_box（封箱）
            373:1 错误：程序“测评”没有一步写 ballot.count（计入结果）
            373:1 错误：程序“测评”缺一个环节 preparing：preparing 定参加范围，voting 投票和录票
        "#]],
    );
    checked(
        &[("procedure = \"hold\"\n", "")],
        expect![[r#"
            373:1 错误：电子投票要写明按哪个程序办（procedure）
            656:1 错误：这项测评没有写程序（procedure），不能在系统里组织
        "#]],
    );
}

#[test]
fn ballots_add_up_and_somebody_comes() {
    checked(
        &[
            ("quorum = \"2/3\"", "quorum = 0"),
            ("scale = { from = 0, to = 100 }", "scale = { from = 100, to = 0 }"),
            ("name = \"群众\", weight = 40", "name = \"群众\", weight = 0"),
            ("key = \"people\"", "key = \"members\""),
        ],
        expect![[r#"
            274:1 错误：参加比例（quorum）应大于 0：没有人参加的测评没有结果
            276:1 错误：分值范围请从低到高写，如 { from = 0, to = 100 }
            277:1 错误：各类参加人员的权重合计 60，不是 100；请把权重改到合计 100
            277:57 错误：“members”写了两次，请改名或者合并
            277:57 错误：权重应大于 0；不计入的人员请删去
        "#]],
    );
    checked(
        &[("quorum = \"2/3\"", "quorum = 2")],
        expect![[r#"
            274:1 错误：比例 2 应在 0 到 1 之间，如 "10%"
        "#]],
    );
}

#[test]
fn a_title_can_be_judged_given_and_taken_back() {
    checked(
        &[
            ("valid_months = 12", "valid_months = 0"),
            (
                "dimension = [{ key = \"life\"",
                "dimension = [{ key = \"life\", name = \"x\", field = \"organ\", cite = { doc = \"rules\" } }, { key = \"life\"",
            ),
            ("effects = [\"selection.withdraw\"]", "effects = []"),
        ],
        expect![[r#"
            240:34 错误：程序“评选”没有一步写 selection.withdraw（撤销），称号给不出去或者收不回来
            241:1 错误：程序“评选”没有一步写 selection.withdraw（撤销），称号给不出去或者收不回来
            242:1 错误：有效期至少 1 个月
            244:42 错误：领域“organ”不在本项评选的范围（fields）里，请加入或者删去
            244:89 错误：“life”写了两次，请改名
        "#]],
    );
}

#[test]
fn a_matter_can_be_opened_numbered_and_ended() {
    checked(
        &[
            ("title = \"what\"\ndue = \"until\"", "title = \"until\"\ndue = \"what\""),
            ("number = \"{kind}〔{year}〕{n}号\"", "number = \"{kind}{year}\""),
            ("over_at = [\"done\"]", "over_at = [\"ended\"]"),
            ("{ key = \"second\", name = \"第二种\", follows = \"first\" }", "{ key = \"first\", name = \"第二种\", follows = \"third\" }"),
            ("subject = \"matter\"", "subject = \"task\""),
        ],
        expect![[r#"
            488:1 错误：程序“督办单办理”不是督办事项的程序（subject = "matter"）
            494:12 错误：没有环节“ended”，可用的有：done、open
            495:1 错误：“{kind}{year}”里要有 {year}（年）和 {n}（序号），不然会重号
            496:1 错误：“until”要是一个必填的文字栏
            497:1 错误：“what”要是一个必填的日期栏（kind = "date", required = true）
            501:5 错误：“first”写了两次，请改名
            501:34 错误：“third”要是写在前面的一种
            514:172 错误：第 1 个字符处：没有“open_there”这个名称，可用的有：days_end、done_end、is_first、open_conditions、open_dimensions、open_parts
        "#]],
    );
    checked(
        &[
            (
                "{ key = \"what\", name = \"事由\", kind = \"text\", required = true }",
                "{ key = \"kind\", name = \"事由\", kind = \"items\", items = \"problem\", required = true }",
            ),
            ("proposed_when = \"theme_days >= 1\"", "proposed_when = \"theme_day >= 1\""),
            ("and is_first == 1", "and is_frist == 1"),
        ],
        expect![[r#"
            496:1 错误：“what”要是一个必填的文字栏
            500:34 错误：第 1 个字符处：没有“theme_day”这个名称，是否想写“theme_days”？
            504:5 错误：“kind”已经用了，请改名
            504:32 错误：这里的栏目只能是文字、日期、整数、选项、是否、人员
            514:172 错误：第 39 个字符处：没有“is_frist”这个名称，是否想写“is_first”？
        "#]],
    );
}

#[test]
fn a_project_is_accepted_by_others_and_shows_what_is_asked() {
    checked(
        &[
            ("columns = [\"goal\"]", "columns = [\"money\"]"),
            ("figures = [\"done\"]", "figures = [\"goal\"]"),
            ("good = [\"好\"]", "good = [\"很好\"]"),
            ("not_by_actor_of = [\"report\"], when = \"open_parts", "when = \"open_parts"),
        ],
        expect![[r#"
            523:1 错误：承担项目的人不能“验收”：请在 not_by_actor_of 里写上“report”
            524:12 错误：没有栏目“money”，可用的有：done、goal、grade、part、reached
            525:12 错误：程序“办实事”里没有整数栏“goal”
            529:1 错误：列为经验的等次（good）要在等次（grades）里
        "#]],
    );
    checked(
        &[
            ("served = true", "served = false"),
            ("items = \"part\", required", "items = \"measure\", required"),
            ("effects = [\"project.accept\", \"project.grade\"]", "effects = []"),
        ],
        expect![[r#"
            523:1 错误：程序“办实事”没有一步写 project.accept（验收）
            527:1 错误：有受益单位的项目（served = true），程序里要有一步由受益单位（by.at = "served"）来办；没有的都不写
            534:18 错误：程序“办实事”没有一步验收必做项（closes_items, items = "part"）
        "#]],
    );
}

#[test]
fn an_inspection_looks_at_what_is_there_and_asks_for_nothing_to_be_made() {
    checked(
        &[
            ("mode = \"random\"", "mode = \"crossed\""),
            ("checklists = [\"on_site\"]", "checklists = []"),
            ("problem_days = 30", "problem_days = 0"),
            ("name = \"活动场所开门\"", "name = \"报送活动场所照片\""),
            ("key = \"meeting\"", "key = \"open\""),
        ],
        expect![[r#"
            570:13 错误：交叉检查（mode = "crossed"）要写明在哪一级回避（crossed_at），其他方式不写
            574:1 错误：只有随机抽取的写最低比例（share_min）
            575:1 错误：没有检查单，检查组到现场不知道看什么
            577:1 错误：整改至少给一天
            596:1 错误：检查只看系统里的记录和现场，不得要求“报送”，请改写
            602:1 错误：“open”写了两次，请改名或者合并
        "#]],
    );
    checked(
        &[("checklists = [\"on_site\"]", "checklists = [\"on_sight\"]"), ("name = \"走遍\"\nby = \"city\"", "name = \"走遍\"\nby = \"town\"")],
        expect![[r#"
            575:15 错误：没有检查单“on_sight”，可用的有：on_site
            609:1 错误：没有层级“town”，可用的有：city、county
        "#]],
    );
}

#[test]
fn reports_are_graded_without_a_gap_and_contests_end() {
    checked(
        &[
            ("about = \"county\"\nfields", "about = \"city\"\nfields"),
            ("{ name = \"一般\", at_least = 0 }", "{ name = \"一般\", at_least = 60 }"),
            ("ballot_weight = \"60%\"", "ballot_weight = \"100%\""),
            ("round = [{ level = \"city\" }]", "round = [{ level = \"city\", up = 1 }]"),
            ("judges_min = 3", "judges_min = 2"),
            ("name = \"比武\"\nsubject = \"contest\"", "name = \"比武\"\nsubject = \"task\""),
        ],
        expect![[r#"
            654:1 错误：述职的和听述职的不能是同一级
            663:1 错误：测评不占全部分数的，要写明其余按哪个方案（scheme）；占全部的不写
            664:1 错误：等次请从高到低写，最后一个从 0 分起，不然有的得分没有等次
            687:1 错误：最后一轮没有上一级可以去，不写 up
            689:1 错误：去掉最高分和最低分以后没有可算的，请增加评委或者少去掉几个
            692:1 错误：程序“比武”不是这里的程序（subject = "contest"）
        "#]],
    );
}
