//! Titles: who came forward, who holds one, who waits; by the steps that people take.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use store::OrgId;

use super::loops::{Fields, actor, fields, login_of, open_accounts};
use crate::app::App;
use crate::case;
use crate::selection::{self, Application};

/// Who comes forward on the last day but so many, for what, and how far it comes.
struct Story {
    selection: &'static str,
    branch: &'static str,
    days_ago: i64,
    steps: &'static [&'static str],
    /// Dimensions that are not found fulfilled.
    n_open: usize,
}

const STORIES: &[Story] = &[
    Story {
        selection: "six_good_branch",
        branch: "P990101101201",
        days_ago: 40,
        steps: &["submit_application", "recommend", "review_dimensions", "publicise", "name"],
        n_open: 0,
    },
    Story {
        selection: "six_good_branch",
        branch: "P990101101202",
        days_ago: 30,
        steps: &["submit_application", "recommend", "review_dimensions"],
        n_open: 2,
    },
    Story { selection: "fortress_village", branch: "P990101101203", days_ago: 20, steps: &["submit_application", "recommend"], n_open: 0 },
    Story { selection: "red_flag_org", branch: "P990101101201", days_ago: 15, steps: &["submit_application"], n_open: 0 },
    Story { selection: "branch_standardisation", branch: "P990101101204", days_ago: 25, steps: &["submit_survey", "agree_plan"], n_open: 0 },
];

/// Tells them all; each step on its own day.
pub(super) async fn tell(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    for story in STORIES {
        let branch = app.directory().by_code(story.branch).map(|org| org.id).with_context(|| format!("{} stands", story.branch))?;
        let secretary = login_of(story.branch);
        let wanted = [(secretary.clone(), (branch, "branch_secretary", "支部书记"))].into();
        let mut on = day.checked_sub(jiff::Span::new().days(story.days_ago))?;
        open_accounts(app, wanted, evening(at, on)?).await?;
        let id = apply(app, story, branch, &secretary, on, at).await?;
        for action in story.steps {
            // A public notice hangs a week and a day before the decision.
            let days = if *action == "name" { 8 } else { 2 };
            on = on.checked_add(jiff::Span::new().days(days))?.min(day);
            step(app, story, id, action, on, at).await.with_context(|| format!("{} of {}, {action}", story.selection, story.branch))?;
        }
    }
    Ok(())
}

/// The evening of a day, as many days before `at` as `on` is before its day.
fn evening(at: Timestamp, on: Date) -> anyhow::Result<Timestamp> {
    let days = (store::day_of(at) - on).get_days();
    Ok(at.checked_sub(jiff::Span::new().hours(24 * i64::from(days)))?)
}

async fn apply(app: &App, story: &Story, branch: OrgId, login: &str, on: Date, at: Timestamp) -> anyhow::Result<i64> {
    let who = actor(app, login, on).await?;
    let mut tx = app.begin(&who, evening(at, on)?).await?;
    let given = Application { selection: story.selection.to_owned(), organisation: branch, holder: None, is_agreed: false };
    let id = selection::apply(app, &mut tx, &who, given).await?;
    app.settle(tx.commit().await?).await;
    Ok(id)
}

async fn step(app: &App, story: &Story, id: i64, action: &str, on: Date, at: Timestamp) -> anyhow::Result<()> {
    let entry = selection::find(app.store().reader(), id).await?.context("the entry was made")?;
    let items = case::items_of(app.store().reader(), entry.case_id).await?;
    let dimensions: Vec<String> = items.iter().filter(|item| item.kind == selection::DIMENSION).map(|item| item.id.to_string()).collect();
    let login = match action {
        "submit_application" | "submit_survey" => login_of(story.branch),
        "recommend" | "agree_plan" => "zhenwei".to_owned(),
        _ => "xianwei".to_owned(),
    };
    let today = on.to_string();
    let given = match action {
        "submit_application" => fields(&[("self_review", "班子三人全部在岗，组织生活逐月开展，党员到会率在九成以上；去年评议提出的两件事已经办完。")]),
        "recommend" => fields(&[("opinion", "查了全年记录，走访了八名党员，情况属实，同意推荐。")]),
        "review_dimensions" => {
            let passed = dimensions[..dimensions.len() - story.n_open.min(dimensions.len())].to_vec();
            let mut given = fields(&[
                ("heard", "听了书记汇报和六名党员的意见"),
                ("checked", "查了会议记录、党费台账"),
                ("saw", "看了活动室和公开栏"),
                ("judged", "组织生活扎实；还差的，请按清单补上。"),
            ]);
            given.insert("passed".to_owned(), passed);
            given
        }
        "publicise" => fields(&[("scope", "在本县党务公开栏和县委组织部网页公示")]),
        "name" => fields(&[("decided_on", &today), ("number", "第17号")]),
        "submit_survey" => fields(&[
            ("survey", "支委会全年开了九次，比应开的少三次；两名预备党员转正材料不全；活动室桌椅只够坐二十人，全村党员三十一名。"),
            ("problems.text", "支委会少开 3 次"),
            ("problems.owner", "程立群"),
            ("problems.due_on", "2027-01-31"),
            ("measures.text", "每月 5 日前召开支委会，补齐 2 份转正材料"),
            ("measures.owner", "程立群"),
            ("measures.due_on", "2027-01-31"),
            ("signed_by", "程立群"),
        ]),
        _ => fields(&[("opinion", "问题写得实，措施有数量、有时限，同意。")]),
    };
    act(app, &entry, &login, action, &given, on, at).await
}

async fn act(app: &App, entry: &selection::Entry, login: &str, action: &str, given: &Fields, on: Date, at: Timestamp) -> anyhow::Result<()> {
    let who = actor(app, login, on).await?;
    let mut tx = app.begin(&who, evening(at, on)?).await?;
    selection::act(app, &mut tx, &who, entry, action, given).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}
