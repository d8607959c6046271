use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asked_table")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    #[sea_orm(column_type = "Text")]
    pub heading: String,
    #[sea_orm(column_type = "Text")]
    pub units: String,
    #[sea_orm(column_type = "Text")]
    pub permitted: String,
    #[sea_orm(column_type = "Text")]
    pub due_on: String,
    #[sea_orm(column_type = "Text")]
    pub created_on: String,
    pub created_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub issued_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub close_reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
