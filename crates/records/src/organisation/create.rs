//! Organisations enter the registry: many in one call, superiors in any order.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use policy::{Capability, OrganisationRole};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::{organisation, organisation_state, organisation_term, post_holding};
use store::{Actor, OrgId, Refusal, Tx, insert_all};

use super::model::{NewHolding, NewOrganisation, Outcome, SINCE_UNKNOWN, fault, level_of};
use super::store::{ids_of_codes, rebuild_paths, refresh_facts, states, within};
use super::update::update_all;
use crate::app::App;

/// Who may write the registry: whoever manages organisations, or imports.
pub(super) const MAY_WRITE: [Capability; 2] = [Capability::ManageOrganisations, Capability::Import];

/// Puts in organisations that are not there yet, with term, secretary, paths and facts. Superiors may stand in the same
/// batch, in any order, or in the database.
///
/// # Errors
/// [`Refusal`]: a code is taken or twice in the batch, the superior is unknown or out of reach, a kind, field or level is not the pack's.
pub async fn create_all(app: &App, tx: &mut Tx, actor: &Actor, new: Vec<NewOrganisation>) -> anyhow::Result<Vec<OrgId>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let pack = app.pack();
    if let Some(sentence) = new.iter().find_map(|new| fault(&pack, new)) {
        return Err(Refusal(sentence).into());
    }
    let codes: Vec<&str> = new.iter().flat_map(|new| [Some(new.code.as_str()), new.superior_code.as_deref()]).flatten().collect();
    let known = ids_of_codes(tx, &codes).await?;
    let mut in_batch: HashMap<&str, usize> = HashMap::new();
    for (i, it) in new.iter().enumerate() {
        if known.contains_key(&it.code) || in_batch.insert(&it.code, i).is_some() {
            return Err(Refusal(format!("组织编码 {} 已经有了，编码不能重复。", it.code)).into());
        }
    }
    let superiors = check_superiors(tx, actor, &pack, &new, &known, &in_batch).await?;
    let ids = tx.next_ids(new.len()).await?;
    let parent_of = |it: &NewOrganisation| -> Option<OrgId> {
        let code = it.superior_code.as_deref()?;
        in_batch.get(code).map(|i| ids[*i]).or_else(|| known.get(code).copied())
    };
    let mut depths: HashMap<usize, usize> = HashMap::new();
    for i in 0..new.len() {
        depth(i, &new, &in_batch, &superiors, &mut depths, 0)?;
    }
    let levels: Vec<String> =
        new.iter().enumerate().map(|(i, it)| it.level.clone().unwrap_or_else(|| level_of(&pack, &it.kind, depths[&i]))).collect();
    insert_rows(tx, &new, &ids, &levels, parent_of).await?;
    rebuild_paths(tx, &ids).await?;
    refresh_facts(tx, &pack, &ids).await?;
    for (it, id) in new.iter().zip(&ids) {
        tx.record("organisation.create", "organisation", *id, Some(*id), json!({ "code": it.code, "source": it.source }));
        tx.changed("organisation", *id, Some(*id));
    }
    Ok(ids)
}

/// Creates what is not there and updates what is, in the order given; `on` is the day from which changes hold.
///
/// # Errors
/// As [`create_all`] and [`update_all`].
pub async fn put_all(app: &App, tx: &mut Tx, actor: &Actor, list: Vec<NewOrganisation>, on: Date) -> anyhow::Result<Vec<(OrgId, Outcome)>> {
    let codes: Vec<&str> = list.iter().map(|it| it.code.as_str()).collect();
    let known = ids_of_codes(tx, &codes).await?;
    let (old, new): (Vec<_>, Vec<_>) = list.into_iter().enumerate().partition(|(_, it)| known.contains_key(&it.code));
    let mut outcomes = BTreeMap::new();
    let (places, fresh): (Vec<usize>, Vec<_>) = new.into_iter().unzip();
    for (place, id) in places.into_iter().zip(create_all(app, tx, actor, fresh).await?) {
        outcomes.insert(place, (id, Outcome::Created));
    }
    let (places, again): (Vec<usize>, Vec<_>) = old.into_iter().unzip();
    for (place, outcome) in places.into_iter().zip(update_all(app, tx, actor, again, on).await?) {
        outcomes.insert(place, outcome);
    }
    Ok(outcomes.into_values().collect())
}

