//! Who acts, and what that person may see and do: the union of dated grants.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use policy::Capability;

use crate::{OrgId, PersonId};

/// A set of organisations: a subtree, a subtree narrowed to fields, a named list, one case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganisationSet {
    /// Top of the subtree.
    pub root: Option<OrgId>,
    /// Narrowed to these fields; empty: all.
    pub fields: Vec<String>,
    /// Organisations by name, without what stands below them.
    pub named: Vec<OrgId>,
    /// One case only.
    pub case_id: Option<i64>,
    /// The command line on the server itself.
    pub everything: bool,
}

/// One post's rights from a day until another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: i64,
    pub role: String,
    /// As people say it: 青石镇党委组织委员.
    pub post: String,
    pub set: OrganisationSet,
    pub capabilities: BTreeSet<Capability>,
    pub from: Date,
    pub until: Option<Date>,
    pub is_acting: bool,
    /// So much stands below the root that each row had better be asked whether it is there than all of it be gone through.
    pub is_wide: bool,
    /// Organisations that are no more and stood within the set on their last day: whoever could look there keeps looking at
    /// what they left.
    pub former: Vec<OrgId>,
}

/// A person with the grants of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub person_id: Option<PersonId>,
    pub name: String,
    pub grants: Vec<Grant>,
    pub on: Date,
}

/// Why something may not be done. The sentence says who may, or that there is no such thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// What an actor may reach with one capability. Only an actor makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    sets: Vec<Reach>,
    /// Single cases reached beside: they open themselves, not what else there is at their organisation.
    cases: Vec<i64>,
    /// What stood within the sets and is no more.
    former: Vec<OrgId>,
    on: Date,
}

/// A set, and how it is best asked for ([`Grant::is_wide`]).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reach {
    set: OrganisationSet,
    is_wide: bool,
}

impl Actor {
    /// The command line on the server itself, and the first filling of an empty database.
    #[must_use]
    pub fn console(on: Date) -> Self {
        let set = OrganisationSet { everything: true, ..OrganisationSet::default() };
        let grant = Grant {
            id: 0,
            role: "console".to_owned(),
            post: "本机命令行".to_owned(),
            set,
            capabilities: BTreeSet::new(),
            from: on,
            until: None,
            is_acting: false,
            is_wide: true,
            former: Vec::new(),
        };
        Self { person_id: None, name: "本机命令行".to_owned(), grants: vec![grant], on }
    }

    /// Whether some grant of the day has the capability.
    #[must_use]
    pub fn may(&self, capability: Capability) -> bool {
        self.grants.iter().any(|grant| grant.set.everything || grant.capabilities.contains(&capability))
    }

    /// The organisations reached with a capability; empty when no grant has it. With a capability that only looks, also those
    /// that stood there until they were dissolved.
    #[must_use]
    pub fn scope(&self, capability: Capability) -> Scope {
        let mut scope = Scope::of(self.grants_with(capability), self.on);
        if capability.only_looks() {
            scope.former =
                self.grants_with(capability).filter(|grant| grant.set.case_id.is_none()).flat_map(|grant| &grant.former).copied().collect();
        }
        scope
    }

    /// The organisations reached by any grant of the day: for finding what may concern somebody; what he may do there is asked
    /// with its capability.
    #[must_use]
    pub fn whole_scope(&self) -> Scope {
        Scope::of(self.grants.iter(), self.on)
    }

    /// Grants with a capability, for asking where they are rooted.
    pub fn grants_with(&self, capability: Capability) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |g| g.set.everything || g.capabilities.contains(&capability))
    }

    /// The posts held, for audit and pages.
    #[must_use]
    pub fn post_line(&self) -> String {
        self.grants.iter().map(|grant| grant.post.as_str()).collect::<Vec<_>>().join("、")
    }
}

