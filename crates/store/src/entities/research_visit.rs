use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "research_visit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    pub office_id: i64,
    pub person_id: i64,
    #[sea_orm(column_type = "Text")]
    pub visited_on: String,
    #[sea_orm(column_type = "Text")]
    pub advice: String,
    #[sea_orm(column_type = "Text")]
    pub promises: String,
    pub is_counted: bool,
    pub n_first_left: i64,
    #[sea_orm(column_type = "Text")]
    pub recorded_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
