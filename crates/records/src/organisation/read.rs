//! What pages ask about one organisation: its spans, posts, terms and decisions.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use policy::{OrganisationRole, Pack};
use store::{OrgId, query};

use super::store::listed;
use crate::app::App;
use crate::directory::optional_day;

/// How it stood, `[from, until)`.
#[derive(Debug, Clone)]
pub struct StateLine {
    pub name: String,
    pub kind: String,
    pub level: String,
    pub field: String,
    pub parent: Option<OrgId>,
    pub region_code: Option<String>,
    /// Degrees as written, in [`crate::directory::DATUM`].
    pub longitude: Option<String>,
    pub latitude: Option<String>,
    pub source: String,
    pub from: Date,
    pub until: Option<Date>,
}

/// Every span of an organisation, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn history(app: &App, id: OrgId) -> anyhow::Result<Vec<StateLine>> {
    let sql = "select name, kind, level, field, parent_id, region_code, longitude, latitude, source, from_on, until_on from organisation_state \
               where organisation_id = $1 and superseded_in is null order by from_on, id";
    let rows = query(app.store().reader(), sql, [id.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(StateLine {
                name: row.try_get("", "name")?,
                kind: row.try_get("", "kind")?,
                level: row.try_get("", "level")?,
                field: row.try_get("", "field")?,
                parent: row.try_get("", "parent_id")?,
                region_code: row.try_get("", "region_code")?,
                longitude: row.try_get("", "longitude")?,
                latitude: row.try_get("", "latitude")?,
                source: row.try_get("", "source")?,
                from: optional_day(row, "from_on")?.unwrap_or_default(),
                until: optional_day(row, "until_on")?,
            })
        })
        .collect()
}

/// Somebody in a post.
#[derive(Debug, Clone)]
pub struct HoldingLine {
    pub post: String,
    pub name: String,
    pub member_id: Option<i64>,
    pub telephone: Option<String>,
    pub source: String,
    pub from: Date,
    pub until: Option<Date>,
}

/// Everybody who ever held a post in it, newest first; telephone numbers masked.
///
/// # Errors
/// When the database cannot be read.
pub async fn holdings(app: &App, id: OrgId) -> anyhow::Result<Vec<HoldingLine>> {
    let sql = "select id, post, name, member_id, telephone, source, from_on, until_on from post_holding \
               where organisation_id = $1 and superseded_in is null order by from_on desc, id";
    let rows = query(app.store().reader(), sql, [id.into()]).await?;
    rows.iter()
        .map(|row| {
            let row_id: i64 = row.try_get("", "id")?;
            let sealed: Option<Vec<u8>> = row.try_get("", "telephone")?;
            let telephone = sealed.map(|sealed| app.store().keys.unseal("post_holding.telephone", row_id, &sealed)).transpose()?;
            Ok(HoldingLine {
                post: row.try_get("", "post")?,
                name: row.try_get("", "name")?,
                member_id: row.try_get("", "member_id")?,
                telephone: telephone.map(|text| crate::member::masked_telephone(&text)),
                source: row.try_get("", "source")?,
                from: optional_day(row, "from_on")?.unwrap_or_default(),
                until: optional_day(row, "until_on")?,
            })
        })
        .collect()
}

/// A decision about the tree.
#[derive(Debug, Clone)]
pub struct ChangeLine {
    pub kind: String,
    pub organisation: OrgId,
    pub other: Option<OrgId>,
    pub detail: serde_json::Value,
    pub reason: String,
    pub on: Date,
}

/// Decisions of all organisations, or of one (as the one decided about or as the other), newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn changes(app: &App, of: Option<OrgId>) -> anyhow::Result<Vec<ChangeLine>> {
    let (which, values): (&str, Vec<sea_orm::Value>) = match of {
        Some(id) => ("where organisation_id = $1 or other_id = $1", vec![id.into()]),
        None => ("", Vec::new()),
    };
    let sql = format!(
        "select kind, organisation_id, other_id, detail, reason, effective_on from organisation_change {which} order by effective_on desc, id desc"
    );
    let rows = query(app.store().reader(), sql, values).await?;
    rows.iter()
        .map(|row| {
            Ok(ChangeLine {
                kind: row.try_get("", "kind")?,
                organisation: row.try_get("", "organisation_id")?,
                other: row.try_get("", "other_id")?,
                detail: serde_json::from_str(&row.try_get::<String>("", "detail")?)?,
                reason: row.try_get("", "reason")?,
                on: optional_day(row, "effective_on")?.unwrap_or_default(),
            })
        })
        .collect()
}

