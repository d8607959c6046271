//! Organisations and members in memory (Decisions 3): lists, totals, names and search come from here.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use jiff::civil::Date;
use policy::OrganisationRole;
use store::{OrgId, OrganisationSet, Scope, Store, query};

/// The system in which coordinates of organisations are stated.
pub const DATUM: &str = "CGCS2000";

/// Rows of a long table read at once: what a row takes on its way is many times what is kept of it.
pub const ROWS_AT_ONCE: usize = 20_000;

/// An organisation as it stands today.
#[derive(Debug, Clone)]
pub struct OrgNode {
    pub id: OrgId,
    pub code: String,
    pub name: String,
    pub pinyin: String,
    pub kind: String,
    pub role: OrganisationRole,
    pub level: String,
    pub field: String,
    pub parent: Option<OrgId>,
    /// Nearest first.
    pub superiors: Vec<OrgId>,
    pub region_code: Option<String>,
    pub founded_on: Date,
    /// Set when dissolved.
    pub until: Option<Date>,
    pub go_live_on: Option<Date>,
    /// The fixed day of the month for 主题党日.
    pub theme_day: Option<i64>,
    pub secretary: Option<String>,
    /// Committee members on record, the secretary among them.
    pub n_committee: u32,
    pub elected_on: Option<Date>,
    /// First day after the term, with an approved postponement.
    pub term_until: Option<Date>,
    pub n_members: u32,
    pub n_full: u32,
    pub n_mobile: u32,
    /// Below it, itself included.
    pub n_members_below: u32,
    /// Branches below it, itself not included.
    pub n_branches_below: u32,
}

impl OrgNode {
    /// Whether it holds members and owes duties.
    #[must_use]
    pub fn is_branch(&self) -> bool {
        self.role == OrganisationRole::Branch
    }
}

/// A member as the lists show one.
#[derive(Debug, Clone)]
pub struct MemberNode {
    pub id: i64,
    pub organisation: OrgId,
    pub name: String,
    pub pinyin: String,
    pub sex: Arc<str>,
    pub category: Arc<str>,
    pub status: Arc<str>,
    pub is_mobile: bool,
    pub born_on: Option<Date>,
    pub joined_on: Option<Date>,
    pub full_on: Option<Date>,
    pub education: Option<Arc<str>>,
    pub occupation: Option<Arc<str>>,
    pub is_verified: bool,
}

/// Words that many members share (正式党员, 大学本科), each kept once.
#[derive(Default)]
struct Words(HashSet<Arc<str>>);

impl Words {
    fn shared(&mut self, word: String) -> Arc<str> {
        if let Some(known) = self.0.get(word.as_str()) {
            return known.clone();
        }
        let word: Arc<str> = word.into();
        self.0.insert(word.clone());
        word
    }
}

/// All organisations and members of today.
#[derive(Debug, Default)]
pub struct Directory {
    /// Superiors before those below, siblings by code: what stands below one follows it.
    orgs: Vec<OrgNode>,
    /// First place behind each subtree, beside `orgs`.
    ends: Vec<usize>,
    places: ById<usize>,
    by_code: HashMap<String, OrgId>,
    children: ById<Vec<OrgId>>,
    /// By pinyin, of organisations that stand no more, too.
    members_of: ById<Vec<MemberNode>>,
    organisation_of: ById<OrgId>,
    /// Organisations that are no more, as they stood on their last day, by code.
    gone: Vec<OrgNode>,
    gone_places: ById<usize>,
}

impl Directory {
    /// One organisation, without asking for scope: for names along the way. What a person asked for goes through [`Self::visible`].
    #[must_use]
    pub fn org(&self, id: OrgId) -> Option<&OrgNode> {
        self.orgs.get(*self.places.get(&id)?)
    }

    /// [`Self::org`], or as it stood on its last day.
    #[must_use]
    pub fn org_ever(&self, id: OrgId) -> Option<&OrgNode> {
        self.org(id).or_else(|| self.gone.get(*self.gone_places.get(&id)?))
    }

