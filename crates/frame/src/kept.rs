//! What follows from records, kept in memory and judged again only for the organisations whose records changed.
//!
//! For: rooms whose pages show figures of many organisations. In: a key, how to judge. Out: the figures, never older than the
//! last change that this process has followed. Does not know: what the figures are.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use store::OrgId;

use crate::app::App;
use crate::figures::Forgotten;

/// More organisations than this at once, and everything is judged anew.
const N_STALE_MAX: usize = 3_000;

/// Figures by key. One reader judges, the others wait for what it finds.
pub struct Kept<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
    turn: Mutex<u64>,
    judging: tokio::sync::Mutex<()>,
}

struct Entry<V> {
    figures: Option<Arc<V>>,
    /// With the turn in which each was said to have changed.
    stale: BTreeMap<OrgId, u64>,
    used: Instant,
}

/// Figures that were right but for these organisations, in ascending order.
pub type Before<V> = (Arc<V>, Vec<OrgId>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { entries: Mutex::default(), turn: Mutex::default(), judging: tokio::sync::Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash + Send + 'static, V: Send + Sync + 'static> Kept<K, V> {
    /// The one of this process.
    pub fn of(app: &App) -> Arc<Self> {
        let kept: Arc<Arc<Self>> = app.held(|| {
            let kept = Arc::new(Self::default());
            let told = kept.clone();
            app.figures().on_change(move |forgotten| match forgotten {
                Forgotten::Some { organisations, tree_changed } if !tree_changed || organisations.len() <= N_STALE_MAX => told.forget(organisations),
                Forgotten::All | Forgotten::Some { .. } => told.forget_all(),
                Forgotten::Idle(idle) => told.drop_idle(idle),
            });
            kept
        });
        (*kept).clone()
    }

    fn forget(&self, organisations: &[OrgId]) {
        let turn = self.next_turn();
        for entry in self.entries.lock().unwrap_or_else(PoisonError::into_inner).values_mut() {
            entry.stale.extend(organisations.iter().map(|id| (*id, turn)));
        }
    }

    fn forget_all(&self) {
        self.next_turn();
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn drop_idle(&self, idle: Duration) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, entry| entry.used.elapsed() < idle);
    }

    /// Drops what was used longest ago, so that no more than so many stay: for keys that people make up.
    pub fn keep_at_most(&self, n: usize) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut used: Vec<Instant> = entries.values().map(|entry| entry.used).collect();
        used.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(oldest) = n.checked_sub(1).and_then(|last| used.get(last)).filter(|_| used.len() > n) {
            entries.retain(|_, entry| entry.used >= *oldest);
        }
    }

    fn next_turn(&self) -> u64 {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        *turn += 1;
        *turn
    }

    /// The figures under `key`: those kept when they are current and nothing changed, otherwise what `judge` makes of them.
    ///
    /// # Errors
    /// What `judge` says.
    pub async fn get<J, F>(&self, key: K, is_current: impl Fn(&V) -> bool, judge: J) -> anyhow::Result<Arc<V>>
    where
        J: FnOnce(Option<Before<V>>) -> F,
        F: Future<Output = anyhow::Result<V>>,
    {
        if let Some(figures) = self.fresh(&key, &is_current) {
            return Ok(figures);
        }
        let _one_at_a_time = self.judging.lock().await;
        if let Some(figures) = self.fresh(&key, &is_current) {
            return Ok(figures);
        }
        let (before, stale) = {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = entries.entry(key.clone()).or_insert_with(|| Entry { figures: None, stale: BTreeMap::new(), used: Instant::now() });
            (entry.figures.clone().filter(|figures| is_current(figures)), entry.stale.clone())
        };
        let before = before.filter(|_| stale.len() <= N_STALE_MAX).map(|figures| (figures, stale.keys().copied().collect()));
        let figures = Arc::new(judge(before).await?);
        // What was said to have changed while this was judged stays stale.
        if let Some(entry) = self.entries.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&key) {
            entry.figures = Some(figures.clone());
            entry.stale.retain(|id, turn| stale.get(id) != Some(turn));
        }
        Ok(figures)
    }

    fn fresh(&self, key: &K, is_current: impl Fn(&V) -> bool) -> Option<Arc<V>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get_mut(key)?;
        entry.used = Instant::now();
        entry.figures.clone().filter(|figures| entry.stale.is_empty() && is_current(figures))
    }
}
