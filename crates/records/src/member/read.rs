//! What pages ask about members: lists on any day, records with the source of what they say, transfers, exemptions.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use sea_orm::QueryResult;
use store::{OrgId, Scope, query};

use super::model::{masked_id_number, masked_telephone};
use crate::app::App;
use crate::directory::{MemberNode, optional_day};
use crate::organisation::listed;

/// Identity and telephone number, masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masked {
    pub id_number: String,
    pub telephone: String,
}

/// Masked numbers by member.
///
/// # Errors
/// When the database cannot be read.
pub async fn masked(app: &App, ids: &[i64]) -> anyhow::Result<HashMap<i64, Masked>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(500) {
        for row in query(app.store().reader(), format!("select id, id_number, telephone from member where id in ({})", listed(chunk)), []).await? {
            let id: i64 = row.try_get_by_index(0)?;
            let telephone: Option<Vec<u8>> = row.try_get_by_index(2)?;
            let keys = &app.store().keys;
            let masked = Masked {
                id_number: masked_id_number(&keys.unseal("member.id_number", id, &row.try_get_by_index::<Vec<u8>>(1)?)?),
                telephone: telephone
                    .map(|sealed| keys.unseal("member.telephone", id, &sealed))
                    .transpose()?
                    .map(|text| masked_telephone(&text))
                    .unwrap_or_default(),
            };
            found.insert(id, masked);
        }
    }
    Ok(found)
}

/// Members whose identity or telephone number is this one, or ends in these four characters.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_number(app: &App, text: &str) -> anyhow::Result<Option<HashSet<i64>>> {
    let text = super::model::normal_id_number(text);
    let keys = &app.store().keys;
    let is_number = text.len() >= 4 && text.bytes().enumerate().all(|(i, b)| b.is_ascii_digit() || (b == b'X' && i + 1 == text.len()));
    if !is_number {
        return Ok(None);
    }
    let (sql, values): (&str, [sea_orm::Value; 2]) = match text.len() {
        4 => (
            "select id from member where id_number_last4 = $1 or telephone_last4 = $2",
            [keys.blind_index("member.id_number.last4", &text).into(), keys.blind_index("member.telephone.last4", &text).into()],
        ),
        _ => (
            "select id from member where id_number_index = $1 or telephone_index = $2",
            [keys.blind_index("member.id_number", &text).into(), keys.blind_index("member.telephone", &text).into()],
        ),
    };
    let rows = query(app.store().reader(), sql, values).await?;
    Ok(Some(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?))
}

/// Members who belonged on a day to organisations of a scope; category, state and names as they are recorded now.
///
/// # Errors
/// When the database cannot be read.
pub async fn members_on(app: &App, scope: &Scope, under: Option<OrgId>, on: Date) -> anyhow::Result<Vec<MemberNode>> {
    let tree = crate::organisation::tree_on(app, scope, on, None).await?;
    let ids: Vec<OrgId> = tree.iter().filter(|org| under.is_none_or(|id| org.id == id || org.superiors.contains(&id))).map(|org| org.id).collect();
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let sql = format!(
            "select m.id, a.organisation_id, m.name, m.pinyin, m.sex, m.category, m.status, m.is_mobile, m.born_on, m.joined_on, m.full_on, m.education, m.occupation, m.verified_at \
             from affiliation a join member m on m.id = a.member_id where a.organisation_id in ({}) and a.superseded_in is null and a.from_on <= $1 and (a.until_on is null or a.until_on > $1) \
             order by m.pinyin, m.id",
            listed(chunk)
        );
        for row in query(app.store().reader(), sql, [on.to_string().into()]).await? {
            found.push(node(&row, on)?);
        }
    }
    Ok(found)
}

fn node(row: &QueryResult, on: Date) -> anyhow::Result<MemberNode> {
    Ok(MemberNode {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        name: row.try_get("", "name")?,
        pinyin: row.try_get("", "pinyin")?,
        sex: row.try_get::<String>("", "sex")?.into(),
        category: row.try_get::<String>("", "category")?.into(),
        status: row.try_get::<String>("", "status")?.into(),
        is_mobile: row.try_get("", "is_mobile")?,
        born_on: optional_day(row, "born_on")?,
        joined_on: optional_day(row, "joined_on")?,
        full_on: optional_day(row, "full_on")?.filter(|day| *day <= on),
        education: row.try_get::<Option<String>>("", "education")?.map(Into::into),
        occupation: row.try_get::<Option<String>>("", "occupation")?.map(Into::into),
        is_verified: row.try_get::<Option<String>>("", "verified_at")?.is_some(),
    })
}

