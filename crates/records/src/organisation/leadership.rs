//! Who is in a committee from a day on.

use jiff::civil::Date;
use policy::Capability;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::create::distinct;
use super::model::{Committee, NewHolding, POSTS};
use super::rewrite::Changes;
use super::store::{holdings, refresh_facts, within};
use crate::app::App;

/// Who may write down a committee.
const MAY_NAME: [Capability; 3] = [Capability::ManageOrganisations, Capability::ManageMembers, Capability::Import];

/// The committee of one organisation from `on`.
///
/// # Errors
/// As [`set_committees`].
pub async fn set_committee(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrgId,
    holdings: Vec<NewHolding>,
    on: Date,
    source: &str,
) -> anyhow::Result<()> {
    set_committees(app, tx, actor, vec![Committee { organisation, holdings, on, source: source.to_owned() }]).await
}

/// The committees of several organisations. Whoever is named and in post already stays without a break, whoever is not
/// named leaves on that day; when no secretary is named, the one in post stays.
///
/// # Errors
/// [`Refusal`]: an organisation is out of reach, a post is unknown, or somebody has no name.
pub async fn set_committees(app: &App, tx: &mut Tx, actor: &Actor, all: Vec<Committee>) -> anyhow::Result<()> {
    let ids = distinct(all.iter().map(|committee| committee.organisation));
    let reached = within(tx, actor, &MAY_NAME, &ids).await?;
    if ids.iter().any(|id| !reached.contains(id)) {
        return Err(Refusal("没有找到这个党组织。".to_owned()).into());
    }
    let old = holdings(tx, &ids).await?;
    let mut changes = Changes::default();
    for committee in &all {
        if let Some(wrong) = committee.holdings.iter().find(|new| !POSTS.iter().any(|(key, _)| *key == new.post) || new.name.trim().is_empty()) {
            return Err(Refusal(format!("班子成员“{}”的职务或者姓名没有填对。", wrong.name)).into());
        }
        let names_secretary = committee.holdings.iter().any(|new| new.post == "secretary");
        let in_post = |row: &&store::entities::post_holding::Model| row.until_on.is_none();
        let old: Vec<_> = old.get(&committee.organisation).into_iter().flatten().filter(in_post).collect();
        for row in &old {
            let stays =
                committee.holdings.iter().any(|new| new.post == row.post && new.name == row.name) || (row.post == "secretary" && !names_secretary);
            if !stays {
                changes.end_holding(row, committee.on);
            }
            // A roster named somebody without a number; now it is known which member it is, from the same day on.
            let known = committee.holdings.iter().find(|new| new.post == row.post && new.name == row.name && new.member_id.is_some());
            if let Some(known) = known.filter(|_| row.member_id.is_none()) {
                let from: Date = row.from_on.parse()?;
                let old = row.telephone.as_deref().map(|sealed| tx.keys().unseal("post_holding.telephone", row.id, sealed)).transpose()?;
                changes.end_holding(row, from);
                changes.begin_holding(
                    committee.organisation,
                    NewHolding { telephone: known.telephone.clone().or(old), ..known.clone() },
                    from,
                    &row.source,
                );
            }
        }
        for new in &committee.holdings {
            if !old.iter().any(|row| row.post == new.post && row.name == new.name) {
                changes.begin_holding(committee.organisation, new.clone(), committee.on, &committee.source);
            }
        }
        let detail = json!({ "n": committee.holdings.len(), "on": committee.on.to_string() });
        tx.record("organisation.set_committee", "organisation", committee.organisation, Some(committee.organisation), detail);
        tx.changed("organisation", committee.organisation, Some(committee.organisation));
    }
    changes.write(tx).await?;
    refresh_facts(tx, &app.pack(), &ids).await
}
