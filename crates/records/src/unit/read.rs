//! Villages through a scope, with what they earned.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::date;
use policy::{Pack, Ratio, Target, in_force};
use store::{OrgId, Scope, query};

use crate::app::App;
use crate::directory::{Directory, OrgNode};

/// What a village earned in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Income {
    pub operating_fen: i64,
    pub total_fen: i64,
    pub source: String,
    pub recorded_at: String,
}

/// A village with its organisation and its years.
#[derive(Debug, Clone)]
pub struct Village {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub pinyin: String,
    /// The organisation that leads it; none: not founded yet (应建未建).
    pub organisation: Option<OrgId>,
    pub township: String,
    pub years: Arc<BTreeMap<i16, Income>>,
}

/// All villages, by code, as of a commit.
#[derive(Default)]
struct Known(tokio::sync::Mutex<Option<(i64, Arc<Vec<Unit>>)>>);

/// A village as the database has it.
struct Unit {
    id: i64,
    code: String,
    name: String,
    pinyin: String,
    linked: Option<OrgId>,
    years: Arc<BTreeMap<i16, Income>>,
}

/// All villages; read anew when a commit has changed one of them.
async fn known(app: &App) -> anyhow::Result<Arc<Vec<Unit>>> {
    let known = app.held(Known::default);
    let mut kept = known.0.lock().await;
    let head = app.store().followed_no();
    if let Some((no, units)) = kept.as_mut() {
        let sql = "select 1 from commit_change where no > $1 and no <= $2 and source in ('unit', 'organisation') limit 1";
        if *no == head || query(app.store().reader(), sql, [(*no).into(), head.into()]).await?.is_empty() {
            *no = head;
            return Ok(units.clone());
        }
    }
    let units = Arc::new(read(app).await?);
    *kept = Some((head, units.clone()));
    Ok(units)
}

async fn read(app: &App) -> anyhow::Result<Vec<Unit>> {
    let reader = app.store().reader();
    let incomes = query(reader, "select unit_id, year, operating_fen, total_fen, source, recorded_at from unit_income", []).await?;
    let mut years: HashMap<i64, BTreeMap<i16, Income>> = HashMap::new();
    for row in incomes {
        let income = Income {
            operating_fen: row.try_get("", "operating_fen")?,
            total_fen: row.try_get("", "total_fen")?,
            source: row.try_get("", "source")?,
            recorded_at: row.try_get("", "recorded_at")?,
        };
        let year = i16::try_from(row.try_get::<i64>("", "year")?).unwrap_or_default();
        years.entry(row.try_get("", "unit_id")?).or_default().insert(year, income);
    }
    let rows = query(reader, "select id, code, name, pinyin, organisation_id from unit where kind = 'village' order by code", []).await?;
    rows.iter()
        .map(|row| {
            let id = row.try_get("", "id")?;
            Ok(Unit {
                id,
                code: row.try_get("", "code")?,
                name: row.try_get("", "name")?,
                pinyin: row.try_get("", "pinyin")?,
                linked: row.try_get("", "organisation_id")?,
                years: Arc::new(years.remove(&id).unwrap_or_default()),
            })
        })
        .collect()
}

