use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "post_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub person_id: i64,
    #[sea_orm(column_type = "Text")]
    pub role: String,
    #[sea_orm(column_type = "Text")]
    pub post: String,
    pub root_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub fields: String,
    #[sea_orm(column_type = "Text")]
    pub named: String,
    pub case_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub from_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub until_on: Option<String>,
    pub is_acting: bool,
    /// Prepared by somebody who does not hold all that it gives: nothing until it is confirmed.
    pub is_prepared: bool,
    /// The post that ends when this one, prepared, is confirmed.
    pub takes_over: Option<i64>,
    pub given_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub created_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
