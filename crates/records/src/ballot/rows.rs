//! Rows of ballots.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use policy::{Period, Ratio};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::{ballot_elector, ballot_group, ballot_sitting, ballot_subject, ballot_tally};
use store::{OrgId, Scope, Tx, execute, insert_all, query};

use super::{GroupCount, NewSitting};

/// One sitting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    pub id: i64,
    /// Key of the ballot in the pack of that version.
    pub ballot: String,
    pub pack_version: String,
    /// Who holds it.
    pub organisation: OrgId,
    pub period: Period,
    pub title: String,
    pub held_on: Date,
    pub is_on_devices: bool,
    pub case_id: i64,
    pub counted_on: Option<Date>,
    pub void_reason: Option<String>,
    pub stage: String,
    /// Whether the case stands in its first stage, where electors are named.
    pub is_preparing: bool,
    /// Whether it stands in its second, where votes are cast and tallies entered.
    pub is_voting: bool,
}

impl Sitting {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/ballots/{}", self.id)
    }

    /// Where it stands, in words.
    #[must_use]
    pub fn standing(&self) -> &'static str {
        match (self.counted_on, &self.void_reason) {
            (Some(_), _) => "已计入结果",
            (None, Some(_)) => "已作废",
            (None, None) if self.is_preparing => "准备",
            (None, None) if self.is_voting => "投票、计票",
            (None, None) => "待核定",
        }
    }
}

/// Who is voted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub id: i64,
    pub organisation: OrgId,
    /// Share of all points, once it is counted.
    pub share: Option<Ratio>,
}

/// A group of electors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub key: String,
    pub n_electors: i64,
    pub n_issued: Option<i64>,
    pub n_collected: Option<i64>,
}

/// Somebody who may vote, on a device or on a named paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elector {
    pub id: i64,
    pub group: String,
    pub person: i64,
    pub name: String,
    pub login: String,
    pub has_voted: bool,
}

/// How many papers of a group say a number of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    pub subject: i64,
    pub group: String,
    pub vote: i64,
    pub n: i64,
}

const SITTING: &str = "select b.id, b.ballot, b.pack_version, b.organisation_id, b.period, b.title, b.held_on, b.is_on_devices, b.case_id, b.counted_on, b.void_reason, c.stage from ballot_sitting b join case_file c on c.id = b.case_id";

fn read(row: &QueryResult) -> anyhow::Result<Sitting> {
    let stage: String = row.try_get("", "stage")?;
    Ok(Sitting {
        id: row.try_get("", "id")?,
        ballot: row.try_get("", "ballot")?,
        pack_version: row.try_get("", "pack_version")?,
        organisation: row.try_get("", "organisation_id")?,
        period: row.try_get::<String>("", "period")?.parse().map_err(anyhow::Error::msg)?,
        title: row.try_get("", "title")?,
        held_on: row.try_get::<String>("", "held_on")?.parse()?,
        is_on_devices: row.try_get("", "is_on_devices")?,
        case_id: row.try_get("", "case_id")?,
        counted_on: row.try_get::<Option<String>>("", "counted_on")?.map(|day| day.parse()).transpose()?,
        void_reason: row.try_get("", "void_reason")?,
        is_preparing: stage == super::PREPARING,
        is_voting: stage == super::VOTING,
        stage,
    })
}

/// One sitting.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Sitting>> {
    query(connection, format!("{SITTING} where b.id = $1"), [id.into()]).await?.first().map(read).transpose()
}

/// Sittings that one of these conditions reaches, the newest first: who holds them, or, once counted, who was voted on.
pub(super) async fn reached<C: ConnectionTrait>(connection: &C, holding: &Scope, rated: &Scope) -> anyhow::Result<Vec<Sitting>> {
    let (host, subject) = (holding.sql("b.organisation_id"), rated.sql("s.organisation_id"));
    let sql = format!(
        "{SITTING} where {host} or (b.counted_on is not null and exists (select 1 from ballot_subject s where s.sitting_id = b.id and {subject})) order by b.held_on desc, b.id desc"
    );
    query(connection, sql, []).await?.iter().map(read).collect()
}

