//! How many branches of a unit shall be 先进 and how few 后进, year by year: issued by an office above it, never by itself.
//!
//! In: shares with the document they stand in. Out: targets beside what the year's published result came to. A pack only proposes shares.

use std::collections::HashMap;

use policy::{Capability, Pack, Ratio, Tier};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::entities::tier_target;
use store::{Actor, OrgId, OrganisationSet, Refusal, Tx, execute, query};

use super::rows::last_published;
use crate::app::App;
use crate::directory::{Directory, OrgNode};
use crate::notice;

/// What the audit and notices call it.
const SUBJECT: &str = "tier_target";
/// A whole in hundredths of a percent.
const WHOLE: i64 = 10_000;

/// A target in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierTarget {
    pub id: i64,
    pub organisation: OrgId,
    pub office: OrgId,
    pub year: i16,
    pub tier: String,
    /// At most so many, where others are at least so many.
    pub is_ceiling: bool,
    pub share_hundredths: i64,
    pub basis: String,
    pub issued_on: String,
}

/// How many branches of a unit are in a tier, of how many that were placed in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    pub n_in_tier: i64,
    pub n_placed: i64,
}

impl TierTarget {
    /// 不低于35%.
    #[must_use]
    pub fn words(&self) -> String {
        words(self.is_ceiling, self.share_hundredths)
    }

    /// By how many branches the target is missed; 0 and less: it is met. `None`: no branch was placed in a tier.
    ///
    /// Of 7 branches 30 % are 2.1: three are needed, and a ceiling of 30 % leaves room for two.
    #[must_use]
    pub fn gap(&self, reached: Reached) -> Option<i64> {
        let share = self.share_hundredths * reached.n_placed;
        let gap = if self.is_ceiling { reached.n_in_tier - share.div_euclid(WHOLE) } else { -(-share).div_euclid(WHOLE) - reached.n_in_tier };
        (reached.n_placed > 0).then_some(gap)
    }
}

impl Reached {
    /// 30.5%; nothing was placed: empty.
    #[must_use]
    pub fn words(self) -> String {
        if self.n_placed == 0 {
            return String::new();
        }
        let share = Ratio::new(i128::from(self.n_in_tier) * 100, i128::from(self.n_placed));
        format!("{}%（{} / {} 个）", policy::print_rounded(share, 1).trim_end_matches(".0"), self.n_in_tier, self.n_placed)
    }
}

/// 不低于35%, 不高于4%.
#[must_use]
pub fn words(is_ceiling: bool, share_hundredths: i64) -> String {
    format!("{}{}%", if is_ceiling { "不高于" } else { "不低于" }, percent(share_hundredths))
}

