//! Columns in memory (Decisions 4): the facts of a year, and the organisations of a day as subjects.
//!
//! For: whoever judges duties or evaluates. In: a year, a day. Out: [`Facts`], [`Subject`]s, [`Marks`], as of the commit
//! that this process has followed; whoever keeps something that follows from them is told what changed. Does not know: who is asking; scope is applied to the subjects by the caller.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use assessment::{Event, Facts, FactsBuilder, Flags, GroupMember, Marks, Pivot, PivotSpan, Span, Subject, Superior, Wanted};
use jiff::civil::Date;
use policy::{Key, Pack, Period, Ratio};
use sea_orm::QueryResult;
use store::{OrgId, query};

use crate::app::App;
use crate::directory::{OrgNode, ROWS_AT_ONCE, load_orgs};

/// Organisations outside the common columns before they are built anew.
const N_REPLACED_MAX: usize = 3_000;

/// Groups that a subject may count in.
const N_GROUPS: usize = 4;

/// The cache. Each year is read on first use and brought forward by what commits changed.
#[derive(Default)]
pub struct Figures {
    years: Mutex<HashMap<i16, Year>>,
    loading: tokio::sync::Mutex<()>,
    subjects: Mutex<HashMap<Date, OfDay>>,
    /// Counts what was said to have changed, so that a reading that began before is not taken for newer than it is.
    turn: AtomicU64,
    followers: Mutex<Vec<Follower>>,
}

/// The organisations of a day, and when somebody last asked for them.
type OfDay = (Instant, Arc<Vec<Subject>>);

