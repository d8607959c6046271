//! One record, corrected on its page: what differs is brought in line like a roster's row.

use jiff::civil::Date;
use policy::Capability;
use store::{Actor, Refusal, Tx};

use super::affiliation::held;
use super::model::NewMember;
use super::update::update_all;
use crate::app::App;
use crate::organisation::{Outcome, day};

/// What a record's page lets be changed; the identity number stays what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    pub name: String,
    pub sex: String,
    pub ethnicity: String,
    pub category: String,
    pub status: String,
    pub born_on: Option<Date>,
    pub education: Option<String>,
    pub joined_on: Option<Date>,
    pub full_on: Option<Date>,
    pub occupation: Option<String>,
    /// None: stays.
    pub telephone: Option<String>,
    /// Where it is known from: the paper that was compared.
    pub source: String,
}

/// Corrects one record; the superior verifies it anew.
///
/// # Errors
/// [`Refusal`]: out of reach, or what cannot be right.
pub async fn correct(app: &App, tx: &mut Tx, actor: &Actor, member: i64, correction: Correction) -> anyhow::Result<Outcome> {
    let (row, now) = held(tx, actor, &[Capability::ManageMembers], member).await?;
    let Correction { name, sex, ethnicity, category, status, born_on, education, joined_on, full_on, occupation, telephone, source } = correction;
    if source.trim().is_empty() {
        return Err(Refusal("请写明依据，例如入党志愿书。".to_owned()).into());
    }
    if full_on.zip(joined_on).is_some_and(|(full, joined)| full < joined) {
        return Err(Refusal("转正日期不能早于入党日期。".to_owned()).into());
    }
    let new = NewMember {
        id_number: tx.keys().unseal("member.id_number", member, &row.id_number)?,
        name,
        sex,
        ethnicity,
        category,
        status,
        born_on,
        education,
        joined_on,
        full_on,
        occupation,
        telephone,
        source: source.trim().to_owned(),
        branch: now.organisation_id,
        is_mobile: row.is_mobile,
        belongs_from: Some(day(&now.from_on)?),
    };
    let today = tx.today();
    let answer = update_all(app, tx, actor, vec![new], today).await?.pop().ok_or_else(|| anyhow::anyhow!("one record, one answer"))?;
    Ok(answer?.1)
}
