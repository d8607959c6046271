//! Standing flags (应建未建, 有名无实, 规模): computed from numbers of the pack; a flag goes when its condition goes, or while the
//! superior has recorded a reason.

use std::collections::HashMap;

use jiff::Span;
use jiff::civil::Date;
use policy::{Capability, Pack};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::organisation_finding;
use store::{Actor, OrgId, Refusal, Scope, Tx, query};

use super::store::within;
use crate::app::App;
use crate::directory::OrgNode;

/// What is remarkable about an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlagKind {
    /// 有名无实: nobody leads it, or nothing was recorded for months.
    Hollow,
    /// 任期届满.
    TermOverdue,
    /// Fewer full members than a branch needs.
    TooFew,
    /// More members than a branch should have.
    TooMany,
    /// Enough full members for a committee, none on record.
    NoCommittee,
}

impl FlagKind {
    pub const ALL: [Self; 5] = [Self::Hollow, Self::TermOverdue, Self::TooFew, Self::TooMany, Self::NoCommittee];

    /// Its key in addresses and rows.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Hollow => "hollow",
            Self::TermOverdue => "term_overdue",
            Self::TooFew => "too_few",
            Self::TooMany => "too_many",
            Self::NoCommittee => "no_committee",
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hollow => "有名无实",
            Self::TermOverdue => "届满未换届",
            Self::TooFew => "党员偏少",
            Self::TooMany => "党员偏多",
            Self::NoCommittee => "班子未登记",
        }
    }

    /// The flag of a key.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// A flag with the sentence that says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    pub kind: FlagKind,
    pub why: String,
    /// The superior's reason, while it holds.
    pub explained: Option<String>,
}

/// The numbers that decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub full_members_min: i64,
    pub members_max: i64,
    pub committee_full_members_min: i64,
    pub hollow_months: i64,
    /// From when records are expected of an organisation that has no day of its own.
    pub go_live_on: Option<Date>,
}

impl Limits {
    /// What the pack says on a day.
    #[must_use]
    pub fn of(pack: &Pack, on: Date) -> Self {
        let number = |key: &str, otherwise| pack.whole(key, on).unwrap_or(otherwise);
        let go_live_on = pack.text("go_live_on", on).and_then(|text| text.parse().ok());
        Self {
            full_members_min: number("branch_full_members_min", 0),
            members_max: number("branch_members_max", i64::MAX),
            committee_full_members_min: number("committee_full_members_min", i64::MAX),
            hollow_months: number("hollow_activity_months", i64::MAX),
            go_live_on,
        }
    }
}

/// The flags of one organisation on a day; `last_activity` is the day of its last record.
#[must_use]
pub fn flags_of(org: &OrgNode, last_activity: Option<Date>, limits: &Limits, on: Date) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut add = |kind, why: String| flags.push(Flag { kind, why, explained: None });
    if let Some(ends) = org.term_until.filter(|ends| *ends <= on) {
        add(FlagKind::TermOverdue, format!("本届任期 {ends} 届满，还没有换届"));
    }
    if !org.is_branch() {
        return flags;
    }
    if org.secretary.is_none() {
        add(FlagKind::Hollow, "没有登记书记".to_owned());
    } else if let Some(since) = silent_since(org, last_activity, limits, on) {
        add(FlagKind::Hollow, format!("{since} 以来没有组织生活记录"));
    }
    let n_full = i64::from(org.n_full);
    if n_full < limits.full_members_min {
        add(FlagKind::TooFew, format!("正式党员 {n_full} 名，不足 {} 名", limits.full_members_min));
    }
    if i64::from(org.n_members) > limits.members_max {
        add(FlagKind::TooMany, format!("党员 {} 名，超过 {} 名", org.n_members, limits.members_max));
    }
    if n_full >= limits.committee_full_members_min && org.n_committee < 2 {
        add(FlagKind::NoCommittee, format!("正式党员 {n_full} 名，应设支部委员会，还没有登记"));
    }
    flags
}

/// Since when nothing was recorded, if that is longer than the pack allows and records were expected all that time.
fn silent_since(org: &OrgNode, last_activity: Option<Date>, limits: &Limits, on: Date) -> Option<Date> {
    let months = Span::new().try_months(limits.hollow_months).ok()?;
    let cutoff = on.checked_sub(months).ok()?;
    let expected_from = org.go_live_on.or(limits.go_live_on)?.max(org.founded_on);
    let since = last_activity.unwrap_or(expected_from).max(expected_from);
    (since < cutoff).then_some(since)
}

/// Flags of everything in a scope, and reasons on record.
///
/// # Errors
/// When the database cannot be read.
pub async fn flags(app: &App, scope: &Scope, on: Date) -> anyhow::Result<HashMap<OrgId, Vec<Flag>>> {
    let limits = Limits::of(&app.pack(), on);
    let last = last_activities(app, scope, on).await?;
    let reasons = reasons(app, on).await?;
    let mut found = HashMap::new();
    let directory = app.directory();
    for org in directory.all(scope) {
        let mut flags = flags_of(org, last.get(&org.id).copied(), &limits, on);
        for flag in &mut flags {
            flag.explained = reasons.get(&(org.id, flag.kind.key().to_owned())).cloned();
        }
        if !flags.is_empty() {
            found.insert(org.id, flags);
        }
    }
    Ok(found)
}

