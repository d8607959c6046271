//! What the desk says about problems: one line each while they are few, one line per kind when they are many.

use jiff::civil::Date;
use policy::{ActionKind, Capability};
use store::{Actor, OrgId};

use super::limits::Limits;
use super::model::{Problem, State};
use super::see::{places_of, reach};
use super::self_check::may_issue;
use super::{escalation_days, feedback, groups, listed, procedures, rows};
use crate::app::App;
use crate::http::list::encoded;
use crate::http::view::{Link, WaitingItem};

/// Of one kind, so many stand by themselves.
const N_APART_MAX: usize = 4;
/// More of a kind than this are not read for the desk.
const N_READ_MAX: usize = 500;

/// What waits for somebody, as lines of the desk.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let mut items = Vec::new();
    let reader = app.store().reader();
    let works = places_of(actor, Capability::WorkOnProblems);
    if !works.is_empty() {
        let until = today.checked_add(jiff::Span::new().days(app.pack().soon_days(today)))?;
        // Without measures it waits at once; with them, from the days before its date.
        let first = first_stages(app);
        let condition = format!(
            "p.closed_on is null and p.is_own and not p.is_handed_in and p.organisation_id in ({}) and (p.due_on <= $1 or exists (select 1 from case_file c where c.id = p.case_id and c.stage in ({first})))",
            listed(&works)
        );
        let order = format!("p.due_on, p.id limit {N_READ_MAX}");
        let found = rows::problems_where(reader, &condition, &order, vec![until.to_string().into()]).await?;
        items.extend(lines(app, &found, today, "alert-circle", "整改", "个问题要整改", "/problems", |it| {
            format!("{}，责任人 {}，时限 {}", it.source, it.owner, it.due_on)
        }));
    }
    let verifies = places_of(actor, Capability::VerifyProblems);
    if !verifies.is_empty() {
        let condition = format!("p.closed_on is null and p.is_own and p.is_handed_in and p.issuer_id in ({})", listed(&verifies));
        let found = rows::problems_where(reader, &condition, &format!("p.due_on, p.id limit {N_READ_MAX}"), Vec::new()).await?;
        let found = within_reach(app, actor, found);
        items.extend(lines(app, &found, today, "clipboard-check", "核验", "个问题待核验", "/problems?of=issued&state=verifying", |_| {
            "整改单位报告已经完成，等您核验".to_owned()
        }));
        let over = to_be_urged(app, actor, today).await?;
        let (dated, steps): (Vec<Problem>, Vec<Problem>) = over.into_iter().partition(|it| it.due_on < today);
        items.extend(together(app, &dated, today, "bell-ringing", "催办", "个问题逾期，待催办", "/problems?of=issued&state=overdue"));
        items.extend(together(app, &steps, today, "bell-ringing", "催办", "个问题环节超期，待催办", "/problems?of=issued&state=over_step"));
        let up = escalated(app, actor, today).await?;
        items.extend(together(app, &up, today, "alert-octagon", "督办", "个问题逾期上报，待督办", "/problems?of=escalated"));
        items.extend(to_look_for(app, actor, today).await?);
    }
    Ok(items)
}

/// What others should look for too: what came up in several places of a field, and what was fed back from outside.
async fn to_look_for(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let pack = app.pack();
    let mut items = Vec::new();
    let field_of = |field: &str| pack.fields.get(field).map_or_else(|| field.to_owned(), |field| field.name.clone());
    let found = groups::to_be_ordered(app, actor, today).await?;
    for group in found.iter().take(if found.len() > N_APART_MAX { 0 } else { N_APART_MAX }) {
        items.push(WaitingItem {
            icon: "search",
            title: format!("“{}”在{}成片出现：{} 个党组织", group.kind, field_of(&group.field), group.n_units),
            note: "请发出举一反三自查，让本领域其他单位也查一查".to_owned(),
            since: group.last_on,
            over: 0,
            act: Link::new("发自查通知", format!("/problems/self-checks/new?kind={}&field={}", encoded(&group.kind), group.field)),
        });
    }
    if let Some(since) = found.iter().map(|group| group.last_on).min().filter(|_| found.len() > N_APART_MAX) {
        let title = format!("{} 类问题成片出现，还没有部署举一反三自查", found.len());
        items.push(WaitingItem { icon: "search", title, note: String::new(), since, over: 0, act: Link::new("发自查通知", "/problems/groups") });
    }
    let offices = groups::offices(app, actor);
    for it in feedback::seen(app.store().reader(), actor, None).await? {
        if !offices.contains(&it.organisation) {
            continue;
        }
        let lacking = feedback::progress(app, &it).await?.lacking;
        let own: Vec<String> = lacking.iter().filter(|look| may_issue(actor, it.organisation, &look.field)).map(|look| look.words(&pack)).collect();
        if own.is_empty() {
            continue;
        }
        items.push(WaitingItem {
            icon: "search",
            title: format!("{}反馈：{}还没有发出举一反三自查", it.source_body, own.join("、")),
            note: format!("{} 前报告整改情况", it.reply_due_on),
            since: it.received_on,
            over: i64::from((today - it.reply_due_on).get_days()).max(0),
            act: Link::new("看反馈", format!("/problems/feedback/{}", it.id)),
        });
    }
    Ok(items)
}

