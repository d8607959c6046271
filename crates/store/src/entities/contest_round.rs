use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contest_round")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub contest: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub level: String,
    pub year_from: i64,
    pub year_until: i64,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub held_on: String,
    pub case_id: i64,
    #[sea_orm(column_type = "Text")]
    pub opened_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub published_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