/// The last day with a record, for each branch of a scope, this year or the last.
async fn last_activities(app: &App, scope: &Scope, on: Date) -> anyhow::Result<HashMap<OrgId, Date>> {
    let (before, now) = (app.figures().facts(app, on.year() - 1).await?, app.figures().facts(app, on.year()).await?);
    let directory = app.directory();
    let branches: Vec<OrgId> = directory.all(scope).filter(|org| org.is_branch()).map(|org| org.id).collect();
    let mut last = now.last_events(branches.iter().copied(), "activity.", on);
    let silent: Vec<OrgId> = branches.into_iter().filter(|id| !last.contains_key(id)).collect();
    last.extend(before.last_events(silent, "activity.", on));
    Ok(last)
}

async fn reasons(app: &App, on: Date) -> anyhow::Result<HashMap<(OrgId, String), String>> {
    let sql = "select organisation_id, flag, reason from organisation_finding where until_on is null or until_on > $1 order by id";
    let mut found = HashMap::new();
    for row in query(app.store().reader(), sql, [on.to_string().into()]).await? {
        found.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), row.try_get_by_index(2)?);
    }
    Ok(found)
}

/// The superior records why a flag is right as it is, until a day.
///
/// # Errors
/// [`Refusal`]: out of reach, one's own organisation, no reason, or a day that has passed.
pub async fn explain(app: &App, tx: &mut Tx, actor: &Actor, org: OrgId, kind: FlagKind, reason: &str, until: Option<Date>) -> anyhow::Result<()> {
    let parent = {
        let directory = app.directory();
        directory.visible(&actor.scope(Capability::ManageOrganisations), org).map(|org| org.parent)
    };
    let Some(parent) = parent else { return Err(Refusal("没有找到这个党组织。".to_owned()).into()) };
    let is_above = match parent {
        Some(parent) => within(tx, actor, &[Capability::ManageOrganisations], &[parent]).await?.contains(&parent),
        None => false,
    };
    if !is_above {
        return Err(Refusal("理由由上级党组织登记。".to_owned()).into());
    }
    if reason.trim().is_empty() || until.is_some_and(|until| until <= tx.today()) {
        return Err(Refusal("请写明理由；有期限的，期限要晚于今天。".to_owned()).into());
    }
    let id = tx.next_id().await?;
    organisation_finding::ActiveModel {
        id: Set(id),
        organisation_id: Set(org),
        flag: Set(kind.key().to_owned()),
        reason: Set(reason.trim().to_owned()),
        recorded_by: Set(tx.actor_id()),
        recorded_at: Set(tx.at_text()),
        until_on: Set(until.map(|day| day.to_string())),
    }
    .insert(tx.connection())
    .await?;
    tx.record("organisation.explain", "organisation", org, Some(org), json!({ "flag": kind.key(), "until": until.map(|day| day.to_string()) }));
    tx.changed("organisation", org, Some(org));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use policy::OrganisationRole;

    const LIMITS: Limits =
        Limits { full_members_min: 3, members_max: 50, committee_full_members_min: 7, hollow_months: 6, go_live_on: Some(date(2026, 1, 1)) };

    fn branch(n_full: u32, n_committee: u32) -> OrgNode {
        OrgNode {
            id: 1,
            code: "P1".to_owned(),
            name: "松林村党支部".to_owned(),
            pinyin: String::new(),
            kind: "branch".to_owned(),
            role: OrganisationRole::Branch,
            level: "branch".to_owned(),
            field: "rural".to_owned(),
            parent: Some(2),
            superiors: vec![2],
            region_code: None,
            founded_on: date(1998, 5, 1),
            until: None,
            go_live_on: None,
            theme_day: None,
            secretary: Some("马春和".to_owned()),
            n_committee,
            elected_on: None,
            term_until: None,
            n_members: n_full,
            n_full,
            n_mobile: 0,
            n_members_below: n_full,
            n_branches_below: 0,
        }
    }

    fn words(org: &OrgNode, last: Option<Date>, on: Date) -> Vec<&'static str> {
        flags_of(org, last, &LIMITS, on).iter().map(|flag| flag.kind.word()).collect()
    }

    #[test]
    fn a_silent_branch_is_hollow_once_records_were_expected_for_long_enough() {
        let org = branch(12, 3);
        assert_eq!(words(&org, None, date(2026, 6, 30)), [""; 0], "expected since January only");
        assert_eq!(words(&org, None, date(2026, 7, 2)), ["有名无实"]);
        assert_eq!(words(&org, Some(date(2026, 5, 8)), date(2026, 11, 8)), [""; 0]);
        assert_eq!(words(&org, Some(date(2026, 5, 8)), date(2026, 11, 9)), ["有名无实"]);
    }

    #[test]
    fn size_and_leadership_are_told_apart() {
        let on = date(2026, 3, 1);
        assert_eq!(words(&branch(2, 1), None, on), ["党员偏少"]);
        assert_eq!(words(&branch(51, 3), None, on), ["党员偏多"]);
        assert_eq!(words(&branch(7, 1), None, on), ["班子未登记"]);
        let nobody = OrgNode { secretary: None, ..branch(6, 0) };
        assert_eq!(words(&nobody, Some(on), on), ["有名无实"]);
        let overdue = OrgNode { term_until: Some(on), ..branch(6, 1) };
        assert_eq!(words(&overdue, Some(on), on), ["届满未换届"]);
    }
}