    /// Organisations that are no more, as they stood on their last day, by code.
    #[must_use]
    pub fn gone(&self) -> &[OrgNode] {
        &self.gone
    }

    /// Those that stood within a set on their last day.
    #[must_use]
    pub fn gone_within(&self, set: &OrganisationSet) -> Vec<OrgId> {
        self.gone.iter().filter(|org| set.includes(org.id, &org.superiors, &org.field)).map(|org| org.id).collect()
    }

    /// An organisation's name, or a dash.
    #[must_use]
    pub fn name_of(&self, id: OrgId) -> &str {
        self.org_ever(id).map_or("—", |org| org.name.as_str())
    }

    /// What people call it: 中共映江区委员会 is 映江区, 中共青石街道工作委员会 is 青石街道.
    #[must_use]
    pub fn called(&self, id: OrgId) -> &str {
        let name = self.name_of(id);
        let Some(place) = name.strip_prefix("中共") else { return name };
        let short = place.strip_suffix("工作委员会").or_else(|| place.strip_suffix("委员会")).unwrap_or(place);
        if short.ends_with(['省', '市', '州', '盟', '区', '县', '旗', '镇', '乡', '道']) { short } else { place }
    }

    /// Where it stands, as people say it: 映江区 · 大坪镇. The top of the tree is left out, it goes without saying.
    #[must_use]
    pub fn above(&self, id: OrgId) -> String {
        let superiors = self.org_ever(id).map_or(&[][..], |org| org.superiors.as_slice());
        let mut offices: Vec<OrgId> =
            superiors.iter().copied().filter(|id| self.org(*id).is_some_and(|org| org.role == OrganisationRole::Committee)).collect();
        if offices.len() > 1 {
            offices.pop();
        }
        offices.truncate(2);
        offices.iter().rev().map(|id| self.called(*id)).collect::<Vec<_>>().join(" · ")
    }

    /// Names of organisations that are chosen or listed together; one that repeats among them says where it stands:
    /// 映江区 · 清水镇委员会.
    #[must_use]
    pub fn told_apart(&self, ids: &[OrgId]) -> Vec<String> {
        let short = |id: OrgId| self.name_of(id).strip_prefix("中共").unwrap_or(self.name_of(id));
        let mut places: HashMap<&str, HashSet<OrgId>> = HashMap::new();
        for id in ids {
            places.entry(short(*id)).or_default().insert(*id);
        }
        let said = |id: &OrgId| if places[short(*id)].len() > 1 { format!("{} · {}", self.above(*id), short(*id)) } else { short(*id).to_owned() };
        ids.iter().map(said).collect()
    }

    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&OrgNode> {
        self.org(*self.by_code.get(code)?)
    }

    /// Whether the scope reaches it.
    #[must_use]
    pub fn is_visible(&self, scope: &Scope, id: OrgId) -> bool {
        self.visible(scope, id).is_some()
    }

    /// An organisation through a scope: outside it is as if it did not exist.
    #[must_use]
    pub fn visible(&self, scope: &Scope, id: OrgId) -> Option<&OrgNode> {
        self.org(id).filter(|org| scope.includes(org.id, &org.superiors, &org.field))
    }

    /// [`Self::visible`], or as it stood on its last day: for looking at what it left.
    #[must_use]
    pub fn visible_ever(&self, scope: &Scope, id: OrgId) -> Option<&OrgNode> {
        self.org_ever(id).filter(|org| scope.includes(org.id, &org.superiors, &org.field))
    }

    /// All organisations of a scope, superiors before those below, siblings by code.
    pub fn all<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a OrgNode> {
        self.orgs.iter().filter(move |org| scope.includes(org.id, &org.superiors, &org.field))
    }

    /// Those directly below, by code.
    pub fn children(&self, id: OrgId) -> impl Iterator<Item = &OrgNode> {
        self.children.get(&id).into_iter().flatten().filter_map(|child| self.org(*child))
    }

