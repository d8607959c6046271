//! Programmes (工程): lines that own mechanisms. How far a line is follows from the records of its mechanisms; once a year it is
//! reviewed in writing, line by line, and closed by whoever stands above.
//!
//! For: the city and the counties that carry a programme out. In: the pack's lines, counts of records per unit. Out: progress per
//! line and unit, a case a year. Does not know: what a mechanism's records are.

mod pages;

use std::collections::BTreeMap;

use policy::{Capability, Effect};
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::entities::programme_review;
use store::{Actor, OrgId, Refusal, Tx, insert_all, query};

use crate::app::App;
use crate::case::{self, Done, NewCase, Variables};
use crate::http::route::{Door, Needs, Routes};
use crate::notice;

/// What a case of a yearly review is about.
pub const SUBJECT: &str = "programme";

/// Routes of programmes.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(Capability::ManagePlan);
    routes
        .get("/programmes", view, Door::Inner, pages::all)
        .get("/programmes/{key}", view, Door::Inner, pages::show)
        .post("/programmes/{key}/reviews", view, Door::Inner, pages::open)
        .get("/programmes/reviews/{id}", view, Door::Inner, pages::review)
        .get("/programmes/reviews/{id}/actions/{action}", view, Door::Inner, pages::show_action)
        .post("/programmes/reviews/{id}/actions/{action}", view, Door::Inner, pages::do_action)
}

/// The review of one year by one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub id: i64,
    /// Key of the programme.
    pub programme: String,
    pub organisation: OrgId,
    pub year: i64,
    pub case_id: i64,
    pub is_closed: bool,
}

impl Review {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/programmes/reviews/{}", self.id)
    }
}

/// Reviews of a programme, or the one with a number.
///
/// # Errors
/// When the database cannot be read.
pub async fn reviews<C: ConnectionTrait>(connection: &C, programme: Option<&str>, id: Option<i64>) -> anyhow::Result<Vec<Review>> {
    let sql = "select r.id, r.programme, r.organisation_id, r.year, r.case_id, c.closed_at from programme_review r join case_file c on c.id = r.case_id where r.programme = coalesce($1, r.programme) and r.id = coalesce($2, r.id) order by r.year desc, r.id";
    let rows = query(connection, sql, [programme.into(), id.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Review {
                id: row.try_get("", "id")?,
                programme: row.try_get("", "programme")?,
                organisation: row.try_get("", "organisation_id")?,
                year: row.try_get("", "year")?,
                case_id: row.try_get("", "case_id")?,
                is_closed: row.try_get::<Option<String>>("", "closed_at")?.is_some(),
            })
        })
        .collect()
}

/// Begins this year's review of a unit.
///
/// # Errors
/// [`Refusal`] out of reach, for a unit of another level, or when the year's review is there already.
pub async fn open_review(app: &App, tx: &mut Tx, actor: &Actor, programme: &str, unit: OrgId) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(rule) = pack.programmes.get(programme) else { return refuse("制度包里没有这项工程。".to_owned()) };
    let found = app.directory().visible(&actor.scope(Capability::ManagePlan), unit).cloned();
    let Some(org) = found.filter(|org| org.level == rule.level && !org.is_branch()) else {
        return refuse("没有找到推进这项工程的单位。".to_owned());
    };
    let year = i64::from(tx.today().year());
    // The unit's row is locked, so that of two at once the second finds the first one's review.
    tx.lock("organisation", unit).await?;
    if reviews(tx.connection(), Some(programme), None).await?.iter().any(|review| review.organisation == unit && review.year == year) {
        return refuse(format!("{} {year} 年的评述已经开始，请接着办。", org.name));
    }
    let id = tx.next_id().await?;
    let case = NewCase {
        procedure: rule.procedure.clone(),
        subject_kind: SUBJECT,
        subject_id: id,
        organisation: unit,
        issuer: org.parent,
        title: format!("{}{} {year} 年评述", org.name, rule.name),
        due_on: None,
        items: Vec::new(),
    };
    let case_id = case::open(app, tx, case).await?;
    let row = programme_review::ActiveModel {
        id: Set(id),
        programme: Set(programme.to_owned()),
        organisation_id: Set(unit),
        year: Set(year),
        case_id: Set(case_id),
    };
    insert_all::<programme_review::Entity, _, _>(tx.connection(), vec![row]).await?;
    tx.record("programme.open_review", "programme_review", id, Some(unit), json!({ "programme": programme, "year": year }));
    tx.changed("programme", id, Some(unit));
    Ok(id)
}

/// Does one step of a review.
///
/// # Errors
/// [`Refusal`] as the procedure says.
pub async fn act(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    review: &Review,
    action: &str,
    fields: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Done> {
    let done = case::act(app, tx, actor, review.case_id, action, fields, &Variables::default()).await?;
    if done.effects.contains(&Effect::NoticeOrganisation) {
        let outcome = if done.is_closed { "年度评述已认可办结" } else { "年度评述被退回，原因写在页面上" };
        let pack = app.pack();
        let text = format!("{}{outcome}", pack.programmes.get(&review.programme).map_or("", |rule| rule.name.as_str()));
        notice::send(tx, notice::To::Organisation(review.organisation), SUBJECT, &text, &review.address()).await?;
    }
    Ok(done)
}
