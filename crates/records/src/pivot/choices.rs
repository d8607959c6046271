//! What may be asked for: the measures and indicators of the packs in force, by the records that they count. Pure.

use policy::{Capability, DayOf, FactKind, Key, Measure, Pack, Per, fact_kinds};
use std::collections::BTreeMap;

use assessment::Wanted;

/// The records that figures are counted from: the beginning of their kinds of fact, the heading, and what one must be allowed to see.
/// Kinds that no room states as facts are not among them: what is never recorded is not nought.
const SOURCES: [(&str, &str, Capability); 5] = [
    ("activity", "组织生活", Capability::ViewActivities),
    ("member", "党员队伍", Capability::ViewMembers),
    ("organisation", "班子和组织", Capability::ViewOrganisations),
    ("task", "部署任务", Capability::ViewTasks),
    ("village", "村级经济", Capability::ViewUnits),
];

/// How a figure is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// A whole number of these.
    Whole,
    /// 分, shown in 元.
    Money,
    /// A share of a hundred, with what it is made of.
    Share,
}

/// Something that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub wanted: Wanted,
    /// In addresses: `i.theme_day`, `m.theme_days`.
    pub key: String,
    pub name: String,
    pub unit: String,
    /// How it is counted.
    pub how: String,
    /// Place in [`SOURCES`].
    pub source: usize,
    /// Everything one must be allowed to see for it.
    pub needs: Vec<Capability>,
    pub printed: Printed,
    /// Quantities are added, not records.
    pub is_sum: bool,
    /// Judged over such periods; a measure over any.
    pub per: Option<Per>,
    /// The duty whose cells are its periods.
    pub duty: Option<Key>,
}

impl Offer {
    /// The heading under which it is offered.
    #[must_use]
    pub fn heading(&self) -> &'static str {
        SOURCES[self.source].1
    }
}

/// Everything that the pack offers to somebody with these capabilities; indicators first, by heading.
#[must_use]
pub fn offers(pack: &Pack, may: impl Fn(Capability) -> bool) -> Vec<Offer> {
    let kinds = fact_kinds(pack);
    let indicators = pack.indicators.keys().filter(|key| is_in_use(pack, key)).filter_map(|key| indicator(pack, key));
    let measures = pack.measures.iter().filter_map(|(key, it)| measure(&kinds, key, it));
    let mut offers: Vec<Offer> = indicators.chain(measures).filter(|offer| offer.needs.iter().all(|needed| may(*needed))).collect();
    offers.sort_by_key(|offer| offer.source);
    offers
}

/// Whether anybody is judged by it: what only a scheme uses that no plan names (one that checks the calculation) is not offered.
fn is_in_use(pack: &Pack, key: &str) -> bool {
    let uses = |scheme: &policy::Scheme| {
        let own = scheme.standards.iter().flat_map(|standard| &standard.sections);
        scheme.sections.iter().chain(own).flat_map(|section| &section.items).any(|item| item.indicator == key)
    };
    let is_planned = |scheme: &str| pack.plan_lines.values().any(|line| line.of == scheme);
    let mut users = pack.schemes.iter().filter(|(_, scheme)| uses(scheme)).peekable();
    users.peek().is_none() || users.any(|(name, scheme)| is_planned(scheme.version_of.as_deref().unwrap_or(name)))
}

fn indicator(pack: &Pack, key: &Key) -> Option<Offer> {
    let it = pack.indicators.get(key)?;
    let value = it.value.as_ref().filter(|_| it.pending.is_none())?;
    let read = value.names().into_iter().chain(it.of.iter().flat_map(|of| of.names()));
    let read: Vec<&Measure> = read.filter_map(|name| pack.measures.get(name)).collect();
    let sources = sources_of(read.iter().flat_map(|measure| kinds_of(measure)))?;
    let how = match &it.of {
        Some(_) => format!("全部记录合起来算的比率，按{}", per_word(it.per)),
        None => format!("按期做到的期数占应做期数，按{}", per_word(it.per)),
    };
    Some(Offer {
        wanted: Wanted::Indicator(key.clone()),
        key: format!("i.{key}"),
        name: it.name.clone(),
        unit: "%".to_owned(),
        how,
        source: *sources.first()?,
        needs: sources.iter().map(|at| SOURCES[*at].2).collect(),
        printed: Printed::Share,
        is_sum: false,
        per: Some(it.per),
        duty: it.duty.clone(),
    })
}

