use expect_test::{Expect, expect};

use super::*;
use crate::{SourceFile, read};

const WORLD: &str = include_str!("../check/world.toml");

fn world() -> Reading {
    let file = |path: &str, text: &str| SourceFile { layer: "national".to_owned(), path: format!("national/{path}"), text: text.to_owned() };
    read(&[file("layer.toml", "[layer]\ntitle = \"全国\"\norder = 1\nversion = \"1\"\n"), file("world.toml", WORLD)])
}

fn check(name: &str, expected: Expect) {
    let explanation = explain(&world(), name).expect("an entry");
    let mut text = format!("{}（{}）{}\n", explanation.kind, explanation.title, explanation.place);
    explanation.sentences.iter().for_each(|sentence| text += &format!("{sentence}\n"));
    if let Some(Source { document, clause, quote }) = explanation.cite {
        text += &format!("依据：{document}{}{}\n", clause.unwrap_or_default(), quote.map_or(String::new(), |quote| format!("“{quote}”")));
    }
    if let Some(interpretation) = explanation.interpretation {
        text += &format!("理解：{}\n", interpretation.text);
    }
    let users: Vec<String> = explanation.used_by.iter().map(|user| format!("{}“{}”", user.kind, user.title)).collect();
    text += &format!("用在：{}\n", users.join("、"));
    expected.assert_eq(&text);
}

