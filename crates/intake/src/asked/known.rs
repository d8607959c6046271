//! What the product knows of a unit: columns of the pack, by the organisation's record or counted from its records.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use policy::{ColumnAttribute, Key, Pack};
use store::OrgId;

use crate::app::App;
use crate::directory::{Directory, OrgNode};
use crate::import::heading_key;

/// The pack's column that a heading means.
pub(super) fn recognise(pack: &Pack, heading: &str) -> Option<Key> {
    let key = heading_key(heading);
    let means = |names: &[&String]| names.iter().any(|name| heading_key(name) == key);
    let found = pack.columns.iter().find(|(_, column)| means(&std::iter::once(&column.name).chain(&column.aliases).collect::<Vec<_>>()));
    found.map(|(key, _)| key.clone())
}

/// Where the values of a column come from, in words.
pub(super) fn source(pack: &Pack, key: &str) -> String {
    match pack.columns.get(key) {
        Some(column) if column.measure.is_some() => "系统按今年的记录统计".to_owned(),
        Some(_) => "系统里的组织信息".to_owned(),
        None => String::new(),
    }
}

/// The values of these columns at these units, on a day; one pass over the facts, whatever their number.
pub(super) async fn values(app: &App, keys: &[&str], units: &[OrgId], on: Date) -> anyhow::Result<HashMap<OrgId, BTreeMap<Key, String>>> {
    let pack = app.pack();
    let measures: Vec<Key> = keys.iter().filter_map(|key| pack.columns.get(*key)?.measure.clone()).collect();
    let counted: HashMap<OrgId, _> = app.figures().year_so_far(app, &pack, units, &measures, on).await?.into_iter().collect();
    let directory = app.directory();
    let mut found = HashMap::with_capacity(units.len());
    for (org, n) in units.iter().filter_map(|id| directory.org(*id)).zip(1..) {
        let mut values = BTreeMap::new();
        for key in keys {
            let Some(column) = pack.columns.get(*key) else { continue };
            let value = match (column.attribute, &column.measure) {
                (Some(attribute), _) => attribute_of(&pack, &directory, org, attribute, n),
                (None, Some(measure)) => counted.get(&org.id).and_then(|of| of.get(measure)).map(|n| n.to_integer().to_string()).unwrap_or_default(),
                (None, None) => String::new(),
            };
            values.insert((*key).to_owned(), value);
        }
        found.insert(org.id, values);
    }
    Ok(found)
}

fn attribute_of(pack: &Pack, directory: &Directory, org: &OrgNode, attribute: ColumnAttribute, n: usize) -> String {
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    match attribute {
        ColumnAttribute::Sequence => n.to_string(),
        ColumnAttribute::Code => org.code.clone(),
        ColumnAttribute::Name => org.name.clone(),
        ColumnAttribute::Superior => org.parent.map(|parent| directory.name_of(parent).to_owned()).unwrap_or_default(),
        ColumnAttribute::Level => pack.levels.get(&org.level).map(|level| level.name.clone()).unwrap_or_default(),
        ColumnAttribute::Field => pack.fields.get(&org.field).map(|field| field.name.clone()).unwrap_or_default(),
        ColumnAttribute::Kind => pack.organisation_kinds.get(&org.kind).map(|kind| kind.name.clone()).unwrap_or_default(),
        ColumnAttribute::Secretary => org.secretary.clone().unwrap_or_default(),
        ColumnAttribute::Members => (org.n_members_below.max(org.n_members)).to_string(),
        ColumnAttribute::FullMembers => directory.subtree(org.id).map(|below| below.n_full).sum::<u32>().to_string(),
        ColumnAttribute::MobileMembers => directory.subtree(org.id).map(|below| below.n_mobile).sum::<u32>().to_string(),
        ColumnAttribute::Branches => org.n_branches_below.to_string(),
        ColumnAttribute::FoundedOn => org.founded_on.to_string(),
        ColumnAttribute::ElectedOn => day(org.elected_on),
        ColumnAttribute::TermUntil => day(org.term_until),
    }
}
