//! What the desk says about inspections: to the team which units, to the office what comes next. The inspected side is told nothing here.

use jiff::civil::Date;
use policy::InspectionMode;
use store::Actor;

use super::{finish, rows, see};
use crate::app::App;
use crate::http::view::{Link, WaitingItem};

/// What waits for somebody, as lines of the desk.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let reader = app.store().reader();
    let is_in_a_team = match actor.person_id {
        Some(person) => !rows::teams_with(reader, person).await?.is_empty(),
        None => false,
    };
    let places = see::places_of(actor);
    if places.is_empty() && !is_in_a_team {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    for sight in see::seen(reader, app, actor, "i.closed_on is null", Vec::new()).await? {
        let it = &sight.inspection;
        let line = |icon: &'static str, note: String, act: Link| WaitingItem {
            icon,
            title: it.title.clone(),
            note,
            since: it.opened_on,
            over: i64::from((today - it.until).get_days()).max(0),
            act,
        };
        let own: Vec<_> = sight.targets.iter().filter(|target| sight.inspects(target) && target.handed_in_on.is_none()).collect();
        if !own.is_empty() && it.report_on.is_none() && it.from <= today {
            let note = format!("{} 至 {}，您的组还有 {} 个单位没有检查", it.from, it.until, own.len());
            items.push(line("search", note, Link::new("去检查", it.address())));
        }
        if !places.contains(&it.organisation) {
            continue;
        }
        let is_in: Vec<_> = sight.targets.iter().filter(|target| target.is_in()).collect();
        let said = if it.mode == InspectionMode::Random && is_in.is_empty() {
            Some(("等种子：两个人各给一半，或者用公开号码", "给种子", format!("{}/seed", it.address())))
        } else if is_in.iter().any(|target| target.team.is_none()) {
            Some(("单位已经定了，还没有分派检查组", "编组分派", format!("{}/teams", it.address())))
        } else if it.report_on.is_none() && is_in.iter().all(|target| target.handed_in_on.is_some()) {
            Some(("各单位都检查完了", "发出报告", format!("{}/report", it.address())))
        } else if it.report_on.is_some() && finish::problems_of(reader, it.id).await?.1 == 0 {
            Some(("查出的问题全部核验销号", "办结", format!("{}/close", it.address())))
        } else {
            None
        };
        items.extend(said.map(|(note, verb, href)| line("search", note.to_owned(), Link::new(verb, href))));
    }
    Ok(items)
}