    /// Itself and everything below, in tree order.
    pub fn subtree(&self, id: OrgId) -> impl ExactSizeIterator<Item = &OrgNode> {
        self.places.get(&id).map_or(&[][..], |at| &self.orgs[*at..self.ends[*at]]).iter()
    }

    /// Organisations without a superior.
    pub fn roots(&self) -> impl Iterator<Item = &OrgNode> {
        self.orgs.iter().filter(|org| org.parent.is_none())
    }

    /// The nearest superior (or itself) of a level.
    #[must_use]
    pub fn at_level(&self, id: OrgId, level: &str) -> Option<&OrgNode> {
        let org = self.org(id)?;
        if org.level == level {
            return Some(org);
        }
        org.superiors.iter().filter_map(|id| self.org(*id)).find(|org| org.level == level)
    }

    /// One member through a scope over organisations.
    #[must_use]
    pub fn member(&self, scope: &Scope, id: i64) -> Option<&MemberNode> {
        let organisation = *self.organisation_of.get(&id)?;
        self.visible(scope, organisation)?;
        self.members_of.get(&organisation)?.iter().find(|member| member.id == id)
    }

    /// Members of one organisation, by pinyin.
    pub fn members_of(&self, id: OrgId) -> impl Iterator<Item = &MemberNode> {
        self.members_of.get(&id).into_iter().flatten()
    }

    /// All members of a scope.
    pub fn members<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a MemberNode> {
        self.all(scope).flat_map(|org| self.members_of(org.id))
    }

    #[must_use]
    pub fn n_orgs(&self) -> usize {
        self.orgs.len()
    }

    #[must_use]
    pub fn n_members(&self) -> usize {
        self.organisation_of.len()
    }

    pub fn put_orgs(&mut self, mut orgs: Vec<OrgNode>) {
        orgs.sort_by(|a, b| a.code.cmp(&b.code));
        self.by_code = orgs.iter().map(|org| (org.code.clone(), org.id)).collect();
        let known: ById<()> = orgs.iter().map(|org| (org.id, ())).collect();
        self.children.clear();
        let mut roots = Vec::new();
        for org in &orgs {
            if let Some(parent) = org.parent {
                self.children.entry(parent).or_default().push(org.id);
            }
            if org.parent.is_none_or(|parent| !known.contains_key(&parent)) {
                roots.push(org.id);
            }
        }
        self.put_in_order(orgs, roots);
        self.count();
    }

    /// Puts in those that are no more, each with its superiors.
    pub fn put_gone(&mut self, gone: Vec<OrgNode>) {
        self.gone_places = gone.iter().enumerate().map(|(at, org)| (org.id, at)).collect();
        self.gone = gone;
    }

    /// In the order of the tree, each with its superiors.
    fn put_in_order(&mut self, orgs: Vec<OrgNode>, roots: Vec<OrgId>) {
        let mut waiting: ById<OrgNode> = orgs.into_iter().map(|org| (org.id, org)).collect();
        let mut stack: Vec<(OrgId, Vec<OrgId>)> = roots.into_iter().rev().map(|id| (id, Vec::new())).collect();
        self.orgs.clear();
        self.places.clear();
        while let Some((id, superiors)) = stack.pop() {
            let Some(mut org) = waiting.remove(&id) else { continue };
            let mut below = vec![id];
            below.extend(&superiors);
            org.superiors = superiors;
            self.places.insert(id, self.orgs.len());
            self.orgs.push(org);
            for child in self.children.get(&id).into_iter().flatten().rev() {
                stack.push((*child, below.clone()));
            }
        }
        self.ends = (1..=self.orgs.len()).collect();
        for at in (0..self.orgs.len()).rev() {
            if let Some(above) = self.orgs[at].superiors.first().and_then(|id| self.places.get(id)) {
                self.ends[*above] = self.ends[*above].max(self.ends[at]);
            }
        }
    }

