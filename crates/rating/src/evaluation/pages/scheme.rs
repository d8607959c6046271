//! `/evaluations/{id}/scheme`: the items of the scheme as it stood when the result was calculated, by field, with clauses.

use crate::http::path::Path;
use askama::Template;
use assessment::{ItemDefinition, plain};
use policy::{Pack, ScoreRule, WhenNotEvidenced};

use super::{Head, asked, citation, version_words};
use crate::evaluation::access::opened;
use crate::evaluation::{self, KIND};
use crate::http::layout::Layout;
use crate::http::list::{ListQuery, ListSpec};
use crate::http::view::{Chip, Citation};
use crate::http::visit::{Answer, Visit};

const ITEMS: ListSpec = ListSpec { sorts: &["order"], default_sort: ("order", crate::http::list::Direction::Asc), filters: &["field"], per: 50 };

#[derive(Template)]
#[template(path = "pages/evaluation_scheme.html")]
struct SchemePage {
    layout: Layout,
    head: Head,
    sentence: String,
    fields: Vec<Chip>,
    field_name: String,
    owner: String,
    sections: Vec<(String, String, Vec<ItemView>)>,
    rules: Vec<String>,
    citation: Citation,
}

struct ItemView {
    name: String,
    weight: String,
    rule: String,
    gap: &'static str,
    reading: String,
    citation: Citation,
}

/// `GET /evaluations/{id}/scheme`
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let head = evaluation::result_head(visit.app.store().reader(), id).await?;
    let pack = visit.app.policies_of(&found.evaluation.pack_version).await?;
    let query = ListQuery::parse(&ITEMS, &format!("{}/scheme", found.base()), Some(&visit.query));
    let mut fields: Vec<&String> = head.items.iter().filter_map(|item| item.field.as_ref()).collect();
    fields.sort_by_key(|key| pack.fields.get(*key).map_or(u8::MAX, |field| field.order));
    fields.dedup();
    let own = visit.home().and_then(|home| visit.app.directory().org(home).filter(|org| org.is_branch()).map(|org| org.field.clone()));
    let now = query
        .filter("field")
        .map(str::to_owned)
        .or(own)
        .filter(|key| fields.contains(&key))
        .or_else(|| fields.first().map(|key| (*key).clone()))
        .unwrap_or_default();
    let scheme = pack.scheme_in(&found.evaluation.of_key, found.evaluation.period.year).map(|(_, scheme)| scheme);
    let items: Vec<&ItemDefinition> = head.items.iter().filter(|item| item.field.as_deref().is_none_or(|field| field == now)).collect();
    let mut sections: Vec<(String, String, Vec<ItemView>)> = Vec::new();
    for item in &items {
        if sections.last().is_none_or(|(name, ..)| *name != item.section) {
            let sum =
                items.iter().filter(|other| other.section == item.section).fold(policy::Ratio::from_integer(0), |sum, other| sum + other.weight);
            sections.push((item.section.clone(), plain(sum), Vec::new()));
        }
        if let Some((_, _, views)) = sections.last_mut() {
            views.push(view(&pack, item));
        }
    }
    let page = SchemePage {
        sentence: format!(
            "{} 个领域各有标准；本领域 {} 项，共 {} 分。",
            fields.len(),
            items.len(),
            plain(items.iter().fold(policy::Ratio::from_integer(0), |sum, item| sum + item.weight))
        ),
        fields: fields
            .iter()
            .map(|key| Chip {
                label: pack.fields.get(*key).map_or_else(|| (*key).clone(), |field| field.name.clone()),
                count: None,
                href: query.filter_link("field", key),
                pressed: **key == now,
            })
            .map(|chip| if chip.pressed { Chip { href: query.path.clone(), ..chip } } else { chip })
            .collect(),
        field_name: pack.fields.get(&now).map_or_else(String::new, |field| field.name.clone()),
        owner: scheme
            .and_then(|scheme| scheme.standards.iter().find(|standard| standard.field == now))
            .map(|standard| standard.owner.clone())
            .unwrap_or_default(),
        sections,
        rules: scheme.map(|scheme| policy::rating_rules(&pack, scheme)).unwrap_or_default(),
        citation: scheme.map_or_else(
            || citation(&pack, &policy::Cite { doc: "example".into(), clause: None, quote: None }, ""),
            |scheme| citation(&pack, &scheme.cite, ""),
        ),
        head: Head { version: version_words(&pack, &found.evaluation), ..found.head(&visit, "/scheme") },
        layout: found.layout(&visit, "方案与出处").crumb("方案与出处", ""),
    };
    visit.page(&page)
}

fn view(pack: &Pack, item: &ItemDefinition) -> ItemView {
    let rule = match item.rule {
        ScoreRule::ShareOfPeriodsMet => format!("{}{}为完成；得分按完成的周期占应完成的比例", item.per.label(), asked(item)),
        ScoreRule::Met => format!("{}得满分，否则不得分", asked(item)),
        ScoreRule::ProportionalToTarget => format!("{}得满分，不足的按比例", asked(item)),
        ScoreRule::Bands => format!("按达到的档次，{}得满分", asked(item).trim_start()),
        ScoreRule::Judged => "由上级党组织评定，0 分到满分".to_owned(),
        ScoreRule::Deduct | ScoreRule::RankInCohort | ScoreRule::ChangeAgainstBase => item.how.clone(),
    };
    let gap = match item.when_not_evidenced {
        WhenNotEvidenced::Open => "没有依据时先不给分，权重照算",
        WhenNotEvidenced::LeaveOut => "没有依据时不计此项",
        WhenNotEvidenced::Zero => "没有依据时得 0 分",
    };
    ItemView {
        name: item.name.clone(),
        weight: plain(item.weight),
        rule,
        gap,
        reading: item.reading.clone().unwrap_or_default(),
        citation: citation(pack, &item.cite, ""),
    }
}
