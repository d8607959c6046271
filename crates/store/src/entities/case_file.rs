use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_file")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub procedure: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    #[sea_orm(column_type = "Text")]
    pub subject_kind: String,
    pub subject_id: i64,
    pub organisation_id: i64,
    pub issuer_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub stage: String,
    #[sea_orm(column_type = "Text")]
    pub stage_since: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub due_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub opened_at: String,
    pub opened_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_at: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub remark: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
