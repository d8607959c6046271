//! Problems of the demo city: found by the county, the team, a member; put right by branches, closed by offices; some late, one
//! that came back, some alike, and an order to look for the same.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use store::OrgId;

use super::city::forward;
use super::loops::{actor, fields, login_of, open_accounts};
use crate::app::App;
use crate::burden;
use crate::problem::{self, NewSelfCheck, RaiseForm};

/// Branches of the town that the walk-through visits.
const BRANCHES: [&str; 5] = ["P990101101200", "P990101101201", "P990101101202", "P990101101203", "P990101101204"];

/// What is found so many months before the last: by whom, at which of the branches, source, type, text.
const FOUND: &[(usize, &str, usize, &str, &str, &str)] = &[
    (5, "xianwei", 0, "督查检查", "党务公开不到位", "公开栏上半年集体收入没有公开，只贴了一季度的支出"),
    (5, "xianwei", 1, "督查检查", "三会一课不落实", "三月、四月支委会没有记下决议，到会两人不足半数"),
    (5, "xianwei", 2, "督查检查", "党员教育管理松散", "外出的四名党员一季度没有联系记录"),
    (5, "xianwei", 3, "督查检查", "阵地作用不发挥", "活动室周末不开门，图书柜锁着，钥匙在村会计手里"),
    (5, "zhenwei", 4, "本级自查", "班子不健全", "组织委员年初外出务工，八个月没有补选"),
    (2, "zhenwei", 1, "调研走访", "服务群众不到位", "二组饮水管断了二十天，党员联户没有人上门"),
    (2, "ducha", 3, "督查检查", "台账与实际不符", "五月主题党日签到二十一人，照名册问到的只有十四人"),
    (1, "xianwei", 1, "督查检查", "三会一课不落实", "九月支委会又没有开，记录是十月补写的"),
    (1, "zhenwei", 0, "考核", "主题党日不规范", "九月主题党日只念了文件，没有党员发言"),
];

/// What is done with each so many months after it was found: by the branch (`true`) or by whoever verifies.
const STEPS: &[(usize, usize, bool, &str)] = &[
    (0, 1, true, "set_measures"),
    (1, 1, true, "set_measures"),
    (2, 1, true, "set_measures"),
    (4, 1, true, "set_measures"),
    (0, 1, true, "hand_in"),
    (1, 1, true, "hand_in"),
    (4, 1, true, "report_progress"),
    (0, 2, false, "verify"),
    (1, 2, false, "return"),
    (1, 2, true, "hand_in"),
    (3, 2, true, "object"),
    (3, 3, false, "dismiss"),
    (1, 3, false, "verify"),
    (2, 3, true, "hand_in"),
    (2, 4, false, "verify"),
    (5, 1, true, "set_measures"),
    (5, 2, true, "hand_in"),
    (6, 1, true, "set_measures"),
];

/// The problems so far, in the order of [`FOUND`].
#[derive(Default)]
pub(super) struct Problems(Vec<Option<i64>>);

impl Problems {
    /// What is done at the end of a month that lies so many before the last.
    pub async fn month_end(&mut self, app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
        self.0.resize(FOUND.len(), None);
        for (n, found) in FOUND.iter().enumerate().filter(|(_, found)| found.0 == months_left) {
            let branch = at_code(app, BRANCHES[found.2])?;
            open_accounts(app, [(login_of(BRANCHES[found.2]), (branch, "branch_secretary", "支部书记"))].into(), at).await?;
            let given = form(app, branch, found.3, found.4, found.5, forward(day, 30));
            self.0[n] = Some(raise(app, found.1, vec![given], day, at).await?[0]);
        }
        for (n, after, is_branch, action) in STEPS {
            let (found_ago, Some(id)) = (FOUND[*n].0, self.0[*n]) else { continue };
            if found_ago == months_left + after {
                let login = if *is_branch { login_of(BRANCHES[FOUND[*n].2]) } else { verifier(FOUND[*n].1).to_owned() };
                step(app, &login, id, action, day, at).await.with_context(|| format!("problem {n}, {action}"))?;
            }
        }
        if months_left == 0 {
            alike(app, day, at).await?;
        }
        Ok(())
    }
}

/// Who verifies what somebody found.
fn verifier(raiser: &str) -> &str {
    if raiser == "ducha" { "xianwei" } else { raiser }
}