/// Posts that members hold now (by number, or by name where the roster gave no more), and where those live who live elsewhere.
///
/// # Errors
/// When the database cannot be read.
pub async fn remarks(app: &App, members: &[&MemberNode], on: Date) -> anyhow::Result<HashMap<i64, String>> {
    let mut organisations: Vec<OrgId> = members.iter().map(|member| member.organisation).collect();
    organisations.sort_unstable();
    organisations.dedup();
    let mut remarks: HashMap<i64, Vec<String>> = HashMap::new();
    for chunk in organisations.chunks(500) {
        let sql = format!(
            "select organisation_id, post, name, member_id from post_holding where superseded_in is null and organisation_id in ({}) and from_on <= $1 and (until_on is null or until_on > $1) order by id",
            listed(chunk)
        );
        for row in query(app.store().reader(), sql, [on.to_string().into()]).await? {
            let (org, post, name, id): (OrgId, String, String, Option<i64>) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let same: Vec<&&MemberNode> =
                members.iter().filter(|member| member.organisation == org && id.map_or(member.name == name, |id| member.id == id)).collect();
            if let [member] = same[..] {
                remarks.entry(member.id).or_default().push(crate::organisation::post_name(&post).to_owned());
            }
        }
    }
    let mobile: Vec<i64> = members.iter().filter(|member| member.is_mobile).map(|member| member.id).collect();
    for chunk in mobile.chunks(500) {
        let sql = format!("select member_id, destination from member_mobile where until_on is null and member_id in ({})", listed(chunk));
        for row in query(app.store().reader(), sql, []).await? {
            let destination: Option<String> = row.try_get_by_index(1)?;
            let text = destination.map_or_else(|| "流动".to_owned(), |place| format!("流动，{place}"));
            remarks.entry(row.try_get_by_index(0)?).or_default().push(text);
        }
    }
    Ok(remarks.into_iter().map(|(id, parts)| (id, parts.join("，"))).collect())
}

/// A record with everything around it.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: i64,
    /// Where the member belongs, or belonged last.
    pub organisation: OrgId,
    pub name: String,
    pub sex: String,
    pub ethnicity: String,
    pub category: String,
    pub status: String,
    pub source: String,
    pub education: Option<String>,
    pub occupation: Option<String>,
    pub is_mobile: bool,
    pub born_on: Option<Date>,
    pub joined_on: Option<Date>,
    pub full_on: Option<Date>,
    pub left_on: Option<Date>,
    pub left_reason: Option<String>,
    pub verified_on: Option<String>,
    pub verified_by: Option<String>,
    pub masked: Masked,
}

