//! Pairing (结对帮带): whoever holds a title helps so many others, and what became of these counts when the title is looked at again.

use jiff::civil::Date;
use policy::{Capability, Pack, Selection};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::entities::selection_pair;
use store::{Actor, OrgId, Refusal, Tx, execute, query};

use super::rows::{self, Entry, Standing};
use super::{SUBJECT, scope_of};
use crate::app::App;
use crate::notice;

/// One organisation that is helped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub id: i64,
    pub organisation: OrgId,
    pub since: Date,
    pub until: Option<Date>,
}

impl Pair {
    pub fn holds_on(&self, day: Date) -> bool {
        self.until.is_none_or(|until| until > day)
    }
}

/// Every pair of an entry, those that hold first.
pub(super) async fn all<C: ConnectionTrait>(connection: &C, entry: i64) -> anyhow::Result<Vec<Pair>> {
    let sql = "select id, organisation_id, since_on, until_on from selection_pair where entry_id = $1 order by until_on is not null, id";
    let rows = query(connection, sql, [entry.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Pair {
                id: row.try_get("", "id")?,
                organisation: row.try_get("", "organisation_id")?,
                since: row.try_get::<String>("", "since_on")?.parse()?,
                until: crate::directory::optional_day(row, "until_on")?,
            })
        })
        .collect()
}

/// Why the title cannot be confirmed for want of pairs; `None`: it can.
pub(super) async fn lacking(tx: &Tx, selection: &Selection, entry: &Entry) -> anyhow::Result<Option<String>> {
    let Some(wanted) = selection.helps else { return Ok(None) };
    let today = tx.today();
    let n = all(tx.connection(), entry.id).await?.iter().filter(|pair| pair.holds_on(today)).count();
    let wanted = usize::try_from(wanted)?;
    Ok((n < wanted).then(|| format!("“{}”要结对帮带 {wanted} 个，现在只有 {n} 个；先结对，复核时看帮带的结果。", selection.title)))
}

/// Whether somebody arranges whom the holder helps: whoever reviews the title there.
pub(super) fn may_pair(app: &App, actor: &Actor, entry: &Entry) -> bool {
    app.directory().is_visible(&actor.scope(Capability::ReviewSelections), entry.organisation)
}

/// Pairs the holder of a title with an organisation to help.
///
/// # Errors
/// [`Refusal`]: the title is not held, takes no pairs or no more, or the organisation does not fit.
pub(super) async fn pair(app: &App, tx: &mut Tx, actor: &Actor, selection: &Selection, entry: &Entry, organisation: OrgId) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let Some(wanted) = selection.helps else { return refuse(format!("“{}”不要求结对帮带。", selection.title)) };
    tx.lock("selection_entry", entry.id).await?;
    let today = tx.today();
    if entry.standing(today) != Standing::Held {
        return refuse("命名以后、在有效期内才结对。".to_owned());
    }
    if !may_pair(app, actor, entry) {
        return refuse("由审核这个称号的党组织安排结对。".to_owned());
    }
    let helped = app.directory().visible(&actor.scope(Capability::ReviewSelections).union(scope_of(actor)), organisation).cloned();
    let Some(helped) = helped else { return refuse("没有找到这个党组织，请在您管的党组织里选。".to_owned()) };
    if helped.id == entry.organisation || !selection.is_open_to(&helped.kind, &helped.field, &helped.level) {
        return refuse(format!("{}不能作为帮带对象，请选同一范围的其他党组织。", helped.name));
    }
    let others = rows::of_organisation(tx.connection(), &entry.selection, helped.id).await?;
    if others.iter().any(|other| other.standing(today) == Standing::Held) {
        return refuse(format!("{}自己就是“{}”，不用帮带。", helped.name, selection.title));
    }
    let pairs = all(tx.connection(), entry.id).await?;
    let open: Vec<&Pair> = pairs.iter().filter(|pair| pair.holds_on(today)).collect();
    if open.iter().any(|pair| pair.organisation == helped.id) {
        return refuse(format!("已经和{}结对。", helped.name));
    }
    if open.len() >= usize::try_from(wanted)? {
        return refuse(format!("已经结对 {} 个；要换的，先结束一个。", open.len()));
    }
    let id = tx.next_id().await?;
    selection_pair::ActiveModel {
        id: Set(id),
        entry_id: Set(entry.id),
        organisation_id: Set(helped.id),
        since_on: Set(today.to_string()),
        until_on: Set(None),
    }
    .insert(tx.connection())
    .await?;
    tx.record("selection.pair", "selection_entry", entry.id, Some(entry.organisation), json!({ "helped": helped.id }));
    tx.changed("selection_entry", entry.id, Some(entry.organisation));
    let holder = app.directory().name_of(entry.organisation).to_owned();
    let told = [(entry.organisation, format!("与{}结对帮带。", helped.name)), (helped.id, format!("由{holder}（{}）结对帮带。", selection.title))];
    for (to, text) in told {
        notice::send(tx, notice::To::Organisation(to), SUBJECT, &text, &entry.address()).await?;
    }
    Ok(id)
}

/// Ends a pair; what became of it stays on the page.
///
/// # Errors
/// [`Refusal`]: not there, ended already, or not the actor's to end.
pub(super) async fn end(app: &App, tx: &mut Tx, actor: &Actor, entry: &Entry, pair: i64) -> anyhow::Result<()> {
    if !may_pair(app, actor, entry) {
        return Err(Refusal("由审核这个称号的党组织安排结对。".to_owned()).into());
    }
    let today = tx.today();
    let pairs = all(tx.connection(), entry.id).await?;
    if !pairs.iter().any(|it| it.id == pair && it.holds_on(today)) {
        return Err(Refusal("这一对已经结束，或者不在这里。".to_owned()).into());
    }
    execute(tx.connection(), "update selection_pair set until_on = $2 where id = $1", [pair.into(), today.to_string().into()]).await?;
    tx.record("selection.unpair", "selection_entry", entry.id, Some(entry.organisation), json!({ "pair": pair }));
    tx.changed("selection_entry", entry.id, Some(entry.organisation));
    Ok(())
}

/// Stars of an organisation before a day and now, by its published results that are no previews; `None`: not rated then.
pub(super) async fn stars<C: ConnectionTrait>(
    connection: &C,
    pack: &Pack,
    organisation: OrgId,
    since: Date,
) -> anyhow::Result<(Option<u8>, Option<u8>)> {
    let grades = rows::grades_in_use(connection, pack, organisation).await?;
    let then = grades.iter().filter(|grade| grade.published_on <= since).find_map(|grade| grade.star);
    Ok((then, grades.iter().find_map(|grade| grade.star)))
}
