//! Titles: who came forward, who holds one, who waits; by the steps that people take.

use std::collections::HashMap;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::PlanLineKind;
use store::OrgId;

use super::appraisals::file_lines;
use super::loops::{Fields, actor, fields, login_of, open_accounts};
use crate::app::App;
use crate::case;
use crate::selection::{self, Application};

/// Who comes forward so many months before the last, for what, and what is done at each month's end from then on.
struct Story {
    selection: &'static str,
    branch: &'static str,
    months_ago: usize,
    steps: &'static [&'static [&'static str]],
    /// Dimensions that are not found fulfilled.
    n_open: usize,
}

const STORIES: &[Story] = &[
    Story {
        selection: "six_good_branch",
        branch: "P990101101201",
        months_ago: 3,
        steps: &[&["submit_application"], &["recommend"], &["review_dimensions", "publicise"], &["name"]],
        n_open: 0,
    },
    Story {
        selection: "six_good_branch",
        branch: "P990101101202",
        months_ago: 2,
        steps: &[&["submit_application"], &["recommend"], &["review_dimensions"]],
        n_open: 2,
    },
    Story { selection: "fortress_village", branch: "P990101101203", months_ago: 1, steps: &[&["submit_application"], &["recommend"]], n_open: 0 },
    Story { selection: "red_flag_org", branch: "P990101101201", months_ago: 0, steps: &[&["submit_application"]], n_open: 0 },
    Story { selection: "branch_standardisation", branch: "P990101101204", months_ago: 1, steps: &[&["submit_survey"], &["agree_plan"]], n_open: 0 },
];

/// The stories as far as they have come, each with its entry.
#[derive(Default)]
pub(super) struct Titles(HashMap<usize, i64>);

impl Titles {
    /// What is done at the end of a month that lies so many before the last.
    pub async fn month_end(&mut self, app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
        for (n, story) in STORIES.iter().enumerate().filter(|(_, story)| months_left <= story.months_ago) {
            if months_left == story.months_ago && is_planned(app, story.selection, day) {
                file_lines(app, PlanLineKind::Selection, day, at).await?;
                let branch = app.directory().by_code(story.branch).map(|org| org.id).with_context(|| format!("{} stands", story.branch))?;
                let secretary = login_of(story.branch);
                open_accounts(app, [(secretary.clone(), (branch, "branch_secretary", "支部书记"))].into(), at).await?;
                self.0.insert(n, apply(app, story, branch, &secretary, day, at).await?);
            }
            let Some(id) = self.0.get(&n).copied() else { continue };
            for action in story.steps.get(story.months_ago - months_left).copied().unwrap_or_default() {
                step(app, story, id, action, day, at).await.with_context(|| format!("{} of {}, {action}", story.selection, story.branch))?;
            }
        }
        Ok(())
    }
}

/// Whether the pack has a line of the year's plan for a selection.
fn is_planned(app: &App, selection: &str, day: Date) -> bool {
    app.pack().plan_lines.values().any(|line| line.kind == PlanLineKind::Selection && line.of == selection && line.period.year == day.year())
}

async fn apply(app: &App, story: &Story, branch: OrgId, login: &str, on: Date, at: Timestamp) -> anyhow::Result<i64> {
    let who = actor(app, login, on).await?;
    let mut tx = app.begin(&who, at).await?;
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
        "submit_application" => fields(&[("self_review", self_review(story))]),
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

/// What a branch says of itself: each its own.
fn self_review(story: &Story) -> &'static str {
    match (story.selection, story.branch) {
        ("red_flag_org", _) => "村里的果园股份分红连续两年兑现，七名党员各带两户，村务监督会逐季公开账目，纠纷在组里就解开。",
        ("fortress_village", _) => "八个方面对照下来，水渠管护和活动室开放做得最实；村干部坐班表贴在门口，夜里也有人接电话。",
        (_, "P990101101202") => "新书记去年十月到任，先把停了半年的支委会恢复起来，再请老党员讲村史，年轻党员从四人到会变成十一人。",
        _ => "班子三人全部在岗，组织生活逐月开展，党员到会率在九成以上；去年评议提出的两件事已经办完。",
    }
}

async fn act(app: &App, entry: &selection::Entry, login: &str, action: &str, given: &Fields, on: Date, at: Timestamp) -> anyhow::Result<()> {
    let who = actor(app, login, on).await?;
    let mut tx = app.begin(&who, at).await?;
    selection::act(app, &mut tx, &who, entry, action, given).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}
