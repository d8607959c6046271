//! An office's week: what slipped, what is due, by organisation below; larger scopes by what stands directly below, without rank.

use jiff::civil::Date;
use policy::Capability;
use store::{OrgId, query};

use crate::directory::OrgNode;
use crate::duty::pages::{day_words, name_of, period_words};
use crate::duty::{self, Code, Countdown, Group, Item, Selection};
use crate::http::failure::Failure;
use crate::http::view::{Link, Status, WaitingItem};
use crate::http::visit::Visit;

/// Lines of a panel.
const N_LINES: usize = 8;
/// What recording cost is counted for at most so many branches at a time.
const N_BURDEN_MAX: usize = 800;

/// One figure of the strip.
pub(super) struct Figure {
    pub icon: &'static str,
    pub label: &'static str,
    pub n: String,
    pub unit: &'static str,
    pub note: String,
    pub href: String,
    pub is_bad: bool,
    /// Nothing: said quietly.
    pub is_none: bool,
}

/// One item of a panel.
pub(super) struct Due {
    /// Set on the first of a day.
    pub day: String,
    pub what: String,
    pub href: String,
    pub organisation: String,
    pub status: Status,
}

/// One organisation directly below, with what is still to do there.
pub(super) struct Below {
    pub name: String,
    pub href: String,
    pub due: (u32, String),
    pub overdue: (u32, String),
    pub missed: (u32, String),
    pub share: String,
}

/// The desk of an office.
pub(super) struct Office {
    pub title: String,
    pub facts: String,
    pub figures: Vec<Figure>,
    pub overdue: Vec<Due>,
    pub n_overdue: usize,
    pub all_overdue: Link,
    pub due: Vec<Due>,
    pub n_due: usize,
    pub all_due: Link,
    pub below: Vec<Below>,
    /// Cells that one button reminds of all at once.
    pub keys: Vec<String>,
    pub n_remind: usize,
    pub is_empty: bool,
}

impl Office {
    /// From the cells of this year and of the one before.
    pub(super) async fn of(
        visit: &Visit,
        top: Option<&OrgNode>,
        waiting: &[WaitingItem],
        now: &Selection<'_>,
        last_year: &Selection<'_>,
    ) -> Result<Self, Failure> {
        let (today, countdown) = (visit.today(), now.countdown);
        let burden = burden(visit, now).await?;
        let place = top.map(|top| format!("organisation={}&", top.id)).unwrap_or_default();
        let items = |state: &str| format!("/duties/items?{place}state={state}");
        // In January what slipped ended with the year before.
        let overdue_link = if now.count("overdue") == 0 && last_year.count("overdue") > 0 {
            format!("/duties/items?{place}year={}&state=overdue", today.year() - 1)
        } else {
            items("overdue")
        };
        let (n_week, n_due, n_soon) = (now.count("week"), now.count("due"), now.count("soon"));
        // What ended with the last year and is not locked yet slipped too.
        let (n_overdue_now, n_overdue_before) = (now.count("overdue"), last_year.count("overdue"));
        let n_overdue = n_overdue_now + n_overdue_before;
        let is_large = now.is_summed(&visit.app.directory());
        let listed = |selection: &Selection<'_>, state: &str| {
            if is_large { Vec::new() } else { dues(visit, selection, &selection.items(state, 0, N_LINES), countdown) }
        };
        let mut overdue = listed(last_year, "overdue");
        overdue.extend(listed(now, "overdue"));
        overdue.truncate(N_LINES);
        let may_remind = visit.actor().may(Capability::SuperviseActivities) && !is_large;
        let due_state = if n_week > 0 { "week" } else { "due" };
        let due = listed(now, due_state);
        let keys: Vec<String> = if may_remind {
            keys(now, &now.items("overdue", 0, 200)).into_iter().chain(keys(now, &now.items("week", 0, 200))).collect()
        } else {
            Vec::new()
        };
        let mut organisations: Vec<&str> = keys.iter().filter_map(|key| key.split('/').next()).collect();
        organisations.sort_unstable();
        organisations.dedup();
        let figures = vec![
            figure(
                "clock",
                "本周到期",
                n_week,
                "件",
                if n_soon > 0 {
                    format!("{} 天内到期 {n_soon} 件，本期共 {n_due} 件", countdown.yellow)
                } else {
                    format!("本期还有 {n_due} 件")
                },
                items(due_state),
                false,
            ),
            figure("alert-triangle", "组织生活逾期", n_overdue, "件", "期满没有记录，还可以补".to_owned(), overdue_link.clone(), n_overdue > 0),
            figure("user-check", "待我办理", waiting.len(), "件", waiting_words(waiting, today), "/waiting".to_owned(), false),
            figure("file-unknown", "待佐证", now.count("unproved"), "件", "不算办了，也不算 0".to_owned(), items("unproved"), false),
        ];
        let figures = figures.into_iter().chain(burden).collect();
        let n_remind = organisations.len();
        Ok(Self {
            title: if now.branches.is_empty() {
                "先导入名册".to_owned()
            } else {
                title(n_week, n_due, n_overdue, waiting.iter().filter(|item| item.over > 0).count())
            },
            facts: facts(visit, top, now.branches.len(), today),
            figures,
            n_overdue,
            all_overdue: Link::new("看全部", overdue_link),
            n_due: if due_state == "week" { n_week } else { n_due },
            all_due: Link::new(if due_state == "week" { "看本期全部" } else { "看全部" }, items("due")),
            overdue,
            due,
            below: if is_large { now.groups().iter().map(|group| below(visit, group)).collect() } else { Vec::new() },
            n_remind,
            keys,
            is_empty: now.branches.is_empty(),
        })
    }
}