fn measure(known: &BTreeMap<String, FactKind>, key: &Key, it: &Measure) -> Option<Offer> {
    let sources = sources_of(kinds_of(it))?;
    let means: Vec<&str> = kinds_of(it).filter_map(|kind| known.get(kind)).map(|kind| kind.means.as_str()).collect();
    let first = kinds_of(it).next().and_then(|kind| known.get(kind))?;
    let means = means.join("、");
    let (name, unit, how) = if !it.count.is_empty() {
        (format!("{means}次数"), count_unit(&it.count), "期内发生的次数".to_owned())
    } else if !it.sum.is_empty() {
        (format!("{means}合计"), first.unit, "期内各次相加".to_owned())
    } else if !it.distinct.is_empty() {
        (format!("{means}（不重复）"), "个", "期内不重复的对象，各级都从记录去重".to_owned())
    } else if it.at == DayOf::First {
        (format!("{means}期初数"), first.unit, "每期第一天在册的".to_owned())
    } else {
        (format!("{means}期末数"), first.unit, "每期最后一天在册的".to_owned())
    };
    // What was returned counts nowhere; what was held late stands for the period that it makes up: neither needs saying.
    let flags = it.flags.iter().filter(|(flag, wanted)| **wanted || !["returned", "late"].contains(&flag.as_str()));
    let flags: Vec<String> = flags
        .filter_map(|(flag, wanted)| {
            let (_, words) = policy::FLAGS.iter().find(|(name, _)| name == flag)?;
            Some(format!("{}{words}", if *wanted { "只计" } else { "不计" }))
        })
        .collect();
    let is_money = unit.starts_with("分（");
    Some(Offer {
        wanted: Wanted::Measure(key.clone()),
        key: format!("m.{key}"),
        name: if flags.is_empty() { name } else { format!("{name}（{}）", flags.join("，")) },
        unit: if is_money { "元" } else { unit }.to_owned(),
        how,
        source: *sources.first()?,
        needs: sources.iter().map(|at| SOURCES[*at].2).collect(),
        printed: if is_money { Printed::Money } else { Printed::Whole },
        is_sum: !it.sum.is_empty(),
        per: None,
        duty: None,
    })
}

/// What is counted of tasks are tasks, of everything else times.
fn count_unit(kinds: &[Key]) -> &'static str {
    if kinds.iter().all(|kind| kind.starts_with("task.")) { "项" } else { "次" }
}

fn kinds_of(measure: &Measure) -> impl Iterator<Item = &Key> {
    measure.count.iter().chain(&measure.sum).chain(&measure.distinct).chain(&measure.active)
}

/// The records behind these kinds, the first kind's first; nothing, when one of them has none.
fn sources_of<'a>(kinds: impl Iterator<Item = &'a Key>) -> Option<Vec<usize>> {
    let mut sources = Vec::new();
    for kind in kinds {
        let family = kind.split('.').next().unwrap_or_default();
        let at = SOURCES.iter().position(|(of, ..)| *of == family)?;
        if !sources.contains(&at) {
            sources.push(at);
        }
    }
    Some(sources).filter(|sources| !sources.is_empty())
}

/// 月, 季, 半年, 年.
#[must_use]
pub fn per_word(per: Per) -> &'static str {
    match per {
        Per::Month => "月",
        Per::Quarter => "季",
        Per::HalfYear => "半年",
        Per::Year => "年",
    }
}