/// Whoever keeps something that follows from facts.
type Follower = Box<dyn Fn(Forgotten<'_>) + Send + Sync>;

/// What is no longer as it was.
#[derive(Debug, Clone, Copy)]
pub enum Forgotten<'a> {
    /// Everything.
    All,
    /// The records of these organisations; with them, perhaps, the tree.
    Some { organisations: &'a [OrgId], tree_changed: bool },
    /// Nothing; but what was not asked for during this time is to make room.
    Idle(Duration),
}

struct Year {
    /// Nothing while it is read for the first time.
    facts: Option<Arc<Facts>>,
    /// With the turn in which each was said to have changed.
    stale: BTreeMap<OrgId, u64>,
    used: Instant,
}

impl Figures {
    /// Says that these organisations' records changed.
    pub fn forget(&self, organisations: &[OrgId], tree_changed: bool) {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst) + 1;
        if let Ok(mut years) = self.years.lock() {
            for year in years.values_mut() {
                year.stale.extend(organisations.iter().map(|id| (*id, turn)));
            }
        }
        if tree_changed && let Ok(mut subjects) = self.subjects.lock() {
            subjects.clear();
        }
        // After the facts: whoever judges anew reads these first.
        self.tell(Forgotten::Some { organisations, tree_changed });
    }

    /// Drops everything.
    pub fn forget_all(&self) {
        self.turn.fetch_add(1, Ordering::SeqCst);
        if let Ok(mut years) = self.years.lock() {
            years.clear();
        }
        if let Ok(mut subjects) = self.subjects.lock() {
            subjects.clear();
        }
        self.tell(Forgotten::All);
    }

    /// Drops what nobody asked for during this time (Decisions 4): past years are looked at in bursts.
    pub fn drop_idle(&self, idle: Duration) {
        self.years.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, year| year.used.elapsed() < idle);
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (used, _)| used.elapsed() < idle);
        self.tell(Forgotten::Idle(idle));
    }

    /// Has `follower` told whenever something is no longer as it was, after the columns know.
    pub fn on_change(&self, follower: impl Fn(Forgotten<'_>) + Send + Sync + 'static) {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(follower));
    }

    fn tell(&self, forgotten: Forgotten<'_>) {
        for follower in self.followers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            follower(forgotten);
        }
    }

    /// The facts that bear on a year: its events, those of the year after that may make something up, and every span.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn facts(&self, app: &App, year: i16) -> anyhow::Result<Arc<Facts>> {
        if let Some(facts) = self.fresh(year) {
            return Ok(facts);
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(facts) = self.fresh(year) {
            return Ok(facts);
        }
        let broken = || anyhow::anyhow!("the cache of facts is broken");
        let (before, stale) = {
            let mut years = self.years.lock().map_err(|_| broken())?;
            let kept = years.entry(year).or_insert_with(|| Year { facts: None, stale: BTreeMap::new(), used: Instant::now() });
            (kept.facts.clone(), kept.stale.clone())
        };
        let facts = match before {
            Some(facts) if facts.n_replaced() + stale.len() < N_REPLACED_MAX => {
                let ids: Vec<OrgId> = stale.keys().copied().collect();
                Arc::new(bring_forward(app, year, &facts, &ids).await?)
            }
            _ => Arc::new(load(app, year).await?),
        };
        // What was said to have changed while this was read stays stale; nobody is given facts that are older than that.
        if let Some(kept) = self.years.lock().map_err(|_| broken())?.get_mut(&year) {
            kept.facts = Some(facts.clone());
            kept.stale.retain(|id, turn| stale.get(id) != Some(turn));
        }
        Ok(facts)
    }

    /// The facts of a year beside those of so many years before each, which a scheme holds them against.
    ///
    /// # Errors
    /// As [`Figures::facts`].
    pub async fn facts_against(&self, app: &App, year: i16, years_back: &[i16]) -> anyhow::Result<Arc<Facts>> {
        let mut facts = self.facts(app, year).await?;
        for &years in years_back {
            let earlier = self.facts(app, year - years).await?;
            facts = Arc::new(Facts::clone(&facts).against(years, earlier));
        }
        Ok(facts)
    }

    /// Measures of the year so far at each of these organisations, itself and below, counted in one pass.
    ///
    /// # Errors
    /// When the database cannot be read, or the pack has no such measure.
    pub async fn year_so_far(
        &self,
        app: &App,
        pack: &Pack,
        units: &[OrgId],
        asked: &[Key],
        today: Date,
    ) -> anyhow::Result<Vec<(OrgId, BTreeMap<Key, Ratio>)>> {
        if asked.is_empty() || units.is_empty() {
            return Ok(units.iter().map(|id| (*id, BTreeMap::new())).collect());
        }
        let place: HashMap<OrgId, usize> = units.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let subjects = self.subjects(app, today).await?;
        let facts = self.facts(app, today.year()).await?;
        let wanted: Vec<Wanted> = asked.iter().cloned().map(Wanted::Measure).collect();
        let pivot = Pivot::new(pack, &wanted, today).map_err(|problems| anyhow::anyhow!(problems.join("；")))?;
        let year = Period::year(today.year());
        let closed_until = today.tomorrow()?;
        let n = units.len();
        let counting = move || {
            let member = |subject| {
                let subject: &Subject = subject;
                let own = std::iter::once(subject.id).chain(subject.superiors.iter().map(|above| above.id));
                let mut groups = [None; N_GROUPS];
                for (group, at) in groups.iter_mut().zip(own.filter_map(|id| place.get(&id))) {
                    *group = u32::try_from(*at).ok();
                }
                GroupMember { subject, groups, is_judged: false }
            };
            let members: Vec<GroupMember<'_>> = subjects.iter().map(member).filter(|member| member.groups[0].is_some()).collect();
            pivot.count(&members, n, &facts, &Marks::new(), PivotSpan { whole: year, columns: &[year], closed_until, as_of: today })
        };
        let table = tokio::task::spawn_blocking(counting).await?;
        let figures = |group: usize| {
            let of = |(at, key): (usize, &Key)| (key.clone(), table.at(group, 0, at).map_or(Ratio::from_integer(0), |figure| figure.above));
            asked.iter().enumerate().map(of).collect()
        };
        Ok(units.iter().enumerate().map(|(at, id)| (*id, figures(at))).collect())
    }

    fn fresh(&self, year: i16) -> Option<Arc<Facts>> {
        let mut years = self.years.lock().ok()?;
        let kept = years.get_mut(&year)?;
        kept.used = Instant::now();
        kept.facts.clone().filter(|_| kept.stale.is_empty())
    }

    /// All organisations that existed on a day, as they stood then; by code.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn subjects(&self, app: &App, on: Date) -> anyhow::Result<Arc<Vec<Subject>>> {
        if let Ok(mut kept) = self.subjects.lock()
            && let Some((used, subjects)) = kept.get_mut(&on)
        {
            *used = Instant::now();
            return Ok(subjects.clone());
        }
        let began = self.turn.load(Ordering::SeqCst);
        let orgs = load_orgs(app.store(), &app.pack(), on).await?;
        let subjects = Arc::new(subjects_of(&orgs));
        if let Ok(mut kept) = self.subjects.lock()
            && self.turn.load(Ordering::SeqCst) == began
        {
            if kept.len() > 24 {
                kept.clear();
            }
            kept.insert(on, (Instant::now(), subjects.clone()));
        }
        Ok(subjects)
    }

    /// Organisations that ended during a day's year and by that day, as they stood on their last day: the periods that they saw
    /// are judged like others'. They are not rated, and so not among [`Figures::subjects`].
    #[must_use]
    pub fn ended(&self, app: &App, on: Date) -> Vec<Subject> {
        let directory = app.directory();
        let in_year = |org: &&OrgNode| org.until.is_some_and(|until| until <= on && until.year() == on.year());
        let superior = |id: &OrgId| directory.org_ever(*id).map(|above| Superior { id: *id, code: above.code.clone(), level: above.level.clone() });
        directory.gone().iter().filter(in_year).map(|org| subject_of(org, org.superiors.iter().filter_map(superior).collect())).collect()
    }

    /// Excuses of a period's year, with the judged values and waivers of the period; of all organisations, or of `only` these.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn marks_of(&self, app: &App, period: Period, only: Option<&[OrgId]>) -> anyhow::Result<Marks> {
        let mut marks = self.marks(app, period.year, only).await?;
        put_judged(app, &mut marks, period, only).await?;
        Ok(marks)
    }

    /// Granted excuses of a year; of all organisations, or of `only` these.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn marks(&self, app: &App, year: i16, only: Option<&[OrgId]>) -> anyhow::Result<Marks> {
        let mut marks = Marks::new();
        let rows = query(
            app.store().reader(),
            format!("select organisation_id, duty, period, reason from duty_excuse where is_granted and period >= $1 and period < $2{}", among(only)),
            [year.to_string().into(), (year + 1).to_string().into()],
        )
        .await?;
        for row in rows {
            let period: String = row.try_get("", "period")?;
            let Ok(period) = period.parse::<Period>() else { continue };
            marks.excuse(row.try_get("", "organisation_id")?, &row.try_get::<String>("", "duty")?, period, &row.try_get::<String>("", "reason")?);
        }
        Ok(marks)
    }
}

