use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evaluation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub plan_entry_id: i64,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub of_key: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub period: String,
    #[sea_orm(column_type = "Text")]
    pub closed_until: String,
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
    pub is_example: bool,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub head: String,
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    pub n_rows: i64,
    pub case_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub opened_at: String,
    pub opened_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub calculated_at: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub published_at: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
