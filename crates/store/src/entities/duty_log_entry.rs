use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duty_log_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub done_on: String,
    #[sea_orm(column_type = "Text")]
    pub what: String,
    pub written_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub written_at: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub withdrawn_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
