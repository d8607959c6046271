//! Forward only, expand then contract; one file each for both databases.

use sea_orm_migration::prelude::*;

mod m0001_floor;
mod m0002_organisations;
mod m0003_activities;
mod m0004_people;
mod m0005_evaluations;
mod m0006_cases;
mod m0007_imports;
mod m0008_assessment;
mod m0009_tasks;
mod m0010_duties;
mod m0011_weak_lists;
mod m0012_house;
mod m0013_confirmed_posts;
mod m0014_selections;
mod m0015_successors;
mod m0016_scheme_drafts;
mod m0017_consequences;
mod m0018_ballots;
mod m0019_ledgers;
mod m0020_figures;
mod m0021_problems;
mod m0022_matters;
mod m0023_inspections;
mod m0024_projects;
mod m0025_burden;
mod m0026_responsibility;
mod m0027_appraisals;
mod m0028_many_problems;
mod m0029_tier_targets;
mod m0030_member_entries;
mod m0033_inspections_and_pairings;
mod m0034_permitted_tasks;
mod m0035_urges;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_floor::Migration),
            Box::new(m0002_organisations::Migration),
            Box::new(m0003_activities::Migration),
            Box::new(m0004_people::Migration),
            Box::new(m0005_evaluations::Migration),
            Box::new(m0006_cases::Migration),
            Box::new(m0007_imports::Migration),
            Box::new(m0008_assessment::Migration),
            Box::new(m0009_tasks::Migration),
            Box::new(m0010_duties::Migration),
            Box::new(m0011_weak_lists::Migration),
            Box::new(m0012_house::Migration),
            Box::new(m0013_confirmed_posts::Migration),
            Box::new(m0014_selections::Migration),
            Box::new(m0015_successors::Migration),
            Box::new(m0016_scheme_drafts::Migration),
            Box::new(m0017_consequences::Migration),
            Box::new(m0018_ballots::Migration),
            Box::new(m0019_ledgers::Migration),
            Box::new(m0020_figures::Migration),
            Box::new(m0021_problems::Migration),
            Box::new(m0022_matters::Migration),
            Box::new(m0023_inspections::Migration),
            Box::new(m0024_projects::Migration),
            Box::new(m0025_burden::Migration),
            Box::new(m0026_responsibility::Migration),
            Box::new(m0027_appraisals::Migration),
            Box::new(m0028_many_problems::Migration),
            Box::new(m0029_tier_targets::Migration),
            Box::new(m0030_member_entries::Migration),
            Box::new(m0033_inspections_and_pairings::Migration),
            Box::new(m0034_permitted_tasks::Migration),
            Box::new(m0035_urges::Migration),
        ]
    }
}

/// Runs SQL texts in which `{id}` and `{bytes}` stand for what the two databases name differently, and `{of TABLE}` for
/// the foreign key: checked at the end of the transaction, so that rows may be written in any order.
pub(crate) async fn run_all(manager: &SchemaManager<'_>, texts: &[&str]) -> Result<(), DbErr> {
    use sea_orm::{ConnectionTrait, DbBackend};
    let connection = manager.get_connection();
    let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
    let (id, bytes) = if is_postgres { ("bigint primary key", "bytea") } else { ("integer primary key", "blob") };
    for text in texts {
        let text = text.replace("{id} primary key", id).replace("{bytes}", bytes);
        connection.execute_unprepared(&with_foreign_keys(&text)).await?;
    }
    Ok(())
}

fn with_foreign_keys(text: &str) -> String {
    let mut parts = text.split("{of ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (table, rest) = part.split_once('}').expect("a brace that opens is closed");
        out.push_str("references ");
        out.push_str(table);
        out.push_str(" deferrable initially deferred");
        out.push_str(rest);
    }
    out
}
