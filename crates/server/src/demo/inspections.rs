//! Inspections and visits of the demo city: one drawn and over, one crossed under way, one unannounced that nobody knows of yet; cadres
//! who went where, and places that come first.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use store::OrgId;

use super::city::forward;
use super::loops::{actor, fields, login_of, open_accounts};
use crate::app::App;
use crate::inspection::{self, NewInspection, Part, Said, Target};
use crate::visit::{self, NewVisit, Question};
use crate::{evaluation, problem};

const CITY: &str = "P9901";
const COUNTY: &str = "P990101";
/// Somebody of another county, and a second one of the first.
const OTHER: (&str, &str) = ("lingxian", "P990102");
const SECOND: &str = "xianwei2";
/// Branches of the town that the walk-through visits.
const BRANCHES: [&str; 3] = ["P990101101201", "P990101101202", "P990101101204"];

/// What is done at the end of a month that lies so many before the last.
pub(super) async fn month_end(app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    // The pack proposes lines for some years only.
    if !app.pack().plan_lines.contains_key(&format!("county_unannounced_{}", day.year())) {
        return Ok(());
    }
    match months_left {
        4 => drawn(app, day, at).await,
        1 => visits(app, day, at).await,
        0 => {
            crossed(app, day, at).await?;
            unannounced(app, day, at).await
        }
        _ => Ok(()),
    }
}

