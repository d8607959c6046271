use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project_whole")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub project: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    pub organisation_id: i64,
    pub year: i64,
    pub number: i64,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub unit: String,
    pub quantity: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub due_on: String,
    pub entered_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub entered_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
