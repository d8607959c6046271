use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asked_column")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub table_id: i64,
    pub position: i64,
    #[sea_orm(column_type = "Text")]
    pub heading: String,
    #[sea_orm(column_type = "Text")]
    pub heading_key: String,
    #[sea_orm(column_type = "Text")]
    pub known: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
