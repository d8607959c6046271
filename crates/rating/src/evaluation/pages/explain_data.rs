//! `/evaluations/{id}/organisations/{org}/data`: the explanation of one score as JSON, for those who see the page.
//! Figures are text in decimals, as the page prints them; periods and days are ISO; evidence is numbers of records.

use assessment::{ItemResult, decimal, explain, explain_total};
use axum::Json;
use axum::response::IntoResponse;
use policy::{Pack, Period, Ratio};
use serde_json::{Value, json};
use store::OrgId;

use super::explain::{OneRow, one_row};
use crate::evaluation::access::opened;
use crate::evaluation::still_open::still_open;
use crate::evaluation::{self, KIND};
use crate::http::path::Path;
use crate::http::visit::{Answer, Visit};

/// `GET /evaluations/{id}/organisations/{org}/data`
pub(super) async fn show(visit: Visit, Path((id, organisation)): Path<(i64, OrgId)>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    let one = one_row(&visit, &found, organisation).await?;
    let (head, row, stored) = (&one.head, &one.row, &found.evaluation);
    let cohort = head.cohort_of(row);
    let open = still_open(&visit, &found, &one).await?;
    let told = json!({
        "evaluation": {
            "id": stored.id,
            "name": stored.name,
            "scheme": stored.of_key,
            "is_example": stored.is_example,
            "period": stored.period.to_string(),
            "closed_until": stored.closed_until.to_string(),
            "calculated_at": stored.calculated_at,
            "published_at": stored.published_at,
            "pack": stored.pack_version,
            "fingerprint": stored.fingerprint,
        },
        "organisation": { "id": row.org, "code": row.code, "name": row.name, "field": row.field },
        "score": evaluation::printed_score(row),
        "score_to": decimal(row.score_to),
        "due": decimal(row.due),
        "evidenced_weight": decimal(row.evidenced_weight * Ratio::from_integer(100)),
        "star": row.star,
        "tier": one.tier,
        "rank": row.rank,
        "cohort": { "key": row.cohort, "size": cohort.map(|cohort| cohort.size) },
        "sentences": explain_total(head, row),
        "items": row.items.iter().map(|item| item_data(&one, item)).collect::<Vec<_>>(),
        "still_open": open
            .iter()
            .map(|open| json!({
                "until": open.until.map(|day| day.to_string()),
                "what": open.what,
                "how": open.how,
                "href": open.place.1,
            }))
            .collect::<Vec<_>>(),
    });
    Ok(Json(told).into_response())
}

fn item_data(one: &OneRow, item: &ItemResult) -> Value {
    let definition = one.head.definition(item);
    let told = explain(&one.head, &one.row, item);
    let source = policy::source(&one.pack, &definition.cite);
    let periods = |periods: &[Period]| periods.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "key": definition.key,
        "indicator": definition.indicator,
        "name": definition.name,
        "section": definition.section,
        "field": definition.field,
        "weight": decimal(definition.weight),
        "rule": definition.rule,
        "per": definition.per.label(),
        "target": definition.target,
        "unit": definition.unit,
        "outcome": item.outcome.key(),
        "reason": item.outcome.reason(),
        "value": item.value.map(decimal),
        "numerator": item.numerator,
        "denominator": item.denominator,
        "points": item.points.map(decimal),
        "points_to": item.points_to.map(decimal),
        "due": decimal(item.due),
        "judged": item.judged,
        "filter": {
            "words": filter_words(&one.pack, &definition.indicator),
            "kinds": told.filter.kinds,
            "from": told.filter.from.to_string(),
            "until": told.filter.until.to_string(),
        },
        "evidence": told.filter.sources,
        "missing": periods(&item.missing),
        "late": periods(&item.late),
        "unknown": periods(&item.unknown),
        "coming": periods(&item.coming),
        "outside": periods(&item.outside),
        "sentences": told.sentences,
        "reading": told.reading,
        "cite": { "document": source.document, "clause": source.clause, "quote": source.quote },
    })
}

/// What an indicator counts, in words; `None`: it is judged.
pub(super) fn filter_words(pack: &Pack, indicator: &str) -> Option<String> {
    let indicator = pack.indicators.get(indicator)?;
    let value = policy::expression_words(pack, indicator.value.as_ref()?);
    Some(match &indicator.of {
        Some(of) => format!("分子：{value}；分母：{}", policy::expression_words(pack, of)),
        None => value,
    })
}
