use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evaluation_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub evaluation_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub field: String,
    #[sea_orm(column_type = "Text")]
    pub cohort: String,
    pub score_micro: i64,
    pub star: Option<i64>,
    pub rank: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub tier: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub score_to_micro: i64,
    pub evidenced_micro: i64,
    pub marks: i64,
    #[sea_orm(column_type = "Text")]
    pub lacking: String,
    #[sea_orm(column_type = "Text")]
    pub remark: String,
    /// Points earned and due by section, and of process and effect.
    #[sea_orm(column_type = "Text")]
    pub parts: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
