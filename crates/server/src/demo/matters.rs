//! Matters of the demo city: slips that were answered, sent back, late and still open; an office held to account; a leader tied to a
//! weak branch; a referral of which only the numbers are known.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;

use super::city::forward;
use super::loops::{actor, fields, login_of, open_accounts};
use crate::app::App;
use crate::matter::{self, NewMatter};

/// Towns to which the county sends slips.
const TOWNS: [&str; 2] = ["P990101101", "P990101102"];

/// What is sent so many months before the last: to which town, kind, days until due, words.
const SLIPS: &[(usize, usize, &str, i64, &str)] = &[
    (6, 0, "problem_slip", 20, "七个村支部五月主题党日没有记录，逐个查明原因"),
    (5, 1, "task_slip", 30, "全镇支部书记轮训名单月底前报齐，书记一个不漏"),
    (4, 0, "responsibility_slip", 15, "两个任期届满的支部没有报换届方案，由组织委员负责"),
    (3, 1, "problem_slip", 20, "流动党员名册与实际不符，差十一人"),
    (1, 0, "task_slip", 45, "村级活动阵地开放时间公示到每一个村"),
    (1, 1, "problem_slip", 10, "党费收缴台账三个月没有核对"),
    (0, 1, "task_slip", 30, "冬季党员集中培训的课表和讲师报备"),
];

/// What is done with each so many months after: by the town (`true`) or by the county.
const STEPS: &[(usize, usize, bool, &str)] = &[
    (0, 1, true, "receive"),
    (0, 1, true, "feed_back"),
    (0, 1, false, "reissue"),
    (0, 2, true, "feed_back"),
    (0, 2, false, "verify"),
    (1, 1, true, "receive"),
    (1, 1, true, "feed_back"),
    (1, 1, false, "verify"),
    (2, 1, true, "receive"),
    (2, 2, true, "feed_back"),
    (2, 2, false, "verify"),
    (3, 1, true, "receive"),
    (3, 2, true, "feed_back"),
    (4, 1, true, "receive"),
    (5, 1, true, "receive"),
];

/// The slips so far, in the order of [`SLIPS`].
#[derive(Default)]
pub(super) struct Matters(Vec<Option<i64>>);

impl Matters {
    /// What is done at the end of a month that lies so many before the last.
    pub async fn month_end(&mut self, app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
        self.0.resize(SLIPS.len(), None);
        for (n, slip) in SLIPS.iter().enumerate().filter(|(_, slip)| slip.0 == months_left) {
            let town = TOWNS[slip.1];
            let place = app.directory().by_code(town).map(|org| org.id).with_context(|| format!("{town} stands"))?;
            open_accounts(app, [(login_of(town), (place, "township_organisation_officer", "组织委员"))].into(), at).await?;
            let due_on = forward(day, slip.3).to_string();
            let given = fields(&[("what", slip.4), ("standard", "逐项有着落，记录查得到"), ("owner", "组织委员"), ("due_on", &due_on)]);
            self.0[n] = Some(open(app, "xianwei", "three_slips", slip.2, town, given, day, at).await?);
        }
        for (n, after, is_town, action) in STEPS {
            let (Some(id), sent) = (self.0[*n], SLIPS[*n]) else { continue };
            if sent.0 == months_left + after {
                let login = if *is_town { login_of(TOWNS[sent.1]) } else { "xianwei".to_owned() };
                step(app, &login, id, action, day, at).await.with_context(|| format!("slip {n}, {action}"))?;
            }
        }
        if months_left == 1 {
            let what = [("what", "责任单逾期一个月才反馈，两个支部的换届因此拖后"), ("person", "镇党委组织委员")];
            let id = open(app, "xianwei", "accountability_ladder", "criticism", TOWNS[0], fields(&what), day, at).await?;
            step(app, "lingdao", id, "decide", day, at).await?;
        }
        if months_left == 0 {
            let number = [("number", "示例组函〔年〕1号"), ("referred_on", &day.to_string())];
            open(app, "xianwei", "discipline_referral", "", TOWNS[1], fields(&number), day, at).await?;
            pair(app, day, at).await?;
        }
        Ok(())
    }
}

/// A leader for the first organisation of the county that is being put right.
async fn pair(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let county = actor(app, "xianwei", day).await?;
    let scope = county.scope(policy::Capability::ApproveRectification);
    let open_cases = crate::case::open_cases(app.store().reader(), &scope, crate::rectification::PROCEDURE, true).await?;
    let Some(case) = open_cases.iter().filter(|case| case.stage != "observation").min_by_key(|case| case.id) else { return Ok(()) };
    let code = app.directory().org(case.organisation).map(|org| org.code.clone()).context("it stands")?;
    let until = forward(day, 150).to_string();
    let given = [("leader", "县委副书记 严书华"), ("topics", "配齐班子\n恢复组织生活\n公开集体合同"), ("converted_by", until.as_str())];
    open(app, "xianwei", "leader_pairing", "", &code, fields(&given), day, at).await?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "who opens what where and when")]
async fn open(
    app: &App,
    login: &str,
    key: &str,
    kind: &str,
    code: &str,
    given: super::loops::Fields,
    day: Date,
    at: Timestamp,
) -> anyhow::Result<i64> {
    let organisation = app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))?;
    let who = actor(app, login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    let new =
        NewMatter { matter: key.to_owned(), kind: kind.to_owned(), organisation, skipped: String::new(), permitted: String::new(), fields: given };
    let id = matter::open(app, &mut tx, &who, new).await.with_context(|| format!("{key} at {code}"))?;
    app.settle(tx.commit().await?).await;
    Ok(id)
}

async fn step(app: &App, login: &str, id: i64, action: &str, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let due_on = forward(day, 20).to_string();
    let given = match action {
        "feed_back" => fields(&[("result", "逐个支部问清了原因，名单和记录已经补齐。"), ("evidence", "镇党委会议记录，系统里的主题党日记录。")]),
        "reissue" => fields(&[("reason", "还差两个村没有说明。"), ("due_on", &due_on)]),
        "verify" => fields(&[("basis", "对照记录逐项看过。")]),
        "decide" => fields(&[("reason", "情况属实，严肃批评。"), ("correction", "两个支部的换届按新时限办完。"), ("due_on", &due_on)]),
        _ => fields(&[]),
    };
    let who = actor(app, login, day).await?;
    let mut tx = app.begin(&who, at).await?;
    matter::act(app, &mut tx, &who, id, action, &given).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}