/// Offices and years whose reports of secretaries are not published yet: what those ballots came to is told with them, not before.
pub(super) async fn withheld<C: ConnectionTrait>(connection: &C) -> anyhow::Result<HashSet<(OrgId, i64)>> {
    let rows = query(connection, "select organisation_id, year from appraisal_session where published_on is null", []).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Numbers of subjects and electors of every sitting: `(subjects, electors, collected)`.
pub(super) async fn sizes<C: ConnectionTrait>(connection: &C) -> anyhow::Result<HashMap<i64, (i64, i64, i64)>> {
    let sql = "select b.id, (select count(*) from ballot_subject s where s.sitting_id = b.id), (select cast(coalesce(sum(g.n_electors), 0) as bigint) from ballot_group g where g.sitting_id = b.id), (select cast(coalesce(sum(g.n_collected), 0) as bigint) from ballot_group g where g.sitting_id = b.id) from ballot_sitting b";
    let rows = query(connection, sql, []).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?)))).collect()
}

/// An organisation of these about which the same ballot of the same period is under way.
pub(super) async fn open_about<C: ConnectionTrait>(
    connection: &C,
    ballot: &str,
    period: Period,
    subjects: &[OrgId],
) -> anyhow::Result<Option<OrgId>> {
    let list = subjects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select s.organisation_id from ballot_subject s join ballot_sitting b on b.id = s.sitting_id where b.ballot = $1 and b.period = $2 and b.counted_on is null and b.void_reason is null and s.organisation_id in ({list}) order by s.id limit 1"
    );
    let found = query(connection, sql, [ballot.into(), period.to_string().into()]).await?;
    found.first().map(|row| Ok(row.try_get_by_index(0)?)).transpose()
}