/// Keys of the stages at which problems begin, for an `in (…)`; none: a key that no stage has.
fn first_stages(app: &App) -> String {
    let pack = app.pack();
    let mut keys: Vec<String> =
        procedures(&pack).filter_map(|(_, procedure)| procedure.stages.first()).map(|stage| format!("'{}'", stage.key)).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() { "''".to_owned() } else { keys.join(", ") }
}

fn within_reach(app: &App, actor: &Actor, found: Vec<Problem>) -> Vec<Problem> {
    let scope = reach(actor);
    let directory = app.directory();
    found.into_iter().filter(|it| directory.is_visible(&scope, it.organisation)).collect()
}

/// Days between two reminders of the same.
fn quiet_days(app: &App, at: &str) -> i64 {
    let pack = app.pack();
    let actions = procedures(&pack).flat_map(|(_, procedure)| &procedure.stages).flat_map(|stage| &stage.actions);
    let days = actions.filter(|action| action.kind == ActionKind::Urge && action.by.at == at).filter_map(|action| action.days_min).min();
    days.map_or(1, i64::from)
}

/// Handed over from here, over by its date or at its step, and not reminded of lately.
pub(super) async fn to_be_urged(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<Problem>> {
    let places = places_of(actor, Capability::VerifyProblems);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    // What was handed in waits for this very office; nobody is reminded of it from here.
    let step = Limits::of(&app.pack()).over_sql(today);
    let condition = format!("not p.is_handed_in and (p.due_on < $1 or {step}) and {QUIET} and p.issuer_id in ({})", listed(&places));
    let found = rows::problems_where(
        app.store().reader(),
        &condition,
        &format!("p.due_on, p.id limit {N_READ_MAX}"),
        vec![today.to_string().into(), since(today, quiet_days(app, "issuer"))?.into()],
    )
    .await?;
    Ok(within_reach(app, actor, found))
}

/// Handed over by others below, over so long that they come up here, and of which nobody reminded lately: also what was handed in
/// to them and they do not verify.
pub(super) async fn escalated(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<Problem>> {
    let places = places_of(actor, Capability::VerifyProblems);
    let issuers: Vec<OrgId> = {
        let directory = app.directory();
        let is_directly_below = |id: OrgId| directory.children(id).filter(|org| !org.is_branch()).map(|org| org.id).collect::<Vec<_>>();
        places.iter().flat_map(|place| is_directly_below(*place)).collect()
    };
    if issuers.is_empty() {
        return Ok(Vec::new());
    }
    let step = Limits::of(&app.pack()).escalated_sql(today);
    let condition = format!("((not p.is_handed_in and p.due_on < $1) or {step}) and {QUIET} and p.issuer_id in ({})", listed(&issuers));
    let day = today.checked_sub(jiff::Span::new().days(escalation_days(&app.pack()).min(36_500)))?;
    let found = rows::problems_where(
        app.store().reader(),
        &condition,
        &format!("p.due_on, p.id limit {N_READ_MAX}"),
        // Over since the day after its date.
        vec![day.tomorrow()?.to_string().into(), since(today, quiet_days(app, "above_issuer"))?.into()],
    )
    .await?;
    Ok(within_reach(app, actor, found))
}

/// Open, and nobody reminded of it from the instant `$2` on.
const QUIET: &str =
    "p.closed_on is null and p.is_own and not exists (select 1 from case_act a where a.case_id = p.case_id and a.kind = 'urge' and a.acted_at >= $2)";

/// The beginning of the day so many days ago, as acts are dated.
fn since(today: Date, days: i64) -> anyhow::Result<String> {
    let day = today.checked_sub(jiff::Span::new().days(days - 1))?;
    Ok(store::instant_text(jiff::tz::Offset::constant(8).to_timestamp(day.at(0, 0, 0, 0))?))
}

fn over_of(limits: &Limits, it: &Problem, today: Date) -> i64 {
    let by_date = if it.state(today) == State::Overdue { -it.days_left(today) } else { 0 };
    by_date.max(limits.over(it, today).map_or(0, |step| step.days))
}

#[expect(clippy::too_many_arguments, reason = "the words of one kind of line")]
fn lines(
    app: &App,
    found: &[Problem],
    today: Date,
    icon: &'static str,
    verb: &str,
    many: &str,
    href: &str,
    note: impl Fn(&Problem) -> String,
) -> Vec<WaitingItem> {
    if found.len() > N_APART_MAX {
        return together(app, found, today, icon, verb, many, href).into_iter().collect();
    }
    let limits = Limits::of(&app.pack());
    let directory = app.directory();
    let item = |it: &Problem| WaitingItem {
        icon,
        title: format!("{} · {}", directory.name_of(it.organisation), it.title()),
        note: note(it),
        since: it.raised_on,
        over: over_of(&limits, it, today),
        act: Link::new(verb, it.address()),
    };
    found.iter().map(item).collect()
}

fn together(app: &App, found: &[Problem], today: Date, icon: &'static str, verb: &str, many: &str, href: &str) -> Option<WaitingItem> {
    let limits = Limits::of(&app.pack());
    let first = found.iter().map(|it| it.raised_on).min()?;
    let over = found.iter().map(|it| over_of(&limits, it, today)).max().unwrap_or_default();
    let n = if found.len() >= N_READ_MAX { format!("{N_READ_MAX} 以上") } else { found.len().to_string() };
    let note = if over > 0 { format!("最久的逾期 {over} 天") } else { String::new() };
    Some(WaitingItem { icon, title: format!("{n} {many}"), note, since: first, over, act: Link::new(verb, href) })
}
