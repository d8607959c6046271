//! The roster comes again: same code, what differs holds from a day on; what was wrong is superseded.

use jiff::civil::Date;
use serde_json::json;
use store::entities::{organisation_term, post_holding};
use store::{Actor, OrgId, Refusal, Tx};

use super::create::{MAY_WRITE, distinct};
use super::model::{NewHolding, NewOrganisation, Outcome, fault};
use super::rewrite::{Changes, States, load_states, write_states};
use super::store::{day, holdings, ids_of_codes, rebuild_paths, refresh_facts, terms, within};
use crate::app::App;

/// Brings organisations in line with a roster, by code. Name, kind, field and superior hold otherwise from `on`
/// (on or before the first day of what holds now: a correction); an empty cell changes nothing.
///
/// # Errors
/// [`Refusal`]: a code is unknown or out of reach, the organisation was dissolved, or as in [`super::create_all`].
pub async fn update_all(app: &App, tx: &mut Tx, actor: &Actor, list: Vec<NewOrganisation>, on: Date) -> anyhow::Result<Vec<(OrgId, Outcome)>> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let pack = app.pack();
    if let Some(sentence) = list.iter().find_map(|it| fault(&pack, it)) {
        return Err(Refusal(sentence).into());
    }
    let codes: Vec<&str> = list.iter().flat_map(|it| [Some(it.code.as_str()), it.superior_code.as_deref()]).flatten().collect();
    let known = ids_of_codes(tx, &codes).await?;
    let reached = within(tx, actor, &MAY_WRITE, &distinct(known.values().copied())).await?;
    let mut ids = Vec::with_capacity(list.len());
    for it in &list {
        let missing = || Refusal(format!("组织编码 {} 不在库里。", it.code));
        ids.push(*known.get(&it.code).filter(|id| reached.contains(id)).ok_or_else(missing)?);
    }
    let mut states = load_states(tx, &ids).await?;
    let (terms, holdings) = (terms(tx, &ids).await?, holdings(tx, &ids).await?);
    let mut changes = Changes::default();
    let mut outcomes = Vec::with_capacity(list.len());
    let (mut moved, mut touched) = (Vec::new(), Vec::new());
    for (it, id) in list.iter().zip(&ids) {
        // A superior that the roster repeats unchanged may stand above the actor's own reach.
        let superior = it.superior_code.as_ref().and_then(|code| known.get(code)).map(|id| Superior { id: *id, is_reached: reached.contains(id) });
        if let (Some(code), None) = (&it.superior_code, &superior) {
            return Err(Refusal(format!("组织 {}：上级党组织 {code} 不在库里，请先建上级，或者改正编码。", it.code)).into());
        }
        let now = states.entry(*id).or_default();
        if now.now().is_none() {
            return Err(Refusal(format!("组织 {}（{}）已经撤销，名册里不应再有它。", it.code, it.name)).into());
        }
        let mut fields = state_changes(now, it, superior.as_ref(), on)?;
        if fields.iter().any(|field| ["superior", "founded_on"].contains(field)) {
            moved.push(*id);
        }
        let old_terms = terms.get(id).map_or(&[][..], Vec::as_slice);
        let old_holdings = holdings.get(id).map_or(&[][..], Vec::as_slice);
        let since = term_changes(&mut changes, it, *id, old_terms, &mut fields)?;
        secretary_changes(tx, &mut changes, it, *id, old_holdings, since.unwrap_or(on), &mut fields)?;
        if fields.is_empty() {
            outcomes.push((*id, Outcome::Unchanged));
            continue;
        }
        tx.record("organisation.update", "organisation", *id, Some(*id), json!({ "fields": fields, "from": on.to_string(), "source": it.source }));
        tx.changed("organisation", *id, Some(*id));
        touched.push(*id);
        outcomes.push((*id, Outcome::Updated));
    }
    write_states(tx, states.values()).await?;
    changes.write(tx).await?;
    if !moved.is_empty() {
        rebuild_paths(tx, &distinct(moved)).await?;
    }
    refresh_facts(tx, &pack, &distinct(touched)).await?;
    Ok(outcomes)
}

/// The superior that a roster names.
struct Superior {
    id: OrgId,
    is_reached: bool,
}

