//! Tables of the demo city: one that a county collected and closed, one under way, one that waits for an approval; the list of what may
//! be asked of communities, and what was demanded beside it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use store::OrgId;

use super::city::forward;
use super::loops::{actor, login_of, open_accounts};
use crate::app::App;
use crate::asked::{self, AnswerKind, Edit, NewTable, Units};
use crate::burden::{self, NewItem};

const COUNTY: &str = "P990101";
const COUNTY_OFFICE: &str = "xianwei";
/// Who decides at the county beside whoever asks.
const LEADER: &str = "lingdao";
/// Towns that answer what is asked of towns.
const TOWNS: [&str; 3] = ["P990101101", "P990101102", "P990101103"];

/// What is asked of communities: name, kind, how often, minutes, whether it is listed.
const ITEMS: [(&str, &str, &str, i64, bool); 4] = [
    ("在职党员到社区报到情况", "台账", "每季度", 20, true),
    ("社区党群服务中心开放情况", "工作事项", "每年", 30, true),
    ("社区工作日志纸质版", "台账", "每月", 120, false),
    ("社区“两委”联席会议", "会议", "每月", 90, true),
];

/// What is done at the end of a month that lies so many before the last.
pub(super) async fn month_end(app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    match months_left {
        5 => list(app, day, at).await,
        4 => {
            let title = "村级党群服务阵地情况统计表";
            let id = compose(app, title, &VENUES, day, 14, at).await?;
            issue(app, id, title, Units { levels: vec!["township".to_owned()], ..Units::default() }, day, 14, at).await?;
            for (n, town) in TOWNS.iter().enumerate() {
                answer(app, town, id, &[&(3 + n).to_string(), "2024-05-01", if n == 1 { "一处漏雨，已经报修" } else { "无" }], day, at).await?;
            }
            let who = actor(app, COUNTY_OFFICE, day).await?;
            let mut tx = app.begin(&who, at).await?;
            asked::close(&mut tx, &who, id, "其余乡镇今年不建新阵地，不用填").await?;
            app.settle(tx.commit().await?).await;
            Ok(())
        }
        2 => communities(app, day, at).await,
        0 => {
            let title = "冬季党员集中培训需求表";
            let id = compose(app, title, &TRAINING, day, 20, at).await?;
            issue(app, id, title, Units { levels: vec!["township".to_owned()], ..Units::default() }, day, 20, at).await?;
            answer(app, TOWNS[1], id, &["农业技术、村级财务", "60"], day, at).await?;
            demand(app, day, at).await
        }
        _ => Ok(()),
    }
}

/// Communities are asked what their list has; the first of them have answered.
async fn communities(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let title = "社区党群服务中心开放情况表";
    let id = compose(app, title, &OPENING, day, 15, at).await?;
    let units = Units { levels: vec!["branch".to_owned()], field: "urban_community".to_owned(), ..Units::default() };
    issue(app, id, title, units, day, 15, at).await?;
    let asked: Vec<String> = {
        let directory = app.directory();
        let county = org(app, COUNTY)?;
        let is_asked = |org: &&crate::directory::OrgNode| org.level == "branch" && org.field == "urban_community" && org.until.is_none();
        directory.subtree(county).filter(is_asked).take(N_ANSWERED).map(|org| org.code.clone()).collect()
    };
    for (n, code) in asked.iter().enumerate() {
        let login = login_of(code);
        open_accounts(app, [(login.clone(), (org(app, code)?, "branch_secretary", "支部书记"))].into(), at).await?;
        answer_as(app, &login, code, id, &[&(40 + n).to_string(), "周一到周日", "无"], day, at).await?;
    }
    Ok(())
}

const OPENING: [&str; 6] = ["序号", "党组织名称", "党员数", "每周开放小时数", "开放的日子", "需要解决的问题"];
/// Communities that have answered.
const N_ANSWERED: usize = 4;

const VENUES: [&str; 6] = ["序号", "党组织名称", "书记", "党群服务阵地个数", "最近一处建成时间", "存在的问题"];
const TRAINING: [&str; 5] = ["序号", "乡镇（街道）", "党员数", "最想学的内容", "预计参训人数"];

