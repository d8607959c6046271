use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "weak_round")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub plan_entry_id: i64,
    #[sea_orm(column_type = "Text")]
    pub list_key: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub organisation_id: i64,
    pub evaluation_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub period: String,
    pub n_base: i64,
    pub n_floor: i64,
    pub case_id: i64,
    #[sea_orm(column_type = "Text")]
    pub opened_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
