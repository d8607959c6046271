//! Rows of sessions, reports and comments: SQL in, model out.

use jiff::civil::Date;
use policy::Ratio;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{appraisal_comment, appraisal_report, appraisal_session};
use store::{OrgId, Tx, execute, insert_all, query};

use super::model::{Answered, Body, Comment, CommentKind, Report, Session};

fn day(row: &QueryResult, column: &str) -> anyhow::Result<Option<Date>> {
    Ok(row.try_get::<Option<String>>("", column)?.map(|day| day.parse()).transpose()?)
}

fn ratio(row: &QueryResult, column: &str) -> anyhow::Result<Option<Ratio>> {
    row.try_get::<Option<String>>("", column)?.map(|text| policy::parse_ratio(&text)).transpose().map_err(anyhow::Error::msg)
}

/// A share as a row keeps it: exact.
pub(super) fn exact(share: Ratio) -> String {
    format!("{}/{}", share.numer(), share.denom())
}

/// Sessions under a condition over `s`, the newest first.
pub(super) async fn sessions<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Session>> {
    let sql = format!(
        "select s.id, s.appraisal, s.pack_version, s.organisation_id, s.year, s.title, s.plan_entry_id, s.due_on, s.case_id, s.ballot_sitting_id, s.opened_on, s.published_on, s.closed_on, c.stage from appraisal_session s join case_file c on c.id = s.case_id where {condition} order by s.year desc, s.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Session> {
        Ok(Session {
            id: row.try_get("", "id")?,
            appraisal: row.try_get("", "appraisal")?,
            pack_version: row.try_get("", "pack_version")?,
            organisation: row.try_get("", "organisation_id")?,
            year: i16::try_from(row.try_get::<i64>("", "year")?)?,
            title: row.try_get("", "title")?,
            plan_entry: row.try_get("", "plan_entry_id")?,
            due_on: row.try_get::<String>("", "due_on")?.parse()?,
            case_id: row.try_get("", "case_id")?,
            ballot_sitting: row.try_get("", "ballot_sitting_id")?,
            opened_on: row.try_get::<String>("", "opened_on")?.parse()?,
            published_on: day(row, "published_on")?,
            closed_on: day(row, "closed_on")?,
            stage: row.try_get("", "stage")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// One session, whoever asks.
///
/// # Errors
/// When the database cannot be read.
pub async fn session<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Session>> {
    Ok(sessions(connection, "s.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// The sessions opened on a line of the plan.
///
/// # Errors
/// When the database cannot be read.
pub async fn sessions_on<C: ConnectionTrait>(connection: &C, plan_entry: i64) -> anyhow::Result<Vec<Session>> {
    sessions(connection, "s.plan_entry_id = $1", vec![plan_entry.into()]).await
}

/// Reports under a condition over `r`, those given orally first.
pub(super) async fn reports<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Report>> {
    let sql = format!(
        "select r.id, r.session_id, r.organisation_id, r.is_oral, r.secretary, r.body, r.handed_in_on, r.handed_in_by, r.is_late, r.ballot_share, r.assessment_share, r.points, r.grade, r.list_filed_on from appraisal_report r where {condition} order by r.session_id, r.is_oral desc, r.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Report> {
        let body: String = row.try_get("", "body")?;
        Ok(Report {
            id: row.try_get("", "id")?,
            session: row.try_get("", "session_id")?,
            organisation: row.try_get("", "organisation_id")?,
            is_oral: row.try_get("", "is_oral")?,
            secretary: row.try_get("", "secretary")?,
            body: if body.is_empty() { Body::default() } else { serde_json::from_str(&body)? },
            handed_in_on: day(row, "handed_in_on")?,
            handed_in_by: row.try_get("", "handed_in_by")?,
            is_late: row.try_get("", "is_late")?,
            ballot_share: ratio(row, "ballot_share")?,
            assessment_share: ratio(row, "assessment_share")?,
            points: ratio(row, "points")?,
            grade: row.try_get("", "grade")?,
            list_filed_on: day(row, "list_filed_on")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// What a secretary's report came to, as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedGrade {
    pub year: i16,
    pub secretary: String,
    pub grade: String,
    /// Of 100.
    pub points: Option<Ratio>,
    /// Number of the report.
    pub report: i64,
}

/// The published grades of an organisation's secretaries, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn published_grades<C: ConnectionTrait>(connection: &C, organisation: store::OrgId) -> anyhow::Result<Vec<PublishedGrade>> {
    let sql = "select s.year, r.secretary, r.grade, r.points, r.id from appraisal_report r join appraisal_session s on s.id = r.session_id where r.organisation_id = $1 and s.published_on is not null and r.grade <> '' order by s.year desc, r.id desc";
    let read = |row: &QueryResult| -> anyhow::Result<PublishedGrade> {
        Ok(PublishedGrade {
            year: i16::try_from(row.try_get::<i64>("", "year")?)?,
            secretary: row.try_get("", "secretary")?,
            grade: row.try_get("", "grade")?,
            points: ratio(row, "points")?,
            report: row.try_get("", "id")?,
        })
    };
    query(connection, sql, [organisation.into()]).await?.iter().map(read).collect()
}

/// The reports of a session.
///
/// # Errors
/// When the database cannot be read.
pub async fn reports_of<C: ConnectionTrait>(connection: &C, session: i64) -> anyhow::Result<Vec<Report>> {
    reports(connection, "r.session_id = $1", vec![session.into()]).await
}

/// One report, whoever asks.
///
/// # Errors
/// When the database cannot be read.
pub async fn report<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Report>> {
    Ok(reports(connection, "r.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// What was said about the reports of a session, in the order in which it was said.
///
/// # Errors
/// When the database cannot be read.
pub async fn comments_of<C: ConnectionTrait>(connection: &C, session: i64) -> anyhow::Result<Vec<Comment>> {
    let sql = "select c.id, c.report_id, c.kind, c.text, coalesce(p.name, '') as said_by, c.said_on, c.problem_id from appraisal_comment c join appraisal_report r on r.id = c.report_id left join person p on p.id = c.said_by where r.session_id = $1 order by c.id";
    let read = |row: &QueryResult| -> anyhow::Result<Comment> {
        let kind: String = row.try_get("", "kind")?;
        Ok(Comment {
            id: row.try_get("", "id")?,
            report: row.try_get("", "report_id")?,
            kind: CommentKind::read(&kind).ok_or_else(|| anyhow::anyhow!("no kind of comment {kind}"))?,
            text: row.try_get("", "text")?,
            said_by: row.try_get("", "said_by")?,
            said_on: row.try_get::<String>("", "said_on")?.parse()?,
            problem: row.try_get("", "problem_id")?,
        })
    };
    query(connection, sql, [session.into()]).await?.iter().map(read).collect()
}

/// The problems that an organisation was given after its report of a year, as they stand on a day; nothing answered yet.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn problems_given<C: ConnectionTrait>(
    connection: &C,
    appraisal: &str,
    organisation: OrgId,
    year: i16,
    on: Date,
) -> anyhow::Result<Vec<Answered>> {
    let sql = "select distinct q.id, q.text, q.owner, q.due_on, q.closed_on, q.is_dismissed, q.is_handed_in from appraisal_comment c join appraisal_report r on r.id = c.report_id join appraisal_session s on s.id = r.session_id join problem q on q.id = c.problem_id where s.appraisal = $1 and r.organisation_id = $2 and s.year = $3 order by q.id";
    let read = |row: &QueryResult| -> anyhow::Result<Answered> {
        let due_on: Date = row.try_get::<String>("", "due_on")?.parse()?;
        let (closed_on, is_handed_in) = (day(row, "closed_on")?, row.try_get::<bool>("", "is_handed_in")?);
        let state = match closed_on {
            Some(_) if row.try_get::<bool>("", "is_dismissed")? => "已撤销".to_owned(),
            Some(day) => format!("已于 {day} 销号"),
            None if is_handed_in => "已报整改结果，待核验".to_owned(),
            None if due_on < on => "整改中，已逾期".to_owned(),
            None => "整改中".to_owned(),
        };
        Ok(Answered {
            problem: row.try_get("", "id")?,
            text: row.try_get("", "text")?,
            owner: row.try_get("", "owner")?,
            due_on: due_on.to_string(),
            state,
            answer: String::new(),
        })
    };
    query(connection, sql, [appraisal.into(), organisation.into(), i64::from(year).into()]).await?.iter().map(read).collect()
}

pub(super) async fn insert(tx: &mut Tx, it: &Session, reports: Vec<(OrgId, bool, String)>) -> anyhow::Result<()> {
    let row = appraisal_session::ActiveModel {
        id: Set(it.id),
        appraisal: Set(it.appraisal.clone()),
        pack_version: Set(it.pack_version.clone()),
        organisation_id: Set(it.organisation),
        year: Set(i64::from(it.year)),
        title: Set(it.title.clone()),
        plan_entry_id: Set(it.plan_entry),
        due_on: Set(it.due_on.to_string()),
        case_id: Set(it.case_id),
        ballot_sitting_id: Set(None),
        opened_on: Set(it.opened_on.to_string()),
        published_on: Set(None),
        closed_on: Set(None),
    };
    insert_all::<appraisal_session::Entity, _, _>(tx.connection(), vec![row]).await?;
    let ids = tx.next_ids(reports.len()).await?;
    let rows = ids.into_iter().zip(reports).map(|(id, (organisation, is_oral, secretary))| appraisal_report::ActiveModel {
        id: Set(id),
        session_id: Set(it.id),
        organisation_id: Set(organisation),
        is_oral: Set(is_oral),
        secretary: Set(secretary),
        body: Set(String::new()),
        handed_in_on: Set(None),
        handed_in_by: Set(None),
        is_late: Set(false),
        ballot_share: Set(None),
        assessment_share: Set(None),
        points: Set(None),
        grade: Set(String::new()),
        list_filed_on: Set(None),
    });
    Ok(insert_all::<appraisal_report::Entity, _, _>(tx.connection(), rows.collect()).await?)
}

/// Writes a report as it stands.
pub(super) async fn update(tx: &Tx, it: &Report) -> anyhow::Result<()> {
    let sql = "update appraisal_report set body = $2, handed_in_on = $3, handed_in_by = $4, is_late = $5, ballot_share = $6, assessment_share = $7, points = $8, grade = $9, list_filed_on = $10 where id = $1";
    let values: [Value; 10] = [
        it.id.into(),
        serde_json::to_string(&it.body)?.into(),
        it.handed_in_on.map(|day| day.to_string()).into(),
        it.handed_in_by.into(),
        it.is_late.into(),
        it.ballot_share.map(exact).into(),
        it.assessment_share.map(exact).into(),
        it.points.map(exact).into(),
        it.grade.clone().into(),
        it.list_filed_on.map(|day| day.to_string()).into(),
    ];
    execute(tx.connection(), sql, values).await?;
    Ok(())
}

/// Writes where a session stands.
pub(super) async fn update_session(tx: &Tx, it: &Session) -> anyhow::Result<()> {
    let sql = "update appraisal_session set ballot_sitting_id = $2, published_on = $3, closed_on = $4 where id = $1";
    let text = |day: Option<Date>| day.map(|day| day.to_string());
    let values: [Value; 4] = [it.id.into(), it.ballot_sitting.into(), text(it.published_on).into(), text(it.closed_on).into()];
    execute(tx.connection(), sql, values).await?;
    Ok(())
}

pub(super) async fn insert_comment(tx: &mut Tx, report: i64, kind: CommentKind, text: &str) -> anyhow::Result<i64> {
    let id = tx.next_id().await?;
    let row = appraisal_comment::ActiveModel {
        id: Set(id),
        report_id: Set(report),
        kind: Set(kind.key().to_owned()),
        text: Set(text.to_owned()),
        said_by: Set(tx.actor_id()),
        said_on: Set(tx.today().to_string()),
        problem_id: Set(None),
    };
    insert_all::<appraisal_comment::Entity, _, _>(tx.connection(), vec![row]).await?;
    Ok(id)
}

/// The problem of an organisation that says the same word for word and is still open.
pub(super) async fn open_problem<C: ConnectionTrait>(connection: &C, organisation: OrgId, text: &str) -> anyhow::Result<Option<i64>> {
    let sql = "select id from problem where organisation_id = $1 and text = $2 and closed_on is null order by id limit 1";
    let rows = query(connection, sql, [organisation.into(), text.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?)
}

pub(super) async fn set_problem(tx: &Tx, comment: i64, problem: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update appraisal_comment set problem_id = $2 where id = $1", [comment.into(), problem.into()]).await?;
    Ok(())
}

/// Locks a report and before it its session, as its steps do: the stage stands still meanwhile.
pub(super) async fn lock(tx: &Tx, report: i64) -> anyhow::Result<()> {
    let rows = query(tx.connection(), "select session_id from appraisal_report where id = $1", [report.into()]).await?;
    if let Some(row) = rows.first() {
        tx.lock("appraisal_session", row.try_get_by_index(0)?).await?;
        tx.lock("appraisal_report", report).await?;
    }
    Ok(())
}