/// The end of a condition that keeps rows to `only` these organisations.
fn among(only: Option<&[OrgId]>) -> String {
    let list = |ids: &[OrgId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    only.map_or_else(String::new, |ids| format!(" and organisation_id in ({})", list(ids)))
}

fn subjects_of(orgs: &[OrgNode]) -> Vec<Subject> {
    let by_id: HashMap<OrgId, &OrgNode> = orgs.iter().map(|org| (org.id, org)).collect();
    orgs.iter()
        .map(|org| {
            let mut superiors = Vec::new();
            let mut seen = HashSet::new();
            let mut at = org.parent;
            while let Some(above) = at.and_then(|id| by_id.get(&id)).filter(|above| seen.insert(above.id)) {
                superiors.push(Superior { id: above.id, code: above.code.clone(), level: above.level.clone() });
                at = above.parent;
            }
            subject_of(org, superiors)
        })
        .collect()
}

fn subject_of(org: &OrgNode, superiors: Vec<Superior>) -> Subject {
    Subject {
        id: org.id,
        code: org.code.clone(),
        name: org.name.clone(),
        kind: org.kind.clone(),
        field: org.field.clone(),
        level: org.level.clone(),
        from: org.founded_on,
        until: org.until,
        go_live: org.go_live_on,
        superiors,
    }
}

const EVENT_COLUMNS: &str = "organisation_id, day, kind, quantity, subject_id, flags, source_id, makes_up";
const SPAN_COLUMNS: &str = "organisation_id, kind, from_on, until_on, quantity, subject_id, source_id";

/// First day, and first day after the months in which something of the year may still be made up.
fn days_of(year: i16) -> (String, String) {
    (format!("{year}-01-01"), format!("{}-07-01", year + 1))
}

async fn load(app: &App, year: i16) -> anyhow::Result<Facts> {
    let (from, until) = days_of(year);
    let mut builder = FactsBuilder::new();
    // A city's year is more than a million rows: read a week at a time.
    let (mut week, end): (Date, Date) = (from.parse()?, until.parse()?);
    while week < end {
        let next = week.checked_add(jiff::Span::new().days(7))?.min(end);
        let sql = format!("select {EVENT_COLUMNS} from event where day >= $1 and day < $2");
        for row in query(app.store().reader(), sql, [week.to_string().into(), next.to_string().into()]).await? {
            let (org, kind, event) = read_event(&row)?;
            builder.event(org, &Event { kind: &kind, ..event });
        }
        week = next;
    }
    let mut last = 0_i64;
    loop {
        let sql =
            format!("select {SPAN_COLUMNS}, id from span where id > $2 and (until_on is null or until_on > $1) order by id limit {ROWS_AT_ONCE}");
        let rows = query(app.store().reader(), sql, [from.clone().into(), last.into()]).await?;
        for row in &rows {
            let (org, kind, span) = read_span(row)?;
            builder.span(org, &Span { kind: &kind, ..span });
        }
        match rows.last() {
            Some(row) if rows.len() == ROWS_AT_ONCE => last = row.try_get_by_index(7)?,
            _ => break,
        }
    }
    Ok(builder.build())
}

async fn bring_forward(app: &App, year: i16, facts: &Facts, ids: &[OrgId]) -> anyhow::Result<Facts> {
    let (from, until) = days_of(year);
    let mut fresh = facts.clone();
    for some in ids.chunks(500) {
        let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let mut events: HashMap<OrgId, Vec<(String, Event<'static>)>> = HashMap::new();
        let rows = query(
            app.store().reader(),
            format!("select {EVENT_COLUMNS} from event where organisation_id in ({list}) and day >= $1 and day < $2"),
            [from.clone().into(), until.clone().into()],
        )
        .await?;
        for row in &rows {
            let (org, kind, event) = read_event(row)?;
            events.entry(org).or_default().push((kind, event));
        }
        let mut spans: HashMap<OrgId, Vec<(String, Span<'static>)>> = HashMap::new();
        let rows = query(
            app.store().reader(),
            format!("select {SPAN_COLUMNS} from span where organisation_id in ({list}) and (until_on is null or until_on > $1)"),
            [from.clone().into()],
        )
        .await?;
        for row in &rows {
            let (org, kind, span) = read_span(row)?;
            spans.entry(org).or_default().push((kind, span));
        }
        for org in some {
            let events = events.remove(org).unwrap_or_default();
            let spans = spans.remove(org).unwrap_or_default();
            fresh.replace(*org, events.iter().map(|(kind, event)| Event { kind, ..*event }), spans.iter().map(|(kind, span)| Span { kind, ..*span }));
        }
    }
    Ok(fresh)
}

fn read_event(row: &QueryResult) -> anyhow::Result<(OrgId, String, Event<'static>)> {
    let flags: i64 = row.try_get_by_index(5)?;
    let makes_up: Option<String> = row.try_get_by_index(7)?;
    let event = Event {
        kind: "",
        on: row.try_get_by_index::<String>(1)?.parse()?,
        quantity: row.try_get_by_index(3)?,
        subject: row.try_get_by_index(4)?,
        flags: Flags(u16::try_from(flags).unwrap_or_default()),
        source: row.try_get_by_index(6)?,
        makes_up: makes_up.map(|day| day.parse()).transpose()?,
    };
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(2)?, event))
}

fn read_span(row: &QueryResult) -> anyhow::Result<(OrgId, String, Span<'static>)> {
    let span = Span {
        kind: "",
        from: row.try_get_by_index::<String>(2)?.parse()?,
        until: row.try_get_by_index::<Option<String>>(3)?.map(|day| day.parse()).transpose()?,
        quantity: row.try_get_by_index(4)?,
        subject: row.try_get_by_index(5)?,
        source: row.try_get_by_index(6)?,
    };
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, span))
}