fn org(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

/// Files a line of the year's plan, and opens an inspection on it.
async fn open(app: &App, login: &str, office: &str, line: &str, new: NewInspection, at: Timestamp) -> anyhow::Result<i64> {
    let day = store::day_of(at);
    let who = actor(app, login, day).await?;
    let office = org(app, office)?;
    let mut tx = app.begin(&who, at).await?;
    let key = format!("{line}_{}", day.year());
    let plan_entry = evaluation::file_line(app, &mut tx, &who, office, &key, "年度督查检查考核计划", "党委常委会", None).await?;
    let id = inspection::open(app, &mut tx, &who, NewInspection { plan_entry, from: day, until: forward(day, 20), ..new }).await?;
    app.settle(tx.commit().await?).await;
    Ok(id)
}

async fn team(app: &App, login: &str, id: i64, teams: &[(&str, &str)], at: Timestamp) -> anyhow::Result<()> {
    let who = actor(app, login, store::day_of(at)).await?;
    let mut tx = app.begin(&who, at).await?;
    for (name, member) in teams {
        inspection::form_team(app, &mut tx, &who, id, name, &[(*member).to_owned()]).await?;
    }
    inspection::assign(app, &mut tx, &who, id).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// The county's draw: seed by two people, checked by the team, one finding put right, reported and closed.
async fn drawn(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let county = org(app, COUNTY)?;
    open_accounts(app, [(SECOND.to_owned(), (county, "county_organisation_officer", "县委组织部干部"))].into(), at).await?;
    let kind = app.pack().inspections.get("random_research").cloned().context("the pack has it")?;
    let n_population = inspection::units_of(&app.directory(), county, &kind).count();
    let n_wanted = i64::try_from(n_population)?.div_euclid(50) + 1;
    let new = NewInspection { title: format!("{} 年下半年随机调研", day.year()), n_wanted, ..NewInspection::default() };
    let id = open(app, "xianwei", COUNTY, "county_random_research", new, at).await?;
    for (login, part) in [("xianwei", "金沙江"), (SECOND, "31872")] {
        let who = actor(app, login, day).await?;
        let mut tx = app.begin(&who, at).await?;
        inspection::give_seed(app, &mut tx, &who, id, Part::Own(part.to_owned())).await?;
        app.settle(tx.commit().await?).await;
    }
    team(app, "xianwei", id, &[("第一检查组", "ducha")], at).await?;
    let targets = units(app, "ducha", id, day).await?;
    for (n, target) in targets.iter().enumerate() {
        check(app, "ducha", target, n == 0, at).await?;
    }
    let who = actor(app, "xianwei", day).await?;
    let mut tx = app.begin(&who, at).await?;
    inspection::report(app, &mut tx, &who, id).await?;
    app.settle(tx.commit().await?).await;
    solve(app, targets[0].organisation, targets[0].id, day, at).await?;
    let mut tx = app.begin(&who, at).await?;
    inspection::close(app, &mut tx, &who, id).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// The units that somebody's team inspects.
async fn units(app: &App, login: &str, id: i64, day: Date) -> anyhow::Result<Vec<Target>> {
    let who = actor(app, login, day).await?;
    let sight = inspection::find(app.store().reader(), app, &who, id).await?.context("the team sees it")?;
    Ok(sight.targets.iter().filter(|target| sight.inspects(target)).cloned().collect())
}

/// Goes through a check on site: everything is met, or the first item is not.
async fn check(app: &App, login: &str, target: &Target, has_finding: bool, at: Timestamp) -> anyhow::Result<()> {
    let day = store::day_of(at);
    let pack = app.pack();
    let who = actor(app, login, day).await?;
    let sight = inspection::find(app.store().reader(), app, &who, target.inspection).await?.context("the team sees it")?;
    let kind = pack.inspections.get(&sight.inspection.kind).context("the pack has it")?;
    let (field, owner) = {
        let directory = app.directory();
        let org = directory.org(target.organisation).context("it stands")?;
        (org.field.clone(), org.secretary.clone().map_or_else(|| "党组织负责人".to_owned(), |name| format!("书记 {name}")))
    };
    let said = inspection::items_of(&pack, &kind.checklists, &field).into_iter().enumerate().map(|(n, item)| {
        let is_met = !(has_finding && n == 0);
        Said {
            item: item.key.clone(),
            verdict: if is_met { "met" } else { "not_met" }.to_owned(),
            note: if is_met { String::new() } else { "问了三名党员，说上个月没有开，系统里有记录".to_owned() },
            owner: owner.clone(),
            due_on: forward(day, 20).to_string(),
            problem_type: String::new(),
        }
    });
    let said: Vec<Said> = said.collect();
    let mut tx = app.begin(&who, at).await?;
    inspection::open_check(app, &mut tx, &who, target.inspection, target.id).await?;
    inspection::hand_in(app, &mut tx, &who, target.inspection, target.id, &said).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// The branch puts right what was found, the county verifies.
async fn solve(app: &App, branch: OrgId, target: i64, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let code = app.directory().org(branch).map(|org| org.code.clone()).context("it stands")?;
    let login = login_of(&code);
    open_accounts(app, [(login.clone(), (branch, "branch_secretary", "支部书记"))].into(), at).await?;
    let sql = "select id from problem where origin = $1 and origin_id = $2";
    for row in store::query(app.store().reader(), sql, [inspection::ORIGIN.into(), target.into()]).await? {
        let id: i64 = row.try_get_by_index(0)?;
        for (login, action) in [(login.as_str(), "set_measures"), (login.as_str(), "hand_in"), ("xianwei", "verify")] {
            let given = match action {
                "set_measures" => fields(&[("cause", "记录先填后补，没有人核对。"), ("measure", "每次开完当天由组织委员照实记录。")]),
                "hand_in" => fields(&[("result", "补开了主题党日，更正了记录。"), ("evidence", "主题党日记录。")]),
                _ => fields(&[("basis", "到村问了党员，看了更正的记录。"), ("answer", "已经更正。")]),
            };
            let who = actor(app, login, day).await?;
            let mut tx = app.begin(&who, at).await?;
            problem::act(app, &mut tx, &who, id, action, &given).await?;
            app.settle(tx.commit().await?).await;
        }
    }
    Ok(())
}

/// The city has the counties inspect one another, with a team of its own so that no two meet.
async fn crossed(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let other = org(app, OTHER.1)?;
    open_accounts(app, [(OTHER.0.to_owned(), (other, "county_organisation_officer", "县委组织部"))].into(), at).await?;
    let kind = app.pack().inspections.get("crossed_check").cloned().context("the pack has it")?;
    let city = org(app, CITY)?;
    let units: Vec<OrgId> = {
        let directory = app.directory();
        let mut first: BTreeMap<OrgId, OrgId> = BTreeMap::new();
        for unit in inspection::units_of(&directory, city, &kind) {
            if let Some(county) = directory.at_level(unit.id, "county") {
                first.entry(county.id).or_insert(unit.id);
            }
        }
        first.into_values().take(3).collect()
    };
    let new = NewInspection { title: format!("{} 年交叉检查", day.year()), units, ..NewInspection::default() };
    let id = open(app, "shiwei", CITY, "city_crossed_check", new, at).await?;
    team(app, "shiwei", id, &[("第一检查组", "xianwei"), ("第二检查组", OTHER.0), ("第三检查组", "shenhe")], at).await
}

/// The county's team will come to a branch, which does not know.
async fn unannounced(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let units = vec![org(app, BRANCHES[2])?];
    let new = NewInspection { title: format!("{} 年 {} 月暗访", day.year(), day.month()), units, ..NewInspection::default() };
    let id = open(app, "xianwei", COUNTY, "county_unannounced", new, at).await?;
    team(app, "xianwei", id, &[("暗访组", "ducha")], at).await
}

/// The town's officer goes round; one place comes first and was not visited yet.
async fn visits(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let who = actor(app, "zhenwei", day).await?;
    let question = Question {
        text: "组里两名老党员行动不便，学习没有人送到家".to_owned(),
        kind: "党员教育管理松散".to_owned(),
        owner: "支部书记".to_owned(),
        due_on: forward(day, 30),
    };
    let visit = |organisation: OrgId, questions: Vec<Question>, advice: &str, promises: &str| NewVisit {
        organisation,
        visited_on: day,
        questions,
        advice: advice.to_owned(),
        promises: promises.to_owned(),
    };
    let first = visit(org(app, BRANCHES[1])?, vec![question], "", "下月由镇里协调送学车来一次");
    let second = visit(org(app, BRANCHES[0])?, Vec::new(), "集体收入的用途要在党员大会上说清楚", "");
    let mut tx = app.begin(&who, at).await?;
    visit::tag(app, &mut tx, &who, org(app, BRANCHES[1])?, "地处偏远", "到镇上要走两个小时").await?;
    visit::tag(app, &mut tx, &who, org(app, BRANCHES[2])?, "党建薄弱", "连续两年没有发展党员").await?;
    for new in [first, second] {
        visit::record(app, &mut tx, &who, new).await?;
    }
    app.settle(tx.commit().await?).await;
    Ok(())
}