fn at_code(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

fn form(app: &App, organisation: OrgId, source: &str, kind: &str, text: &str, due_on: Date) -> RaiseForm {
    let secretary = app.directory().org(organisation).and_then(|org| org.secretary.clone());
    RaiseForm {
        organisation,
        source: source.to_owned(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        basis: "现场查看，对照系统里的记录".to_owned(),
        owner: secretary.map_or_else(|| "党组织负责人".to_owned(), |name| format!("书记 {name}")),
        due_on,
        raiser: String::new(),
        procedure: None,
        origin: None,
    }
}

async fn raise(app: &App, login: &str, forms: Vec<RaiseForm>, day: Date, at: Timestamp) -> anyhow::Result<Vec<i64>> {
    let who = actor(app, login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    let ids = problem::raise_all(app, &mut tx, &who, forms).await?;
    app.settle(tx.commit().await?).await;
    Ok(ids)
}

async fn step(app: &App, login: &str, id: i64, action: &str, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let due_on = forward(day, 20).to_string();
    let given = match action {
        "set_measures" => fields(&[("cause", "前一段抓得不紧，没有专人负责。"), ("measure", "支委分工到人，每月五日前办好并在会上报告。")]),
        "report_progress" => fields(&[("progress", "已报镇党委同意，正在酝酿人选。")]),
        "hand_in" => fields(&[("result", "已经照措施办好，党员会上作了说明。"), ("evidence", "支委会记录和公开栏。")]),
        "return" => fields(&[("reason", "只补了记录，到会的人还是不够，请按应到人数重开。"), ("due_on", &due_on)]),
        "object" => fields(&[("statement", "周末有人值班，开门登记本在活动室，检查那天书记在县里开会，钥匙交给了会计。")]),
        "dismiss" => fields(&[("reason", "查了登记本，问了三名村民，周末确实开门。"), ("answer", "经查周末有人值班，登记本可查。")]),
        _ => fields(&[("basis", "看了记录，问了两名党员。"), ("answer", "已经整改，请继续监督。")]),
    };
    let who = actor(app, login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    problem::act(app, &mut tx, &who, id, action, &given).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// What the last month brought: the same in many villages, so that the others look too; and a word of a member.
async fn alike(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let county = at_code(app, "P990101")?;
    let villages: Vec<OrgId> = {
        let directory = app.directory();
        let of_others = |org: &&crate::directory::OrgNode| org.is_branch() && org.field == "rural" && !org.code.starts_with("P990101101");
        directory.subtree(county).filter(of_others).step_by(7).take(12).map(|org| org.id).collect()
    };
    let texts = ["十月主题党日没有学习内容，记录照抄九月", "主题党日开成了村务会，党员没有交纳党费", "主题党日到会不足一半，请假没有事由"];
    let forms = villages.iter().enumerate().map(|(n, id)| form(app, *id, "督查检查", "主题党日不规范", texts[n % texts.len()], forward(day, 30)));
    let forms: Vec<RaiseForm> = forms.collect();
    raise(app, "xianwei", forms, day, at).await?;
    let who = actor(app, "xianwei", day).await?;
    let mut tx = app.begin(&who, at).await?;
    let order = NewSelfCheck {
        organisation: county,
        procedure: problem::SELF_CHECK.to_owned(),
        kind: "主题党日不规范".to_owned(),
        field: "rural".to_owned(),
        level: "township".to_owned(),
        reason: "抽查的村里有十几个主题党日走过场，请各乡镇对照今年的记录逐村查一遍，记录系统里都有，不另报材料。".to_owned(),
        due_on: forward(day, 30),
        feedback: None,
        permitted: String::new(),
    };
    // In a large county it takes more than may go out unasked.
    let units = problem::units_of(&app.directory(), county, &order.field, &order.level);
    if problem::cost_of_self_check(tx.connection(), app, &units, day).await?.is_above() {
        let asked = problem::ask_self_check(app, &mut tx, &who, order.clone(), "走过场的不止一个乡镇，要一次查清").await?;
        app.settle(tx.commit().await?).await;
        let other = actor(app, "shenhe", day).await?;
        let mut deciding = app.begin(&other, at).await?;
        burden::decide(app, &mut deciding, &other, asked, true, "").await?;
        app.settle(deciding.commit().await?).await;
        tx = app.begin(&who, at).await?;
    }
    problem::issue(app, &mut tx, &who, order).await?;
    app.settle(tx.commit().await?).await;
    let branch = at_code(app, BRANCHES[0])?;
    let given = form(app, branch, "党员群众反映", "党务公开不到位", "集体果园今年的承包款没有在公开栏上写明", forward(day, 30));
    raise(app, "dangyuan", vec![given], day, at).await?;
    Ok(())
}