/// Depths of the superiors that are in the database already, by code, after checking that the actor reaches them.
async fn check_superiors(
    tx: &Tx,
    actor: &Actor,
    pack: &policy::Pack,
    new: &[NewOrganisation],
    known: &HashMap<String, OrgId>,
    in_batch: &HashMap<&str, usize>,
) -> anyhow::Result<HashMap<String, usize>> {
    let is_console = actor.grants.iter().any(|grant| grant.set.everything);
    let mut above: HashMap<&str, OrgId> = HashMap::new();
    for it in new {
        match it.superior_code.as_deref() {
            None if !is_console => return Err(Refusal(format!("组织 {} 没有填上级。最高一级的组织由建库的人在本机建立。", it.code)).into()),
            None => {}
            Some(code) if in_batch.contains_key(code) => {}
            Some(code) => match known.get(code) {
                Some(id) => _ = above.insert(code, *id),
                None => return Err(unknown_superior(it).into()),
            },
        }
    }
    let ids: Vec<OrgId> = above.values().copied().collect();
    let reached = within(tx, actor, &MAY_WRITE, &ids).await?;
    if let Some(it) = new.iter().find(|it| it.superior_code.as_deref().and_then(|code| above.get(code)).is_some_and(|id| !reached.contains(id))) {
        return Err(unknown_superior(it).into());
    }
    let states = states(tx, &ids).await?;
    let mut depths = HashMap::new();
    for (code, id) in above {
        let Some(now) = states.get(&id).and_then(|rows| rows.last()).filter(|row| row.until_on.is_none()) else {
            return Err(Refusal(format!("上级党组织 {code} 已经撤销，请填现在的上级。")).into());
        };
        if pack.organisation_kinds.get(&now.kind).is_some_and(|kind| kind.role == OrganisationRole::Group) {
            return Err(Refusal(format!("上级党组织 {code} 是党小组，下面不能再设组织。")).into());
        }
        let rows =
            store::query(tx.connection(), "select max(depth) from organisation_path where descendant_id = $1 and until_on is null", [id.into()])
                .await?;
        let depth: Option<i64> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.flatten();
        depths.insert(code.to_owned(), usize::try_from(depth.unwrap_or_default()).unwrap_or_default());
    }
    Ok(depths)
}

fn unknown_superior(it: &NewOrganisation) -> Refusal {
    Refusal(format!(
        "组织 {}：上级党组织 {} 不在库里，也不在这批数据里。请先建上级，或者改正编码。",
        it.code,
        it.superior_code.as_deref().unwrap_or_default()
    ))
}

/// How deep below the top a record of the batch stands.
fn depth(
    i: usize,
    new: &[NewOrganisation],
    in_batch: &HashMap<&str, usize>,
    above: &HashMap<String, usize>,
    depths: &mut HashMap<usize, usize>,
    steps: usize,
) -> Result<usize, Refusal> {
    if let Some(depth) = depths.get(&i) {
        return Ok(*depth);
    }
    if steps > new.len() {
        return Err(Refusal(format!("组织 {} 的上级绕了一圈又回到它自己，请改正上级编码。", new[i].code)));
    }
    let depth = match new[i].superior_code.as_deref() {
        None => 0,
        Some(code) => match in_batch.get(code) {
            Some(parent) => depth(*parent, new, in_batch, above, depths, steps + 1)? + 1,
            None => above.get(code).map_or(1, |depth| depth + 1),
        },
    };
    depths.insert(i, depth);
    Ok(depth)
}