/// One member's record through a scope over where the member belongs, or belonged last.
///
/// # Errors
/// When the database cannot be read.
pub async fn record(app: &App, scope: Option<&Scope>, id: i64) -> anyhow::Result<Option<Record>> {
    let sql = "select m.id, m.name, m.sex, m.ethnicity, m.category, m.status, m.source, m.education, m.occupation, m.is_mobile, m.born_on, m.joined_on, m.full_on, m.left_on, m.left_reason, m.verified_at, \
               p.name as verified_by, a.organisation_id from member m join affiliation a on a.member_id = m.id and a.superseded_in is null left join person p on p.id = m.verified_by \
               where m.id = $1 order by a.from_on desc, a.id desc limit 1";
    let rows = query(app.store().reader(), sql, [id.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let organisation: OrgId = row.try_get("", "organisation_id")?;
    if let Some(scope) = scope {
        let is_visible = app.directory().is_visible(scope, organisation);
        if !is_visible {
            return Ok(None);
        }
    }
    let masked = masked(app, &[id]).await?.remove(&id).unwrap_or_default();
    let verified_at: Option<String> = row.try_get("", "verified_at")?;
    Ok(Some(Record {
        id,
        organisation,
        name: row.try_get("", "name")?,
        sex: row.try_get("", "sex")?,
        ethnicity: row.try_get("", "ethnicity")?,
        category: row.try_get("", "category")?,
        status: row.try_get("", "status")?,
        source: row.try_get("", "source")?,
        education: row.try_get("", "education")?,
        occupation: row.try_get("", "occupation")?,
        is_mobile: row.try_get("", "is_mobile")?,
        born_on: optional_day(row, "born_on")?,
        joined_on: optional_day(row, "joined_on")?,
        full_on: optional_day(row, "full_on")?,
        left_on: optional_day(row, "left_on")?,
        left_reason: row.try_get("", "left_reason")?,
        verified_on: verified_at.as_deref().and_then(day_of_instant),
        verified_by: row.try_get("", "verified_by")?,
        masked,
    }))
}

/// The day (UTC+8) of an instant's text.
pub(super) fn day_of_instant(text: &str) -> Option<String> {
    text.parse::<jiff::Timestamp>().ok().map(|at| store::day_of(at).to_string())
}

/// Belonging to an organisation, `[from, until)`.
#[derive(Debug, Clone)]
pub struct BelongsLine {
    pub organisation: OrgId,
    pub reason: String,
    pub source: String,
    pub from: Date,
    pub until: Option<Date>,
}

/// Where a member ever belonged, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn belongs(app: &App, id: i64) -> anyhow::Result<Vec<BelongsLine>> {
    let sql = "select organisation_id, reason, source, from_on, until_on from affiliation where member_id = $1 and superseded_in is null order by from_on desc, id desc";
    let rows = query(app.store().reader(), sql, [id.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(BelongsLine {
                organisation: row.try_get("", "organisation_id")?,
                reason: row.try_get("", "reason")?,
                source: row.try_get("", "source")?,
                from: optional_day(row, "from_on")?.unwrap_or_default(),
                until: optional_day(row, "until_on")?,
            })
        })
        .collect()
}

/// Which roster or act last said a field, by field: from the audit of the record.
///
/// # Errors
/// When the database cannot be read.
pub async fn sources(app: &App, id: i64) -> anyhow::Result<HashMap<String, (String, String)>> {
    let sql = "select at, detail from audit where subject = 'member' and subject_id = $1 and operation = 'member.update' order by seq";
    let mut found = HashMap::new();
    for row in query(app.store().reader(), sql, [id.into()]).await? {
        let (at, detail): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let Ok(detail) = serde_json::from_str::<serde_json::Value>(&detail) else { continue };
        let source = detail["source"].as_str().unwrap_or_default().to_owned();
        for field in detail["fields"].as_array().into_iter().flatten().filter_map(|field| field.as_str()) {
            found.insert(field.to_owned(), (source.clone(), day_of_instant(&at).unwrap_or_default()));
        }
    }
    Ok(found)
}

/// An exemption from attending.
#[derive(Debug, Clone)]
pub struct ExemptionLine {
    pub id: i64,
    pub member: i64,
    pub reason: String,
    pub from: Date,
    pub until: Option<Date>,
    pub listed_by: Option<i64>,
    pub is_approved: bool,
    pub is_declined: bool,
    pub decision_reason: Option<String>,
}

/// Exemptions: of one member, or all that wait for an answer.
///
/// # Errors
/// When the database cannot be read.
pub async fn exemptions(app: &App, of: Option<i64>) -> anyhow::Result<Vec<ExemptionLine>> {
    let (which, values): (&str, Vec<sea_orm::Value>) = match of {
        Some(member) => ("member_id = $1", vec![member.into()]),
        None => ("approved_at is null and declined_at is null", Vec::new()),
    };
    let sql = format!(
        "select id, member_id, reason, from_on, until_on, listed_by, approved_at, declined_at, decision_reason from member_exemption where {which} order by from_on desc, id desc"
    );
    let rows = query(app.store().reader(), sql, values).await?;
    rows.iter()
        .map(|row| {
            Ok(ExemptionLine {
                id: row.try_get("", "id")?,
                member: row.try_get("", "member_id")?,
                reason: row.try_get("", "reason")?,
                from: optional_day(row, "from_on")?.unwrap_or_default(),
                until: optional_day(row, "until_on")?,
                listed_by: row.try_get("", "listed_by")?,
                is_approved: row.try_get::<Option<String>>("", "approved_at")?.is_some(),
                is_declined: row.try_get::<Option<String>>("", "declined_at")?.is_some(),
                decision_reason: row.try_get("", "decision_reason")?,
            })
        })
        .collect()
}

/// A transfer as the two sides see it.
#[derive(Debug, Clone)]
pub struct TransferLine {
    pub id: i64,
    pub member: i64,
    pub name: String,
    pub from: OrgId,
    pub to: OrgId,
    pub state: String,
    pub reason: String,
    pub asked_on: Date,
    pub due_on: Date,
    pub asked_by: Option<i64>,
    pub decided_on: Option<Date>,
    pub decision_reason: Option<String>,
}

impl TransferLine {
    /// Whether the other side has not answered.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state == super::affiliation::IN_TRANSIT
    }
}

/// Which transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    /// Those that the other side has not answered.
    Waiting,
    Of(i64),
}

/// Transfers, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn transfers(app: &App, which: Which) -> anyhow::Result<Vec<TransferLine>> {
    let which = match which {
        Which::All => String::new(),
        Which::Waiting => "where t.state = 'out'".to_owned(),
        Which::Of(member) => format!("where t.member_id = {member}"),
    };
    let sql = format!(
        "select t.id, t.member_id, m.name, t.from_id, t.to_id, t.state, t.reason, t.asked_on, t.due_on, t.asked_by, t.decided_on, t.decision_reason \
         from affiliation_transfer t join member m on m.id = t.member_id {which} order by t.asked_on desc, t.id desc"
    );
    let rows = query(app.store().reader(), sql, []).await?;
    rows.iter()
        .map(|row| {
            Ok(TransferLine {
                id: row.try_get("", "id")?,
                member: row.try_get("", "member_id")?,
                name: row.try_get("", "name")?,
                from: row.try_get("", "from_id")?,
                to: row.try_get("", "to_id")?,
                state: row.try_get("", "state")?,
                reason: row.try_get("", "reason")?,
                asked_on: optional_day(row, "asked_on")?.unwrap_or_default(),
                due_on: optional_day(row, "due_on")?.unwrap_or_default(),
                asked_by: row.try_get("", "asked_by")?,
                decided_on: optional_day(row, "decided_on")?,
                decision_reason: row.try_get("", "decision_reason")?,
            })
        })
        .collect()
}
