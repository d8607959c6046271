//! What the desk says about tables: what is to be filled in, what is collected, what is to be allowed, listed, answered.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::Capability;
use store::Actor;

use super::{AskedTable, rows, see};
use crate::app::App;
use crate::burden;
use crate::http::view::{Link, WaitingItem};

/// What waits for somebody, as lines of the desk.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let mut waiting = to_fill_in(app, actor, today).await?;
    waiting.extend(collected(app, actor, today).await?);
    waiting.extend(to_decide(app, actor).await?);
    Ok(waiting)
}

pub(super) fn listed(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn over(day: Date, today: Date) -> i64 {
    i64::from((today - day).get_days()).max(0)
}

async fn to_fill_in(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let places = see::places_of(actor, Capability::AnswerTables);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let reader = app.store().reader();
    let condition = format!("u.answered_on is null and u.organisation_id in ({})", listed(&places));
    let units = rows::units(reader, &condition, Vec::new()).await?;
    let tables = tables_of(app, units.iter().map(|unit| unit.table)).await?;
    let line = |unit: &super::AskedUnit| {
        let table = tables.get(&unit.table).filter(|table| table.is_open())?;
        let back = if unit.returned.is_empty() { String::new() } else { format!("退回修改：{}；", unit.returned) };
        Some(WaitingItem {
            icon: "table",
            title: format!("填表：{}", table.title),
            note: format!("{back}要填 {} 项，{} 前；其余系统已经填好", unit.n_asked, table.due_on),
            since: table.issued_on?,
            over: over(table.due_on, today),
            act: Link::new("填写", format!("{}?organisation={}", table.address(), unit.organisation)),
        })
    };
    Ok(units.iter().filter_map(line).collect())
}

async fn tables_of(app: &App, ids: impl Iterator<Item = i64>) -> anyhow::Result<HashMap<i64, AskedTable>> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = rows::tables(app.store().reader(), &format!("t.id in ({})", listed(&ids)), Vec::new()).await?;
    Ok(found.into_iter().map(|table| (table.id, table)).collect())
}

async fn collected(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let places = see::places_of(actor, Capability::AskTables);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let condition = format!("t.issued_on is not null and t.closed_on is null and t.organisation_id in ({})", listed(&places));
    let mut tables = rows::tables(app.store().reader(), &condition, Vec::new()).await?;
    tables.retain(|table| see::is_office(actor, table));
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = tables.iter().map(|table| table.id).collect();
    let units = rows::units(app.store().reader(), &format!("u.answered_on is null and u.table_id in ({})", listed(&ids)), Vec::new()).await?;
    let line = |table: &AskedTable| {
        let n_left = units.iter().filter(|unit| unit.table == table.id).count();
        let (title, note, act) = match n_left {
            0 => (format!("收齐了：{}", table.title), "导出以后可以关闭".to_owned(), "查看"),
            n if table.due_on < today => (format!("没有收齐：{}", table.title), format!("到期了，还有 {n} 个单位没有填"), "看看是哪些"),
            _ => return None,
        };
        Some(WaitingItem {
            icon: "table",
            title,
            note,
            since: table.due_on.min(today),
            over: over(table.due_on, today),
            act: Link::new(act, table.address()),
        })
    };
    Ok(tables.iter().filter_map(line).collect())
}

async fn to_decide(app: &App, actor: &Actor) -> anyhow::Result<Vec<WaitingItem>> {
    if !actor.may(Capability::ApproveBurden) {
        return Ok(Vec::new());
    }
    let reader = app.store().reader();
    let mut waiting = Vec::new();
    for it in burden::approvals(reader, "a.decided_on is null", Vec::new()).await? {
        if burden::may_decide(app, actor, &it) {
            waiting.push(WaitingItem {
                icon: "clock",
                title: format!("占用时间超过上限：{}", it.title),
                note: format!("{} 个单位，一共 {}", it.n_units, burden::time_words(it.minutes)),
                since: it.asked_on,
                over: 0,
                act: Link::new("答复", format!("/burden/approvals/{}", it.id)),
            });
        }
    }
    for it in burden::items(reader, "i.decided_on is null", Vec::new()).await? {
        if burden::may_approve(actor, it.organisation) && it.proposed_by != actor.person_id {
            waiting.push(WaitingItem {
                icon: "list-details",
                title: format!("报请列入准入清单：{}", it.name),
                note: format!("{}，{}", it.kind, it.frequency),
                since: it.proposed_on,
                over: 0,
                act: Link::new("答复", format!("/burden/items/{}", it.id)),
            });
        }
    }
    let pack = app.pack();
    for it in burden::demands(reader, "d.decided_on is null", Vec::new()).await? {
        let is_ours = {
            let directory = app.directory();
            directory
                .org(it.organisation)
                .is_some_and(|org| burden::lists_for(&pack, &directory, org).iter().any(|(_, _, office)| burden::may_approve(actor, *office)))
        };
        if is_ours {
            waiting.push(WaitingItem {
                icon: "message-report",
                title: format!("清单外的要求：{}", it.what),
                note: format!("{} 提出，{}没有办", it.asker, app.directory().name_of(it.organisation)),
                since: it.demanded_on,
                over: 0,
                act: Link::new("答复", format!("/burden/demands/{}", it.id)),
            });
        }
    }
    Ok(waiting)
}
