//! The dated tree, members and what they belong to, villages.

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
    "create table organisation (id {id} primary key, code text not null unique, go_live_on text, theme_day bigint, created_at text not null)",
    "create table member (id {id} primary key, name text not null, pinyin text not null, sex text not null, ethnicity text not null, id_number {bytes} not null, id_number_index text not null unique, id_number_last4 text not null, telephone {bytes}, telephone_index text, telephone_last4 text, born_on text, education text, joined_on text, full_on text, category text not null, occupation text, is_mobile boolean not null, status text not null, source text not null, verified_by bigint, verified_at text, left_on text, left_reason text, created_at text not null, updated_at text not null)",
    "create table organisation_state (id {id} primary key, organisation_id bigint not null {of organisation}, name text not null, pinyin text not null, kind text not null, level text not null, field text not null, parent_id bigint {of organisation}, region_code text, longitude text, latitude text, host_unit text, source text not null, from_on text not null, until_on text, recorded_in bigint not null, superseded_in bigint)",
    "create table organisation_path (ancestor_id bigint not null {of organisation}, descendant_id bigint not null {of organisation}, from_on text not null, depth bigint not null, until_on text, primary key (ancestor_id, descendant_id, from_on))",
    "create table organisation_term (id {id} primary key, organisation_id bigint not null {of organisation}, elected_on text not null, term_years bigint not null, postponed_until text, until_on text, source text not null, recorded_in bigint not null, superseded_in bigint)",
    "create table post_holding (id {id} primary key, organisation_id bigint not null {of organisation}, post text not null, name text not null, pinyin text not null, telephone {bytes}, telephone_index text, telephone_last4 text, member_id bigint {of member}, source text not null, from_on text not null, until_on text, recorded_in bigint not null, superseded_in bigint)",
    "create table organisation_finding (id {id} primary key, organisation_id bigint not null {of organisation}, flag text not null, reason text not null, recorded_by bigint, recorded_at text not null, until_on text)",
    "create table organisation_change (id {id} primary key, kind text not null, organisation_id bigint not null {of organisation}, other_id bigint {of organisation}, detail text not null, reason text not null, effective_on text not null, recorded_in bigint not null)",
    "create table affiliation (id {id} primary key, member_id bigint not null {of member}, organisation_id bigint not null {of organisation}, reason text not null, source text not null, from_on text not null, until_on text, recorded_in bigint not null, superseded_in bigint)",
    "create table affiliation_transfer (id {id} primary key, member_id bigint not null {of member}, from_id bigint not null {of organisation}, to_id bigint not null {of organisation}, state text not null, reason text not null, asked_on text not null, due_on text not null, asked_by bigint, decided_on text, decided_by bigint, decision_reason text)",
    "create table member_exemption (id {id} primary key, member_id bigint not null {of member}, organisation_id bigint not null {of organisation}, reason text not null, from_on text not null, until_on text, listed_by bigint, listed_at text not null, approved_by bigint, approved_at text)",
    "create table unit (id {id} primary key, kind text not null, code text not null unique, name text not null, pinyin text not null, organisation_id bigint {of organisation}, created_at text not null)",
    // What the floor tells of the tree.
    "alter table person add column member_id bigint {of member}",
    "alter table post_grant add column root_id bigint {of organisation}",
    "alter table notice add column organisation_id bigint {of organisation}",
    "alter table suggestion add column organisation_id bigint {of organisation}",
    "create table unit_income (id {id} primary key, unit_id bigint not null {of unit}, year bigint not null, operating_fen bigint not null, total_fen bigint not null, source text not null, recorded_at text not null)",
    "create unique index organisation_state_open on organisation_state (organisation_id) where until_on is null and superseded_in is null",
    "create index organisation_state_organisation on organisation_state (organisation_id, from_on)",
    "create index organisation_state_parent on organisation_state (parent_id)",
    "create index organisation_state_pending on organisation_state (recorded_in) where recorded_in < 0",
    "create index organisation_state_superseding on organisation_state (superseded_in) where superseded_in < 0",
    "create index organisation_path_descendant on organisation_path (descendant_id, ancestor_id)",
    "create unique index organisation_term_open on organisation_term (organisation_id) where until_on is null and superseded_in is null",
    "create index organisation_term_pending on organisation_term (recorded_in) where recorded_in < 0",
    "create index organisation_term_superseding on organisation_term (superseded_in) where superseded_in < 0",
    "create index post_holding_organisation on post_holding (organisation_id, post)",
    "create index post_holding_member on post_holding (member_id)",
    "create index post_holding_pending on post_holding (recorded_in) where recorded_in < 0",
    "create index post_holding_superseding on post_holding (superseded_in) where superseded_in < 0",
    "create unique index affiliation_open on affiliation (member_id) where until_on is null and superseded_in is null",
    "create index affiliation_organisation on affiliation (organisation_id, from_on)",
    "create index affiliation_member on affiliation (member_id, from_on)",
    "create index affiliation_pending on affiliation (recorded_in) where recorded_in < 0",
    "create index affiliation_superseding on affiliation (superseded_in) where superseded_in < 0",
    "create index organisation_change_pending on organisation_change (recorded_in) where recorded_in < 0",
    "create index organisation_change_organisation on organisation_change (organisation_id)",
    "create index member_last4 on member (id_number_last4)",
    "create index member_telephone on member (telephone_index)",
    "create index affiliation_transfer_to on affiliation_transfer (to_id, state)",
    "create index affiliation_transfer_from on affiliation_transfer (from_id, state)",
    "create index affiliation_transfer_member on affiliation_transfer (member_id)",
    "create unique index affiliation_transfer_open on affiliation_transfer (member_id) where state = 'out'",
    "create index member_exemption_member on member_exemption (member_id)",
    "create index organisation_finding_organisation on organisation_finding (organisation_id)",
    "create unique index unit_income_year on unit_income (unit_id, year)",
    "create index person_member on person (member_id)",
    "create index post_grant_root on post_grant (root_id)",
    "create index notice_organisation on notice (organisation_id, done_at)",
    "create index unit_organisation on unit (organisation_id)",
];
