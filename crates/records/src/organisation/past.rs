//! The tree on any past day, as it is known now or as it was known at a commit.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use policy::{OrganisationRole, Pack};
use store::{OrgId, Scope, query};

use crate::app::App;
use crate::directory::optional_day;

/// An organisation as it stood on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgOn {
    pub id: OrgId,
    pub code: String,
    pub name: String,
    pub pinyin: String,
    pub kind: String,
    pub role: OrganisationRole,
    pub level: String,
    pub field: String,
    pub parent: Option<OrgId>,
    /// Nearest first.
    pub superiors: Vec<OrgId>,
    /// Since when it stood like this, and until when.
    pub from: Date,
    pub until: Option<Date>,
    pub n_members: u32,
    /// Below it, itself included.
    pub n_members_below: u32,
    pub n_branches_below: u32,
}

/// Every organisation that a scope reaches, as it stood on `on`: superiors before those below, siblings by code. Reached is
/// what stood below the scope's roots on that day, and what stands below them today.
/// `known_at` is a commit's number: what was recorded later is left out.
///
/// # Errors
/// When the database cannot be read.
pub async fn tree_on(app: &App, scope: &Scope, on: Date, known_at: Option<i64>) -> anyhow::Result<Vec<OrgOn>> {
    let pack = app.pack();
    let mut all = rows_on(app, &pack, on, known_at).await?;
    let order = put_in_order(&mut all);
    let directory = app.directory();
    let reached: HashSet<OrgId> = all
        .values()
        .filter(|org| scope.includes(org.id, &org.superiors, &org.field) || directory.is_visible(scope, org.id))
        .map(|org| org.id)
        .collect();
    drop(directory);
    count(&mut all, &order);
    Ok(order.into_iter().filter(|id| reached.contains(id)).filter_map(|id| all.remove(&id)).collect())
}

async fn rows_on(app: &App, pack: &Pack, on: Date, known_at: Option<i64>) -> anyhow::Result<HashMap<OrgId, OrgOn>> {
    let known = |alias: &str| match known_at {
        None => format!("{alias}.superseded_in is null"),
        Some(no) => format!("{alias}.recorded_in <= {no} and ({alias}.superseded_in is null or {alias}.superseded_in > {no})"),
    };
    let day: sea_orm::Value = on.to_string().into();
    let rows = query(
        app.store().reader(),
        format!(
            "select o.id, o.code, s.name, s.pinyin, s.kind, s.level, s.field, s.parent_id, s.from_on, s.until_on from organisation o \
             join organisation_state s on s.organisation_id = o.id where s.from_on <= $1 and (s.until_on is null or s.until_on > $1) and {} order by o.code",
            known("s")
        ),
        [day.clone()],
    )
    .await?;
    let heads = query(
        app.store().reader(),
        format!("select a.organisation_id, count(*) from affiliation a where a.from_on <= $1 and (a.until_on is null or a.until_on > $1) and {} group by a.organisation_id", known("a")),
        [day],
    )
    .await?;
    let mut n_members: HashMap<OrgId, u32> = HashMap::new();
    for row in heads {
        n_members.insert(row.try_get_by_index(0)?, u32::try_from(row.try_get_by_index::<i64>(1)?).unwrap_or_default());
    }
    let mut all = HashMap::with_capacity(rows.len());
    for row in rows {
        let id: OrgId = row.try_get("", "id")?;
        let kind: String = row.try_get("", "kind")?;
        let org = OrgOn {
            id,
            code: row.try_get("", "code")?,
            name: row.try_get("", "name")?,
            pinyin: row.try_get("", "pinyin")?,
            role: pack.organisation_kinds.get(&kind).map_or(OrganisationRole::Committee, |kind| kind.role),
            kind,
            level: row.try_get("", "level")?,
            field: row.try_get("", "field")?,
            parent: row.try_get("", "parent_id")?,
            superiors: Vec::new(),
            from: optional_day(&row, "from_on")?.unwrap_or(on),
            until: optional_day(&row, "until_on")?,
            n_members: n_members.get(&id).copied().unwrap_or_default(),
            n_members_below: 0,
            n_branches_below: 0,
        };
        all.insert(id, org);
    }
    Ok(all)
}

/// Fills in the superiors of the day and answers the order of the tree.
fn put_in_order(all: &mut HashMap<OrgId, OrgOn>) -> Vec<OrgId> {
    let mut below: HashMap<Option<OrgId>, Vec<OrgId>> = HashMap::new();
    for org in all.values() {
        // A superior that did not exist yet leaves its organisations at the top.
        let parent = org.parent.filter(|parent| all.contains_key(parent));
        below.entry(parent).or_default().push(org.id);
    }
    for siblings in below.values_mut() {
        siblings.sort_by(|a, b| all[a].code.cmp(&all[b].code));
    }
    let mut order = Vec::with_capacity(all.len());
    let mut stack: Vec<(OrgId, Vec<OrgId>)> = below.get(&None).into_iter().flatten().rev().map(|id| (*id, Vec::new())).collect();
    while let Some((id, superiors)) = stack.pop() {
        order.push(id);
        let mut chain = vec![id];
        chain.extend(&superiors);
        stack.extend(below.get(&Some(id)).into_iter().flatten().rev().map(|child| (*child, chain.clone())));
        if let Some(org) = all.get_mut(&id) {
            org.superiors = superiors;
        }
    }
    order
}

fn count(all: &mut HashMap<OrgId, OrgOn>, order: &[OrgId]) {
    let mut sums: HashMap<OrgId, (u32, u32)> = HashMap::new();
    for id in order.iter().rev() {
        let Some(org) = all.get_mut(id) else { continue };
        let (n_members, n_branches) = sums.get(id).copied().unwrap_or_default();
        org.n_members_below = org.n_members + n_members;
        org.n_branches_below = n_branches;
        if let Some(above) = org.superiors.first() {
            let up = sums.entry(*above).or_default();
            up.0 += org.n_members_below;
            up.1 += n_branches + u32::from(org.role == OrganisationRole::Branch);
        }
    }
}