/// 35, 4.5: as somebody types it.
#[must_use]
pub fn percent(share_hundredths: i64) -> String {
    policy::print_rounded(Ratio::new(i128::from(share_hundredths), 100), 2).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Tiers of which targets are issued, the first tier first.
#[must_use]
pub fn tiers_with_goal(pack: &Pack) -> Vec<(&String, &Tier)> {
    let mut tiers: Vec<_> = pack.tiers.iter().filter(|(_, tier)| tier.goal.is_some()).collect();
    tiers.sort_by_key(|(_, tier)| tier.order);
    tiers
}

/// The share that the pack proposes for a year.
#[must_use]
pub fn proposed(tier: &Tier, year: i16) -> Option<i64> {
    let goal = tier.goal.as_ref()?.years.iter().find(|goal| goal.year == year)?;
    i64::try_from((goal.is.value * Ratio::from_integer(i128::from(WHOLE))).round().to_integer()).ok()
}

/// Whether somebody's office stands above a unit, so that it says what the unit is to reach.
#[must_use]
pub fn issues_to(actor: &Actor, unit: &OrgNode) -> bool {
    issuing_office(actor, unit).is_some()
}

fn issuing_office(actor: &Actor, unit: &OrgNode) -> Option<OrgId> {
    let roots = actor.grants_with(Capability::OpenEvaluations).filter(|grant| grant.set.fields.is_empty()).filter_map(|grant| grant.set.root);
    roots.into_iter().find(|root| unit.superiors.contains(root))
}

/// Issues targets of a year to a unit: tier and share in hundredths of a percent. What was issued before is replaced and stays to be read.
///
/// # Errors
/// [`Refusal`] to the unit itself and to whoever does not stand above it, of shares that cannot be, without a document.
pub async fn issue(app: &App, tx: &mut Tx, actor: &Actor, unit: OrgId, year: i16, shares: &[(String, i64)], basis: &str) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(unit) = app.directory().visible(&actor.scope(Capability::ViewEvaluations), unit).cloned() else {
        return refuse("没有找到这个单位。".to_owned());
    };
    let Some(office) = issuing_office(actor, &unit) else { return refuse(not_own(&unit.name)) };
    let tiers = tiers_with_goal(&pack);
    let asked: Vec<(&String, &Tier, i64)> =
        tiers.into_iter().filter_map(|(key, tier)| shares.iter().find(|(of, _)| of == key).map(|(_, share)| (key, tier, *share))).collect();
    if asked.len() != shares.len() || asked.iter().any(|(_, tier, _)| tier.goal.as_ref().is_none_or(|goal| goal.level != unit.level)) {
        return refuse(format!("制度包里没有对{}这一级下达的目标，请核对单位和类别。", unit.name));
    }
    if asked.is_empty() {
        return refuse("请至少填写一类的目标。".to_owned());
    }
    if asked.iter().any(|(_, _, share)| !(0..=WHOLE).contains(share)) {
        return refuse("目标是占比，请填 0 到 100 之间的数，最多两位小数。".to_owned());
    }
    let floors: i64 = asked.iter().filter(|(_, tier, _)| !is_ceiling(tier)).map(|(.., share)| share).sum();
    if floors > WHOLE {
        return refuse("各类“不低于”的目标加起来超过了 100%，请核对。".to_owned());
    }
    if basis.trim().is_empty() {
        return refuse("请写下达的依据：文件名和文号。".to_owned());
    }
    if !(tx.today().year()..=tx.today().year() + 5).contains(&year) {
        return refuse(format!("{year} 年的目标现在不能下达，请选今年到 5 年以内的年度。"));
    }
    tx.lock("organisation", unit.id).await?;
    let before = in_force(tx.connection()).await?;
    let mut told = Vec::new();
    for (key, tier, share) in asked {
        let old = before.iter().find(|it| it.organisation == unit.id && it.year == year && it.tier == *key);
        if old.is_some_and(|old| old.share_hundredths == share && old.is_ceiling == is_ceiling(tier) && old.basis == basis.trim()) {
            continue;
        }
        let id = tx.next_id().await?;
        if let Some(old) = old {
            execute(tx.connection(), "update tier_target set replaced_by = $2 where id = $1", [old.id.into(), id.into()]).await?;
        }
        tier_target::ActiveModel {
            id: Set(id),
            organisation_id: Set(unit.id),
            office_id: Set(office),
            year: Set(i64::from(year)),
            tier: Set(key.clone()),
            is_ceiling: Set(is_ceiling(tier)),
            share_hundredths: Set(share),
            basis: Set(basis.trim().to_owned()),
            issued_on: Set(tx.today().to_string()),
            issued_by: Set(tx.actor_id()),
            replaced_by: Set(None),
        }
        .insert(tx.connection())
        .await?;
        let detail = json!({ "year": year, "tier": tier.name, "is": words(is_ceiling(tier), share), "was": old.map(TierTarget::words) });
        tx.record("tier_target.issue", SUBJECT, id, Some(unit.id), detail);
        told.push(format!("{}党支部{}", tier.name, words(is_ceiling(tier), share)));
    }
    if told.is_empty() {
        return refuse("和已经下达的目标一样，没有改动。".to_owned());
    }
    tx.changed(SUBJECT, unit.id, Some(unit.id));
    let text = format!("{year} 年的目标已下达：{}", told.join("，"));
    notice::send(tx, notice::To::Organisation(unit.id), SUBJECT, &text, super::pages::targets::PATH).await?;
    Ok(())
}

/// What a unit is told that would set its own target.
#[must_use]
pub fn not_own(unit: &str) -> String {
    format!("{unit}的目标由上级党委组织部门下达，本级不能自己定；有意见请向上级反映。")
}

fn is_ceiling(tier: &Tier) -> bool {
    tier.goal.as_ref().is_some_and(policy::TierGoal::is_ceiling)
}

/// All targets in force, by unit, year and tier; who may see one is asked afterwards, in memory.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_force<C: ConnectionTrait>(connection: &C) -> anyhow::Result<Vec<TierTarget>> {
    let sql = "select id, organisation_id, office_id, year, tier, is_ceiling, share_hundredths, basis, issued_on from tier_target where replaced_by is null order by organisation_id, year, tier, id";
    let rows = query(connection, sql, []).await?;
    rows.iter()
        .map(|row| {
            Ok(TierTarget {
                id: row.try_get_by_index(0)?,
                organisation: row.try_get_by_index(1)?,
                office: row.try_get_by_index(2)?,
                year: i16::try_from(row.try_get_by_index::<i64>(3)?)?,
                tier: row.try_get_by_index(4)?,
                is_ceiling: row.try_get_by_index(5)?,
                share_hundredths: row.try_get_by_index(6)?,
                basis: row.try_get_by_index(7)?,
                issued_on: row.try_get_by_index(8)?,
            })
        })
        .collect()
}

