use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "joint_part")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub joint_task_id: i64,
    pub department_office_id: i64,
    #[sea_orm(column_type = "Text")]
    pub part: String,
    #[sea_orm(column_type = "Text")]
    pub due_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub delivered_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