/// Writes a sitting with its subjects and empty groups.
pub(super) async fn insert(
    tx: &mut Tx,
    id: i64,
    new: &NewSitting,
    subjects: &[OrgId],
    title: &str,
    version: &str,
    case_id: i64,
) -> anyhow::Result<()> {
    let row = ballot_sitting::ActiveModel {
        id: Set(id),
        ballot: Set(new.ballot.clone()),
        pack_version: Set(version.to_owned()),
        organisation_id: Set(new.organisation),
        period: Set(new.period.to_string()),
        title: Set(title.to_owned()),
        held_on: Set(new.held_on.to_string()),
        is_on_devices: Set(new.is_on_devices),
        case_id: Set(case_id),
        counted_on: Set(None),
        void_reason: Set(None),
    };
    insert_all::<ballot_sitting::Entity, _, _>(tx.connection(), vec![row]).await?;
    let ids = tx.next_ids(subjects.len()).await?;
    let rows = ids.into_iter().zip(subjects).map(|(row, organisation)| ballot_subject::ActiveModel {
        id: Set(row),
        sitting_id: Set(id),
        organisation_id: Set(*organisation),
        share: Set(None),
    });
    insert_all::<ballot_subject::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// Who is voted on, in the order of a paper.
///
/// # Errors
/// When the database cannot be read.
pub async fn subjects<C: ConnectionTrait>(connection: &C, sitting: i64) -> anyhow::Result<Vec<Subject>> {
    let rows = query(connection, "select id, organisation_id, share from ballot_subject where sitting_id = $1 order by id", [sitting.into()]).await?;
    let read = |row: &QueryResult| -> anyhow::Result<Subject> {
        let share: Option<String> = row.try_get("", "share")?;
        let share = share.map(|text| policy::parse_ratio(&text)).transpose().map_err(anyhow::Error::msg)?;
        Ok(Subject { id: row.try_get("", "id")?, organisation: row.try_get("", "organisation_id")?, share })
    };
    rows.iter().map(read).collect()
}

/// Groups whose electors were said.
pub(super) async fn groups<C: ConnectionTrait>(connection: &C, sitting: i64) -> anyhow::Result<Vec<Group>> {
    let sql = "select voter_group, n_electors, n_issued, n_collected from ballot_group where sitting_id = $1 order by id";
    let read = |row: &QueryResult| -> anyhow::Result<Group> {
        Ok(Group {
            key: row.try_get("", "voter_group")?,
            n_electors: row.try_get("", "n_electors")?,
            n_issued: row.try_get("", "n_issued")?,
            n_collected: row.try_get("", "n_collected")?,
        })
    };
    query(connection, sql, [sitting.into()]).await?.iter().map(read).collect()
}

/// Those who may vote, where they are listed by name.
pub(super) async fn electors<C: ConnectionTrait>(connection: &C, sitting: i64) -> anyhow::Result<Vec<Elector>> {
    let sql = "select e.id, e.voter_group, e.person_id, e.has_voted, p.name, p.login from ballot_elector e join person p on p.id = e.person_id where e.sitting_id = $1 order by p.pinyin, p.login";
    let read = |row: &QueryResult| -> anyhow::Result<Elector> {
        Ok(Elector {
            id: row.try_get("", "id")?,
            group: row.try_get("", "voter_group")?,
            person: row.try_get("", "person_id")?,
            name: row.try_get("", "name")?,
            login: row.try_get("", "login")?,
            has_voted: row.try_get("", "has_voted")?,
        })
    };
    query(connection, sql, [sitting.into()]).await?.iter().map(read).collect()
}

/// Accounts by sign-in name.
pub(super) async fn people<C: ConnectionTrait>(connection: &C, logins: &[&str]) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut known = BTreeMap::new();
    for chunk in logins.chunks(500) {
        let places = (1..=chunk.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let values: Vec<sea_orm::Value> = chunk.iter().map(|login| (*login).into()).collect();
        for row in query(connection, format!("select login, id from person where disabled_at is null and login in ({places})"), values).await? {
            known.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(known)
}

/// Puts the number of electors of a group in the place of an earlier one.
pub(super) async fn set_electors(tx: &mut Tx, sitting: i64, group: &str, n_electors: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from ballot_group where sitting_id = $1 and voter_group = $2", [sitting.into(), group.into()]).await?;
    let row = ballot_group::ActiveModel {
        id: Set(tx.next_id().await?),
        sitting_id: Set(sitting),
        voter_group: Set(group.to_owned()),
        n_electors: Set(n_electors),
        n_issued: Set(None),
        n_collected: Set(None),
    };
    Ok(insert_all::<ballot_group::Entity, _, _>(tx.connection(), vec![row]).await?)
}

/// Puts named electors of a group in the place of those before.
pub(super) async fn name_electors(tx: &mut Tx, sitting: i64, group: &str, people: &[i64]) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from ballot_elector where sitting_id = $1 and voter_group = $2", [sitting.into(), group.into()]).await?;
    let ids = tx.next_ids(people.len()).await?;
    let rows = ids.into_iter().zip(people).map(|(id, person)| ballot_elector::ActiveModel {
        id: Set(id),
        sitting_id: Set(sitting),
        voter_group: Set(group.to_owned()),
        person_id: Set(*person),
        has_voted: Set(false),
    });
    insert_all::<ballot_elector::Entity, _, _>(tx.connection(), rows.collect()).await?;
    set_electors(tx, sitting, group, i64::try_from(people.len()).unwrap_or(i64::MAX)).await
}

/// All tallies of a sitting.
pub(super) async fn tallies<C: ConnectionTrait>(connection: &C, sitting: i64) -> anyhow::Result<Vec<Tally>> {
    let sql = "select t.subject_id, t.voter_group, t.vote, t.n from ballot_tally t join ballot_subject s on s.id = t.subject_id where s.sitting_id = $1 order by t.subject_id, t.voter_group, t.vote desc";
    let read = |row: &QueryResult| -> anyhow::Result<Tally> {
        Ok(Tally {
            subject: row.try_get("", "subject_id")?,
            group: row.try_get("", "voter_group")?,
            vote: row.try_get("", "vote")?,
            n: row.try_get("", "n")?,
        })
    };
    query(connection, sql, [sitting.into()]).await?.iter().map(read).collect()
}

/// Puts the tally of a group in the place of an earlier one.
pub(super) async fn set_count(tx: &mut Tx, sitting: i64, subjects: &[Subject], count: &GroupCount) -> anyhow::Result<()> {
    let votes_of = |subject: &Subject| count.votes.iter().find(|(org, _)| *org == subject.organisation).map_or(&[][..], |(_, votes)| votes);
    let mut rows: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for subject in subjects {
        for (vote, n) in votes_of(subject) {
            *rows.entry((subject.id, *vote)).or_default() += n;
        }
    }
    write_group(tx, sitting, &count.group, (count.n_issued, count.n_collected), rows).await
}

/// The tallies of a group that follow from its papers: one vote per subject, in their order; what is void counts as collected only.
pub(super) async fn set_tallies_of_papers(
    tx: &mut Tx,
    sitting: i64,
    subjects: &[Subject],
    group: &str,
    n_issued: i64,
    papers: &[Vec<Option<i64>>],
) -> anyhow::Result<()> {
    let rows = super::count::tallies_of(papers).into_iter().filter_map(|((at, vote), n)| Some(((subjects.get(at)?.id, vote), n))).collect();
    let n_papers = i64::try_from(papers.len()).unwrap_or(i64::MAX);
    write_group(tx, sitting, group, (n_issued, n_papers), rows).await
}

async fn write_group(tx: &mut Tx, sitting: i64, group: &str, papers: (i64, i64), tallies: BTreeMap<(i64, i64), i64>) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update ballot_group set n_issued = $3, n_collected = $4 where sitting_id = $1 and voter_group = $2",
        [sitting.into(), group.into(), papers.0.into(), papers.1.into()],
    )
    .await?;
    execute(
        tx.connection(),
        "delete from ballot_tally where voter_group = $2 and subject_id in (select id from ballot_subject where sitting_id = $1)",
        [sitting.into(), group.into()],
    )
    .await?;
    let tallies: Vec<_> = tallies.into_iter().filter(|(_, n)| *n > 0).collect();
    let ids = tx.next_ids(tallies.len()).await?;
    let rows = ids.into_iter().zip(tallies).map(|(id, ((subject, vote), n))| ballot_tally::ActiveModel {
        id: Set(id),
        subject_id: Set(subject),
        voter_group: Set(group.to_owned()),
        vote: Set(vote),
        n: Set(n),
    });
    Ok(insert_all::<ballot_tally::Entity, _, _>(tx.connection(), rows.collect()).await?)
}

/// Keeps what a subject came to, as an exact fraction.
pub(super) async fn keep_share(tx: &Tx, sitting: i64, organisation: OrgId, share: Ratio) -> anyhow::Result<()> {
    let text = format!("{}/{}", share.numer(), share.denom());
    let sql = "update ballot_subject set share = $3 where sitting_id = $1 and organisation_id = $2";
    execute(tx.connection(), sql, [sitting.into(), organisation.into(), text.into()]).await?;
    Ok(())
}

/// It is counted from today.
pub(super) async fn close(tx: &Tx, sitting: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update ballot_sitting set counted_on = $2 where id = $1", [sitting.into(), tx.today().to_string().into()]).await?;
    Ok(())
}

/// It is not counted, for this reason.
pub(super) async fn void(tx: &Tx, sitting: i64, reason: &str) -> anyhow::Result<()> {
    execute(tx.connection(), "update ballot_sitting set void_reason = $2 where id = $1", [sitting.into(), reason.into()]).await?;
    Ok(())
}