    /// Puts in all members anew, or (with `only`) those that changed.
    pub fn put_members(&mut self, members: Vec<MemberNode>, only: Option<&[i64]>) {
        match only {
            None => {
                self.organisation_of.clear();
                self.members_of.clear();
            }
            Some(ids) => {
                for id in ids {
                    if let Some(of) = self.organisation_of.remove(id).and_then(|organisation| self.members_of.get_mut(&organisation)) {
                        of.retain(|member| member.id != *id);
                    }
                }
            }
        }
        let mut touched: Vec<OrgId> = Vec::new();
        for member in members {
            touched.push(member.organisation);
            self.organisation_of.insert(member.id, member.organisation);
            self.members_of.entry(member.organisation).or_default().push(member);
        }
        touched.sort_unstable();
        touched.dedup();
        for org in touched {
            if let Some(of) = self.members_of.get_mut(&org) {
                of.sort_by(|a, b| (&a.pinyin, a.id).cmp(&(&b.pinyin, b.id)));
            }
        }
        self.count();
    }

    fn count(&mut self) {
        let natural = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut below = vec![(0_u32, 0_u32); self.orgs.len()];
        // From the end: everything below one is counted before it.
        for at in (0..self.orgs.len()).rev() {
            let org = &mut self.orgs[at];
            let members = self.members_of.get(&org.id).map_or(&[][..], Vec::as_slice);
            org.n_members = natural(members.len());
            org.n_full = natural(members.iter().filter(|member| member.full_on.is_some()).count());
            org.n_mobile = natural(members.iter().filter(|member| member.is_mobile).count());
            let (n_members, n_branches) = below[at];
            org.n_members_below = n_members + org.n_members;
            org.n_branches_below = n_branches;
            if let Some(above) = org.superiors.first().and_then(|id| self.places.get(id)) {
                below[*above].0 += org.n_members_below;
                below[*above].1 += n_branches + u32::from(org.is_branch());
            }
        }
    }
}

/// A map by the number of a row.
type ById<T> = HashMap<i64, T, BuildHasherDefault<RowHasher>>;

/// Numbers of rows are our own: they need to be spread, not protected.
#[derive(Debug, Default)]
struct RowHasher(u64);

impl Hasher for RowHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let spread = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // The table takes its place from the low bits and its mark from the high ones.
        self.0 = spread ^ (spread >> 32);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}

/// Reads all organisations that stand on `on`.
pub async fn load_orgs(store: &Store, pack: &policy::Pack, on: Date) -> anyhow::Result<Vec<OrgNode>> {
    read_orgs(store, pack, on, "s.from_on <= $1 and (s.until_on is null or s.until_on > $1)").await
}

/// A state after which an organisation has no other.
const IS_LAST: &str = "s.until_on <= $1 and not exists (select 1 from organisation_state l \
     where l.organisation_id = s.organisation_id and l.superseded_in is null and (l.until_on is null or l.until_on > s.until_on))";

