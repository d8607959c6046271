//! Ballots: a sitting, who is voted on, groups of electors, papers while the box is open, counts afterwards.

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
    // `organisation_id` is who holds it. One of `counted_on` and `void_reason` is there once it is over.
    "create table ballot_sitting (id {id} primary key, ballot text not null, pack_version text not null, organisation_id bigint not null {of organisation}, period text not null, title text not null, held_on text not null, is_on_devices boolean not null, case_id bigint not null {of case_file}, counted_on text, void_reason text)",
    "create index ballot_sitting_organisation on ballot_sitting (organisation_id, held_on)",
    "create index ballot_sitting_period on ballot_sitting (period)",
    // `share`: of all points, as a fraction `7/10`.
    "create table ballot_subject (id {id} primary key, sitting_id bigint not null {of ballot_sitting}, organisation_id bigint not null {of organisation}, share text)",
    "create index ballot_subject_sitting on ballot_subject (sitting_id)",
    "create index ballot_subject_organisation on ballot_subject (organisation_id)",
    "create table ballot_group (id {id} primary key, sitting_id bigint not null {of ballot_sitting}, voter_group text not null, n_electors bigint not null, n_issued bigint, n_collected bigint)",
    "create unique index ballot_group_of on ballot_group (sitting_id, voter_group)",
    // How many papers of a group say this number of this subject.
    "create table ballot_tally (id {id} primary key, subject_id bigint not null {of ballot_subject}, voter_group text not null, vote bigint not null, n bigint not null)",
    "create unique index ballot_tally_of on ballot_tally (subject_id, voter_group, vote)",
    "create table ballot_elector (id {id} primary key, sitting_id bigint not null {of ballot_sitting}, voter_group text not null, person_id bigint not null {of person}, has_voted boolean not null)",
    "create unique index ballot_elector_of on ballot_elector (sitting_id, person_id)",
    // The key is random and nothing says when the paper came; `elector_id` only of named ballots. Sealed while the box is open.
    "create table ballot_paper (id {id} primary key, sitting_id bigint not null {of ballot_sitting}, voter_group text not null, elector_id bigint {of ballot_elector}, votes {bytes} not null)",
    "create index ballot_paper_sitting on ballot_paper (sitting_id)",
];
