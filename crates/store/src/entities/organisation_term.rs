use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation_term")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub elected_on: String,
    pub term_years: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub postponed_until: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub until_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub source: String,
    pub recorded_in: i64,
    pub superseded_in: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
