//! What the pack names for organisations of certain levels, narrowed to one of them.

use policy::{Key, Pack};

use super::ListQuery;
use crate::http::view::Choice;

impl ListQuery {
    /// The levels that are named, as the choices of the filter `level`; none are named: no choices.
    pub fn level_choices<'a>(&self, pack: &Pack, named: impl IntoIterator<Item = &'a [Key]>) -> Vec<Choice> {
        let named: std::collections::BTreeSet<&Key> = named.into_iter().flatten().collect();
        let mut levels: Vec<_> = pack.levels.iter().filter(|(key, _)| named.contains(key)).collect();
        levels.sort_by_key(|(_, level)| level.order);
        if levels.is_empty() { Vec::new() } else { self.choices("level", "全部层级", levels.into_iter().map(|(key, level)| (key, &level.name))) }
    }

    /// Whether what is named for these levels is asked for; what names none is there for every level.
    pub fn is_of_level(&self, levels: &[Key]) -> bool {
        self.filter("level").is_none_or(|wanted| levels.is_empty() || levels.iter().any(|level| level == wanted))
    }
}
