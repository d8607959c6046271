use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inspection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub plan_entry_id: i64,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub mode: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub topic: String,
    #[sea_orm(column_type = "Text")]
    pub from_on: String,
    #[sea_orm(column_type = "Text")]
    pub until_on: String,
    #[sea_orm(column_type = "Text")]
    pub opened_on: String,
    pub opened_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub population: String,
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    pub n_wanted: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub report_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub closed_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub public_source: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
