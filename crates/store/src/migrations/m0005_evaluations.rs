//! The filed yearly plan, evaluations with their rows, judged values and waivers.

use sea_orm_migration::prelude::*;

use super::run_all;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run_all(manager, TABLES).await
    }
}

const TABLES: &[&str] = &[
    "create table plan_entry (id {id} primary key, year bigint not null, pack_key text not null, name text not null, kind text not null, of_key text not null, organisation_id bigint not null {of organisation}, period text not null, opens_on text not null, basis text not null, approver text not null, number text, filed_at text not null, filed_by bigint, withdrawn_at text)",
    "create table evaluation (id {id} primary key, plan_entry_id bigint not null {of plan_entry}, kind text not null, of_key text not null, name text not null, organisation_id bigint not null {of organisation}, period text not null, closed_until text not null, pack_version text not null, is_example boolean not null, state text not null, head text not null, fingerprint text not null, n_rows bigint not null, opened_at text not null, opened_by bigint, calculated_at text not null, published_at text)",
    "create table evaluation_row (evaluation_id bigint not null {of evaluation}, organisation_id bigint not null {of organisation}, code text not null, field text not null, cohort text not null, score_micro bigint not null, star bigint, rank bigint, tier text, body text not null, primary key (evaluation_id, organisation_id))",
    "create table judged_value (id {id} primary key, organisation_id bigint not null {of organisation}, indicator text not null, period text not null, hundredths bigint not null, evidence text not null, judged_by bigint, judged_at text not null, superseded_at text)",
    "create table judged_waiver (id {id} primary key, organisation_id bigint not null {of organisation}, indicator text not null, period text not null, reason text not null, waived_by bigint, waived_at text not null)",
    "create unique index plan_entry_key on plan_entry (organisation_id, pack_key) where withdrawn_at is null",
    "create index evaluation_plan on evaluation (plan_entry_id)",
    "create index evaluation_of on evaluation (kind, of_key, period)",
    "create index evaluation_row_organisation on evaluation_row (organisation_id, evaluation_id)",
    "create index evaluation_row_order on evaluation_row (evaluation_id, cohort, rank)",
    "create unique index judged_value_current on judged_value (organisation_id, indicator, period) where superseded_at is null",
    "create unique index judged_waiver_current on judged_waiver (organisation_id, indicator, period)",
];