/// Reads those that ended by `on`, as they stood on their last day, with their superiors of that day.
pub async fn load_gone(store: &Store, pack: &policy::Pack, on: Date) -> anyhow::Result<Vec<OrgNode>> {
    let mut gone = read_orgs(store, pack, on, IS_LAST).await?;
    let sql = format!(
        "select p.descendant_id, p.ancestor_id from organisation_path p \
         join organisation_state s on s.organisation_id = p.descendant_id and s.superseded_in is null and s.until_on = p.until_on \
         where p.depth > 0 and {IS_LAST} order by p.descendant_id, p.depth"
    );
    let mut superiors: HashMap<OrgId, Vec<OrgId>> = HashMap::new();
    for row in query(store.reader(), sql, [on.to_string().into()]).await? {
        superiors.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    for org in &mut gone {
        org.superiors = superiors.remove(&org.id).unwrap_or_default();
    }
    Ok(gone)
}

async fn read_orgs(store: &Store, pack: &policy::Pack, on: Date, stands: &str) -> anyhow::Result<Vec<OrgNode>> {
    let rows = query(
        store.reader(),
        format!(
            "select o.id, o.code, o.go_live_on, o.theme_day, s.name, s.pinyin, s.kind, s.level, s.field, s.parent_id, s.region_code, s.until_on, \
             (select min(f.from_on) from organisation_state f where f.organisation_id = o.id and f.superseded_in is null) as founded_on, \
             t.elected_on, t.term_years, t.postponed_until, \
             (select h.name from post_holding h where h.organisation_id = o.id and h.post = 'secretary' and h.superseded_in is null and h.from_on <= $1 and (h.until_on is null or h.until_on > $1) order by h.id desc limit 1) as secretary, \
             (select count(*) from post_holding h where h.organisation_id = o.id and h.superseded_in is null and h.from_on <= $1 and (h.until_on is null or h.until_on > $1)) as n_committee \
             from organisation o join organisation_state s on s.organisation_id = o.id and s.superseded_in is null and {stands} \
             left join organisation_term t on t.organisation_id = o.id and t.until_on is null and t.superseded_in is null \
             order by o.code"
        ),
        [on.to_string().into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get("", "kind")?;
            let elected_on = optional_day(row, "elected_on")?;
            let years: Option<i64> = row.try_get("", "term_years")?;
            let postponed = optional_day(row, "postponed_until")?;
            let term_until = elected_on.zip(years).and_then(|(day, years)| day.checked_add(jiff::Span::new().years(years)).ok()).max(postponed);
            Ok(OrgNode {
                id: row.try_get("", "id")?,
                code: row.try_get("", "code")?,
                name: row.try_get("", "name")?,
                pinyin: row.try_get("", "pinyin")?,
                role: pack.organisation_kinds.get(&kind).map_or(OrganisationRole::Committee, |kind| kind.role),
                kind,
                level: row.try_get("", "level")?,
                field: row.try_get("", "field")?,
                parent: row.try_get("", "parent_id")?,
                superiors: Vec::new(),
                region_code: row.try_get("", "region_code")?,
                founded_on: optional_day(row, "founded_on")?.unwrap_or(on),
                until: optional_day(row, "until_on")?,
                go_live_on: optional_day(row, "go_live_on")?,
                theme_day: row.try_get("", "theme_day")?,
                secretary: row.try_get("", "secretary")?,
                n_committee: u32::try_from(row.try_get::<i64>("", "n_committee")?).unwrap_or_default(),
                elected_on,
                term_until,
                n_members: 0,
                n_full: 0,
                n_mobile: 0,
                n_members_below: 0,
                n_branches_below: 0,
            })
        })
        .collect()
}

/// Reads the members that belong somewhere on `on`; with `only`, just these.
pub async fn load_members(store: &Store, on: Date, only: Option<&[i64]>) -> anyhow::Result<Vec<MemberNode>> {
    let which = only.map_or(String::new(), |ids| {
        let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!(" and m.id in ({ids})")
    });
    let mut members = Vec::new();
    let mut words = Words::default();
    let mut last = 0_i64;
    loop {
        let rows = query(
            store.reader(),
            format!(
                "select m.id, a.organisation_id, m.name, m.pinyin, m.sex, m.category, m.status, m.is_mobile, m.born_on, m.joined_on, m.full_on, m.education, m.occupation, m.verified_at \
                 from member m join affiliation a on a.member_id = m.id and a.superseded_in is null and a.from_on <= $1 and (a.until_on is null or a.until_on > $1) \
                 where m.left_on is null and m.id > $2{which} order by m.id limit {ROWS_AT_ONCE}"
            ),
            [on.to_string().into(), last.into()],
        )
        .await?;
        for row in &rows {
            members.push(read_member(row, &mut words)?);
        }
        match members.last() {
            Some(member) if rows.len() == ROWS_AT_ONCE => last = member.id,
            _ => return Ok(members),
        }
    }
}

fn read_member(row: &sea_orm::QueryResult, words: &mut Words) -> anyhow::Result<MemberNode> {
    let mut word = |column: &str| anyhow::Ok(words.shared(row.try_get("", column)?));
    Ok(MemberNode {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        name: row.try_get("", "name")?,
        pinyin: row.try_get("", "pinyin")?,
        sex: word("sex")?,
        category: word("category")?,
        status: word("status")?,
        is_mobile: row.try_get("", "is_mobile")?,
        born_on: optional_day(row, "born_on")?,
        joined_on: optional_day(row, "joined_on")?,
        full_on: optional_day(row, "full_on")?,
        education: row.try_get::<Option<String>>("", "education")?.map(|text| words.shared(text)),
        occupation: row.try_get::<Option<String>>("", "occupation")?.map(|text| words.shared(text)),
        is_verified: row.try_get::<Option<String>>("", "verified_at")?.is_some(),
    })
}

/// Longitude and latitude of these organisations as they stand; those without are not among them.
///
/// # Errors
/// When the database cannot be read.
pub async fn coordinates(store: &Store, ids: &[OrgId]) -> anyhow::Result<HashMap<OrgId, (String, String)>> {
    let mut found = HashMap::new();
    for some in ids.chunks(500) {
        let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "select organisation_id, longitude, latitude from organisation_state where organisation_id in ({list}) \
             and superseded_in is null and until_on is null and longitude is not null and latitude is not null"
        );
        for row in query(store.reader(), sql, []).await? {
            found.insert(row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?));
        }
    }
    Ok(found)
}