/// The last names of organisations, also of those that are no more.
///
/// # Errors
/// When the database cannot be read.
pub async fn names(app: &App, ids: &HashSet<OrgId>) -> anyhow::Result<HashMap<OrgId, String>> {
    let mut found = HashMap::new();
    let ids: Vec<OrgId> = ids.iter().copied().collect();
    for chunk in ids.chunks(500) {
        let sql = format!(
            "select organisation_id, name from organisation_state where organisation_id in ({}) and superseded_in is null order by from_on, id",
            listed(chunk)
        );
        for row in query(app.store().reader(), sql, []).await? {
            found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(found)
}

/// Secretaries on a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn secretaries(app: &App, ids: &[OrgId], on: Date) -> anyhow::Result<HashMap<OrgId, String>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(500) {
        let sql = format!(
            "select organisation_id, name from post_holding where post = 'secretary' and superseded_in is null and organisation_id in ({}) \
             and from_on <= $1 and (until_on is null or until_on > $1) order by id",
            listed(chunk)
        );
        for row in query(app.store().reader(), sql, [on.to_string().into()]).await? {
            found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(found)
}

pub(super) fn role_of(pack: &Pack, kind: &str) -> OrganisationRole {
    pack.organisation_kinds.get(kind).map_or(OrganisationRole::Committee, |kind| kind.role)
}

/// Names of the pack's kinds, fields and levels by key, in the order of the pack.
pub struct Words {
    pub kinds: BTreeMap<String, String>,
    pub fields: Vec<(String, String)>,
    pub levels: Vec<(String, String)>,
}

impl Words {
    #[must_use]
    pub fn of(pack: &Pack) -> Self {
        let mut fields: Vec<_> = pack.fields.iter().map(|(key, it)| (it.order, key.clone(), it.name.clone())).collect();
        let mut levels: Vec<_> = pack.levels.iter().map(|(key, it)| (it.order, key.clone(), it.name.clone())).collect();
        fields.sort();
        levels.sort();
        let pairs = |list: Vec<(u8, String, String)>| list.into_iter().map(|(_, key, name)| (key, name)).collect();
        Self {
            kinds: pack.organisation_kinds.iter().map(|(key, it)| (key.clone(), it.name.clone())).collect(),
            fields: pairs(fields),
            levels: pairs(levels),
        }
    }

    #[must_use]
    pub fn kind<'a>(&'a self, key: &'a str) -> &'a str {
        self.kinds.get(key).map_or(key, String::as_str)
    }

    #[must_use]
    pub fn field<'a>(&'a self, key: &'a str) -> &'a str {
        self.fields.iter().find(|(known, _)| known == key).map_or(key, |(_, name)| name)
    }

    #[must_use]
    pub fn level<'a>(&'a self, key: &'a str) -> &'a str {
        self.levels.iter().find(|(known, _)| known == key).map_or(key, |(_, name)| name)
    }
}

/// A day in a sentence: 2024 年 12 月 31 日.
#[must_use]
pub fn day_in_words(day: Date) -> String {
    format!("{} 年 {} 月 {} 日", day.year(), day.month(), day.day())
}

/// A decision in a sentence, seen from one organisation.
#[must_use]
pub fn change_in_words(change: &ChangeLine, seen_from: OrgId, names: &HashMap<OrgId, String>) -> String {
    let name = |id: OrgId| names.get(&id).map_or("（不在范围内）", String::as_str);
    let text = |key: &str| change.detail.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let n_members = change.detail.get("n_members").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let is_other = change.other == Some(seen_from) && change.organisation != seen_from;
    match (change.kind.as_str(), change.other) {
        ("rename", _) => format!("由“{}”更名为“{}”", text("from"), text("to")),
        ("move", Some(other)) if is_other => format!("“{}”调整为由“{}”领导", name(change.organisation), name(other)),
        ("move", Some(other)) => format!("隶属关系调整到“{}”", name(other)),
        ("merge", _) if is_other => format!("并入“{}”，党员 {n_members} 名", name(change.organisation)),
        ("merge", Some(other)) => format!("并入“{}”，党员 {n_members} 名随转", name(other)),
        ("split", _) if is_other => format!("由“{}”拆分设立，党员 {n_members} 名", name(change.organisation)),
        ("split", Some(other)) => format!("拆分出“{}”，党员 {n_members} 名随转", name(other)),
        ("dissolve", _) => "撤销".to_owned(),
        (kind, _) => kind.to_owned(),
    }
}