async fn insert_rows(
    tx: &mut Tx,
    new: &[NewOrganisation],
    ids: &[OrgId],
    levels: &[String],
    parent_of: impl Fn(&NewOrganisation) -> Option<OrgId>,
) -> anyhow::Result<()> {
    let mut row_ids = tx.next_ids(new.len() * 3).await?.into_iter();
    let mut next = || row_ids.next().expect("three numbers were taken for each organisation");
    let (state_no, term_no, post_no) = (tx.pending_no("organisation_state"), tx.pending_no("organisation_term"), tx.pending_no("post_holding"));
    let at = tx.at_text();
    let (mut orgs, mut states, mut terms, mut posts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((it, id), level) in new.iter().zip(ids).zip(levels) {
        let founded = it.founded_on.unwrap_or(SINCE_UNKNOWN);
        orgs.push(organisation::ActiveModel {
            id: Set(*id),
            code: Set(it.code.clone()),
            go_live_on: Set(None),
            theme_day: Set(None),
            created_at: Set(at.clone()),
        });
        states.push(organisation_state::ActiveModel {
            id: Set(next()),
            organisation_id: Set(*id),
            name: Set(it.name.clone()),
            pinyin: Set(crate::pinyin::key(&it.name)),
            kind: Set(it.kind.clone()),
            level: Set(level.clone()),
            field: Set(it.field.clone()),
            parent_id: Set(parent_of(it)),
            region_code: Set(it.region_code.clone()),
            longitude: Set(it.longitude.clone()),
            latitude: Set(it.latitude.clone()),
            host_unit: Set(None),
            source: Set(it.source.clone()),
            from_on: Set(founded.to_string()),
            until_on: Set(None),
            recorded_in: Set(state_no),
            superseded_in: Set(None),
        });
        if let Some((elected_on, years)) = it.elected_on.zip(it.term_years) {
            terms.push(new_term(next(), *id, elected_on, years, &it.source, term_no));
        }
        if let Some(name) = it.secretary.as_deref().filter(|name| !name.is_empty()) {
            let holding = NewHolding { post: "secretary".to_owned(), name: name.to_owned(), telephone: it.telephone.clone(), member_id: None };
            posts.push(new_holding(tx, next(), *id, &holding, it.elected_on.unwrap_or(founded), &it.source, post_no));
        }
    }
    insert_all::<organisation::Entity, _, _>(tx.connection(), orgs).await?;
    insert_all::<organisation_state::Entity, _, _>(tx.connection(), states).await?;
    insert_all::<organisation_term::Entity, _, _>(tx.connection(), terms).await?;
    insert_all::<post_holding::Entity, _, _>(tx.connection(), posts).await?;
    Ok(())
}

pub(super) fn new_term(id: i64, org: OrgId, elected_on: Date, years: i64, source: &str, no: i64) -> organisation_term::ActiveModel {
    organisation_term::ActiveModel {
        id: Set(id),
        organisation_id: Set(org),
        elected_on: Set(elected_on.to_string()),
        term_years: Set(years),
        postponed_until: Set(None),
        until_on: Set(None),
        source: Set(source.to_owned()),
        recorded_in: Set(no),
        superseded_in: Set(None),
    }
}

pub(super) fn new_holding(tx: &Tx, id: i64, org: OrgId, new: &NewHolding, from: Date, source: &str, no: i64) -> post_holding::ActiveModel {
    let telephone = new.telephone.as_deref().map(str::trim).filter(|text| !text.is_empty());
    post_holding::ActiveModel {
        id: Set(id),
        organisation_id: Set(org),
        post: Set(new.post.clone()),
        name: Set(new.name.clone()),
        pinyin: Set(crate::pinyin::key(&new.name)),
        telephone: Set(telephone.map(|text| tx.keys().seal("post_holding.telephone", id, text))),
        telephone_index: Set(telephone.map(|text| tx.keys().blind_index("post_holding.telephone", text))),
        telephone_last4: Set(telephone.map(|text| tx.keys().blind_index("post_holding.telephone.last4", last4(text)))),
        member_id: Set(new.member_id),
        source: Set(source.to_owned()),
        from_on: Set(from.to_string()),
        until_on: Set(None),
        recorded_in: Set(no),
        superseded_in: Set(None),
    }
}

/// The last four characters of a number.
pub fn last4(text: &str) -> &str {
    let from = text.char_indices().rev().nth(3).map_or(0, |(i, _)| i);
    &text[from..]
}

/// All of them distinct.
pub(super) fn distinct(ids: impl IntoIterator<Item = OrgId>) -> Vec<OrgId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}
