//! The desk's page, per role.

use askama::Template;
use policy::Capability;

use super::branch::BranchMonth;
use super::office::Office;
use super::plain::Watched;
use super::trend::Trend;
use super::waiting::waiting_for;
use crate::directory::OrgNode;
use crate::duty::pages::{day_words, default_top};
use crate::duty::{Countdown, Selection};
use crate::http::layout::Layout;
use crate::http::view::Link;
use crate::http::view::WaitingItem;
use crate::http::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "pages/desk_branch.html")]
struct BranchDesk {
    layout: Layout,
    month: BranchMonth,
    today: String,
    waiting: Waiting,
    trend: Option<TrendView>,
}

#[derive(Template)]
#[template(path = "pages/desk_office.html")]
struct OfficeDesk {
    layout: Layout,
    office: Office,
    waiting: Waiting,
    trend: Option<TrendView>,
}

#[derive(Template)]
#[template(path = "pages/desk_plain.html")]
struct PlainDesk {
    layout: Layout,
    title: String,
    note: String,
    waiting: Waiting,
    /// What an administrator watches; whoever has it finds the rest in the menu.
    watched: Vec<Watched>,
    links: Vec<(&'static str, Link, &'static str)>,
}

/// The panel 待我办理: its first lines, and the way to all of them.
struct Waiting {
    n: usize,
    lines: Vec<Waits>,
    kinds: Vec<(String, Link)>,
}

impl Waiting {
    fn is_cut(&self) -> bool {
        self.n > self.lines.len()
    }
}

/// A line of 待我办理.
struct Waits {
    icon: &'static str,
    title: String,
    note: String,
    since: String,
    act: Link,
}

struct TrendView {
    share: String,
    sentence: String,
    chart: String,
    speaks: String,
    table: Vec<(String, String, String)>,
    is_drawn: bool,
}

/// Lines shown of what waits.
const N_WAITING: usize = 8;

/// The desk.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit) -> Answer {
    let today = visit.today();
    let waiting = waiting_for(&visit.app, visit.actor(), today).await?;
    let mut layout = visit.layout("工作台");
    layout.crumbs.clear();
    let scope = visit.scope(Capability::ViewActivities);
    if scope.is_empty() {
        // Whoever is a member and nothing else: hours and attendance are what there is to see.
        if waiting.is_empty() && crate::member::pages_detail::own_member(&visit).await?.is_some() {
            return crate::member::pages_detail::me(visit).await;
        }
        let watched = super::plain::watched(&visit).await?;
        return visit.page(&plain(&visit, layout, waiting, watched));
    }
    let top = default_top(&visit, &scope);
    let states = crate::duty::states_of_year(&visit.app, today.year(), today).await?;
    let before = crate::duty::states_of_year(&visit.app, today.year() - 1, today).await?;
    let countdown = Countdown::of(&visit.pack(), today);
    let (now, last_year) = {
        let directory = visit.app.directory();
        let select = |states| Selection::new(&directory, &scope, states, countdown, top.as_ref().map(|top| top.id), None, None);
        (select(&states), select(&before))
    };
    let trend = trend(&Trend::of(&now, &last_year, today), top.as_ref());
    if let Some(branch) = top.as_ref().filter(|top| top.is_branch()) {
        let month = BranchMonth::of(&visit, branch).await?;
        // What stands among the month's own lines is not said twice.
        let shown: Vec<&str> = month.todo.iter().filter_map(|todo| todo.act.as_ref()).map(|act| act.href.as_str()).collect();
        let waiting: Vec<WaitingItem> = waiting.into_iter().filter(|item| !shown.contains(&item.act.href.as_str())).collect();
        return visit.page(&BranchDesk { layout, month, today: day_words(today), waiting: lines(&visit, waiting), trend });
    }
    let office = Office::of(&visit, top.as_ref(), &waiting, &now, &last_year).await?;
    visit.page(&OfficeDesk { layout, office, waiting: lines(&visit, waiting), trend })
}

fn lines(visit: &Visit, waiting: Vec<WaitingItem>) -> Waiting {
    let today = visit.today();
    let line = |item: WaitingItem| {
        let since = super::all::since_words(item.since, today);
        Waits { icon: item.icon, title: item.title, note: item.note, since, act: item.act }
    };
    Waiting { n: waiting.len(), kinds: super::all::kinds(&waiting), lines: waiting.into_iter().take(N_WAITING).map(line).collect() }
}

fn trend(trend: &Trend, top: Option<&OrgNode>) -> Option<TrendView> {
    let name = top.map_or("全部", |top| top.name.as_str());
    trend.last().map(|(month, tally)| TrendView {
        share: tally.share(),
        sentence: format!("{} 月应办 {} 件，按时 {} 件", month.ordinal, tally.n_required(), tally.n_on_time()),
        chart: trend.chart(name),
        speaks: format!("{name}近 12 个月责任按时率，最近一个月 {}", tally.share()),
        table: trend.table(),
        is_drawn: trend.is_drawn(),
    })
}

/// For those who have no duties to look at: members, administrators.
fn plain(visit: &Visit, layout: Layout, waiting: Vec<WaitingItem>, watched: Vec<Watched>) -> PlainDesk {
    let may = |capability| visit.actor().may(capability);
    let mut links = vec![("user", Link::new("我的", "/me"), "自己的组织关系、参加组织生活的情况")];
    if may(Capability::ViewPolicies) {
        links.push(("book", Link::new("制度规则", "/policies"), "每一条规则和它的出处"));
    }
    if may(Capability::GiveSuggestions) {
        links.push(("message", Link::new("意见建议", "/suggestions"), "用得不顺手的，写一句"));
    }
    let n = waiting.len();
    PlainDesk {
        layout,
        title: if n == 0 { "今天没有等您办的事".to_owned() } else { format!("有 {n} 件事等您办") },
        note: visit.actor().post_line(),
        waiting: lines(visit, waiting),
        watched,
        links,
    }
}
