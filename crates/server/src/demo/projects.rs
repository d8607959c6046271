//! Projects of the demo city: one that a town carried to its acceptance, secretaries' own, three matters of the year with their
//! counts, a pilot, a campaign at its second part; by the steps that people take.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use store::OrgId;

use super::city::forward;
use super::loops::{Fields, actor, fields, login_of, open_accounts};
use crate::app::App;
use crate::case;
use crate::project::{self, NewProject, NewWhole};

/// The branch whose secretary's project is told to its end.
const BRANCH: &str = "P990101101201";
/// What the city set for the year (invented for the demo): name, unit of measure, what each county has of it.
const MATTERS: [(&str, &str, i64); 3] = [("村级活动场所修缮", "处", 6), ("社区党群服务中心适老化改造", "个", 3), ("流动党员服务点设立", "个", 4)];

/// The projects so far.
#[derive(Default)]
pub(super) struct Projects {
    led: Option<i64>,
    secretary: Option<i64>,
    pilot: Option<i64>,
}

impl Projects {
    /// What is done at the end of a month that lies so many before the last.
    pub async fn month_end(&mut self, app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
        match months_left {
            5 => self.begin(app, day, at).await?,
            1..=4 => self.go_on(app, months_left, day, at).await?,
            0 => self.finish(app, day, at).await?,
            _ => {}
        }
        Ok(())
    }

    async fn begin(&mut self, app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
        let branch = at_code(app, BRANCH)?;
        open_accounts(app, [(login_of(BRANCH), (branch, "branch_secretary", "支部书记"))].into(), at).await?;
        let served = Some(at_code(app, "P990101101200")?);
        let led = propose(app, "zhenwei", "township_led_project", "P990101101", "三个村便民服务点建设", served, day, at).await?;
        let plan = proposal(day, 150, &[("三个点选址、定图", 40), ("施工、采购", 90), ("开门办事，公布办事清单", 130)]);
        let own = [("goal", "三个村各建一个便民服务点，常办的二十三项事在村里能办"), ("beneficiaries", "三个村两千一百多人"), ("money", "180000")];
        step(app, "zhenwei", led, "propose", &[own.as_slice(), &[("responsible", "罗长青")]].concat(), &plan, day, at).await?;
        step(app, "xianwei", led, "approve", &[("opinion", "同意，资金专账核算")], &Fields::new(), day, at).await?;
        self.led = Some(led);

        let own = propose(app, &login_of(BRANCH), "secretary_project", BRANCH, "外出党员一月一联系", None, day, at).await?;
        let plan = proposal(day, 140, &[("摸清外出党员去向", 30), ("两名委员分片联系，建群发学习材料", 80), ("年底回乡集中学习一次", 135)]);
        let said = [
            ("question", "十一名党员常年在外，半年没有参加组织生活"),
            ("goal", "外出党员每月都有联系记录，年底到会不少于八人"),
            ("measures", "支委分片，每月十日前打一次电话，学习材料发到手机"),
            ("responsible", "彭守业"),
        ];
        step(app, &login_of(BRANCH), own, "propose", &said, &plan, day, at).await?;
        step(app, "zhenwei", own, "approve", &[], &Fields::new(), day, at).await?;
        self.secretary = Some(own);

        let pilot = propose(app, "xianwei", "pilot_topics", "P990101", "联村党委带弱村", None, day, at).await?;
        let plan = proposal(day, 200, &[("中期检查：两个联村党委挂牌运转", 80), ("结题评估", 190)]);
        let said = [
            ("question", "偏远村单打独斗，集体收入三年没有增长"),
            ("approach", "强村牵头成立联村党委，统一经营果园和冷库"),
            ("indicator", "弱村集体经营性收入，现在平均 4.2 万元"),
            ("leader", "方海平"),
        ];
        step(app, "xianwei", pilot, "propose", &said, &plan, day, at).await?;
        self.pilot = Some(pilot);
        matters(app, day, at).await?;
        campaign(app, day, at).await
    }