/// What a year came to at a unit: the last published result of the year that the unit organised itself, and how many stand in
/// each tier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct YearResult {
    pub evaluation: i64,
    pub counted: Vec<(String, i64)>,
}

/// The results of all units by scheme, unit and year, in two queries.
///
/// # Errors
/// When the database cannot be read.
pub async fn results<C: ConnectionTrait>(connection: &C) -> anyhow::Result<HashMap<(String, OrgId, i16), YearResult>> {
    let last = last_published(connection).await?;
    let ids = last.iter().map(|(id, ..)| id.to_string()).collect::<Vec<_>>().join(", ");
    let mut counted: HashMap<i64, Vec<(String, i64)>> = HashMap::new();
    if !ids.is_empty() {
        let sql = format!(
            "select evaluation_id, tier, count(*) from evaluation_row where evaluation_id in ({ids}) and tier is not null group by evaluation_id, tier order by evaluation_id, tier"
        );
        for row in query(connection, sql, []).await? {
            counted.entry(row.try_get_by_index(0)?).or_default().push((row.try_get_by_index(1)?, row.try_get_by_index(2)?));
        }
    }
    let result =
        |id: i64, counted: &mut HashMap<i64, Vec<(String, i64)>>| YearResult { evaluation: id, counted: counted.remove(&id).unwrap_or_default() };
    Ok(last.into_iter().map(|(id, scheme, unit, year)| ((scheme, unit, year), result(id, &mut counted))).collect())
}

/// How many of those counted stand in a tier.
#[must_use]
pub fn in_tier(counted: &[(String, i64)], tier: &str) -> Reached {
    let n_in_tier = counted.iter().find(|(key, _)| key == tier).map_or(0, |(_, n)| *n);
    Reached { n_in_tier, n_placed: counted.iter().map(|(_, n)| n).sum() }
}

/// Units to which targets are issued and that somebody reaches with everything below, in tree order: shares are those of all
/// fields.
#[must_use]
pub fn units<'d>(directory: &'d Directory, pack: &Pack, actor: &Actor) -> Vec<&'d OrgNode> {
    let is_whole = |unit: &OrgNode| {
        let stands = |root: OrgId| root == unit.id || unit.superiors.contains(&root);
        let sees = |set: &OrganisationSet| set.case_id.is_none() && set.fields.is_empty() && set.root.is_some_and(stands);
        actor.grants_with(Capability::ViewEvaluations).any(|grant| grant.set.everything || sees(&grant.set))
    };
    let tops = actor.grants_with(Capability::ViewEvaluations).filter_map(|grant| grant.set.root);
    let is_addressed = |org: &OrgNode| pack.tiers.values().any(|tier| tier.goal.as_ref().is_some_and(|goal| goal.level == org.level));
    let all = if tops.count() == 0 { Vec::new() } else { directory.roots().flat_map(|root| directory.subtree(root.id)).collect::<Vec<_>>() };
    all.into_iter().filter(|org| org.until.is_none() && is_addressed(org) && is_whole(org)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(is_ceiling: bool, share_hundredths: i64, n_in_tier: i64, n_placed: i64) -> i64 {
        let target = TierTarget {
            id: 1,
            organisation: 1,
            office: 2,
            year: 2026,
            tier: "advanced".to_owned(),
            is_ceiling,
            share_hundredths,
            basis: String::new(),
            issued_on: String::new(),
        };
        target.gap(Reached { n_in_tier, n_placed }).unwrap_or(i64::MAX)
    }

    #[test]
    fn the_gap_is_whole_branches() {
        // 30 % of 7 are 2.1.
        assert_eq!((check(false, 3000, 2, 7), check(false, 3000, 3, 7), check(false, 3000, 5, 7)), (1, 0, -2));
        assert_eq!((check(true, 3000, 3, 7), check(true, 3000, 2, 7)), (1, 0));
        assert_eq!((check(false, 3000, 3, 10), check(true, 0, 0, 10), check(true, 0, 2, 10)), (0, 0, 2));
        assert_eq!(check(false, 3000, 0, 0), i64::MAX, "where nothing was placed nothing is reached");
    }

    #[test]
    fn shares_are_said_as_people_type_them() {
        assert_eq!((words(false, 3500), words(true, 450), percent(3000)), ("不低于35%".to_owned(), "不高于4.5%".to_owned(), "30".to_owned()));
        assert_eq!(Reached { n_in_tier: 2, n_placed: 7 }.words(), "28.6%（2 / 7 个）");
        assert_eq!(Reached { n_in_tier: 0, n_placed: 0 }.words(), "");
    }
}
