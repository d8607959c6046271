//! What documents say about a member: honours, disciplinary decisions, points. The branch enters, somebody above verifies.
//!
//! Nothing here becomes a fact, so no indicator can count it. Disciplinary decisions are shown to the member, to the branch that keeps
//! the record and to those who verify it, and every look at them is in the audit.

use jiff::civil::Date;
use policy::{Capability, Pack};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::json;
use store::entities::member_entry;
use store::{Actor, Refusal, Tx, execute, query};

use super::affiliation::held;
use super::read::day_of_instant;
use crate::app::App;
use crate::directory::optional_day;

/// Points of one entry beyond this are a slip of the pen.
const POINTS_MAX: i64 = 1000;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    Honour,
    Discipline,
    Points,
}

impl Register {
    pub const ALL: [Self; 3] = [Self::Points, Self::Honour, Self::Discipline];

    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Honour => "honour",
            Self::Discipline => "discipline",
            Self::Points => "points",
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Honour => "荣誉",
            Self::Discipline => "纪律处分",
            Self::Points => "积分",
        }
    }

    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|register| register.key() == key)
    }

    /// The kinds that the pack knows.
    #[must_use]
    pub fn kinds(self, pack: &Pack) -> &[String] {
        pack.code_lists.get(&format!("member_{}", self.key())).map_or(&[], |list| &list.values)
    }
}

/// An entry as the branch makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    pub member: i64,
    pub register: Register,
    pub kind: String,
    /// Of [`Register::Points`] alone.
    pub points: Option<i64>,
    pub made_on: Date,
    pub until: Option<Date>,
    pub issuer: String,
    pub document: String,
    pub document_no: String,
}

/// An entry as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub register: Register,
    pub kind: String,
    pub points: Option<i64>,
    pub made_on: Date,
    pub until: Option<Date>,
    pub issuer: String,
    pub document: String,
    pub document_no: String,
    pub entered_by: Option<i64>,
    /// Day and name of whoever verified it: established from then on.
    pub verified: Option<(String, String)>,
    /// Day and reason.
    pub returned: Option<(String, String)>,
}

impl Entry {
    /// Whether the superior has still to answer.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.verified.is_none() && self.returned.is_none()
    }

    /// Where it is from: 中共青石镇委员会《关于表彰的决定》（青发〔2026〕7号）.
    #[must_use]
    pub fn source(&self) -> String {
        format!("{}《{}》（{}）", self.issuer, self.document.trim_matches(['《', '》']), self.document_no)
    }
}

/// The branch enters what a document says; it is established when somebody above has verified it.
///
/// # Errors
/// [`Refusal`]: out of reach, a kind that the pack does not know, days or points that cannot be, no document, or entered already.
pub async fn enter(app: &App, tx: &mut Tx, actor: &Actor, new: NewEntry) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let (row, now) = held(tx, actor, &[Capability::ManageMembers], new.member).await?;
    if !new.register.kinds(&app.pack()).contains(&new.kind) {
        return refuse("请从列表里选种类。".to_owned());
    }
    if new.made_on > tx.today() {
        return refuse(format!("请写文件上的日期，不晚于今天（{}）。", tx.today()));
    }
    if new.until.is_some_and(|until| until <= new.made_on) {
        return refuse("截止日期要晚于文件上的日期；没有截止的不填。".to_owned());
    }
    match (new.register, new.points) {
        (Register::Points, Some(points)) if (0..=POINTS_MAX).contains(&points) => {}
        (Register::Points, _) => return refuse(format!("积分请填 0 到 {POINTS_MAX} 的整数。")),
        (_, Some(_)) => return refuse(format!("{}没有分数，请把分数去掉，或者种类选积分。", new.register.name())),
        (_, None) => {}
    }
    if [&new.issuer, &new.document, &new.document_no].into_iter().any(|text| text.trim().is_empty()) {
        return refuse("请写作出单位、文件名和文号：没有文件的不登记。".to_owned());
    }
    let known = query(
        tx.connection(),
        "select 1 from member_entry where member_id = $1 and register = $2 and kind = $3 and made_on = $4 and document_no = $5 and returned_at is null limit 1",
        [new.member.into(), new.register.key().into(), new.kind.clone().into(), new.made_on.to_string().into(), new.document_no.trim().into()],
    )
    .await?;
    if !known.is_empty() {
        return refuse(format!("{}的这一条已经登记过。", row.name));
    }
    let id = tx.next_id().await?;
    member_entry::ActiveModel {
        id: Set(id),
        member_id: Set(new.member),
        organisation_id: Set(now.organisation_id),
        register: Set(new.register.key().to_owned()),
        kind: Set(new.kind),
        points: Set(new.points),
        made_on: Set(new.made_on.to_string()),
        until_on: Set(new.until.map(|day| day.to_string())),
        issuer: Set(new.issuer.trim().to_owned()),
        document: Set(new.document.trim().to_owned()),
        document_no: Set(new.document_no.trim().to_owned()),
        entered_by: Set(tx.actor_id()),
        entered_at: Set(tx.at_text()),
        verified_by: Set(None),
        verified_at: Set(None),
        returned_by: Set(None),
        returned_at: Set(None),
        return_reason: Set(None),
    }
    .insert(tx.connection())
    .await?;
    // Which of the three it is stays out of the audit: its readers are not those who may see a disciplinary decision.
    tx.record("member.enter", "member", new.member, Some(now.organisation_id), json!({ "entry": id }));
    tx.changed("member_entry", id, Some(now.organisation_id));
    Ok(id)
}

/// What the superior answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Verified,
    /// With the reason.
    Returned(String),
}

