use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "judged_value")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub indicator: String,
    #[sea_orm(column_type = "Text")]
    pub period: String,
    pub hundredths: i64,
    #[sea_orm(column_type = "Text")]
    pub evidence: String,
    pub judged_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub judged_at: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub superseded_at: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