/// What is over of the branches' organisation life and of one's own work, and what comes next.
fn title(n_week: usize, n_due: usize, n_overdue: usize, n_own: usize) -> String {
    let next = match (n_week, n_due) {
        (0, 0) => None,
        (0, n) => Some(format!("组织生活本期还有 {n} 件没有办")),
        (n, _) => Some(format!("组织生活本周有 {n} 件到期")),
    };
    let late = (n_overdue > 0).then(|| format!("{n_overdue} 件已经逾期"));
    let own = (n_own > 0).then(|| format!("待您办理的有 {n_own} 件逾期"));
    let parts: Vec<String> = [next, late, own].into_iter().flatten().collect();
    if parts.is_empty() { "该办的都办了".to_owned() } else { parts.join("，") }
}

fn facts(visit: &Visit, top: Option<&OrgNode>, n_branches: usize, today: Date) -> String {
    let name = name_of(visit, &visit.scope(Capability::ViewActivities), top);
    let scope = visit.scope(Capability::ViewMembers);
    let directory = visit.app.directory();
    let n_members: usize = match top {
        Some(top) => {
            directory.subtree(top.id).filter(|org| scope.includes(org.id, &org.superiors, &org.field)).map(|org| org.n_members as usize).sum()
        }
        None => directory.all(&scope).map(|org| org.n_members as usize).sum(),
    };
    let members = if n_members > 0 { format!(" · 党员 {n_members} 名") } else { String::new() };
    const DAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
    let weekday = DAYS[usize::try_from(today.weekday().to_monday_zero_offset()).unwrap_or_default()];
    format!("{name} · {n_branches} 个支部{members}　{} 年 {} 月 {} 日 星期{weekday}", today.year(), today.month(), today.day())
}

fn waiting_words(waiting: &[WaitingItem], today: Date) -> String {
    let n_over = waiting.iter().filter(|item| item.over > 0).count();
    let Some(oldest) = waiting.iter().map(|item| item.since).min() else { return "没有等您办的".to_owned() };
    match (n_over, (today - oldest).get_days()) {
        (0, ..=0) => "都是今天的".to_owned(),
        (0, n) => format!("最早的一件已等 {n} 天"),
        (n, _) => format!("其中逾期 {n} 件"),
    }
}

fn figure(icon: &'static str, label: &'static str, n: usize, unit: &'static str, note: String, href: String, is_bad: bool) -> Figure {
    Figure { icon, label, n: crate::http::view::grouped(n as u64), unit, note, href, is_bad, is_none: n == 0 }
}

fn dues(visit: &Visit, selection: &Selection<'_>, items: &[Item], countdown: Countdown) -> Vec<Due> {
    let today = visit.today();
    let mut last = None;
    items
        .iter()
        .map(|item| {
            let branch = &selection.branches[item.branch];
            let column = selection.column(item.column);
            let duty = selection.states.duty(column);
            let ends = column.period.last_day();
            let day =
                if last == Some(ends) { String::new() } else { format!("{} · {}", day_words(ends), if ends < today { "到期" } else { "截止" }) };
            last = Some(ends);
            Due {
                day,
                what: format!("{}（{}）", duty.short, period_words(column.period)),
                href: format!("/duties/{}/{}/{}", branch.id, duty.key, column.period),
                organisation: branch.name.clone(),
                status: duty::status(item.code, column.period, today, countdown),
            }
        })
        .collect()
}

fn keys(selection: &Selection<'_>, items: &[Item]) -> Vec<String> {
    let key = |item: &Item| {
        let column = selection.column(item.column);
        format!("{}/{}/{}", selection.branches[item.branch].id, selection.states.duty(column).key, column.period)
    };
    items.iter().map(key).collect()
}

fn below(visit: &Visit, group: &Group) -> Below {
    let link = |state: &str| format!("/duties/items?organisation={}&state={state}", group.id);
    let count = |code, state: &str| (group.total.count(code), link(state));
    Below {
        name: visit.app.directory().name_of(group.id).to_owned(),
        href: format!("/duties?organisation={}", group.id),
        due: count(Code::Due, "due"),
        overdue: count(Code::Overdue, "overdue"),
        missed: count(Code::Missed, "missed"),
        share: group.total.share(),
    }
}

/// Fields typed for each branch this month, and in the month before: what the product asks of them.
async fn burden(visit: &Visit, selection: &Selection<'_>) -> Result<Option<Figure>, Failure> {
    let today = visit.today();
    let month = policy::Period::containing(today, policy::Per::Month);
    let ids: Vec<OrgId> = selection.branches.iter().map(|branch| branch.id).collect();
    if ids.is_empty() || ids.len() > N_BURDEN_MAX {
        return Ok(None);
    }
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut sums = [0_i64; 2];
    for (sum, of) in sums.iter_mut().zip([month, month.previous()]) {
        let rows = query(
            visit.app.store().reader(),
            format!("select cast(coalesce(sum(n_typed), 0) as bigint) from burden where organisation_id in ({list}) and day >= $1 and day < $2"),
            [of.from().to_string().into(), of.until().to_string().into()],
        )
        .await?;
        *sum = rows.first().map(|row| row.try_get_by_index(0)).transpose().map_err(anyhow::Error::from)?.unwrap_or_default();
    }
    let per_branch = |sum: i64| {
        let tenths = sum * 10 / i64::try_from(ids.len()).unwrap_or(1);
        if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
    };
    let note = format!("上月 {} 项，其余由记录自动汇总", per_branch(sums[1]));
    let blank = figure("keyboard", "每支部本月填写", 0, "项", note, "/activities".to_owned(), false);
    Ok(sums.iter().any(|sum| *sum > 0).then(|| Figure { n: per_branch(sums[0]), is_none: sums[0] == 0, ..blank }))
}