/// A day stored as ISO text.
pub fn optional_day(row: &sea_orm::QueryResult, column: &str) -> anyhow::Result<Option<Date>> {
    let text: Option<String> = row.try_get("", column)?;
    text.map(|text| text.parse::<Date>().map_err(|e| anyhow::anyhow!("{column}: {e}"))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(id: OrgId, parent: Option<OrgId>, name: &str, role: OrganisationRole) -> OrgNode {
        OrgNode {
            id,
            code: format!("P{id:02}"),
            name: name.to_owned(),
            pinyin: crate::pinyin::key(name),
            kind: String::new(),
            role,
            level: String::new(),
            field: String::new(),
            parent,
            superiors: Vec::new(),
            region_code: None,
            founded_on: Date::constant(2015, 1, 1),
            until: None,
            go_live_on: None,
            theme_day: None,
            secretary: None,
            n_committee: 0,
            elected_on: None,
            term_until: None,
            n_members: 0,
            n_full: 0,
            n_mobile: 0,
            n_members_below: 0,
            n_branches_below: 0,
        }
    }

    #[test]
    fn names_that_repeat_say_where_they_stand() {
        let committee = OrganisationRole::Committee;
        let mut directory = Directory::default();
        directory.put_orgs(vec![
            org(1, None, "中共云岭市委员会", committee),
            org(2, Some(1), "中共映江区委员会", committee),
            org(3, Some(1), "中共云麓县委员会", committee),
            org(4, Some(2), "中共清水镇委员会", committee),
            org(5, Some(3), "中共清水镇委员会", committee),
            org(6, Some(3), "中共青石街道工作委员会", committee),
            org(7, Some(5), "清水镇上河村党支部", OrganisationRole::Branch),
        ]);
        assert_eq!(directory.told_apart(&[4, 5, 6]), ["映江区 · 清水镇委员会", "云麓县 · 清水镇委员会", "青石街道工作委员会"]);
        assert_eq!(directory.told_apart(&[5, 6, 5]), ["清水镇委员会", "青石街道工作委员会", "清水镇委员会"], "the same one twice is no other");
        assert_eq!([7, 4, 2, 1].map(|id| directory.above(id)), ["云麓县 · 清水镇", "映江区", "云岭市", ""]);
        assert_eq!(directory.called(6), "青石街道");
    }
}