#[test]
fn a_duty_is_explained() {
    check(
        "duty.theme_day",
        expect![[r#"
            责任（按月开展主题党日）national/world.toml:64:7
            自2018年10月28日起，党支部（农村、机关领域）每月开展“主题党日”不少于1次。
            只在满足条件时适用：“期初第一天正式党员的数量”不少于3，并且所属领域是“农村”之一。
            不适用的写明：正式党员不足 3 人。
            经上级同意补开的，每次按0次计。
            依据：《工作条例》第十六条“每月相对固定1天开展主题党日”
            理解：每个自然月至少一次。
            用在：指标“按月开展主题党日”、机制“主题党日”
        "#]],
    );
}

#[test]
fn a_mechanism_comes_first() {
    check(
        "theme_day",
        expect![[r#"
            机制（主题党日）national/world.toml:214:12
            属于“组织生活”。
            由这些规则承载：责任“按月开展主题党日”；指标“按月开展主题党日”。
            使用的人：组织部干部。
            依据：《工作条例》
            用在：工程“工程”
        "#]],
    );
}

#[test]
fn an_indicator_is_explained() {
    check(
        "indicator.theme_day",
        expect![[r#"
            指标（按月开展主题党日）national/world.toml:85:12
            每月看一次：“期内主题党日的次数（不计补开上一周期的）”。
            自2018年10月28日起，目标是≥ 1 次。
            责任“按月开展主题党日”的免除和启用日期同样适用。
            依据：《工作条例》第十六条“每月相对固定1天开展主题党日”
            用在：机制“主题党日”、排名“县（市、区）排名”、方案“五星”、方案“五星（新版）”、评选“红旗支部”、软弱涣散名单“软弱涣散村”
        "#]],
    );
}

#[test]
fn a_measure_is_explained() {
    check(
        "full_members",
        expect![[r#"
            计量（full_members）national/world.toml:82:10
            期初第一天正式党员的数量。
            用在：责任“按月开展主题党日”
        "#]],
    );
}

#[test]
fn a_scheme_is_explained() {
    check(
        "five_star",
        expect![[r#"
            方案（五星）national/world.toml:103:9
            评定对象：党支部。
            没有写全批准机关、文号和有效期：只能起草和模拟，不能对党支部开评。
            用于2029年及以前。
            基本活动：按月开展主题党日60分（按达标的周期数占应有周期数的比例得分）。
            农村（市委组织部）·基本保障：现场查看40分（由人评定）。
            机关（机关工委）·基本保障：现场查看40分（按“现场测评”的结果得分）。
            同一县、同一领域的相比；数量太少的并到市。
            5星：90分以上，不超过同组的10%（名额舍去小数）。
            3星：60分以上。
            其余为1星。
            “按月开展主题党日”没有达标的，最高3星。
            有依据的权重不到80%的，暂不评定。
            依据：《工作条例》
            用在：述职评议“书记述职”、结果运用“整顿”、计划项目“年度评星”、计划项目“年度评星（备案）”、排名“县（市、区）排名”、方案“五星（新版）”、类别“先进”、软弱涣散名单“软弱涣散村”
        "#]],
    );
}

#[test]
fn authority_versions_and_ways_of_scoring_are_explained() {
    check(
        "five_star_later",
        expect![[r#"
            方案（五星（新版））national/world.toml:280:9
            评定对象：党支部。
            市委批准（第1号），有效期到2033年1月1日前。
            是“五星”的另一个版本。
            用于2030年起。
            计分办法：按月开展主题党日60分（每有一个扣2分，扣到10分为止）；现场查看40分（由人评定）；问题数加分，最多5分（按在同类中的名次得分，第一名得满分，最后一名得1分，并列的取平均）。
            变化：增长加分，最多5分（与上年同期相比，变化0%得0分，变化10%得满分，中间按比例）。
            同一县、同一领域的相比；数量太少的并到市。
            5星：90分以上，不超过同组的40%（名额舍去小数）。
            4星：80分以上，不超过同组的60%（名额舍去小数）。
            其余为1星。
            “现场查看”没有达标的，不予评星、不排名次。
            加分项目合计最多加5分。
            有依据的权重不到80%的，暂不评定。
            依据：《工作条例》
            用在：
        "#]],
    );
    check(
        "ballot.visit",
        expect![[r#"
            测评（现场测评）national/world.toml:271:9
            不记名投票，每票0到100分：党员占60，群众占40。
            参加的不到应参加人数的66.67%的，不计算结果。
            每一类去掉1个最高分和1个最低分后平均。
            依据：《工作条例》
            用在：方案“五星”
        "#]],
    );
}

#[test]
fn lists_rankings_and_tiers_are_explained() {
    check(
        "villages",
        expect![[r#"
            软弱涣散名单（软弱涣散村）national/world.toml:151:12
            范围：每个县的党支部（农村领域）。
            按“五星”的得分从低到高，不低于10%（不足一个的按一个计）。
            活动不经常：“按月开展主题党日”没有达标的由系统提示。
            农村领域评为2星及以下的，列入或者写明不列的理由。
            联审征求意见：政法委（只记有无）。
            经“整顿”确定，逐个进入“整顿”。
            依据：《工作条例》
            用在：结果运用“整顿”
        "#]],
    );
    check(
        "counties",
        expect![[r#"
            排名（县（市、区）排名）national/world.toml:166:10
            每半年对县排名一次，征求意见不少于5天。
            有依据的党支部不到80%的组成部分没有得分，不排名次。
            综合占50：所属党支部“五星”的平均分。
            平时占50：“按月开展主题党日”的完成比例的平均。
            依据：《工作条例》
            用在：
        "#]],
    );
    check(
        "advanced",
        expect![[r#"
            类别（先进）national/world.toml:143:7
            按“五星”的结果：星级不少于4，或者得分多于95。
            任务：示范。
            供下达参考的目标（每个县）：2026年占比≥ 30%，2027年占比≥ 35%；下达以后才算数。
            依据：《工作条例》
            用在：
        "#]],
    );
}

#[test]
fn a_procedure_is_explained() {
    check(
        "rectify",
        expect![[r#"
            程序（整顿）national/world.toml:188:12
            1. 整顿转化。报方案（由党支部报）；销号（由县委批准，条件：没有办结的措施数是0） → 已销号。
            2. 已销号（结束）。
            依据：《工作条例》
            用在：项目“实事”、软弱涣散名单“软弱涣散村”
        "#]],
    );
}

#[test]
fn what_is_not_there_is_not_explained() {
    assert_eq!(explain(&world(), "duty.nothing"), None);
}

#[test]
fn versions_are_compared() {
    let file = |text: &str| SourceFile { layer: "national".to_owned(), path: "national/world.toml".to_owned(), text: text.to_owned() };
    let after = WORLD.replace("weight = 60", "weight =  70").replace("[level.city]", "[level.town]").replace("name = \"市\"", "name  =  \"市\"");
    let found = crate::differences(&world(), &read(&[file(&after)]));
    let text: String = found.iter().map(|d| format!("{} {} {:?}\n", d.kind.label(), d.entry, d.values)).collect();
    expect![[r#"
        修改 ballot.visit [ValueDifference { path: "group.0.weight", before: Some(Number(60)), after: Some(Number(70)) }]
        删去 level.city []
        新增 level.town []
        修改 scheme.five_star [ValueDifference { path: "section.0.items.0.weight", before: Some(Number(60)), after: Some(Number(70)) }]
        修改 scheme.five_star_later [ValueDifference { path: "section.0.items.0.weight", before: Some(Number(60)), after: Some(Number(70)) }]
    "#]]
    .assert_eq(&text);
}
