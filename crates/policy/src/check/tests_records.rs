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
            405:1 错误：“input”要是一个必填的日期栏（kind = "date", required = true）
            406:1 错误：“element”要是一个整数栏（kind = "whole"）
            417:1 错误：台账“投入台账”要逐条写明是对哪个党组织的（about_below = true），才分得出领域
            418:1 错误：台账“投入台账”里没有必填的选项栏“n_people”
            421:1 错误：提醒的界线（least）应大于 0，不然从不提醒
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
            365:1 错误：程序“测评”没有一步写 ballot.close_box（封箱）
            365:1 错误：程序“测评”没有一步写 ballot.count（计入结果）
            365:1 错误：程序“测评”缺一个环节 preparing：preparing 定参加范围，voting 投票和录票
        "#]],
    );
    checked(
        &[("procedure = \"hold\"\n", "")],
        expect![[r#"
        365:1 错误：电子投票要写明按哪个程序办（procedure）
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
            266:1 错误：参加比例（quorum）应大于 0：没有人参加的测评没有结果
            268:1 错误：分值范围请从低到高写，如 { from = 0, to = 100 }
            269:1 错误：各类参加人员的权重合计 60，不是 100；请把权重改到合计 100
            269:57 错误：“members”写了两次，请改名或者合并
            269:57 错误：权重应大于 0；不计入的人员请删去
        "#]],
    );
    checked(
        &[("quorum = \"2/3\"", "quorum = 2")],
        expect![[r#"
            266:1 错误：比例 2 应在 0 到 1 之间，如 "10%"
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
            233:1 错误：程序“评选”没有一步写 selection.withdraw（撤销），称号给不出去或者收不回来
            234:1 错误：有效期至少 1 个月
            236:42 错误：领域“organ”不在本项评选的范围（fields）里，请加入或者删去
            236:89 错误：“life”写了两次，请改名
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
            477:13 错误：交叉检查（mode = "crossed"）要写明在哪一级回避（crossed_at），其他方式不写
            481:1 错误：只有随机抽取的写最低比例（share_min）
            482:1 错误：没有检查单，检查组到现场不知道看什么
            484:1 错误：整改至少给一天
            503:1 错误：检查只看系统里的记录和现场，不得要求“报送”，请改写
            509:1 错误：“open”写了两次，请改名或者合并
        "#]],
    );
    checked(
        &[("checklists = [\"on_site\"]", "checklists = [\"on_sight\"]"), ("by = \"city\"", "by = \"town\"")],
        expect![[r#"
        482:15 错误：没有检查单“on_sight”，可用的有：on_site
        516:1 错误：没有层级“town”，可用的有：city、county
    "#]],
    );
}
