//! Excuses and reminders: asked by the branch, decided by the superior.

use jiff::civil::date;

use super::{key, mark, texts};
use crate::world::{SHANGHE, SONGLIN, World, on_both};

on_both! { an_excuse_is_asked_for_and_decided, a_reminder_is_sent_once_a_day, a_theme_reaches_the_branches }

async fn an_excuse_is_asked_for_and_decided(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let cell = key(songlin, "theme_day", "2026-10");
    let mut branch = world.visitor("shuji").await;
    let mut officer = world.visitor("zhenwei").await;
    let go = format!("/duties/{cell}");

    let refused = branch.post("/duties/excuse/ask", &[("id", &cell), ("reason", "")]).await;
    branch.get(&refused.location).await.says("请写明免办的理由");
    branch.post("/duties/excuse/ask", &[("id", &cell), ("reason", "全村抗洪")]).await;
    branch.get(&go).await.says("申请，等上级批复：全村抗洪");
    assert_eq!(mark(&mut branch, songlin, "theme_day", "2026-10").await, "未完成", "asked is not granted");
    let twice = branch.post("/duties/excuse/ask", &[("id", &cell), ("reason", "再申请")]).await;
    branch.get(&twice.location).await.says("已经申请过免办");
    // The branch itself has no way to grant it.
    assert_eq!(branch.post("/duties/excuse/grant", &[("id", &cell), ("reason", "自己批")]).await.status, 404);

    officer.get("/").await.says("松林村党支部 · 申请免办主题党日（10 月）");
    // The cell asks the superior for an answer, either way; the branch reads what it asked for.
    let asked = officer.get(&go).await;
    assert_eq!(super::attributes(&asked, "form[action='/duties/excuse/decide'] button", "value"), ["grant", "decline"]);
    asked.says("支部申请免办").says("全村抗洪");
    let own = branch.get(&go).await;
    assert!(super::attributes(&own, "form[action='/duties/excuse/decide']", "action").is_empty());
    let id = world.count("select id from duty_excuse").await.to_string();
    let refused = officer.post("/duties/excuse/decide", &[("id", &id), ("do", "decline"), ("reason", "")]).await;
    officer.get(&refused.location).await.says("请写明理由");
    officer.post("/duties/excuse/decide", &[("id", &id), ("do", "decline"), ("reason", "抗洪只有三天")]).await;
    branch.get(&go).await.says("没有批准：抗洪只有三天");
    branch.get("/messages").await.says("上级没有同意 2026 年 10 月主题党日的免办申请：抗洪只有三天");
    world.visitor("dangyuan").await.get("/messages").await.hides("免办申请");
    let decided = officer.post("/duties/excuse/decide", &[("id", &id), ("do", "grant")]).await;
    officer.get(&decided.location).await.says("已经批复过了");

    branch.post("/duties/excuse/ask", &[("id", &cell), ("reason", "抗洪一个月，有记录")]).await;
    let before = texts(&officer.get("/duties?duty=theme_day").await, ".page-head p");
    officer.post("/duties/excuse/grant", &[("id", &cell), ("reason", "情况属实")]).await;
    assert_eq!(mark(&mut officer, songlin, "theme_day", "2026-10").await, "免办");
    let after = texts(&officer.get("/duties?duty=theme_day").await, ".page-head p");
    assert!(before[0].contains("应办 30 件") && after[0].contains("应办 29 件"), "it leaves the denominator: {before:?} {after:?}");
    // What is done needs no excuse.
    world.record(vec![world.held(SONGLIN, "theme_day", date(2026, 11, 3))]).await;
    let done = branch.post("/duties/excuse/ask", &[("id", &key(songlin, "theme_day", "2026-11")), ("reason", "忙")]).await;
    branch.get(&done.location).await.says("这一期已经办了，不用免办");

    // Whoever asked in a branch's name does not decide it.
    let shanghe = key(world.org(SHANGHE), "theme_day", "2026-10");
    officer.post("/duties/excuse/ask", &[("id", &shanghe), ("reason", "代申请")]).await;
    let own = officer.post("/duties/excuse/grant", &[("id", &shanghe), ("reason", "同意")]).await;
    officer.get(&own.location).await.says("自己提出的申请不能自己批");
    world.visitor("zhenwei2").await.post("/duties/excuse/grant", &[("id", &shanghe), ("reason", "同意")]).await;
    assert_eq!(mark(&mut officer, world.org(SHANGHE), "theme_day", "2026-10").await, "免办");
}