/// Villages in reach, by code; `only` one of them. One whose organisation is missing belongs to whoever reaches its township.
///
/// # Errors
/// When the database cannot be read.
pub async fn villages(app: &App, scope: &Scope, only: Option<i64>) -> anyhow::Result<Vec<Village>> {
    let units = known(app).await?;
    let directory = app.directory();
    let by_region = by_region(&directory);
    let mut villages = Vec::new();
    let mut townships: Vec<Option<OrgId>> = Vec::new();
    for unit in units.iter().filter(|unit| only.is_none_or(|id| id == unit.id)) {
        let organisation = by_region.get(unit.code.as_str()).copied().or_else(|| unit.linked.and_then(|id| directory.org(id)));
        let above = township(&directory, &unit.code);
        let is_reached = match (organisation, above) {
            (Some(org), _) => directory.is_visible(scope, org.id),
            (None, Some(above)) => directory.is_visible(scope, above.id),
            (None, None) => scope.is_everything(),
        };
        if is_reached {
            let township = organisation.and_then(|org| directory.at_level(org.id, "township")).or(above).map(|org| org.id);
            townships.push(township);
            villages.push(Village {
                id: unit.id,
                code: unit.code.clone(),
                name: unit.name.clone(),
                pinyin: unit.pinyin.clone(),
                organisation: organisation.map(|org| org.id),
                township: township.map_or_else(String::new, |id| directory.called(id).to_owned()),
                years: unit.years.clone(),
            });
        }
    }
    // Two counties may each have a 清水镇.
    let mut places: HashMap<String, HashSet<OrgId>> = HashMap::new();
    for (village, township) in villages.iter().zip(&townships) {
        places.entry(village.township.clone()).or_default().extend(township);
    }
    for (village, township) in villages.iter_mut().zip(&townships) {
        if let Some(id) = township.filter(|_| places[&village.township].len() > 1) {
            village.township = format!("{} · {}", directory.above(id), village.township);
        }
    }
    Ok(villages)
}

/// How many villages in reach have no organisation.
///
/// # Errors
/// When the database cannot be read.
pub async fn n_without_organisation(app: &App, scope: &Scope) -> anyhow::Result<u64> {
    let rows = query(app.store().reader(), "select code from unit where kind = 'village' and organisation_id is null", []).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let directory = app.directory();
    let by_region = by_region(&directory);
    let mut n = 0;
    for row in rows {
        let code: String = row.try_get_by_index(0)?;
        let is_reached = township(&directory, &code).map_or(scope.is_everything(), |above| directory.is_visible(scope, above.id));
        n += u64::from(is_reached && !by_region.contains_key(code.as_str()));
    }
    Ok(n)
}

/// Organisations by division code: the one whose own code it is, else the first by code.
fn by_region(directory: &Directory) -> HashMap<&str, &OrgNode> {
    let mut found: HashMap<&str, &OrgNode> = HashMap::new();
    for root in directory.roots() {
        for org in directory.subtree(root.id) {
            let Some(region) = org.region_code.as_deref() else { continue };
            let is_own = org.code.strip_prefix('P') == Some(region);
            if is_own || !found.contains_key(region) {
                found.insert(region, org);
            }
        }
    }
    found
}

/// The organisation of the township (or county, or city) that a village's code lies in.
fn township<'a>(directory: &'a Directory, code: &str) -> Option<&'a OrgNode> {
    [9, 6, 4].into_iter().filter_map(|n| code.get(..n)).find_map(|part| directory.by_code(&format!("P{part}")))
}

/// The income of a year that the pack aims at.
#[must_use]
pub fn target(pack: &Pack, year: i16) -> Option<Target> {
    pack.indicators.get("collective_income").and_then(|indicator| in_force(&indicator.target, date(year, 12, 31))).copied()
}

/// Whether an income reaches the target, which is in yuan (part of a yuan does not count).
#[must_use]
pub fn is_reached(target: &Target, fen: i64) -> bool {
    target.is_met_by(Ratio::from_integer(i128::from(fen.div_euclid(100))))
}

/// Fen as 万元 with two decimals.
#[must_use]
pub fn ten_thousand_yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let hundredths = (fen.unsigned_abs() + 5_000) / 10_000;
    format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
}

/// 万元 as written, in fen.
#[must_use]
pub fn fen_of(text: &str) -> Option<i64> {
    let value = policy::parse_ratio(text).ok()?;
    let fen = (value * Ratio::from_integer(1_000_000)).round();
    i64::try_from(fen.to_integer()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_said_in_ten_thousand_yuan() {
        assert_eq!(ten_thousand_yuan(22_840_000), "22.84");
        assert_eq!(ten_thousand_yuan(-5_000), "-0.01");
        assert_eq!(fen_of("22.84"), Some(22_840_000));
        assert_eq!(fen_of("约20"), None);
    }

    #[test]
    fn just_under_the_target_is_under_it() {
        let target: Target = ">= 200000".parse().unwrap();
        assert!(is_reached(&target, 20_000_000));
        assert!(!is_reached(&target, 19_999_999));
    }
}