impl Scope {
    fn of<'a>(grants: impl Iterator<Item = &'a Grant>, on: Date) -> Self {
        let mut scope = Self { sets: Vec::new(), cases: Vec::new(), former: Vec::new(), on };
        for grant in grants {
            match grant.set.case_id {
                Some(case) => scope.cases.push(case),
                None => scope.sets.push(Reach { set: grant.set.clone(), is_wide: grant.is_wide }),
            }
        }
        scope
    }

    /// What either reaches.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        self.sets.extend(other.sets);
        self.cases.extend(other.cases);
        self.former.extend(other.former);
        self
    }

    /// Whether a single case is reached, wherever it stands.
    #[must_use]
    pub fn has_case(&self, case: i64) -> bool {
        self.cases.contains(&case)
    }

    /// [`Scope::has_case`] as a condition in SQL over `column` (a case's number).
    #[must_use]
    pub fn cases_sql(&self, column: &str) -> String {
        if self.cases.is_empty() {
            return "false".to_owned();
        }
        format!("{column} in ({})", self.cases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }

    /// Whether nothing can be reached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.cases.is_empty()
    }

    /// Whether everything can be reached.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.sets.iter().any(|reach| reach.set.everything)
    }

    /// Whether so much is reached that whoever counts had better go through everything, and look at each organisation once.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.sets.iter().any(|reach| reach.is_wide)
    }

    /// Whether it reaches only part of what stands below its tops: fields or names are picked out, so that totals of a
    /// whole subtree would say more than may be seen.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.is_everything() && (!self.cases.is_empty() || self.sets.iter().any(|reach| !reach.set.fields.is_empty() || !reach.set.named.is_empty()))
    }

    /// Tops of the subtrees reached, without narrowing.
    pub fn roots(&self) -> impl Iterator<Item = OrgId> + '_ {
        self.sets.iter().filter_map(|reach| reach.set.root)
    }

    /// Organisations reached by name.
    pub fn named(&self) -> impl Iterator<Item = OrgId> + '_ {
        self.sets.iter().flat_map(|reach| reach.set.named.iter().copied())
    }

    /// Whether the organisation with these superiors (in any order, itself not among them) and this field is reached.
    #[must_use]
    pub fn includes(&self, organisation: OrgId, superiors: &[OrgId], field: &str) -> bool {
        self.sets.iter().any(|Reach { set, .. }| set.includes(organisation, superiors, field))
    }

    /// A condition in SQL over `column` (an organisation's number), for a `where`. Holds only numbers and keys that
    /// were read from grants, so it needs no parameters. A small subtree is written as a list that an index can be searched by.
    #[must_use]
    pub fn sql(&self, column: &str) -> String {
        let parts: Vec<String> = self.sets.iter().map(|reach| reach.sql(column, self.on, &self.former)).collect();
        if parts.is_empty() { "false".to_owned() } else { format!("({})", parts.join(" or ")) }
    }
}

impl Reach {
    fn sql(&self, column: &str, on: Date, former: &[OrgId]) -> String {
        let set = &self.set;
        if set.everything {
            return "true".to_owned();
        }
        let list = |ids: &[OrgId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let mut any = Vec::new();
        if !set.named.is_empty() {
            any.push(format!("{column} in ({})", list(&set.named)));
        }
        if let Some(root) = set.root {
            let below = format!("sp.ancestor_id = {root} and sp.from_on <= '{on}' and (sp.until_on is null or sp.until_on > '{on}')");
            any.push(if self.is_wide {
                let narrowed = set.fields_sql(column, on);
                let gone = if former.is_empty() { String::new() } else { format!(" or {column} in ({})", list(former)) };
                format!("(exists (select 1 from organisation_path sp where sp.descendant_id = {column} and {below}){narrowed}{gone})")
            } else {
                let narrowed = set.fields_sql("sp.descendant_id", on);
                // Within the one list, so that an index is searched by it.
                let gone = if former.is_empty() {
                    String::new()
                } else {
                    format!(" union all select go.id from organisation go where go.id in ({})", list(former))
                };
                format!("{column} in (select sp.descendant_id from organisation_path sp where {below}{narrowed}{gone})")
            });
        }
        if any.is_empty() { "false".to_owned() } else { any.join(" or ") }
    }
}

impl OrganisationSet {
    /// Whether the organisation with these superiors (in any order, itself not among them) and this field is in the set.
    #[must_use]
    pub fn includes(&self, organisation: OrgId, superiors: &[OrgId], field: &str) -> bool {
        let is_below = |root: OrgId| root == organisation || superiors.contains(&root);
        let is_of_field = self.fields.is_empty() || self.fields.iter().any(|f| f == field);
        self.everything || self.named.contains(&organisation) || (self.root.is_some_and(is_below) && is_of_field)
    }

    /// The narrowing to fields, to stand after another condition; empty without one.
    fn fields_sql(&self, column: &str, on: Date) -> String {
        if self.fields.is_empty() {
            return String::new();
        }
        let fields: Vec<String> =
            self.fields.iter().filter(|f| f.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).map(|f| format!("'{f}'")).collect();
        format!(
            " and exists (select 1 from organisation_state fs where fs.organisation_id = {column} and fs.superseded_in is null and fs.from_on <= '{on}' and (fs.until_on is null or fs.until_on > '{on}') and fs.field in ({}))",
            fields.join(", ")
        )
    }
}
