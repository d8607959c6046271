use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub member_id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub register: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    pub points: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub made_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub until_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub issuer: String,
    #[sea_orm(column_type = "Text")]
    pub document: String,
    #[sea_orm(column_type = "Text")]
    pub document_no: String,
    pub entered_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub entered_at: String,
    pub verified_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub verified_at: Option<String>,
    pub returned_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub returned_at: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub return_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
