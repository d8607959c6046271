//! Signed files of a filed result (纳入领导班子和领导干部考核): versioned, each with its evidence; whoever receives one can tell who
//! made it and that nobody changed it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Consequence, ConsequenceKind, Pack, Ratio};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::{Value as Json, json};
use store::entities::result_export;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::brief::{Brief, briefs, printed};
use super::rows::{self, StoredEvaluation};
use crate::app::App;
use crate::case::CaseAtWork;
use crate::directory::Directory;

/// What a signed file says it is.
const FORMAT: &str = "jishi.result/1";

/// A file that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// From 1, each the whole result anew.
    pub version: i64,
    pub body: String,
    pub public_key: String,
    pub signature: String,
    /// Name of whoever issued it.
    pub issued_by: String,
    pub issued_on: Date,
}

impl Export {
    /// The file as it is handed over.
    ///
    /// # Errors
    /// Never in practice: it is text.
    pub fn file(&self) -> anyhow::Result<Vec<u8>> {
        let file = json!({ "format": FORMAT, "body": self.body, "algorithm": "SM2-SM3", "public_key": self.public_key, "signature": self.signature });
        Ok(serde_json::to_vec_pretty(&file)?)
    }
}

const COLUMNS: &str = "x.version, x.body, x.public_key, x.signature, x.issued_at, p.name";

fn read(row: &QueryResult) -> anyhow::Result<Export> {
    let at: jiff::Timestamp = row.try_get::<String>("", "issued_at")?.parse()?;
    Ok(Export {
        version: row.try_get("", "version")?,
        body: row.try_get("", "body")?,
        public_key: row.try_get("", "public_key")?,
        signature: row.try_get("", "signature")?,
        issued_by: row.try_get::<Option<String>>("", "name")?.unwrap_or_default(),
        issued_on: store::day_of(at),
    })
}

/// Every version of a result, newest first.
pub(super) async fn all<C: ConnectionTrait>(connection: &C, evaluation: i64) -> anyhow::Result<Vec<Export>> {
    let sql =
        format!("select {COLUMNS} from result_export x left join person p on p.id = x.issued_by where x.evaluation_id = $1 order by x.version desc");
    query(connection, sql, [evaluation.into()]).await?.iter().map(read).collect()
}

/// The last version.
pub(super) async fn newest<C: ConnectionTrait>(connection: &C, evaluation: i64) -> anyhow::Result<Option<Export>> {
    Ok(all(connection, evaluation).await?.into_iter().next())
}

/// Which entry of the pack asks for an export of this result.
pub(super) fn rule_of<'a>(pack: &'a Pack, evaluation: &StoredEvaluation) -> Option<(&'a str, &'a Consequence)> {
    let is_of = |rule: &Consequence| rule.kind == ConsequenceKind::Export && rule.scheme == evaluation.of_key;
    pack.consequences.iter().find(|(_, rule)| is_of(rule)).map(|(key, rule)| (key.as_str(), rule))
}

/// Why a result may not be exported now; `None`: it may.
pub(super) fn why_not(evaluation: &StoredEvaluation, work: &CaseAtWork) -> Option<String> {
    let is_under_objection = work.items.iter().any(|item| item.kind == "objection" && item.closed_in.is_none());
    if is_under_objection {
        return Some("还有意见没有答复，有意见的结果不能导出。".to_owned());
    }
    if evaluation.published_at.is_none() {
        return Some("结果还没有公布，不能导出。".to_owned());
    }
    (!super::review::is_acknowledged(work)).then(|| "这次评定还没有经上级确认备案，确认以后才能导出。".to_owned())
}

