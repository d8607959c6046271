use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub project: String,
    pub organisation_id: i64,
    pub issuer_id: i64,
    pub served_id: Option<i64>,
    pub case_id: i64,
    pub origin_case_id: Option<i64>,
    pub project_whole_id: Option<i64>,
    pub year: i64,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    pub quantity: Option<i64>,
    pub n_done: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub due_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub proposed_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub approved_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub progress_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub opinion_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub accepted_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub grade: String,
    pub is_good: bool,
    pub is_late: bool,
    pub is_handed_in: bool,
    pub is_reported: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