fn org(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

async fn compose(app: &App, title: &str, headings: &[&str], day: Date, days: i32, at: Timestamp) -> anyhow::Result<i64> {
    let who = actor(app, COUNTY_OFFICE, day).await?;
    let mut tx = app.begin(&who, at).await?;
    let new = NewTable {
        organisation: org(app, COUNTY)?,
        title: title.to_owned(),
        purpose: "安排明年经费和课程用".to_owned(),
        due_on: forward(day, i64::from(days)),
        heading: vec![title.to_owned()],
        headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
    };
    let id = asked::create(app, &mut tx, &who, new).await?;
    app.settle(tx.commit().await?).await;
    Ok(id)
}

async fn issue(app: &App, id: i64, title: &str, units: Units, day: Date, days: i32, at: Timestamp) -> anyhow::Result<()> {
    let who = actor(app, COUNTY_OFFICE, day).await?;
    let mut tx = app.begin(&who, at).await?;
    let columns = asked::columns_of(tx.connection(), id).await?;
    let kept = |column: &asked::AskedColumn| {
        // The towns' own name is known under any heading.
        let known = if column.heading.starts_with("乡镇") { "organisation_name".to_owned() } else { column.known.clone() };
        (column.id, known, if column.heading.ends_with("问题") { AnswerKind::Text } else { column.kind })
    };
    let edit = Edit {
        title: title.to_owned(),
        purpose: "安排明年经费和课程用".to_owned(),
        due_on: forward(day, i64::from(days)),
        units,
        permitted: "社区党群服务中心开放情况".to_owned(),
        columns: columns.iter().map(kept).collect(),
    };
    asked::edit(app, &mut tx, &who, id, edit).await?;
    asked::issue(app, &mut tx, &who, id).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

async fn answer(app: &App, code: &str, id: i64, said: &[&str], day: Date, at: Timestamp) -> anyhow::Result<()> {
    // The smallest city has fewer towns.
    let Ok(place) = org(app, code) else { return Ok(()) };
    let login = if code == TOWNS[0] { "zhenwei".to_owned() } else { login_of(code) };
    open_accounts(app, [(login.clone(), (place, "township_organisation_officer", "组织委员"))].into(), at).await?;
    answer_as(app, &login, code, id, said, day, at).await
}

async fn answer_as(app: &App, login: &str, code: &str, id: i64, said: &[&str], day: Date, at: Timestamp) -> anyhow::Result<()> {
    let place = org(app, code)?;
    let who = actor(app, login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    let columns = asked::columns_of(tx.connection(), id).await?;
    let asked_for = columns.iter().filter(|column| column.is_asked());
    let values: BTreeMap<i64, String> = asked_for.zip(said).map(|(column, said)| (column.id, (*said).to_owned())).collect();
    asked::answer(&mut tx, &who, id, place, &values).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// What may be asked of communities: the county's office proposes, its leader decides.
async fn list(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let Some(list) = app.pack().permitted_lists.keys().next().cloned() else { return Ok(()) };
    for (name, kind, frequency, minutes, is_listed) in ITEMS {
        let who = actor(app, COUNTY_OFFICE, day).await?;
        let mut tx = app.begin(&who, at).await?;
        let new = NewItem {
            list: list.clone(),
            office: org(app, COUNTY)?,
            name: name.to_owned(),
            kind: kind.to_owned(),
            frequency: frequency.to_owned(),
            basis: "示例：县委城市基层党建工作方案第三条".to_owned(),
            minutes,
        };
        let ids = burden::propose(app, &mut tx, &who, new).await?;
        app.settle(tx.commit().await?).await;
        let leader = actor(app, LEADER, day).await?;
        let mut tx = app.begin(&leader, at).await?;
        for id in ids {
            burden::decide_item(&mut tx, &leader, id, is_listed, if is_listed { "" } else { "系统里有记录，不再要纸质台账" }).await?;
        }
        app.settle(tx.commit().await?).await;
    }
    Ok(())
}

/// A community is asked for something that is on no list, and writes it down.
async fn demand(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let pack = app.pack();
    let place = {
        let directory = app.directory();
        let county = org(app, COUNTY)?;
        let is_under =
            |org: &&crate::directory::OrgNode| org.is_branch() && org.until.is_none() && !burden::lists_for(&pack, &directory, org).is_empty();
        directory.subtree(county).find(is_under).map(|org| (org.id, org.code.clone()))
    };
    let Some((place, code)) = place else { return Ok(()) };
    let login = login_of(&code);
    open_accounts(app, [(login.clone(), (place, "branch_secretary", "支部书记"))].into(), at).await?;
    let who = actor(app, &login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    burden::note_demand(app, &mut tx, &who, place, "县某部门", "每天上报走访照片的纸质台账", day).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}
