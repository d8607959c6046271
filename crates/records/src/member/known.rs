//! Who is there already, by identity number: for comparing a roster with the records before it is taken in.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use store::Keys;
use store::entities::member;

/// Rows of those of these identity numbers that are registered, by number. The caller shows nothing of members out of reach.
///
/// # Errors
/// When the database cannot be read.
pub async fn known<C: ConnectionTrait>(connection: &C, keys: &Keys, numbers: &[&str]) -> anyhow::Result<HashMap<String, member::Model>> {
    let by_index: HashMap<String, &str> = numbers.iter().map(|number| (keys.blind_index("member.id_number", number), *number)).collect();
    let indexes: Vec<&String> = by_index.keys().collect();
    let mut known = HashMap::new();
    for some in indexes.chunks(500) {
        let rows = member::Entity::find().filter(member::Column::IdNumberIndex.is_in(some.iter().copied())).all(connection).await?;
        for row in rows {
            if let Some(number) = by_index.get(&row.id_number_index) {
                known.insert((*number).to_owned(), row);
            }
        }
    }
    Ok(known)
}