    async fn go_on(&mut self, app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
        let (Some(led), Some(own), Some(pilot)) = (self.led, self.secretary, self.pilot) else { return Ok(()) };
        let progress = [("progress", "按节点推进，本月的事已经办完。"), ("evidence", "镇党委会议纪要、验收单")];
        step(app, "zhenwei", led, "report_progress", &progress, &Fields::new(), day, at).await?;
        confirm(app, "xianwei", led, "confirm_milestones", if months_left == 1 { 3 } else { usize::from(months_left % 2 == 1) }, day, at).await?;
        if months_left == 4 || months_left == 1 {
            let progress = [("progress", "十一人都联系上了，九人交了学习心得。"), ("evidence", "联系记录和支委会记录")];
            step(app, &login_of(BRANCH), own, "report_progress", &progress, &Fields::new(), day, at).await?;
            confirm(app, "zhenwei", own, "confirm_milestones", if months_left == 1 { 3 } else { 1 }, day, at).await?;
        }
        if months_left == 3 {
            let progress = [("progress", "两个联村党委已经挂牌，冷库统一出租。"), ("evidence", "县委组织部文件和合同")];
            step(app, "xianwei", pilot, "report_progress", &progress, &Fields::new(), day, at).await?;
            confirm(app, "shiwei", pilot, "mid_check", 1, day, at).await?;
        }
        if months_left == 1 {
            let result = [("result", "三个点都开了门，群众办事平均少跑十一公里。"), ("spent", "176500")];
            step(app, "zhenwei", led, "apply_for_acceptance", &result, &Fields::new(), day, at).await?;
            step(app, "shuji", led, "served_accepts", &[("opinion", "点上有人、有清单，党员群众认可。")], &Fields::new(), day, at).await?;
            let result = [("result", "外出党员每月都有联系记录，年底九人到会。"), ("experience", "支委分片、每月十日前联系一次")];
            step(app, &login_of(BRANCH), own, "apply_for_acceptance", &result, &Fields::new(), day, at).await?;
        }
        counts(app, months_left, day, at).await
    }

    async fn finish(&mut self, app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
        let (Some(led), Some(own)) = (self.led, self.secretary) else { return Ok(()) };
        let today = day.to_string();
        let accepted = [("accepted_on", today.as_str()), ("benefit", "二十三项事在村里能办，三个村一年省下跑腿费约两万元。")];
        step(app, "xianwei", led, "accept", &accepted, &Fields::new(), day, at).await?;
        let accepted = [("accepted_on", today.as_str()), ("finding", "听了六名外出党员的意见，看了全年联系记录，属实。")];
        step(app, "zhenwei", own, "accept", &accepted, &Fields::new(), day, at).await?;
        step(app, "zhenwei", own, "grade", &[("grade", "好"), ("reason", "问题抓得准，做法别的村学得来")], &Fields::new(), day, at).await?;
        // One waits for its approval.
        let served = Some(at_code(app, BRANCH)?);
        let new = propose(app, "zhenwei", "township_led_project", "P990101101", "农产品集散点改造", served, day, at).await?;
        let plan = proposal(day, 200, &[("场地平整", 60), ("设备到位", 150), ("开市", 195)]);
        let said = [("goal", "改造一个集散点，两百户果农就近卖果"), ("beneficiaries", "四个村果农"), ("money", "320000"), ("responsible", "罗长青")];
        step(app, "zhenwei", new, "propose", &said, &plan, day, at).await
    }
}