async fn a_reminder_is_sent_once_a_day(world: &mut World) {
    let cell = key(world.org(SONGLIN), "theme_day", "2026-11");
    let mut officer = world.visitor("zhenwei").await;
    let sent = officer.post("/duties/remind", &[("id", &cell), ("id", &key(world.org(SHANGHE), "theme_day", "2026-11"))]).await;
    officer.get(&sent.location).await.says("已经发给 2 个支部");
    let again = officer.post("/duties/remind", &[("id", &cell)]).await;
    officer.get(&again.location).await.says("今天已经提醒过");
    let mut branch = world.visitor("shuji").await;
    branch.get("/").await.says("青石镇党委组织委员提醒：2026 年 11 月的主题党日还没有记录，剩 8 天");
    branch.get(&format!("/duties/{cell}")).await.says("提醒");
    // Done, and the desk is quiet again.
    branch.post("/activities", &[("kind", "theme_day"), ("held_on", "2026-11-20"), ("topic", "学习"), ("form", "names")]).await;
    branch.get("/").await.hides("党委组织委员提醒");
    let done = officer.post("/duties/remind", &[("id", &cell)]).await;
    officer.get(&done.location).await.says("没有要提醒的");
    // Past the date it is a chase.
    world.go_to(date(2026, 12, 4)).await;
    let mut officer = world.visitor("zhenwei").await;
    officer.post("/duties/remind", &[("id", &key(world.org(SHANGHE), "theme_day", "2026-11"))]).await;
    world.visitor("shuji2").await.get("/").await.says("催办：2026 年 11 月的主题党日逾期 4 天");
}

async fn a_theme_reaches_the_branches(world: &mut World) {
    let (songlin, town) = (world.org(SONGLIN), world.org(crate::world::TOWN).to_string());
    let mut officer = world.visitor("zhenwei").await;
    let form = |title: &'static str, month: &'static str| {
        [("organisation", town.clone()), ("month", month.to_owned()), ("title", title.to_owned()), ("content", "志愿服务".to_owned())]
    };
    for (title, month, sentence) in [("", "2026-11", "请写主题"), ("防火", "2026-10", "2026 年 10 月已经过了")] {
        let fields = form(title, month);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = officer.post("/themes", &fields).await;
        officer.get(&refused.location).await.says(sentence);
    }
    let fields = form("冬季防火和禁毒宣传", "2026-11");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    officer.post("/themes", &fields).await;
    let mut branch = world.visitor("shuji").await;
    let page = branch.get(&format!("/activities/new?organisation={songlin}&kind=theme_day")).await;
    assert_eq!(super::attributes(&page, "#topic", "value"), ["冬季防火和禁毒宣传"]);
    page.says("中共青石镇委员会 11 月建议主题");
    branch.get(&format!("/themes?organisation={songlin}")).await.says("冬季防火和禁毒宣传").says("全年 12 次").says("共 12 个月，第 1—12 个月");
    let found = branch.get(&format!("/themes?organisation={songlin}&q=禁毒")).await.says("冬季防火和禁毒宣传");
    assert_eq!(found.body.matches("<td class=\"num nowrap\">").count(), 1, "one month is found");
    found.says("共 1 个月，第 1—1 个月");
    branch.get(&format!("/themes?organisation={songlin}&q=防汛")).await.hides("冬季防火和禁毒宣传").says("没有符合条件的月份");
    let first = |page: &str| page.split("<td class=\"num nowrap\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let last_first = branch.get(&format!("/themes?organisation={songlin}&sort=month&dir=desc")).await;
    assert_eq!(first(&last_first.body), "12 月");
    // Elsewhere it is not suggested; a branch issues none.
    let beimen = world.org(crate::world::BEIMEN);
    world.visitor("beimen").await.get(&format!("/activities/new?organisation={beimen}&kind=theme_day")).await.hides("冬季防火");
    assert_eq!(branch.post("/themes", &[("organisation", &songlin.to_string()), ("month", "2026-11"), ("title", "自己的")]).await.status, 404);
    // The fixed day.
    branch.post("/themes/day", &[("organisation", &songlin.to_string()), ("day", "15")]).await;
    branch.get("/").await.says("每月 1 次，定在 15 日");
    let refused = branch.post("/themes/day", &[("organisation", &songlin.to_string()), ("day", "31")]).await;
    branch.get(&refused.location).await.says("每月 1 日至 28 日之间");
}
