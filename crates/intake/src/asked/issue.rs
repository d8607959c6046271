//! Issuing a table: to whom, what is asked of each after what is known and what was answered this year, what it costs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::{Answered, AskedColumn, AskedTable, AskedUnit, KIND, facts, rows, see};
use crate::app::App;
use crate::burden::{self, Cost, Wish};

/// Days within which an answer stands for the same question.
const SETTING_DAYS: &str = "table_answer_days";

/// The units of a draft, in the order of the tree.
#[must_use]
pub fn units_of(app: &App, table: &AskedTable) -> Vec<OrgId> {
    let directory = app.directory();
    let office = &table.units.office_fields;
    let is_of_field = |field: &str| table.units.field.is_empty() || table.units.field == field;
    directory
        .subtree(table.organisation)
        .filter(|org| org.id != table.organisation && org.until.is_none() && (office.is_empty() || office.contains(&org.field)))
        .filter(|org| table.units.ids.contains(&org.id) || (table.units.levels.contains(&org.level) && is_of_field(&org.field)))
        .map(|org| org.id)
        .collect()
}

/// What each unit has answered already of what is asked, the newest first said: by organisation and heading.
pub(super) async fn answered_before<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    columns: &[AskedColumn],
    units: &[OrgId],
    on: Date,
) -> anyhow::Result<HashMap<OrgId, BTreeMap<String, Answered>>> {
    let asked: BTreeSet<&str> = columns.iter().filter(|column| column.is_asked()).map(|column| column.key.as_str()).collect();
    let Some(days) = app.pack().whole(SETTING_DAYS, on).filter(|_| !asked.is_empty()) else { return Ok(HashMap::new()) };
    let since = on.checked_sub(jiff::Span::new().days(days))?;
    let places = (2..=asked.len() + 1).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let mut values = vec![since.to_string().into()];
    values.extend(asked.iter().map(|key| sea_orm::Value::from(*key)));
    let condition = format!(
        "a.from_table_id is null and a.answered_on >= $1 and a.heading_key in ({places}) and exists (select 1 from asked_unit u where u.table_id = a.table_id and u.organisation_id = a.organisation_id and u.answered_on is not null)"
    );
    let wanted: BTreeSet<OrgId> = units.iter().copied().collect();
    let mut before: HashMap<OrgId, BTreeMap<String, Answered>> = HashMap::new();
    for answer in rows::answers(connection, &condition, values).await? {
        if wanted.contains(&answer.organisation) {
            before.entry(answer.organisation).or_default().entry(answer.key.clone()).or_insert(answer);
        }
    }
    Ok(before)
}

/// What a draft would take of those to whom it goes.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of<C: ConnectionTrait>(connection: &C, app: &App, table: &AskedTable, columns: &[AskedColumn], on: Date) -> anyhow::Result<Cost> {
    let units = units_of(app, table);
    let before = answered_before(connection, app, columns, &units, on).await?;
    let n_asked = columns.iter().filter(|column| column.is_asked()).count();
    let each: Vec<(OrgId, u64)> =
        units.iter().map(|unit| (*unit, n_asked.saturating_sub(before.get(unit).map_or(0, BTreeMap::len)) as u64)).collect();
    burden::cost(connection, &app.pack(), on, burden::FIELD, &each).await
}

async fn draft(tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<(AskedTable, Vec<AskedColumn>)> {
    let table = see::own(tx.connection(), actor, id).await?.filter(AskedTable::is_draft);
    let table = table.ok_or_else(|| Refusal("没有找到这张还没下发的表。".to_owned()))?;
    let columns = rows::columns(tx.connection(), id).await?;
    Ok((table, columns))
}

/// Asks for an approval of what is above the ceiling.
///
/// # Errors
/// [`Refusal`] when none is needed or no reason is given.
pub async fn ask_approval(app: &App, tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<i64> {
    let (table, columns) = draft(tx, actor, id).await?;
    let cost = cost_of(tx.connection(), app, &table, &columns, tx.today()).await?;
    burden::ask(tx, &Wish { kind: KIND, subject: id, organisation: table.organisation, title: &table.title }, reason, &cost).await
}

/// Issues a table: whoever has answered all of it this year is not asked again.
///
/// # Errors
/// [`Refusal`] of what is known in full, without units, overdue at once, not on the list of what may be asked, above the ceiling.
pub async fn issue(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<usize> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    tx.lock("asked_table", id).await?;
    let (table, columns) = draft(tx, actor, id).await?;
    let today = tx.today();
    if !columns.iter().any(AskedColumn::is_asked) {
        return refuse("这张表要的，系统里都有，不用下面再填：直接导出就行。".to_owned());
    }
    let units = units_of(app, &table);
    if units.is_empty() {
        return refuse("请选发给哪些单位。".to_owned());
    }
    if table.due_on <= today {
        return refuse(format!("截止日期请写在今天（{today}）以后，给填的人留出时间。"));
    }
    {
        let directory = app.directory();
        let scope = actor.scope(Capability::AskTables);
        if !units.iter().all(|unit| directory.is_visible(&scope, *unit)) {
            return refuse("选了不在您管辖范围内的单位，请重新选。".to_owned());
        }
    }
    burden::check_permitted(app, tx, &units, &table.permitted).await?;
    let cost = cost_of(tx.connection(), app, &table, &columns, today).await?;
    burden::permit(tx, KIND, id, &cost).await?;
    if cost.n_items == 0 {
        return refuse("这些单位一年内都答过同样的栏目，不用再发：直接导出就行。".to_owned());
    }
    let before = answered_before(tx.connection(), app, &columns, &units, today).await?;
    let n_asked = i64::try_from(columns.iter().filter(|column| column.is_asked()).count())?;
    let ids = tx.next_ids(units.len()).await?;
    let (mut asked, mut answers) = (Vec::with_capacity(units.len()), Vec::new());
    for (organisation, unit) in units.iter().zip(ids) {
        let known = before.get(organisation);
        for column in columns.iter().filter(|column| column.is_asked()) {
            let Some(earlier) = known.and_then(|known| known.get(&column.key)) else { continue };
            answers.push(Answered { table: id, column: column.id, from_table: Some(earlier.table), ..earlier.clone() });
        }
        let n_left = n_asked - i64::try_from(known.map_or(0, BTreeMap::len))?;
        asked.push(AskedUnit {
            id: unit,
            table: id,
            organisation: *organisation,
            n_asked: n_left,
            n_typed: 0,
            answered_on: (n_left == 0).then_some(today),
            is_late: false,
            returned: String::new(),
        });
    }
    rows::mark(tx, id, "issued_on", today, "").await?;
    rows::insert_units(tx, &asked).await?;
    rows::insert_answers(tx, &answers).await?;
    crate::facts::insert(tx, facts::SOURCE, asked.iter().map(|unit| (unit.id, facts::facts_of(unit))).collect()).await?;
    tx.record("table.issue", "asked_table", id, Some(table.organisation), json!({ "units": asked.len(), "minutes": cost.minutes }));
    tx.changed("asked_table", id, None);
    Ok(asked.len())
}
