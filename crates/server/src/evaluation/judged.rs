//! What people judge: satisfaction, on-site. One value per organisation, indicator and period; a later one supersedes.

use assessment::Marks;
use policy::{Capability, Period, Ratio, parse_ratio};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::judged_value;
use store::{Actor, OrgId, Refusal, Tx, execute, query};

use crate::app::App;

/// A judgement as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedValue {
    pub organisation: OrgId,
    pub indicator: String,
    pub period: Period,
    /// Points, at most two decimals: `8.5`.
    pub points: String,
    pub evidence: String,
}

/// Records judgements, one of a page or many of a workbook. Gives one answer per value: `Err` with the sentence.
///
/// # Errors
/// Unexpected ones.
pub async fn judge_all(app: &App, tx: &mut Tx, actor: &Actor, values: Vec<JudgedValue>) -> anyhow::Result<Vec<Result<(), String>>> {
    let pack = app.pack();
    let scope = actor.scope(Capability::JudgeItems).union(actor.scope(Capability::Import));
    let mut answers = Vec::with_capacity(values.len());
    for value in values {
        let checked = check(app, &pack, &scope, &value);
        let hundredths = match checked {
            Ok(hundredths) => hundredths,
            Err(sentence) => {
                answers.push(Err(sentence));
                continue;
            }
        };
        execute(
            tx.connection(),
            "update judged_value set superseded_at = $4 where organisation_id = $1 and indicator = $2 and period = $3 and superseded_at is null",
            [value.organisation.into(), value.indicator.clone().into(), value.period.to_string().into(), tx.at_text().into()],
        )
        .await?;
        let id = tx.next_id().await?;
        judged_value::ActiveModel {
            id: Set(id),
            organisation_id: Set(value.organisation),
            indicator: Set(value.indicator.clone()),
            period: Set(value.period.to_string()),
            hundredths: Set(hundredths),
            evidence: Set(value.evidence),
            judged_by: Set(tx.actor_id()),
            judged_at: Set(tx.at_text()),
            superseded_at: Set(None),
        }
        .insert(tx.connection())
        .await?;
        tx.record("item.judge", "judged_value", id, Some(value.organisation), json!({ "indicator": value.indicator, "period": value.period.to_string() }));
        tx.changed("judged_value", id, Some(value.organisation));
        answers.push(Ok(()));
    }
    Ok(answers)
}

fn check(app: &App, pack: &policy::Pack, scope: &store::Scope, value: &JudgedValue) -> Result<i64, String> {
    if !app.directory().is_visible(scope, value.organisation) {
        return Err("没有找到这个党组织，或者不在您的范围内".to_owned());
    }
    let indicator = pack.indicators.get(&value.indicator).filter(|indicator| indicator.value.is_none()).ok_or("这一项由系统计算，不能评定")?;
    let points = parse_ratio(&value.points).map_err(|_| format!("“{}”的得分“{}”不是数字", indicator.name, value.points))?;
    let most = pack.schemes.values().flat_map(|s| s.sections.iter().chain(s.standards.iter().flat_map(|standard| &standard.sections))).flat_map(|s| &s.items).filter(|i| i.indicator == value.indicator).map(|i| i.weight).max();
    let hundredths = points * Ratio::from_integer(100);
    if points < Ratio::from_integer(0) || most.is_some_and(|most| points > most) {
        return Err(format!("“{}”的得分应在 0 到 {} 之间", indicator.name, most.map_or_else(String::new, assessment::plain)));
    }
    if !hundredths.is_integer() {
        return Err(format!("“{}”的得分最多两位小数", indicator.name));
    }
    if value.evidence.trim().is_empty() {
        return Err(format!("请写明“{}”评定的依据：哪天、谁、看了什么", indicator.name));
    }
    i64::try_from(hundredths.to_integer()).map_err(|_| "得分太大".to_owned())
}

/// Waives an item that cannot be evidenced, with a reason that the result prints.
///
/// # Errors
/// [`Refusal`] without a reason or out of reach.
pub async fn waive(app: &App, tx: &mut Tx, actor: &Actor, organisation: OrgId, indicator: &str, period: Period, reason: &str) -> anyhow::Result<()> {
    if !app.directory().is_visible(&actor.scope(Capability::OpenEvaluations), organisation) {
        return Err(Refusal("没有找到这个党组织。".to_owned()).into());
    }
    if reason.trim().is_empty() {
        return Err(Refusal("请写明免评的理由，结果里会印出来。".to_owned()).into());
    }
    let id = tx.next_id().await?;
    execute(
        tx.connection(),
        "insert into judged_waiver (id, organisation_id, indicator, period, reason, waived_by, waived_at) values ($1, $2, $3, $4, $5, $6, $7) on conflict (organisation_id, indicator, period) do update set reason = excluded.reason, waived_by = excluded.waived_by, waived_at = excluded.waived_at",
        [id.into(), organisation.into(), indicator.into(), period.to_string().into(), reason.trim().into(), tx.actor_id().into(), tx.at_text().into()],
    )
    .await?;
    tx.record("item.waive", "judged_waiver", id, Some(organisation), json!({ "indicator": indicator, "period": period.to_string() }));
    tx.changed("judged_value", id, Some(organisation));
    Ok(())
}

/// Puts the judgements and waivers of a period into the marks of an evaluation.
pub(super) async fn put_into(app: &App, marks: &mut Marks, period: Period) -> anyhow::Result<()> {
    let rows = query(
        app.store().reader(),
        "select organisation_id, indicator, hundredths from judged_value where period = $1 and superseded_at is null order by id",
        [period.to_string().into()],
    )
    .await?;
    for row in rows {
        let hundredths: i64 = row.try_get("", "hundredths")?;
        marks.judge(row.try_get("", "organisation_id")?, &row.try_get::<String>("", "indicator")?, Ratio::new(i128::from(hundredths), 100));
    }
    let rows = query(app.store().reader(), "select organisation_id, indicator, reason from judged_waiver where period = $1 order by id", [period.to_string().into()]).await?;
    for row in rows {
        marks.waive(row.try_get("", "organisation_id")?, &row.try_get::<String>("", "indicator")?, &row.try_get::<String>("", "reason")?);
    }
    Ok(())
}