/// Changes of name, kind, field, superior and place; answers their names.
fn state_changes(states: &mut States, it: &NewOrganisation, superior: Option<&Superior>, on: Date) -> anyhow::Result<Vec<&'static str>> {
    let Some(now) = states.now().cloned() else { return Ok(Vec::new()) };
    let mut fields = Vec::new();
    if now.name != it.name {
        fields.push("name");
    }
    if now.kind != it.kind {
        fields.push("kind");
    }
    if now.field != it.field {
        fields.push("field");
    }
    if it.level.as_ref().is_some_and(|level| *level != now.level) {
        fields.push("level");
    }
    let moved_to = superior.filter(|superior| Some(superior.id) != now.parent_id);
    if let Some(superior) = moved_to {
        if !superior.is_reached {
            return Err(Refusal(format!(
                "组织 {}：上级党组织 {} 不在您的范围内，请由共同的上级办理。",
                it.code,
                it.superior_code.as_deref().unwrap_or_default()
            ))
            .into());
        }
        fields.push("superior");
    }
    let given = |new: &Option<String>, old: &Option<String>| new.as_ref().is_some_and(|new| Some(new) != old.as_ref());
    let place_differs = given(&it.region_code, &now.region_code) || given(&it.longitude, &now.longitude) || given(&it.latitude, &now.latitude);
    if place_differs {
        fields.push("place");
    }
    if !fields.is_empty() {
        // A place is where it always was: only what is said of the organisation itself begins on a day.
        let is_place_alone = fields == ["place"];
        let from = if is_place_alone { states.since()?.unwrap_or(on) } else { on };
        states.change(from, |row| {
            row.name.clone_from(&it.name);
            row.pinyin = crate::pinyin::key(&it.name);
            row.kind.clone_from(&it.kind);
            row.field.clone_from(&it.field);
            row.level = it.level.clone().unwrap_or_else(|| row.level.clone());
            row.parent_id = moved_to.map(|superior| superior.id).or(row.parent_id);
            row.region_code = it.region_code.clone().or_else(|| row.region_code.clone());
            row.longitude = it.longitude.clone().or_else(|| row.longitude.clone());
            row.latitude = it.latitude.clone().or_else(|| row.latitude.clone());
            if !is_place_alone {
                row.source.clone_from(&it.source);
            }
        });
    }
    let founded = states.first().map(|row| day(&row.from_on)).transpose()?;
    if let Some(day) = it.founded_on.filter(|day| Some(*day) != founded) {
        states.correct_founding(day);
        fields.push("founded_on");
    }
    Ok(fields)
}

/// A later election begins the next term; an earlier day or other years correct the present one. Answers the first day of a new term.
fn term_changes(
    changes: &mut Changes,
    it: &NewOrganisation,
    id: OrgId,
    old: &[organisation_term::Model],
    fields: &mut Vec<&'static str>,
) -> anyhow::Result<Option<Date>> {
    let Some((elected_on, years)) = it.elected_on.zip(it.term_years) else { return Ok(None) };
    let now = old.iter().find(|row| row.until_on.is_none());
    match now {
        Some(now) if day(&now.elected_on)? == elected_on && now.term_years == years => return Ok(None),
        Some(now) if day(&now.elected_on)? < elected_on => changes.end_term(now, elected_on),
        Some(now) => {
            changes.withdraw_term(now);
            changes.begin_term(id, elected_on, years, &it.source);
            fields.push("term");
            return Ok(None);
        }
        None => {}
    }
    changes.begin_term(id, elected_on, years, &it.source);
    fields.push("term");
    Ok(Some(elected_on))
}

fn secretary_changes(
    tx: &Tx,
    changes: &mut Changes,
    it: &NewOrganisation,
    id: OrgId,
    old: &[post_holding::Model],
    from: Date,
    fields: &mut Vec<&'static str>,
) -> anyhow::Result<()> {
    let Some(name) = it.secretary.as_deref().filter(|name| !name.is_empty()) else { return Ok(()) };
    let now = old.iter().rfind(|row| row.post == "secretary" && row.until_on.is_none());
    let telephone = it.telephone.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let index = telephone.map(|text| tx.keys().blind_index("post_holding.telephone", text));
    let new = |member_id| NewHolding { post: "secretary".to_owned(), name: name.to_owned(), telephone: telephone.map(str::to_owned), member_id };
    match now {
        Some(now) if now.name == name && (index.is_none() || index == now.telephone_index) => return Ok(()),
        Some(now) if now.name == name => {
            // The same person with another number: nothing began anew.
            let since = day(&now.from_on)?;
            changes.end_holding(now, since);
            changes.begin_holding(id, new(now.member_id), since, &it.source);
            fields.push("telephone");
        }
        Some(now) => {
            let from = from.max(day(&now.from_on)?);
            changes.end_holding(now, from);
            changes.begin_holding(id, new(None), from, &it.source);
            fields.push("secretary");
        }
        None => {
            changes.begin_holding(id, new(None), from, &it.source);
            fields.push("secretary");
        }
    }
    Ok(())
}