/// Issues the next version.
///
/// # Errors
/// [`Refusal`]: not one's own result, no entry of the pack, under objection, not published or not filed.
pub async fn issue(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<i64> {
    tx.lock("evaluation", id).await?;
    let kept = rows::find(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这次评定。".to_owned()))?;
    super::check_owner(actor, kept.organisation)?;
    let pack = app.policies_of(&kept.pack_version).await?;
    let (_, rule) = rule_of(&pack, &kept).ok_or_else(|| Refusal("制度包没有把这个方案的结果纳入领导班子考核，不能导出。".to_owned()))?;
    let work = CaseAtWork::read_in(app, tx.connection(), kept.case_id.unwrap_or_default()).await?;
    if let Some(why) = work.as_ref().and_then(|work| why_not(&kept, work)) {
        return Err(Refusal(why).into());
    }
    let version = newest(tx.connection(), id).await?.map_or(1, |export| export.version + 1);
    let rows = briefs(tx.connection(), id).await?;
    let body = body(&app.directory(), &kept, rule, &rows, version, tx.today(), actor).to_string();
    let number = tx.next_id().await?;
    let keys = &app.store().keys;
    let signature = store::sign(keys, body.as_bytes())?;
    result_export::ActiveModel {
        id: Set(number),
        evaluation_id: Set(id),
        version: Set(version),
        public_key: Set(store::public_key(keys)?),
        signature: Set(signature),
        issued_by: Set(actor.person_id),
        issued_at: Set(tx.at_text()),
        body: Set(body),
    }
    .insert(tx.connection())
    .await?;
    tx.record("evaluation.export", "evaluation", id, Some(kept.organisation), json!({ "version": version }));
    tx.changed("evaluation", id, None);
    Ok(version)
}

/// What goes out: the result of every leadership team's branches, and of every branch with where its evidence stands.
fn body(directory: &Directory, kept: &StoredEvaluation, rule: &Consequence, rows: &[Brief], version: i64, today: Date, actor: &Actor) -> Json {
    let mut units: BTreeMap<(String, OrgId, String), Vec<&Brief>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.star.is_some()) {
        if let Some((id, name)) = super::pages::result::unit_of(directory, kept.organisation, row.org) {
            let code = directory.org_ever(id).map_or_else(String::new, |org| org.code.clone());
            units.entry((code, id, name)).or_default().push(row);
        }
    }
    let units: Vec<Json> = units
        .into_iter()
        .map(|((code, _, name), rows)| {
            let sum: i128 = rows.iter().map(|row| i128::from(row.score_micro)).sum();
            let mean = Ratio::new(sum, 1_000_000 * rows.len() as i128);
            let weighted = rule.weight.map(|weight| assessment::decimal(mean * weight / Ratio::from_integer(100)));
            let n_five = rows.iter().filter(|row| row.star == Some(5)).count();
            json!({ "code": code, "name": name, "n_branches": rows.len(), "n_five_star": n_five, "mean_score": assessment::decimal(mean), "weighted_score": weighted })
        })
        .collect();
    let organisation = |row: &Brief| {
        let evidence = format!("/evaluations/{}/organisations/{}", kept.id, row.org);
        json!({ "code": row.code, "name": row.name, "field": row.field, "score": printed(row.score_micro), "star": row.star, "rank": row.rank, "group": row.cohort, "evidence": evidence })
    };
    json!({
        "item": rule.name,
        "weight": rule.weight.map(assessment::plain),
        "name": kept.name,
        "scheme": kept.of_key,
        "is_example": kept.is_example,
        "period": kept.period.to_string(),
        "pack": kept.pack_version,
        "fingerprint": kept.fingerprint,
        "published_on": kept.published_at.as_ref().and_then(|at| at.parse().ok()).map(|at| store::day_of(at).to_string()),
        "version": version,
        "issued_on": today.to_string(),
        "issued_by": directory.name_of(kept.organisation),
        "post": actor.post_line(),
        "units": units,
        "organisations": rows.iter().map(organisation).collect::<Vec<_>>(),
    })
}

/// What is wrong with a signed file, in a sentence; `Ok`: what it says of itself, for people.
///
/// # Errors
/// The sentence.
pub fn verify(bytes: &[u8], public_key: Option<&str>) -> Result<String, String> {
    let file: Json = serde_json::from_slice(bytes).map_err(|_| "这不是导出的签名文件：不是 JSON。".to_owned())?;
    let text = |key: &str| file[key].as_str().unwrap_or_default();
    if text("format") != FORMAT {
        return Err(format!("这不是导出的签名文件：format 应为 {FORMAT}。"));
    }
    if public_key.is_some_and(|wanted| !wanted.trim().eq_ignore_ascii_case(text("public_key"))) {
        return Err("签名的公钥不是所给的公钥：文件不是由那个平台导出的。".to_owned());
    }
    if !store::is_signed(text("public_key"), text("body").as_bytes(), text("signature")) {
        return Err("签名不符：文件在导出以后被改动过。".to_owned());
    }
    let body: Json = serde_json::from_str(text("body")).map_err(|_| "签名相符，但内容不是 JSON。".to_owned())?;
    let part = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    Ok(format!("签名相符：{}，第 {} 版，{} {}导出。", part("name"), body["version"], part("issued_on"), part("issued_by")))
}
