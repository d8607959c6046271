use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "matter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub matter: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    pub organisation_id: i64,
    pub issuer_id: i64,
    pub case_id: i64,
    #[sea_orm(column_type = "Text")]
    pub number: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    #[sea_orm(column_type = "Text")]
    pub skipped: String,
    #[sea_orm(column_type = "Text")]
    pub opened_on: String,
    pub opened_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub due_on: Option<String>,
    pub n_returned: i64,
    pub is_late: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub extended_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
