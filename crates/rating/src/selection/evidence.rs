//! What the records say to a dimension.

use std::collections::BTreeMap;

use policy::Dimension;
use store::OrgId;

use crate::app::App;
pub(super) use crate::evidence::Said;

/// The figures of the dimensions' indicators, by indicator.
///
/// # Errors
/// When the records cannot be read.
pub(super) async fn of(app: &App, organisation: OrgId, dimensions: &[&Dimension]) -> anyhow::Result<BTreeMap<String, Said>> {
    let mut keys: Vec<String> = dimensions.iter().flat_map(|dimension| dimension.indicators.iter().cloned()).collect();
    keys.sort_unstable();
    keys.dedup();
    let said = crate::evidence::of(app, organisation, &keys, store::day_of(app.now())).await?;
    Ok(said.into_iter().map(|it| (it.key.clone(), it)).collect())
}