/// Puts the judgements and waivers of a period into the marks of an evaluation.
async fn put_judged(app: &App, marks: &mut Marks, period: Period, only: Option<&[OrgId]>) -> anyhow::Result<()> {
    let rows = query(
        app.store().reader(),
        format!(
            "select organisation_id, indicator, hundredths from judged_value where period = $1 and superseded_at is null{} order by id",
            among(only)
        ),
        [period.to_string().into()],
    )
    .await?;
    for row in rows {
        let hundredths: i64 = row.try_get("", "hundredths")?;
        marks.judge(row.try_get("", "organisation_id")?, &row.try_get::<String>("", "indicator")?, policy::Ratio::new(i128::from(hundredths), 100));
    }
    let rows = query(
        app.store().reader(),
        format!("select organisation_id, indicator, reason from judged_waiver where period = $1{} order by id", among(only)),
        [period.to_string().into()],
    )
    .await?;
    for row in rows {
        marks.waive(row.try_get("", "organisation_id")?, &row.try_get::<String>("", "indicator")?, &row.try_get::<String>("", "reason")?);
    }
    put_ballots(app, marks, period, only).await
}

/// Puts what ballots of a period came to into the marks; of two about the same the later counts.
async fn put_ballots(app: &App, marks: &mut Marks, period: Period, only: Option<&[OrgId]>) -> anyhow::Result<()> {
    let sql = format!(
        "select organisation_id, ballot, share, void_reason from (select s.organisation_id, b.ballot, s.share, b.void_reason, b.id from ballot_subject s join ballot_sitting b on b.id = s.sitting_id where b.period = $1 and (b.counted_on is not null or b.void_reason is not null)) counted where true{} order by id",
        among(only)
    );
    for row in query(app.store().reader(), sql, [period.to_string().into()]).await? {
        let share: Option<String> = row.try_get("", "share")?;
        let counted = match share {
            Some(share) => Ok(policy::parse_ratio(&share).map_err(anyhow::Error::msg)?),
            None => Err(format!("测评已作废：{}", row.try_get::<Option<String>>("", "void_reason")?.unwrap_or_default())),
        };
        marks.take_ballot(row.try_get("", "organisation_id")?, &row.try_get::<String>("", "ballot")?, counted);
    }
    Ok(())
}
