//! The city's half-yearly ranking of its counties: drafted when the first rating is out, decided and published a month later.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::{PlanLineKind, ScoreRule};
use store::{Actor, OrgId};

use super::chance::Chance;
use super::loops::{actor, fields};
use crate::app::App;
use crate::evaluation::ranking::{self, How, JudgedComponent};
use crate::evaluation::{self, JudgedValue};

/// How far the ranking is.
pub(super) enum CityRanking {
    Waiting,
    Drafted { id: i64, on: Date },
    Published,
}

impl CityRanking {
    /// What the city's office does at the end of a month, once a county's rating is out.
    pub async fn month_end(&mut self, app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
        match self {
            Self::Waiting => {
                let published = evaluation::all_of_kind(app.store().reader(), evaluation::KIND).await?.into_iter().find(|e| e.published_at.is_some());
                if let Some(rating) = published
                    && let Some(id) = draft(app, rating.period, &rating.of_key, day, at).await?
                {
                    *self = Self::Drafted { id, on: day };
                }
            }
            Self::Drafted { id, on } if (day - *on).get_days() >= 10 => {
                let city = actor(app, "shiwei", day).await?;
                let day_text = day.to_string();
                for (action, given) in [
                    ("decide", fields(&[("meeting", "部务会"), ("decided_on", &day_text)])),
                    ("publish", fields(&[("scope", "各县（市、区）委"), ("issued_on", &day_text)])),
                ] {
                    let mut tx = app.begin(&city, at).await?;
                    evaluation::act(app, &mut tx, &city, *id, action, &given).await?;
                    app.settle(tx.commit().await?).await;
                }
                *self = Self::Published;
            }
            Self::Drafted { .. } | Self::Published => {}
        }
        Ok(())
    }
}

/// Files the line, judges what people judge, opens the ranking and sends its draft. `None`: the plan has no such line.
async fn draft(app: &App, period: policy::Period, scheme: &str, day: Date, at: Timestamp) -> anyhow::Result<Option<i64>> {
    let pack = app.pack();
    let line = pack.plan_lines.iter().find(|(_, line)| line.kind == PlanLineKind::Ranking && line.period == period && line.opens_on <= day);
    let Some((key, _)) = line else { return Ok(None) };
    let city = actor(app, "shiwei", day).await?;
    let office = city.grants.iter().find_map(|grant| grant.set.root).context("the city's office stands")?;
    let mut tx = app.begin(&city, at).await?;
    let entry = evaluation::file_line(app, &mut tx, &city, office, key, "年度督查检查考核计划", "市委常委会", Some("云考〔2026〕2号")).await?;
    app.settle(tx.commit().await?).await;
    judge_the_rest(app, &city, scheme, period, at).await?;
    let mut tx = app.begin(&city, at).await?;
    let id = ranking::open(app, &mut tx, &city, entry).await?;
    app.settle(tx.commit().await?).await;
    let head = ranking::head_of(app.store().reader(), id).await?;
    let mut values = Vec::new();
    for unit in ranking::unit_briefs(app.store().reader(), id).await? {
        for component in head.components.iter().filter(|component| component.how == How::Judged) {
            let mut chance = Chance::of(&format!("visited/{}/{}", unit.code, component.key));
            values.push(JudgedComponent {
                unit: unit.org,
                component: component.key.clone(),
                points: chance.between(74, 96).to_string(),
                evidence: "随机抽 6 个支部暗访，查看记录、走访党员".to_owned(),
            });
        }
    }
    let mut tx = app.begin(&city, at).await?;
    ranking::judge_components(app, &mut tx, &city, id, values).await?;
    app.settle(tx.commit().await?).await;
    let mut tx = app.begin(&city, at).await?;
    ranking::calculate(app, &mut tx, &city, id).await?;
    evaluation::act(app, &mut tx, &city, id, "send_draft", &fields(&[("note", "请核对本县（市、区）的得分，有意见的在征求意见期内提出。")])).await?;
    app.settle(tx.commit().await?).await;
    Ok(Some(id))
}

/// Judges every judged item that nobody has judged yet, so that no mean stands on what is missing.
async fn judge_the_rest(app: &App, city: &Actor, scheme: &str, period: policy::Period, at: Timestamp) -> anyhow::Result<()> {
    let pack = app.pack();
    let (_, rule) = pack.scheme_in(scheme, period.year).context("the scheme stands")?;
    let rows = store::query(
        app.store().reader(),
        "select distinct organisation_id from judged_value where period = $1 and superseded_at is null",
        [period.to_string().into()],
    )
    .await?;
    let done: std::collections::HashSet<OrgId> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let branches: Vec<(OrgId, String, String)> = {
        let directory = app.directory();
        let scope = city.scope(policy::Capability::JudgeItems);
        directory
            .all(&scope)
            .filter(|org| rule.kinds.contains(&org.kind) && !done.contains(&org.id))
            .map(|org| (org.id, org.code.clone(), org.field.clone()))
            .collect()
    };
    let mut values = Vec::new();
    for (organisation, code, field) in branches {
        let sections = rule.sections.iter().chain(rule.standards.iter().filter(|s| s.field == field).flat_map(|s| &s.sections));
        for item in sections.flat_map(|section| &section.items).filter(|item| item.score == ScoreRule::Judged) {
            let mut chance = Chance::of(&format!("judged/{code}/{}", item.indicator));
            let most = i64::try_from(item.weight.to_integer()).unwrap_or(5);
            let points = (most * chance.between(62, 100) + 50) / 100;
            values.push(JudgedValue {
                organisation,
                indicator: item.indicator.clone(),
                period,
                points: points.to_string(),
                evidence: "现场查看和党员群众测评".to_owned(),
            });
        }
    }
    for some in values.chunks(2_000) {
        let mut tx = app.begin(city, at).await?;
        for answer in evaluation::judge_all(app, &mut tx, city, some.to_vec()).await? {
            answer.map_err(|sentence| anyhow::anyhow!(sentence))?;
        }
        app.settle(tx.commit().await?).await;
    }
    Ok(())
}