fn at_code(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

/// When it is to be finished, and by which milestones.
fn proposal(day: Date, days: i64, milestones: &[(&str, i64)]) -> Fields {
    let mut given = fields(&[("due_on", &forward(day, days).to_string())]);
    for (text, days) in milestones {
        for (part, value) in [("text", (*text).to_owned()), ("owner", "程立群".to_owned()), ("due_on", forward(day, *days).to_string())] {
            given.entry(format!("milestones.{part}")).or_default().push(value);
        }
    }
    given
}

#[expect(clippy::too_many_arguments, reason = "who proposes what, when")]
async fn propose(app: &App, login: &str, kind: &str, code: &str, name: &str, served: Option<OrgId>, day: Date, at: Timestamp) -> anyhow::Result<i64> {
    let new = NewProject { kind: kind.to_owned(), organisation: at_code(app, code)?, name: name.to_owned(), served };
    let who = actor(app, login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    let id = project::propose(app, &mut tx, &who, new).await?;
    app.settle(tx.commit().await?).await;
    Ok(id)
}

#[expect(clippy::too_many_arguments, reason = "who does what with which fields, when")]
async fn step(app: &App, login: &str, id: i64, action: &str, said: &[(&str, &str)], more: &Fields, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let mut given = fields(said);
    given.extend(more.clone());
    let who = actor(app, login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    project::act(app, &mut tx, &who, id, action, &given).await.with_context(|| format!("{action} by {login}"))?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// Confirms the first `n` steps that are open; with none it does nothing.
async fn confirm(app: &App, login: &str, id: i64, action: &str, n: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let who = actor(app, login, day).await?;
    let it = project::find(app.store().reader(), app, &who, id).await?.context("it is seen")?;
    let items = case::items_of(app.store().reader(), it.case_id).await?;
    let open: Vec<String> = items.iter().filter(|item| item.closed_in.is_none()).take(n).map(|item| item.id.to_string()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let mut given = fields(&[("basis", "去现场看了，与报的一致"), ("findings", "做法对路，注意账目公开。")]);
    given.insert("reached".to_owned(), open);
    step(app, login, id, action, &[], &given, day, at).await
}

/// Counties with the accounts of their officers.
async fn counties(app: &App, at: Timestamp) -> anyhow::Result<Vec<(OrgId, String)>> {
    let city = at_code(app, "P9901")?;
    let found: Vec<(OrgId, String)> = {
        let directory = app.directory();
        directory.children(city).filter(|org| org.level == "county").map(|org| (org.id, login_of(&org.code))).collect()
    };
    let wanted = found.iter().map(|(id, login)| (login.clone(), (*id, "county_organisation_officer", "组织部干部")));
    open_accounts(app, wanted.collect(), at).await?;
    Ok(found)
}

async fn set(app: &App, new: NewWhole, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let city = actor(app, "shiwei", day).await?;
    let mut tx = app.begin(&city, at).await?;
    project::set(app, &mut tx, &city, new).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

async fn matters(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let counties = counties(app, at).await?;
    for (name, unit, each) in MATTERS {
        let parts: Vec<(OrgId, Option<i64>)> = counties.iter().zip(0_i64..).map(|((id, _), n)| (*id, Some(each + n % 3))).collect();
        let new = NewWhole {
            kind: "ten_practical_matters".to_owned(),
            organisation: at_code(app, "P9901")?,
            name: name.to_owned(),
            unit: unit.to_owned(),
            quantity: Some(parts.iter().filter_map(|(_, n)| *n).sum()),
            due_on: Some(date(day.year(), 12, 31)),
            parts,
        };
        set(app, new, day, at).await?;
    }
    Ok(())
}

async fn campaign(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let parts = counties(app, at).await?.into_iter().map(|(id, _)| (id, None)).collect();
    let new = NewWhole {
        kind: "special_rectification".to_owned(),
        organisation: at_code(app, "P9901")?,
        name: "村级组织负责人作风专项治理第一批".to_owned(),
        unit: String::new(),
        quantity: None,
        due_on: Some(forward(day, 200)),
        parts,
    };
    set(app, new, day, at).await
}

/// What each county counts in a month, of the matters and of the campaign; the city accepts what is done.
async fn counts(app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let month = 5 - i64::try_from(months_left)?;
    for (id, login) in counties(app, at).await? {
        let who = actor(app, &login, day).await?;
        for it in project::parts_of(app, &who, id).await? {
            if let Some(quantity) = it.quantity {
                let done = (quantity * month / 4).min(quantity).to_string();
                let said = [("done", done.as_str()), ("evidence", "验收单逐处编号存档")];
                step(app, &login, it.id, "report_count", &said, &Fields::new(), day, at).await?;
            } else {
                let n = |each: i64| (each * month).to_string();
                let numbers = [n(12), n(1), n(0), n(1), n(0), "1".to_owned()];
                let keys = ["n_checked", "n_clues", "n_concluded", "n_adjusted", "n_removed", "n_rules"];
                let mut said: Vec<(&str, &str)> = keys.iter().zip(&numbers).map(|(key, n)| (*key, n.as_str())).collect();
                said.push(("done", "召开了部署会，各乡镇自查表已经收齐"));
                step(app, &login, it.id, "report_figures", &said, &Fields::new(), day, at).await?;
                if months_left > 2 {
                    let part = ["动员部署，明确责任人", "自查摸排"][usize::from(months_left == 3)];
                    let said = [("part", part), ("record", "/responsibility")];
                    step(app, &login, it.id, "hand_over", &said, &Fields::new(), day, at).await?;
                    confirm(app, "shiwei", it.id, "accept_parts", 1, day, at).await?;
                }
            }
        }
    }
    Ok(())
}
