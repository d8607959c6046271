//! One walk over the audit chain, asked for on its page, with what it found.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_check")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub started_at: String,
    pub started_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub finished_at: Option<String>,
    pub n_entries: i64,
    /// Sentences, one a line; empty: nothing is wrong.
    #[sea_orm(column_type = "Text")]
    pub faults: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