/// The superior has compared an entry with its document, or gives it back.
///
/// # Errors
/// [`Refusal`]: out of reach, answered already, one's own entry, or returned without a reason.
pub async fn answer(tx: &mut Tx, actor: &Actor, member: i64, entry: i64, answer: Answer) -> anyhow::Result<()> {
    let (_, now) = held(tx, actor, &[Capability::VerifyMembers], member).await?;
    let row = member_entry::Entity::find_by_id(entry).one(tx.connection()).await?.filter(|row| row.member_id == member);
    let Some(row) = row else { return Err(Refusal("没有找到这一条。".to_owned()).into()) };
    if row.verified_at.is_some() || row.returned_at.is_some() {
        return Err(Refusal("这一条已经答复过。".to_owned()).into());
    }
    if row.entered_by.is_some() && row.entered_by == actor.person_id {
        return Err(Refusal("自己登记的要由别人核实，请由另一位同志办理。".to_owned()).into());
    }
    refuse_oneself(tx, actor, member).await?;
    let (columns, operation, reason) = match answer {
        Answer::Verified => ("verified_by = $2, verified_at = $3", "member.verify_entry", None),
        Answer::Returned(reason) if reason.trim().is_empty() => return Err(Refusal("请写明退回的原因，支部会看到。".to_owned()).into()),
        Answer::Returned(reason) => ("returned_by = $2, returned_at = $3", "member.return_entry", Some(reason.trim().to_owned())),
    };
    let values = [entry.into(), tx.actor_id().into(), tx.at_text().into(), reason.into()];
    execute(tx.connection(), format!("update member_entry set {columns}, return_reason = $4 where id = $1"), values).await?;
    tx.record(operation, "member", member, Some(now.organisation_id), json!({ "entry": entry }));
    tx.changed("member_entry", entry, Some(now.organisation_id));
    Ok(())
}

/// Nobody answers what is registered about himself, whatever his post.
///
/// # Errors
/// [`Refusal`]: it is his own record.
pub(super) async fn refuse_oneself(tx: &Tx, actor: &Actor, member: i64) -> anyhow::Result<()> {
    if oneself(tx, actor).await? != Some(member) {
        return Ok(());
    }
    Err(Refusal("关于自己的登记要由别人核实，请由另一位同志办理。".to_owned()).into())
}

/// The member that somebody is.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn oneself(tx: &Tx, actor: &Actor) -> anyhow::Result<Option<i64>> {
    let rows = query(tx.connection(), "select member_id from person where id = $1", [actor.person_id.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.flatten())
}

/// Shows the disciplinary decisions about a member to the branch that keeps the record or to whoever verifies it; the look is in the audit.
///
/// # Errors
/// [`Refusal`]: out of reach, or no reason given.
pub async fn see_discipline(app: &App, tx: &mut Tx, actor: &Actor, member: i64, reason: &str) -> anyhow::Result<Vec<Entry>> {
    let (_, now) = held(tx, actor, &[Capability::ManageMembers, Capability::VerifyMembers], member).await?;
    if reason.trim().is_empty() {
        return Err(Refusal("请写明查看纪律处分的用途，会记入审计。".to_owned()).into());
    }
    let reason = reason.trim().chars().take(100).collect::<String>();
    tx.record("member.see_discipline", "member", member, Some(now.organisation_id), json!({ "reason": reason }));
    of_member(app, member, &[Register::Discipline]).await
}

/// Shows somebody the disciplinary decisions about himself; that, too, is in the audit.
///
/// # Errors
/// When the database cannot be read.
pub async fn see_own_discipline(app: &App, tx: &mut Tx, member: i64, organisation: store::OrgId) -> anyhow::Result<Vec<Entry>> {
    tx.record("member.see_discipline", "member", member, Some(organisation), json!({ "reason": "本人查看" }));
    of_member(app, member, &[Register::Discipline]).await
}

/// Entries about a member of these registers, newest first.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn of_member(app: &App, member: i64, registers: &[Register]) -> anyhow::Result<Vec<Entry>> {
    let sql = "select e.id, e.register, e.kind, e.points, e.made_on, e.until_on, e.issuer, e.document, e.document_no, e.entered_by, e.verified_at, p.name as verifier, e.returned_at, e.return_reason \
               from member_entry e left join person p on p.id = e.verified_by where e.member_id = $1 order by e.made_on desc, e.id desc";
    let mut found = Vec::new();
    for row in query(app.store().reader(), sql, [member.into()]).await? {
        let Some(register) = Register::of_key(&row.try_get::<String>("", "register")?).filter(|register| registers.contains(register)) else {
            continue;
        };
        let day_at =
            |column: &str| -> anyhow::Result<Option<String>> { Ok(row.try_get::<Option<String>>("", column)?.as_deref().and_then(day_of_instant)) };
        let verifier = row.try_get::<Option<String>>("", "verifier")?.unwrap_or_default();
        let reason = row.try_get::<Option<String>>("", "return_reason")?.unwrap_or_default();
        found.push(Entry {
            id: row.try_get("", "id")?,
            register,
            kind: row.try_get("", "kind")?,
            points: row.try_get("", "points")?,
            made_on: optional_day(&row, "made_on")?.unwrap_or_default(),
            until: optional_day(&row, "until_on")?,
            issuer: row.try_get("", "issuer")?,
            document: row.try_get("", "document")?,
            document_no: row.try_get("", "document_no")?,
            entered_by: row.try_get("", "entered_by")?,
            verified: day_at("verified_at")?.map(|day| (day, verifier)),
            returned: day_at("returned_at")?.map(|day| (day, reason)),
        });
    }
    Ok(found)
}
