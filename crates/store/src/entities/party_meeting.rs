use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "party_meeting")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub held_on: String,
    #[sea_orm(column_type = "Text")]
    pub chair: String,
    #[sea_orm(column_type = "Text")]
    pub agenda: String,
    pub directive_id: i64,
    pub recorded_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub recorded_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
