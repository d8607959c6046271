use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appraisal_session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub appraisal: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    pub organisation_id: i64,
    pub year: i64,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub plan_entry_id: i64,
    #[sea_orm(column_type = "Text")]
    pub due_on: String,
    pub case_id: i64,
    pub ballot_sitting_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub opened_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub published_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
