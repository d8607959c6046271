//! Who is due at an activity on a day, from the rosters as they were then.

use std::collections::HashMap;

use jiff::civil::Date;
use sea_orm::ConnectionTrait;
use store::{OrgId, query};

/// Everybody who ever belonged to one branch, with the days.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    people: Vec<Person>,
    /// Days of committee members on record who are not linked to a member: who the committee is cannot be told then.
    unlinked: Vec<(Date, Option<Date>)>,
}

/// A member's stay in a branch.
#[derive(Debug, Clone)]
pub struct Person {
    pub member_id: i64,
    pub name: String,
    pub from: Date,
    pub until: Option<Date>,
    pub full_on: Option<Date>,
    /// Days in the committee, from the posts on record.
    pub committee: Vec<(Date, Option<Date>)>,
    /// Days exempt, approved by the superior.
    pub exempt: Vec<(Date, Option<Date>)>,
}

impl Person {
    fn holds(spans: &[(Date, Option<Date>)], on: Date) -> bool {
        spans.iter().any(|(from, until)| *from <= on && until.is_none_or(|until| on < until))
    }

    /// Whether exempt from attending on a day.
    #[must_use]
    pub fn is_exempt(&self, on: Date) -> bool {
        Self::holds(&self.exempt, on)
    }
}

impl Roster {
    /// Those due at an activity of this roster kind on a day.
    pub fn people(&self, kind: policy::Roster, on: Date) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(move |person| {
            let belongs = person.from <= on && person.until.is_none_or(|until| on < until);
            belongs
                && match kind {
                    policy::Roster::AllMembers | policy::Roster::Group => true,
                    policy::Roster::VotingMembers => person.full_on.is_some_and(|day| day <= on),
                    policy::Roster::Committee => Person::holds(&person.committee, on),
                    policy::Roster::None => false,
                }
        })
    }

    /// Whether everybody of a kind is known on a day.
    #[must_use]
    pub fn is_complete(&self, kind: policy::Roster, on: Date) -> bool {
        kind != policy::Roster::Committee || !Person::holds(&self.unlinked, on)
    }

    /// Their numbers.
    #[must_use]
    pub fn due(&self, kind: policy::Roster, on: Date) -> Vec<i64> {
        self.people(kind, on).map(|person| person.member_id).collect()
    }
}

/// The rosters of several branches in three questions.
///
/// # Errors
/// When the database cannot be read.
pub async fn rosters<C: ConnectionTrait>(connection: &C, organisations: &[OrgId]) -> anyhow::Result<HashMap<OrgId, Roster>> {
    let mut ids = organisations.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut rosters: HashMap<OrgId, Roster> = HashMap::new();
    if ids.is_empty() {
        return Ok(rosters);
    }
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let posts = spans_by(connection, &format!("select member_id, from_on, until_on from post_holding where member_id is not null and superseded_in is null and organisation_id in ({list})")).await?;
    let unlinked = spans_by(connection, &format!("select organisation_id, from_on, until_on from post_holding where member_id is null and superseded_in is null and organisation_id in ({list})")).await?;
    let exempt = spans_by(
        connection,
        &format!("select member_id, from_on, until_on from member_exemption where approved_at is not null and organisation_id in ({list})"),
    )
    .await?;
    let rows = query(
        connection,
        format!(
            "select a.organisation_id, a.member_id, m.name, a.from_on, a.until_on, m.full_on from affiliation a join member m on m.id = a.member_id \
             where a.superseded_in is null and a.organisation_id in ({list}) order by m.pinyin, m.id"
        ),
        [],
    )
    .await?;
    for row in rows {
        let member_id: i64 = row.try_get("", "member_id")?;
        let day = |column| crate::directory::optional_day(&row, column);
        let person = Person {
            member_id,
            name: row.try_get("", "name")?,
            from: row.try_get::<String>("", "from_on")?.parse()?,
            until: day("until_on")?,
            full_on: day("full_on")?,
            committee: posts.get(&member_id).cloned().unwrap_or_default(),
            exempt: exempt.get(&member_id).cloned().unwrap_or_default(),
        };
        rosters.entry(row.try_get("", "organisation_id")?).or_default().people.push(person);
    }
    for (organisation, spans) in unlinked {
        rosters.entry(organisation).or_default().unlinked = spans;
    }
    Ok(rosters)
}

async fn spans_by<C: ConnectionTrait>(connection: &C, sql: &str) -> anyhow::Result<HashMap<i64, Vec<(Date, Option<Date>)>>> {
    let mut spans: HashMap<i64, Vec<(Date, Option<Date>)>> = HashMap::new();
    for row in query(connection, sql, []).await? {
        let from: Date = row.try_get_by_index::<String>(1)?.parse()?;
        let until: Option<String> = row.try_get_by_index(2)?;
        spans.entry(row.try_get_by_index(0)?).or_default().push((from, until.map(|day| day.parse()).transpose()?));
    }
    Ok(spans)
}
