use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub ledger: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    pub organisation_id: i64,
    pub about_id: i64,
    #[sea_orm(column_type = "Text")]
    pub held_on: String,
    pub quantity: i64,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    pub entered_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub entered_at: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub withdrawn_at: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub withdrawn_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
