//! What every request shares: the store, the packs in force, the lists in memory, the clock at the door.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use policy::Pack;
use store::{Actor, Commit, Grant, OrgId, Store, StoreError, Tx};

use crate::case::{CaseFile, NewCase};
use crate::directory::Directory;
use crate::duty_log::Logged;
use crate::facts::rebuild::Source;
use crate::figures::Figures;
use crate::http::assets::Assets;
use crate::http::route::Routes;
use crate::jobs::Kind;
use crate::policies::Policies;

/// The application's state; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    policies: RwLock<Arc<Policies>>,
    directory: RwLock<Directory>,
    figures: Figures,
    old_packs: Mutex<HashMap<String, Arc<Pack>>>,
    held: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    rooms: &'static Rooms,
    filling: Mutex<Option<Filling>>,
    settings: Settings,
}

/// What waits for somebody in each place of the menu.
pub type Counts<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Vec<(&'static str, u32)>>> + Send + 'a>>;

/// Whoever keeps a ledger of what cases open and close, at work.
pub type Followed<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'a>>;

/// Problems being entered, their numbers in the same order.
pub type Raised<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Vec<i64>>> + Send + 'a>>;

/// A problem that a room found below an office, on its way into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundProblem {
    pub organisation: OrgId,
    /// A value of `problem_source`.
    pub source: String,
    /// A value of `problem_type`.
    pub kind: String,
    pub text: String,
    pub basis: String,
    /// Post and name.
    pub owner: String,
    pub due_on: Date,
    /// The room's own record that it was found in.
    pub origin: (String, i64),
}

/// What the rooms bring to the frame; put together once, in `server`.
pub struct Rooms {
    /// Every route of every room.
    pub routes: fn(Routes) -> Routes,
    /// The figures beside the menu.
    pub counts: for<'a> fn(&'a App, &'a Actor, Date) -> Counts<'a>,
    /// Items of a case were opened or closed: the ledger of problems follows, in the act's own transaction.
    pub follow_items: for<'a> fn(&'a App, &'a mut Tx, &'a CaseFile) -> Followed<'a>,
    /// Cases were opened, with their numbers in the same order: whoever has work of his own from such a case takes it up.
    pub follow_opened: for<'a> fn(&'a App, &'a mut Tx, &'a [NewCase], &'a [i64]) -> Followed<'a>,
    /// What the records of a year say that the secretary of an organisation did himself, oldest first; out of reach: nothing.
    pub duty_log: for<'a> fn(&'a App, &'a Actor, OrgId, i16) -> Logged<'a>,
    /// Enters problems that an office found below it in the ledger.
    pub raise_problems: for<'a> fn(&'a App, &'a mut Tx, OrgId, Vec<FoundProblem>) -> Raised<'a>,
    /// Which notices at the place of a post, more closely than its capabilities say, tell of what it does not open: conditions on
    /// `notice`.
    pub untold: fn(&App, &Actor, &Grant) -> Vec<String>,
    /// What records stand for facts.
    pub sources: &'static [Source],
    /// What runs as a job.
    pub jobs: &'static [Kind],
    /// The browser's part.
    pub assets: Assets,
}

/// How this process was started.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether this is the demo city: schemes marked 示例方案 may be published there only.
    pub is_demo: bool,
    /// The platform's name at the foot of the menu.
    pub site: String,
    /// Moves the clock at the door, in the demo and in tests only.
    pub clock_offset: SignedDuration,
}

/// How far the first filling of the demo has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    pub n_done: u64,
    pub n_total: u64,
    pub sentence: String,
}

impl App {
    /// Says how far the filling has come; pages wait until [`Self::has_filled`].
    pub fn progress(&self, n_done: u64, n_total: u64, sentence: &str) {
        if let Ok(mut filling) = self.0.filling.lock() {
            *filling = Some(Filling { n_done, n_total, sentence: sentence.to_owned() });
        }
    }

    /// Opens the pages.
    pub fn has_filled(&self) {
        if let Ok(mut filling) = self.0.filling.lock() {
            *filling = None;
        }
    }

    /// Set while the database is being filled.
    #[must_use]
    pub fn filling(&self) -> Option<Filling> {
        self.0.filling.lock().ok()?.clone()
    }

    /// Opens everything and fills the lists in memory.
    ///
    /// # Errors
    /// When the database cannot be read or the packs have errors.
    pub async fn new(store: Store, policies: Policies, settings: Settings, rooms: &'static Rooms) -> anyhow::Result<Self> {
        crate::http::assets::put_in(&rooms.assets);
        let policies = policies.with_additions(&store).await?;
        let app = Self(Arc::new(Inner {
            store,
            policies: RwLock::new(Arc::new(policies)),
            directory: RwLock::default(),
            figures: Figures::default(),
            old_packs: Mutex::default(),
            held: Mutex::default(),
            rooms,
            filling: Mutex::default(),
            settings,
        }));
        crate::follow::catch_up(&app).await?;
        Ok(app)
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The packs in force.
    ///
    /// # Panics
    /// Never: nobody panics while putting in new packs.
    #[must_use]
    pub fn policies(&self) -> Arc<Policies> {
        self.0.policies.read().expect("nobody panics while putting in new packs").clone()
    }

    /// Puts in packs that differ from those in force by what offices added.
    pub(crate) fn put_policies(&self, policies: Policies) {
        *self.0.policies.write().expect("nobody panics while putting in new packs") = Arc::new(policies);
    }

    /// The merged definitions in force.
    #[must_use]
    pub fn pack(&self) -> Arc<Pack> {
        self.policies().pack.clone()
    }

    /// The definitions of a version that a case or a result names; from the database when they are no longer in force.
    ///
    /// # Errors
    /// When a layer was never kept, or cannot be read any more.
    pub async fn policies_of(&self, version: &str) -> anyhow::Result<Arc<Pack>> {
        let now = self.policies();
        if now.version() == version {
            return Ok(now.pack.clone());
        }
        if let Ok(kept) = self.0.old_packs.lock()
            && let Some(pack) = kept.get(version)
        {
            return Ok(pack.clone());
        }
        let pack = Policies::kept(self.store(), version).await?;
        if let Ok(mut kept) = self.0.old_packs.lock() {
            kept.insert(version.to_owned(), pack.clone());
        }
        Ok(pack)
    }

    /// Organisations and members in memory. Do not hold the guard across an `await`.
    ///
    /// # Panics
    /// Never: the follower does not panic while it changes the lists.
    pub fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.0.directory.read().expect("the follower does not panic while it changes the lists")
    }

    pub fn change_directory<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        change(&mut self.0.directory.write().expect("the follower does not panic while it changes the lists"))
    }

    /// Facts as columns, and the organisations of a day as subjects.
    #[must_use]
    pub fn figures(&self) -> &Figures {
        &self.0.figures
    }

    /// What a room keeps in memory for the whole process, made by `make` when it is first asked for.
    pub fn held<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = held.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(make())).clone();
        drop(held);
        kept.downcast().unwrap_or_else(|_| unreachable!("it is kept under its own type"))
    }

    /// What the rooms bring.
    #[must_use]
    pub fn rooms(&self) -> &'static Rooms {
        self.0.rooms
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The time, asked at a door only.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        crate::clock::now() + self.0.settings.clock_offset
    }

    /// Opens a transaction for an actor at the time the door gave.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self, actor: &Actor, at: Timestamp) -> Result<Tx, StoreError> {
        Tx::begin(self.store(), actor, at).await
    }

    /// Waits until the lists in memory contain this commit.
    pub async fn settle(&self, commit: Commit) {
        self.store().wait_for(commit.no).await;
    }
}
