//! Who answers for what (责任): of whatever stands at an organisation, exactly one level and one person. The one place that decides it.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::{Key, OrganisationRole, Pack};
use sea_orm::ConnectionTrait;
use store::{OrgId, query};

use crate::directory::{Directory, OrgNode};

/// The posts of a committee, in the order of lists.
pub const POSTS: [(&str, &str); 6] = [
    ("secretary", "书记"),
    ("deputy_secretary", "副书记"),
    ("organisation_officer", "组织委员"),
    ("discipline_officer", "纪检委员"),
    ("publicity_officer", "宣传委员"),
    ("committee_member", "委员"),
];

/// A post in words.
#[must_use]
pub fn post_name(post: &str) -> &str {
    POSTS.iter().find(|(key, _)| *key == post).map_or(post, |(_, name)| *name)
}

/// The level and the person that answer for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answerable {
    /// Where that person stands: it is this organisation's level that answers.
    pub organisation: OrgId,
    pub name: String,
    /// The field that the person covers; none: first responsibility.
    pub field: Option<Key>,
    /// The organisation in question has nobody itself: the next one above answers.
    pub stands_in: bool,
}

/// Which member of a committee covers which field on a day (一岗双责); only of those who are in the committee then.
#[derive(Debug, Clone, Default)]
pub struct Covers(HashMap<OrgId, HashMap<Key, String>>);

impl Covers {
    /// Those of some committees, or of all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn on<C: ConnectionTrait>(connection: &C, of: Option<&[OrgId]>, day: Date) -> anyhow::Result<Self> {
        let within = of.map_or_else(String::new, |ids| format!(" and c.organisation_id in ({})", listed(ids)));
        let sql = format!(
            "select c.organisation_id, c.field, c.name from field_cover c where c.superseded_by is null and c.from_on <= $1 and (c.until_on is null or c.until_on > $1){within} and exists (select 1 from post_holding h where h.organisation_id = c.organisation_id and h.name = c.name and h.superseded_in is null and h.from_on <= $1 and (h.until_on is null or h.until_on > $1)) order by c.id"
        );
        let mut covers = Self::default();
        for row in query(connection, sql, [day.to_string().into()]).await? {
            let organisation: OrgId = row.try_get_by_index(0)?;
            covers.0.entry(organisation).or_default().insert(row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        }
        Ok(covers)
    }

    /// Who covers a field at a committee.
    #[must_use]
    pub fn of(&self, committee: OrgId, field: &str) -> Option<&str> {
        self.0.get(&committee)?.get(field).map(String::as_str)
    }

    /// Who answers for something at an organisation: at a committee the member who covers its field, else whoever holds first
    /// responsibility; elsewhere its secretary; where there is nobody, the next one above. `field`: what it is about, where it is
    /// narrower than the organisation; none of a committee's: first responsibility. Nobody only where nobody is on record up to the top.
    #[must_use]
    pub fn answerable(&self, directory: &Directory, organisation: OrgId, field: Option<&str>) -> Option<Answerable> {
        let org = directory.org(organisation)?;
        let about = field.or_else(|| (org.role != OrganisationRole::Committee).then_some(org.field.as_str()));
        std::iter::once(org.id).chain(org.superiors.iter().copied()).find_map(|place| {
            let place = directory.org(place)?;
            let stands_in = place.id != organisation;
            let covering = about.filter(|_| place.role == OrganisationRole::Committee).and_then(|field| Some((field, self.of(place.id, field)?)));
            let found = match covering {
                Some((field, name)) => Some((name.to_owned(), Some(field.to_owned()))),
                None => place.secretary.clone().map(|name| (name, None)),
            };
            found.map(|(name, field)| Answerable { organisation: place.id, name, field, stands_in })
        })
    }

    /// Fields in a committee's charge for which nobody answers there (责任空档): it has no first responsible, and nobody covers them.
    /// A committee with no branch below lacks a person for nothing in particular: its own field stands for that.
    #[must_use]
    pub fn gaps(&self, directory: &Directory, committee: OrgId) -> Vec<Key> {
        let Some(org) = directory.org(committee).filter(|org| org.role == OrganisationRole::Committee && org.secretary.is_none()) else {
            return Vec::new();
        };
        let mut fields = fields_below(directory, committee);
        if fields.is_empty() {
            fields.push(org.field.clone());
        }
        fields.retain(|field| self.of(committee, field).is_none());
        fields
    }
}

/// Fields of the branches below a committee.
#[must_use]
pub fn fields_below(directory: &Directory, committee: OrgId) -> Vec<Key> {
    let mut fields: Vec<Key> =
        directory.subtree(committee).filter(|org| org.is_branch() && org.until.is_none()).map(|org| org.field.clone()).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// The organisation and all above it, nearest first.
#[must_use]
pub fn line_of(directory: &Directory, organisation: OrgId) -> Vec<OrgId> {
    let above = directory.org(organisation).map(|org| org.superiors.clone()).unwrap_or_default();
    std::iter::once(organisation).chain(above).collect()
}

/// The committee that answers for a unit: itself, or the next one above.
#[must_use]
pub fn committee_of(directory: &Directory, organisation: OrgId) -> Option<&OrgNode> {
    line_of(directory, organisation).into_iter().filter_map(|id| directory.org(id)).find(|org| org.role == OrganisationRole::Committee)
}

/// Why nothing may be handed down to a unit: nobody holds first responsibility at its committee.
#[must_use]
pub fn lacks_first(directory: &Directory, unit: OrgId) -> Option<String> {
    let committee = committee_of(directory, unit)?;
    committee
        .secretary
        .is_none()
        .then(|| format!("{}还没有登记第一责任人（书记），请先在“组织体系”里打开它，点“登记班子”登记书记，再下发", committee.name))
}

impl Answerable {
    /// The level that answers, as people call it.
    #[must_use]
    pub fn level<'a>(&self, pack: &'a Pack, directory: &Directory) -> &'a str {
        directory.org(self.organisation).and_then(|org| pack.levels.get(&org.level)).map_or("", |level| level.name.as_str())
    }

    /// The person, with why it is this one: 李学文（第一责任人）, 杨丽华（分管农村）.
    #[must_use]
    pub fn person(&self, pack: &Pack) -> String {
        match &self.field {
            Some(field) => format!("{}（分管{}）", self.name, pack.fields.get(field).map_or(field.as_str(), |field| &field.name)),
            None => format!("{}（第一责任人）", self.name),
        }
    }

    /// Level, organisation and person in one line.
    #[must_use]
    pub fn words(&self, pack: &Pack, directory: &Directory) -> String {
        let place = directory.name_of(self.organisation);
        let note = if self.stands_in { "，本级没有登记，由上一级负责" } else { "" };
        format!("{}一级　{place}　{}{note}", self.level(pack, directory), self.person(pack))
    }
}

/// One thing that somebody answers for, as its room tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// As the list calls its kind: 任务, 问题 …
    pub kind: &'static str,
    pub organisation: OrgId,
    /// What it is about, where that is narrower than its organisation.
    pub field: Option<Key>,
    pub title: String,
    pub due_on: Option<Date>,
    pub is_overdue: bool,
    /// Whose turn it is: there it stops when it is overdue.
    pub stands_at: OrgId,
    pub href: String,
}

fn listed(ids: &[OrgId]) -> String {
    if ids.is_empty() { "0".to_owned() } else { ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }
}
